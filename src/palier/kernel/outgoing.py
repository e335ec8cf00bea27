"""HTTP to addresses that people typed: judged, pinned, without proxy or redirect of its own.

    with outgoing.client(timeout_s=15) as http:            # or `async_client` with `async with`
        answer = http.get("https://api.example/…")

Each request resolves its host, has every address judged (`palier.kernel.addresses`) and connects
to one of those very addresses; the certificate is still checked against the name. Redirects are
not followed: a caller that follows them makes each step a request of its own, judged again.
Timeouts are httpx's, by step: a caller that must end in time sets a deadline around the whole.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl

import httpx

from palier.kernel import addresses

AGENT = "Palier/1.0"


def client(*, timeout_s: float) -> httpx.Client:
    """A client for threads; the caller closes it."""
    return httpx.Client(
        transport=PinnedTransport(),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": AGENT},
    )


def async_client(*, timeout_s: float) -> httpx.AsyncClient:
    """The same for coroutines."""
    return httpx.AsyncClient(
        transport=AsyncPinnedTransport(),
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": AGENT},
    )


class PinnedTransport(httpx.BaseTransport):
    """Connects to the address that was judged."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(verify=_certificates(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that answers. Raises: `AddressPrivate`, `HostNotFound`, httpx's errors."""
        host, port = _target(request)
        *others, last = addresses.resolve(host=host, port=port)
        for address in others:
            try:
                return self._inner.handle_request(_pinned(request, host, address))
            except httpx.ConnectError:
                continue
        return self._inner.handle_request(_pinned(request, host, last))

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class AsyncPinnedTransport(httpx.AsyncBaseTransport):
    """The same for coroutines; the name server is waited for in a thread."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=_certificates(), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send to the first address that answers. Raises: `AddressPrivate`, `HostNotFound`, httpx's errors."""
        host, port = _target(request)
        *others, last = await asyncio.to_thread(addresses.resolve, host=host, port=port)
        for address in others:
            try:
                return await self._inner.handle_async_request(_pinned(request, host, address))
            except httpx.ConnectError:
                continue
        return await self._inner.handle_async_request(_pinned(request, host, last))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The authorities that are believed; read once, since that takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)


def _target(request: httpx.Request) -> tuple[str, int]:
    host = request.url.raw_host.decode("ascii")
    scheme_port = addresses.SCHEMES.get(request.url.scheme)
    if not host or scheme_port is None:
        raise addresses.AddressInvalid
    return host, request.url.port or scheme_port


def _pinned(request: httpx.Request, host: str, address: str) -> httpx.Request:
    """The same request to one address; the name stays in `Host` and in what the certificate must say."""
    name = host.strip("[]")
    extensions = dict(request.extensions)
    if request.url.scheme == "https" and not _is_address(name):
        extensions["sni_hostname"] = name
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
