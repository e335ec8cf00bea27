"""The page of one metric as values: figures of the period, chart, breakdown, what it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.metrics.metric import Metric
from palier.metrics.queries import Figure as Reading
from palier.metrics.queries import GridRow
from palier.web import charts, formats
from palier.web.components import Cell, Column, Figure, Row, Status, Tab, Table
from palier.web.metrics import shown, words
from palier.web.metrics.asked import Asked, breakdowns
from palier.web.metrics.windows import year_before

MOVEMENTS = ("mrr.new", "mrr.expansion", "mrr.reactivation", "mrr.contraction", "mrr.churn")
"""The metrics that lead from one `mrr.total` to the next. Source: revenue.md §3.4."""
SHOWN_VALUES = 12
"""Values of a dimension drawn as bars; the table has them all. Source: ours."""
TABLE_PERIODS = 6
"""Periods of the breakdown's table, so that it fits a page. Source: ours."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything read for the page."""

    asked: Asked
    rows: Mapping[str, GridRow]
    readings: Mapping[tuple[str, dt.date], Reading]
    broken_down: Sequence[Reading]
    currency: str
    failed: bool

    def of(self, start: dt.date, key: str = "") -> Reading | None:
        """The reading of a period."""
        return self.readings.get((key or self.asked.metric.key, start))

    def value(self, start: dt.date, key: str = "") -> Decimal | None:
        """The value of a period."""
        found = self.of(start, key)
        return found.value if found else None

    def target(self, on: dt.date) -> Decimal | None:
        """The target in force that day."""
        return self.rows[self.asked.metric.key].target_on(on)


def keys_read(metric: Metric) -> tuple[str, ...]:
    """The metrics whose readings the page needs."""
    return (metric.key, *MOVEMENTS) if metric.key == "mrr.total" else (metric.key,)


def first_day(asked: Asked) -> dt.date:
    """From when the page needs readings: a year before the first period shown."""
    return year_before(asked.window.closed[0], asked.window.grain).start


def figures(known: Known) -> list[Figure]:
    """The period chosen, the one before, the same one a year earlier, and the target."""
    asked = known.asked
    metric, period, grain = asked.metric, asked.period, asked.window.grain
    reading, target = known.of(period.start), known.target(period.start)
    unfinished = period == asked.window.open
    found = [
        Figure(
            name=name_of(known, period.start),
            value=_written(known, reading.value) if reading and reading.value is not None else None,
            period=words.unit_words(metric, known.currency), reason=shown.reason(reading), unfinished=unfinished,
            status=Status(_("in progress"), "info", "clock") if unfinished else shown.status(
                reading=reading, target=target, metric=metric, failed=known.failed
            ),
        )
    ]  # fmt: skip
    earlier = {
        _("The period before"): _before(known),
        _("A year earlier"): year_before(period, grain).start,
    }
    for name, start in earlier.items():
        value = known.value(start)
        if value is not None:
            found.append(
                Figure(
                    name=name, value=_written(known, value), period=formats.period(start, grain),
                    difference=None if unfinished else _moved(known, reading, value), compared_to=_("since then"),
                )
            )  # fmt: skip
    if target is not None:
        found.append(
            Figure(name=_("Target"), value=_written(known, target), period=_since(known, period.start))
        )
    return found


def _before(known: Known) -> dt.date:
    from palier.metrics.periods import period_of

    day = known.asked.period.start - dt.timedelta(days=1)
    return period_of(day=day, grain=known.asked.window.grain).start


def _moved(known: Known, reading: Reading | None, before: Decimal) -> formats.Difference | None:
    return shown.moved(
        value=reading.value if reading else None, before=before, metric=known.asked.metric,
        currency=known.currency,
    )  # fmt: skip


def _since(known: Known, on: dt.date) -> str:
    aims = known.rows[known.asked.metric.key].targets
    held = [one.valid_from for one in aims if one.valid_from <= on]
    return _("since %(day)s") % {"day": formats.day(max(held))} if held else ""


def _written(known: Known, value: Decimal | None) -> str:
    return shown.written(value, known.asked.metric, known.currency)


def name_of(known: Known, start: dt.date) -> str:
    """The name of a period, as a title."""
    name = formats.period(start, known.asked.window.grain)
    return name[:1].upper() + name[1:]


def remarks(known: Known) -> list[str]:
    """What to know while reading the figure of the period: division, interval, flags."""
    reading = known.of(known.asked.period.start)
    if reading is None or reading.value is None:
        bound = shown.interval_words(reading, known.asked.metric, known.currency) if reading else ""
        return [bound] if bound else []
    said = [
        words.sentence(shown.division_words(reading, known.asked.metric, known.currency)),
        shown.interval_words(reading, known.asked.metric, known.currency),
        *shown.beside_words(reading, known.asked.metric, known.currency),
        *words.remarks(reading.flags),
    ]
    return [one for one in said if one.strip(". ")]


def chart(known: Known) -> charts.Chart:
    """The metric over the periods shown, with its target and the year before."""
    asked = known.asked
    metric, window = asked.metric, asked.window
    now = [
        charts.Point(one.start, known.value(one.start), unfinished=one == window.open)
        for one in window.periods
    ]
    before = [
        charts.Point(past.start, known.value(past.start))
        for past in (year_before(one, window.grain) for one in window.periods)
    ]
    has_before = any(point.value is not None for point in before)
    lately = {"week": _("Last weeks"), "month": _("Last months"), "quarter": _("Last quarters")}
    grains = {"week": _("by week"), "month": _("by month"), "quarter": _("by quarter")}
    return charts.time_line(
        title=_("%(metric)s, %(grain)s") % {"metric": words.label(metric), "grain": grains[window.grain]},
        unit=words.unit_of(metric), grain=window.grain, currency=known.currency,
        series=[charts.Series(lately[window.grain], now)],
        previous=charts.Series(_("A year earlier"), before) if has_before else None,
        target=known.target(window.last.start),
    )  # fmt: skip


def bridge(known: Known) -> tuple[charts.Chart, bool] | None:
    """From the total before to this one, movement by movement, and whether it adds up exactly."""
    start = known.asked.period.start
    opening, closing = known.value(_before(known)), known.value(start)
    if known.asked.metric.key != "mrr.total" or opening is None or closing is None:
        return None
    moves: dict[str, Any] = {
        key.partition(".")[2]: known.value(start, key) or Decimal(0) for key in MOVEMENTS
    }
    chart = charts.bridge(
        title=_("From one total to the next"), unit="money", currency=known.currency,
        opening=(formats.period(_before(known), known.asked.window.grain), opening),
        movements=charts.Movements(start, **moves),
        closing=(formats.period(start, known.asked.window.grain), closing),
    )  # fmt: skip
    return chart, abs(opening + sum(moves.values()) - closing) < Decimal("0.001")


def breakdown_chart(known: Known) -> charts.Chart:
    """The period chosen, one bar for each value of the dimension."""
    start = known.asked.period.start
    rows = [one for one in known.broken_down if one.period_start == start]
    rows.sort(key=lambda one: (one.value is None, -(one.value or 0), one.dimension_value))
    title = _("%(metric)s, %(period)s") % {
        "metric": words.label(known.asked.metric),
        "period": formats.period(start, known.asked.window.grain),
    }
    return charts.bars(
        title=title, unit=words.unit_of(known.asked.metric), currency=known.currency,
        dimension=words.dimension_words(known.asked.by),
        items=[charts.Bar(_value_name(one.dimension_value), one.value) for one in rows[:SHOWN_VALUES]],
    )  # fmt: skip


def breakdown_table(known: Known) -> Table:
    """Every value of the dimension over the last periods, the whole below; each leads to its rows."""
    asked = known.asked
    at = asked.window.periods.index(asked.period)
    periods = asked.window.periods[max(0, at - TABLE_PERIODS + 1) : at + 1]
    by_value: dict[str, dict[dt.date, Reading]] = {}
    for one in known.broken_down:
        by_value.setdefault(one.dimension_value, {})[one.period_start] = one
    rows = [
        Row([
            Cell(_value_name(value), f"{asked.but(value=value).url}#rows"),
            *(_breakdown_cell(known, found.get(one.start)) for one in periods),
        ], selected=value == asked.value)
        for value, found in sorted(by_value.items(), key=lambda item: (item[0] == "", item[0]))
    ]  # fmt: skip
    whole = [_written(known, known.value(one.start)) for one in periods]
    name = words.dimension_words(asked.by)
    return Table(
        caption=_("By %(dimension)s, over the last periods") % {"dimension": name},
        columns=[
            Column(name[:1].upper() + name[1:]),
            *(Column(_column(known, one.start), numeric=True) for one in periods),
        ],
        rows=[*rows, Row([_("Whole"), *whole], total=True)], compact=True,
    )  # fmt: skip


def _column(known: Known, start: dt.date) -> str:
    name = formats.period(start, known.asked.window.grain)
    return f"{name} ({_('in progress')})" if start == known.asked.window.open.start else name


def _breakdown_cell(known: Known, reading: Reading | None) -> Cell:
    if reading is None or reading.value is None:
        return Cell(formats.UNKNOWN)
    return Cell(_written(known, reading.value))


def _value_name(value: str) -> str:
    return value or words.nothing_known()


def grains(asked: Asked) -> list[Tab]:
    """The switch of periods."""
    labels = {
        "week": (_("Weeks"), pgettext("key for weeks", "w")),
        "month": (_("Months"), "m"),
        "quarter": (_("Quarters"), pgettext("key for quarters", "q")),
    }
    by = f"&by={asked.by}" if asked.by else ""
    return [
        Tab(name, f"?grain={grain}{by}", current=grain == asked.window.grain, key=key)
        for grain, (name, key) in labels.items()
        if grain in asked.metric.grains
    ]


def target_words(known: Known) -> str:
    """The target in force, for those who only read it."""
    start = known.asked.window.open.start
    target = known.target(start)
    if target is None:
        return ""
    return f"{_written(known, target)} {_since(known, start)}"


def cuts(asked: Asked) -> list[Tab]:
    """The switch between the whole and each breakdown; empty when there is nothing to choose."""
    known = breakdowns(asked.metric, asked.window.grain)
    if not known:
        return []
    return [
        Tab(_("Whole"), asked.but(by="", value=None).url, current=not asked.by),
        *(
            Tab(
                _("By %(dimension)s") % {"dimension": words.dimension_words(one)},
                asked.but(by=one, value=None).url, current=asked.by == one,
            )
            for one in known
        ),
    ]  # fmt: skip


def neighbours(asked: Asked) -> tuple[Asked | None, Asked | None]:
    """The views of the period before and of the one after."""
    at = asked.window.periods.index(asked.period)
    before = asked.but(period=asked.window.periods[at - 1]) if at > 0 else None
    after = asked.but(period=asked.window.periods[at + 1]) if at + 1 < len(asked.window.periods) else None
    return before, after
