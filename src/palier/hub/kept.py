"""Children beneath a merge: they point at the survivor, and know where they hung before.

Most children keep what their tool said of their parent in their own source record, so a separation
reads it again. An event keeps no reference, and a record's parent may be gone from its tool: for
those `hub_kept_parent` holds the entity they hung on, or the record that they named.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from palier.hub.fold import fold_many
from palier.hub.golden import GoldenWriter
from palier.hub.references import children_of, entity_by_key
from palier.hub.schema import ENTITIES
from palier.hub.scratch import cleared

KEPT = """(
              SELECT jsonb_agg(jsonb_build_object('field', k.field, 'home_id', k.home_id, 'object_id', k.object_id,
                                                  'external_id', k.external_id, 'key', k.key))
              FROM hub_kept_parent k WHERE k.child_id = e.id)"""
"""What is kept beside an event `e`, for the archive of what it said before."""


_NAMED = f"""
                SELECT p.entity_id FROM hub_source_record p
                WHERE p.object_id = x.object_id AND p.external_id = x.external_id AND p.deleted_at IS NULL
                UNION ALL ({entity_by_key("x.key")}) OFFSET 0"""
"""The entity that a kept reference `x` names today."""


def any_merged(*, company_id: int) -> bool:
    """Whether anything of this company is merged, or was, so that parents have to be kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM hub_redirect WHERE company_id = %(company)s) "
            "OR EXISTS (SELECT 1 FROM hub_kept_parent WHERE company_id = %(company)s)",
            {"company": company_id},
        )
        found: bool = cursor.fetchone()[0]
        return found


def move_children(cursor: Any, *, company_id: int, parent: str, set_id: int, next_ord: int) -> int:
    """Point the children of merged entities (`hub_merging`) at their survivors; the next free `ord`."""
    cursor.execute("SET LOCAL enable_hashjoin = on")  # some references have no index: one pass
    for child, field in children_of(parent):
        # inferred steps are worked out again for the survivor
        told = "AND c.inferred IS NOT TRUE" if child == "deal_event" else ""
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_{child} c SET {field}_id = m.survivor_id, version = c.version + 1, updated_at = now()
              FROM hub_merging m WHERE c.{field}_id = m.loser_id AND c.deleted_at IS NULL {told}
              RETURNING c.id, c.version, m.loser_id
            ), kept AS (
              INSERT INTO hub_kept_parent (company_id, child_id, field, home_id)
              SELECT {company_id}, id, '{field}', loser_id FROM done
              ON CONFLICT (child_id, field) DO UPDATE SET home_id = excluded.home_id
              WHERE hub_kept_parent.home_id IS NULL
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{child}', id, version, 'update', ARRAY['{field}'] FROM done
            """
        )
        next_ord += max(cursor.rowcount, 0)
    cursor.execute("SET LOCAL enable_hashjoin = off")
    return next_ord


class Returning:
    """The children of an entity that leaves a merge: who goes with it.

    `root` is the survivor it leaves, `leaving` the entity, `beneath` all merged into it (itself
    included); `told` whether any record speaks of it, else its children wait for it.
    """

    def __init__(
        self, *, company_id: int, root: int, leaving: int, beneath: list[int], told: bool
    ) -> None:
        self.company_id = company_id
        self.root = root
        self.leaving = leaving
        self.told = told
        self.values = {"root": root, "leaving": leaving, "beneath": beneath}

    def move(self, cursor: Any, *, parent: str, set_id: int, next_ord: int) -> int:
        """Give the children back; the next free `ord` of the change set."""
        cursor.execute("SET LOCAL enable_hashjoin = on")
        cursor.execute("SET LOCAL enable_bitmapscan = on")
        for child, field in children_of(parent):
            if ENTITIES[child].appended:
                next_ord = self._events(cursor, field, set_id, next_ord)
            else:
                next_ord = self._records(cursor, child, field, set_id, next_ord)
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        if self.told:
            cursor.execute(
                "DELETE FROM hub_kept_parent WHERE home_id = %(leaving)s AND object_id IS NULL AND key IS NULL",
                self.values,
            )
            cursor.execute(
                "UPDATE hub_kept_parent SET home_id = NULL WHERE home_id = %(leaving)s", self.values
            )
        return next_ord

    def _records(self, cursor: Any, child: str, field: str, set_id: int, next_ord: int) -> int:
        """Children whose own record names the one that leaves are folded again; others stay."""
        cursor.execute(
            f"""
            INSERT INTO {cleared(cursor, "hub_returning")}
            SELECT c.id AS entity_id FROM hub_{child} c
            CROSS JOIN LATERAL (SELECT r.fields->'{field}' AS said FROM hub_source_record r
                                WHERE r.entity_id = c.id AND r.deleted_at IS NULL OFFSET 0) r
            CROSS JOIN LATERAL (SELECT (r.said->>'o')::bigint AS o, r.said->>'x' AS x,
                                       (r.said->>'k')::bigint AS k OFFSET 0) s
            CROSS JOIN LATERAL (
              SELECT p.entity_id FROM hub_source_record p
              WHERE p.object_id = s.o AND p.external_id = s.x AND p.deleted_at IS NULL
              UNION ALL ({entity_by_key("s.k")}) OFFSET 0
            ) p
            WHERE c.{field}_id = %(root)s AND c.deleted_at IS NULL AND p.entity_id = %(leaving)s
            UNION
            SELECT k.child_id FROM hub_kept_parent k
            CROSS JOIN LATERAL (SELECT c.id FROM hub_{child} c WHERE c.id = k.child_id
                                AND c.{field}_id = %(root)s AND c.deleted_at IS NULL OFFSET 0) c
            WHERE k.home_id = ANY(%(beneath)s) AND k.field = '{field}'
            """,
            self.values,
        )
        if not cursor.rowcount:
            return next_ord
        golden = GoldenWriter(
            company_id=self.company_id, entity=ENTITIES[child], set_id=set_id, first_ord=next_ord
        )
        fold_many(
            cursor,
            company_id=self.company_id,
            entity=ENTITIES[child],
            ids_table="hub_returning",
        )
        golden.write(cursor, by_key=True, custom=True)
        if self.told:
            self._hang_again(cursor, child, field)
        return golden.next_ord

    def _hang_again(self, cursor: Any, child: str, field: str) -> None:
        """What names nobody any more hangs where it hung before the merge; its change is logged already."""
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_{child} c SET {field}_id = %(leaving)s
              FROM hub_returning m JOIN hub_kept_parent k ON k.child_id = m.entity_id AND k.field = '{field}'
              WHERE c.id = m.entity_id AND c.{field}_id IS NULL AND k.home_id = ANY(%(beneath)s)
              RETURNING c.id
            )
            DELETE FROM hub_pending_reference p USING done d WHERE p.entity_id = d.id AND p.field = '{field}'
            """,
            self.values,
        )

    def _events(self, cursor: Any, field: str, set_id: int, next_ord: int) -> int:
        home = "%(leaving)s::bigint" if self.told else "NULL::bigint"
        cursor.execute(
            f"""
            WITH going AS MATERIALIZED (
              SELECT c.id, coalesce(p.entity_id, {home}) AS parent_id FROM hub_event c
              CROSS JOIN LATERAL (SELECT x.* FROM hub_kept_parent x
                                  WHERE x.child_id = c.id AND x.field = '{field}' OFFSET 0) x
              LEFT JOIN LATERAL ({_NAMED}) p ON true
              WHERE c.{field}_id = %(root)s AND c.deleted_at IS NULL
                AND (p.entity_id = %(leaving)s OR (p.entity_id IS NULL AND x.home_id = ANY(%(beneath)s)))
            ), done AS (
              UPDATE hub_event c SET {field}_id = g.parent_id, version = c.version + 1, updated_at = now()
              FROM going g WHERE c.id = g.id
              RETURNING c.id, c.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {self.company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
                   'event', id, version, 'update', ARRAY['{field}'] FROM done
            """,
            self.values,
        )
        moved: int = max(cursor.rowcount, 0)
        return next_ord + moved


def settle_restored(cursor: Any, *, company_id: int) -> None:
    """Events that an undo has given back what they said (`hub_restored`: id, kept) hang where that leads today.

    What they pointed at may have been merged since, or separated.
    """
    cursor.execute("DELETE FROM hub_kept_parent k USING hub_restored e WHERE k.child_id = e.id")
    cursor.execute(
        f"""
        INSERT INTO hub_kept_parent (company_id, child_id, field, home_id, object_id, external_id, key)
        SELECT {company_id}, e.id, k.field, k.home_id, k.object_id, k.external_id, k.key
        FROM hub_restored e CROSS JOIN LATERAL jsonb_to_recordset(e.kept)
          AS k(field text, home_id bigint, object_id bigint, external_id text, key bigint)
        WHERE jsonb_typeof(e.kept) = 'array'
        """
    )
    for child, field in _events_fields():
        cursor.execute(
            f"""
            INSERT INTO hub_kept_parent (company_id, child_id, field, home_id)
            SELECT {company_id}, e.id, '{field}', c.{field}_id FROM hub_restored e
            CROSS JOIN LATERAL (SELECT c.{field}_id FROM hub_{child} c WHERE c.id = e.id OFFSET 0) c
            WHERE EXISTS (SELECT 1 FROM hub_redirect r WHERE r.from_id = c.{field}_id OFFSET 0)
            ON CONFLICT (child_id, field) DO NOTHING
            """
        )
        cursor.execute(
            f"""
            UPDATE hub_{child} c SET {field}_id = coalesce(p.entity_id, r.to_id, x.home_id)
            FROM hub_restored e
            CROSS JOIN LATERAL (SELECT x.* FROM hub_kept_parent x
                                WHERE x.child_id = e.id AND x.field = '{field}' OFFSET 0) x
            LEFT JOIN LATERAL ({_NAMED}) p ON true
            LEFT JOIN LATERAL (SELECT r.to_id FROM hub_redirect r WHERE r.from_id = x.home_id OFFSET 0) r ON true
            WHERE c.id = e.id AND coalesce(p.entity_id, r.to_id, x.home_id) IS NOT NULL
            """
        )


def _events_fields() -> list[tuple[str, str]]:
    return [
        (entity.name, field.name)
        for entity in ENTITIES.values()
        if entity.appended
        for field in entity.fields
        if field.type == "ref"
    ]
