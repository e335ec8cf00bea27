"""Where a connection leads: a public server over https, and the very address that was judged.

What is public, and what the operator lets through, is `palier.kernel.addresses`; a tool's data is
never asked for in the clear, except from an address that the operator has let through.
"""

from __future__ import annotations

from typing import ClassVar

from palier.hub.imports.messages import _
from palier.kernel.addresses import check_url, is_let_through, resolve
from palier.kernel.refusals import Refusal


class NotOverHttps(Refusal):
    code: ClassVar[str] = "connector.not-over-https"
    message: ClassVar[str] = _("“%(host)s” must be reached over https.")


def public_address(*, url: str) -> str:
    """The numeric address to connect to for a URL.

    Raises: `AddressInvalid`, `AddressPrivate`, `HostNotFound`, `NotOverHttps`.
    """
    parts = check_url(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(host=host, port=port)[0]
    if parts.scheme != "https" and not is_let_through(host=host, address=address):
        raise NotOverHttps(host=host)
    return address
