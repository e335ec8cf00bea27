"""Writing the formats of the tools, and keeping count of what was written wrong on purpose."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Cell = str | int | None


@dataclass(slots=True)
class Export:
    """The files written so far, in the order in which they are imported, and the dirt in them.

    `rows` counts the data rows of each file. `rejected` counts, per file and object of the tool,
    the rows that an import must refuse. `dropped` counts, per file and column, unreadable cells
    that an import leaves out without refusing their row. `dirt` counts all that was planted.
    Without a folder, everything is counted and nothing is written.
    """

    folder: Path | None = None
    paths: list[Path] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, Counter[str]] = field(default_factory=dict)
    dropped: dict[str, Counter[str]] = field(default_factory=dict)
    dirt: Counter[str] = field(default_factory=Counter)

    def reject(self, file: str, *objects: str) -> None:
        """One row of the file that these objects must refuse."""
        self.rejected.setdefault(file, Counter()).update(objects)

    def drop(self, file: str, column: str) -> None:
        """One cell of the file that must be left out."""
        self.dropped.setdefault(file, Counter())[column] += 1

    def write(self, file: str, content: bytes, *, rows: int) -> None:
        """Add one file."""
        self.rows[file] = rows
        if self.folder is not None:
            path = self.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.paths.append(path)

    def write_csv(
        self,
        file: str,
        header: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        delimiter: str = ";",
        encoding: str = "utf-8-sig",
        line_end: str = "\r\n",
    ) -> None:
        """Add a CSV file."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(["" if cell is None else cell for cell in row])
            count += 1
        self.write(file, out.getvalue().encode(encoding), rows=count)

    def write_json(self, file: str, key: str, objects: Sequence[Mapping[str, object]]) -> None:
        """Add a JSON file: one object that holds the array."""
        text = json.dumps({key: objects}, ensure_ascii=False, indent=1)
        self.write(file, text.encode(), rows=len(objects))

    def write_lines(self, file: str, objects: Sequence[Mapping[str, object]]) -> None:
        """Add a JSON Lines file."""
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)
        self.write(file, text.encode(), rows=len(objects))


def french(cents: int) -> str:
    """12345 as "123,45"."""
    return plain(cents).replace(".", ",")


def plain(cents: int) -> str:
    """12345 as "123.45"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
