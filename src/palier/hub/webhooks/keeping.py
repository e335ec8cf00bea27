"""How long messages are kept: long enough to see what happened, no longer."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from palier.hub.models import InboundMessage, WebhookEndpoint, WebhookMessage

KEPT_DELIVERED = dt.timedelta(days=30)
KEPT_DEAD = dt.timedelta(days=90)
KEPT_BODY = dt.timedelta(days=30)
"""How long what a tool sent is kept once it is in the hub: bodies hold personal data [ours]."""
KEPT_RECEIVED = dt.timedelta(days=90)
"""How long a received message's id is remembered, so that it is not taken twice [ours]."""


def forget_old(*, company_id: int, now: dt.datetime) -> None:
    """Delete messages that nobody needs any more, and empty the bodies of those brought in."""
    sent = WebhookMessage.objects.filter(company_id=company_id)
    sent.filter(state="delivered", settled_at__lt=now - KEPT_DELIVERED).delete()
    sent.filter(state="dead", settled_at__lt=now - KEPT_DEAD).delete()
    received = InboundMessage.objects.filter(company_id=company_id, state__in=("done", "set_aside"))
    received.filter(settled_at__lt=now - KEPT_RECEIVED).delete()
    received.filter(settled_at__lt=now - KEPT_BODY).update(body=b"")


def mark_told(*, company_id: int, public_id: UUID, now: dt.datetime) -> None:
    """People know that this endpoint is disabled."""
    WebhookEndpoint.objects.filter(
        company_id=company_id, public_id=public_id, state="disabled"
    ).update(told_at=now)
