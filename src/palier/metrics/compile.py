"""From a definition to SQL text: Ibis as a compiler only, nothing is executed here.

The SQL of the default conventions without breakdown is kept as golden files, reviewed like code and
read back by `*_sql`, so that a process that asks nothing else never imports the compiler.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

from palier.metrics import facts
from palier.metrics.conventions import DEFAULTS, Conventions
from palier.metrics.questions import DERIVED, QUESTIONS, ROWS

Dialect = Literal["duckdb", "pyspark"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
Kind = Literal["question", "rows", "derived", "touched"]
_SUFFIXES: dict[Kind, str] = {
    "question": "",
    "rows": ".rows",
    "derived": ".derived",
    "touched": ".touched",
}
GOLDEN = Path(__file__).parent / "golden"
_COMPILERS: dict[Dialect, str] = {"duckdb": "DuckDBCompiler", "pyspark": "PySparkCompiler"}


@functools.cache
def _compiler(dialect: Dialect) -> Any:
    from ibis.backends.sql import compilers
    from ibis.config import Config, options

    if options.pyspark is None:
        # the Spark compiler reads an option that only its backend registers (analytics.md §3.2)
        class _SparkOptions(Config):  # type: ignore[misc]
            treat_nan_as_null: bool = False

        options.pyspark = _SparkOptions()
    return getattr(compilers, _COMPILERS[dialect])()


def _definition(name: str) -> Callable[..., Any]:
    module, function = name.split(".")
    found: Callable[..., Any] = getattr(
        importlib.import_module(f"palier.metrics.definitions.{module}"), function
    )
    return found


def _text(expression: Any, dialect: Dialect) -> str:
    compiler = _compiler(dialect)
    text: str = compiler.to_sqlglot(expression).sql(dialect=compiler.dialect, pretty=True)
    return text


def compile_question(*, name: str, by: tuple[str, ...] = (), dialect: Dialect = "duckdb") -> str:
    """The query of a question, compiled now."""
    return _text(_definition(QUESTIONS[name].definition)(by), dialect)


def compile_rows(*, name: str, by: tuple[str, ...] = (), dialect: Dialect = "duckdb") -> str:
    """The query of the rows behind a figure, compiled now."""
    asked = ROWS[name]
    return _text(_definition(asked.definition)(by, **dict(asked.options)), dialect)


def compile_derived(
    *,
    name: str,
    dialect: Dialect = "duckdb",
    conventions: Conventions = DEFAULTS,
    touched: bool = False,
) -> str:
    """The query that fills a derived table, compiled now, with its declared types as real casts.

    Ibis believes that a sum of whole numbers is 64 bits wide and drops the cast; stored as DuckDB's
    128 bits the table would scan a hundred times slower (analytics.md §2.4), so the cast is written here.
    `touched` restricts it to the rows of `touched_customer` or `touched_invoice`.
    """
    source = next(one for one in DERIVED if one.table == name)
    inner = _text(_definition(source.definition)(conventions, touched=touched), dialect)
    mark = '"' if dialect == "duckdb" else "`"
    columns = ",\n  ".join(
        f"CAST(q.{mark}{column.name}{mark} AS {_type_name(column, dialect)}) AS {mark}{column.name}{mark}"
        for column in facts.table(name).columns
    )
    return f"SELECT\n  {columns}\nFROM (\n{inner}\n) AS q"


def _type_name(column: facts.Column, dialect: Dialect) -> str:
    if dialect == "pyspark" and column.type == "string":
        return "STRING"
    return column.duckdb_type


def golden_path(*, name: str, dialect: Dialect, kind: Kind) -> Path:
    """Where the reviewed SQL of a definition is kept."""
    return GOLDEN / dialect / f"{name}{_SUFFIXES[kind]}.sql"


@functools.lru_cache(maxsize=1024)
def question_sql(*, name: str, by: tuple[str, ...] = (), dialect: Dialect = "duckdb") -> str:
    """The query of a question: the golden text, or compiled once per process for a breakdown."""
    if by:
        return compile_question(name=name, by=by, dialect=dialect)
    return golden_path(name=name, dialect=dialect, kind="question").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=1024)
def rows_sql(*, name: str, by: tuple[str, ...] = (), dialect: Dialect = "duckdb") -> str:
    """The query of the rows behind a figure: the golden text, or compiled once for a breakdown."""
    if by:
        return compile_rows(name=name, by=by, dialect=dialect)
    return golden_path(name=name, dialect=dialect, kind="rows").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=256)
def derived_sql(
    *,
    name: str,
    dialect: Dialect = "duckdb",
    conventions: Conventions = DEFAULTS,
    touched: bool = False,
) -> str:
    """The query that fills a derived table: the golden text, or compiled once for other conventions."""
    if conventions != DEFAULTS:
        return compile_derived(name=name, dialect=dialect, conventions=conventions, touched=touched)
    kind: Kind = "touched" if touched else "derived"
    return golden_path(name=name, dialect=dialect, kind=kind).read_text(encoding="utf-8")
