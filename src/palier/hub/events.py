"""Events: appended in sets; the row is its own source record, with its digest and its batch."""

from __future__ import annotations

from typing import Any

from palier.hub.fold import columns, custom_object, reference_joins, value_of
from palier.hub.schema import EVENT
from palier.hub.staging import Chunk
from palier.hub.writing import ChunkCounts, stage

_COLUMNS = columns(EVENT)


class EventWriter:
    """Writes the chunks of one operation on events; same shape as `ChunkWriter`."""

    def __init__(self, *, company_id: int, object_id: int, batch_id: int | None, set_id: int) -> None:
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
        cursor.execute("DROP TABLE IF EXISTS hub_event_rows")
        custom = custom_object() if chunk.has_custom else "NULL::jsonb"
        values = ", ".join(
            f"{value_of(field)} AS {column}" for field, column in zip(EVENT.fields, _COLUMNS, strict=True)
        )
        cursor.execute(
            f"""
            CREATE TEMP TABLE hub_event_rows ON COMMIT DROP AS
            SELECT f.known_id, f.external_id, f.hash, f.fields, {custom} AS custom, {values}
            FROM (
              SELECT e.id AS known_id, s.external_id, s.hash, s.fields::jsonb AS fields
              FROM hub_stage s LEFT JOIN hub_event e
                ON e.object_id = {self.object_id} AND e.external_id = s.external_id
              WHERE e.id IS NULL OR e.hash <> s.hash OR e.deleted_at IS NOT NULL
            ) f {reference_joins(EVENT, by_key=chunk.has_key_references)}
            """
        )
        touched = max(cursor.rowcount, 0)
        counts.unchanged = len(chunk.lines) - touched
        if not touched:
            return counts
        counts.created = self._insert(cursor)
        if counts.created < touched:
            counts.updated = self._update(cursor)
        self._wait(cursor)
        return counts

    def _insert(self, cursor: Any) -> int:
        names = ", ".join(_COLUMNS)
        cursor.execute(
            f"""
            WITH new AS (
              INSERT INTO hub_event (company_id, object_id, external_id, hash, batch_id, custom, {names})
              SELECT {self.company_id}, {self.object_id}, external_id, hash, {self.batch}, custom, {names}
              FROM hub_event_rows WHERE known_id IS NULL
              RETURNING id
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER () - 1, 'event', id, 1, 'create'
            FROM new
            """
        )
        return self._logged(cursor)

    def _update(self, cursor: Any) -> int:
        fields = ", ".join(f"'{column}', to_jsonb(e.{column})" for column in _COLUMNS)
        cursor.execute(
            f"""
            INSERT INTO hub_source_record_version (company_id, record_id, entity, entity_id, fields, hash,
              written_at, deleted_at, batch_id, replaced_by)
            SELECT e.company_id, e.id, 'event', e.id, jsonb_build_object({fields}, 'custom', e.custom), e.hash,
                   e.updated_at, e.deleted_at, e.batch_id, {self.batch}
            FROM hub_event e JOIN hub_event_rows n ON n.known_id = e.id
            """
        )
        assignments = ", ".join(f"{column} = n.{column}" for column in [*_COLUMNS, "custom", "hash"])
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_event e SET {assignments}, batch_id = {self.batch}, version = e.version + 1,
                updated_at = now(), deleted_at = NULL
              FROM hub_event_rows n WHERE n.known_id = e.id
              RETURNING e.id, e.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER (ORDER BY id) - 1,
                   'event', id, version, 'update' FROM done
            """
        )
        return self._logged(cursor)

    def _logged(self, cursor: Any) -> int:
        logged: int = max(cursor.rowcount, 0)
        self.next_ord += logged
        return logged

    def _wait(self, cursor: Any) -> None:
        for field in EVENT.fields:
            if field.type != "ref":
                continue
            stored = f"n.fields->'{field.name}'"
            cursor.execute(
                f"""
                INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
                SELECT {self.company_id}, 'event', e.id, '{field.name}',
                       ({stored}->>'o')::bigint, {stored}->>'x', ({stored}->>'k')::uuid
                FROM hub_event_rows n
                JOIN hub_event e ON e.object_id = {self.object_id} AND e.external_id = n.external_id
                WHERE n.{field.name}_id IS NULL AND jsonb_typeof({stored}) = 'object'
                ON CONFLICT (entity_id, field) DO NOTHING
                """
            )
