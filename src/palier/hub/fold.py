"""The fold: from linked source records to the canonical record, in sets.

Works on a temporary table `hub_folded(entity_id, fields, prov, fresh)` and writes golden records
and changes from it. `fresh` rows are new entities; others are compared with what is stored, and
only real differences make a version.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

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
