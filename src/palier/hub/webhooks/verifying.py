"""Who really calls: the proofs that tools send with their webhooks, each by its tool's own rules.

A body is believed when it is signed under the hook's secret and, where the signature covers a
time, when that time is within five minutes. What was signed once and is sent again is recognised by
its id (`hooks.receive`). Comparisons take the same time whatever the difference.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import unquote

import orjson

from palier.hub.webhooks import signing
from palier.kernel.refusals import Refusal

SKEW = dt.timedelta(minutes=5)
"""How far a signed time may be from ours. Source: Standard Webhooks, Stripe and HubSpot."""


class NotSigned(Refusal):
    code = "hooks.not-signed"
    message = "The signature is missing: %(header)s."


class WronglySigned(Refusal):
    code = "hooks.wrongly-signed"
    message = "The signature does not match: the secret is another one, or the body was changed."


class TooOld(Refusal):
    code = "hooks.too-old"
    message = "The signature is more than five minutes old, or the clocks differ."


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: header names in lower case, the body's very bytes, and its full address."""

    headers: Mapping[str, str]
    body: bytes
    url: str
    now: dt.datetime

    def need(self, header: str) -> str:
        """A header that must be there. Raises: `NotSigned`."""
        value = self.headers.get(header, "").strip()
        if not value:
            raise NotSigned(header=header)
        return value


def verify(*, scheme: str, secret: str, call: Call) -> str:
    """The id of a message that is what it claims to be; the same when it is sent again.

    Raises: `NotSigned`, `WronglySigned`, `TooOld`.
    """
    return _SCHEMES[scheme](secret, call)[:200]


def _standard(secret: str, call: Call) -> str:
    message_id, timestamp = call.need("webhook-id"), call.need("webhook-timestamp")
    signatures = call.need("webhook-signature").split(" ")
    key = signing.key_of(secret)
    expected = signing.digest(secret, message_id=message_id, timestamp=timestamp, body=call.body)
    given = (one.removeprefix("v1,") for one in signatures if one.startswith("v1,"))
    if not key or not any(_same(_from_base64(one), expected) for one in given):
        raise WronglySigned
    _in_time(timestamp, call.now)
    return message_id


def _stripe(secret: str, call: Call) -> str:
    parts = [one.partition("=") for one in call.need("stripe-signature").split(",")]
    timestamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    expected = _mac(secret, f"{timestamp}.".encode() + call.body).hex()
    if not any(
        name.strip() == "v1" and _same(value.strip().encode(), expected.encode())
        for name, _, value in parts
    ):
        raise WronglySigned
    _in_time(timestamp, call.now)
    return _id_in_body(call.body) or _digest(call.body)


def _shopify(secret: str, call: Call) -> str:
    given = _from_base64(call.need("x-shopify-hmac-sha256"))
    if not _same(given, _mac(secret, call.body)):
        raise WronglySigned
    return call.headers.get("x-shopify-webhook-id") or _digest(call.body)


def _hubspot(secret: str, call: Call) -> str:
    given = _from_base64(call.need("x-hubspot-signature-v3"))
    timestamp = call.need("x-hubspot-request-timestamp")
    said = b"POST" + _hubspot_url(call.url).encode() + call.body + timestamp.encode()
    if not _same(given, _mac(secret, said)):
        raise WronglySigned
    if not timestamp.isascii() or not timestamp.isdigit():
        raise TooOld
    _in_time(timestamp[:-3] or "0", call.now)
    return _digest(_without_attempt(call.body))


def _github(secret: str, call: Call) -> str:
    given = call.need("x-hub-signature-256").removeprefix("sha256=")
    if not _same(given.encode(), _mac(secret, call.body).hex().encode()):
        raise WronglySigned
    return call.headers.get("x-github-delivery") or _digest(call.body)


def _token(secret: str, call: Call) -> str:
    header = "x-palier-token" if "x-palier-token" in call.headers else "authorization"
    given = call.need(header).removeprefix("Bearer ")
    if not _same(given.encode(), secret.encode()):
        raise WronglySigned
    headers = call.headers
    return headers.get("webhook-id") or headers.get("idempotency-key") or _digest(call.body)


_SCHEMES: Mapping[str, Callable[[str, Call], str]] = {
    "standard": _standard,
    "stripe": _stripe,
    "shopify": _shopify,
    "hubspot": _hubspot,
    "github": _github,
    "token": _token,
}


def _mac(secret: str, said: bytes) -> bytes:
    return hmac.new(secret.encode(), said, sha256).digest()


def _same(given: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(given, expected)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _in_time(timestamp: str, now: dt.datetime) -> None:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise TooOld
    if abs(int(timestamp) - now.timestamp()) > SKEW.total_seconds():
        raise TooOld


def _digest(body: bytes) -> str:
    """An id for a body that has none."""
    return f"sha256:{sha256(body).hexdigest()}"


def _id_in_body(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    value = found.get("id") if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _without_attempt(body: bytes) -> bytes:
    """A body of HubSpot without the number of the attempt, which is all that a second sending changes."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            one.pop("attemptNumber", None)
    return orjson.dumps(found)


_KEPT_ENCODED = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(",
                 "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";"}  # fmt: skip
"""The escapes that HubSpot takes back before it signs an address. Source: its documentation of v3 signatures."""


def _hubspot_url(url: str) -> str:
    address, mark, query = url.partition("?")
    for escape, plain in _KEPT_ENCODED.items():
        query = query.replace(escape, plain).replace(escape.lower(), plain)
    return unquote(address) + mark + query
