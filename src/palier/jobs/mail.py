"""Outbound mail: SMTP when an address is set, else one .eml file each in the data folder."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from palier.kernel.refusals import Refusal

SMTP_TIMEOUT_S = 15


class BadEmailUrl(Refusal):
    code = "mail.bad-url"
    message = "PALIER_EMAIL_URL must look like smtp://user:password@host:587?tls=1"


def smtp_options(url: str) -> dict[str, Any]:
    """Options of Django's SMTP backend from `smtp://user:password@host:port?tls=1` (or `ssl=1`).

    Raises: `BadEmailUrl`.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadEmailUrl
    query = parse_qs(parts.query)
    ssl = parts.scheme == "smtps" or query.get("ssl") == ["1"]
    return {
        "host": parts.hostname,
        "port": parts.port or (465 if ssl else 25),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": query.get("tls") == ["1"] and not ssl,
        "use_ssl": ssl,
        "timeout": SMTP_TIMEOUT_S,
    }


class Backend(BaseEmailBackend):
    """Send through SMTP, or keep the message as a file that any mail programme opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each message; the number sent."""
        if settings.EMAIL_URL:
            backend = SmtpBackend(
                fail_silently=self.fail_silently, **smtp_options(settings.EMAIL_URL)
            )
            return backend.send_messages(list(email_messages)) or 0
        folder = settings.DATA_DIR / "mail"
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
            path = folder / f"{stamp}-{secrets.token_hex(4)}.eml"
            path.write_bytes(message.message().as_bytes())
        return len(email_messages)
