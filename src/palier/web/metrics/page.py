"""The page of one metric as values: figures of the period, chart, breakdown, what it means."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.metrics.figures import Figure as Reading
from palier.metrics.figures import Line
from palier.metrics.metric import Metric
from palier.metrics.periods import Period, period_of
from palier.web import formats
from palier.web.components import Cell, Column, Definition, Figure, Row, Status, Tab, Table
from palier.web.metrics import drawn, shown, words
from palier.web.metrics.asked import Asked, breakdowns
from palier.web.metrics.drawn import Drawing
from palier.web.metrics.windows import year_before

MOVEMENTS = ("mrr.new", "mrr.expansion", "mrr.reactivation", "mrr.contraction", "mrr.churn")
"""The metrics that lead from one `mrr.total` to the next. Source: revenue.md §3.4."""
A_CENT = Decimal(1)
"""Readings are in minor units and keep twelve decimals: their sum may differ by less than that."""
TABLE_PERIODS = 6
"""Periods of the breakdown's table, so that it fits a page. Source: ours."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything read for the page."""

    asked: Asked
    lines: Mapping[str, Line]
    reading: Reading | None
    broken_down: Sequence[Line]
    currency: str
    failed: bool
    values: dict[tuple[str, dt.date], Decimal | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, one in self.lines.items():
            self.values.update(
                ((key, start), value) for start, value in zip(one.starts, one.values, strict=True)
            )

    @property
    def line(self) -> Line:
        """The metric itself."""
        return self.lines[self.asked.metric.key]

    def value(self, start: dt.date, key: str = "") -> Decimal | None:
        """The value of a period."""
        return self.values.get((key or self.asked.metric.key, start))

    def target(self, on: dt.date) -> Decimal | None:
        """The target in force that day."""
        return self.line.target_on(on)


def keys_read(metric: Metric) -> tuple[str, ...]:
    """The metrics whose readings the page needs."""
    return (metric.key, *MOVEMENTS) if metric.key == "mrr.total" else (metric.key,)


def first_day(asked: Asked) -> dt.date:
    """From when the page needs readings: a year before the first period shown."""
    return year_before(asked.window.closed[0], asked.window.grain).start


def figures(known: Known) -> tuple[Figure, ...]:
    """The period chosen, the one before, the same one a year earlier, and the target."""
    asked = known.asked
    metric, period, grain = asked.metric, asked.period, asked.window.grain
    reading, target = known.reading, known.target(period.start)
    value = reading.value if reading else None
    unfinished = period == asked.window.open
    found = [
        Figure(
            name=name_of(known, period.start), value=_written(known, value) if value is not None else None,
            unit=words.counted_words(metric, value), period=formats.span(period.start, period.end),
            reason=shown.reason(reading), status=_status(known, value),
            definition_url="#definition", rows_url="#rows-title",
        )
    ]  # fmt: skip
    earlier = {
        _("The period before"): _before(known),
        _("A year earlier"): year_before(period, grain).start,
    }
    for name, start in earlier.items():
        if start not in known.line.starts:
            continue
        then = known.value(start)
        found.append(
            Figure(
                name=name, value=_written(known, then) if then is not None else None,
                unit=words.counted_words(metric, then), period=shown.period_name(start, grain),
                reason=words.sentence(words.withheld(known.line.flags_on(start))),
                difference=None if unfinished or then is None else _moved(known, reading, then),
                compared_to=_("since then"),
            )
        )  # fmt: skip
    if target is not None:
        found.append(
            Figure(
                name=_("Target"), value=_written(known, target),
                unit=words.counted_words(metric, target), period=_since(known, period.start),
            )
        )  # fmt: skip
    return tuple(found)


def _status(known: Known, value: Decimal | None) -> Status | None:
    """How the period chosen stands: the one in progress is not judged, a missing figure says why itself."""
    asked = known.asked
    if asked.period == asked.window.open:
        return Status(_("in progress"), "info", "clock")
    if value is None and not known.failed:
        return None
    return shown.status(
        value=value, target=known.target(asked.period.start), metric=asked.metric, failed=known.failed
    )  # fmt: skip


def _before(known: Known) -> dt.date:
    day = known.asked.period.start - dt.timedelta(days=1)
    return period_of(day=day, grain=known.asked.window.grain).start


def _moved(known: Known, reading: Reading | None, before: Decimal) -> formats.Difference | None:
    return shown.moved(
        value=reading.value if reading else None, before=before, metric=known.asked.metric,
        currency=known.currency,
    )  # fmt: skip


def _since(known: Known, on: dt.date) -> str:
    aims = known.line.targets
    held = [one.valid_from for one in aims if one.valid_from <= on]
    return _("since %(day)s") % {"day": formats.day(max(held))} if held else ""


def _written(known: Known, value: Decimal | None) -> str:
    return shown.written(value, known.asked.metric, known.currency)


def name_of(known: Known, start: dt.date) -> str:
    """The name of a period, as a title."""
    name = shown.period_name(start, known.asked.window.grain)
    return name[:1].upper() + name[1:]


def remarks(known: Known) -> list[str]:
    """What to know while reading the figure of the period: division, interval, flags."""
    reading = known.reading
    if reading is None or reading.value is None:
        bound = shown.interval_words(reading, known.asked.metric, known.currency) if reading else ""
        return [bound] if bound else []
    said = [
        shown.division_words(reading, known.asked.metric, known.currency),
        shown.interval_words(reading, known.asked.metric, known.currency),
        *shown.beside_words(reading, known.asked.metric, known.currency),
        *words.remarks(reading.flags),
    ]
    return [one for one in said if one.strip(". ")]


def drawing(known: Known, made_at: str) -> Drawing:
    """What the page's charts have in common."""
    return Drawing(
        known.asked.metric.key, known.asked.window.grain, known.currency, words.language(),
        _("Data of %(at)s") % {"at": made_at} if made_at else "",
    )  # fmt: skip


def chart(known: Known, on: Drawing) -> SafeString:
    """The metric over the periods shown, with its target and the year before."""
    window = known.asked.window
    past = [year_before(one, window.grain).start for one in window.periods]
    return drawn.line(
        on, tuple((one.start, known.value(one.start)) for one in window.periods),
        tuple((start, known.value(start)) for start in past), known.target(window.last.start),
    )  # fmt: skip


def bridge(known: Known, on: Drawing) -> tuple[SafeString, bool] | None:
    """From the total before to this one, movement by movement, and whether it adds up exactly."""
    start, past = known.asked.period.start, _before(known)
    opening, closing = known.value(past), known.value(start)
    if known.asked.metric.key != "mrr.total" or opening is None or closing is None:
        return None
    moves = {key.partition(".")[2]: known.value(start, key) or Decimal(0) for key in MOVEMENTS}
    html = drawn.bridge(on, (past, opening), tuple(moves.items()), (start, closing))
    return html, abs(opening + sum(moves.values()) - closing) < A_CENT / 2


def breakdown_chart(known: Known, on: Drawing) -> SafeString:
    """The period chosen, one bar for each value of the dimension."""
    start = known.asked.period.start
    items = tuple(
        (_value_name(one.dimension_value), _value_on(one, start)) for one in known.broken_down
    )
    return drawn.bars(on, start, words.dimension_words(known.asked.by), items)


def breakdown_table(known: Known) -> Table:
    """Every value of the dimension over the last periods, the whole below; each leads to its rows."""
    asked, periods = known.asked, _table_periods(known.asked)
    found = [
        (line, [_value_on(line, one.start) for one in periods])
        for line in sorted(known.broken_down, key=lambda one: (one.dimension_value == "", one.dimension_value))
    ]  # fmt: skip
    totals = [known.value(one.start) for one in periods]
    cents = formats.cents_beside(
        [*itertools.chain(*(values for _line, values in found)), *totals], known.currency
    )
    unit = words.unit_of(asked.metric)
    rows = [
        Row((
            Cell(_value_name(line.dimension_value), f"{asked.but(value=line.dimension_value).url}#rows"),
            *(formats.figure(value, unit, known.currency, cents=cents) for value in values),
        ), selected=line.dimension_value == asked.value)
        for line, values in found
    ]  # fmt: skip
    whole = [formats.figure(value, unit, known.currency, cents=cents) for value in totals]
    name = words.dimension_words(asked.by)
    return Table(
        caption=_("By %(dimension)s, over the last periods") % {"dimension": name},
        columns=(
            Column(name[:1].upper() + name[1:]),
            *(Column(_column(known, one.start), numeric=True) for one in periods),
        ),
        rows=(*rows, Row((_("Whole"), *whole), total=True)), compact=True,
    )  # fmt: skip


def unknown_reasons(known: Known) -> list[str]:
    """Why the breakdown has no figure here and there, each reason once."""
    reasons = {
        words.withheld(line.flags_on(one.start)) if one.start in line.starts else _("nothing to measure")
        for line in known.broken_down
        for one in _table_periods(known.asked)
        if _value_on(line, one.start) is None
    }  # fmt: skip
    return sorted(reasons)


def _table_periods(asked: Asked) -> tuple[Period, ...]:
    """The last periods up to the one chosen."""
    at = asked.window.periods.index(asked.period)
    return asked.window.periods[max(0, at - TABLE_PERIODS + 1) : at + 1]


def _column(known: Known, start: dt.date) -> str:
    name = shown.period_name(start, known.asked.window.grain)
    return f"{name} ({_('in progress')})" if start == known.asked.window.open.start else name


def _value_on(line: Line, start: dt.date) -> Decimal | None:
    return line.values[line.starts.index(start)] if start in line.starts else None


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
    after = (
        asked.but(period=asked.window.periods[at + 1])
        if at + 1 < len(asked.window.periods)
        else None
    )
    return before, after


def facts(known: Known, made_at: str) -> tuple[Definition, ...]:
    """What the metric is, beside its definition."""
    metric = known.asked.metric
    return (
        Definition(_("Unit"), words.unit_words(metric, known.currency)),
        Definition(_("Which way"), str(words.POLARITIES[metric.polarity])),
        Definition(_("Figures of"), made_at),
        Definition(_("Version of the definition"), formats.number(metric.definition_version)),
        Definition(pgettext("of a metric", "Key"), metric.key),
    )
