"""The rows behind a figure: which records make it, and by how much each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from palier.metrics import catalogue
from palier.metrics import compile as compiler
from palier.metrics.conventions import DEFAULTS, Conventions
from palier.metrics.engine import Engine, framed
from palier.metrics.periods import Period, frame
from palier.metrics.questions import ROWS

PAGE_ROWS = 100
"""Rows shown at once. Source: ours."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One record behind a figure.

    `entity` and `id` lead to its page; `contribution` is in the unit of the metric's numerator (minor
    units a month, days, one or zero). `detail` is a second label, or a code for states and kinds.
    """

    entity: str
    id: int
    customer_id: int | None
    label: str | None
    detail: str | None
    day: dt.date | None
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class SourceRows:
    """A page of source rows, the number of all of them and the sum of what they contribute."""

    rows: tuple[SourceRow, ...]
    total: int
    contribution: Decimal


def rows_behind(
    engine: Engine,
    *,
    key: str,
    period: Period,
    today: dt.date,
    by: str | None = None,
    value: str | None = None,
    limit: int = PAGE_ROWS,
    offset: int = 0,
    conventions: Conventions = DEFAULTS,
) -> SourceRows:
    """The records behind a metric's figure of one period, the largest contributions first.

    With `by`, only those of that dimension value (None: those where it is unknown).

    Raises UnknownMetric, UnknownDimension.
    """
    metric = catalogue.metric(key)
    if by is not None:
        catalogue.check_dimension(metric=metric, dimension=by)
    narrowed = by if by in metric.rows_dimensions else None
    asked = ROWS[metric.rows]
    rows = frame(periods=(period,), today=today, conventions=conventions)
    if not rows.period:
        return SourceRows((), 0, Decimal(0))
    sql = compiler.rows_sql(
        name=asked.name, by=(narrowed,) if narrowed else (), dialect=engine.dialect
    )
    whole = framed(sql, rows, dialect=engine.dialect, month_steps=asked.month_steps)
    where = f"WHERE by_{narrowed} IS NOT DISTINCT FROM ?" if narrowed else ""
    parameters = (value,) if narrowed else ()
    _, counted = engine.fetch(
        f"SELECT count(*), coalesce(sum(contribution), 0) FROM (\n{whole}\n) AS found {where}",
        parameters,
    )
    _, found = engine.fetch(
        "SELECT entity, id, customer_id, label, detail, day, contribution FROM (\n"
        f"{whole}\n) AS found {where}\nORDER BY abs(contribution) DESC, day DESC, id LIMIT {int(limit)} OFFSET {int(offset)}",
        parameters,
    )
    return SourceRows(
        tuple(
            SourceRow(entity, id_, customer, label, detail, day, _scaled(contribution, asked.scale))
            for entity, id_, customer, label, detail, day, contribution in found
        ),
        int(counted[0][0]),
        _scaled(counted[0][1], asked.scale),
    )


def _scaled(contribution: float, scale: int) -> Decimal:
    """A contribution in the metric's unit; whole numbers stay exact."""
    exact = (
        Decimal(int(contribution))
        if contribution == int(contribution)
        else Decimal(str(contribution))
    )
    return exact / scale
