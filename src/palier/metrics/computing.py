"""Readings of one analytical file: every metric, for the periods that pages show."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from palier.kernel.refusals import Refusal
from palier.metrics.catalogue import all_metrics
from palier.metrics.engine import AnalyticalFiles, Engine
from palier.metrics.evaluate import Inventory, Point, compute, read_inventory, whole_span
from palier.metrics.metric import Metric
from palier.metrics.periods import Grain, Period, last_periods

PERIODS: dict[Grain, int] = {"week": 26, "month": 36, "quarter": 12, "year": 5}
"""Periods kept by grain: what the cockpit and the page of a metric show, and the same a year before [ours]."""
MONTHS_AT_MOST = 60
"""Months of older data that are kept besides: five years, the horizon of the company's plans [ours]."""
BREAKDOWN = "channel"
"""The one breakdown kept as readings; others are computed when asked for. Source: the cockpit's needs [ours]."""
BREAKDOWN_GRAINS: tuple[str, ...] = ("month", "quarter", "all")
VALUES_AT_MOST = 50
"""A dimension with more values than a person reads is not kept as readings [ours]."""
REFRESH_MEMORY = "1GB"
"""Memory of the engine in a worker. Source: analytics.md §2.3."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Computed:
    """A point with the grain and breakdown under which it is kept."""

    grain: str
    dimension: str
    point: Point


@dataclass(slots=True)
class Computation:
    """Every point of one file, and the metrics that could not be computed, with the reason."""

    points: list[Computed] = field(default_factory=list)
    failures: dict[str, dict[str, object]] = field(default_factory=dict)


def definitions() -> str:
    """A short name for the definitions of the catalogue, versions and periods included."""
    parts = [f"{metric.key}:{metric.definition_version}" for metric in all_metrics()]
    parts.append(f"{sorted(PERIODS.items())}:{MONTHS_AT_MOST}:{BREAKDOWN}:{BREAKDOWN_GRAINS}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def compute_readings(*, path: Path, today: dt.date) -> Computation:
    """Every reading of the file at this path, as seen on the evening of `today`."""
    files = AnalyticalFiles(memory_limit=REFRESH_MEMORY, threads=2, capacity=0)
    found = Computation()
    try:
        with files.reading(path) as engine:
            for grain, periods in _asked(read_inventory(engine), today):
                known = [
                    metric for metric in all_metrics() if grain == "all" or grain in metric.grains
                ]
                _collect(engine, found, known, grain=grain, periods=periods, today=today)
                if grain in BREAKDOWN_GRAINS:
                    broken = [metric for metric in known if BREAKDOWN in metric.dimensions]
                    _collect(
                        engine,
                        found,
                        broken,
                        grain=grain,
                        periods=periods,
                        today=today,
                        by=BREAKDOWN,
                    )
    finally:
        files.close()
    found.points = [one for one in found.points if one.point.metric not in found.failures]
    return found


def _asked(inventory: Inventory, today: dt.date) -> Iterator[tuple[str, Sequence[Period]]]:
    for grain, count in PERIODS.items():
        wanted = count
        if grain == "month" and inventory.first_day is not None:
            months = (
                (today.year - inventory.first_day.year) * 12
                + today.month
                - inventory.first_day.month
                + 1
            )
            wanted = max(count, min(months, MONTHS_AT_MOST))
        yield grain, last_periods(today=today, grain=grain, count=wanted)
    yield "all", (whole_span(inventory=inventory, today=today),)


def _collect(
    engine: Engine,
    found: Computation,
    metrics: Iterable[Metric],
    *,
    grain: str,
    periods: Sequence[Period],
    today: dt.date,
    by: str = "",
) -> None:
    """Add the points of these metrics; should one fail, the others are computed one by one."""
    keys = [metric.key for metric in metrics if metric.key not in found.failures]
    try:
        points = compute(engine, keys=keys, periods=periods, by=by or None, today=today)
    except _damages():
        raise
    except _failures():
        points = []
        for key in keys:
            try:
                points += compute(engine, keys=[key], periods=periods, by=by or None, today=today)
            except _damages():
                raise
            except _failures() as failure:
                log.warning("Metric %s could not be computed: %s", key, failure)
                found.failures[key] = described(failure)
    if by:
        points = _few_values(points, by)
    found.points += [Computed(grain, by, point) for point in points]


def _few_values(points: list[Point], by: str) -> list[Point]:
    values: dict[str, set[str | None]] = {}
    for point in points:
        values.setdefault(point.metric, set()).add(point.dimensions[by])
    return [point for point in points if len(values[point.metric]) <= VALUES_AT_MOST]


def _damages() -> tuple[type[Exception], ...]:
    """What says that the file itself cannot be read, whatever is asked of it."""
    import duckdb

    return (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    )


def _failures() -> tuple[type[Exception], ...]:
    import duckdb

    return (Refusal, duckdb.Error, ArithmeticError, ValueError, LookupError, TypeError)


def described(failure: BaseException) -> dict[str, object]:
    """A failure as it is kept: its code, message and details, for people to read later."""
    if isinstance(failure, Refusal):
        details = {name: str(value) for name, value in failure.details.items()}
        return {"code": failure.code, "message": failure.message, "details": details}
    reason = str(failure).strip().split("\n", 1)[0]
    return {
        "code": "metrics.failed",
        "message": "%(reason)s",
        "details": {"reason": f"{type(failure).__name__}: {reason}"},
    }
