"""Half-open periods of days, and the frame rows that a query compares its days with."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from palier.kernel.refusals import Refusal
from palier.metrics.conventions import DEFAULTS, SALES_DAYS, Conventions

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
MAX_PERIODS = 2_000
"""More points than this in one answer is a mistake of dates (five years of days fit). Source: ours."""
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS: dict[str, int] = {"day": 1, "week": 7}


class TooManyPeriods(Refusal):
    """Dates so far apart that the grain gives an unreadable answer."""

    code: ClassVar[str] = "metrics.too_many_periods"
    message: ClassVar[str] = (
        "From %(start)s to %(end)s there are more than %(limit)s periods. Choose nearer dates or a longer grain."
    )


class EmptyPeriod(Refusal):
    """An end on or before the start."""

    code: ClassVar[str] = "metrics.empty_period"
    message: ClassVar[str] = (
        "The end of the period (%(end)s) must come after its start (%(start)s)."
    )


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` to the day before `end`."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptyPeriod(start=self.start.isoformat(), end=self.end.isoformat())


def months_later(*, day: dt.date, months: int) -> dt.date:
    """The same day of another month, or that month's last day; `months` may be negative."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period_of(*, day: dt.date, grain: Grain) -> Period:
    """The whole period of the calendar that holds the day; weeks start on Monday."""
    if grain == "day":
        return Period(day, day + dt.timedelta(days=1))
    if grain == "week":
        start = day - dt.timedelta(days=day.weekday())
        return Period(start, start + dt.timedelta(days=7))
    span = _MONTHS[grain]
    start = dt.date(day.year, (day.month - 1) // span * span + 1, 1)
    return Period(start, months_later(day=start, months=span))


def split(*, start: dt.date, end: dt.date, grain: Grain) -> tuple[Period, ...]:
    """The whole periods of the calendar that hold the days from `start` to the day before `end`."""
    if end <= start:
        raise EmptyPeriod(start=start.isoformat(), end=end.isoformat())
    found: list[Period] = []
    period = period_of(day=start, grain=grain)
    while period.start < end:
        if len(found) == MAX_PERIODS:
            raise TooManyPeriods(start=start.isoformat(), end=end.isoformat(), limit=MAX_PERIODS)
        found.append(period)
        period = period_of(day=period.end, grain=grain)
    return tuple(found)


def last_periods(*, today: dt.date, grain: Grain, count: int) -> tuple[Period, ...]:
    """The `count` periods that end with the one of `today`."""
    first = period_of(day=today, grain=grain)
    for _ in range(count - 1):
        first = period_of(day=first.start - dt.timedelta(days=1), grain=grain)
    return split(start=first.start, end=today + dt.timedelta(days=1), grain=grain)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of the `period` and `month_step` tables of one query."""

    period: tuple[tuple[int | dt.date, ...], ...]
    month_step: tuple[tuple[int | dt.date, ...], ...]


def frame(
    *, periods: tuple[Period, ...], today: dt.date, conventions: Conventions = DEFAULTS
) -> Frame:
    """The frame rows of these periods as seen on the evening of `today`; those wholly in the future give none."""
    tomorrow = today + dt.timedelta(days=1)
    rows: list[tuple[int | dt.date, ...]] = []
    steps: list[tuple[int | dt.date, ...]] = []
    for rank, period in enumerate(periods):
        if period.start >= tomorrow:
            continue
        ends = min(period.end, tomorrow)
        mature = tomorrow - dt.timedelta(days=conventions.maturity_days)
        rows.append(
            (
                rank,
                period.start,
                ends,
                months_later(day=ends, months=-conventions.retention_months),
                ends - dt.timedelta(days=SALES_DAYS),
                ends - dt.timedelta(days=conventions.activity_days),
                min(ends, mature),
                conventions.maturity_days,
                min(ends, today),
                today,
            )
        )
        edges = [
            months_later(day=ends, months=-back)
            for back in range(conventions.churn_window_months + 1)
        ]
        steps.extend((rank, later, earlier) for earlier, later in itertools.pairwise(edges))
    return Frame(tuple(rows), tuple(steps))
