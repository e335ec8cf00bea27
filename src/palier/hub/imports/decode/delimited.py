"""CSV and its relatives, read by the standard reader in C, row by row only where something is wrong."""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TextIO

from palier.hub.imports.decode.encoding import TextFile, repaired
from palier.hub.imports.decode.refusals import BrokenQuotes, NoStructure
from palier.hub.imports.decode.tables import (
    BATCH_ROWS,
    MAX_CELL,
    Batch,
    Row,
    Shape,
    Table,
    is_header,
    numbered,
    shape_of,
)
from palier.hub.imports.messages import Notice
from palier.hub.records import Rejection

DELIMITERS = ";,\t|"
SAMPLE_ROWS = 200
SAMPLE_SIZE = 4_000_000
"""Characters of the first rows that are held to see how the file is written."""
PREAMBLE_ROWS = 30
"""Title lines above a header are looked for this far. Source: exports of advertising tools."""
MAX_LINE = 16_000_000
"""Characters of a line that are ever held; the rest of a longer one is skipped unread."""
MAX_RESTARTS = 100
"""Rows with an open quotation mark before the file is refused: each costs reading it again so far."""
END = "\0palier-end\0"
TOO_LONG = "\0palier-too-long\0"
SEP_LINE = re.compile(r'"?sep=(.)"?\s*\Z', re.IGNORECASE)


@dataclass(slots=True)
class Layout:
    """How the rows of one text file are found: separator (None: runs of spaces) and first lines."""

    delimiter: str | None
    header_line: int
    data_line: int
    header: list[str]
    notices: list[Notice]


def open_delimited(*, name: str, text: TextFile) -> Table:
    """The table of a text file. Raises `NoStructure`, `DuplicateHeader`, `TooManyColumns`."""
    layout = _layout(text)
    rows = _Rows(text, layout)
    shape = shape_of(layout.header, batches=rows.raw_rows)
    rows.shape = shape
    notices = [*text.notices, *layout.notices, *shape.notices]
    if not any(batch.rows or batch.rejections for batch in rows.batches()):
        notices.append(Notice("import.header_only"))
    kind = {None: "text", "\t": "tsv"}.get(layout.delimiter, "csv")
    return Table(name, tuple(shape.names), rows.batches, tuple(notices), kind=kind)


def _lines(stream: TextIO, text: TextFile) -> Iterable[str]:
    return _bounded(stream) if text.has_giant_line else stream


def _bounded(stream: TextIO) -> Iterator[str]:
    """Lines, those longer than `MAX_LINE` replaced by a mark."""
    while line := stream.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            yield TOO_LONG + "\n"
        else:
            yield line


def _sample(text: TextFile) -> list[str]:
    """The first lines, as many as fit: giant ones are not held by the hundred."""
    found: list[str] = []
    size = 0
    with text.open() as stream:
        for line in islice(_lines(stream, text), SAMPLE_ROWS):
            size += len(line)
            if found and size > SAMPLE_SIZE:
                break
            found.append(line)
    return found


def _layout(text: TextFile) -> Layout:
    lines = _sample(text)
    notices: list[Notice] = []
    skipped = 0
    delimiter: str | None = None
    if lines and (match := SEP_LINE.match(lines[0])):
        skipped, delimiter = 1, match[1]
        notices.append(Notice("import.sep_line"))
    elif _spaced(lines):
        return _spaced_layout(lines, notices)
    delimiter = delimiter or _delimiter(lines)
    numbered_rows = list(_numbered(lines[skipped:], delimiter, skipped + 1))
    if not numbered_rows:
        return Layout(delimiter, skipped + 1, skipped + 2, [], notices)
    at = _header_at([row for _, row, _ in numbered_rows])
    if at:
        above = numbered_rows[at][0] - 1 - skipped
        notices.append(Notice("import.preamble", {"count": str(above)}))
    line, header, following = numbered_rows[at]
    widths = Counter(len(row) for _, row, _ in numbered_rows[at + 1 :])
    modal = widths.most_common(1)[0][0] if widths else len(header)
    while len(header) > modal and not header[-1].strip():
        header = header[:-1]
    named = is_header(header)
    if not named:
        notices.append(Notice("import.no_header"))
        header, following = numbered(len(header)), line
    ragged = sum(not _fits(row, len(header)) for _, row, _ in numbered_rows[at + 1 :])
    if ragged == len(numbered_rows) - at - 1 >= 2:
        raise NoStructure(refused=ragged, seen=ragged)
    return Layout(delimiter, line, following, header, notices)


def _fits(row: Sequence[str], width: int) -> bool:
    return len(row) == width or (len(row) > width and not any(row[width:]))


def _numbered(lines: list[str], delimiter: str, first: int) -> Iterator[tuple[int, list[str], int]]:
    """Rows that are not blank, with their first line and the line after them."""
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(lines, delimiter=delimiter)
    start = first
    try:
        for row in reader:
            following = first + reader.line_num
            if any(cell.strip() for cell in row):
                yield start, row, following
            start = following
    except csv.Error:
        return


def _delimiter(lines: list[str]) -> str:
    """The separator under which most rows have the same number of cells, more than one, and the first row
    as well: commas inside texts and amounts may be as regular as the separator, but not in the header.
    """
    absent = [mark for mark in DELIMITERS if not any(mark in line for line in lines)]
    best, best_score = absent[0] if absent else ";", (0.0, 0, 0)
    for candidate in DELIMITERS:
        rows = [row for _, row, _ in _numbered(lines, candidate, 1)]
        if not any(len(row) > 1 for row in rows):
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        if width == 1:
            width = len(rows[0])
            count = sum(len(row) == width for row in rows)
        if width == 1 or (width == 2 and len(rows[0]) == 1):
            continue
        above = next(at for at, row in enumerate(rows) if len(row) == width)
        score = (round(count / len(rows), 1), -above, width)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _header_at(rows: list[list[str]]) -> int:
    """The place of the header: rows of one or two cells above a full one are titles."""
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    if width < 3:
        return 0
    for at, row in enumerate(rows[:PREAMBLE_ROWS]):
        filled = sum(bool(cell.strip()) for cell in row)
        if len(row) == width and filled >= max(2, 0.6 * width) and is_header(row):
            return at
        if filled > 2:
            break
    return 0


def _spaced(lines: list[str]) -> bool:
    """Whether cells are separated by runs of spaces: as many in each line, nearly all numbers."""
    body = [line.split() for line in lines if line.strip()]
    if not body or any(mark in line for line in lines for mark in DELIMITERS):
        return False
    width = len(body[-1])
    if width < 2 or any(len(cells) != width for cells in body):
        return False
    cells = [cell for row in body[1:] or body for cell in row]
    return sum(any(mark.isdigit() for mark in cell) for cell in cells) >= 0.8 * len(cells)


def _spaced_layout(lines: list[str], notices: list[Notice]) -> Layout:
    line = next(number for number, text in enumerate(lines, 1) if text.strip())
    header = lines[line - 1].split()
    if is_header(header):
        return Layout(None, line, line + 1, header, notices)
    notices.append(Notice("import.no_header"))
    return Layout(None, line, line, numbered(len(header)), notices)


class _Rows:
    """The rows of one file, from its first data line, as often as asked."""

    def __init__(self, text: TextFile, layout: Layout) -> None:
        self.text, self.layout = text, layout
        width = len(layout.header)
        self.shape = Shape(list(layout.header), list(range(width)), width)

    def raw_rows(self) -> Iterator[list[Row]]:
        """Rows as they are in the file, wrong ones included."""
        for _, rows, _ in self._chunks():
            yield [list(row) for row in rows]

    def batches(self) -> Iterator[Batch]:
        for lines, rows, rejections in self._chunks():
            yield self._batch(lines, rows, rejections)

    def _chunks(self) -> Iterator[tuple[Sequence[int], list[list[str]], list[Rejection]]]:
        if self.layout.delimiter is None:
            yield from self._spaced_chunks()
            return
        csv.field_size_limit(MAX_CELL)
        line: int | None = self.layout.data_line
        restarts, first_broken = 0, 0
        while line is not None:
            broken: int | None = None
            for lines, rows, rejections, resume in self._from_line(line):
                broken = resume
                yield lines, rows, rejections
            if broken is not None:
                restarts, first_broken = restarts + 1, first_broken or broken - 1
                if restarts > MAX_RESTARTS:
                    raise BrokenQuotes(limit=MAX_RESTARTS, line=first_broken)
            line = broken

    def _from_line(
        self, line: int
    ) -> Iterator[tuple[Sequence[int], list[list[str]], list[Rejection], int | None]]:
        """Chunks from that line; the last one says where to resume when a quotation mark went wrong."""
        with self.text.open() as stream:
            source = iter(_lines(stream, self.text))
            deque(islice(source, line - 1), maxlen=0)
            reader = csv.reader(chain(source, [END]), delimiter=self.layout.delimiter or ",")
            while True:
                rows: list[list[str]] = []
                before, problem = reader.line_num, ""
                try:
                    rows.extend(islice(reader, BATCH_ROWS))
                except csv.Error as error:
                    problem = str(error)
                consumed = reader.line_num - before
                lines: Sequence[int] = range(line + before, line + before + len(rows))
                if problem or consumed != len(rows):
                    lines = _starts(rows, line + before)
                following = lines[-1] + 1 + _breaks(rows[-1]) if rows else line + before
                if problem:
                    alone = line + reader.line_num - 1 == following
                    code = "import.cell_too_large" if alone else "import.unclosed_quote"
                    yield lines, rows, [_rejection(following, code)], following + 1
                    return
                if not rows:
                    return
                ended = rows[-1] == [END]
                if ended:
                    rows.pop()
                cut = self._first_broken(lines, rows)
                if cut is not None:
                    at = lines[cut]
                    yield lines[:cut], rows[:cut], [_rejection(at, "import.unclosed_quote")], at + 1
                    return
                yield lines[: len(rows)], rows, [], None
                if ended:
                    return

    def _first_broken(self, lines: Sequence[int], rows: list[list[str]]) -> int | None:
        """The first row that spans several lines by mistake: it never ends, is not as wide as the header,
        or a cell of it holds half a pair of quotation marks and what looks like the next row.
        """
        if isinstance(lines, range):
            return None
        width = len(self.layout.header)
        for at, row in enumerate(rows):
            if row and END in row[-1]:
                return at
            if _breaks(row) and (
                not _fits(row, width) or any(map(self._swallowed, row)) or self._two_rows(row)
            ):
                return at
        return None

    def _swallowed(self, cell: str) -> bool:
        return "\n" in cell and cell.count('"') % 2 == 1 and (self.layout.delimiter or ",") in cell

    def _two_rows(self, row: list[str]) -> bool:
        """Whether a cell ends with what begins another row: as many cells, the first one of the same form."""
        width, form = len(self.layout.header), _form(row[0].split("\n", 1)[0])
        for at, cell in enumerate(row):
            below = re.split(r"\r\n|\r|\n", cell)[-1] if "\n" in cell or "\r" in cell else ""
            begun = below.split(self.layout.delimiter or ",")
            if 1 < len(begun) == width - (len(row) - at) + 1 and _form(begun[0]) == form:
                return True
        return False

    def _spaced_chunks(self) -> Iterator[tuple[Sequence[int], list[list[str]], list[Rejection]]]:
        line = self.layout.data_line
        with self.text.open() as stream:
            source = iter(_lines(stream, self.text))
            deque(islice(source, line - 1), maxlen=0)
            while rows := [text.split() for text in islice(source, BATCH_ROWS)]:
                yield range(line, line + len(rows)), rows, []
                line += len(rows)

    def _batch(
        self, lines: Sequence[int], rows: list[list[str]], rejections: list[Rejection]
    ) -> Batch:
        width = self.shape.width
        if self.text.has_nul or self.text.has_giant_line:
            lines, rows = _without_damage(lines, rows, rejections)
        if set(map(len, rows)) != {width} or not all(map(any, rows)):
            lines, rows = _rectangular(lines, rows, rejections, width)
        if self.text.double_encoded:
            rows = [[repaired(cell) for cell in row] for row in rows]
        if not self.shape.whole:
            keep = self.shape.keep
            rows = [[row[index] for index in keep] for row in rows]
        return Batch(lines, rows, tuple(rejections))  # type: ignore[arg-type]  # list is invariant


def _form(cell: str) -> str:
    """What a cell looks like: «K12» and «B7» are both a letter and a number."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell.strip()))


def _starts(rows: list[list[str]], first: int) -> list[int]:
    starts = []
    for row in rows:
        starts.append(first)
        first += 1 + _breaks(row)
    return starts


def _breaks(row: list[str]) -> int:
    """Line ends inside the cells of a row."""
    return sum(
        cell.count("\n") + cell.count("\r") - cell.count("\r\n")
        for cell in row
        if "\n" in cell or "\r" in cell
    )


def _rejection(line: int, code: str, row: Sequence[str] = ()) -> Rejection:
    params = {"limit": str(MAX_CELL)} if code == "import.cell_too_large" else {}
    return Rejection(line, None, code, params, tuple(row))


def _without_damage(
    lines: Sequence[int], rows: list[list[str]], rejections: list[Rejection]
) -> tuple[list[int], list[list[str]]]:
    kept: list[tuple[int, list[str]]] = []
    for line, row in zip(lines, rows, strict=True):
        if not any("\0" in cell for cell in row):
            kept.append((line, row))
        elif any(TOO_LONG in cell for cell in row):
            rejections.append(_rejection(line, "import.cell_too_large"))
        else:
            cells = [cell.replace("\0", "") for cell in row]
            rejections.append(_rejection(line, "import.nul", cells))
    return [line for line, _ in kept], [row for _, row in kept]


def _rectangular(
    lines: Sequence[int], rows: list[list[str]], rejections: list[Rejection], width: int
) -> tuple[list[int], list[list[str]]]:
    """Blank rows left out, blank cells beyond the header cut, other widths refused."""
    kept: list[tuple[int, list[str]]] = []
    for line, row in zip(lines, rows, strict=True):
        if not any(row):
            continue
        if len(row) == width:
            kept.append((line, row))
        elif _fits(row, width):
            kept.append((line, row[:width]))
        else:
            params = {"found": str(len(row)), "expected": str(width)}
            rejections.append(Rejection(line, None, "import.ragged", params, tuple(row)))
    return [line for line, _ in kept], [row for _, row in kept]
