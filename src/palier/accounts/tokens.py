"""Tokens by which a tool speaks to the API: made once, shown once, kept as a digest."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q

from palier.accounts.models import ApiToken
from palier.accounts.queries import Member, digest
from palier.database.isolation import token_scope
from palier.kernel.refusals import Refusal

TOKEN_BYTES = 32
"""Entropy of a token: 256 bits, nothing to guess. Source: OWASP session management, at least 128."""
PREFIX = "plr_"
"""How a token begins, so that scanners of leaked secrets and people recognise one."""
SHOWN = 8
"""Characters after the prefix that lists show, to tell tokens apart [ours]."""
SEEN_EVERY = dt.timedelta(minutes=5)
"""How exactly the last use of a token is known: one write each five minutes, not one a request [ours]."""
WINDOW_S = 60
"""Length of a window of the rate limit, in seconds [ours]."""
MOST_PER_MINUTE = 1_000_000


class Scope(StrEnum):
    """What a token may do."""

    READ_RECORDS = "records:read"
    WRITE_RECORDS = "records:write"
    READ_CHANGES = "changes:read"
    MANAGE_FIELDS = "fields:write"


class TokenUnknown(Refusal):
    code = "accounts.token-unknown"
    message = "This token does not exist."


class TokenNeedsTool(Refusal):
    code = "accounts.token-needs-tool"
    message = "A token that writes speaks for a tool: say which one."


class TokenNeedsScope(Refusal):
    code = "accounts.token-needs-scope"
    message = "A token that may do nothing is of no use: choose what it may do."


class TokenLimitUnusable(Refusal):
    code = "accounts.token-limit-unusable"
    message = "The limit is a number of requests a minute, from 1 to %(most)s."


@dataclass(frozen=True, slots=True)
class Token:
    """A token as everybody reads it: never the secret itself."""

    id: int
    public_id: UUID
    company_id: int
    name: str
    tool: str
    scopes: frozenset[str]
    hint: str
    rate_per_minute: int | None
    created_by: str
    created_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def may(self, scope: Scope) -> bool:
        """Whether the token has this scope."""
        return scope.value in self.scopes


@dataclass(frozen=True, slots=True)
class TokenMade:
    """A token and the only moment at which its secret can be read."""

    token: Token
    secret: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a token's requests: `remaining` of `limit` until the window ends in `reset_s` seconds."""

    limit: int
    remaining: int
    reset_s: int

    @property
    def exhausted(self) -> bool:
        return self.remaining < 0


def make_token(
    *,
    author: Member,
    name: str,
    scopes: Iterable[Scope],
    now: dt.datetime,
    tool: str = "",
    rate_per_minute: int | None = None,
    expires_at: dt.datetime | None = None,
) -> TokenMade:
    """Make a token of the author's company.

    Raises: `TokenNeedsScope`, `TokenNeedsTool`, `TokenLimitUnusable`.
    """
    chosen = sorted({scope.value for scope in scopes})
    if not chosen:
        raise TokenNeedsScope
    if Scope.WRITE_RECORDS.value in chosen and not tool:
        raise TokenNeedsTool
    if rate_per_minute is not None and not 1 <= rate_per_minute <= MOST_PER_MINUTE:
        raise TokenLimitUnusable(most=MOST_PER_MINUTE)
    secret = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiToken.objects.create(
        company_id=author.company.id,
        name=name.strip() or tool,
        tool=tool,
        scopes=chosen,
        token_digest=digest(secret),
        hint=secret[: len(PREFIX) + SHOWN],
        rate_per_minute=rate_per_minute,
        created_by_id=author.person_id,
        created_at=now,
        expires_at=expires_at,
    )
    return TokenMade(_token(row), secret)


def revoke_token(*, author: Member, public_id: UUID, now: dt.datetime) -> Token:
    """End a token at once. Raises: `TokenUnknown`."""
    with transaction.atomic():
        row = (
            ApiToken.objects.select_for_update(of=("self",))
            .filter(company_id=author.company.id, public_id=public_id)
            .first()
        )
        if row is None:
            raise TokenUnknown
        if row.revoked_at is None:
            row.revoked_at, row.revoked_by_id = now, author.person_id
            row.save(update_fields=["revoked_at", "revoked_by"])
        return _token(row)


def list_tokens(*, company_id: int) -> list[Token]:
    """The tokens of a company, those in use first, then by name."""
    rows = ApiToken.objects.filter(company_id=company_id).select_related("created_by")
    return [
        _token(row) for row in rows.order_by(F("revoked_at").asc(nulls_first=True), "name", "pk")
    ]


def find_bearer(*, secret: str, now: dt.datetime) -> Token | None:
    """The live token whose secret this is; opens the bearer's own scope for one query."""
    if not secret.startswith(PREFIX):
        return None
    hashed = digest(secret)
    with token_scope(hashed):
        row = (
            ApiToken.objects.filter(token_digest=hashed, revoked_at=None)
            .filter(Q(expires_at=None) | Q(expires_at__gt=now))
            .first()
        )
    return None if row is None else _token(row, created_by="")


def note_use(*, token: Token, now: dt.datetime) -> None:
    """Remember that a token was used; the company's scope is open."""
    if token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY:
        ApiToken.objects.filter(company_id=token.company_id, pk=token.id).update(last_used_at=now)


def take_allowance(*, token: Token, now: dt.datetime) -> Allowance | None:
    """Count one request against the token's limit; None for a token without one."""
    if token.rate_per_minute is None:
        return None
    second = int(now.timestamp())
    window = second - second % WINDOW_S
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_api_window (company_id, token_id, starts, used) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (token_id) DO UPDATE SET starts = EXCLUDED.starts, at = now(), "
            "used = CASE WHEN accounts_api_window.starts = EXCLUDED.starts THEN accounts_api_window.used + 1 ELSE 1 END "
            "RETURNING used",
            [token.company_id, token.id, window],
        )
        used: int = cursor.fetchone()[0]
    return Allowance(
        token.rate_per_minute, token.rate_per_minute - used, window + WINDOW_S - second
    )


def _token(row: ApiToken, *, created_by: str | None = None) -> Token:
    return Token(
        id=row.pk,
        public_id=row.public_id,
        company_id=row.company_id,
        name=row.name,
        tool=row.tool,
        scopes=frozenset(row.scopes),
        hint=row.hint,
        rate_per_minute=row.rate_per_minute,
        created_by=str(row.created_by) if created_by is None else created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
