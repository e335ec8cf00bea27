"""The list of customers: searched, filtered, sorted, page after page by key, in a constant number of queries."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson
from django.db import connection

from palier.hub.queries.figures import monthly_by_customer
from palier.hub.queries.folded import folded, literal, part
from palier.hub.schema import CUSTOMER
from palier.kernel.money import Money

PAGE = 50
"""Customers on a page [ours]."""
COUNTED = 10_000
"""Up to here customers are counted one by one; beyond, the planner's estimate is enough to read a list [ours]."""
STAGES = CUSTOMER.field("stage").choices


def _alphabetical(column: str) -> str:
    """A text as it is sorted: É beside E, whatever the server's own order."""
    known = f"coalesce({column}, '')"
    return f'{folded(known)} COLLATE "C"'


_NAME = _alphabetical("c.name")
_SORTS: dict[str, tuple[str, str]] = {
    "name": (_NAME, "text"),
    "city": (_alphabetical("c.city"), "text"),
    "owner": (_alphabetical("c.owner"), "text"),
    "since": ("coalesce(c.first_won_on, date '0001-01-01')", "date"),
    "updated": ("c.updated_at", "timestamptz"),
}
SORTS = tuple(_SORTS)
"""What the list can be sorted by; a minus in front reverses it."""


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as a list shows it; `monthly` is recurring revenue today, by currency."""

    id: int
    public_id: UUID
    name: str
    kind: str | None
    stage: str | None
    city: str | None
    owner: str | None
    segment: str | None
    acquisition_channel: str | None
    first_won_on: dt.date | None
    updated_at: dt.datetime
    monthly: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A page of customers, how many there are in all, and the keys of the pages around."""

    rows: tuple[CustomerRow, ...]
    total: int
    exact: bool
    next: str
    previous: str


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The row a page starts after: its sort key, its number, and which way the reader goes."""

    key: str
    id: int
    way: Literal["next", "previous"]

    def write(self) -> str:
        return (
            base64.urlsafe_b64encode(orjson.dumps([self.way[0], self.key, self.id]))
            .decode()
            .rstrip("=")
        )

    @classmethod
    def read(cls, text: str, kind: str) -> _Cursor | None:
        """The cursor of an address; one that cannot be read leads to the first page."""
        try:
            way, key, id_ = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if kind != "text":
                dt.datetime.fromisoformat(str(key))
            if "\x00" in str(key) or not 0 <= int(id_) < 2**63:
                return None
            return cls(str(key), int(id_), "previous" if way == "p" else "next")
        except (ValueError, TypeError, binascii.Error):
            return None


def list_customers(
    *,
    company_id: int,
    today: dt.date,
    currency: str = "EUR",
    search: str = "",
    stage: str = "",
    sort: str = "name",
    cursor: str = "",
    limit: int = PAGE,
) -> CustomerPage:
    """A page of live customers. Three queries whatever their number.

    `search` looks for a part of the name (without case or accents), of the e-mail or of the site,
    or the start of a SIREN. An unknown sort or stage counts for none.
    """
    where, parameters = _conditions(company_id, search, stage)
    name, backwards = sort.removeprefix("-"), sort.startswith("-")
    expression, kind = _SORTS.get(name, _SORTS["name"])
    at = _Cursor.read(cursor, kind) if cursor else None
    reverse = backwards != (at is not None and at.way == "previous")
    paged = ""
    if at is not None:
        paged = f" AND ({expression}, c.id) {'<' if reverse else '>'} (%(key)s::{kind}, %(after)s)"
    order = "DESC" if reverse else "ASC"
    with connection.cursor() as connected:
        connected.execute(
            f"SELECT c.id, c.public_id, c.name, c.kind, c.stage, c.city, c.owner, c.segment, c.acquisition_channel, "
            f"c.first_won_on, c.updated_at, ({expression})::text FROM hub_customer c "
            f"WHERE {where}{paged} ORDER BY {expression} {order}, c.id {order} LIMIT %(limit)s",
            {
                **parameters,
                "key": at.key if at else None,
                "after": at.id if at else None,
                "limit": limit + 1,
            },
        )
        found = connected.fetchall()
        total, exact = _count(connected, where, parameters)
    rows, following, before = _page(found, at, limit)
    monthly = monthly_by_customer(
        company_id=company_id, ids=[row[0] for row in rows], today=today, currency=currency
    )
    return CustomerPage(
        tuple(_customer(row, monthly.get(row[0], ())) for row in rows),
        total,
        exact,
        following,
        before,
    )


def _customer(row: Any, monthly: tuple[Money, ...]) -> CustomerRow:
    id_, public_id, name, kind, stage, city, owner, segment, channel, since, updated_at, _key = row
    return CustomerRow(
        id_,
        public_id,
        name or "",
        kind,
        stage,
        city,
        owner,
        segment,
        channel,
        since,
        updated_at,
        monthly,
    )


def _conditions(company_id: int, search: str, stage: str) -> tuple[str, dict[str, Any]]:
    where = "c.company_id = %(company)s AND c.deleted_at IS NULL"
    parameters: dict[str, Any] = {"company": company_id}
    if stage in STAGES:
        where += " AND c.stage = %(stage)s"
        parameters["stage"] = stage
    words = search.split()
    if words:
        digits = "".join(words)
        parts = []
        for number, word in enumerate(words[:6]):
            parameters[f"w{number}"] = part(word)
            parts.append(f"{_NAME} LIKE %(w{number})s")
        every = " AND ".join(parts)
        where += (
            f" AND (({every}) OR lower(c.email) LIKE %(whole)s OR lower(c.domain) LIKE %(whole)s"
        )
        parameters["whole"] = f"%{literal(digits.lower())}%"
        if digits.isdigit():
            where += " OR starts_with(c.siren, %(digits)s)"
            parameters["digits"] = digits
        where += ")"
    return where, parameters


def _count(cursor: Any, where: str, parameters: dict[str, Any]) -> tuple[int, bool]:
    """How many there are, and whether that is exact: beyond `COUNTED` the planner's estimate, rounded."""
    cursor.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM hub_customer c WHERE {where} LIMIT {COUNTED + 1}) few",
        parameters,
    )
    few: int = cursor.fetchone()[0]
    if few <= COUNTED:
        return few, True
    cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM hub_customer c WHERE {where}", parameters)
    plan = cursor.fetchone()[0]
    plan = orjson.loads(plan) if isinstance(plan, str | bytes) else plan
    estimate = max(int(plan[0]["Plan"]["Plan Rows"]), few)
    return int(float(f"{estimate:.2g}")), False


def _page(found: list[Any], at: _Cursor | None, limit: int) -> tuple[list[Any], str, str]:
    """The rows in reading order, and the keys of the next and the previous page."""
    more, rows = len(found) > limit, found[:limit]
    backwards = at is not None and at.way == "previous"
    if backwards:
        rows.reverse()
    if not rows:
        return rows, "", ""
    has_next = backwards or more
    has_previous = more if backwards else at is not None
    following = _Cursor(rows[-1][11], rows[-1][0], "next").write() if has_next else ""
    before = _Cursor(rows[0][11], rows[0][0], "previous").write() if has_previous else ""
    return rows, following, before
