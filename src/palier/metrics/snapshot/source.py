"""The PostgreSQL side of a snapshot: one frozen view of the company's rows, sent as CSV.

Everything of one refresh is read in one transaction that sees a single state. Rows leave through
COPY, which PostgreSQL writes fastest, and are taken from the driver's low-level interface: its
iterator costs three times as much a row (docs/benchmarks.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import selectors
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from django.db import connection, transaction

from palier.hub.change_log import changed_ids
from palier.kernel.registries import ColumnType, Fact, FactColumn

DUCKDB_TYPES: dict[ColumnType, str] = {
    "int64": "BIGINT",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "decimal": "DECIMAL(18,6)",
    "json": "VARCHAR",
}
DECIMAL_BOUND = 10**12
"""What DECIMAL(18,6) holds; DuckDB reads the next wider type six times slower [measured]."""
FIRST_INSTANT = "0001-01-02 00:00:00+00"
"""A tool's "no date" east of Greenwich falls before our era, where the two databases do not write years alike."""
_CHANGED = "metrics_changed"
_RANDOM_PAGE_COST = 1.1
"""So that one changed row in a hundred is fetched by its key instead of reading the whole table, which takes three
times longer on solid-state disks. Source: PostgreSQL's documentation of the setting, measured in docs/benchmarks.md."""
_ZONE = (
    "SELECT coalesce(max(time_zone), 'Europe/Paris') AS zone FROM accounts_company WHERE id = %d"
)
_LINES_BETWEEN_PAUSES = 4_096
_LONG_LINE = 1 << 20


def columns(fact: Fact) -> dict[str, str]:
    """Column names and DuckDB types of a fact in the analytical file."""
    own = {column.name: DUCKDB_TYPES[column.type] for column in fact.columns}
    return {"company_id": "BIGINT", id_name(fact): "BIGINT", **own}


def id_name(fact: Fact) -> str:
    """The name of a fact's own id in the analytical file."""
    return f"{fact.name}_id"


def digest(facts: Iterable[Fact], *, also: Iterable[str] = ()) -> str:
    """A short name for the shape of the file: another one means that it must be built anew."""
    shape = [f"{fact.name}:{fact.table}:{sorted(columns(fact).items())}" for fact in facts]
    return hashlib.sha256("\n".join([*shape, *also]).encode()).hexdigest()[:16]


def _selected(column: FactColumn) -> str:
    """How a column leaves PostgreSQL. What the file cannot hold is unknown there: one value must not stop a company."""
    name = f't."{column.name}"'
    if column.type == "decimal":
        return f"CASE WHEN abs({name}) < {DECIMAL_BOUND} THEN {name} END"
    if column.type == "timestamp":
        return f"CASE WHEN {name} >= '{FIRST_INSTANT}' THEN {name} AT TIME ZONE 'UTC' END"
    if column.day_of:
        at = f't."{column.day_of}"'
        return f"CASE WHEN {at} >= '{FIRST_INSTANT}' THEN ({at} AT TIME ZONE z.zone)::date END"
    return name


def select_rows(fact: Fact, *, company_id: int, changed: bool = False) -> str:
    """The query for a fact's live rows, all of them or those named by `collect_changes`."""
    selected = ", ".join(
        ["t.company_id", f't."{fact.id_column}"', *(_selected(c) for c in fact.columns)]
    )
    joined = (
        f"JOIN {_CHANGED} c ON c.id = t.{fact.id_column} AND c.entity = '{fact.entity}'"
        if changed
        else ""
    )
    if any(column.day_of for column in fact.columns):
        joined += f" CROSS JOIN ({_ZONE % int(company_id)}) z"
    return (
        f"SELECT {selected} FROM {fact.table} t {joined} "
        f"WHERE t.company_id = {int(company_id)} AND t.deleted_at IS NULL"
    )


def time_zone(*, company_id: int) -> str:
    """Where the company is, for the local days of its facts."""
    with connection.cursor() as cursor:
        cursor.execute(_ZONE % int(company_id))
        return str(cursor.fetchone()[0])


def select_changed_ids(fact: Fact) -> str:
    """The query for the ids of a fact's changed rows, deleted ones included."""
    return f"SELECT id FROM {_CHANGED} WHERE entity = '{fact.entity}'"


@contextlib.contextmanager
def frozen_view() -> Iterator[Any]:
    """One transaction that sees a single state of the data; yields a cursor.

    It must be the outermost one: positions of the feed are only right for what was committed.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL datestyle TO 'ISO'")
        cursor.execute(f"SET LOCAL random_page_cost TO {_RANDOM_PAGE_COST}")
        yield cursor


def count_rows(cursor: Any, fact: Fact, *, company_id: int) -> int:
    """How many live rows of a fact PostgreSQL has."""
    cursor.execute(
        f"SELECT count(*) FROM {fact.table} WHERE company_id = %s AND deleted_at IS NULL",
        [company_id],
    )
    return int(cursor.fetchone()[0])


def collect_changes(
    cursor: Any, facts: Iterable[Fact], *, company_id: int, after: int, until: int
) -> dict[str, int]:
    """Note the ids changed in (after, until] for the queries above; how many there are by fact."""
    cursor.execute(f"DROP TABLE IF EXISTS {_CHANGED}")
    cursor.execute(
        f"CREATE TEMP TABLE {_CHANGED} ON COMMIT DROP AS {changed_ids()}",
        {"company": company_id, "after": after, "until": until},
    )
    cursor.execute(f"ANALYZE {_CHANGED}")
    cursor.execute(f"SELECT entity, count(*) FROM {_CHANGED} GROUP BY 1")
    found = dict(cursor.fetchall())
    return {fact.name: found[fact.entity] for fact in facts if fact.entity in found}


class Sink(Protocol):
    """Takes CSV lines through `write`, and is told now and then how long the longest was."""

    write: Callable[[memoryview], object]

    def pause(self, *, longest: int) -> None:
        """Called every few thousand lines; `write` may be another afterwards."""


def copy_csv(cursor: Any, query: str, sink: Sink) -> int:
    """Send a query's rows as CSV lines to `sink`; how many there were.

    NULL is an empty cell, an empty text is quoted.
    """
    from psycopg import errors, pq

    link = cursor.connection.pgconn
    link.send_query(f"COPY ({query}) TO STDOUT (FORMAT csv)".encode())
    _wait_for_result(link)
    opened = link.get_result()
    if opened is None or opened.status != pq.ExecStatus.COPY_OUT:
        _drain(link)
        raise errors.error_from_result(opened)
    take, write, rows, longest, finished = link.get_copy_data, sink.write, 0, 0, False
    try:
        while True:
            size, line = take(1)
            if size > 0:
                write(line)
                rows += 1
                if size > longest:  # noqa: PLR1730 - max() would cost a call a row
                    longest = size
                if not rows % _LINES_BETWEEN_PAUSES or size > _LONG_LINE:
                    sink.pause(longest=longest)
                    write = sink.write
            elif size == 0:
                _wait_for_input(link)
            else:
                finished = True
                break
    finally:
        if not finished:
            link.get_cancel().cancel()
            while take(0)[0] > 0:
                pass
            _drain(link)
    closing = link.get_result()
    _drain(link)
    if closing is not None and closing.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(closing)
    sink.pause(longest=longest)
    return rows


def _wait_for_input(link: Any) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(link.socket, selectors.EVENT_READ)
        selector.select()
    link.consume_input()


def _wait_for_result(link: Any) -> None:
    while link.flush():
        link.consume_input()
    while link.is_busy():
        _wait_for_input(link)


def _drain(link: Any) -> None:
    while link.get_result() is not None:
        pass
