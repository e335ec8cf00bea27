"""The fold: from linked source records to the canonical record, in sets.

Works on a temporary table `hub_folded(entity_id, fields, prov, fresh)` and writes golden records
and changes from it. `fresh` rows are new entities; others are compared with what is stored, and
only real differences make a version.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from palier.hub.change_log import count_logged, creation_logged
from palier.hub.models import FieldRule, Source
from palier.hub.references import entity_by_key
from palier.hub.schema import Entity, Field
from palier.hub.scratch import cleared
from palier.hub.survivorship import OPT_OUT_WINS, standings

_CASTS = {
    "int": "::bigint",
    "money": "::bigint",
    "decimal": "::numeric",
    "share": "::numeric",
    "date": "::date",
    "datetime": "::timestamptz",
    "bool": "::boolean",
}

_FEW = "d.entity_id BETWEEN 1 AND 9223372036854775807"
"""Always true, but the planner takes a range it knows nothing of for few rows: it then looks each of them up. In a table without
statistics it would otherwise believe that a company has next to none, and compare every row with every change."""


def column_of(field: Field) -> str:
    """The column that holds a field."""
    return f"{field.name}_id" if field.type == "ref" else field.name


def columns(entity: Entity) -> list[str]:
    """Names of the entity's own columns, in the schema's order."""
    return [column_of(field) for field in entity.fields]


def value_of(field: Field) -> str:
    """How a field is read from `f.fields`; an empty text is no value."""
    if field.type == "ref":
        return f"p_{field.name}.entity_id"
    if field.type == "json":
        return f"f.fields->'{field.name}'"
    if field.type in _CASTS:
        return f"(f.fields->>'{field.name}'){_CASTS[field.type]}"
    return f"nullif(f.fields->>'{field.name}', '')"


def reference_joins(fields: Collection[Field], *, by_key: bool) -> str:
    """How references are resolved: by the record they name, or by one of its keys.

    What the JSON says is read in a subquery of its own (`OFFSET 0` keeps it apart): under row-level
    security an index is only used for comparisons that leak nothing, and JSON operators might.
    """
    parts = []
    for field in fields:
        if field.type != "ref":
            continue
        said, alias, stored = f"s_{field.name}", f"p_{field.name}", f"f.fields->'{field.name}'"
        found = (
            f"SELECT r.entity_id FROM hub_source_record r "
            f"WHERE r.object_id = {said}.o AND r.external_id = {said}.x AND r.deleted_at IS NULL"
        )
        if by_key:
            found += f" UNION ALL ({entity_by_key(f'{said}.k')})"
        parts.append(
            f"CROSS JOIN LATERAL (SELECT ({stored}->>'o')::bigint AS o, {stored}->>'x' AS x, "
            f"({stored}->>'k')::bigint AS k OFFSET 0) {said} "
            f"LEFT JOIN LATERAL ({found} OFFSET 0) {alias} ON true"
        )
    return "\n".join(parts)


def public_id(entity_id: str) -> str:
    """Random identifiers in order of time for the rows of one statement, as UUIDs of version 7.

    Ours, since the server's cost a system call a row: 48 bits of time, 24 that count (RFC 9562
    §6.2, after the digits 7 and 8 of version and variant), 48 drawn from a secret of the statement.
    """
    stamp = (
        "(SELECT lpad(to_hex((extract(epoch FROM statement_timestamp()) * 1000)::bigint), 12, '0'))"
    )
    counter = f"to_hex(28672 | ({entity_id} >> 12 & 4095)) || to_hex(32768 | ({entity_id} & 4095))"
    return (
        f"({stamp} || {counter} || left(md5('{secrets.token_hex(16)}' || {entity_id}), 12))::uuid"
    )


def custom_object() -> str:
    """How custom fields are read from `f.fields`."""
    return (
        "(SELECT jsonb_object_agg(substr(c.key, 8), c.value) FROM jsonb_each(f.fields) c "
        "WHERE starts_with(c.key, 'custom.'))"
    )


def fold_many(
    cursor: Any, *, company_id: int, entity: Entity, ids_table: str, fresh: str = "false"
) -> None:
    """Fold the entities of `ids_table` into `hub_folded`; `fresh` tells of a row `m` whether it is new.

    What one record tells alone is taken as it is. Otherwise one row per field and entity wins:
    a person's pin, then owners in order, then the strategy, then recency.
    """
    cursor.execute(
        f"""
        WITH told AS (
          INSERT INTO {cleared(cursor, "hub_told")}
          SELECT m.entity_id, {fresh}, (
            SELECT count(*) FROM (
              SELECT 1 FROM hub_source_record r WHERE r.entity_id = m.entity_id AND r.deleted_at IS NULL LIMIT 2
            ) two) > 1 OR EXISTS (SELECT 1 FROM hub_field_pin p WHERE p.entity_id = m.entity_id OFFSET 0)
          FROM {ids_table} m
          RETURNING several
        )
        SELECT bool_or(several), bool_or(NOT several) FROM told
        """
    )
    some_several, some_alone = cursor.fetchone()
    folded = cleared(cursor, "hub_folded")
    if some_alone:
        _take_alone(cursor, folded)
    if some_several:
        _fold_several(cursor, company_id=company_id, entity=entity)


def _take_alone(cursor: Any, folded: str) -> None:
    cursor.execute(
        f"""
        INSERT INTO {folded}
        SELECT m.entity_id, r.fields, jsonb_build_object('*', r.id), m.fresh
        FROM hub_told m CROSS JOIN LATERAL (
          SELECT r.id, r.fields FROM hub_source_record r
          WHERE r.entity_id = m.entity_id AND r.deleted_at IS NULL OFFSET 0
        ) r WHERE NOT m.several
        """
    )


def _fold_several(cursor: Any, *, company_id: int, entity: Entity) -> None:
    _make_standings(cursor, company_id=company_id, entity=entity)
    opt_out = [field for name, field in OPT_OUT_WINS if name == entity.name]
    opt_out_first = (
        "CASE WHEN v.field = ANY(%s) AND v.value = 'false'::jsonb THEN 0 ELSE 1 END, "
        if opt_out
        else ""
    )
    cursor.execute(
        f"""
        WITH v AS (
          SELECT r.entity_id, e.key AS field, e.value, r.id AS rid, NULL::bigint AS person_id, o.source_id,
                 r.source_updated_at, r.written_at
          FROM hub_told m
          CROSS JOIN LATERAL (
            SELECT r.* FROM hub_source_record r WHERE r.entity_id = m.entity_id AND r.deleted_at IS NULL OFFSET 0
          ) r
          CROSS JOIN LATERAL (SELECT o.source_id FROM hub_source_object o WHERE o.id = r.object_id OFFSET 0) o
          CROSS JOIN LATERAL jsonb_each(r.fields) e
          WHERE m.several AND e.value <> '""'::jsonb
          UNION ALL
          SELECT m.entity_id, p.field, coalesce(p.value, 'null'), NULL, p.person_id, NULL, NULL, NULL
          FROM hub_told m CROSS JOIN LATERAL (
            SELECT p.* FROM hub_field_pin p WHERE p.entity_id = m.entity_id OFFSET 0
          ) p WHERE m.several
        ), won AS (
          SELECT DISTINCT ON (v.entity_id, v.field) v.entity_id, v.field, v.value, v.rid, v.person_id
          FROM v LEFT JOIN LATERAL (
            SELECT s.survival, s.rank FROM hub_standing s
            WHERE s.source_id = v.source_id AND s.field = v.field OFFSET 0
          ) s ON true
          WHERE v.value <> 'null'::jsonb OR coalesce(s.rank, 1000) = 0 OR v.person_id IS NOT NULL
          ORDER BY v.entity_id, v.field, v.person_id IS NULL, {opt_out_first}coalesce(s.rank, 1000),
            CASE s.survival WHEN 'longest' THEN -length(v.value #>> '{{}}') END,
            CASE s.survival WHEN 'min' THEN v.value #>> '{{}}' END,
            CASE s.survival WHEN 'max' THEN v.value #>> '{{}}' END DESC NULLS LAST,
            v.source_updated_at DESC NULLS LAST, v.written_at DESC, v.rid DESC
        ), kept AS (
          SELECT entity_id, field, value, rid, person_id, NULL::boolean AS fresh FROM won WHERE value <> 'null'::jsonb
          UNION ALL SELECT entity_id, NULL, NULL, NULL, NULL, fresh FROM hub_told WHERE several
        )
        INSERT INTO hub_folded
        SELECT entity_id, coalesce(jsonb_object_agg(field, value) FILTER (WHERE field IS NOT NULL), '{{}}'),
               CASE WHEN count(person_id) = 0 AND min(rid) = max(rid) THEN jsonb_build_object('*', min(rid))
                    ELSE coalesce(jsonb_object_agg(field, coalesce(to_jsonb('pin:' || person_id), to_jsonb(rid)))
                                    FILTER (WHERE field IS NOT NULL), '{{}}') END,
               bool_or(fresh)
        FROM kept GROUP BY entity_id
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
    with cursor.copy(f"COPY {cleared(cursor, 'hub_standing')} FROM STDIN") as copy:
        for row in standings(entity=entity, sources=sources, rules=rules):
            copy.write_row((row.field, row.survival, row.source_id, row.rank))


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
