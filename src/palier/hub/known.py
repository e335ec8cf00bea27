"""What a chunk says beside what is known: sent to the database, and told apart.

Sent rows lie in `hub_stage`, with the numbers that a record and an entity of their own would get.
"""

from __future__ import annotations

from typing import Any

from palier.hub.schema import Entity
from palier.hub.scratch import cleared
from palier.hub.staging import Chunk

_SENT = "ord, external_id, hash, source_updated_at, fields, payload, keys, sure, weak, lookup"


def is_known(cursor: Any, *, entity: Entity, object_id: int) -> bool:
    """Whether anything is known of this object of a tool."""
    cursor.execute(
        f"SELECT EXISTS (SELECT 1 FROM {_table_of(entity)} WHERE object_id = %s)", [object_id]
    )
    found: bool = cursor.fetchone()[0]
    return found


def _table_of(entity: Entity) -> str:
    """The table that holds what tools said of an entity."""
    return "hub_event" if entity.appended else "hub_source_record"


def sift(cursor: Any, chunk: Chunk, *, entity: Entity, object_id: int) -> list[int]:
    """The places of the rows of a chunk that are new or differ from what their tool said last.

    Only identifiers and digests travel: of a file that was imported before, nothing else is needed.
    """
    with cursor.copy(f"COPY {cleared(cursor, 'hub_told_rows')} FROM STDIN") as copy:
        copy.write("\n".join([*chunk.told, ""]).encode())
    updated_at = "NULL::timestamptz" if entity.appended else "r.source_updated_at"
    cursor.execute(
        f"""
        SELECT t.ord FROM (SELECT * FROM hub_told_rows ORDER BY external_id OFFSET 0) t LEFT JOIN LATERAL (
          SELECT r.id, r.hash, r.deleted_at, {updated_at} AS source_updated_at FROM {_table_of(entity)} r
          WHERE r.object_id = {object_id} AND r.external_id = t.external_id OFFSET 0
        ) r ON true
        WHERE {differs("t")}
        """
    )
    return sorted(ord_ for (ord_,) in cursor.fetchall())


def differs(row: str) -> str:
    """What makes a row worth writing: unknown, deleted since, or other than what is known and not older."""
    return (
        f"r.id IS NULL OR r.deleted_at IS NOT NULL OR (r.hash <> {row}.hash "
        f"AND ({row}.source_updated_at < r.source_updated_at) IS NOT TRUE)"
    )


def stage(cursor: Any, chunk: Chunk) -> None:
    """Copy the whole lines of a chunk into `hub_stage`, for this transaction."""
    with cursor.copy(f"COPY {cleared(cursor, 'hub_stage')} ({_SENT}) FROM STDIN") as copy:
        copy.write(chunk.lines or b"")
    chunk.sent()


def lies_apart(cursor: Any, *, entity: Entity, object_id: int) -> bool:
    """Whether every staged identifier comes before or after all those known of this object.

    So it is for the first load and for most files in the order of their numbers: then no row has
    to be looked up. The ends of an index are all that is read; a comparison with each row's text
    could not use it under row-level security.
    """
    end = (
        f"(SELECT r.external_id FROM {_table_of(entity)} r WHERE r.object_id = {object_id} "
        "ORDER BY r.external_id {order} LIMIT 1)"
    )
    cursor.execute(
        f"""
        SELECT coalesce(s.first > {end.format(order="DESC")}, true) OR s.last < {end.format(order="ASC")}
        FROM (SELECT min(external_id) AS first, max(external_id) AS last FROM hub_stage) s
        """
    )
    apart: bool = cursor.fetchone()[0]
    return apart
