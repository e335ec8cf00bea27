"""`palier start`: everything in one process tree, stopped together."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from palier.cli.app import app, guarded, installation
from palier.kernel.refusals import Refusal

WEB_PROCESSES = 2
WEB_THREADS = 4
"""Two processes of four threads: the measured best on two cores (WSGI; docs/adr/0002)."""
WAITING_THREADS = 12
"""Threads of a process that may wait for changes, which costs them nothing but their being there (`palier.api.changes`)."""
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 15
"""A server under load has been seen to take longer than this to stop: it is then killed."""


class PortTaken(Refusal):
    code = "start.port-taken"
    message = "Port %(port)s is already in use: stop what uses it, or choose another with --port."


class DidNotAnswer(Refusal):
    code = "start.no-answer"
    message = "The site did not answer within %(seconds)s seconds. Run `palier doctor` to see what is wrong."


@app.command("start")
def start(
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demonstration company if it is missing.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of all data.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run background jobs too.")
    ] = True,
) -> None:
    """Start the database, the site and the worker; Ctrl-C stops them all."""
    if data is not None:
        os.environ["PALIER_DATA_DIR"] = str(data.expanduser().resolve())
    os.environ.setdefault("PALIER_BASE_URL", f"http://localhost:{port}")

    def work() -> None:
        _check_port(host, port)
        signal.signal(signal.SIGTERM, _interrupt)
        with installation():
            _collect_static()
            if demo:
                _load_demo()
            with _children(_commands(host, port, worker=worker)) as children:
                _wait_until_ready(host, port, children)
                _announce(port, demo=demo)
                _watch(children)

    with contextlib.suppress(KeyboardInterrupt):
        guarded(work)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(port=port) from error


def _collect_static() -> None:
    """Copy and compress static files into the data folder, when they have changed."""
    from django.conf import settings
    from django.core.management import call_command

    digest = hashlib.sha256(str(sys.version_info).encode())
    root = Path(settings.PACKAGE) / "web" / "static"
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    stamp = Path(settings.STATIC_ROOT) / ".made-from"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest())


def _load_demo() -> None:
    import datetime as dt

    from palier.demo import load

    if not load.is_demo_ready():
        typer.echo("Chargement de l’entreprise de démonstration…", err=True)
        load.load_demo(now=dt.datetime.now(dt.UTC))


def _commands(host: str, port: int, *, worker: bool) -> dict[str, list[str]]:
    commands = {
        "web": [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            host,
            "--port",
            str(port),
            "--workers",
            str(WEB_PROCESSES),
            "--blocking-threads",
            str(WEB_THREADS + WAITING_THREADS),
            "--respawn-failed-workers",
            "--workers-kill-timeout",
            "10",
            "--log-level",
            "error",
            "palier.config.wsgi:application",
        ],
    }
    if worker:
        commands["worker"] = [sys.executable, "-m", "palier", "worker", "--supervised"]
    return commands


@contextlib.contextmanager
def _children(commands: dict[str, list[str]]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The processes, each in a session of its own so that Ctrl-C reaches them through us, in order."""
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            environment = {
                **os.environ,
                "PALIER_PROCESS": name,
                "DJANGO_SETTINGS_MODULE": "palier.config.settings",
            }
            children[name] = subprocess.Popen(command, env=environment, start_new_session=True)
        yield children
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0.1))
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _wait_until_ready(host: str, port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    from django.urls import reverse

    local = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
    address = f"http://{local}:{port}{reverse('account_login')}"
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children.values()):
            break
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DidNotAnswer(seconds=READY_TIMEOUT_S)


def _announce(port: int, *, demo: bool) -> None:
    from palier.demo import load

    print(f"\n  Palier   http://localhost:{port}")
    if demo:
        print(f"  Démo     {load.LEADER}  ·  {load.PASSWORD}")
    print("  Ctrl-C pour tout arrêter\n", flush=True)


def _watch(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait; a worker that dies is started again, a dead site ends the command."""
    while True:
        time.sleep(0.5)
        for name, child in list(children.items()):
            if child.poll() is None:
                continue
            if name == "web":
                raise DidNotAnswer(seconds=0)
            environment = {
                **os.environ,
                "PALIER_PROCESS": name,
                "DJANGO_SETTINGS_MODULE": "palier.config.settings",
            }
            children[name] = subprocess.Popen(child.args, env=environment, start_new_session=True)
            time.sleep(2)
