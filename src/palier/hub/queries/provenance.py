"""Where each field of a record comes from, and what every source says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from palier.accounts.models import Person
from palier.hub.models import FieldPin, SourceObject, SourceRecord
from palier.hub.queries.values import Link, Value, field_of, is_empty, label_of, model_of, typed
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, FieldType

MAX_SOURCES = 50
"""Source records of one canonical record that are read; more belong to matching, not to a page [ours]."""
CUSTOM = "custom."
PALIER = 0
"""The person of a pin that Palier set itself, to stop two tools that overwrite each other (`hub.loops`)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source record: whose, under which identifier, what it says and the row as it came.

    `at` is the tool's own time of change where it gives one, else the day of the import.
    """

    record_id: int
    tool: str
    tool_label: str
    object: str
    external_id: str
    at: dt.datetime
    written_at: dt.datetime
    batch_id: int | None
    fields: Mapping[str, JSON]
    payload: Mapping[str, str | None] | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a source record, a person who pinned it, or inference from other fields."""

    at: dt.datetime | None
    tool_label: str = ""
    external_id: str = ""
    record_id: int | None = None
    person: str = ""
    inferred: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says of a field, and whether it is the one believed."""

    tool_label: str
    external_id: str
    at: dt.datetime
    value: Value
    raw: JSON
    chosen: bool


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of a record: its value, where it comes from, and what every source says.

    `raw` is the value in canonical JSON, as a pin takes it.
    """

    name: str
    type: FieldType
    choices: tuple[str, ...]
    value: Value
    origin: Origin | None
    said: tuple[Said, ...]
    pinned: bool

    @property
    def disputed(self) -> bool:
        """Whether sources say different things."""
        return len({repr(one.value) for one in self.said}) > 1


def list_sources(*, company_id: int, entity: str, row: Any) -> tuple[Source, ...]:
    """The source records behind a canonical row, latest first."""
    if ENTITIES[entity].appended:
        return _own_source(company_id, row)
    records = list(
        SourceRecord.objects.filter(
            company_id=company_id, entity_id=row.pk, deleted_at=None
        ).order_by("-written_at", "-id")[:MAX_SOURCES]
    )
    objects = _objects(company_id, {record.object_id for record in records})
    return tuple(_source(record, objects[record.object_id]) for record in records)


def _objects(company_id: int, ids: set[int]) -> dict[int, SourceObject]:
    found = SourceObject.objects.filter(company_id=company_id, pk__in=ids).select_related("source")
    return {one.pk: one for one in found}


def _source(record: SourceRecord, object_: SourceObject) -> Source:
    return Source(
        record_id=record.pk,
        tool=object_.source.name,
        tool_label=object_.source.label or object_.source.name,
        object=object_.name,
        external_id=record.external_id,
        at=record.source_updated_at or record.written_at,
        written_at=record.written_at,
        batch_id=record.batch_id,
        fields=record.fields,
        payload=orjson.loads(record.payload) if record.payload else None,
    )


def _own_source(company_id: int, row: Any) -> tuple[Source, ...]:
    """An event is its own source record; its row as it came is not kept twice."""
    object_ = _objects(company_id, {row.object_id})[row.object_id]
    label = object_.source.label or object_.source.name
    return (
        Source(
            row.pk,
            object_.source.name,
            label,
            object_.name,
            row.external_id,
            row.updated_at,
            row.updated_at,
            row.batch_id,
            {},
            None,
        ),
    )


def list_fields(
    *, company_id: int, entity: str, row: Any, sources: tuple[Source, ...]
) -> tuple[FieldValue, ...]:
    """Every field of a canonical row in the schema's order, then its custom fields.

    Four queries at most: pins, the people who set them, and the parents that references name.
    """
    pins = {
        pin.field: pin
        for pin in FieldPin.objects.filter(company_id=company_id, entity_id=row.pk).order_by("pk")
    }
    people = people_by_id({pin.person_id for pin in pins.values()})
    links = _links(company_id, entity, row)
    by_id = {source.record_id: source for source in sources}
    names = [field.name for field in ENTITIES[entity].fields]
    custom = [f"{CUSTOM}{name}" for name in row.custom or {}]
    found = []
    for name in (*names, *custom):
        field = field_of(entity, name)
        value: Value
        if field.type == "ref":
            value = links.get(name)
        else:
            value = (
                (row.custom or {}).get(name.removeprefix(CUSTOM))
                if name in custom
                else getattr(row, name)
            )
        if name in pins:
            origin: Origin | None = Origin(
                pins[name].at,
                person=people.get(pins[name].person_id, ""),
                held=pins[name].person_id == PALIER,
            )
        else:
            origin = _origin(row.prov or {}, name, by_id) if value is not None else None
        found.append(
            FieldValue(
                name,
                field.type,
                field.choices,
                value,
                origin,
                _said(name, entity, sources, origin),
                name in pins,
            )
        )
    return tuple(found)


def people_by_id(ids: set[int]) -> dict[int, str]:
    """What people are called, by their number; no query for nobody."""
    if not ids:
        return {}
    return {person.pk: str(person) for person in Person.objects.filter(pk__in=ids)}


def _links(company_id: int, entity: str, row: Any) -> dict[str, Link]:
    """The parents a row points at: one query for each reference that has one."""
    found = {}
    for field in ENTITIES[entity].fields:
        if field.type != "ref" or (target := getattr(row, f"{field.name}_id")) is None:
            continue
        parent = model_of(field.target).objects.filter(company_id=company_id, pk=target).first()
        if parent is not None:
            found[field.name] = Link(
                field.target, parent.pk, parent.public_id, label_of(field.target, parent)
            )
    return found


def _origin(prov: dict[str, Any], name: str, by_id: dict[int, Source]) -> Origin | None:
    """What the record's own provenance says of a field; an event has none but itself."""
    said = prov.get(name, prov.get("*"))
    if said == "inferred":
        return Origin(None, inferred=True)
    source = (
        by_id.get(said)
        if isinstance(said, int)
        else (None if prov else next(iter(by_id.values()), None))
    )
    if source is None:
        return None
    return Origin(source.at, source.tool_label, source.external_id, source.record_id)


def _said(
    name: str, entity: str, sources: tuple[Source, ...], origin: Origin | None
) -> tuple[Said, ...]:
    field = field_of(entity, name)
    if field.type in {"ref", "json"}:
        return ()
    return tuple(
        Said(
            source.tool_label,
            source.external_id,
            source.at,
            typed(field, source.fields[name]),
            source.fields[name],
            chosen=origin is not None and origin.record_id == source.record_id,
        )
        for source in sources
        if not is_empty(source.fields.get(name))
    )
