"""Refused rows as a CSV that a person corrects and imports again.

Its columns are those of the table, then the line, the column, the reason and the ordinal: when the
file comes back these four are left out, except that the ordinal keeps each row's identifier.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TextIO

from palier.hub.imports.decode.returned import neutral
from palier.hub.imports.decode.tables import ORIGIN_COLUMNS
from palier.hub.records import Rejection

REPORTED_ONLY = frozenset({"import.superseded"})
"""Rows that need no correction: importing them again would put an old value over the one that counts."""

Explain = Callable[[str, Mapping[str, object]], str]
"""Says a code and its parameters in the language of who will read the file (`palier.wording`)."""


def write_rejects(
    *,
    columns: Sequence[str],
    rejections: Iterable[Rejection],
    out: TextIO,
    explain: Explain,
    delimiter: str = ";",
) -> int:
    """Writes one row per refused line, its reasons together; returns how many rows were written.

    `out` is opened with newline="" (and utf-8-sig, so that a spreadsheet shows accents). The
    rejections of one line need not follow each other.
    """
    names = [name for name in columns if name not in ORIGIN_COLUMNS]
    kept = [at for at, name in enumerate(columns) if name not in ORIGIN_COLUMNS]
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([*map(neutral, names), *(explain(name, {}) for name in ORIGIN_COLUMNS)])
    lines: dict[tuple[int | None, tuple[str | None, ...]], list[Rejection]] = {}
    for rejection in rejections:
        if rejection.code not in REPORTED_ONLY:
            lines.setdefault((rejection.line, rejection.row), []).append(rejection)
    for (line, row), found in lines.items():
        reasons = dict.fromkeys(explain(one.code, one.params) for one in found)
        where = dict.fromkeys(one.column for one in found if one.column)
        ordinal = next((one.params["ordinal"] for one in found if one.params.get("ordinal")), "")
        cells = [row[at] for at in kept if at < len(row)] if len(row) == len(columns) else list(row)
        cells += [""] * (len(names) - len(cells))
        extra = [str(line or ""), ", ".join(where), " · ".join(reasons), ordinal]
        writer.writerow([neutral(cell or "") for cell in (*cells[: len(names)], *extra)])
    return len(lines)
