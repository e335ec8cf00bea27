"""Receivers that are really there: a local HTTP server that behaves, or does not."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

COMPANY = 900_011
NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


@dataclass
class Receiver:
    """What came in, and how the next requests are answered."""

    port: int = 0
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.received]

    def will(self, *answers: Callable[[BaseHTTPRequestHandler], None]) -> None:
        """Answer the next requests so; the last answer repeats."""
        self.answers = list(answers)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers["Content-Length"] or 0)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append((headers, request.rfile.read(length)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        with contextlib.suppress(OSError):
            answer(request)


def status(code: int, text: str = "", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(request: BaseHTTPRequestHandler) -> None:
        body = text.encode()
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return act


def hang(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda _request: receiver.released.wait(20) and None


def drip(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """A byte of a header every tenth of a second, for ever: each read succeeds, the answer never comes."""

    def act(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not receiver.released.is_set():
            request.wfile.write(b"a")
            request.wfile.flush()
            time.sleep(0.1)

    return act


def huge(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(request: BaseHTTPRequestHandler) -> None:
        request.send_response(500)
        request.end_headers()
        while not receiver.released.is_set():
            request.wfile.write(b"x" * 65_536)

    return act


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **span: float) -> dt.datetime:
        self.now += dt.timedelta(**span)
        return self.now


def write(*records: Record, entity: str = "customer", company: int = COMPANY) -> None:
    write_records(
        company_id=company, tool=Tool("crm", "CRM", "crm"), object_name=entity, entity=entity, records=records
    )  # fmt: skip


def customer(external_id: str, **fields: Any) -> Record:
    return Record(external_id, {"name": f"Atelier {external_id}", **fields})


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    made = Receiver(answers=[status(200)])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            made.handle(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.released.set()
        server.shutdown()
        thread.join()
