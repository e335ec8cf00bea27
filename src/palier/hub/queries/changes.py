"""The change feed for people: latest first, narrowed, page after page by position."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from palier.hub import feed
from palier.hub.queries.listing import list_labels
from palier.hub.queries.published import list_published_ids
from palier.hub.queries.values import Link

_SETS = 200
_WINDOWS = 25
"""Change sets looked through at a time for entries of one entity, and how often at most [ours]."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which entries are wanted; an empty value is no condition. `until` is the first day without."""

    entity: str = ""
    tool: str = ""
    origin: str = ""
    person_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, or the creation of `span` records at once, whose first is `record`: without public id when it is gone."""

    position: int
    span: int
    entity: str
    record: Link
    op: str
    fields: tuple[str, ...]
    origin: str
    tool_label: str
    person: str
    batch_id: int | None
    undone: bool
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Entries, latest first; the position to go on from, None at the end; where the feed stands."""

    entries: tuple[Entry, ...]
    before: int | None
    head: feed.Head


@dataclass(slots=True)
class _Looking:
    """Where the search through the sets stands."""

    at: int
    found: list[Any] = field(default_factory=list)
    ended: bool = False


def list_changes(
    *, company_id: int, narrowed: Narrowed, before: int | None = None, limit: int = 50
) -> ChangesPage:
    """Entries before a position, latest first. Positions are given to what has none yet."""
    head = feed.number(company_id=company_id)
    looking = _Looking(before if before is not None else head.position + 1)
    for _window in range(_WINDOWS):
        _look(looking, company_id, narrowed, limit)
        if looking.ended or len(looking.found) > limit:
            break
    rows = looking.found[:limit]
    links = _links(company_id, rows)
    entries = tuple(_entry(row, links) for row in rows)
    more = len(looking.found) > limit
    going_on = rows[-1][0] if more else (None if looking.ended else looking.at)
    return ChangesPage(entries, going_on, head)


def _look(looking: _Looking, company_id: int, narrowed: Narrowed, limit: int) -> None:
    """One window of sets further; each gives its latest entries by its own index."""
    conditions = ["s.company_id = %(company)s", "s.first_pos < %(at)s"]
    for name, column in (
        ("tool", "src.name ="),
        ("origin", "s.origin ="),
        ("person_id", "s.person_id ="),
    ):
        if getattr(narrowed, name):
            conditions.append(f"{column} %({name})s")
    if narrowed.since is not None:
        conditions.append("s.at >= %(since)s")
    if narrowed.until is not None:
        conditions.append("s.at < %(until)s")
    of_entity = "AND c.entity = %(entity)s" if narrowed.entity else ""
    parameters: dict[str, Any] = {
        "company": company_id,
        "at": looking.at,
        "entity": narrowed.entity,
        "tool": narrowed.tool,
        "origin": narrowed.origin,
        "person_id": narrowed.person_id,
        "since": narrowed.since,
        "until": narrowed.until,
        "few": limit + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH sets AS MATERIALIZED (
              SELECT s.id, s.first_pos, s.origin, s.at, s.batch_id, s.person_id,
                     coalesce(nullif(src.label, ''), src.name, '') AS tool
              FROM hub_change_set s LEFT JOIN hub_source src ON src.id = s.source_id
              WHERE {" AND ".join(conditions)} ORDER BY s.first_pos DESC LIMIT {_SETS}
            )
            SELECT s.first_pos + c.ord, c.span, c.entity, c.entity_id, c.op, c.fields, s.origin, s.tool,
                   coalesce(nullif(p.name, ''), p.email, ''), s.batch_id, b.status = 'undone', s.at, o.oldest, o.sets
            FROM (SELECT min(first_pos) AS oldest, count(*) AS sets FROM sets) o
            LEFT JOIN (
              sets s CROSS JOIN LATERAL (
                SELECT c.ord, c.span, c.entity, c.entity_id, c.op, c.fields FROM hub_change c
                WHERE c.set_id = s.id AND c.ord < %(at)s - s.first_pos {of_entity}
                ORDER BY c.ord DESC LIMIT %(few)s
              ) c
              LEFT JOIN hub_import_batch b ON b.id = s.batch_id
              LEFT JOIN accounts_person p ON p.id = s.person_id
            ) ON true
            ORDER BY 1 DESC NULLS LAST LIMIT %(few)s
            """,
            parameters,
        )
        rows = cursor.fetchall()
    sets, oldest = rows[0][13], rows[0][12]
    looking.found += [row[:12] for row in rows if row[0] is not None]
    looking.ended = sets < _SETS
    if oldest is not None:
        looking.at = oldest


def _links(company_id: int, rows: list[Any]) -> dict[tuple[str, int], Link]:
    """The records that entries are about: two queries for each entity among them."""
    found = {}
    for entity in {row[2] for row in rows}:
        ids = [row[3] for row in rows if row[2] == entity]
        names = list_labels(company_id=company_id, entity=entity, ids=ids)
        public = list_published_ids(company_id=company_id, entity=entity, ids=ids)
        for id_ in ids:
            found[entity, id_] = Link(
                entity, id_, public.get(id_) if id_ in names else None, names.get(id_, "")
            )
    return found


def _entry(row: Any, links: dict[tuple[str, int], Link]) -> Entry:
    position, span, entity, id_, op, fields, origin, tool, person, batch_id, undone, at = row
    return Entry(
        position,
        span,
        entity,
        links[entity, id_],
        op,
        tuple(fields or ()),
        origin,
        tool,
        person,
        batch_id,
        bool(undone),
        at,
    )
