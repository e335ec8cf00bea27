"""Files written on the spot, and the real data where it is present."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palier.hub.imports.decode import Decoded, Table, decode

ROOT = Path(__file__).parents[3]
FICTIONAL = ROOT / "tests" / "data" / "imports"


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Callable[..., Table]]:
    """The one table of a file with that content."""
    opened: list[Decoded] = []

    def act(content: bytes | str, name: str = "clients.csv") -> Table:
        path = tmp_path / f"{len(opened)}-content"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        opened.append(decode(path=path, name=name))
        (table,) = opened[-1].tables
        return table

    yield act
    for one in opened:
        one.close()


@pytest.fixture
def real() -> Callable[[str], Path]:
    """A file of the real data, or the test is skipped."""

    def find(name: str) -> Path:
        path = Path(os.environ.get("PALIER_TEST_DATA", ROOT.parent / "shared" / "data")) / name
        if not path.exists():
            pytest.skip(f"real data absent: {name} (set PALIER_TEST_DATA)")
        return path

    return find
