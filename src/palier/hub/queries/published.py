"""Records as the API, the feed and webhooks publish them: one JSON object each, made by the database.

Values keep the form in which they may be sent back: money in whole minor units, decimals as text, days and
instants in ISO form, a parent as `{"id": …}`. Building them here spares a million conversions to
Python and back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from palier.hub.schema import ENTITIES, Entity, Field

PUBLIC_ID = re.compile(r"([a-z]{3})_([0-9a-f]{32})")
_INSTANT = '\'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\''


def published_id(entity: str, public_id: UUID) -> str:
    """The identifier of a record outside: `cus_` and 32 hexadecimal digits."""
    return f"{ENTITIES[entity].prefix}_{public_id.hex}"


def read_published_id(entity: str, text: str) -> UUID | None:
    """The record's identifier inside, None when the text is not one of this entity."""
    found = PUBLIC_ID.fullmatch(text)
    if found is None or found[1] != ENTITIES[entity].prefix:
        return None
    return UUID(found[2])


def instant(column: str) -> str:
    """SQL: an instant as JSON text, in UTC with milliseconds."""
    return f"to_char({column} AT TIME ZONE 'UTC', {_INSTANT})"


def public(entity: str, column: str) -> str:
    """SQL: the identifier outside of a public id."""
    return f"'{ENTITIES[entity].prefix}_' || replace({column}::text, '-', '')"


def as_json(entity: Entity, *, row: str = "e") -> str:
    """SQL: the published JSON of `row`, a row of the entity's table joined with `parents`."""
    pairs = [
        ("id", public(entity.name, f"{row}.public_id")),
        ("version", f"{row}.version"),
        ("created_at", instant(f"{row}.created_at")),
        ("updated_at", instant(f"{row}.updated_at")),
        ("deleted_at", instant(f"{row}.deleted_at")),
        *((field.name, _value(field, row)) for field in entity.fields),
        ("custom", f"coalesce({row}.custom, '{{}}'::jsonb)"),
    ]
    listed = ", ".join(f"'{name}', {value}" for name, value in pairs)
    return f"json_build_object({listed})::text"


def parents(entity: Entity, *, row: str = "e") -> str:
    """SQL: the joins by which `as_json` names the parents of `row`."""
    return " ".join(
        f"LEFT JOIN LATERAL (SELECT p.public_id FROM hub_{field.target} p WHERE p.id = {row}.{field.name}_id OFFSET 0) "
        f"p_{field.name} ON true"
        for field in entity.fields
        if field.type == "ref"
    )


def _value(field: Field, row: str) -> str:
    if field.type == "ref":
        told = f"p_{field.name}.public_id"
        return (
            f"CASE WHEN {told} IS NOT NULL THEN json_build_object('id', {public(field.target, told)}) "
            "END"
        )
    if field.type == "datetime":
        return instant(f"{row}.{field.name}")
    if field.type in {"decimal", "share"}:
        return f"trim_scale({row}.{field.name})::text"
    return f"{row}.{field.name}"


def list_published(*, company_id: int, entity: str, ids: Collection[int]) -> dict[int, str]:
    """The published JSON of records by their number, deleted ones included. One query."""
    spec = ENTITIES[entity]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, {as_json(spec)} FROM hub_{entity} e {parents(spec)} "
            "WHERE e.company_id = %s AND e.id = ANY(%s)",
            [company_id, list(ids)],
        )
        return dict(cursor.fetchall())


def list_published_ids(*, company_id: int, entity: str, ids: Collection[int]) -> dict[int, UUID]:
    """The public identifiers of records by their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, e.public_id FROM hub_{entity} e WHERE e.company_id = %s AND e.id = ANY(%s)",
            [company_id, list(ids)],
        )
        return dict(cursor.fetchall())


def list_sources_json(*, company_id: int, entity_id: int) -> list[dict[str, str | None]]:
    """Which tools speak of a record, under which identifiers, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.name, o.name, r.external_id, {instant("r.source_updated_at")}, {instant("r.written_at")}
            FROM hub_source_record r JOIN hub_source_object o ON o.id = r.object_id JOIN hub_source s ON s.id = o.source_id
            WHERE r.company_id = %s AND r.entity_id = %s AND r.deleted_at IS NULL
            ORDER BY r.written_at DESC, r.id DESC LIMIT 1000
            """,
            [company_id, entity_id],
        )
        names = ("tool", "object", "external_id", "updated_at", "written_at")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def field_names(entity: str) -> Iterable[str]:
    """Names of the fields that a record of this entity publishes."""
    return (field.name for field in ENTITIES[entity].fields)
