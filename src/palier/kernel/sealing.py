"""Secrets at rest: what other tools entrusted to us is stored encrypted with the installation's key.

One key for each purpose is derived from the secret key, so that a value sealed for one purpose
cannot be opened for another. Losing the secret key loses the secrets: they are then asked again.
"""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

from palier.kernel.environment import secret_key
from palier.kernel.refusals import Refusal

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class Unreadable(Refusal):
    code = "secrets.unreadable"
    message = "This secret was stored under another secret key. Enter it again."


def seal(text: str, *, purpose: str) -> str:
    """The text as it may be stored; the same text never gives the same result twice."""
    return _cipher(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The text that was sealed for this purpose. Raises: `Unreadable`."""
    from cryptography.fernet import InvalidToken

    try:
        return _cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _cipher(purpose: str) -> Fernet:
    from cryptography.fernet import Fernet

    secret = secret_key().encode()
    key = hmac.new(sha256(purpose.encode() + secret).digest(), secret, sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
