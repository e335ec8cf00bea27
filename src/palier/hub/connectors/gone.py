"""What a tool no longer has: told by it, or missing from a whole listing. A short listing deletes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from palier.hub.connectors.manifest import Stream
from palier.hub.imports.mapping import EntityMapping
from palier.hub.models import SourceObject
from palier.hub.records import Tool
from palier.hub.retiring import delete_records

BRAKE_SHARE = 0.05
"""Share of what is known that one listing may make disappear (hub.md §8)."""
BRAKE_COUNT = 5
"""So few may always disappear: 5 % of a short list is less than one [ours]."""


def entities_of(stream: Stream) -> list[EntityMapping]:
    """Every entity that a stream feeds, children last."""
    own = list(stream.mapping.entities) if stream.mapping else []
    return own + [one for child in stream.children for one in child.mapping.entities]


def known_identifiers(
    *,
    company_id: int,
    tool: str,
    stream: Stream,
    entity: EntityMapping,
    since: dt.date | None = None,
) -> dict[str, str]:
    """External ids of the live records of an object, with the item of the tool each belongs to."""
    found = SourceObject.objects.filter(
        company_id=company_id, source__name=tool, name=entity.object, entity=entity.entity
    ).first()
    if found is None:
        return {}
    pieces = len(stream.listing.id)
    dated = "AND (r.fields->>'day')::date >= %(since)s" if since else ""
    table = "hub_event" if entity.entity == "event" else "hub_source_record"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.external_id FROM {table} r WHERE r.object_id = %(object)s AND r.deleted_at IS NULL {dated}",
            {"object": found.pk, "since": since},
        )
        return {row[0]: ":".join(row[0].split(":")[:pieces]) for row in cursor.fetchall()}


def braked(*, missing: int, known: int, seen: int) -> bool:
    """Whether so many missing ones look like a fault of the listing rather than deletions."""
    return seen == 0 or missing > max(BRAKE_COUNT, BRAKE_SHARE * known)


def retire_items(
    *,
    company_id: int,
    tool: Tool,
    stream: Stream,
    items: Iterable[str],
    batch_id: int | None,
) -> int:
    """Retire everything that items of the tool told of, children included; how many records."""
    gone = set(items)
    if not gone:
        return 0
    deleted = 0
    for entity in reversed(entities_of(stream)):
        known = known_identifiers(
            company_id=company_id, tool=tool.name, stream=stream, entity=entity
        )
        listed = [external for external, item in known.items() if item in gone]
        deleted += _retire(company_id, tool, entity, listed, batch_id)
    return deleted


def retire_lost_children(
    *,
    company_id: int,
    tool: Tool,
    stream: Stream,
    parents: Sequence[str],
    children: Sequence[tuple[EntityMapping, set[str]]],
    batch_id: int | None,
) -> int:
    """Retire the children that their parent no longer lists."""
    deleted, told = 0, set(parents)
    for entity, kept in children:
        known = known_identifiers(
            company_id=company_id, tool=tool.name, stream=stream, entity=entity
        )
        lost = [one for one, item in known.items() if item in told and one not in kept]
        deleted += _retire(company_id, tool, entity, lost, batch_id)
    return deleted


def _retire(
    company_id: int, tool: Tool, entity: EntityMapping, identifiers: list[str], batch_id: Any
) -> int:
    if not identifiers:
        return 0
    return delete_records(
        company_id=company_id,
        tool=tool,
        object_name=entity.object,
        entity=entity.entity,
        external_ids=identifiers,
        origin="connector",
        batch_id=batch_id,
    ).deleted
