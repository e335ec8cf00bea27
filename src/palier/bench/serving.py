"""The site of a scratch installation, served as `palier start` serves it, for as long as a benchmark needs it."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from palier.kernel.refusals import Refusal

WEB_PROCESSES, WEB_THREADS = 2, 16
"""As `palier start` serves: four threads that work, twelve that may wait."""
READY_S = 60


class BenchServerSilent(Refusal):
    code = "bench.server-silent"
    message = "The measured server did not answer: %(reason)s"


@contextlib.contextmanager
def serving(environment: dict[str, str], application: str) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application; its port and the process at the head of the server's group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers",
        "--log-level", "error", application,
    ]  # fmt: skip
    server = subprocess.Popen(
        command, env={**environment, "PALIER_PROCESS": "web"}, start_new_session=True
    )
    try:
        _wait(server, port)
        yield port, server.pid
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise BenchServerSilent(reason=f"it ended with {server.returncode}")
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            probe.request("GET", "/")
            probe.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            probe.close()
    raise BenchServerSilent(reason=f"{READY_S} s")
