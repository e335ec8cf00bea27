"""A mapping compiled to functions over whole columns of a batch: each distinct cell is parsed once."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final, TypeAlias

from palier.hub.imports.mapping import PARSERS_OF, Condition, FieldMapping, Part
from palier.hub.imports.parsers import numbers
from palier.hub.imports.parsers.build import Notation, build_parser
from palier.hub.imports.parsers.dates import epoch_moment, moment_parser
from palier.hub.imports.parsers.outcome import Bad, Outcome, Parser, bad, bounded
from palier.hub.imports.parsers.text import clean, folded, value_map
from palier.hub.records import JSON
from palier.hub.schema import Field

MEMO_SIZE = 50_000
"""Distinct cells of a column remembered; beyond, cells are parsed each time."""
MAX_ID = 512
"""Characters of an external identifier: it is indexed, and no tool's is longer."""


class Erase:
    """Says that an empty cell erases the field."""


ERASE: Final = Erase()
IS_COMPOSED = partial(unicodedata.is_normalized, "NFC")
Cell: TypeAlias = "str | None"
Value: TypeAlias = "JSON | Bad | Erase | Decimal | dt.datetime"
FINAL_TYPES = frozenset({"choice", "bool", "text"})
"""Field types for which a mapped value is taken as it is."""


@dataclass(slots=True)
class Columns:
    """One batch, column by column."""

    lines: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    cells: list[tuple[Cell, ...]]
    currencies: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.rows)


Source: TypeAlias = Callable[[Columns], "list[Value]"]
Mask: TypeAlias = Callable[[Columns], "list[bool]"]


class Memo(dict["Cell", "Value"]):
    """The values of a column's distinct cells."""

    def __init__(self, parse: Callable[[str], Value], *, empty: Value = None) -> None:
        super().__init__({None: empty, "": empty})
        self.parse, self.empty = parse, empty

    def __missing__(self, cell: str) -> Value:
        found = self.parse(cell)
        if found is None:
            found = self.empty
        if len(self) < MEMO_SIZE:
            self[cell] = found
        return found

    def read(self, cells: Sequence[Cell]) -> list[Value]:
        """The values of all the cells of a batch."""
        if len(self) < MEMO_SIZE:
            return [self[cell] for cell in cells]
        parse, empty = self.parse, self.empty
        read = [parse(cell) if cell else empty for cell in cells]
        return [empty if one is None else one for one in read] if empty is not None else read


class PlainMemo(Memo):
    """For texts and identifiers taken as they are: a batch without surprises is read in C."""

    def read(self, cells: Sequence[Cell]) -> list[Value]:
        """The values of all the cells of a batch."""
        try:
            plain = all(map(str.isprintable, cells)) and all(map(IS_COMPOSED, cells))  # type: ignore[arg-type]
        except TypeError:
            plain = False
        if not plain or any("E+" in cell or "e+" in cell for cell in cells):  # type: ignore[operator]
            return super().read(cells)
        read: list[Value] = list(map(str.strip, cells))  # type: ignore[arg-type]
        return [one or self.empty for one in read] if "" in read else read


def _memo(name: str, parse: Callable[[str], Value], *, plain: bool, empty: Value = None) -> Memo:
    return (PlainMemo if plain and name in {"text", "id"} else Memo)(parse, empty=empty)


def mapped(
    parse: Callable[[str], Value], *, values: Mapping[str, JSON], others: str, final: bool
) -> Callable[[str], Value]:
    """The parser behind a map of values."""
    known = value_map(values=values)

    def parse_mapped(cell: str) -> Value:
        text = clean(cell)
        for form in (text, folded(text)):
            if form in known:
                value = known[form]
                if value in {None, ""}:
                    return None
                return value if final or not isinstance(value, str) else parse(value)
        if others == "reject":
            return bad("import.value_unmapped", cell)
        return None if others == "empty" else parse(cell)

    return parse_mapped if values or others != "keep" else parse


def mask_of(conditions: Sequence[Condition], *, index: Mapping[str, int]) -> Mask | None:
    """Which rows of a batch satisfy all the conditions; None when there are none."""
    tests = [(index[condition.column], _test(condition)) for condition in conditions]
    if not tests:
        return None

    def mask(columns: Columns) -> list[bool]:
        found = [True] * columns.count
        for at, test in tests:
            memo: dict[Cell, bool] = {cell: test(cell or "") for cell in set(columns.cells[at])}
            found = [
                kept and memo[cell] for kept, cell in zip(found, columns.cells[at], strict=True)
            ]
        return found

    return mask


def _test(condition: Condition) -> Callable[[str], bool]:
    values = frozenset(clean(value) for value in condition.values)
    starts = tuple(condition.values)
    return {
        "filled": lambda cell: bool(clean(cell)),
        "empty": lambda cell: not clean(cell),
        "in": lambda cell: clean(cell) in values,
        "not_in": lambda cell: clean(cell) not in values,
        "starts": lambda cell: clean(cell).startswith(starts),
        "not_starts": lambda cell: not clean(cell).startswith(starts),
    }[condition.test]


def field_source(
    mapping: FieldMapping,
    *,
    declared: Field,
    index: Mapping[str, int],
    notation: Callable[[str], Notation],
    currency: str,
    by_row: bool,
) -> Source:
    """The values of one field for a batch. `by_row`: amounts are in each row's currency."""
    if mapping.value is not None:
        constant = mapping.value
        source: Source = lambda columns: [constant] * columns.count  # noqa: E731
    elif mapping.ref:
        source = _ref_source(mapping, index=index, notation=notation)
    elif mapping.join:
        source = _join_source(mapping, index=index, notation=notation)
    elif mapping.times:
        source = _product_source(mapping, index=index, notation=notation, currency=currency)
    else:
        source = _column_source(
            mapping,
            declared=declared,
            index=index,
            notation=notation,
            currency=currency,
            by_row=by_row,
        )
    mask = mask_of(mapping.when, index=index)
    if mask is None:
        return source
    return lambda columns: [
        value if kept else None for value, kept in zip(source(columns), mask(columns), strict=True)
    ]


def parser_name(mapping: FieldMapping, declared: Field) -> str:
    """The parser of a field: the mapping's, or the one of the field's type; cells that are only counted
    are texts.
    """
    return "text" if mapping.fold == "count" else mapping.parser or PARSERS_OF[declared.type][0]


def _column_source(
    mapping: FieldMapping,
    *,
    declared: Field,
    index: Mapping[str, int],
    notation: Callable[[str], Notation],
    currency: str,
    by_row: bool,
) -> Source:
    at, name = index[mapping.column], parser_name(mapping, declared)
    empty: Value = ERASE if mapping.erase else mapping.default

    def memo_for(money: str) -> Memo:
        parse: Parser = build_parser(
            name=name,
            field=declared,
            notation=notation(mapping.column),
            currency=money,
            rounded=mapping.round,
        )
        behind = mapped(
            parse,
            values=dict(mapping.values),
            others=mapping.others,
            final=declared.type in FINAL_TYPES,
        )
        return _memo(name, behind, plain=behind is parse, empty=empty)

    if name == "money" and by_row:
        memos: dict[str, Memo] = {}

        def by_currency(columns: Columns) -> list[Value]:
            for money in set(columns.currencies) - memos.keys():
                memos[money] = memo_for(money)
            return [
                memos[money][cell]
                for money, cell in zip(columns.currencies, columns.cells[at], strict=True)
            ]

        return by_currency
    memo = memo_for(currency)
    return lambda columns: memo.read(columns.cells[at])


def moment_source(
    mapping: FieldMapping, *, index: Mapping[str, int], notation: Callable[[str], Notation]
) -> Source:
    """The source's own times of change."""
    how = notation(mapping.column)
    parse = (
        epoch_moment
        if mapping.parser == "epoch"
        else moment_parser(order=how.order, timezone=how.timezone)
    )
    memo, at = Memo(parse), index[mapping.column]
    return lambda columns: memo.read(columns.cells[at])


def _part_source(
    part: Part, *, index: Mapping[str, int], notation: Callable[[str], Notation]
) -> Source:
    if part.text:
        text = part.text
        return lambda columns: [text] * columns.count
    parse = build_parser(
        name=part.parser,
        field=Field("part"),
        notation=notation(part.column),
        currency="EUR",
        rounded=False,
    )
    behind = mapped(parse, values=dict(part.values), others="keep", final=True)
    memo, at = _memo(part.parser, behind, plain=behind is parse), index[part.column]
    return lambda columns: memo.read(columns.cells[at])


def id_source(
    parts: Sequence[Part],
    *,
    entity: str,
    index: Mapping[str, int],
    notation: Callable[[str], Notation],
) -> Source:
    """Identifiers without their ordinal; a Bad where a piece is empty or refused."""
    fixed = [part for part in parts if not part.is_ordinal]
    sources = [_part_source(part, index=index, notation=notation) for part in fixed]
    missing = Bad("import.missing_id", {"entity": entity})
    too_long = Bad("import.id_too_long", {"limit": str(MAX_ID)})

    def whole(pieces: tuple[Value, ...]) -> Value:
        for piece in pieces:
            if piece is None or isinstance(piece, Bad):
                return piece or missing
        found = ":".join(map(str, pieces))
        return found if len(found) <= MAX_ID else too_long

    def source(columns: Columns) -> list[Value]:
        values = [one(columns) for one in sources]
        if (
            len(values) == 1
            and set(map(type, values[0])) == {str}
            and max(len(str(one)) for one in values[0]) <= MAX_ID
        ):
            return values[0]
        return [whole(pieces) for pieces in zip(*values, strict=True)]

    return source


def _ref_source(
    mapping: FieldMapping, *, index: Mapping[str, int], notation: Callable[[str], Notation]
) -> Source:
    ref = mapping.ref
    if ref.startswith("@"):
        default = {"@siren": "siren", "@email": "email", "@domain": "domain"}.get(ref, "text")
        part = Part(mapping.column, parser=mapping.parser or default, values=mapping.values)
        inner, absent = _part_source(part, index=index, notation=notation), ""
    else:
        inner = id_source(mapping.id, entity=ref, index=index, notation=notation)
        absent = "import.missing_id"

    def point(value: Value) -> Value:
        if type(value) is str:
            return [ref, value]
        if value is None or isinstance(value, Bad):
            return None if value is None or value.code == absent else value
        return [ref, str(value)]

    return lambda columns: [point(value) for value in inner(columns)]


def _join_source(
    mapping: FieldMapping, *, index: Mapping[str, int], notation: Callable[[str], Notation]
) -> Source:
    sources = [_part_source(part, index=index, notation=notation) for part in mapping.join]

    def joined(pieces: tuple[Value, ...]) -> Value:
        wrong = next((piece for piece in pieces if isinstance(piece, Bad)), None)
        if wrong is not None:
            return wrong
        return (
            mapping.separator.join(str(piece) for piece in pieces if piece is not None)
            or mapping.default
        )

    return lambda columns: [
        joined(pieces) for pieces in zip(*(one(columns) for one in sources), strict=True)
    ]


def _product_source(
    mapping: FieldMapping,
    *,
    index: Mapping[str, int],
    notation: Callable[[str], Notation],
    currency: str,
) -> Source:
    """Exact products, in major units; rounding comes later, once."""
    first, second = notation(mapping.column), notation(mapping.times)
    amounts: Memo = Memo(
        bounded(
            lambda cell: numbers.parse_amount(
                cell, currency=currency, mark=first.mark, machine=first.machine
            )
        )
    )
    factors: Memo = Memo(
        bounded(lambda cell: numbers.parse_number(cell, mark=second.mark, machine=second.machine))
    )
    at, by = index[mapping.column], index[mapping.times]

    def product(amount: Value, factor: Value) -> Value:
        for value in (amount, factor):
            if isinstance(value, Bad):
                return value
        if isinstance(amount, Decimal) and isinstance(factor, Decimal):
            return numbers.bounded(amount * factor, f"{amount} × {factor}")
        return None

    return lambda columns: [
        product(amounts[amount], factors[factor])
        for amount, factor in zip(columns.cells[at], columns.cells[by], strict=True)
    ]


def settled(value: Value, *, declared: Field, currency: str) -> Outcome | Erase:
    """A value as the schema wants it: exact decimals become minor units or canonical text."""
    if isinstance(value, Decimal):
        if declared.type == "money":
            return numbers.to_minor(value, currency=currency, rounded=True)
        return numbers.canonical_decimal(value)
    return value  # type: ignore[return-value]  # instants never reach a field
