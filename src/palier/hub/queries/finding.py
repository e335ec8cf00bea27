"""From an identifier that somebody holds to the record it means today, through merges."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from palier.hub.queries.records import RecordUnknown
from palier.hub.schema import ENTITIES


@dataclass(frozen=True, slots=True)
class Found:
    """A live record: its numbers and its version."""

    id: int
    public_id: UUID
    version: int


def find_live(*, company_id: int, entity: str, public_id: UUID) -> Found | None:
    """The live record of this public id, or the one that it was merged into; None when there is none."""
    if entity not in ENTITIES:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.id, e.public_id, e.version FROM (
              SELECT coalesce((SELECT d.to_id FROM hub_redirect d WHERE d.from_id = a.id), a.id) AS id
              FROM hub_{entity} a WHERE a.company_id = %s AND a.public_id = %s OFFSET 0
            ) asked CROSS JOIN LATERAL (
              SELECT e.id, e.public_id, e.version FROM hub_{entity} e
              WHERE e.id = asked.id AND e.deleted_at IS NULL OFFSET 0
            ) e
            """,
            [company_id, public_id],
        )
        row = cursor.fetchone()
    return None if row is None else Found(*row)


def get_live(*, company_id: int, entity: str, public_id: UUID) -> Found:
    """The same, which must exist. Raises: `RecordUnknown`."""
    found = find_live(company_id=company_id, entity=entity, public_id=public_id)
    if found is None:
        raise RecordUnknown
    return found


def find_by_external_id(
    *, company_id: int, entity: str, tool: str, object_name: str, external_id: str
) -> Found | None:
    """The live record that a tool's identifier leads to, None when the tool knows none by it."""
    spec = ENTITIES[entity]
    held = (
        "SELECT r.id AS entity_id FROM hub_event r"
        if spec.appended
        else "SELECT r.entity_id FROM hub_source_record r"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT e.id, e.public_id, e.version FROM hub_source s
            JOIN hub_source_object o ON o.source_id = s.id AND o.name = %(object)s AND o.entity = %(entity)s
            CROSS JOIN LATERAL ({held} WHERE r.object_id = o.id AND r.external_id = %(external_id)s
                                AND r.deleted_at IS NULL OFFSET 0) r
            CROSS JOIN LATERAL (SELECT e.* FROM hub_{entity} e WHERE e.id = r.entity_id AND e.deleted_at IS NULL OFFSET 0) e
            WHERE s.company_id = %(company)s AND s.name = %(tool)s
            """,
            {
                "company": company_id,
                "tool": tool,
                "object": object_name,
                "entity": entity,
                "external_id": external_id,
            },
        )
        row = cursor.fetchone()
    return None if row is None else Found(*row)


@dataclass(frozen=True, slots=True)
class Handle:
    """One source record by which others may point at a record: it follows merges by itself."""

    tool: str
    object: str
    external_id: str


def list_handles(
    *, company_id: int, entity: str, public_ids: Collection[UUID], tool: str
) -> dict[UUID, Handle]:
    """A source record of each of these records, one of `tool` where it knows it. One query."""
    if not public_ids:
        return {}
    held = "hub_event" if ENTITIES[entity].appended else "hub_source_record"
    whose = "r.id" if ENTITIES[entity].appended else "r.entity_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT asked.public_id, h.tool, h.object, h.external_id FROM (
              SELECT a.public_id, coalesce((SELECT d.to_id FROM hub_redirect d WHERE d.from_id = a.id), a.id) AS id
              FROM hub_{entity} a WHERE a.company_id = %s AND a.public_id = ANY(%s) OFFSET 0
            ) asked CROSS JOIN LATERAL (
              SELECT s.name AS tool, o.name AS object, r.external_id
              FROM {held} r JOIN hub_source_object o ON o.id = r.object_id JOIN hub_source s ON s.id = o.source_id
              WHERE {whose} = asked.id AND r.deleted_at IS NULL ORDER BY s.name = %s DESC, r.id LIMIT 1
            ) h
            """,
            [company_id, list(public_ids), tool],
        )
        return {
            public_id: Handle(tool_, object_, external_id)
            for public_id, tool_, object_, external_id in cursor.fetchall()
        }
