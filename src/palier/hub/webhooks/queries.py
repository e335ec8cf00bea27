"""Reading webhooks: endpoints with their health, messages with their attempts, hooks and what they received."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from palier.hub.models import InboundHook, InboundMessage, WebhookEndpoint, WebhookMessage
from palier.hub.webhooks.endpoints import EndpointUnknown, MessageUnknown
from palier.hub.webhooks.hooks import HookUnknown, ReceivedUnknown

PAGE = 50


@dataclass(frozen=True, slots=True)
class EndpointInfo:
    """An endpoint as people see it; its secrets are not among what can be read."""

    public_id: UUID
    id: int
    url: str
    description: str
    entities: tuple[str, ...]
    ops: tuple[str, ...]
    state: str
    disabled_reason: str | None
    disabled_at: dt.datetime | None
    failures: int
    failing_since: dt.datetime | None
    paused_until: dt.datetime | None
    last_delivered_at: dt.datetime | None
    previous_until: dt.datetime | None
    position: int
    created_at: dt.datetime
    pending: int = 0
    dead: int = 0

    @property
    def health(self) -> str:
        """`disabled`, `failing`, `well`, or `new` when nothing has been sent yet."""
        if self.state == "disabled":
            return "disabled"
        if self.failures:
            return "failing"
        return "well" if self.last_delivered_at else "new"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending of a message."""

    at: dt.datetime
    duration_ms: int
    status: int | None
    failure: str | None
    response: str

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class MessageInfo:
    """One message of an endpoint's queue, with its attempts, latest first."""

    number: int
    message_id: str
    kind: str
    state: str
    changes: int
    first_position: int | None
    last_position: int | None
    created_at: dt.datetime
    next_attempt_at: dt.datetime | None
    settled_at: dt.datetime | None
    attempts: tuple[Attempt, ...]
    body: str = ""


@dataclass(frozen=True, slots=True)
class HookInfo:
    """One of our addresses that a tool calls."""

    public_id: UUID
    id: int
    token: str
    name: str
    tool: str
    scheme: str
    place: str
    closed_at: dt.datetime | None
    received: int
    last_received_at: dt.datetime | None
    refused: int
    last_refused_at: dt.datetime | None
    last_refusal: str | None
    created_at: dt.datetime
    unsettled: int = 0


@dataclass(frozen=True, slots=True)
class ReceivedInfo:
    """What a tool told us once, and what became of it."""

    id: int
    message_id: str
    size: int
    received_at: dt.datetime
    state: str
    reason: dict[str, Any] | None
    created: int
    updated: int
    unchanged: int
    rejected: int
    text: str = ""


def list_endpoints(*, company_id: int) -> tuple[EndpointInfo, ...]:
    """Every endpoint of the company, oldest first."""
    return tuple(map(_endpoint, _counted(company_id).order_by("pk")))


def get_endpoint(*, company_id: int, public_id: UUID) -> EndpointInfo:
    """One endpoint. Raises: `EndpointUnknown`."""
    row = _counted(company_id).filter(public_id=public_id).first()
    if row is None:
        raise EndpointUnknown
    return _endpoint(row)


def list_untold(*, company_id: int) -> tuple[EndpointInfo, ...]:
    """Endpoints that were disabled without anybody, of which nobody has been told yet."""
    found = _counted(company_id).filter(
        state="disabled", told_at=None, disabled_reason__in=("gone", "failing")
    )
    return tuple(map(_endpoint, found.order_by("pk")))


def list_messages(
    *, company_id: int, endpoint_id: int, state: str = "", before: int | None = None
) -> tuple[MessageInfo, ...]:
    """Messages of an endpoint, latest first, with their attempts; one page, before a number when given."""
    rows = WebhookMessage.objects.filter(company_id=company_id, endpoint_id=endpoint_id)
    if state:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = rows.defer("body").order_by("-pk").prefetch_related("history")[: PAGE + 1]
    return tuple(_message(row) for row in found)


def get_message(*, company_id: int, endpoint_id: int, message_id: str) -> MessageInfo:
    """One message with its body. Raises: `MessageUnknown`."""
    rows = WebhookMessage.objects.filter(company_id=company_id, endpoint_id=endpoint_id)
    row = rows.filter(message_id=message_id).prefetch_related("history").first()
    if row is None:
        raise MessageUnknown
    return _message(row, body=row.body)


def list_hooks(*, company_id: int) -> tuple[HookInfo, ...]:
    """Every address of ours that a tool may call, oldest first."""
    return tuple(map(_hook, _with_unsettled(company_id).order_by("pk")))


def get_hook(*, company_id: int, public_id: UUID) -> HookInfo:
    """One of them. Raises: `HookUnknown`."""
    row = _with_unsettled(company_id).filter(public_id=public_id).first()
    if row is None:
        raise HookUnknown
    return _hook(row)


def list_received(
    *, company_id: int, hook_id: int, states: Iterable[str] = (), before: int | None = None
) -> tuple[ReceivedInfo, ...]:
    """What a hook received, latest first; one page, before a number when given."""
    rows = InboundMessage.objects.filter(company_id=company_id, hook_id=hook_id)
    chosen = list(states)
    if chosen:
        rows = rows.filter(state__in=chosen)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(_received(row) for row in rows.defer("body").order_by("-pk")[: PAGE + 1])


def get_received(*, company_id: int, hook_id: int, number: int) -> ReceivedInfo:
    """One received message with its body as text. Raises: `ReceivedUnknown`."""
    rows = InboundMessage.objects.filter(company_id=company_id, hook_id=hook_id)
    row = rows.filter(pk=number).first()
    if row is None:
        raise ReceivedUnknown
    return _received(row, text=readable(bytes(row.body)))


def readable(body: bytes) -> str:
    """A body laid out for reading; as it came when it is no JSON."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _counted(company_id: int) -> Any:
    return WebhookEndpoint.objects.filter(company_id=company_id).annotate(
        pending=Count("messages", filter=Q(messages__state="pending")),
        dead=Count("messages", filter=Q(messages__state="dead")),
    )


def _endpoint(row: Any) -> EndpointInfo:
    return EndpointInfo(
        public_id=row.public_id,
        id=row.pk,
        url=row.url,
        description=row.description,
        entities=tuple(row.entities),
        ops=tuple(row.ops),
        state=row.state,
        disabled_reason=row.disabled_reason,
        disabled_at=row.disabled_at,
        failures=row.failures,
        failing_since=row.failing_since,
        paused_until=row.paused_until,
        last_delivered_at=row.last_delivered_at,
        previous_until=row.previous_until,
        position=row.position,
        created_at=row.created_at,
        pending=row.pending,
        dead=row.dead,
    )


def _message(row: WebhookMessage, *, body: str = "") -> MessageInfo:
    history = sorted(row.history.all(), key=lambda one: one.pk, reverse=True)
    return MessageInfo(
        number=row.pk,
        message_id=row.message_id,
        kind=row.kind,
        state=row.state,
        changes=row.changes,
        first_position=row.first_position,
        last_position=row.last_position,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        settled_at=row.settled_at,
        attempts=tuple(
            Attempt(one.at, one.duration_ms, one.status, one.failure, one.response)
            for one in history
        ),
        body=body,
    )


def _with_unsettled(company_id: int) -> Any:
    return InboundHook.objects.filter(company_id=company_id).annotate(
        unsettled=Count("messages", filter=Q(messages__state="unsettled"))
    )


def _hook(row: Any) -> HookInfo:
    return HookInfo(
        public_id=row.public_id,
        id=row.pk,
        token=row.token,
        name=row.name,
        tool=row.tool,
        scheme=row.scheme,
        place=row.place,
        closed_at=row.closed_at,
        received=row.received,
        last_received_at=row.last_received_at,
        refused=row.refused,
        last_refused_at=row.last_refused_at,
        last_refusal=row.last_refusal,
        created_at=row.created_at,
        unsettled=row.unsettled,
    )


def _received(row: InboundMessage, *, text: str = "") -> ReceivedInfo:
    return ReceivedInfo(
        id=row.pk,
        message_id=row.message_id,
        size=row.size,
        received_at=row.received_at,
        state=row.state,
        reason=row.reason,
        created=row.created,
        updated=row.updated,
        unchanged=row.unchanged,
        rejected=row.rejected,
        text=text,
    )
