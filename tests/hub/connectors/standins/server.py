"""A real HTTP server in a thread: what a tool would answer, and the faults it would have."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A call as the tool received it."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Fault:
    """What the next calls get instead of an answer; `cut` sends half of the right one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False


class StandIn:
    """A tool. Subclasses give `answer`; `before` may change the tool's data between two calls."""

    token = "jeton-fictif"

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault | None] = []
        self.always: Fault | None = None
        self.before: dict[int, Any] = {}
        self.clock_skew = dt.timedelta(0)
        self.now = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, *faults: Fault | None) -> None:
        """Faults of the next calls in order; None answers rightly."""
        self.faults += faults

    def answer(self, asked: Asked) -> tuple[int, Any, dict[str, str]]:
        raise NotImplementedError

    def authorised(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {self.token}"

    def _respond(self, asked: Asked) -> tuple[int, bytes, dict[str, str], bool]:
        self.asked.append(asked)
        change = self.before.pop(len(self.asked), None)
        if change is not None:
            change()
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is not None and not fault.cut:
            return fault.status, fault.body, fault.headers, False
        if not self.authorised(asked):
            return 401, b'{"message": "Unauthorized"}', {}, False
        status, data, headers = self.answer(asked)
        return status, json.dumps(data).encode(), headers, fault is not None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 20
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(standin.now + standin.clock_skew, usegmt=True)

            def handle_any(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                form = "json" not in (self.headers.get("Content-Type") or "json")
                body: Any = (
                    {k: v[0] for k, v in parse_qs(raw.decode()).items()}
                    if form
                    else json.loads(raw or b"null")
                )
                asked = Asked(
                    self.command,
                    parts.path,
                    {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()},
                    body,
                    {k.lower(): v for k, v in self.headers.items()},
                )
                status, content, headers, cut = standin._respond(asked)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if cut else content)
                self.close_connection = cut

            do_GET = do_POST = do_PATCH = do_PUT = handle_any  # noqa: N815 - http.server's names

        return Handler


def iso(at: dt.datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def pointed(text: str, url: str) -> str:
    """A ready-made manifest that speaks to a stand-in, without waiting."""
    text = re.sub(r'(?m)^base_url = ".*"', f'base_url = "{url}"', text)
    text = re.sub(r'(?m)^token_url = ".*"', f'token_url = "{url}/oauth/token"', text)
    return re.sub(r"(?m)^requests = \d+", "requests = 100000", text)
