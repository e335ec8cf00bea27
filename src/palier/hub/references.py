"""Children that waited for their parent, and children whose parent moved."""

from __future__ import annotations

from typing import Any

from palier.hub.schema import ENTITIES

_WAITING = """
  SELECT p.entity_id AS child_id, r.entity_id AS parent_id
  FROM hub_pending_reference p CROSS JOIN LATERAL (
    SELECT r.entity_id FROM hub_source_record r
    WHERE r.object_id = p.object_id AND r.external_id = p.external_id AND r.deleted_at IS NULL OFFSET 0
  ) r
  WHERE p.entity = '{child}' AND p.field = '{field}' AND p.object_id IS NOT NULL
  UNION
  SELECT p.entity_id, (
    SELECT r.entity_id FROM hub_record_key k JOIN hub_source_record r ON r.id = k.record_id AND r.deleted_at IS NULL
    WHERE k.key = p.key ORDER BY r.entity_id LIMIT 1)
  FROM hub_pending_reference p
  WHERE p.entity = '{child}' AND p.field = '{field}' AND p.key IS NOT NULL
"""


def children_of(parent: str) -> list[tuple[str, str]]:
    """(entity, field) of every reference to `parent`."""
    return [
        (entity.name, field.name)
        for entity in ENTITIES.values()
        for field in entity.fields
        if field.type == "ref" and field.target == parent
    ]


def resolve_waiting(cursor: Any, *, company_id: int, parent: str, set_id: int, next_ord: int) -> int:
    """Point waiting children at the parents that have come; the next free `ord` of the change set."""
    cursor.execute("SELECT DISTINCT entity, field FROM hub_pending_reference")
    waiting = set(cursor.fetchall())
    for child, field in children_of(parent):
        if (child, field) not in waiting:
            continue
        cursor.execute(
            f"""
            WITH found AS ({_WAITING.format(child=child, field=field)}),
            done AS (
              UPDATE hub_{child} c SET {field}_id = f.parent_id, version = c.version + 1, updated_at = now()
              FROM found f WHERE c.id = f.child_id AND f.parent_id IS NOT NULL
              RETURNING c.id, c.version
            ), forgotten AS (
              DELETE FROM hub_pending_reference p USING done d WHERE p.entity_id = d.id AND p.field = '{field}'
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{child}', id, version, 'update', ARRAY['{field}'] FROM done
            """
        )
        next_ord += max(cursor.rowcount, 0)
    return next_ord


def detach_children(cursor: Any, *, company_id: int, parent: str, ids_table: str, set_id: int, next_ord: int) -> int:
    """Children of entities that are gone wait for them again, by the reference their record gives."""
    for child, field in children_of(parent):
        appended = ENTITIES[child].appended
        if not appended:
            cursor.execute(
                f"""
                INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
                SELECT DISTINCT ON (c.id) {company_id}, '{child}', c.id, '{field}', (r.fields->'{field}'->>'o')::bigint,
                       r.fields->'{field}'->>'x', (r.fields->'{field}'->>'k')::uuid
                FROM {ids_table} m JOIN hub_{child} c ON c.{field}_id = m.entity_id AND c.deleted_at IS NULL
                JOIN hub_source_record r ON r.entity_id = c.id AND r.deleted_at IS NULL
                WHERE jsonb_typeof(r.fields->'{field}') = 'object'
                ORDER BY c.id, r.written_at DESC
                ON CONFLICT (entity_id, field) DO NOTHING
                """
            )
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_{child} c SET {field}_id = NULL, version = c.version + 1, updated_at = now()
              FROM {ids_table} m WHERE c.{field}_id = m.entity_id AND c.deleted_at IS NULL
              RETURNING c.id, c.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{child}', id, version, 'update', ARRAY['{field}'] FROM done
            """
        )
        next_ord += max(cursor.rowcount, 0)
    return next_ord
