"""Signatures of Standard Webhooks 1.0: who wrote a message, when, and that nobody changed it.

HMAC-SHA256 of `id.timestamp.body`, in base64, under a key of the endpoint's own. While a secret is
being replaced both sign, so that a receiver may change over when it likes (docs/adr/0019).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

PREFIX = "whsec_"
KEY_BYTES = 32
"""Length of a new key; the standard asks for 24 to 64."""


def new_secret() -> str:
    """A fresh secret, as it is shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The key inside a secret; empty when the secret is not one."""
    try:
        return base64.b64decode(secret.strip().removeprefix(PREFIX) + "==")
    except (binascii.Error, ValueError):
        return b""


def digest(secret: str, *, message_id: str, timestamp: str, body: bytes) -> bytes:
    """What the signature of a message must be under one secret."""
    return hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, sha256).digest()


def headers(
    *, message_id: str, at: dt.datetime, body: bytes, signers: Sequence[str]
) -> dict[str, str]:
    """The three headers that go with a message, signed under each of these secrets."""
    timestamp = str(int(at.timestamp()))
    signatures = (
        base64.b64encode(
            digest(secret, message_id=message_id, timestamp=timestamp, body=body)
        ).decode()
        for secret in signers
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
