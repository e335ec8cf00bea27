"""The periods that a page shows: which grain, up to which period, and which of them is not over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from palier.metrics.periods import Period, last_periods, period_of
from palier.web import formats

PageGrain = Literal["week", "month", "quarter"]
COCKPIT_COUNTS: dict[str, int] = {"week": 13, "month": 12}
"""Closed periods of the cockpit: a year of months or a quarter of weeks. Source: design/style.md §7."""
METRIC_COUNTS: dict[str, int] = {"week": 25, "month": 12, "quarter": 7}
"""Closed periods of a metric's chart, within those whose readings are kept (`metrics.computing`)."""


@dataclass(frozen=True, slots=True)
class Window:
    """Closed periods, oldest first, then the one in progress."""

    grain: PageGrain
    closed: tuple[Period, ...]
    open: Period

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period shown, oldest first."""
        return (*self.closed, self.open)

    @property
    def last(self) -> Period:
        """The last period that is over."""
        return self.closed[-1]

    @property
    def before(self) -> Period:
        """The one before it."""
        return self.closed[-2]

    def find(self, start: dt.date | None) -> Period:
        """The period that begins on that day; the last closed one when it is not shown."""
        return next((one for one in self.periods if one.start == start), self.last)


def window(*, today: dt.date, grain: PageGrain, count: int) -> Window:
    """`count` closed periods and the one of `today`."""
    *closed, current = last_periods(today=today, grain=grain, count=count + 1)
    return Window(grain, tuple(closed), current)


def grain_of(asked: str | None, known: dict[str, int]) -> PageGrain:
    """The grain that was asked for, months when there is no such one."""
    return cast("PageGrain", asked if asked in known else "month")


def day_of(text: str | None) -> dt.date | None:
    """A day from an address; None when it is not one."""
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def year_before(period: Period, grain: PageGrain) -> Period:
    """The period a year earlier: the same month or quarter, or 52 weeks before."""
    if grain == "week":
        return period_of(day=period.start - dt.timedelta(weeks=52), grain="week")
    return period_of(day=period.start.replace(year=period.start.year - 1), grain=grain)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its short name, its year where it changes, its whole name."""

    start: dt.date
    short: str
    year: str
    name: str
    unfinished: bool
    last: bool


@lru_cache(maxsize=256)
def headings(shown: Window, _language: str) -> tuple[Heading, ...]:
    """The columns of a grid, in a language."""
    found: list[Heading] = []
    year = 0
    for period in shown.periods:
        of_year = period.start.isocalendar().year if shown.grain == "week" else period.start.year
        found.append(
            Heading(
                start=period.start,
                short=formats.period(period.start, shown.grain, short=True),
                year=str(of_year) if of_year != year else "",
                name=formats.period(period.start, shown.grain),
                unfinished=period == shown.open,
                last=period == shown.last,
            )
        )
        year = of_year
    return tuple(found)
