"""Which mapping reads a message, and what is added to a message that tells of some fields only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from palier.accounts.queries import CompanyInfo
from palier.hub.imports.decode.tables import Batch, Table, same_column
from palier.hub.imports.mapping import EntityMapping, FieldMapping, FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.plan import signature
from palier.hub.imports.presets import list_presets
from palier.hub.imports.reading import read
from palier.hub.models import ImportMapping, SourceObject, SourceRecord
from palier.hub.records import Record

COVERED = 0.5
"""Share of a mapping's columns that a body must have for the mapping to fit [ours]."""


def fitting(*, company_id: int, tool: str, table: Table) -> FileMapping | None:
    """The mapping that reads a table of this tool: the one remembered for its very columns, else the
    remembered or preset one that knows most of them; None when no single one does.
    """
    remembered = ImportMapping.objects.filter(company_id=company_id, tool=tool)
    exact = remembered.filter(signature=signature(table)).first()
    if exact is not None and (known := _readable(exact.mapping)) is not None:
        return known
    candidates = [_readable(one.mapping) for one in remembered.order_by("-updated_at", "-pk")]
    for preset in list_presets():
        if preset.tool == tool:
            candidates += [shape.mapping for shape in preset.files]
    best: FileMapping | None = None
    best_share, tied = 0.0, False
    for mapping in candidates:
        share = _share(mapping, table)
        if mapping is None or share < COVERED or share < best_share:
            continue
        tied = share == best_share and best is not None and best.entities != mapping.entities
        best, best_share = mapping, share
    return None if tied else best


def completed(*, company: CompanyInfo, tool: str, mapping: FileMapping, table: Table) -> Table:
    """The table with the columns that it lacks, filled with what the tool's last word on each record was.

    A tool's record is replaced whole by the next one, and a message may tell of a single field.
    """
    there = set(map(same_column, table.columns))
    lacking = {
        name
        for entity in mapping.entities
        for field in entity.fields
        for name in field.columns()
        if same_column(name) not in there
    }
    if not lacking:
        return table
    before: dict[int, dict[str, str | None]] = {}
    loose = lenient(mapping, table)
    reading = read(mapping=loose, table=table, timezone=mapping.timezone or company.time_zone)
    for entity in loose.entities:
        lines = {
            one.external_id: one.line
            for one in reading.records(entity=entity)
            if isinstance(one, Record) and one.line is not None
        }
        for external_id, payload in _payloads(company.id, tool, entity, list(lines)):
            before.setdefault(lines[external_id], {}).update(payload)
    known = [name for name in sorted(lacking) if any(name in row for row in before.values())]
    if not known:
        return table
    batches = [
        Batch(
            batch.lines,
            [
                [*row, *(before.get(line, {}).get(name) for name in known)]
                for line, row in zip(batch.lines, batch.rows, strict=True)
            ],
            batch.rejections,
        )
        for batch in table.batches()
    ]
    return replace(table, columns=(*table.columns, *known), batches=lambda: iter(batches))


def _payloads(
    company_id: int, tool: str, entity: EntityMapping, external_ids: list[str]
) -> list[tuple[str, dict[str, str | None]]]:
    """The rows in which a tool last told of these objects."""
    objects = SourceObject.objects.filter(
        company_id=company_id, source__name=tool, name=entity.object
    )
    rows = SourceRecord.objects.filter(
        object_id__in=list(objects.values_list("pk", flat=True)),
        external_id__in=external_ids,
        deleted_at=None,
        payload__isnull=False,
    ).values_list("external_id", "payload")
    return [(external_id, orjson.loads(payload or "{}")) for external_id, payload in rows]


def _readable(kept: dict[str, Any]) -> FileMapping | None:
    try:
        return from_json(kept)
    except MappingInvalid:
        return None  # kept by an earlier version, with other fields


def _needed(entity: EntityMapping) -> set[str]:
    """The columns without which a record of this entity cannot be told from another."""
    columns = {part.column for part in entity.id if part.column and not part.is_ordinal}
    return set(map(same_column, columns | {condition.column for condition in entity.when}))


def _share(mapping: FileMapping | None, table: Table) -> float:
    """How much of a mapping a table has; nothing when an identifier is missing."""
    if mapping is None or not mapping.entities:
        return 0.0
    there = set(map(same_column, table.columns))
    if not all(_needed(entity) <= there for entity in mapping.entities):
        return 0.0
    columns = {
        name
        for entity in mapping.entities
        for name in (*_needed(entity), *(c for field in entity.fields for c in _columns(field)))
    }
    return len(columns & there) / len(columns)


def _columns(field: FieldMapping) -> set[str]:
    return set(map(same_column, field.columns()))


def lenient(mapping: FileMapping, table: Table) -> FileMapping:
    """The mapping for a body that leaves fields out: what it does not say stays as it is."""
    there = set(map(same_column, table.columns))
    entities = tuple(
        replace(
            entity,
            fields=tuple(
                field if _columns(field) <= there else replace(field, optional=True)
                for field in entity.fields
            ),
            keys=tuple(key for key in entity.keys if same_column(key.column) in there),
            updated_at=entity.updated_at
            if entity.updated_at is None or _columns(entity.updated_at) <= there
            else None,
        )
        for entity in mapping.entities
    )
    return replace(mapping, entities=entities)
