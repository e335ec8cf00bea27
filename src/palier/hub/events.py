"""Events: appended in sets; the row is its own source record, with its digest and its batch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from palier.hub.change_log import count_logged, creation_logged
from palier.hub.fold import column_of, columns, custom_object, public_id, reference_joins, value_of
from palier.hub.known import lies_apart, stage
from palier.hub.past import keep_events
from palier.hub.schema import EVENT, Field
from palier.hub.staging import Chunk
from palier.hub.writing import ChunkCounts

_COLUMNS = columns(EVENT)
_TOUCHED_ROWS = """
              SELECT x.id, s.external_id, s.hash, s.fields
              FROM hub_event_touched x
              CROSS JOIN LATERAL (SELECT s.* FROM hub_stage s WHERE s.ctid = x.place OFFSET 0) s
              WHERE x.is_new = {new} OFFSET 0"""
_ALL_ROWS = "SELECT s.entity_id AS id, s.external_id, s.hash, s.fields FROM hub_stage s"
_TOUCHED = """
CREATE TEMP TABLE IF NOT EXISTS hub_event_touched (place tid, id bigint, is_new boolean) ON COMMIT DROP
"""


class EventWriter:
    """Writes the chunks of one operation on events; same shape as `ChunkWriter`."""

    def __init__(
        self, *, company_id: int, object_id: int, batch_id: int | None, set_id: int
    ) -> None:
        self.company_id = company_id
        self.object_id = object_id
        self.batch = "NULL" if batch_id is None else str(int(batch_id))
        self.set_id = set_id
        self.next_ord = 0

    def write(self, cursor: Any, chunk: Chunk) -> ChunkCounts:
        """Bring one chunk in; what became of its rows."""
        counts = ChunkCounts()
        if not chunk.lines:
            return counts
        stage(cursor, chunk)
        if lies_apart(cursor, entity=EVENT, object_id=self.object_id):
            counts.created = self._insert(cursor, chunk, rows=_ALL_ROWS)
            return counts
        touched = self._touch(cursor)
        if touched:
            counts.created = self._insert(cursor, chunk, rows=_TOUCHED_ROWS.format(new="true"))
        if counts.created < touched:
            counts.updated = self._update(cursor, chunk)
        return counts

    def _touch(self, cursor: Any) -> int:
        """Note the rows that are new, with a number, and those that differ."""
        cursor.execute(_TOUCHED)
        cursor.execute("TRUNCATE hub_event_touched")
        cursor.execute(
            f"""
            INSERT INTO hub_event_touched
            SELECT s.ctid, coalesce(e.id, s.entity_id), e.id IS NULL
            FROM hub_stage s LEFT JOIN LATERAL (
              SELECT e.id, e.hash, e.deleted_at FROM hub_event e
              WHERE e.object_id = {self.object_id} AND e.external_id = s.external_id OFFSET 0
            ) e ON true
            WHERE e.id IS NULL OR e.hash <> s.hash OR e.deleted_at IS NOT NULL
            """
        )
        touched: int = max(cursor.rowcount, 0)
        return touched

    @staticmethod
    def _typed(chunk: Chunk, *, fields: Collection[Field], rows: str) -> str:
        custom = custom_object() if chunk.has_custom else "NULL::jsonb"
        values = "".join(f", {value_of(field)} AS {column_of(field)}" for field in fields)
        joins = reference_joins(fields, by_key=bool(chunk.referenced))
        return f"""
            SELECT f.id, f.external_id, f.hash, f.fields, {custom} AS custom{values}
            FROM ({rows}) f {joins}"""

    def _waiting(self, fields: Collection[Field]) -> str:
        listed = ", ".join(
            f"('{field.name}', t.fields->'{field.name}', t.{field.name}_id)"
            for field in fields
            if field.type == "ref"
        )
        if not listed:
            return "SELECT 1"
        return f"""
            INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
            SELECT {self.company_id}, 'event', t.id, v.field,
                   (v.stored->>'o')::bigint, v.stored->>'x', (v.stored->>'k')::bigint
            FROM typed t CROSS JOIN LATERAL (VALUES {listed}) v(field, stored, found)
            WHERE v.found IS NULL AND jsonb_typeof(v.stored) = 'object'
            ON CONFLICT (entity_id, field) DO NOTHING"""

    def _insert(self, cursor: Any, chunk: Chunk, *, rows: str) -> int:
        told = [field for field in EVENT.fields if field.name in chunk.names]
        names = ", ".join(column_of(field) for field in told)
        logged = creation_logged(
            company_id=self.company_id,
            set_id=self.set_id,
            first_ord=self.next_ord,
            entity=EVENT.name,
            ids="SELECT id FROM typed",
        )
        # read twice where references may have to wait, else once: then it need not be kept
        kept = "MATERIALIZED" if any(field.type == "ref" for field in told) else "NOT MATERIALIZED"
        cursor.execute(
            f"""
            WITH typed AS {kept} ({self._typed(chunk, fields=told, rows=rows)}
            ), events AS (
              INSERT INTO hub_event (id, public_id, company_id, object_id, external_id, hash, batch_id, custom, {names})
              SELECT id, {public_id("id")}, {self.company_id}, {self.object_id}, external_id, hash, {self.batch}, custom, {names} FROM typed
            ), waiting AS ({self._waiting(told)})
            {logged}
            """
        )
        created = count_logged(cursor)
        self.next_ord += created
        return created

    def _update(self, cursor: Any, chunk: Chunk) -> int:
        keep_events(
            cursor, ids="SELECT x.id FROM hub_event_touched x WHERE NOT x.is_new", batch=self.batch
        )
        cursor.execute(
            "DELETE FROM hub_pending_reference p USING hub_event_touched x WHERE p.entity_id = x.id AND NOT x.is_new"
        )
        assignments = ", ".join(
            f"{column} = n.{column}" for column in [*_COLUMNS, "custom", "hash"]
        )
        cursor.execute(
            f"""
            WITH typed AS MATERIALIZED ({self._typed(chunk, fields=EVENT.fields, rows=_TOUCHED_ROWS.format(new="false"))}
            ), done AS (
              UPDATE hub_event e SET {assignments}, batch_id = {self.batch}, version = e.version + 1,
                updated_at = now(), deleted_at = NULL
              FROM typed n WHERE n.id = e.id
              RETURNING e.id, e.version
            ), waiting AS ({self._waiting(EVENT.fields)})
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER () - 1,
                   'event', id, version, 'update' FROM done
            """
        )
        updated: int = max(cursor.rowcount, 0)
        self.next_ord += updated
        return updated
