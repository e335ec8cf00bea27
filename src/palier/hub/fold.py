"""The fold: from linked source records to the canonical record, in sets.

Works on a temporary table `hub_folded(entity_id, fields, prov, fresh)` and writes golden records
and changes from it. `fresh` rows are new entities; others are compared with what is stored, and
only real differences make a version.
"""

from __future__ import annotations

from typing import Any

from palier.hub.models import FieldRule, Source
from palier.hub.schema import Entity, Field
from palier.hub.survivorship import OPT_OUT_WINS, standings

_CASTS = {
    "int": "::bigint", "money": "::bigint", "decimal": "::numeric", "share": "::numeric", "date": "::date",
    "datetime": "::timestamptz", "bool": "::boolean",
}


def value_of(field: Field) -> str:
    if field.type == "ref":
        return f"p_{field.name}.entity_id"
    if field.type == "json":
        return f"f.fields->'{field.name}'"
    return f"(f.fields->>'{field.name}'){_CASTS.get(field.type, '')}"


def columns(entity: Entity) -> list[str]:
    """Names of the entity's own columns, in the schema's order."""
    return [f"{field.name}_id" if field.type == "ref" else field.name for field in entity.fields]


def reference_joins(entity: Entity, *, by_key: bool) -> str:
    """How references are resolved: by the record they name, or by one of its keys.

    What the JSON says is read in a subquery of its own (`OFFSET 0` keeps it apart): under row-level
    security an index is only used for comparisons that leak nothing, and JSON operators might.
    """
    parts = []
    for field in entity.fields:
        if field.type != "ref":
            continue
        said, alias, stored = f"s_{field.name}", f"p_{field.name}", f"f.fields->'{field.name}'"
        found = (
            f"SELECT r.entity_id FROM hub_source_record r "
            f"WHERE r.object_id = {said}.o AND r.external_id = {said}.x AND r.deleted_at IS NULL"
        )
        if by_key:
            found += (
                f" UNION ALL (SELECT r.entity_id FROM "
                f"(SELECT k.record_id FROM hub_record_key k WHERE k.key = {said}.k OFFSET 0) k "
                f"CROSS JOIN LATERAL (SELECT r.entity_id FROM hub_source_record r "
                f"WHERE r.id = k.record_id AND r.deleted_at IS NULL OFFSET 0) r ORDER BY r.entity_id LIMIT 1)"
            )
        parts.append(
            f"CROSS JOIN LATERAL (SELECT ({stored}->>'o')::bigint AS o, {stored}->>'x' AS x, "
            f"({stored}->>'k')::uuid AS k OFFSET 0) {said} "
            f"LEFT JOIN LATERAL ({found} OFFSET 0) {alias} ON true"
        )
    return "\n".join(parts)


def custom_object() -> str:
    return (
        "(SELECT jsonb_object_agg(substr(c.key, 8), c.value) FROM jsonb_each(f.fields) c "
        "WHERE starts_with(c.key, 'custom.'))"
    )


def _typed(entity: Entity, *, by_key: bool, custom: bool, where: str) -> str:
    values = ", ".join(f"{value_of(field)} AS {column}" for field, column in zip(entity.fields, columns(entity), strict=True))
    return (
        f"SELECT f.entity_id, f.prov, {custom_object() if custom else 'NULL::jsonb'} AS custom, {values} "
        f"FROM hub_folded f {reference_joins(entity, by_key=by_key)} WHERE {where}"
    )


def make_folded(cursor: Any) -> None:
    """Create the working table of the fold for this transaction."""
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS hub_folded "
        "(entity_id bigint, fields jsonb, prov jsonb, fresh boolean) ON COMMIT DROP"
    )
    cursor.execute("TRUNCATE hub_folded")


def fold_many(cursor: Any, *, company_id: int, entity: Entity, ids_table: str) -> None:
    """Fold entities with several records or pins (ids in `ids_table`) into `hub_folded`.

    One row per field and entity wins: owners in order, then the strategy, then recency.
    """
    _make_standings(cursor, company_id=company_id, entity=entity)
    opt_out = [field for name, field in OPT_OUT_WINS if name == entity.name]
    opt_out_first = (
        "CASE WHEN v.field = ANY(%s) AND v.value = 'false'::jsonb THEN 0 ELSE 1 END, " if opt_out else ""
    )
    cursor.execute(
        f"""
        WITH v AS (
          SELECT r.entity_id, e.key AS field, e.value, r.id AS rid, o.source_id,
                 r.source_updated_at, r.written_at
          FROM {ids_table} m
          CROSS JOIN LATERAL (
            SELECT r.* FROM hub_source_record r WHERE r.entity_id = m.entity_id AND r.deleted_at IS NULL OFFSET 0
          ) r
          JOIN hub_source_object o ON o.id = r.object_id
          CROSS JOIN LATERAL jsonb_each(r.fields) e
          WHERE e.value <> '""'::jsonb
        ), won AS (
          SELECT DISTINCT ON (v.entity_id, v.field) v.entity_id, v.field, v.value, v.rid
          FROM v LEFT JOIN hub_standing s ON s.field = v.field AND s.source_id = v.source_id
          WHERE v.value <> 'null'::jsonb OR coalesce(s.rank, 1000) = 0
          ORDER BY v.entity_id, v.field, {opt_out_first}coalesce(s.rank, 1000),
            CASE s.survival WHEN 'longest' THEN -length(v.value #>> '{{}}') END,
            CASE s.survival WHEN 'min' THEN v.value #>> '{{}}' END,
            CASE s.survival WHEN 'max' THEN v.value #>> '{{}}' END DESC NULLS LAST,
            v.source_updated_at DESC NULLS LAST, v.written_at DESC, v.rid DESC
        ), pinned AS (
          SELECT p.entity_id, p.field, p.value, p.person_id
          FROM hub_field_pin p WHERE p.entity_id IN (SELECT entity_id FROM {ids_table})
        ), chosen AS (
          SELECT coalesce(w.entity_id, p.entity_id) AS entity_id, coalesce(w.field, p.field) AS field,
                 CASE WHEN p.field IS NULL THEN w.value ELSE p.value END AS value,
                 CASE WHEN p.field IS NULL THEN to_jsonb(w.rid) ELSE to_jsonb('pin:' || p.person_id) END AS origin
          FROM won w FULL JOIN pinned p ON p.entity_id = w.entity_id AND p.field = w.field
        )
        INSERT INTO hub_folded
        SELECT entity_id, coalesce(jsonb_object_agg(field, value) FILTER (WHERE value <> 'null'::jsonb), '{{}}'),
               coalesce(jsonb_object_agg(field, origin) FILTER (WHERE value <> 'null'::jsonb), '{{}}'), false
        FROM chosen GROUP BY entity_id
        """,
        [opt_out] if opt_out else [],
    )


def _make_standings(cursor: Any, *, company_id: int, entity: Entity) -> None:
    sources = list(Source.objects.filter(company_id=company_id).values_list("id", "name", "kind"))
    rules = {
        field: (survival, tuple(names))
        for field, survival, names in FieldRule.objects.filter(
            company_id=company_id, entity=entity.name
        ).values_list("field", "survival", "sources")
    }
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS hub_standing "
        "(field text, survival text, source_id bigint, rank int) ON COMMIT DROP"
    )
    cursor.execute("TRUNCATE hub_standing")
    with cursor.copy("COPY hub_standing FROM STDIN") as copy:
        for row in standings(entity=entity, sources=sources, rules=rules):
            copy.write_row((row.field, row.survival, row.source_id, row.rank))


class GoldenWriter:
    """Writes `hub_folded` to an entity's table and numbers the changes of one change set."""

    def __init__(self, *, company_id: int, entity: Entity, set_id: int, first_ord: int = 0) -> None:
        self.company_id = company_id
        self.entity = entity
        self.set_id = set_id
        self.next_ord = first_ord

    def write(self, cursor: Any, *, by_key: bool, custom: bool, only_new: bool) -> None:
        """Insert fresh entities, update those that differ, and log both."""
        self._insert(cursor, by_key=by_key, custom=custom)
        if not only_new:
            self._update(cursor)

    def _insert(self, cursor: Any, *, by_key: bool, custom: bool) -> None:
        names = ", ".join(columns(self.entity))
        cursor.execute(
            f"""
            WITH new AS (
              INSERT INTO hub_{self.entity.name} (id, company_id, prov, custom, {names})
              SELECT t.entity_id, {self.company_id}, t.prov, t.custom, {", ".join("t." + c for c in columns(self.entity))}
              FROM ({_typed(self.entity, by_key=by_key, custom=custom, where="f.fresh")}) t
              RETURNING id
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER () - 1,
                   '{self.entity.name}', id, 1, 'create' FROM new
            """
        )
        self.next_ord += max(cursor.rowcount, 0)
        self._wait(cursor, "f.fresh")

    def _update(self, cursor: Any) -> None:
        names = columns(self.entity)
        compared = [*names, "custom"]
        changed = ", ".join(
            f"CASE WHEN g.{c} IS DISTINCT FROM t.{c} THEN '{c.removesuffix('_id') if c in names else c}' END" for c in compared
        )
        cursor.execute("DROP TABLE IF EXISTS hub_differs")
        cursor.execute(
            f"""
            CREATE TEMP TABLE hub_differs ON COMMIT DROP AS
            SELECT t.*, array_remove(ARRAY[{changed}], NULL) AS changed, g.deleted_at IS NOT NULL AS revived
            FROM ({_typed(self.entity, by_key=True, custom=True, where="NOT f.fresh")}) t
            CROSS JOIN LATERAL (SELECT g.* FROM hub_{self.entity.name} g WHERE g.id = t.entity_id OFFSET 0) g
            """
        )
        cursor.execute("CREATE INDEX ON hub_differs (entity_id)")
        assignments = ", ".join(f"{c} = d.{c}" for c in compared)
        cursor.execute(
            f"""
            WITH done AS (
              UPDATE hub_{self.entity.name} g
              SET {assignments}, prov = d.prov, version = g.version + 1, updated_at = now(), deleted_at = NULL
              FROM hub_differs d WHERE g.id = d.entity_id AND (cardinality(d.changed) > 0 OR d.revived)
              RETURNING g.id, g.version, d.changed, d.revived
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op, fields)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{self.entity.name}', id, version, CASE WHEN revived THEN 'create' ELSE 'update' END,
                   CASE WHEN revived THEN NULL ELSE changed END FROM done
            """
        )
        self.next_ord += max(cursor.rowcount, 0)
        cursor.execute(
            f"UPDATE hub_{self.entity.name} g SET prov = d.prov FROM hub_differs d "
            "WHERE g.id = d.entity_id AND cardinality(d.changed) = 0 AND NOT d.revived AND g.prov <> d.prov"
        )
        self._wait(cursor, "NOT f.fresh")

    def _wait(self, cursor: Any, where: str) -> None:
        """Note the references that could not be resolved yet, and forget those that now are."""
        references = [field for field in self.entity.fields if field.type == "ref"]
        if not references:
            return
        if where != "f.fresh":
            cursor.execute(
                f"DELETE FROM hub_pending_reference p USING hub_folded f WHERE p.entity_id = f.entity_id AND {where}"
            )
        for field in references:
            stored = f"f.fields->'{field.name}'"
            cursor.execute(
                f"""
                INSERT INTO hub_pending_reference (company_id, entity, entity_id, field, object_id, external_id, key)
                SELECT {self.company_id}, '{self.entity.name}', f.entity_id, '{field.name}',
                       ({stored}->>'o')::bigint, {stored}->>'x', ({stored}->>'k')::uuid
                FROM hub_folded f CROSS JOIN LATERAL (
                  SELECT g.{field.name}_id FROM hub_{self.entity.name} g WHERE g.id = f.entity_id OFFSET 0
                ) g
                WHERE {where} AND g.{field.name}_id IS NULL AND jsonb_typeof({stored}) = 'object'
                """
            )

    def delete(self, cursor: Any, *, ids_table: str) -> None:
        """Mark entities that no record speaks of any more as deleted, and log it."""
        cursor.execute(
            f"""
            WITH gone AS (
              UPDATE hub_{self.entity.name} g SET deleted_at = now(), version = g.version + 1, updated_at = now()
              FROM {ids_table} m WHERE g.id = m.entity_id AND g.deleted_at IS NULL
              RETURNING g.id, g.version
            )
            INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
            SELECT {self.company_id}, {self.set_id}, {self.next_ord} + row_number() OVER (ORDER BY id) - 1,
                   '{self.entity.name}', id, version, 'delete' FROM gone
            """
        )
        self.next_ord += max(cursor.rowcount, 0)

