"""A company whose every metric has readings, whole and by channel: what pages are measured and tried with."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Iterator
from decimal import Decimal

from palier.metrics.catalogue import all_metrics
from palier.metrics.computing import (
    BREAKDOWN,
    BREAKDOWN_GRAINS,
    PERIODS,
    Computation,
    Computed,
)
from palier.metrics.evaluate import Point
from palier.metrics.metric import Metric
from palier.metrics.operations import set_target
from palier.metrics.periods import Grain, Period, last_periods
from palier.metrics.storing import store

CHANNELS = ("Bouche-à-oreille", "Recherche en ligne", "Salons", "Partenaires", "Publicité", None)
LEVELS = {
    "customers.active": 260, "customers.new": 12, "customers.lost": 4, "customers.churn": 0.017,
    "mrr.total": 11_240_000, "mrr.new": 540_000, "mrr.expansion": 210_000, "mrr.contraction": -70_000,
    "mrr.churn": -160_000, "mrr.reactivation": 24_000, "mrr.nrr": 1.04, "mrr.grr": 0.87,
    "revenue.invoiced": 13_850_000, "revenue.arpa": 43_230, "unit.ltv": 1_760_000, "unit.cac": 412_000,
    "unit.ltv_cac": 4.3, "unit.payback_months": 9.2, "sales.win_rate": 0.31, "sales.demo_conversion": 0.24,
    "sales.cycle_days": 54, "cash.dso_days": 47, "cash.late_share": 0.28,
}  # fmt: skip
"""The last value of each metric, in its unit; months before it are lower."""
GROWTH = 0.985
"""From one period back to the one before."""
TARGETED = (
    "customers.active",
    "customers.churn",
    "mrr.total",
    "mrr.new",
    "unit.cac",
    "cash.dso_days",
    "sales.win_rate",
)


def fill(
    *,
    company_id: int,
    today: dt.date,
    now: dt.datetime,
    seed: int = 1,
    grains: Collection[str] = tuple(PERIODS),
) -> int:
    """Write readings of every metric for every period kept of these grains, and some targets; how many readings."""
    chance = random.Random(seed)
    points = list(_points(chance, today, grains))
    written = store(company_id=company_id, computation=Computation(points), version=1, now=now)
    begin = last_periods(today=today, grain="month", count=37)[0].start
    for place, key in enumerate(TARGETED):
        value = Decimal(str(round(LEVELS[key] * (0.9 + 0.08 * place), 4)))
        set_target(company_id=company_id, key=key, grain="month", value=value, valid_from=begin)
    return written


def _points(chance: random.Random, today: dt.date, grains: Collection[str]) -> Iterator[Computed]:
    for grain, count in PERIODS.items():
        if grain not in grains:
            continue
        periods = last_periods(today=today, grain=grain, count=count)
        for metric in all_metrics():
            yield from _series(chance, metric, grain, periods, today)


def _series(
    chance: random.Random, metric: Metric, grain: Grain, periods: tuple[Period, ...], today: dt.date
) -> Iterator[Computed]:
    broken = grain in BREAKDOWN_GRAINS and BREAKDOWN in metric.dimensions
    for age, period in enumerate(reversed(periods)):
        value = LEVELS[metric.key] * GROWTH**age * chance.uniform(0.93, 1.07)
        yield Computed(grain, "", _point(metric, period, value, {}, today))
        for rank, channel in enumerate(CHANNELS if broken else ()):
            share = value * (
                0.4 / (rank + 1) if metric.kind in {"flow", "stock"} else chance.uniform(0.8, 1.2)
            )
            yield Computed(
                grain, BREAKDOWN, _point(metric, period, share, {BREAKDOWN: channel}, today)
            )


def _point(
    metric: Metric, period: Period, value: float, dimensions: dict[str, str | None], today: dt.date
) -> Point:
    whole = metric.unit in {"customers", "money_minor"}
    exact = Decimal(round(value)) if whole else Decimal(str(round(value, 6)))
    bounded = metric.unit == "share"
    unfinished = ("unfinished_period",) if period.end > today + dt.timedelta(days=1) else ()
    return Point(
        metric=metric.key, period_start=period.start, period_end=period.end, dimensions=dimensions,
        value=exact, numerator=None, denominator=None,
        low=exact * Decimal("0.8") if bounded else None, high=exact * Decimal("1.2") if bounded else None,
        n=240, flags=unfinished, currency="EUR" if metric.unit == "money_minor" else None,
    )  # fmt: skip
