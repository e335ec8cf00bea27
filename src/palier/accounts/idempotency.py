"""Requests that a tool may send twice: the answer of the first is kept for a day and given again.

The key is taken, the work done and the answer kept in one transaction: a process that dies in the
middle leaves nothing, and the same request then does its work. Source: IETF draft
idempotency-key-header-07; hub.md §6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from palier.accounts.models import IdempotencyKey
from palier.accounts.tokens import Token
from palier.kernel.refusals import Refusal

KEPT_FOR = dt.timedelta(hours=24)
"""How long an answer is kept (hub.md §6)."""
LONGEST_KEY = 255
PATIENCE_MS = 1_000
"""How long the second of two requests waits for the first before it is told to come back [ours]."""


class KeyUnusable(Refusal):
    code = "api.idempotency-key-unusable"
    message = "An Idempotency-Key has from 1 to %(most)s characters."


class KeyReused(Refusal):
    code = "api.idempotency-key-reused"
    message = "This Idempotency-Key was sent with another request. Use a new key for each request."


class InFlight(Refusal):
    code = "api.in-flight"
    message = (
        "The first request with this Idempotency-Key is still running. Send it again in a moment."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    replayed: bool = False


def once(
    *, token: Token, key: str, fingerprint: str, now: dt.datetime, work: Callable[[], Answer]
) -> Answer:
    """The answer of `work`, done once for this key; an answer that is no success is not kept and changes nothing.

    Raises: `KeyUnusable`, `KeyReused`, `InFlight`, and what `work` raises.
    """
    if not 1 <= len(key) <= LONGEST_KEY or "\x00" in key:
        raise KeyUnusable(most=LONGEST_KEY)
    with transaction.atomic():
        known = _taken(token, key, fingerprint, now)
        if known is not None:
            if known.fingerprint != fingerprint:
                raise KeyReused
            return Answer(known.status, known.headers, bytes(known.body), replayed=True)
        answer = work()
        if 200 <= answer.status < 300:
            IdempotencyKey.objects.filter(
                company_id=token.company_id, token_id=token.id, key=key
            ).update(status=answer.status, headers=dict(answer.headers), body=answer.body)
        else:
            transaction.set_rollback(True)
        return answer


def _taken(token: Token, key: str, fingerprint: str, now: dt.datetime) -> IdempotencyKey | None:
    """Take the key; what is known of it when somebody has it already."""
    mine = IdempotencyKey.objects.filter(company_id=token.company_id, token_id=token.id, key=key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [str(PATIENCE_MS)])
        try:
            mine.filter(created_at__lt=now - KEPT_FOR).delete()
            cursor.execute(
                "INSERT INTO accounts_idempotency_key (company_id, token_id, key, fingerprint, status, headers, body, created_at) "
                "VALUES (%s, %s, %s, %s, 0, '{}', '', %s) ON CONFLICT (token_id, key) DO NOTHING",
                [token.company_id, token.id, key, fingerprint, now],
            )
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise InFlight from error
            raise
        took = cursor.rowcount == 1
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    return None if took else mine.get()


def forget_old_keys(*, company_id: int, now: dt.datetime) -> int:
    """Forget the answers that nobody will ask for again; how many."""
    old = IdempotencyKey.objects.filter(company_id=company_id, created_at__lt=now - KEPT_FOR)
    return old.delete()[0]
