"""Canonical records as the fold makes them: created, changed, deleted, and each change logged."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from palier.hub.change_log import count_logged, creation_logged
from palier.hub.fold import column_of, columns, custom_object, public_id, reference_joins, value_of
from palier.hub.schema import Entity, Field

_FEW = "d.entity_id BETWEEN 1 AND 9223372036854775807"
"""Always true, but the planner takes a range it knows nothing of for few rows: it then looks each of them up. In a table without
statistics it would otherwise believe that a company has next to none, and compare every row with every change."""


class GoldenWriter:
    """Writes folded entities to their table and numbers the changes of one change set.

    `revival` is how the return of a deleted entity is logged; with `every`, each entity folded again
    gets a version, whether or not a field differs: the records behind it do.
    """

    def __init__(
        self,
        *,
        company_id: int,
        entity: Entity,
        set_id: int,
        first_ord: int = 0,
        revival: str = "create",
        every: bool = False,
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self.set_id = set_id
        self.next_ord = first_ord
        self.revival = revival
        self.every = "true" if every else "false"
        self.references = [field for field in entity.fields if field.type == "ref"]

    def creation(self, *, names: Collection[str] | None, by_key: bool, custom: bool) -> str:
        """The end of a statement that creates entities from `folded(entity_id, fields, prov)`, a query before it.

        Only the fields among `names` are read, the others are known to be absent.
        Pass the cursor to `count` afterwards.
        """
        fields = [field for field in self.entity.fields if names is None or field.name in names]
        written = ", ".join(
            [
                "id",
                "company_id",
                "public_id",
                "prov",
                "custom",
                *(column_of(field) for field in fields),
            ]
        )
        values = "".join(f", {value_of(field)} AS {column_of(field)}" for field in fields)
        typed = (
            f"SELECT f.entity_id AS id, {self.company_id} AS company_id, {public_id('f.entity_id')} AS public_id, f.prov, "
            f"{custom_object() if custom else 'NULL::jsonb'} AS custom{values}"
        )
        joins = reference_joins(fields, by_key=by_key)
        references = [field for field in fields if field.type == "ref"]
        if references:
            read = ", ".join(f"t.{column}" for column in written.split(", "))
            golden = (
                f"typed AS MATERIALIZED ({typed}, f.fields FROM folded f {joins}), "
                f"golden AS (INSERT INTO hub_{self.entity.name} ({written}) SELECT {read} FROM typed t), "
                f"waiting AS ({self._waiting(references)})"
            )
        else:
            golden = (
                f"golden AS (INSERT INTO hub_{self.entity.name} ({written}) {typed} FROM folded f)"
            )
        logged = creation_logged(
            company_id=self.company_id,
            set_id=self.set_id,
            first_ord=self.next_ord,
            entity=self.entity.name,
            ids="SELECT entity_id AS id FROM folded",
        )
        return golden + logged

    def _waiting(self, references: Collection[Field]) -> str:
        listed = ", ".join(
            f"('{field.name}', t.fields->'{field.name}', t.{field.name}_id)" for field in references
        )
        return f"""
            INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
            SELECT {self.company_id}, '{self.entity.name}', t.id, v.field,
                   (v.stored->>'o')::bigint, v.stored->>'x', (v.stored->>'k')::bigint
            FROM typed t CROSS JOIN LATERAL (VALUES {listed}) v(field, stored, found)
            WHERE v.found IS NULL AND jsonb_typeof(v.stored) = 'object'"""

    def count_created(self, cursor: Any) -> int:
        """Take note of the creations that `creation` logged; their number."""
        created = count_logged(cursor)
        self.next_ord += created
        return created

    def write(self, cursor: Any, *, by_key: bool, custom: bool) -> None:
        """Insert the fresh entities of `hub_folded`, update those that differ, and log both."""
        cursor.execute("SELECT EXISTS (SELECT 1 FROM hub_folded WHERE fresh)")
        if cursor.fetchone()[0]:
            cursor.execute(
                "WITH folded AS (SELECT entity_id, fields, prov FROM hub_folded WHERE fresh), "
                + self.creation(names=None, by_key=by_key, custom=custom)
            )
            self.count_created(cursor)
        self._update(cursor)

    def _update(self, cursor: Any) -> None:
        names = columns(self.entity)
        compared = [*names, "custom"]
        changed = ", ".join(
            f"CASE WHEN g.{c} IS DISTINCT FROM t.{c} THEN '{c.removesuffix('_id') if c in names else c}' END"
            for c in compared
        )
        values = ", ".join(
            f"{value_of(field)} AS {column_of(field)}" for field in self.entity.fields
        )
        assignments = ", ".join(f"{c} = d.{c}" for c in compared)
        cursor.execute(
            f"""
            WITH differs AS MATERIALIZED (
              SELECT * FROM (
                SELECT t.*, array_remove(ARRAY[{changed}], NULL) AS changed, g.deleted_at IS NOT NULL AS revived,
                       g.prov AS old_prov
                FROM (
                  SELECT f.entity_id, f.prov, {custom_object()} AS custom, {values}
                  FROM hub_folded f {reference_joins(self.entity.fields, by_key=True)} WHERE NOT f.fresh OFFSET 0
                ) t
                CROSS JOIN LATERAL (SELECT g.* FROM hub_{self.entity.name} g WHERE g.id = t.entity_id OFFSET 0) g
              ) d WHERE cardinality(changed) > 0 OR revived OR prov <> old_prov OR {self.every}
            ), done AS (
              UPDATE hub_{self.entity.name} g
              SET {assignments}, prov = d.prov, version = g.version + 1, updated_at = now(), deleted_at = NULL
              FROM differs d WHERE g.id = d.entity_id AND (cardinality(d.changed) > 0 OR d.revived OR {self.every}) AND {_FEW}
              RETURNING g.id, g.version, d.changed, d.revived
            ), only_provenance AS (
              UPDATE hub_{self.entity.name} g SET prov = d.prov FROM differs d
              WHERE g.id = d.entity_id AND cardinality(d.changed) = 0 AND NOT d.revived AND NOT {self.every} AND {_FEW}
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER () - 1,
                   '{self.entity.name}', id, version, CASE WHEN revived THEN '{self.revival}' ELSE 'update' END,
                   CASE WHEN revived THEN NULL ELSE changed END FROM done
            """
        )
        self.next_ord += max(cursor.rowcount, 0)
        self._wait_again(cursor)

    def _wait_again(self, cursor: Any) -> None:
        """Note the references that could not be resolved yet, and forget those that now are."""
        if not self.references:
            return
        cursor.execute(
            "DELETE FROM hub_pending_reference p USING hub_folded f WHERE p.entity_id = f.entity_id AND NOT f.fresh"
        )
        cursor.execute(
            f"""
            WITH typed AS (
              SELECT g.*, f.fields FROM hub_folded f CROSS JOIN LATERAL (
                SELECT {", ".join(["g.id", *(f"g.{field.name}_id" for field in self.references)])}
                FROM hub_{self.entity.name} g WHERE g.id = f.entity_id OFFSET 0
              ) g WHERE NOT f.fresh
            ) {self._waiting(self.references)}
            """
        )

    def delete(self, cursor: Any, *, ids: str, op: str = "delete") -> None:
        """Mark the entities of a query of ids as deleted, since no record speaks of them any more, and log it."""
        cursor.execute(
            f"""
            WITH gone AS (
              UPDATE hub_{self.entity.name} g SET deleted_at = now(), version = g.version + 1, updated_at = now()
              FROM ({ids} OFFSET 0) m WHERE g.id = m.entity_id AND g.deleted_at IS NULL
              RETURNING g.id, g.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER () - 1,
                   '{self.entity.name}', id, version, '{op}' FROM gone
            """
        )
        self.next_ord += max(cursor.rowcount, 0)
