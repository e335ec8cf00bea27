"""Compute metrics: the pieces by query, the figures by arithmetic, a point for every period and value.

`compute` reads an analytical file through an engine; `evaluate` does the same over a few rows in
memory, for tests and examples. Both run the same definitions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from palier.metrics import catalogue, facts
from palier.metrics import compile as compiler
from palier.metrics.answers import Answer, Context, Number
from palier.metrics.conventions import DEFAULTS, Conventions
from palier.metrics.engine import DuckEngine, Engine, framed, open_memory
from palier.metrics.metric import Metric
from palier.metrics.periods import Frame, Grain, Period, frame, split
from palier.metrics.questions import DERIVED, QUESTIONS

Values = tuple[str | None, ...]
_Grid = dict[tuple[int, Values], dict[str, Number]]


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of one metric, as `palier metrics show` prints it (DESIGN §5).

    Money is in minor units of `currency`. A missing value is None and `flags` says why. `beside`
    holds what is shown next to the figure: a capped value, a mean, the ingredients.
    """

    metric: str
    period_start: dt.date
    period_end: dt.date
    dimensions: Mapping[str, str | None]
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int | None
    flags: tuple[str, ...]
    currency: str | None = None
    beside: Mapping[str, Decimal | None] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """The point as JSON values: numbers, never NaN; whole numbers stay whole."""
        return {
            "period_start": self.period_start.isoformat(),
            "period_end": self.period_end.isoformat(),
            "dimensions": dict(self.dimensions),
            "value": _number(self.value),
            "numerator": _number(self.numerator),
            "denominator": _number(self.denominator),
            "low": _number(self.low),
            "high": _number(self.high),
            "n": self.n,
            "flags": list(self.flags),
            "currency": self.currency,
            "beside": {name: _number(value) for name, value in self.beside.items()},
        }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


_BASIS_FACTS = {"recurring": "recurring_line", "order": "invoice", "deal": "won_deal"}


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the company has: rows, days and currencies by kind of fact, and how customers are counted."""

    basis: str
    rows: Mapping[str, int]
    first_day: dt.date | None
    last_day: dt.date | None
    currencies: Mapping[str, frozenset[str]]

    def has(self, needs: Iterable[Iterable[str]]) -> bool:
        """Whether the company has one fact of each group."""
        return all(any(self.rows.get(fact) for fact in group) for group in needs)

    def currencies_of(self, kinds: Iterable[str]) -> frozenset[str]:
        """The currencies of these kinds of facts; `basis` stands for the facts that make customers."""
        named = (_BASIS_FACTS[self.basis] if kind == "basis" else kind for kind in kinds)
        return frozenset().union(*(self.currencies.get(kind, frozenset()) for kind in named))


def read_inventory(engine: Engine) -> Inventory:
    """What the company of this file has."""
    found = engine.fetch(
        "SELECT fact, rows, first_day, last_day, low_currency, high_currency FROM inventory"
    )[1]
    basis = engine.fetch("SELECT min(basis) FROM company_basis")[1]
    firsts = [row[2] for row in found if row[2] is not None]
    lasts = [row[3] for row in found if row[3] is not None]
    return Inventory(
        basis=basis[0][0] or "deal" if basis else "deal",
        rows={row[0]: int(row[1]) for row in found},
        first_day=min(firsts, default=None),
        last_day=max(lasts, default=None),
        currencies={row[0]: frozenset(code for code in row[4:6] if code) for row in found},
    )


def whole_span(*, inventory: Inventory, today: dt.date) -> Period:
    """From the first dated day of the data to the last, today at most; today alone without data."""
    if inventory.first_day is None or inventory.last_day is None or inventory.first_day > today:
        return Period(today, today + dt.timedelta(days=1))
    return Period(inventory.first_day, min(inventory.last_day, today) + dt.timedelta(days=1))


def periods_between(
    *,
    engine: Engine,
    grain: Grain | None,
    start: dt.date | None,
    end: dt.date | None,
    today: dt.date,
) -> tuple[Period, ...]:
    """The periods of a grain between two days, or the one period between them; all data by default."""
    if start is None or end is None:
        span = whole_span(inventory=read_inventory(engine), today=today)
        start, end = (
            start or span.start,
            end or max(span.end, (start or span.start) + dt.timedelta(days=1)),
        )
    return (Period(start, end),) if grain is None else split(start=start, end=end, grain=grain)


def compute(
    engine: Engine,
    *,
    keys: Sequence[str],
    periods: Sequence[Period],
    today: dt.date,
    by: str | Sequence[str] | None = None,
    conventions: Conventions = DEFAULTS,
) -> list[Point]:
    """The points of these metrics: every period, and with `by` every value of the dimension met in them.

    Metrics that share a question cost one query; no query is asked per period.

    Raises UnknownMetric, UnknownDimension.
    """
    dimensions = (by,) if isinstance(by, str) else tuple(by or ())
    metrics = catalogue.metrics_of(keys)
    for metric in metrics:
        for dimension in dimensions:
            catalogue.check_dimension(metric=metric, dimension=dimension)
    inventory = read_inventory(engine)
    rows = frame(periods=tuple(periods), today=today, conventions=conventions)
    asked = dict.fromkeys(
        name for metric in metrics if inventory.has(metric.needs) for name in metric.questions
    )
    grids = {name: _ask(engine, name, dimensions, rows) for name in asked}
    asking = _Asking(inventory, tuple(periods), dimensions, today, conventions, grids)
    return [point for metric in metrics for point in asking.points(metric)]


def _ask(engine: Engine, name: str, by: tuple[str, ...], rows: Frame) -> _Grid:
    """The pieces of a question by period and breakdown values."""
    if not rows.period:
        return {}
    question = QUESTIONS[name]
    sql = compiler.question_sql(name=name, by=by, dialect=engine.dialect)
    columns, found = engine.fetch(
        framed(sql, rows, dialect=engine.dialect, month_steps=question.month_steps)
    )
    at = {column: place for place, column in enumerate(columns)}
    places = [at[f"by_{dimension}"] for dimension in by]
    pieces = [(piece, at[piece]) for piece in question.pieces]
    return {
        (int(row[at["period"]]), tuple(row[place] for place in places)): {
            piece: 0 if row[place] is None else row[place] for piece, place in pieces
        }
        for row in found
    }


@dataclass(frozen=True, slots=True)
class _Asking:
    """One computation: the pieces found, and what turns them into points."""

    inventory: Inventory
    periods: tuple[Period, ...]
    by: tuple[str, ...]
    today: dt.date
    conventions: Conventions
    grids: Mapping[str, _Grid]

    def points(self, metric: Metric) -> list[Point]:
        """Every point of one metric, in order of period then of value, the unknown value last."""
        known = self.inventory.has(metric.needs)
        return [
            self._point(metric, rank, period, values, known=known)
            for rank, period in enumerate(self.periods)
            for values in self._values(metric, known=known)
        ]

    def _values(self, metric: Metric, *, known: bool) -> list[Values]:
        if not self.by:
            return [()]
        found = (
            {values for name in metric.questions for _, values in self.grids[name]}
            if known
            else set()
        )
        return sorted(
            found, key=lambda values: tuple((value is None, value or "") for value in values)
        )

    def _point(
        self, metric: Metric, rank: int, period: Period, values: Values, *, known: bool
    ) -> Point:
        tomorrow = self.today + dt.timedelta(days=1)
        currencies = self.inventory.currencies_of(metric.currency_of)
        if not known:
            answer, more = Answer(None), ["no_data"]
        elif period.start >= tomorrow:
            answer, more = Answer(None), ["future_period"]
        else:
            answer = metric.answer(
                {name: self._pieces(name, rank, values) for name in metric.questions},
                Context(self.inventory.basis, self.conventions, bool(self.by)),
            )
            more = ["unfinished_period"] if period.end > tomorrow else []
            more += ["mixed_currencies"] if len(currencies) > 1 else []
        return Point(
            metric.key,
            period.start,
            period.end,
            dict(zip(self.by, values, strict=True)),
            answer.value,
            answer.numerator,
            answer.denominator,
            answer.low,
            answer.high,
            answer.n,
            (*answer.flags, *more),
            next(iter(currencies)) if len(currencies) == 1 else None,
            answer.beside,
        )

    def _pieces(self, name: str, rank: int, values: Values) -> Mapping[str, Number]:
        nothing: dict[str, Number] = dict.fromkeys(QUESTIONS[name].pieces, 0)
        return self.grids[name].get((rank, values), nothing)


Rows = Iterable[Mapping[str, object]]


def in_memory(
    tables: Mapping[str, Rows | Any], *, conventions: Conventions = DEFAULTS
) -> DuckEngine:
    """An engine over these entity tables, derived tables written: rows as mappings, or Arrow tables.

    Missing columns are null, `company_id` is 1 and ids count from 1 unless given.
    """
    connection = open_memory()
    for spec in facts.ENTITY_TABLES:
        connection.execute(spec.create_sql)
        _fill(connection, spec, tables.get(spec.name, ()))
    unknown = set(tables) - {spec.name for spec in facts.ENTITY_TABLES}
    if unknown:
        raise KeyError(f"No such tables: {', '.join(sorted(unknown))}")
    write_derived(connection, conventions=conventions)
    return DuckEngine(connection)


def _fill(connection: Any, spec: facts.TableSpec, rows: Any) -> None:
    given = rows if hasattr(rows, "column_names") else _arrow(spec, rows)
    if given.num_rows == 0:
        return
    names = ", ".join(f'"{name}"' for name in given.column_names)
    connection.register("given", given)
    connection.execute(f'INSERT INTO "{spec.name}" ({names}) SELECT {names} FROM given')
    connection.unregister("given")


def _arrow(spec: facts.TableSpec, rows: Rows) -> Any:
    """The rows as an Arrow table of the declared types."""
    import pyarrow as pa

    types = {
        "int64": pa.int64(),
        "string": pa.string(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "boolean": pa.bool_(),
        "decimal": pa.decimal128(18, 6),
        "json": pa.string(),
    }
    schema = pa.schema([(column.name, types[column.type]) for column in spec.columns])
    filled = [
        {"company_id": 1, f"{spec.name}_id": rank, **row} for rank, row in enumerate(rows, start=1)
    ]
    unknown = {name for row in filled for name in row} - set(schema.names)
    if unknown:
        raise KeyError(f"No such columns in {spec.name}: {', '.join(sorted(unknown))}")
    return pa.Table.from_pylist(filled, schema=schema)


def write_derived(connection: Any, *, conventions: Conventions = DEFAULTS) -> None:
    """Write every derived table of the connection's analytical tables, replacing those there are."""
    for derived in DERIVED:
        sql = compiler.derived_sql(name=derived.table, conventions=conventions)
        connection.execute(f'CREATE OR REPLACE TABLE "{derived.table}" AS {sql}')


def evaluate(
    key: str,
    tables: Mapping[str, Rows | Any],
    *,
    today: dt.date,
    engine: str = "duckdb",
    grain: Grain | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    by: str | None = None,
    **parameters: Any,
) -> list[Point]:
    """The points of one metric over tables in memory; `parameters` are switches of `Conventions`.

    Without `grain`, one point from `start` to `end`, by default over all data.
    """
    if engine != "duckdb":
        raise ValueError(f"Tables in memory are evaluated by duckdb, not by {engine}")
    conventions = Conventions(**parameters)
    opened = in_memory(tables, conventions=conventions)
    try:
        periods = periods_between(engine=opened, grain=grain, start=start, end=end, today=today)
        return compute(
            opened, keys=[key], periods=periods, by=by, today=today, conventions=conventions
        )
    finally:
        opened.connection.close()
