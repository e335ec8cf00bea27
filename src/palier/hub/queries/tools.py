"""The tools that feed the hub: what each holds, and when it last told something new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from palier.hub.models import Source
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

COUNTED = 100_000
"""Up to here the records of a tool's object are counted one by one [ours]."""
RECENT_SETS = 20_000
"""Change sets that are looked through for a tool's last word; one that has said nothing since is shown without [ours]."""


class ToolUnknown(Refusal):
    code = "hub.tool-unknown"
    message = "This tool does not exist."


@dataclass(frozen=True, slots=True)
class Held:
    """Live records of a tool for one entity; `exact` is false beyond `COUNTED`."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class ToolState:
    """A tool as its page shows it."""

    id: int
    name: str
    label: str
    kind: str
    created_at: dt.datetime
    retired_at: dt.datetime | None
    held: Mapping[str, Held]
    changed_at: dt.datetime | None


def list_tool_states(*, company_id: int) -> tuple[ToolState, ...]:
    """The tools of a company, those in use first, then by label. Three queries."""
    rows = Source.objects.filter(company_id=company_id).order_by("label", "pk")
    held, changed = _held(company_id), _changed(company_id)
    found = [_state(row, held.get(row.pk, {}), changed.get(row.pk)) for row in rows]
    return tuple(sorted(found, key=lambda one: one.retired_at is not None))


def get_tool_state(*, company_id: int, tool_id: int) -> ToolState:
    """One tool. Raises: `ToolUnknown`."""
    found = next(
        (one for one in list_tool_states(company_id=company_id) if one.id == tool_id), None
    )
    if found is None:
        raise ToolUnknown
    return found


def _state(row: Source, held: Mapping[str, Held], changed_at: dt.datetime | None) -> ToolState:
    return ToolState(
        row.pk,
        row.name,
        row.label or row.name,
        row.kind,
        row.created_at,
        row.retired_at,
        held,
        changed_at,
    )


def _held(company_id: int) -> dict[int, dict[str, Held]]:
    """Live records by tool and entity, in the schema's order. Events are their own source records."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT o.source_id, o.entity, CASE WHEN o.entity = 'event' THEN
              (SELECT count(*) FROM (SELECT 1 FROM hub_event e
               WHERE e.object_id = o.id AND e.deleted_at IS NULL LIMIT {COUNTED + 1}) few)
            ELSE
              (SELECT count(*) FROM (SELECT 1 FROM hub_source_record r
               WHERE r.object_id = o.id AND r.deleted_at IS NULL LIMIT {COUNTED + 1}) few)
            END
            FROM hub_source_object o WHERE o.company_id = %s AND o.entity IS NOT NULL
            """,
            [company_id],
        )
        counted = cursor.fetchall()
    places = {name: place for place, name in enumerate(ENTITIES)}
    found: dict[int, dict[str, Held]] = {}
    for source_id, entity, count in sorted(counted, key=lambda row: places.get(row[1], 0)):
        of_tool = found.setdefault(source_id, {})
        before = of_tool.get(entity, Held(0, exact=True))
        of_tool[entity] = Held(
            before.count + min(count, COUNTED), exact=before.exact and count <= COUNTED
        )
    return found


def _changed(company_id: int) -> dict[int, dt.datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_id, max(at) FROM (SELECT source_id, at FROM hub_change_set "
            "WHERE company_id = %s ORDER BY id DESC LIMIT %s) recent "
            "WHERE source_id IS NOT NULL GROUP BY source_id",
            [company_id, RECENT_SETS],
        )
        return dict(cursor.fetchall())
