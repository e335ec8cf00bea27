"""Connections go to the address that was judged, under the name that was asked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from palier.kernel import outgoing
from palier.kernel.addresses import AddressPrivate


def in_a_loop_of_its_own(work):
    """The result of a coroutine; a browser driven by an earlier test may have left its loop in this thread."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Handler.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def names(monkeypatch):
    """A name server of the test's own: each look-up takes the next of its answers."""

    def act(*answers: list[str]) -> None:
        waiting, real = list(answers), socket.getaddrinfo

        def look_up(host: str, port: int, *args: int, **named: int):
            if host != "hooks.example":
                return real(host, port, *args, **named)
            found = waiting.pop(0)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return act


class TestClient:
    @pytest.fixture(autouse=True)
    def loopback_only(self, monkeypatch):
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "127.0.0.1")

    def test_keeps_the_name_in_the_request_and_asks_the_name_server_once(self, port, names):
        names(["127.0.0.1"])
        with outgoing.client(timeout_s=5) as http:
            answer = http.get(f"http://hooks.example:{port}/a?b=c")
        assert answer.text == "ok"
        assert str(answer.request.url) == f"http://hooks.example:{port}/a?b=c"
        assert Handler.seen == [("/a?b=c", f"hooks.example:{port}")]

    def test_refuses_a_name_that_turns_private_between_two_requests(self, port, names):
        names(["127.0.0.1"], ["10.0.0.1"])
        with outgoing.client(timeout_s=5) as http:
            http.get(f"http://hooks.example:{port}/")
            with pytest.raises(AddressPrivate):
                http.get(f"http://hooks.example:{port}/")

    def test_does_not_follow_a_redirect(self, port):
        with outgoing.client(timeout_s=5) as http:
            assert http.get(f"http://127.0.0.1:{port}/away").status_code == 302
        assert [path for path, _host in Handler.seen] == ["/away"]

    def test_ignores_a_proxy_of_the_environment(self, port, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with outgoing.client(timeout_s=5) as http:
            assert http.get(f"http://127.0.0.1:{port}/").status_code == 200


class TestAsyncClient:
    def test_tries_the_next_address_when_one_does_not_answer(self, port, names, monkeypatch):
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "127.0.0.0/8")
        names(["127.0.0.9", "127.0.0.1"])

        async def ask() -> str:
            async with outgoing.async_client(timeout_s=5) as http:
                return (await http.get(f"http://hooks.example:{port}/")).text

        assert in_a_loop_of_its_own(ask()) == "ok"

    def test_refuses_a_private_address(self, port, monkeypatch):
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "")

        async def ask() -> None:
            async with outgoing.async_client(timeout_s=5) as http:
                await http.get(f"http://localhost:{port}/")

        with pytest.raises(AddressPrivate):
            in_a_loop_of_its_own(ask())
        assert Handler.seen == []
