"""Sending what waits in one endpoint's queue, in order, and remembering what came of it.

A sending and its record are two steps: a worker that dies between them sends the message again,
under the same id, and the receiver recognises it. The order and its limits: docs/adr/0019.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from django.db import connection, transaction
from django.db.models import Min

from palier.hub.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from palier.hub.webhooks import schedule, signing
from palier.hub.webhooks.endpoints import PURPOSE
from palier.hub.webhooks.sending import GONE, TIMEOUT_S, Outcome, send
from palier.kernel import outgoing
from palier.kernel.sealing import Unreadable, unseal

T = TypeVar("T")
Clock = Callable[[], dt.datetime]
RUN_S = 30
"""How long one run goes on sending before it lets another endpoint have its place [ours]."""
KEPT_RESPONSE = 500
"""Characters of an answer that are kept [ours]."""
RECOVERED_AFTER = 2
"""Failures in a row after which a success brings forward what waits for its next attempt [ours]."""
_LOCK = 0x57484F4B
"""First half of the advisory lock that lets one process at a time send to an endpoint: WHOK."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: messages sent, when the next one is due, whether the endpoint was disabled."""

    sent: int
    next_due: dt.datetime | None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message to send now, and how."""

    pk: int
    url: str
    message_id: str
    body: bytes
    signers: tuple[str, ...]


def deliver(
    *,
    company_id: int,
    endpoint_id: int,
    clock: Clock,
    timeout_s: float = TIMEOUT_S,
    run_s: float = RUN_S,
) -> Run:
    """Send what is due to one endpoint, oldest first, until nothing is due or the run has lasted `run_s`.

    The connection must be scoped to the company and outside a transaction.
    """
    sent, disabled = 0, False
    ends = time.monotonic() + run_s
    with _alone(endpoint_id) as alone:
        if not alone:
            return Run(0, None)
        with _Loop() as runner:
            http = outgoing.async_client(timeout_s=timeout_s)
            try:
                while not disabled and time.monotonic() < ends:
                    at = clock()
                    ready = _next(company_id, endpoint_id, at)
                    if ready is None:
                        break
                    headers = signing.headers(
                        message_id=ready.message_id, at=at, body=ready.body, signers=ready.signers
                    )
                    outcome = (
                        runner.run(
                            send(
                                http=http,
                                url=ready.url,
                                body=ready.body,
                                headers=headers,
                                timeout_s=timeout_s,
                            )
                        )
                        if ready.signers
                        else Outcome(0, failure=Unreadable.code)
                    )
                    disabled = _record(
                        company_id=company_id,
                        endpoint_id=endpoint_id,
                        message_pk=ready.pk,
                        outcome=outcome,
                        at=at,
                        now=clock(),
                    )
                    sent += 1
            finally:
                runner.run(http.aclose())
    return Run(sent, _next_due(company_id, endpoint_id), disabled)


class _Loop:
    """An event loop in a thread of its own: whoever calls may be inside a loop already."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webhooks", daemon=True)
        self._thread.start()
        return self

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, or what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def _alone(endpoint_id: int) -> Iterator[bool]:
    """Whether this process is the only one that sends to the endpoint, until it is done."""
    key = [_LOCK, endpoint_id % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        taken = bool(cursor.fetchone()[0])
        try:
            yield taken
        finally:
            if taken:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _next(company_id: int, endpoint_id: int, now: dt.datetime) -> _Ready | None:
    row = WebhookEndpoint.objects.filter(
        company_id=company_id, pk=endpoint_id, state="active"
    ).first()
    if row is None or (row.paused_until is not None and row.paused_until > now):
        return None
    due = row.messages.filter(state="pending", next_attempt_at__lte=now)
    message = due.order_by("pk").first()
    if message is None:
        return None
    sealed = [row.secret]
    if row.previous_secret and row.previous_until and row.previous_until > now:
        sealed.append(row.previous_secret)
    return _Ready(
        pk=message.pk,
        url=row.url,
        message_id=message.message_id,
        body=message.body.encode(),
        signers=_unsealed(sealed),
    )


def _unsealed(sealed: list[str]) -> tuple[str, ...]:
    """The secrets; none when the first was stored under another installation's key."""
    try:
        return tuple(unseal(one, purpose=PURPOSE) for one in sealed)
    except Unreadable:
        return ()


def _next_due(company_id: int, endpoint_id: int) -> dt.datetime | None:
    row = WebhookEndpoint.objects.filter(
        company_id=company_id, pk=endpoint_id, state="active"
    ).first()
    if row is None:
        return None
    found = row.messages.filter(state="pending").aggregate(Min("next_attempt_at"))
    due: dt.datetime | None = found["next_attempt_at__min"]
    if due is None or row.paused_until is None:
        return due
    return max(due, row.paused_until)


def _record(
    *,
    company_id: int,
    endpoint_id: int,
    message_pk: int,
    outcome: Outcome,
    at: dt.datetime,
    now: dt.datetime,
) -> bool:
    """Remember an attempt; whether it was the one that disabled the endpoint."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(of=("self",))
        row = locked.filter(company_id=company_id, pk=endpoint_id).first()
        message = WebhookMessage.objects.filter(company_id=company_id, pk=message_pk).first()
        if row is None or message is None:
            return True  # deleted meanwhile: there is nothing left to send
        WebhookAttempt.objects.create(
            company_id=company_id,
            message=message,
            at=at,
            duration_ms=outcome.duration_ms,
            status=outcome.status,
            failure=outcome.failure,
            response=outcome.response[:KEPT_RESPONSE],
        )
        message.attempts += 1
        if outcome.delivered:
            _delivered(row, message, now)
        else:
            _failed(row, message, outcome, now)
        message.save(update_fields=["state", "attempts", "next_attempt_at", "settled_at"])
        row.save()
        return row.state == "disabled"


def _delivered(row: WebhookEndpoint, message: WebhookMessage, now: dt.datetime) -> None:
    message.state, message.next_attempt_at, message.settled_at = "delivered", None, now
    if row.failures >= RECOVERED_AFTER:
        waiting = row.messages.filter(state="pending", next_attempt_at__gt=now)
        waiting.exclude(pk=message.pk).update(next_attempt_at=now)
    row.failures, row.failing_since, row.paused_until = 0, None, None
    row.last_delivered_at = now


def _failed(
    row: WebhookEndpoint, message: WebhookMessage, outcome: Outcome, now: dt.datetime
) -> None:
    asked = schedule.retry_after(outcome.retry_after, now=now)
    chance = random.uniform(-1, 1)  # noqa: S311 - spreads load, keeps no secret
    message.next_attempt_at = schedule.next_attempt(
        attempts=message.attempts, now=now, chance=chance, asked=asked
    )
    if message.next_attempt_at is None:
        message.state, message.settled_at = "dead", now
    row.failures += 1
    row.failing_since = row.failing_since or now
    row.paused_until = schedule.pause_until(failures=row.failures, now=now, asked=asked)
    if row.state == "active":
        if outcome.status == GONE:
            row.state, row.disabled_reason, row.disabled_at = "disabled", "gone", now
        elif now - row.failing_since >= schedule.DISABLED_AFTER:
            row.state, row.disabled_reason, row.disabled_at = "disabled", "failing", now
