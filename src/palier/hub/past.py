"""What records said before: kept when something replaces or retires it, so that it can be undone exactly."""

from __future__ import annotations

from typing import Any

from palier.hub.fold import columns
from palier.hub.schema import EVENT


def keep_records(cursor: Any, *, entity: str, ids: str, batch: str) -> None:
    """Archive what the records of `ids` (a query of `record_id`) say; `batch` is SQL: its number or NULL."""
    cursor.execute(
        f"""
        INSERT INTO hub_source_record_version (company_id, record_id, entity, entity_id, fields, payload, hash,
          keys, source_updated_at, written_at, deleted_at, batch_id, replaced_by)
        SELECT r.company_id, r.id, '{entity}', r.entity_id, r.fields, r.payload, r.hash, r.keys,
               r.source_updated_at, r.written_at, r.deleted_at, r.batch_id, {batch}
        FROM ({ids}) x CROSS JOIN LATERAL (
          SELECT r.* FROM hub_source_record r WHERE r.id = x.record_id OFFSET 0
        ) r
        """
    )


def keep_events(cursor: Any, *, ids: str, batch: str) -> None:
    """Archive what the events of `ids` (a query of `id`) say; `batch` is SQL: its number or NULL."""
    fields = ", ".join(f"'{column}', to_jsonb(e.{column})" for column in columns(EVENT))
    cursor.execute(
        f"""
        INSERT INTO hub_source_record_version (company_id, record_id, entity, entity_id, fields, hash,
          written_at, deleted_at, batch_id, replaced_by)
        SELECT e.company_id, e.id, 'event', e.id, jsonb_build_object({fields}, 'custom', e.custom), e.hash,
               e.updated_at, e.deleted_at, e.batch_id, {batch}
        FROM ({ids}) x CROSS JOIN LATERAL (SELECT e.* FROM hub_event e WHERE e.id = x.id OFFSET 0) e
        """
    )
