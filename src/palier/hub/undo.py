"""Undo of one import: every record goes back to what it said before, and entities are folded again.

Later imports stay: a record they have changed since keeps what they said, and only loses this
import's words from its past.
"""

from __future__ import annotations

from typing import Any

from palier.hub.lookup import write_again
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.refolding import refold
from palier.hub.schema import ENTITIES, EVENT

_VERSION = "fields, payload, hash, keys, source_updated_at, written_at, deleted_at, batch_id"


def undo_records(*, company_id: int, batch_id: int, person_id: int | None) -> int:
    """Take back what a batch wrote; the number of changes this made.

    The connection must be scoped to the company. A batch that wrote nothing changes nothing.
    """
    with exclusive_write(company_id=company_id, wait=True) as cursor:
        cursor.execute(
            "SET LOCAL enable_bitmapscan = on"
        )  # a batch is found by the ranges of pages it lies in
        opened = OpenSet.begin(cursor, company_id=company_id)
        _forget_past(cursor, batch_id)
        touched = _restore_records(cursor, company_id, batch_id)
        for name in ENTITIES:  # parents first, so that children find them
            entity = ENTITIES[name]
            if entity.appended:
                _undo_events(cursor, opened, batch_id)
            elif name in touched:
                refold(
                    cursor,
                    opened,
                    entity,
                    ids=f"SELECT DISTINCT entity_id FROM hub_undone WHERE entity = '{name}'",
                )
        opened.seal(cursor, origin="undo", source_id=None, batch_id=batch_id, person_id=person_id)
        return opened.next_ord


def _forget_past(cursor: Any, batch_id: int) -> None:
    """Versions this batch wrote and a later one replaced: the later one now follows the earlier."""
    cursor.execute(
        """
        UPDATE hub_source_record_version older SET replaced_by = mine.replaced_by, replaced_at = mine.replaced_at
        FROM hub_source_record_version mine
        WHERE mine.batch_id = %(batch)s AND older.record_id = mine.record_id AND older.replaced_by = %(batch)s
        """,
        {"batch": batch_id},
    )
    cursor.execute(
        "DELETE FROM hub_source_record_version WHERE batch_id = %s AND replaced_by IS DISTINCT FROM %s",
        [batch_id, batch_id],
    )


def _restore_records(cursor: Any, company_id: int, batch_id: int) -> set[str]:
    """Put records back (or away); leaves their entities in `hub_undone` and returns the entities' names."""
    cursor.execute("DROP TABLE IF EXISTS hub_undone")
    cursor.execute(
        """
        CREATE TEMP TABLE hub_undone ON COMMIT DROP AS
        SELECT r.id AS record_id, r.entity_id, o.entity, r.keys,
               (SELECT v.id FROM hub_source_record_version v
                WHERE v.record_id = r.id AND v.entity <> 'event' AND v.replaced_by = %(batch)s
                  AND v.batch_id IS DISTINCT FROM %(batch)s
                ORDER BY v.id LIMIT 1) AS version_id
        FROM (SELECT * FROM hub_source_record WHERE batch_id = %(batch)s OFFSET 0) r
        CROSS JOIN LATERAL (SELECT o.entity FROM hub_source_object o WHERE o.id = r.object_id OFFSET 0) o
        """,
        {"batch": batch_id},
    )
    cursor.execute(
        "DELETE FROM hub_record_key k USING (SELECT u.record_id, o.key FROM hub_undone u "
        "CROSS JOIN LATERAL unnest(u.keys) o(key) OFFSET 0) o WHERE k.key = o.key AND k.record_id = o.record_id"
    )
    cursor.execute(
        "DELETE FROM hub_lookup_key k USING hub_undone u WHERE k.record_id = u.record_id"
    )
    assignments = ", ".join(
        f"{column.strip()} = v.{column.strip()}" for column in _VERSION.split(",")
    )
    cursor.execute(
        f"""
        UPDATE hub_source_record r SET {assignments}
        FROM (
          SELECT u.record_id, v.* FROM hub_undone u CROSS JOIN LATERAL (
            SELECT {_VERSION} FROM hub_source_record_version v WHERE v.id = u.version_id OFFSET 0
          ) v OFFSET 0
        ) v WHERE r.id = v.record_id
        """
    )
    cursor.execute(
        """
        INSERT INTO hub_record_key (company_id, key, record_id)
        SELECT r.company_id, k.key, u.record_id
        FROM hub_undone u CROSS JOIN LATERAL (
          SELECT r.company_id, r.keys FROM hub_source_record r WHERE r.id = u.record_id OFFSET 0
        ) r CROSS JOIN LATERAL unnest(r.keys) k(key)
        WHERE u.version_id IS NOT NULL
        """
    )
    cursor.execute(
        "DELETE FROM hub_source_record r USING hub_undone u WHERE r.id = u.record_id AND u.version_id IS NULL"
    )
    cursor.execute(
        "DELETE FROM hub_source_record_version v USING hub_undone u "
        "WHERE v.record_id = u.record_id AND v.entity <> 'event' AND v.replaced_by = %s",
        [batch_id],
    )
    cursor.execute("DELETE FROM hub_link_event WHERE batch_id = %s AND kind = 'exact'", [batch_id])
    cursor.execute("SELECT DISTINCT entity FROM hub_undone")
    entities = {row[0] for row in cursor.fetchall()}
    for entity in entities:
        write_again(
            cursor,
            company_id=company_id,
            entity=entity,
            records=f"SELECT record_id FROM hub_undone WHERE entity = '{entity}' AND version_id IS NOT NULL",
        )
    return entities


def _undo_events(cursor: Any, opened: OpenSet, batch_id: int) -> None:
    names = [f"{field.name}_id" if field.type == "ref" else field.name for field in EVENT.fields]
    restored = ", ".join(f"{name} = o.{name}" for name in names if name != "props")
    types = {"ref": "bigint", "money": "bigint", "datetime": "timestamptz", "json": "jsonb"}
    typed = ", ".join(
        f"{name} {types.get(field.type, 'text')}"
        for name, field in zip(names, EVENT.fields, strict=True)
    )
    cursor.execute(
        f"""
        WITH mine AS (
          SELECT e.id, e.deleted_at IS NOT NULL AS gone, (SELECT v.id FROM hub_source_record_version v WHERE v.record_id = e.id AND v.entity = 'event'
                          AND v.replaced_by = %(batch)s AND v.batch_id IS DISTINCT FROM %(batch)s
                        ORDER BY v.id LIMIT 1) AS version_id
          FROM hub_event e WHERE e.batch_id = %(batch)s
        ), back AS (
          UPDATE hub_event e SET {restored}, props = nullif(v.fields->'props', 'null'),
            custom = nullif(v.fields->'custom', 'null'), hash = v.hash,
            batch_id = v.batch_id, version = e.version + 1, updated_at = now(), deleted_at = v.deleted_at
          FROM mine m JOIN hub_source_record_version v ON v.id = m.version_id
          CROSS JOIN LATERAL jsonb_to_record(v.fields) AS o({typed})
          WHERE e.id = m.id RETURNING e.id, e.version, CASE
            WHEN e.deleted_at IS NOT NULL THEN 'delete' WHEN m.gone THEN 'create' ELSE 'update' END AS op
        ), away AS (
          UPDATE hub_event e SET deleted_at = now(), version = e.version + 1, updated_at = now()
          FROM mine m WHERE e.id = m.id AND m.version_id IS NULL AND NOT m.gone RETURNING e.id, e.version, 'delete' AS op
        ), both_ AS (SELECT * FROM back UNION ALL SELECT * FROM away), waiting AS (
          DELETE FROM hub_pending_reference p USING away a WHERE p.entity_id = a.id
        ), past AS (
          DELETE FROM hub_source_record_version v USING mine m
          WHERE v.record_id = m.id AND v.entity = 'event' AND v.replaced_by = %(batch)s
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {opened.company_id}, {opened.id}, {opened.next_ord} + row_number() OVER (ORDER BY id) - 1,
               'event', id, version, op FROM both_
        """,
        {"batch": batch_id},
    )
    opened.next_ord += max(cursor.rowcount, 0)
