"""The scorer on Spark, for hosts whose records do not fit one machine: same SQL, translated by sqlglot.

Speaks Spark Connect, so Spark or Sail answer alike. Each kept step becomes Parquet in a folder that
all workers reach; DuckDB needs none of this up to millions of records (docs/benchmarks.md).
"""

from __future__ import annotations

import contextlib
import shutil
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from palier.hub.matching.engines import Row

ROWS_AT_A_TIME = 10_000


@cache
def _accents() -> tuple[str, str]:
    """Letters of the Latin alphabet with accents and the same without, then accents alone, which are dropped."""
    accented, plain = [], []
    for code in range(0xC0, 0x250):
        parts = unicodedata.normalize("NFD", chr(code))
        if len(parts) > 1 and parts[0].isascii():
            accented.append(chr(code))
            plain.append(parts[0])
    combining = "".join(chr(code) for code in range(0x300, 0x330))
    return "".join(accented) + combining, "".join(plain)


def translated(sql: str) -> str:
    """DuckDB's SQL as Spark reads it; Spark has no function that strips accents."""
    from sqlglot import exp, parse_one

    def replaced(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Anonymous) and node.name.lower() == "strip_accents":
            accented, plain = _accents()
            return exp.Anonymous(
                this="translate",
                expressions=[
                    node.expressions[0],
                    exp.Literal.string(accented),
                    exp.Literal.string(plain),
                ],
            )
        if isinstance(
            node, exp.Split
        ):  # sqlglot quotes the separator in a way that Sail does not read
            return exp.Anonymous(this="split", expressions=[node.this, node.expression])
        return node

    return parse_one(sql, read="duckdb").transform(replaced).sql(dialect="spark")


@contextlib.contextmanager
def spark_engine(*, url: str, folder: Path) -> Iterator[Spark]:
    """A session of its own and a folder that is gone afterwards."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(url).create()
    place = folder / f"matching-{uuid.uuid4().hex}"
    try:
        yield Spark(session, folder=place)
    finally:
        session.stop()
        shutil.rmtree(place, ignore_errors=True)


class Spark:
    """A Spark Connect session and a folder for the steps."""

    def __init__(self, session: Any, *, folder: Path) -> None:
        self._session = session
        self._folder = folder

    def load(self, name: str, *, columns: Sequence[str], path: Path) -> None:
        """Read the file through Arrow, exactly as DuckDB does: an empty cell is null."""
        from pyarrow import csv, parquet, string

        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=list(columns)),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types={column: string() for column in columns if column != "id"},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        target = self._fresh(name)
        parquet.write_table(table, target / "part-0.parquet")
        self._show(name, target)

    def keep(self, name: str, query: str) -> None:
        target = self._fresh(name)
        rows = self._session.sql(translated(query))
        rows.write.mode("overwrite").parquet(str(target))
        if any(target.glob("*.parquet")):
            self._show(name, target)
        else:  # no row, no file, and a folder without files has no columns
            self._session.createDataFrame([], rows.schema).createOrReplaceTempView(name)

    def forget(self, name: str) -> None:
        self._session.catalog.dropTempView(name)
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def batches(self, query: str) -> Iterator[list[Row]]:
        rows: list[Row] = []
        for row in self._session.sql(translated(query)).toLocalIterator():
            rows.append(tuple(row))
            if len(rows) == ROWS_AT_A_TIME:
                yield rows
                rows = []
        if rows:
            yield rows

    def _fresh(self, name: str) -> Path:
        target = self._folder / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        return target

    def _show(self, name: str, target: Path) -> None:
        self._session.read.parquet(str(target)).createOrReplaceTempView(name)
