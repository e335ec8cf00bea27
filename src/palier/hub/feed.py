"""The change feed: complete, ordered, without gap, whatever the writers do.

A writer records its changes in one set and takes the set's `sealed` number last, after every lock.
Positions are given afterwards, by whoever reads: one reader at a time (an advisory lock in a
statement of its own, so that the next statement sees what was committed meanwhile) gives each
committed set a contiguous range in sealed order. A row's position is the first of its set plus
its place in it. Source: hub.md §5; why whole sets: docs/adr/0010.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction

from palier.hub.models import Feed
from palier.kernel.refusals import Refusal

_SEQUENCER_LOCK = 0x46454544
"""First half of the sequencer's advisory lock: the letters FEED."""


WINDOW = 50_000
"""Positions looked through at a time for changes of some entities [ours]."""
KEPT_FOR = dt.timedelta(days=90)
"""How long every change is kept; after that, the last one of each record (hub.md §5)."""


class StartOver(Refusal):
    code = "hub.start-over"
    message = "This position belongs to an earlier state of the data. Read everything again, then follow the feed."


@dataclass(frozen=True, slots=True)
class Head:
    """Where a feed stands: its generation and the last position given (0 when empty)."""

    generation: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class Item:
    """One change, at its position."""

    position: int
    entity: str
    entity_id: int
    version: int
    op: str
    fields: tuple[str, ...] | None
    origin: str
    source_id: int | None
    at: dt.datetime


def number(*, company_id: int) -> Head:
    """Give positions to every committed change set that has none; where the feed then stands."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_feed (company_id, generation, next_pos) VALUES (%s, %s, 1) ON CONFLICT DO NOTHING",
            [company_id, uuid.uuid4()],
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SEQUENCER_LOCK, company_id])
        cursor.execute(
            """
            WITH f AS (SELECT generation, next_pos FROM hub_feed WHERE company_id = %(company)s),
            waiting AS (
              SELECT id, rows, sum(rows) OVER (ORDER BY sealed) - rows AS before
              FROM hub_change_set WHERE company_id = %(company)s AND first_pos IS NULL
            ), numbered AS (
              UPDATE hub_change_set s SET first_pos = f.next_pos + w.before
              FROM waiting w, f WHERE s.id = w.id RETURNING s.rows
            ), moved AS (
              UPDATE hub_feed SET next_pos = next_pos + n.added
              FROM (SELECT coalesce(sum(rows), 0) AS added FROM numbered) n
              WHERE company_id = %(company)s RETURNING generation, next_pos
            )
            SELECT generation, next_pos FROM moved
            """,
            {"company": company_id},
        )
        generation, next_pos = cursor.fetchone()
        return Head(generation, next_pos - 1)


def head(*, company_id: int) -> Head:
    """Where the feed stands now, after numbering what was committed."""
    return number(company_id=company_id)


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some changes, the position up to which there are no others, and where the feed stands."""

    items: list[Item]
    position: int
    head: Head

    @property
    def has_more(self) -> bool:
        return self.position < self.head.position


def read(
    *, company_id: int, after: int, generation: uuid.UUID | None = None, limit: int = 1000
) -> list[Item]:
    """Changes after a position, in order, at most `limit`; none at the end of the feed.

    Raises: `StartOver` when `generation` is not the feed's, or `after` lies beyond its end.
    """
    return read_page(company_id=company_id, after=after, generation=generation, limit=limit).items


def read_page(
    *,
    company_id: int,
    after: int,
    generation: uuid.UUID | None = None,
    limit: int = 1000,
    entities: Collection[str] = (),
) -> FeedPage:
    """The same, of some entities only if asked for, with the position to go on from.

    Positions whose changes were compacted away, or are of other entities, are passed over.
    Raises: `StartOver`.
    """
    now = number(company_id=company_id)
    if (generation is not None and generation != now.generation) or not 0 <= after <= now.position:
        raise StartOver
    window = WINDOW if entities else limit
    while after < now.position:
        until = min(after + window, now.position)
        items = _between(company_id, after, until, limit, entities)
        if items:
            after = items[-1].position if len(items) == limit else until
            return FeedPage(items, after, now)
        after, window = until, WINDOW
    return FeedPage([], after, now)


def _between(
    company_id: int, after: int, until: int, limit: int, entities: Collection[str]
) -> list[Item]:
    """Changes at the positions in (after, until]."""
    chosen = "AND c.entity = ANY(%(entities)s)" if entities else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.first_pos + c.ord + each_.place, c.entity, c.entity_id + each_.place, c.version, c.op, c.fields,
                   s.origin, s.source_id, s.at
            FROM hub_change_set s JOIN hub_change c ON c.set_id = s.id AND c.ord >= coalesce((
              SELECT max(p.ord) FROM hub_change p WHERE p.set_id = s.id AND p.ord <= %(after)s + 1 - s.first_pos), 0)
              AND c.ord <= %(until)s - s.first_pos {chosen}
            CROSS JOIN LATERAL generate_series(
              greatest(%(after)s + 1 - s.first_pos - c.ord, 0), least(c.span - 1, %(until)s - s.first_pos - c.ord)
            ) AS each_(place)
            WHERE s.company_id = %(company)s AND s.first_pos + s.rows > %(after)s + 1 AND s.first_pos <= %(until)s
              AND s.first_pos >= coalesce((SELECT max(b.first_pos) FROM hub_change_set b
                WHERE b.company_id = %(company)s AND b.first_pos <= %(after)s + 1), 0)
            ORDER BY s.first_pos, c.ord, each_.place LIMIT %(limit)s
            """,
            {
                "company": company_id,
                "after": after,
                "until": until,
                "limit": limit,
                "entities": list(entities),
            },
        )
        return [
            Item(
                position=row[0],
                entity=row[1],
                entity_id=row[2],
                version=row[3],
                op=row[4],
                fields=tuple(row[5]) if row[5] else None,
                origin=row[6],
                source_id=row[7],
                at=row[8],
            )
            for row in cursor.fetchall()
        ]


def compact(*, company_id: int, before: dt.datetime) -> int:
    """Take out of the feed what was changed before a moment and again since; how many entries went.

    The last change of each record stays, so that a reader who starts from zero ends with today's records. What goes is
    kept for the histories of records. A run of creations goes once each of its records has changed. Works set by set,
    each in its own transaction. Source: hub.md §5, retention.
    """
    return sum(_compact_set(set_id) for set_id in _sets_before(company_id, before))


def _compact_set(set_id: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
              DELETE FROM hub_change c WHERE (c.set_id = %(set)s AND NOT EXISTS (
                SELECT 1 FROM generate_series(c.entity_id, c.entity_id + c.span - 1) AS one(id)
                WHERE NOT EXISTS (
                  SELECT 1 FROM hub_change l WHERE l.entity_id = one.id AND l.entity = c.entity AND l.span = 1
                    AND l.version > c.version
                )
              )) OR (c.set_id, c.ord) IN (
                SELECT older.set_id, older.ord FROM hub_change mine
                JOIN hub_change older ON older.entity_id = mine.entity_id AND older.entity = mine.entity
                  AND older.span = 1 AND older.version < mine.version
                WHERE mine.set_id = %(set)s AND mine.span = 1
              )
              RETURNING company_id, set_id, ord, span, entity, entity_id, version, op, fields
            ), kept AS (
              INSERT INTO hub_past_change (company_id, set_id, ord, span, entity, entity_id, version, op, fields)
              SELECT * FROM gone
            )
            SELECT count(*) FROM gone
            """,
            {"set": set_id},
        )
        forgotten: int = cursor.fetchone()[0]
        cursor.execute("UPDATE hub_change_set SET compacted_at = now() WHERE id = %s", [set_id])
        return forgotten


def _sets_before(company_id: int, before: dt.datetime) -> list[int]:
    """Numbered sets that were never compacted, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM hub_change_set WHERE company_id = %s AND first_pos IS NOT NULL AND at < %s "
            "AND compacted_at IS NULL ORDER BY first_pos",
            [company_id, before],
        )
        return [set_id for (set_id,) in cursor.fetchall()]


def restart(*, company_id: int) -> None:
    """Give the feed a new generation: every reader starts over (after a restore from backup)."""
    number(company_id=company_id)
    Feed.objects.filter(company_id=company_id).update(generation=uuid.uuid4())
