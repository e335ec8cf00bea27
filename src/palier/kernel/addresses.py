"""Where Palier may connect on somebody's word: public addresses only, unless the operator says otherwise.

An address typed by a member could name this machine, its neighbours, or the service that hands out
a cloud machine's credentials. So a name is resolved here, every address it gives is judged, and the
connection is made to the very address that was judged (`palier.kernel.outgoing`): a name server
that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from palier.kernel import environment
from palier.kernel.refusals import Refusal

SETTING = "ALLOW_PRIVATE_HOSTS"
"""`1` for every private address; or names, addresses and networks, comma separated."""
SCHEMES = {"http": 80, "https": 443}

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressInvalid(Refusal):
    code = "addresses.invalid"
    message = "This is not a web address: it must begin with https:// and name a server."


class AddressPrivate(Refusal):
    code = "addresses.private"
    message = "“%(host)s” leads to a private network. The operator of Palier may allow it: PALIER_ALLOW_PRIVATE_HOSTS."


class HostNotFound(Refusal):
    code = "addresses.host-not-found"
    message = "There is no server named “%(host)s”."


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What the operator lets through: everything private, or these names and networks."""

    everything: bool
    names: frozenset[str]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


def check_url(url: str) -> SplitResult:
    """The parts of an address that names a web server, without asking the name server.

    Raises: `AddressInvalid`, and `AddressPrivate` when it names a private address outright.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressInvalid from error
    if parts.scheme not in SCHEMES or not host or parts.username or parts.password:
        raise AddressInvalid
    literal = _literal(host)
    if literal is not None:
        judge(host=host, addresses=[literal])
    return parts


def resolve(*, host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, all judged; it waits for the name server.

    Raises: `HostNotFound`, `AddressPrivate`.
    """
    literal = _literal(host)
    if literal is not None:
        return judge(host=host, addresses=[literal])
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostNotFound(host=host) from error
    return judge(host=host, addresses=(str(one[4][0]) for one in found))


def judge(*, host: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The same addresses, each once, when all of them may be reached under that name.

    Raises: `HostNotFound` when there is none, `AddressPrivate` when one of them may not be reached.
    """
    allowed = _allowed()
    found = tuple(dict.fromkeys(addresses))
    if not found:
        raise HostNotFound(host=host)
    for address in found:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
        if not _may_reach(host.rstrip(".").lower(), ip, allowed):
            raise AddressPrivate(host=host)
    return found


def _literal(host: str) -> str | None:
    """The host when it is an address already, in any form the system's resolver would accept."""
    try:
        return str(ipaddress.ip_address(host.split("%", 1)[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))  # 127.1, 0x7f000001, 2130706433
    except (OSError, UnicodeError):
        return None


def _may_reach(host: str, ip: IP, allowed: _Allowed) -> bool:
    if host in allowed.names or any(ip in network for network in allowed.networks):
        return True
    inner = _carried(ip)
    if inner is not None:
        return _may_reach(host, inner, allowed)
    if ip.is_global and not ip.is_multicast and not ip.is_reserved:
        return True
    return allowed.everything and not (ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def _carried(ip: IP) -> IP | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def _allowed() -> _Allowed:
    """What the operator wrote; an entry that is no network is a name."""
    names: set[str] = set()
    networks = []
    if environment.flag(SETTING):
        return _Allowed(True, frozenset(), ())
    for entry in environment.read(SETTING).split(","):
        word = entry.strip().rstrip(".").lower()
        try:
            networks.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            names.add(word)
    return _Allowed(False, frozenset(names - {"", "0"}), tuple(networks))
