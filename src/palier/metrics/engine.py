"""Execution: the one place where analytical files are opened for reading.

Engines are thin: SQL text in, plain rows out. Code here is valid on DuckDB 1.5 and 2.0: always
`fetchall`, never `fetchone`, whose open result blocks the next call on 2.0 (analytics.md §1.1).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from palier.kernel.refusals import Refusal
from palier.metrics import facts
from palier.metrics.compile import Dialect
from palier.metrics.periods import Frame

WEB_MEMORY = "256MB"
"""Memory of a web process's engine. Source: analytics.md §2.4."""
ATTACHED_FILES = 32
"""Analytical files kept attached in one process. Source: ours; an open file costs about a megabyte."""

Row = tuple[Any, ...]


class QueryTooLong(Refusal):
    """An analytical question that passed its time limit."""

    code: ClassVar[str] = "metrics.query_too_long"
    message: ClassVar[str] = (
        "This question took more than %(seconds)s seconds and was stopped. Choose a shorter period or fewer breakdowns."
    )


class Engine(Protocol):
    """What runs compiled SQL."""

    dialect: Dialect

    def fetch(
        self, sql: str, parameters: Sequence[object] = ()
    ) -> tuple[tuple[str, ...], list[Row]]:
        """Column names and rows."""
        ...


class DuckEngine:
    """Runs SQL on a DuckDB connection whose default schema holds the analytical tables."""

    dialect: Dialect = "duckdb"

    def __init__(self, connection: Any, *, time_limit_seconds: float | None = None) -> None:
        self.connection = connection
        self.time_limit_seconds = time_limit_seconds

    def fetch(
        self, sql: str, parameters: Sequence[object] = ()
    ) -> tuple[tuple[str, ...], list[Row]]:
        """Column names and rows.

        Raises QueryTooLong past the time limit.
        """
        if self.time_limit_seconds is None:
            return self._fetch(sql, parameters)
        import duckdb

        timer = threading.Timer(self.time_limit_seconds, self.connection.interrupt)
        timer.start()
        try:
            return self._fetch(sql, parameters)
        except duckdb.InterruptException:
            raise QueryTooLong(seconds=f"{self.time_limit_seconds:g}") from None
        finally:
            timer.cancel()

    def _fetch(self, sql: str, parameters: Sequence[object]) -> tuple[tuple[str, ...], list[Row]]:
        result = (
            self.connection.execute(sql, list(parameters))
            if parameters
            else self.connection.execute(sql)
        )
        names = tuple(column[0] for column in result.description)
        return names, result.fetchall()


def open_memory(*, memory_limit: str = WEB_MEMORY, threads: int = 1) -> Any:
    """A new in-memory DuckDB connection with our settings; nothing is ever downloaded."""
    import duckdb

    spill = Path(tempfile.gettempdir()) / "palier-analytics"
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@dataclass(slots=True)
class _Attached:
    alias: str
    readers: int = 0


@dataclass(slots=True)
class AnalyticalFiles:
    """Analytical files attached read-only to one in-memory DuckDB, the least used ones let go.

    Safe between threads. A file never changes (each version has its own name), so what is attached
    is never stale.
    """

    memory_limit: str = WEB_MEMORY
    threads: int = 1
    capacity: int = ATTACHED_FILES
    _connection: Any = None
    _attached: OrderedDict[Path, _Attached] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    @contextlib.contextmanager
    def reading(
        self, path: Path, *, time_limit_seconds: float | None = None
    ) -> Iterator[DuckEngine]:
        """An engine over the file at this path, for the length of the block."""
        cursor, attached = self._enter(path)
        try:
            yield DuckEngine(cursor, time_limit_seconds=time_limit_seconds)
        finally:
            cursor.close()
            with self._lock:
                attached.readers -= 1
                self._let_go(self.capacity)

    def close(self) -> None:
        """Detach every file that nobody reads."""
        with self._lock:
            self._let_go(0)

    def _enter(self, path: Path) -> tuple[Any, _Attached]:
        with self._lock:
            if self._connection is None:
                self._connection = open_memory(memory_limit=self.memory_limit, threads=self.threads)
            attached = self._attached.get(path)
            if attached is None:
                self._count += 1
                attached = _Attached(f"file_{self._count}")
                place = str(path).replace("'", "''")
                self._connection.execute(f"ATTACH '{place}' AS {attached.alias} (READ_ONLY)")
                self._attached[path] = attached
            self._attached.move_to_end(path)
            cursor = self._connection.cursor()
            cursor.execute(f"USE {attached.alias}")
            attached.readers += 1
            return cursor, attached

    def _let_go(self, capacity: int) -> None:
        for path in list(self._attached):
            if len(self._attached) <= capacity:
                return
            if self._attached[path].readers == 0:
                self._connection.execute(f"DETACH {self._attached.pop(path).alias}")


def framed(sql: str, frame: Frame, *, dialect: Dialect, month_steps: bool = False) -> str:
    """The query with its frame tables written before it as constants: it stays one statement."""
    parts = [_constants("period", frame.period, dialect)]
    if month_steps:
        parts.append(_constants("month_step", frame.month_step, dialect))
    return f"WITH {', '.join(parts)}\nSELECT * FROM (\n{sql}\n) AS answer"


def _constants(name: str, rows: Sequence[Sequence[int | dt.date]], dialect: Dialect) -> str:
    mark = '"' if dialect == "duckdb" else "`"
    columns = ", ".join(f"{mark}{column.name}{mark}" for column in facts.table(name).columns)
    values = ", ".join(f"({', '.join(_constant(value) for value in row)})" for row in rows)
    return f"{mark}{name}{mark} ({columns}) AS (VALUES {values})"


def _constant(value: int | dt.date) -> str:
    return (
        f"DATE '{value.isoformat()}'"
        if isinstance(value, dt.date)
        else f"CAST({int(value)} AS BIGINT)"
    )
