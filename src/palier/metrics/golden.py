"""The golden SQL: what every definition compiles to, kept in the repository and reviewed like code.

`python -m palier.metrics.golden` rewrites the files; a test fails when they differ.
Questions are `<question>.sql`, rows behind a figure `<name>.rows.sql`, derived tables
`<table>.derived.sql` (whole) and `<table>.touched.sql` (incremental).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from palier.metrics import compile as compiler
from palier.metrics.questions import DERIVED, QUESTIONS, ROWS


def texts() -> Iterator[tuple[Path, str]]:
    """Every golden file with the text it should have."""
    for dialect in compiler.DIALECTS:
        for name in QUESTIONS:
            path = compiler.golden_path(name=name, dialect=dialect, kind="question")
            yield path, compiler.compile_question(name=name, dialect=dialect) + "\n"
        for name in ROWS:
            path = compiler.golden_path(name=name, dialect=dialect, kind="rows")
            yield path, compiler.compile_rows(name=name, dialect=dialect) + "\n"
        for derived in DERIVED:
            path = compiler.golden_path(name=derived.table, dialect=dialect, kind="derived")
            yield path, compiler.compile_derived(name=derived.table, dialect=dialect) + "\n"
            if derived.key:
                path = compiler.golden_path(name=derived.table, dialect=dialect, kind="touched")
                yield (
                    path,
                    compiler.compile_derived(name=derived.table, dialect=dialect, touched=True)
                    + "\n",
                )


def stale() -> list[Path]:
    """Files that are missing, differ, or belong to nothing any more."""
    wanted = dict(texts())
    changed = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    return changed + sorted(set(compiler.GOLDEN.glob("*/*.sql")) - set(wanted))


def rewrite() -> None:
    """Write every golden file and delete those that belong to nothing."""
    wanted = dict(texts())
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in set(compiler.GOLDEN.glob("*/*.sql")) - set(wanted):
        path.unlink()


if __name__ == "__main__":
    rewrite()
