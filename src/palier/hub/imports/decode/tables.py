"""What decoding gives: tables that can be read several times, in batches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from palier.hub.imports.decode.refusals import DuplicateHeader, TooManyColumns
from palier.hub.imports.parsers.text import clean, folded
from palier.hub.records import Rejection

MAX_COLUMNS = 1_000
"""Beyond, the file was not split as its author meant (hub.md §0.12 tries 10,000)."""
MAX_CELL = 1_000_000
"""Characters of a cell; a longer one refuses its row (hub.md §0.12: a cell of 1 MB)."""
BATCH_ROWS = 256
"""Rows of a batch: small enough to stay in the processor's cache from decoding to records (measured:
5,000 is a quarter slower)."""
ORIGIN_COLUMNS = ("import_line", "import_column", "import_reason", "import_ordinal")
"""Columns that a file of rejected rows adds; they are left out when it comes back."""

Row: TypeAlias = list[str | None]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know about a file that was read all the same."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, as wide as the table's columns, their lines, and the rows refused among them."""

    lines: Sequence[int]
    rows: list[Row]
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: `name` (file, or file and sheet), columns, notices, and its rows.

    Cells are texts exactly as written; "" and None both mean that the cell is empty. `machine` says
    that numbers were written by a programme (JSON, Parquet, spreadsheet): their mark is the point.
    `batches` starts again from the first row at each call.
    """

    name: str
    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Batch]]
    notices: tuple[Notice, ...] = ()
    machine: bool = False
    kind: str = "csv"

    def rows(self) -> Iterator[tuple[int, Row] | Rejection]:
        """Row after row with its line, refused ones included."""
        for batch in self.batches():
            yield from batch.rejections
            yield from zip(batch.lines, batch.rows, strict=True)

    def sample(self, *, count: int = 20) -> list[Row]:
        """The first rows."""
        good = (row for row in self.rows() if not isinstance(row, Rejection))
        return [row for _, row in islice(good, count)]


@dataclass(slots=True)
class Shape:
    """How the rows of a file become the rows of its table: names, and the cells that are kept."""

    names: list[str]
    keep: list[int]
    width: int
    notices: list[Notice] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether rows are kept as they are."""
        return self.keep == list(range(self.width))


def shape_of(header: Sequence[str | None], *, batches: Callable[[], Iterator[list[Row]]]) -> Shape:
    """The columns of a header. A nameless column is dropped when it is empty and numbered otherwise,
    with a notice; so is one that repeats another, name and values.

    Raises `DuplicateHeader` when columns of one name differ, `TooManyColumns`.
    """
    names = [clean(cell or "") for cell in header]
    if len(names) > MAX_COLUMNS:
        raise TooManyColumns(count=len(names), limit=MAX_COLUMNS)
    shape = Shape(names, list(range(len(names))), len(names))
    blank = [index for index, name in enumerate(names) if not name]
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name:
            groups.setdefault(name.casefold(), []).append(index)
    twice = [group for group in groups.values() if len(group) > 1]
    if not blank and not twice:
        return shape
    filled, differing = _look_at(batches, blank, twice)
    unequal = [group for group in twice if differing.intersection(group)]
    if unequal:
        raise DuplicateHeader(columns=", ".join(names[group[0]] for group in unequal))
    for index in blank:
        number = str(index + 1)
        if index in filled:
            names[index] = f"column_{number}"
            params = {"number": number, "name": names[index]}
            shape.notices.append(Notice("import.blank_column_named", params))
        else:
            shape.notices.append(Notice("import.blank_column_dropped", {"number": number}))
    shape.notices += [
        Notice("import.duplicate_column_dropped", {"column": names[group[0]]}) for group in twice
    ]
    dropped = (set(blank) - filled) | {index for group in twice for index in group[1:]}
    shape.keep = [index for index in shape.keep if index not in dropped]
    shape.names = [names[index] for index in shape.keep]
    return shape


def _look_at(
    batches: Callable[[], Iterator[list[Row]]], blank: list[int], twice: list[list[int]]
) -> tuple[set[int], set[int]]:
    """The blank columns that have a value, and the same-named columns that differ from the first."""
    filled: set[int] = set()
    differing: set[int] = set()
    for rows in batches():
        for row in rows:
            filled.update(index for index in blank if index < len(row) and row[index])
            for first, *others in twice:
                differing.update(
                    index for index in others if index < len(row) and row[index] != row[first]
                )
    return filled, differing


LETTER = re.compile(r"[^\W\d_]")


def is_header(row: Sequence[str | None]) -> bool:
    """Whether a first row names columns: rows of numbers and dates only do not."""
    cells = [cell for cell in row if cell]
    return not cells or any(LETTER.search(cell) for cell in cells)


def numbered(width: int) -> list[str]:
    """Names for the columns of a file without header."""
    return [f"column_{number}" for number in range(1, width + 1)]


def same_column(name: str) -> str:
    """A header for comparison: case, accents, spaces and underscores do not count."""
    return folded(name).replace(" ", "")
