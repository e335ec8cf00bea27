"""One entity of a mapping, read from a table batch by batch, column by column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import NamedTuple, cast

from palier.hub.imports.cells import (
    ERASE,
    Cell,
    Columns,
    Erase,
    Source,
    Value,
    field_source,
    id_source,
    mask_of,
    moment_source,
    settled,
)
from palier.hub.imports.decode.tables import ORIGIN_COLUMNS, Table
from palier.hub.imports.mapping import EntityMapping, FieldMapping, FileMapping, Part, schema_field
from palier.hub.imports.parsers.outcome import Bad
from palier.hub.imports.survey import Survey
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import ENTITIES


@dataclass(slots=True)
class Dropped:
    """The cells of one column that could not be read and were left empty, as the mapping allows."""

    count: int
    line: int
    value: str


class Draft(NamedTuple):
    """One row on its way to a record: its values in the order of the entity's field names."""

    line: int
    id: str
    row: Sequence[Cell]
    values: Sequence[Value]
    currency: str
    updated_at: dt.datetime | None
    keys: tuple[tuple[str, str], ...]


class EntityRun:
    """One entity of a mapping compiled for one table."""

    def __init__(
        self,
        *,
        mapping: FileMapping,
        table: Table,
        survey: Survey,
        dropped: dict[tuple[str, str], Dropped],
        entity: EntityMapping,
    ) -> None:
        self.mapping, self.table, self.dropped, self.entity = mapping, table, dropped, entity
        self.survey = survey
        found = survey
        self.schema = ENTITIES[entity.entity]
        self.columns = table.columns
        self.kept_columns = [
            (at, name) for at, name in enumerate(self.columns) if name not in ORIGIN_COLUMNS
        ]
        self.mask = mask_of(entity.when, index=found.index)
        self.ids = id_source(
            entity.id, entity=entity.entity, index=found.index, notation=found.notation
        )
        self.present = [
            one for one in entity.fields if all(name in found.index for name in one.columns())
        ]
        self.names = list(dict.fromkeys(one.field for one in self.present))
        self.declared = {
            one.field: schema_field(entity=entity.entity, mapping=one)
            for one in reversed(self.present)
        }
        self.by_row = any(one.field == "currency" for one in self.present)
        self.sources = [(one, self._source(one)) for one in self.present]
        self.keys = [
            (
                key.kind,
                id_source(
                    (Part(key.column, parser=key.parser),),
                    entity="",
                    index=found.index,
                    notation=found.notation,
                ),
            )
            for key in entity.keys
        ]
        updated = entity.updated_at
        known = updated is not None and updated.column in found.index
        self.moments = (
            moment_source(cast("FieldMapping", updated), index=found.index, notation=found.notation)
            if known
            else None
        )
        self.ordinals: dict[str, int] = {}
        self.required = [one.name for one in self.schema.fields if one.required]
        self.constants = self._constants()
        self.erases = any(one.erase for one in self.present)

    def _source(self, mapping: FieldMapping) -> Source:
        found = self.survey
        return field_source(
            mapping,
            declared=self.declared[mapping.field],
            index=found.index,
            notation=found.notation,
            currency=self.mapping.currency,
            by_row=self.by_row,
        )

    def _constants(self) -> tuple[tuple[str, JSON], ...]:
        money = any(one.type == "money" for one in self.declared.values())
        has = any(one.name == "currency" for one in self.schema.fields)
        return (("currency", self.mapping.currency),) if money and has else ()

    def drafts(
        self, *, with_damage: bool, direct: bool = False
    ) -> Iterator[list[Draft | Rejection | Record]]:
        """The rows of the entity, batch by batch; with `direct`, batches without surprises are records."""
        for batch in self.table.batches():
            if with_damage and batch.rejections:
                yield list(batch.rejections)
            if not batch.rows:
                continue
            columns = Columns(batch.lines, batch.rows, list(zip(*batch.rows, strict=True)))
            if self.mask is not None:
                columns = _selected(columns, self.mask(columns))
                if not columns.count:
                    continue
            yield self._batch(columns, direct=direct)

    def _batch(self, columns: Columns, *, direct: bool) -> list[Draft | Rejection | Record]:
        ids, ordinals = self._identifiers(columns)
        default = self.mapping.currency
        columns.currencies = [default] * columns.count
        if self.by_row:
            said = self._field_values(columns, "currency")
            columns.currencies = [one if isinstance(one, str) else default for one in said]
        values = [self._field_values(columns, name) for name in self.names]
        moments = self.moments(columns) if self.moments else [None] * columns.count
        keys = self._keys(columns)
        kinds = set(map(type, ids)).union(
            set(map(type, moments)), *(map(type, one) for one in values)
        )
        by_row: Sequence[Sequence[Value]] = (
            list(zip(*values, strict=True)) if values else [()] * columns.count
        )
        if direct and not kinds & {Bad, Erase} and not self._lacks(values):
            fields = (
                [self.fields(one) for one in by_row]
                if NoneType in kinds
                else self._full_fields(by_row)
            )
            payloads = [self.payload(row) for row in columns.rows]
            return list(
                map(
                    Record,
                    cast("list[str]", ids),
                    fields,
                    payloads,
                    columns.lines,
                    cast("list[None]", moments),
                    keys,
                )
            )
        rows = zip(
            columns.lines, ids, columns.rows, by_row, columns.currencies, moments, keys, strict=True
        )
        if Bad not in kinds:
            return list(map(Draft._make, rows))
        return [
            self._refused(draft, ordinals[at] if ordinals else None) or draft
            for at, draft in enumerate(map(Draft._make, rows))
        ]

    def _lacks(self, values: Sequence[Sequence[Value]]) -> bool:
        """Whether some row of the batch lacks a value that the schema requires."""
        given = dict(zip(self.names, values, strict=True))
        return any(None in given.get(name, (None,)) for name in self.required)

    def _full_fields(self, by_row: Sequence[Sequence[Value]]) -> list[dict[str, JSON]]:
        """The fields of rows that say something of each of them."""
        added = [(name, value) for name, value in self.constants if name not in self.declared]
        names = (*self.names, *(name for name, _ in added))
        more = tuple(value for _, value in added)
        return cast(
            "list[dict[str, JSON]]",
            [dict(zip(names, (*one, *more), strict=True)) for one in by_row],
        )

    def _refused(self, draft: Draft, ordinal: str | None) -> Rejection | None:
        """The rejection of the row, when its identifier, a value or its time could not be read."""
        updated = self.entity.updated_at
        wrong: list[tuple[str | None, object]] = [(self._id_column(), draft.id)]
        wrong += [
            (self._column(name), value)
            for name, value in zip(self.names, draft.values, strict=True)
        ]
        wrong.append((updated.column if updated else None, draft.updated_at))
        for column, value in wrong:
            if isinstance(value, Bad):
                params = dict(value.params)
                if ordinal:
                    params["ordinal"] = ordinal
                return Rejection(draft.line, column, value.code, params, tuple(draft.row))
        return None

    def _id_column(self) -> str | None:
        return next(
            (part.column for part in self.entity.id if part.column and not part.is_ordinal), None
        )

    def _column(self, name: str) -> str | None:
        names = [one.columns() for one in self.entity.fields if one.field == name]
        return next((found[0] for found in names if found), None)

    def _field_values(self, columns: Columns, name: str) -> list[Value]:
        """The values of one field: the first of its sources that gives something."""
        found: list[Value] | None = None
        declared = self.declared[name]
        for mapping, source in self.sources:
            if mapping.field != name:
                continue
            values = source(columns)
            if mapping.invalid == "drop":
                values = self._without_invalid(columns, mapping, values)
            found = (
                values
                if found is None
                else [
                    other if one is None else one for one, other in zip(found, values, strict=True)
                ]
            )
            if mapping.times and not self.entity.grouped:
                found = [
                    settled(value, declared=declared, currency=money)
                    for value, money in zip(found, columns.currencies, strict=True)
                ]
        return found or []

    def _without_invalid(
        self, columns: Columns, mapping: FieldMapping, values: list[Value]
    ) -> list[Value]:
        if Bad not in set(map(type, values)):
            return values
        kept: list[Value] = []
        for line, value in zip(columns.lines, values, strict=True):
            if isinstance(value, Bad):
                column = next(iter(mapping.columns()), "")
                first = self.dropped.setdefault(
                    (column, value.code), Dropped(0, line, value.params.get("value", ""))
                )
                first.count += 1
            kept.append(None if isinstance(value, Bad) else value)
        return kept

    def _identifiers(self, columns: Columns) -> tuple[list[Value], list[str]]:
        ids = self.ids(columns)
        if not self.entity.has_ordinal:
            return ids, []
        known = self._known_ordinals(columns)
        ordinals: list[str] = []
        for one, given in zip(ids, known, strict=True):
            if not isinstance(one, str):
                ordinals.append("")
            elif given:
                ordinals.append(given)
            else:
                self.ordinals[one] = self.ordinals.get(one, 0) + 1
                ordinals.append(str(self.ordinals[one]))
        numbered: list[Value] = [
            f"{one}:{ordinal}" if isinstance(one, str) else one
            for one, ordinal in zip(ids, ordinals, strict=True)
        ]
        return numbered, ordinals

    def _known_ordinals(self, columns: Columns) -> list[str]:
        """The ordinals that a file of rejected rows brings back; a row that never had one keeps its
        line instead, so that it cannot take another row's identifier.
        """
        if "import_line" not in self.columns:
            return [""] * columns.count
        lines = columns.cells[self.columns.index("import_line")]
        at = self.columns.index("import_ordinal") if "import_ordinal" in self.columns else None
        given = columns.cells[at] if at is not None else ("",) * columns.count
        return [
            ordinal or (f"L{line}" if line else "")
            for ordinal, line in zip(given, lines, strict=True)
        ]

    def _keys(self, columns: Columns) -> Sequence[tuple[tuple[str, str], ...]]:
        if not self.keys:
            return [()] * columns.count
        found = [(kind, source(columns)) for kind, source in self.keys]
        return [
            tuple((kind, values[at]) for kind, values in found if isinstance(values[at], str))  # type: ignore[misc]
            for at in range(columns.count)
        ]

    def fields(self, values: Sequence[Value]) -> dict[str, JSON]:
        """The fields that a row says something about."""
        found = dict(zip(self.names, values, strict=True))
        if None in values:
            found = {name: value for name, value in found.items() if value is not None}
        if self.erases and ERASE in values:
            found = {name: None if value is ERASE else value for name, value in found.items()}
        for name, value in self.constants:
            found.setdefault(name, value)
        return cast("dict[str, JSON]", found)

    def missing(self, fields: dict[str, JSON]) -> str | None:
        """A field that the schema requires and the record does not have."""
        for name in self.required:
            if fields.get(name) is None:
                return name
        return None

    def missing_rejection(self, draft: Draft, name: str) -> Rejection:
        """The refusal of a row without a required value."""
        params = {"entity": self.entity.entity}
        if self.entity.has_ordinal:
            params["ordinal"] = draft.id.rpartition(":")[2]
        return Rejection(
            draft.line, self._column(name), "import.missing_value", params, tuple(draft.row)
        )

    def payload(self, row: Sequence[Cell]) -> dict[str, str | None]:
        """The row as it came."""
        if len(self.kept_columns) == len(self.columns):
            return dict(zip(self.columns, row, strict=True))
        return {name: row[at] for at, name in self.kept_columns}

    def record(self, draft: Draft) -> Record | Rejection:
        """The record of one row, or its refusal when a required value is missing."""
        fields = self.fields(draft.values)
        name = self.missing(fields)
        if name is not None:
            return self.missing_rejection(draft, name)
        return Record(
            draft.id, fields, self.payload(draft.row), draft.line, draft.updated_at, draft.keys
        )


def _selected(columns: Columns, mask: list[bool]) -> Columns:
    if all(mask):
        return columns
    kept = [at for at, one in enumerate(mask) if one]
    rows = [columns.rows[at] for at in kept]
    return Columns([columns.lines[at] for at in kept], rows, list(zip(*rows, strict=True)))
