"""Which addresses a connection may reach: public hosts over https, unless the operator allows the local network.

The address found is the one connected to, so that a name cannot lead elsewhere between the check and the call.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import ClassVar
from urllib.parse import urlsplit

from palier.hub.imports.messages import _
from palier.kernel.environment import flag
from palier.kernel.refusals import Refusal


class AddressForbidden(Refusal):
    code: ClassVar[str] = "connector.address-forbidden"
    message: ClassVar[str] = _(
        "“%(host)s” is on a local network or is not reached over https. An operator can allow it with PALIER_ALLOW_PRIVATE_HOSTS."
    )


class HostUnknown(Refusal):
    code: ClassVar[str] = "connector.host-unknown"
    message: ClassVar[str] = _("“%(host)s” cannot be found. Check the address.")


def private_allowed() -> bool:
    """Whether the operator lets connections reach the local network, and speak plain http."""
    return flag("ALLOW_PRIVATE_HOSTS")


def public_address(*, url: str) -> str:
    """The numeric address to connect to for a URL. Raises: `AddressForbidden`, `HostUnknown`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and private_allowed()):
        raise AddressForbidden(host=host or url)
    return resolved(host=host, port=parts.port or (443 if parts.scheme == "https" else 80))


def resolved(*, host: str, port: int) -> str:
    """The numeric address of a host that may be reached. Raises: `AddressForbidden`, `HostUnknown`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(host=host) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not private_allowed() and not all(_is_public(one) for one in addresses):
        raise AddressForbidden(host=host)
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (mapped is None or mapped.is_global)
