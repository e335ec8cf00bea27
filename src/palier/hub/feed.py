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
from dataclasses import dataclass

from django.db import connection, transaction

from palier.hub.models import Feed
from palier.kernel.refusals import Refusal

_SEQUENCER_LOCK = 0x46454544
"""First half of the sequencer's advisory lock: the letters FEED."""


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


def read(
    *, company_id: int, after: int, generation: uuid.UUID | None = None, limit: int = 1000
) -> list[Item]:
    """Changes after a position, in order, at most `limit`.

    Raises: `StartOver` when `generation` is not the feed's, or `after` lies beyond its end.
    """
    now = number(company_id=company_id)
    if (generation is not None and generation != now.generation) or after > now.position:
        raise StartOver
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.first_pos + c.ord + each_.place, c.entity, c.entity_id + each_.place, c.version, c.op, c.fields,
                   s.origin, s.source_id, s.at
            FROM hub_change_set s JOIN hub_change c ON c.set_id = s.id AND c.ord >= coalesce((
              SELECT max(p.ord) FROM hub_change p WHERE p.set_id = s.id AND p.ord <= %(after)s + 1 - s.first_pos), 0)
              AND c.ord <= %(after)s + %(limit)s - s.first_pos
            CROSS JOIN LATERAL generate_series(
              greatest(%(after)s + 1 - s.first_pos - c.ord, 0), least(c.span - 1, %(after)s + %(limit)s - s.first_pos - c.ord)
            ) AS each_(place)
            WHERE s.company_id = %(company)s AND s.first_pos + s.rows > %(after)s + 1
            ORDER BY s.first_pos, c.ord, each_.place LIMIT %(limit)s
            """,
            {"company": company_id, "after": after, "limit": limit},
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


def restart(*, company_id: int) -> None:
    """Give the feed a new generation: every reader starts over (after a restore from backup)."""
    number(company_id=company_id)
    Feed.objects.filter(company_id=company_id).update(generation=uuid.uuid4())
