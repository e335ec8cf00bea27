"""A first look over all the rows: how each column writes its dates and numbers, which keys repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from zoneinfo import ZoneInfo

from palier.hub.imports.cells import Cell, Columns, Mask, Source, id_source, mask_of, parser_name
from palier.hub.imports.decode.tables import Notice, Table, same_column
from palier.hub.imports.mapping import EntityMapping, FileMapping, schema_field
from palier.hub.imports.messages import _
from palier.hub.imports.parsers.build import DATED, NUMERIC, Notation
from palier.hub.imports.parsers.dates import LOCAL, Order, date_order
from palier.hub.imports.parsers.numbers import Mark, decimal_mark
from palier.hub.imports.parsers.text import clean
from palier.kernel.refusals import Refusal

ENOUGH_ROWS = 20_000
"""Rows after which a column whose decimal mark is known is no longer looked at."""
SHOWN_LINES = 3


class MissingColumns(Refusal):
    """The file lacks columns that the mapping reads."""

    code: ClassVar[str] = "import.missing_columns"
    message: ClassVar[str] = _("This file lacks columns that its mapping reads: %(columns)s.")


class DatesMixed(Refusal):
    """Both orders in one column: nobody can tell what 03/04 means there."""

    code: ClassVar[str] = "import.dates_mixed"
    message: ClassVar[str] = _(
        "“%(column)s” mixes day/month (lines %(dmy)s) and month/day (lines %(mdy)s): "
        "correct one of them, or choose the order in the mapping."
    )


@dataclass(slots=True)
class Keys:
    """The identifiers of one entity: which come twice, or how often each one comes."""

    twice: set[int] = field(default_factory=set)
    counts: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Survey:
    """What the rows said."""

    index: dict[str, int]
    timezone: ZoneInfo
    machine: bool
    marks: dict[str, Mark] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    default_mark: Mark = "auto"
    default_order: Order = "dmy"
    keys: list[Keys] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def notation(self, column: str) -> Notation:
        """How that column writes."""
        return Notation(
            self.marks.get(column, self.default_mark),
            self.orders.get(column, self.default_order),
            self.timezone,
            self.machine,
        )


@dataclass(slots=True)
class _Dates:
    """What one column of dates said so far."""

    lines: dict[str, list[int]] = field(default_factory=lambda: {"dmy": [], "mdy": []})
    seen: set[Cell] = field(default_factory=set)
    local: bool = False

    def look(self, lines: Sequence[int], cells: Sequence[Cell]) -> None:
        for cell in set(cells) - self.seen:
            if not cell or (order := date_order(cell)) is None:
                self.local = self.local or (
                    bool(cell) and LOCAL.match(clean(cell or "")) is not None
                )
            elif len(self.lines[order]) < SHOWN_LINES:
                self.lines[order].append(lines[cells.index(cell)])
        if len(self.seen) < ENOUGH_ROWS:
            self.seen.update(cells)


def column_index(*, mapping: FileMapping, table: Table) -> dict[str, int]:
    """Where each column that the mapping names is; names differ at most by case, accents and spaces.

    Raises `MissingColumns`.
    """
    exact = {name: at for at, name in enumerate(table.columns)}
    loose: dict[str, int] = {}
    for at, name in enumerate(table.columns):
        loose.setdefault(same_column(name), at)
    index: dict[str, int] = {}
    for name in _columns(mapping):
        place = exact.get(name, loose.get(same_column(name)))
        if place is not None:
            index[name] = place
    missing = [name for name in mapping.required_columns() if name not in index]
    if missing:
        raise MissingColumns(columns=", ".join(missing))
    return index


def _columns(mapping: FileMapping) -> list[str]:
    names = list(mapping.required_columns())
    for entity in mapping.entities:
        for one in entity.fields:
            names += one.columns()
        if entity.updated_at is not None:
            names += entity.updated_at.columns()
    return list(dict.fromkeys(names))


def survey(*, mapping: FileMapping, table: Table, timezone: str) -> Survey:
    """Reads all the rows once. Raises `MissingColumns`, `DatesMixed`."""
    found = Survey(
        column_index(mapping=mapping, table=table),
        ZoneInfo(mapping.timezone or timezone),
        table.machine,
    )
    numeric, dated = _auto_columns(mapping, found.index)
    if mapping.decimal != "auto":
        found.default_mark, numeric = mapping.decimal, []
    if mapping.dates != "auto":
        found.default_order, dated = mapping.dates, []
    keyed = [_Keyed(entity, found) for entity in mapping.entities]
    found.keys = [one.keys for one in keyed]
    marks: dict[str, set[Mark]] = {name: set() for name in numeric}
    dates = {name: _Dates() for name in dated}
    if not marks and not dates and all(one.entity.has_ordinal for one in keyed):
        return found
    rows = 0
    for batch in table.batches():
        if not batch.rows:
            continue
        columns = Columns(batch.lines, batch.rows, list(zip(*batch.rows, strict=True)))
        for name, said in marks.items():
            if rows < ENOUGH_ROWS or not said:
                cells = set(columns.cells[found.index[name]])
                said.update(mark for cell in cells if cell and (mark := decimal_mark(cell)))
        for name, column in dates.items():
            column.look(columns.lines, columns.cells[found.index[name]])
        for one in keyed:
            one.look(columns)
        rows += columns.count
    _decide_marks(found, marks)
    _decide_orders(found, dates)
    return found


def _auto_columns(mapping: FileMapping, index: dict[str, int]) -> tuple[list[str], list[str]]:
    numeric: dict[str, None] = {}
    dated: dict[str, None] = {}
    for entity in mapping.entities:
        for one in entity.fields:
            name = parser_name(one, schema_field(entity=entity.entity, mapping=one))
            if one.times in index:
                numeric[one.times] = None
            if one.column in index and (name in NUMERIC or one.times):
                numeric[one.column] = None
            elif one.column in index and name in DATED:
                dated[one.column] = None
        updated = entity.updated_at
        if updated is not None and updated.column in index and updated.parser != "epoch":
            dated[updated.column] = None
        for part in (*entity.id, *(part for one in entity.fields for part in (*one.id, *one.join))):
            if part.column in index and part.parser in DATED:
                dated[part.column] = None
            elif part.column in index and part.parser in NUMERIC:
                numeric[part.column] = None
    return list(numeric), list(dated)


def _decide_marks(found: Survey, marks: dict[str, set[Mark]]) -> None:
    """The column's own mark, else the one that all the other columns of the file agree on."""
    together = set().union(*marks.values()) if marks else set()
    if len(together) == 1:
        found.default_mark = next(iter(together))
    for name, said in marks.items():
        if said:
            found.marks[name] = next(iter(said)) if len(said) == 1 else "auto"


def _decide_orders(found: Survey, dates: dict[str, _Dates]) -> None:
    together: set[Order] = set()
    for name, column in dates.items():
        dmy, mdy = column.lines["dmy"], column.lines["mdy"]
        if dmy and mdy:
            shown = {"dmy": ", ".join(map(str, dmy)), "mdy": ", ".join(map(str, mdy))}
            raise DatesMixed(column=name, **shown)
        if dmy or mdy:
            found.orders[name] = "dmy" if dmy else "mdy"
            together.add(found.orders[name])
    if len(together) == 1:
        found.default_order = together.pop()
        return
    found.notices += [
        Notice("import.dates_assumed", {"column": name})
        for name, column in dates.items()
        if column.local and name not in found.orders
    ]


class _Keyed:
    """Counts the identifiers of one entity, by their hashes: a collision only costs some buffering."""

    def __init__(self, entity: EntityMapping, found: Survey) -> None:
        self.entity, self.keys = entity, Keys()
        self.seen: set[int] = set()
        self.mask: Mask | None = mask_of(entity.when, index=found.index)
        self.source: Source = id_source(
            entity.id, entity=entity.entity, index=found.index, notation=found.notation
        )

    def look(self, columns: Columns) -> None:
        if self.entity.has_ordinal:
            return
        ids = self.source(columns)
        if self.mask is not None:
            ids = [one for one, kept in zip(ids, self.mask(columns), strict=True) if kept]
        hashes = [hash(one) for one in ids if isinstance(one, str)]
        if self.entity.grouped:
            self.keys.counts.update(hashes)
            return
        fresh = set(hashes)
        if len(fresh) < len(hashes) or not self.seen.isdisjoint(fresh):
            twice = {one for one, count in Counter(hashes).items() if count > 1}
            self.keys.twice |= twice | (self.seen & fresh)
        self.seen |= fresh
