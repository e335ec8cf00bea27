"""Files of refused rows: what is added to them when they are written, taken away when they come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from palier.hub.imports.decode.tables import ORIGIN_COLUMNS, Batch, Table
from palier.hub.imports.messages import ORIGIN_NAMES
from palier.hub.imports.parsers.text import folded

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet run a cell. Source: OWASP, CSV Injection; full-width forms as well."""
GUARD = "'"
_KNOWN = {folded(name): column for column, names in ORIGIN_NAMES.items() for name in names}


def neutral(cell: str) -> str:
    """The cell with a guard before what a spreadsheet would run; numbers and dates stay as they are.

    A cell that already begins like a guarded one is guarded again, so that `restored` gives it back.
    """
    bare = cell.lstrip(GUARD)
    if bare.startswith(FORMULA_STARTS) and (bare != cell or not _is_plain_number(cell)):
        return GUARD + cell
    return cell


def _is_plain_number(cell: str) -> bool:
    """A signed number or an international phone number, which no spreadsheet can run."""
    body = cell[1:].replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    return cell[0] in "+-" and bool(body) and all(mark in "0123456789.,€%" for mark in body)


def restored(cell: str | None) -> str | None:
    """The cell as it was before `neutral`."""
    if cell and cell.startswith(GUARD) and cell.lstrip(GUARD).startswith(FORMULA_STARTS):
        return cell[1:]
    return cell


def as_it_was(table: Table) -> Table:
    """The table; one that `write_rejects` wrote has its columns and its cells of the first time back."""
    names = tuple(_KNOWN.get(folded(name), name) for name in table.columns)
    if ORIGIN_COLUMNS[0] not in names:
        return table
    columns = tuple(restored(name) or name for name in names)
    return replace(table, columns=columns, batches=partial(_restored, table))


def _restored(table: Table) -> Iterator[Batch]:
    for batch in table.batches():
        yield replace(batch, rows=[[restored(cell) for cell in row] for row in batch.rows])
