"""Endpoints: opening, changing, closing and opening again; secrets; messages sent again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from palier.hub import feed
from palier.hub.models import WebhookEndpoint, WebhookMessage
from palier.hub.schema import ENTITIES
from palier.hub.webhooks import messages, signing
from palier.kernel.addresses import check_url
from palier.kernel.refusals import Refusal
from palier.kernel.sealing import seal

PURPOSE = "webhooks"
"""What the secrets of endpoints are sealed for."""
ROTATION = dt.timedelta(hours=24)
"""How long the secret that was replaced still signs [ours]."""
OPS = ("create", "update", "merge", "unmerge", "delete", "erase")
MAX_URL, MAX_DESCRIPTION = 2_000, 200
MAX_ENDPOINTS = 50
"""Endpoints of one company [ours]."""


class EndpointUnknown(Refusal):
    code = "webhooks.endpoint-unknown"
    message = "This webhook does not exist."


class MessageUnknown(Refusal):
    code = "webhooks.message-unknown"
    message = "This message does not exist."


class TooManyEndpoints(Refusal):
    code = "webhooks.too-many"
    message = "A company has at most %(limit)s webhooks. Delete one that is no longer used."


class EndpointDisabled(Refusal):
    code = "webhooks.disabled"
    message = "This webhook is disabled: enable it first."


class PositionBeyond(Refusal):
    code = "webhooks.position-beyond"
    message = "There is no change at this position yet: the last one is %(last)s."


@dataclass(frozen=True, slots=True)
class Made:
    """An endpoint just opened or given a new secret, which nobody can read again."""

    public_id: UUID
    secret: str


def create_endpoint(
    *,
    company_id: int,
    url: str,
    description: str,
    entities: Iterable[str],
    ops: Iterable[str],
    person_id: int | None,
) -> Made:
    """Tell an address of every change from now on.

    Raises: `AddressInvalid`, `AddressPrivate`, `TooManyEndpoints`.
    """
    check_url(url[:MAX_URL])
    if WebhookEndpoint.objects.filter(company_id=company_id).count() >= MAX_ENDPOINTS:
        raise TooManyEndpoints(limit=MAX_ENDPOINTS)
    now_at = feed.head(company_id=company_id)
    secret = signing.new_secret()
    row = WebhookEndpoint.objects.create(
        company_id=company_id,
        url=url,
        description=description[:MAX_DESCRIPTION],
        entities=_among(entities, ENTITIES),
        ops=_among(ops, OPS),
        secret=seal(secret, purpose=PURPOSE),
        generation=now_at.generation,
        position=now_at.position,
        created_by=person_id,
    )
    row.refresh_from_db(fields=["public_id"])
    return Made(row.public_id, secret)


def change_endpoint(
    *,
    company_id: int,
    public_id: UUID,
    url: str,
    description: str,
    entities: Iterable[str],
    ops: Iterable[str],
) -> None:
    """Change where and of what an endpoint is told. What waits goes to the new address, at once.

    Raises: `EndpointUnknown`, `AddressInvalid`, `AddressPrivate`.
    """
    check_url(url[:MAX_URL])
    with transaction.atomic():
        row = _locked(company_id, public_id)
        if row.url != url:
            row.paused_until = None
        row.url, row.description = url, description[:MAX_DESCRIPTION]
        row.entities, row.ops = _among(entities, ENTITIES), _among(ops, OPS)
        row.save(update_fields=["url", "description", "entities", "ops", "paused_until"])


def delete_endpoint(*, company_id: int, public_id: UUID) -> None:
    """Forget an endpoint, its messages and its secret. Raises: `EndpointUnknown`."""
    with transaction.atomic():
        _locked(company_id, public_id).delete()


def rotate_secret(*, company_id: int, public_id: UUID, now: dt.datetime) -> Made:
    """Give an endpoint a new secret; the one it replaces signs beside it for a day.

    Raises: `EndpointUnknown`.
    """
    secret = signing.new_secret()
    with transaction.atomic():
        row = _locked(company_id, public_id)
        row.previous_secret, row.previous_until = row.secret, now + ROTATION
        row.secret = seal(secret, purpose=PURPOSE)
        row.save(update_fields=["secret", "previous_secret", "previous_until"])
    return Made(public_id, secret)


def disable_endpoint(*, company_id: int, public_id: UUID, now: dt.datetime) -> None:
    """Stop telling an endpoint; its place in the feed is kept. Raises: `EndpointUnknown`."""
    with transaction.atomic():
        row = _locked(company_id, public_id)
        if row.state == "active":
            row.state, row.disabled_reason, row.disabled_at = "disabled", "person", now
            row.save(update_fields=["state", "disabled_reason", "disabled_at"])


def enable_endpoint(
    *, company_id: int, public_id: UUID, now: dt.datetime, from_now: bool = False
) -> None:
    """Tell an endpoint again: from where it stopped, or with `from_now` of what comes only.

    Raises: `EndpointUnknown`.
    """
    head = feed.head(company_id=company_id)
    with transaction.atomic():
        row = _locked(company_id, public_id)
        row.state, row.disabled_reason, row.disabled_at, row.told_at = "active", None, None, None
        row.failures, row.failing_since, row.paused_until = 0, None, None
        if from_now:
            row.generation, row.position = head.generation, head.position
            row.messages.filter(state="pending").delete()
        row.save()
        row.messages.filter(state="pending").update(next_attempt_at=now)


def ping(*, company_id: int, public_id: UUID, now: dt.datetime) -> str:
    """Put a message that tells nothing in the queue, to see whether it arrives; its id.

    Raises: `EndpointUnknown`, `EndpointDisabled`.
    """
    with transaction.atomic():
        row = _locked(company_id, public_id)
        if row.state != "active":
            raise EndpointDisabled
        row.paused_until = None
        row.save(update_fields=["paused_until"])
        message = messages.draft(
            company_id=company_id, endpoint_id=row.pk, kind="ping", data={}, now=now
        )
        message.save()
        return message.message_id


def replay(*, company_id: int, public_id: UUID, message_id: str, now: dt.datetime) -> None:
    """Send a message again, under the same id and with the same body.

    Raises: `EndpointUnknown`, `EndpointDisabled`, `MessageUnknown`.
    """
    with transaction.atomic():
        row = _open(company_id, public_id)
        if not _requeue(row, now, message_id=message_id):
            raise MessageUnknown


def replay_dead(*, company_id: int, public_id: UUID, now: dt.datetime) -> int:
    """Send every message that was given up again, oldest first; how many.

    Raises: `EndpointUnknown`, `EndpointDisabled`.
    """
    with transaction.atomic():
        return _requeue(_open(company_id, public_id), now, state="dead")


def replay_from(*, company_id: int, public_id: UUID, position: int) -> int:
    """Tell an endpoint every change after this position anew; the number of changes up to now.

    Raises: `EndpointUnknown`, `EndpointDisabled`, `PositionBeyond`.
    """
    head = feed.head(company_id=company_id)
    if not 0 <= position <= head.position:
        raise PositionBeyond(last=head.position)
    with transaction.atomic():
        row = _open(company_id, public_id)
        row.generation, row.position = head.generation, position
        row.save(update_fields=["generation", "position", "paused_until"])
    return head.position - position


def position_at(*, company_id: int, moment: dt.datetime) -> int:
    """The position of the last change before a moment: a replay from there tells all that followed."""
    feed.head(company_id=company_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(
              (SELECT min(first_pos) - 1 FROM hub_change_set WHERE company_id = %(company)s AND at >= %(moment)s),
              (SELECT next_pos - 1 FROM hub_feed WHERE company_id = %(company)s), 0)
            """,
            {"company": company_id, "moment": moment},
        )
        return int(cursor.fetchone()[0])


def _requeue(row: WebhookEndpoint, now: dt.datetime, **which: str) -> int:
    found = WebhookMessage.objects.filter(company_id=row.company_id, endpoint=row, **which)
    return found.update(state="pending", attempts=0, next_attempt_at=now, settled_at=None)


def _open(company_id: int, public_id: UUID) -> WebhookEndpoint:
    row = _locked(company_id, public_id)
    if row.state != "active":
        raise EndpointDisabled
    row.paused_until = None
    row.save(update_fields=["paused_until"])
    return row


def _locked(company_id: int, public_id: UUID) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update(of=("self",))
    row = found.filter(company_id=company_id, public_id=public_id).first()
    if row is None:
        raise EndpointUnknown
    return row


def _among(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """What was chosen, in our order; choosing everything is choosing nothing in particular."""
    chosen, every = set(given), list(known)
    found = [one for one in every if one in chosen]
    return [] if len(found) == len(every) else found
