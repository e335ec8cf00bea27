"""What others read of metrics: readings for pages, and the analytical file for everything else.

Pages read readings, plain rows in PostgreSQL. Breakdowns asked for on the spot and the rows behind
a figure go to the file, with a time limit, after the page.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db import connection
from django.db.models import Q

from palier.accounts.queries import CompanyInfo
from palier.kernel.refusals import Refusal
from palier.metrics import drill, snapshot
from palier.metrics.catalogue import check_grain, metric, metrics_of
from palier.metrics.drill import PAGE_ROWS, SourceRows
from palier.metrics.engine import AnalyticalFiles, DuckEngine
from palier.metrics.evaluate import compute, periods_between
from palier.metrics.figures import Aim, Figure, Freshness, GridRow, Line
from palier.metrics.models import Reading, RefreshRun, Target
from palier.metrics.periods import Grain, Period
from palier.metrics.snapshot import SnapshotInfo

TIME_LIMIT_S = 10.0
"""Longest that somebody waits for a breakdown or for source rows [ours]."""
_ATTEMPTS = 3
"""A version may be pruned between its name being read and its file being opened. Source: analytics.md §2.4."""

_files = AnalyticalFiles()


class NoFigures(Refusal):
    """Nothing has been computed for the company yet."""

    code: ClassVar[str] = "metrics.no-figures"
    message: ClassVar[str] = (
        "No figures have been computed yet. Import some data, or run `palier refresh --company %(company)s`."
    )


class EngineUnavailable(Refusal):
    """An engine that this installation does not have."""

    code: ClassVar[str] = "metrics.engine-unavailable"
    message: ClassVar[str] = "The engine “%(engine)s” is not available here. Use duckdb."


_FIGURE = (
    "metric",
    "grain",
    "period_start",
    "period_end",
    "dimension_value",
    "value",
    "numerator",
    "denominator",
    "low",
    "high",
    "n",
    "flags",
    "currency",
    "beside",
    "definition_version",
    "computed_at",
)


def _figures(query: Q, *order: str) -> list[Figure]:
    rows = Reading.objects.filter(query).order_by(*order).values(*_FIGURE)
    return [Figure(**{**row, "flags": tuple(row["flags"])}) for row in rows]


def grid(
    *, company_id: int, keys: Sequence[str], grain: Grain, since: dt.date, until: dt.date
) -> list[GridRow]:
    """These metrics over the periods that begin in [since, until): one query for all figures, one for targets.

    Raises: `UnknownMetric`.
    """
    known = [found.key for found in metrics_of(keys)]
    figures = _figures(
        Q(
            company_id=company_id,
            metric__in=known,
            grain=grain,
            dimension="",
            period_start__gte=since,
            period_start__lt=until,
        ),
        "period_start",
    )
    by_metric: dict[str, list[Figure]] = {key: [] for key in known}
    for figure in figures:
        by_metric[figure.metric].append(figure)
    aims = list_targets(company_id=company_id, keys=known, grain=grain)
    return [
        GridRow(key, tuple(by_metric[key]), tuple(aim for aim in aims if aim.metric == key))
        for key in known
    ]


_LINES = """
    WITH aims AS (
        SELECT metric, array_agg(valid_from ORDER BY valid_from) AS days, array_agg(value ORDER BY valid_from) AS aimed
        FROM metrics_target WHERE company_id = %(company)s AND grain = %(grain)s GROUP BY metric
    ), found AS (
        SELECT metric, array_agg(period_start ORDER BY period_start) AS starts,
               array_agg(value ORDER BY period_start) AS figures,
               array_agg(array_to_string(flags, ',') ORDER BY period_start) AS said
        FROM metrics_reading
        WHERE company_id = %(company)s AND metric = ANY(%(metrics)s) AND grain = %(grain)s AND dimension = ''
          AND period_start >= %(since)s AND period_start < %(until)s
        GROUP BY metric
    )
    SELECT metric, starts, figures, said, days, aimed FROM found LEFT JOIN aims USING (metric)
"""


def lines(
    *, company_id: int, keys: Sequence[str], grain: Grain, since: dt.date, until: dt.date
) -> list[Line]:
    """The values of many metrics over the periods that begin in [since, until), with their targets: one query.

    Raises: `UnknownMetric`.
    """
    known = [found.key for found in metrics_of(keys)]
    given: dict[str, Any] = {
        "company": company_id,
        "metrics": known,
        "grain": grain,
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, given)
        rows = {row[0]: row[1:] for row in cursor.fetchall()}
    found = []
    for key in known:
        starts, values, said, days, aimed = rows.get(key, ((), (), (), (), ()))
        flags = _flags(said)
        aims = tuple(
            Aim(key, grain, value, day) for day, value in zip(days or (), aimed or (), strict=True)
        )
        found.append(Line(key, tuple(starts), tuple(values), flags, aims))
    return found


def _flags(said: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The flags of each period, from texts with commas between them."""
    return tuple(tuple(one.split(",")) if one else () for one in said)


_BREAKDOWN = """
    SELECT dimension_value, array_agg(period_start ORDER BY period_start), array_agg(value ORDER BY period_start),
           array_agg(array_to_string(flags, ',') ORDER BY period_start)
    FROM metrics_reading
    WHERE company_id = %(company)s AND metric = %(metric)s AND grain = %(grain)s AND dimension = %(dimension)s
      AND period_start >= %(since)s AND period_start < %(until)s
    GROUP BY dimension_value ORDER BY dimension_value
"""


def breakdown(
    *, company_id: int, key: str, dimension: str, grain: Grain, since: dt.date, until: dt.date
) -> list[Line]:
    """One metric over the periods that begin in [since, until), one line for each value of a dimension: one query.

    Raises: `UnknownMetric`.
    """
    given: dict[str, Any] = {
        "company": company_id,
        "metric": metric(key).key,
        "dimension": dimension,
        "grain": grain,
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BREAKDOWN, given)
        return [
            Line(key, tuple(starts), tuple(values), _flags(said), dimension_value=value)
            for value, starts, values, said in cursor.fetchall()
        ]


def find_reading(*, company_id: int, key: str, grain: str, start: dt.date) -> Figure | None:
    """The whole metric's reading of the period that begins on a day, with its bounds and remarks; None without."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(_FIGURE)} FROM metrics_reading WHERE company_id = %s AND metric = %s AND grain = %s "
            "AND dimension = '' AND period_start = %s",
            [company_id, metric(key).key, grain, start],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    beside = json.loads(row[13]) if isinstance(row[13], str) else row[13]
    values = [*row[:11], tuple(row[11]), row[12], beside, *row[14:]]
    return Figure(*values)


def list_readings(
    *, company_id: int, key: str, grain: str, since: dt.date | None = None, dimension: str = ""
) -> list[Figure]:
    """One metric's readings, oldest first; with `dimension`, one for each of its values and period.

    Raises: `UnknownMetric`, `UnknownGrain`.
    """
    found = metric(key)
    if grain != "all":
        check_grain(metric=found, grain=grain)
    query = Q(company_id=company_id, metric=key, grain=grain, dimension=dimension)
    if since is not None:
        query &= Q(period_start__gte=since)
    return _figures(query, "period_start", "dimension_value")


def list_targets(*, company_id: int, keys: Sequence[str], grain: str) -> list[Aim]:
    """The targets of these metrics at a grain, earliest first."""
    rows = Target.objects.filter(company_id=company_id, metric__in=keys, grain=grain).order_by(
        "valid_from"
    )
    return [Aim(*row) for row in rows.values_list("metric", "grain", "value", "valid_from")]


def find_last_refresh_day(*, company_id: int) -> dt.date | None:
    """The company's local day when a refresh was last tried, whatever came of it."""
    return (
        RefreshRun.objects.filter(company_id=company_id)
        .order_by("-pk")
        .values_list("today", flat=True)
        .first()
    )


def freshness(*, company_id: int) -> Freshness:
    """How fresh the company's figures are: one query."""
    runs = RefreshRun.objects.filter(company_id=company_id).order_by("-pk")[:20]
    last: RefreshRun | None = None
    for run in runs:
        last = last or run
        if run.status in {"done", "unchanged"}:
            return Freshness(
                run.made_at,
                run.snapshot_version,
                last.status,
                last.started_at,
                last.failure,
                run.metric_failures,
            )
    if last is None:
        return Freshness(None, None, None, None, None)
    good = (
        RefreshRun.objects.filter(company_id=company_id, status__in=("done", "unchanged"))
        .order_by("-pk")
        .first()
    )
    return Freshness(
        good.made_at if good else None,
        good.snapshot_version if good else None,
        last.status,
        last.started_at,
        last.failure,
        good.metric_failures if good else {},
    )


@contextmanager
def _reading(
    company: CompanyInfo, *, time_limit_s: float | None
) -> Iterator[tuple[DuckEngine, SnapshotInfo]]:
    """The company's current file, opened for reading. Raises: `NoFigures`."""
    import duckdb

    for attempt in range(_ATTEMPTS):
        info = snapshot.current(company_id=company.id)
        if info is None:
            raise NoFigures(company=company.slug)
        opened = _files.reading(info.path, time_limit_seconds=time_limit_s)
        try:
            engine = opened.__enter__()
        except duckdb.IOException:
            if attempt == _ATTEMPTS - 1:
                raise NoFigures(company=company.slug) from None
            continue
        try:
            yield engine, info
        finally:
            opened.__exit__(None, None, None)
        return


def show(
    *,
    company: CompanyInfo,
    keys: Sequence[str],
    today: dt.date,
    by: str | None = None,
    grain: Grain | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
    engine: str = "duckdb",
    time_limit_s: float | None = None,
) -> dict[str, object]:
    """Values from the catalogue, computed from the analytical file, as `palier metrics show --json` prints them.

    `end` is the first day after. Without `grain` one point from `start` to `end`, by default over all
    data. Raises: `UnknownMetric`, `UnknownDimension`, `UnknownGrain`, `NoFigures`, `EngineUnavailable`,
    `QueryTooLong`, `TooManyPeriods`, `EmptyPeriod`.
    """
    if engine != "duckdb":
        raise EngineUnavailable(engine=engine)
    metrics = metrics_of(keys)
    if grain is not None:
        for found in metrics:
            check_grain(metric=found, grain=grain)
    with _reading(company, time_limit_s=time_limit_s) as (opened, info):
        periods = periods_between(engine=opened, grain=grain, start=start, end=end, today=today)
        points = compute(
            opened, keys=[found.key for found in metrics], periods=periods, by=by, today=today
        )
    results = [
        {
            "metric": found.key,
            "unit": found.unit,
            "polarity": found.polarity,
            "grain": grain,
            "definition_version": found.definition_version,
            "fresh_at": info.made_at.isoformat(),
            "points": [point.as_json() for point in points if point.metric == found.key],
        }
        for found in metrics
    ]
    return {
        "company": company.slug,
        "as_of": today.isoformat(),
        "engine": engine,
        "results": results,
    }


def list_rows_behind(
    *,
    company: CompanyInfo,
    key: str,
    period: Period,
    today: dt.date,
    by: str | None = None,
    value: str | None = None,
    limit: int = PAGE_ROWS,
    offset: int = 0,
    time_limit_s: float = TIME_LIMIT_S,
) -> SourceRows:
    """The records behind a figure, largest contributions first; with `by`, those of one value of a dimension.

    `value` None means those where the dimension is unknown.
    Raises: `UnknownMetric`, `UnknownDimension`, `NoFigures`, `QueryTooLong`.
    """
    with _reading(company, time_limit_s=time_limit_s) as (engine, _):
        return drill.rows_behind(
            engine,
            key=key,
            period=period,
            today=today,
            by=by,
            value=value,
            limit=limit,
            offset=offset,
        )
