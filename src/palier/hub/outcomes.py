"""What became of each row of a chunk: asked for by callers who want an answer for every row they sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from palier.hub.operations import Delivery
from palier.hub.schema import ENTITIES
from palier.hub.staging import Chunk


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One row: its line, its identifier, `created`, `updated` or `unchanged`, and the record it tells of."""

    line: int | None
    external_id: str
    status: str
    public_id: UUID


def outcomes_of(cursor: Any, delivery: Delivery, chunk: Chunk) -> Iterator[RowOutcome]:
    """The rows of a chunk that has just been written, in their order."""
    entity = ENTITIES[delivery.entity]
    held, whose = ("hub_event", "r.id") if entity.appended else ("hub_source_record", "r.entity_id")
    cursor.execute(
        f"""
        SELECT w.external_id, e.public_id FROM hub_source_object o
        JOIN hub_source s ON s.id = o.source_id AND s.name = %s
        CROSS JOIN LATERAL unnest(%s::text[]) AS w(external_id)
        CROSS JOIN LATERAL (
          SELECT {whose} AS entity_id FROM {held} r WHERE r.object_id = o.id AND r.external_id = w.external_id OFFSET 0
        ) r
        CROSS JOIN LATERAL (SELECT e.public_id FROM hub_{entity.name} e WHERE e.id = r.entity_id OFFSET 0) e
        WHERE o.company_id = %s AND o.name = %s
        """,
        [
            delivery.tool.name,
            [record.external_id for record in chunk.records],
            delivery.company_id,
            delivery.object_name,
        ],
    )
    public_ids = dict(cursor.fetchall())
    for place, record in enumerate(chunk.records):
        fate = (chunk.fates or {}).get(place)
        status = "unchanged" if fate is None else "created" if fate else "updated"
        if record.external_id in public_ids:
            yield RowOutcome(
                record.line, record.external_id, status, public_ids[record.external_id]
            )
