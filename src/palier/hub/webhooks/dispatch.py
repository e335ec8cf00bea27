"""From the feed to the queues: each endpoint is one more reader, whose place moves with its messages.

The messages and the new place are written in one transaction, and only when the place is still the
one that was read from: a worker that dies, or two at once, leave neither a gap nor a second copy.
The feed itself is the long queue. Only so many messages are made ahead of a receiver that is slow
or away, so that a year of its absence costs no more room than an hour.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from palier.hub import feed
from palier.hub.models import Source, WebhookEndpoint, WebhookMessage
from palier.hub.webhooks import messages

READ = 2_000
"""Changes read at a time: about twenty messages [ours]."""
MAX_WAITING = 500
"""Messages made ahead of an endpoint; the rest waits in the feed [ours]."""


def has_endpoints(*, company_id: int) -> bool:
    """Whether anybody is told of this company's changes."""
    return _active(company_id).exists()


def dispatch(*, company_id: int, now: dt.datetime) -> int:
    """Make the messages of every active endpoint; how many were made."""
    names = dict(Source.objects.filter(company_id=company_id).values_list("pk", "name"))
    return sum(
        _advance(company_id, endpoint_id, names, now)
        for endpoint_id in list(_active(company_id).order_by("pk").values_list("pk", flat=True))
    )


def list_due(*, company_id: int, now: dt.datetime) -> tuple[int, ...]:
    """The endpoints that have a message to send now, longest waiting first."""
    due = (
        _active(company_id)
        .exclude(paused_until__gt=now)
        .filter(messages__state="pending", messages__next_attempt_at__lte=now)
    )
    return tuple(due.order_by("pk").values_list("pk", flat=True).distinct())


def is_behind(*, company_id: int) -> bool:
    """Whether a change waits in the feed that some endpoint has not come to."""
    places = list(_active(company_id).values_list("generation", "position"))
    if not places:
        return False
    head = feed.head(company_id=company_id)
    return any(place != (head.generation, head.position) for place in places)


def _active(company_id: int) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(company_id=company_id, state="active")


def _advance(company_id: int, endpoint_id: int, names: dict[int, str], now: dt.datetime) -> int:
    made = 0
    while True:
        row = _active(company_id).filter(pk=endpoint_id).first()
        if row is None or row.messages.filter(state="pending").count() >= MAX_WAITING:
            return made
        try:
            items = feed.read(
                company_id=company_id, after=row.position, generation=row.generation, limit=READ
            )
        except feed.StartOver:
            return made + _start_over(row, now)
        if not items:
            return made
        drafts = [
            messages.draft(
                company_id=company_id,
                endpoint_id=endpoint_id,
                kind="records.changed",
                data={
                    "changes": said,
                    "next": messages.cursor(row.generation, group[-1].position),
                },
                now=now,
                changes=group,
            )
            for group, said in messages.grouped(
                [item for item in items if _wanted(row, item)], names=names
            )
        ]
        if not _move(row, generation=row.generation, position=items[-1].position, drafts=drafts):
            return made
        made += len(drafts)


def _wanted(row: WebhookEndpoint, item: feed.Item) -> bool:
    return (not row.entities or item.entity in row.entities) and (not row.ops or item.op in row.ops)


def _start_over(row: WebhookEndpoint, now: dt.datetime) -> int:
    """Tell an endpoint that what it knows belongs to another state of the data, and go on from here."""
    head = feed.head(company_id=row.company_id)
    message = messages.draft(
        company_id=row.company_id,
        endpoint_id=row.pk,
        kind="feed.restarted",
        data={"next": messages.cursor(head.generation, head.position)},
        now=now,
    )
    moved = _move(row, generation=head.generation, position=head.position, drafts=[message])
    return int(moved)


def _move(
    row: WebhookEndpoint, *, generation: UUID, position: int, drafts: list[WebhookMessage]
) -> bool:
    """Store messages and the place they lead to, together; False when somebody else moved it meanwhile."""
    with transaction.atomic():
        still_there = WebhookEndpoint.objects.filter(
            pk=row.pk, state="active", generation=row.generation, position=row.position
        )
        if not still_there.update(generation=generation, position=position):
            return False
        WebhookMessage.objects.bulk_create(drafts)
    return True
