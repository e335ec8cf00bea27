"""Parquet files and spreadsheets, as texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from palier.hub.imports.decode.refusals import (
    BrokenParquet,
    BrokenSpreadsheet,
    EmptyFile,
    TooManyColumns,
)
from palier.hub.imports.decode.tables import (
    BATCH_ROWS,
    MAX_CELL,
    MAX_COLUMNS,
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


def open_parquet(*, name: str, path: Path) -> Table:
    """The table of a Parquet file. Raises `BrokenParquet`, `TooManyColumns`, `DuplicateHeader`."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            count = file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BrokenParquet from error
    if len(names) > MAX_COLUMNS:
        raise TooManyColumns(count=len(names), limit=MAX_COLUMNS)
    shape = shape_of(names, batches=partial(_parquet_rows, path))
    notices = [*shape.notices, *([] if count else [Notice("import.header_only")])]
    return Table(
        name,
        tuple(shape.names),
        partial(_parquet_batches, path, shape),
        tuple(notices),
        machine=True,
        kind="parquet",
    )


def _parquet_rows(path: Path) -> Iterator[list[Row]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                columns = [_texts(column) for column in batch.columns]
                yield [list(row) for row in zip(*columns, strict=True)]
    except (pa.ArrowException, OSError) as error:
        raise BrokenParquet from error


def _texts(column: object) -> list[str | None]:
    """An Arrow column as texts: whole floats without ".0", nested values as JSON."""
    import pyarrow as pa

    assert isinstance(column, pa.Array)  # noqa: S101 - narrows an untyped library
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return [_float_text(value) for value in column.to_pylist()]
    if pa.types.is_nested(kind):
        return [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in column.to_pylist()
        ]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [
            None if value is None else value.decode("utf-8", "replace")
            for value in column.to_pylist()
        ]
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _float_text(value: float | None) -> str | None:
    if value is None or value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN
        return None
    return f"{value:.0f}" if value.is_integer() else repr(value)


def _parquet_batches(path: Path, shape: Shape) -> Iterator[Batch]:
    first = 1
    for rows in _parquet_rows(path):
        yield _batch(first, rows, shape)
        first += len(rows)


def _batch(first: int, rows: Sequence[Row], shape: Shape) -> Batch:
    """Rows numbered from `first`; blank ones are left out, damaged ones refused."""
    lines: list[int] = []
    kept: list[Row] = []
    rejections: list[Rejection] = []
    for line, row in enumerate(rows, first):
        if not any(row):
            continue
        if any(cell and len(cell) > MAX_CELL for cell in row):
            params = {"limit": str(MAX_CELL)}
            rejections.append(Rejection(line, None, "import.cell_too_large", params))
        elif any(cell and "\0" in cell for cell in row):
            rejections.append(Rejection(line, None, "import.nul"))
        else:
            lines.append(line)
            kept.append(row if shape.whole else [row[index] for index in shape.keep])
    return Batch(lines, kept, tuple(rejections))


def open_spreadsheet(*, name: str, path: Path) -> list[Table]:
    """One table per sheet that has something in it. Raises `BrokenSpreadsheet`, `EmptyFile`."""
    import fastexcel

    try:
        reader = fastexcel.read_excel(path)
        sheets = list(reader.sheet_names)
        tables: list[Table] = []
        empty: list[Notice] = []
        for sheet in sheets:
            found = _sheet(name if len(sheets) == 1 else f"{name}/{sheet}", path, sheet)
            if found is None:
                empty.append(Notice("import.sheet_empty", {"sheet": sheet}))
            else:
                tables.append(found)
    except fastexcel.FastExcelError as error:
        raise BrokenSpreadsheet from error
    if not tables:
        raise EmptyFile
    head = tables[0]
    notices = (*head.notices, *empty)
    tables[0] = Table(head.name, head.columns, head.batches, notices, machine=True, kind=head.kind)
    return tables


def _sheet_rows(path: Path, sheet: str) -> list[Row]:
    """All the rows of a sheet, dates as ISO, numbers as a programme writes them."""
    import fastexcel

    loaded = fastexcel.read_excel(path).load_sheet(
        sheet, header_row=None, dtypes="string", skip_whitespace_tail_rows=True
    )
    columns = [column.to_pylist() for column in loaded.to_arrow().columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _sheet(name: str, path: Path, sheet: str) -> Table | None:
    rows = _sheet_rows(path, sheet)
    first = next((at for at, row in enumerate(rows) if any(row)), None)
    if first is None:
        return None
    notices: list[Notice] = []
    at = _header_row(rows, first)
    if at > first:
        notices.append(Notice("import.preamble", {"count": str(at)}))
    header = rows[at]
    data = at + 1
    if not is_header(header):
        notices.append(Notice("import.no_header"))
        header, data = list(numbered(len(header))), at
    shape = shape_of(header, batches=lambda: iter([rows[data:]]))
    if not any(any(row) for row in rows[data:]):
        notices.append(Notice("import.header_only"))
    return Table(
        name,
        tuple(shape.names),
        partial(_sheet_batches, path, sheet, data, shape),
        (*notices, *shape.notices),
        machine=True,
        kind="xlsx",
    )


def _header_row(rows: list[Row], first: int) -> int:
    """Title rows of one or two cells above a fuller row are not the header."""
    widest = max((sum(map(bool, row)) for row in rows[first : first + 30]), default=0)
    for at in range(first, min(first + 30, len(rows))):
        filled = sum(map(bool, rows[at]))
        if filled > 2 or widest < 3:
            return at
    return first


def _sheet_batches(path: Path, sheet: str, data: int, shape: Shape) -> Iterator[Batch]:
    rows = _sheet_rows(path, sheet)
    for start in range(data, len(rows), BATCH_ROWS):
        yield _batch(start + 1, rows[start : start + BATCH_ROWS], shape)
