"""What happened to a record: every change, who or which tool made it, and the values where they are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from palier.hub.models import LinkEvent, SourceRecord, SourceRecordVersion
from palier.hub.queries.provenance import FieldValue
from palier.hub.queries.values import Value, field_of, is_empty, typed
from palier.hub.records import JSON
from palier.hub.schema import Field

MAX_HISTORY = 50
"""Changes shown at once, latest first [ours]."""
MERGES = ("merge", "unmerge")
"""Origins of changes that brought or took source records."""
BY_HAND = ("pin", "unpin")
"""Origins of changes whose values no source record tells."""
UNTOLD = ("unpin", "rules")
"""Origins that change whom to believe: what each source says stays the same."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a change; `known` tells whether both values could be established."""

    field: str
    before: Value = None
    after: Value = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of a record. `origin` is import, undo, pin, unpin…; `op` create, update, delete…"""

    op: str
    origin: str
    at: dt.datetime
    tool_label: str
    person: str
    batch_id: int | None
    batch_undone: bool
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """What one source record said between two instants."""

    fields: Mapping[str, JSON]
    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """A change between two instants at which the record stood still: after the change before, after this one."""

    before: dt.datetime | None
    after: dt.datetime
    by_person: bool


_UNKNOWN = object()
_COLUMNS = "company_id, set_id, span, entity, entity_id, version, op, fields"
_CHANGES = (
    f"(SELECT {_COLUMNS} FROM {{table}} WHERE entity_id = %(entity_id)s) UNION ALL "
    f"(SELECT {_COLUMNS} FROM {{table}} WHERE entity_id < %(entity_id)s AND span > 1 ORDER BY entity_id DESC LIMIT 1)"
)


def list_history(
    *,
    company_id: int,
    entity: str,
    entity_id: int,
    now: tuple[FieldValue, ...] = (),
    limit: int = MAX_HISTORY,
) -> tuple[HistoryEntry, ...]:
    """Changes of one record, latest first; `now` are its fields today. Three queries, four once it was merged.

    A value is told when it can be established: the current one for the latest change, otherwise
    what all sources agreed on at that moment, from the versions that imports replaced.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.op, s.origin, s.at, coalesce(src.label, src.name, ''), coalesce(nullif(p.name, ''), p.email, ''),
                   s.batch_id, b.status = 'undone', c.fields
            FROM (
              {_CHANGES.format(table="hub_change")} UNION ALL {_CHANGES.format(table="hub_past_change")}
            ) c JOIN hub_change_set s ON s.id = c.set_id
            LEFT JOIN hub_source src ON src.id = s.source_id
            LEFT JOIN hub_import_batch b ON b.id = s.batch_id
            LEFT JOIN accounts_person p ON p.id = s.person_id
            WHERE c.company_id = %(company)s AND c.entity = %(entity)s AND c.entity_id + c.span > %(entity_id)s
            ORDER BY c.version DESC, s.sealed DESC LIMIT %(limit)s
            """,
            {"company": company_id, "entity": entity, "entity_id": entity_id, "limit": limit},
        )
        rows = cursor.fetchall()
    merged = any(row[1] in MERGES for row in rows)
    states = _states(company_id, entity_id, merged=merged) if any(row[7] for row in rows) else []
    current = {one.name: one.value for one in now}
    latest: set[str] = set()
    found = []
    parted = next((place for place, row in enumerate(rows) if row[1] == "unmerge"), len(rows))
    for place, (op, origin, at, tool, person, batch_id, undone, names) in enumerate(rows):
        earlier = rows[place + 1 :]
        by_hand = {name for row in earlier if row[1] in BY_HAND for name in row[7] or ()}
        moment = _Moment(earlier[0][2] if earlier else None, at, by_person=origin in BY_HAND)
        changes = []
        for name in names or ():
            # what records of a merge said while they were together is told by neither alone
            if name in by_hand or origin in UNTOLD or place >= parted:
                changes.append(FieldChange(name))
            else:
                known = current if name not in latest else {}
                changes.append(_change(field_of(entity, name), moment, states, known))
            latest.add(name)
        found.append(
            HistoryEntry(op, origin, at, tool, person, batch_id, bool(undone), tuple(changes))
        )
    return tuple(found)


def _states(company_id: int, entity_id: int, *, merged: bool) -> list[_State]:
    """What each source record said and from when to when: its versions in order, then what it says today."""
    begun: dict[int, dt.datetime] = {}
    found = []
    joined = _joined(company_id, entity_id) if merged else {}
    for one in SourceRecordVersion.objects.filter(
        company_id=company_id, entity_id=entity_id
    ).order_by("record_id", "pk"):
        since = begun.get(one.record_id, joined.get(one.record_id, one.written_at))
        found.append(_State(one.fields, since, one.replaced_at))
        begun[one.record_id] = one.replaced_at
    records = SourceRecord.objects.filter(
        company_id=company_id, entity_id=entity_id, deleted_at=None
    ).order_by("pk")
    return [
        *found,
        *(
            _State(one.fields, begun.get(one.pk, joined.get(one.pk, one.written_at)), None)
            for one in records
        ),
    ]


def _joined(company_id: int, entity_id: int) -> dict[int, dt.datetime]:
    """Since when the records that a merge brought speak of this entity."""
    events = LinkEvent.objects.filter(
        company_id=company_id, survivor_id=entity_id, kind__in=("merge", "unmerge"), undone_by=None
    ).order_by("pk")
    return {id_: one.at for one in events for id_ in one.record_ids}


def _change(
    field: Field, moment: _Moment, states: list[_State], current: Mapping[str, Value]
) -> FieldChange:
    """One field of one change; `current` holds the field's value today when this is its latest change."""
    name = field.name
    if field.type in {"ref", "json"} or name == "custom" or moment.before is None:
        return FieldChange(name)
    before = _agreed(states, name, moment.before)
    if name in current:
        after: object = current[name]
    elif moment.by_person:
        return FieldChange(name)
    else:
        after = _agreed(states, name, moment.after)
        after = after if after is _UNKNOWN else typed(field, after)  # type: ignore[arg-type]
    if before is _UNKNOWN or after is _UNKNOWN:
        return FieldChange(name)
    old = typed(field, before)  # type: ignore[arg-type]
    return FieldChange(name, old, after, known=old != after)  # type: ignore[arg-type]


def _agreed(states: list[_State], name: str, at: dt.datetime) -> object:
    """What all sources said of a field at that instant, or that they differed."""
    said = [
        one.fields for one in states if one.since <= at and (one.until is None or one.until > at)
    ]
    values = [one[name] for one in said if not is_empty(one.get(name))]
    if not values:
        return None
    return values[0] if all(value == values[0] for value in values) else _UNKNOWN
