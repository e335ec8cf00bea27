"""JSON and JSON Lines: objects become rows, nested objects become dotted columns, numbers stay texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TextIO

from palier.hub.imports.decode.encoding import TextFile
from palier.hub.imports.decode.refusals import (
    BinaryFile,
    BrokenJson,
    JsonShape,
    JsonTooDeep,
    TooManyColumns,
)
from palier.hub.imports.decode.tables import BATCH_ROWS, MAX_CELL, MAX_COLUMNS, Batch, Row, Table
from palier.hub.imports.messages import Notice
from palier.hub.records import JSON, Rejection

BLOCK = 1 << 18
MAX_DEPTH = 50
"""Levels of objects that become dotted columns; no tool's export goes beyond a handful."""
MAX_OBJECT = 32_000_000
"""Characters of one element; a longer one cannot be a record."""
HALF = re.compile("[\ud800-\udfff]")
"""Half of a character that needs two: JSON can write it alone, nothing can keep it."""
SPACE = re.compile(r"[\s\ufeff]*")
DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None)
"""Numbers as written: 1.10 stays 1.10 and a long identifier keeps its digits."""

Elements = Iterator[tuple[int, "JSON | Rejection"]]


def open_objects(*, name: str, text: TextFile) -> Table:
    """The table of a JSON or JSON Lines file. Raises `BrokenJson`, `JsonShape`, `TooManyColumns`."""
    lines = _is_lines(text)
    elements = partial(_line_elements if lines else _array_elements, text)
    return _table(name, elements, text.notices, "jsonl" if lines else "json")


def table_of_objects(*, name: str, objects: Sequence[dict[str, JSON]]) -> Table:
    """The table of objects already decoded by `DECODER`. Raises `BinaryFile`, `JsonShape`, `TooManyColumns`."""

    def elements() -> Elements:
        return iter(enumerate(objects, 1))

    return _table(name, elements, (), "json")


def _table(
    name: str, elements: Callable[[], Elements], notices: Sequence[Notice], kind: str
) -> Table:
    columns: dict[str, None] = {}
    count = 0
    for _, element in elements():
        count += 1
        if isinstance(element, dict):
            if _depth(element) > MAX_DEPTH:
                continue  # refused with its row
            columns.update(dict.fromkeys(flat(element)))
            if len(columns) > MAX_COLUMNS:
                raise TooManyColumns(count=len(columns), limit=MAX_COLUMNS)
    if not columns and count:
        raise JsonShape
    if any("\0" in name or HALF.search(name) for name in columns):
        raise BinaryFile
    told = [*notices, *([] if count else [Notice("import.header_only")])]
    return Table(
        name,
        tuple(columns),
        partial(_batches, elements, tuple(columns)),
        tuple(told),
        machine=True,
        kind=kind,
    )


def _is_lines(text: TextFile) -> bool:
    """JSON Lines: the first line is a whole object, and another one follows it or nothing does."""
    with text.open() as stream:
        lines = [line for line in islice(stream, 50) if line.strip()]
    if not lines or not lines[0].lstrip("\ufeff \t").startswith("{"):
        return False
    try:
        DECODER.decode(lines[0].lstrip("\ufeff").strip())
    except (ValueError, RecursionError):
        return False
    return len(lines) > 1 or not _holds_array(lines[0])


def _holds_array(line: str) -> bool:
    found = DECODER.decode(line.lstrip("\ufeff").strip())
    return any(
        isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        for value in found.values()
    )


def _line_elements(text: TextFile) -> Elements:
    with text.open() as stream:
        for number, line in enumerate(stream, 1):
            body = line.strip(" \t\r\n\ufeff")
            if not body:
                continue
            if len(body) > MAX_OBJECT:
                yield number, _too_large(number)
                continue
            try:
                yield number, DECODER.decode(body)
            except (ValueError, RecursionError):
                yield number, Rejection(number, None, "import.not_json", {}, (body[:MAX_CELL],))


def _too_large(line: int) -> Rejection:
    return Rejection(line, None, "import.cell_too_large", {"limit": str(MAX_CELL)})


def _array_elements(text: TextFile) -> Elements:
    """The elements of the one array, numbered from 1, without ever holding the whole file."""
    with text.open() as stream:
        reader = _Reader(stream)
        if reader.peek() == "[":
            yield from reader.array()
            return
        if reader.peek() != "{":
            raise JsonShape
        reader.take("{")
        arrays = 0
        while reader.peek() == '"':
            reader.value()
            reader.take(":")
            if reader.peek() == "[" and reader.array_of_objects():
                arrays += 1
                if arrays > 1:
                    raise JsonShape
                yield from reader.array()
            else:
                reader.value()
            if reader.peek() == ",":
                reader.take(",")
        reader.take("}")
        if not arrays:
            raise JsonShape


class _Reader:
    """Values one after the other from a sliding window of text."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.buffer, self.at, self.dropped = stream, "", 0, 0

    def fill(self) -> bool:
        if len(self.buffer) - self.at > MAX_OBJECT:
            self.broken()
        block = self.stream.read(max(BLOCK, len(self.buffer) - self.at))
        self.dropped += self.at
        self.buffer, self.at = self.buffer[self.at :] + block, 0
        return bool(block)

    def broken(self) -> None:
        raise BrokenJson(position=self.dropped + self.at + 1)

    def peek(self) -> str:
        while True:
            match = SPACE.match(self.buffer, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if not self.fill():
                return ""

    def take(self, mark: str) -> None:
        if self.peek() != mark:
            self.broken()
        self.at += 1

    def value(self) -> JSON:
        self.peek()
        while True:
            try:
                found, end = DECODER.raw_decode(self.buffer, self.at)
            except RecursionError:
                raise JsonTooDeep(limit=MAX_DEPTH) from None
            except ValueError:
                if not self.fill():
                    self.broken()
                continue
            if end == len(self.buffer) and self.fill():
                continue
            self.at = end
            return found  # type: ignore[no-any-return]

    def array_of_objects(self) -> bool:
        """Whether the array that begins here holds objects (or nothing)."""
        while True:
            match = re.compile(r"\[\s*(\S)").match(self.buffer, self.at)
            if match:
                return match[1] in "{]"
            if not self.fill():
                return False

    def array(self) -> Elements:
        self.take("[")
        number = 0
        while self.peek() != "]":
            if number:
                self.take(",")
            number += 1
            yield number, self.value()
        self.take("]")


def _depth(element: JSON) -> int:
    """Levels of objects and lists inside one another, counted without recursion and no further than needed."""
    level, depth = [element], 0
    while level and depth <= MAX_DEPTH:
        inside = [one for one in level if isinstance(one, dict | list)]
        level = [one for box in inside for one in (box.values() if isinstance(box, dict) else box)]
        depth += bool(inside)
    return depth


def flat(element: dict[str, JSON], prefix: str = "") -> dict[str, str | None]:
    """One level: nested objects as dotted names, lists as JSON text."""
    found: dict[str, str | None] = {}
    for key, value in element.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found.update(flat(value, f"{name}."))
        elif isinstance(value, list):
            found[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        elif isinstance(value, bool):
            found[name] = "true" if value else "false"
        else:
            found[name] = value if value is None else str(value)
    return found


def _batches(elements: Callable[[], Elements], columns: tuple[str, ...]) -> Iterator[Batch]:
    source = elements()
    while chunk := list(islice(source, BATCH_ROWS)):
        lines: list[int] = []
        rows: list[Row] = []
        rejections: list[Rejection] = []
        for line, element in chunk:
            if isinstance(element, Rejection):
                rejections.append(element)
            elif not isinstance(element, dict):
                rejections.append(Rejection(line, None, "import.not_an_object"))
            elif _depth(element) > MAX_DEPTH:
                params = {"limit": str(MAX_DEPTH)}
                rejections.append(Rejection(line, None, "import.too_deep", params))
            else:
                cells = flat(element)
                row = [cells.get(name) for name in columns]
                if any(cell and len(cell) > MAX_CELL for cell in row):
                    rejections.append(_too_large(line))
                elif any(cell and "\0" in cell for cell in row):
                    rejections.append(Rejection(line, None, "import.nul"))
                elif any(cell and HALF.search(cell) for cell in row):
                    whole = tuple(HALF.sub("\ufffd", cell) if cell else cell for cell in row)
                    rejections.append(Rejection(line, None, "import.half_character", {}, whole))
                else:
                    lines.append(line)
                    rows.append(row)
        yield Batch(lines, rows, tuple(rejections))
