"""Where the scorer's SQL runs: DuckDB in this process, or Spark on a cluster.

The SQL is written for DuckDB and translated by sqlglot; both engines keep a step's result, since
the next steps read it several times.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

MEMORY_LIMIT = "1GB"
"""Most that one matching run keeps in memory before it spills to disk [ours]."""
Row = tuple[Any, ...]


class Engine(Protocol):
    """What the scorer asks of an engine."""

    def load(self, name: str, *, columns: Sequence[str], path: Path) -> None:
        """Make a table of the records in a CSV file: `id` a number, the other columns texts."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Keep the result of a query as a table."""
        ...

    def forget(self, name: str) -> None:
        """Let a kept table go."""
        ...

    def batches(self, query: str) -> Iterator[list[Row]]:
        """The rows of a query, some at a time."""
        ...


def one_row(engine: Engine, query: str) -> Row:
    """The only row of a query."""
    return next(iter(engine.batches(query)))[0]


class DuckDB:
    """DuckDB with a memory limit; tables that do not fit go to a scratch folder."""

    ROWS_AT_A_TIME = 10_000

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def load(self, name: str, *, columns: Sequence[str], path: Path) -> None:
        """Read the file as PostgreSQL wrote it: an empty cell is null, an empty text is quoted."""
        declared = ", ".join(
            f"'{column}': '{'BIGINT' if column == 'id' else 'VARCHAR'}'" for column in columns
        )
        place = str(path).replace("'", "''")
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_csv('{place}', columns = {{{declared}}}, "
            "header = false, quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, "
            "auto_detect = false, delim = ',', max_line_size = 16777216, parallel = false)"
        )

    def keep(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}").fetchall()

    def forget(self, name: str) -> None:
        self._connection.execute(f"DROP TABLE IF EXISTS {name}").fetchall()

    def batches(self, query: str) -> Iterator[list[Row]]:
        cursor = self._connection.cursor()
        try:
            cursor.execute(query)
            while rows := cursor.fetchmany(self.ROWS_AT_A_TIME):
                yield rows
        finally:
            cursor.close()


@contextlib.contextmanager
def duckdb_engine(
    *, memory_limit: str = MEMORY_LIMIT, threads: int | None = None
) -> Iterator[DuckDB]:
    """DuckDB in a scratch folder that is gone afterwards."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="palier-matching-") as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads or min(4, os.cpu_count() or 1),
                "temp_directory": folder,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
            },
        )
        try:
            yield DuckDB(connection)
        finally:
            connection.close()
