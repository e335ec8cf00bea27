"""Children that waited for their parent, and children whose parent moved."""

from __future__ import annotations

from typing import Any

from palier.hub.schema import ENTITIES


def entity_by_key(key: str) -> str:
    """The query for the entity of the oldest live record that has a key; `key` is SQL.

    Both tables are read in the order of their index, so that a key shared by many costs no more.
    """
    first = (
        "(SELECT r.id, r.entity_id FROM {table} k CROSS JOIN LATERAL (SELECT r.id, r.entity_id FROM hub_source_record r "
        "WHERE r.id = k.record_id AND r.deleted_at IS NULL OFFSET 0) r WHERE k.key = {key} ORDER BY k.record_id LIMIT 1)"
    )
    both = " UNION ALL ".join(
        first.format(table=table, key=key) for table in ("hub_record_key", "hub_lookup_key")
    )
    return f"SELECT oldest.entity_id FROM ({both}) oldest ORDER BY oldest.id LIMIT 1"


_WAITING = f"""
  SELECT p.entity_id AS child_id, r.entity_id AS parent_id, p.object_id, p.external_id, p.key
  FROM hub_pending_reference p CROSS JOIN LATERAL (
    SELECT r.entity_id FROM hub_source_record r
    WHERE r.object_id = p.object_id AND r.external_id = p.external_id AND r.deleted_at IS NULL OFFSET 0
  ) r
  WHERE p.entity = '{{child}}' AND p.field = '{{field}}' AND p.object_id IS NOT NULL
  UNION ALL
  SELECT p.entity_id, r.entity_id, p.object_id, p.external_id, p.key
  FROM hub_pending_reference p CROSS JOIN LATERAL ({entity_by_key("p.key")}) r
  WHERE p.entity = '{{child}}' AND p.field = '{{field}}' AND p.key IS NOT NULL
"""


def keeping(*, company_id: int, rows: str) -> str:
    """The statement that keeps what events named where it is a merge of several (`palier.hub.kept`).

    `rows` is a query of (child_id, field, parent_id, object_id, external_id, key).
    """
    return f"""
        INSERT INTO hub_kept_parent (company_id, child_id, field, object_id, external_id, key)
        SELECT {company_id}, w.child_id, w.field, w.object_id, w.external_id, w.key FROM ({rows} OFFSET 0) w
        WHERE EXISTS (SELECT 1 FROM hub_redirect r WHERE r.to_id = w.parent_id OFFSET 0)
        ON CONFLICT (child_id, field) DO NOTHING"""


def children_of(parent: str) -> list[tuple[str, str]]:
    """(entity, field) of every reference to `parent`."""
    return [
        (entity.name, field.name)
        for entity in ENTITIES.values()
        for field in entity.fields
        if field.type == "ref" and field.target == parent
    ]


def resolve_waiting(
    cursor: Any, *, company_id: int, parent: str, set_id: int, next_ord: int
) -> int:
    """Point waiting children at the parents that have come; the next free `ord` of the change set."""
    cursor.execute("SELECT DISTINCT entity, field FROM hub_pending_reference")
    waiting = set(cursor.fetchall())
    for child, field in children_of(parent):
        if (child, field) not in waiting:
            continue
        kept = ""
        if ENTITIES[child].appended:
            named = f"SELECT child_id, '{field}' AS field, parent_id, object_id, external_id, key FROM found"
            kept = f", kept AS ({keeping(company_id=company_id, rows=named)})"
        cursor.execute(
            f"""
            WITH found AS MATERIALIZED ({_WAITING.format(child=child, field=field)}),
            done AS (
              UPDATE hub_{child} c SET {field}_id = f.parent_id, version = c.version + 1, updated_at = now()
              FROM found f WHERE c.id = f.child_id
              RETURNING c.id, c.version
            ), forgotten AS (
              DELETE FROM hub_pending_reference p USING done d WHERE p.entity_id = d.id AND p.field = '{field}'
            ){kept}
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{child}', id, version, 'update', ARRAY['{field}'] FROM done
            """
        )
        next_ord += max(cursor.rowcount, 0)
    return next_ord


def detach_children(
    cursor: Any, *, company_id: int, parent: str, ids: str, set_id: int, next_ord: int
) -> int:
    """Children of entities that are gone (a query of ids) wait for them again, by the reference their record gives."""
    cursor.execute(
        "SET LOCAL enable_hashjoin = on"
    )  # some references have no index: one pass instead
    for child, field in children_of(parent):
        if not ENTITIES[child].appended:
            cursor.execute(
                f"""
                INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
                SELECT DISTINCT ON (c.id) {company_id}, '{child}', c.id, '{field}', (r.fields->'{field}'->>'o')::bigint,
                       r.fields->'{field}'->>'x', (r.fields->'{field}'->>'k')::bigint
                FROM ({ids} OFFSET 0) m JOIN hub_{child} c ON c.{field}_id = m.entity_id AND c.deleted_at IS NULL
                CROSS JOIN LATERAL (
                  SELECT r.fields, r.written_at FROM hub_source_record r
                  WHERE r.entity_id = c.id AND r.deleted_at IS NULL OFFSET 0
                ) r
                WHERE jsonb_typeof(r.fields->'{field}') = 'object'
                ORDER BY c.id, r.written_at DESC
                ON CONFLICT (entity_id, field) DO NOTHING
                """
            )
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_{child} c SET {field}_id = NULL, version = c.version + 1, updated_at = now()
              FROM ({ids} OFFSET 0) m WHERE c.{field}_id = m.entity_id AND c.deleted_at IS NULL
              RETURNING c.id, c.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{child}', id, version, 'update', ARRAY['{field}'] FROM done
            """
        )
        next_ord += max(cursor.rowcount, 0)
    cursor.execute("SET LOCAL enable_hashjoin = off")
    return next_ord
