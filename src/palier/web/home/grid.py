"""The cockpit as values: headline figures, and one row for each metric over the periods shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from palier.metrics import catalogue
from palier.metrics.metric import Metric
from palier.metrics.queries import Figure as Reading
from palier.metrics.queries import GridRow as Measured
from palier.metrics.standing import standing
from palier.web import charts, formats
from palier.web.components import Figure, Status
from palier.web.formats import Difference
from palier.web.metrics import shown, words
from palier.web.metrics.windows import Heading, Window, headings

HEADLINES = (
    "mrr.total", "customers.active", "customers.churn", "unit.ltv_cac", "sales.win_rate", "cash.dso_days",
    "revenue.invoiced", "unit.cac", "customers.new", "sales.cycle_days", "revenue.arpa", "mrr.nrr",
)  # fmt: skip
"""In order of preference: the first six that are measured head the page. Source: ours."""
MOST_HEADLINES = 6
"""Source: design/style.md §7, after Plausible."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One metric: its name, its periods as cells, and how the last closed one compares."""

    label: str
    url: str
    cells: SafeString
    moved: Difference | None
    target: str
    trend: SafeString
    status: Status | None


@dataclass(frozen=True, slots=True)
class Family:
    """A titled group of rows."""

    label: str
    rows: list[GridRow]


@dataclass(frozen=True, slots=True)
class Missing:
    """A metric that no period shown could measure, and why."""

    label: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything the cockpit shows between its header and its foot."""

    headings: list[Heading]
    headlines: list[Figure]
    families: list[Family]
    missing: list[Missing]
    has_targets: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What a grid is made of."""

    window: Window
    rows: Sequence[Measured]
    failures: Mapping[str, object]
    currency: str
    readings: dict[tuple[str, dt.date], Reading] = field(default_factory=dict)
    aims: dict[str, Measured] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self.aims[row.metric] = row
            self.readings.update(((row.metric, one.period_start), one) for one in row.figures)

    def of(self, metric: Metric, start: dt.date) -> Reading | None:
        """The reading of a period."""
        return self.readings.get((metric.key, start))

    def target(self, metric: Metric, start: dt.date) -> Decimal | None:
        """The target in force when a period began."""
        found = self.aims.get(metric.key)
        return found.target_on(start) if found else None

    def value(self, metric: Metric, start: dt.date) -> Decimal | None:
        """The value of a period."""
        found = self.of(metric, start)
        return found.value if found else None

    def measured(self, metric: Metric) -> bool:
        """Whether any period shown has a value."""
        return any(self.value(metric, one.start) is not None for one in self.window.periods)


def grid(source: Source) -> Grid:
    """The cockpit of these readings."""
    families: list[Family] = []
    missing: list[Missing] = []
    heads = headings(source.window)
    for name in catalogue.families():
        rows = []
        for metric in catalogue.all_metrics():
            if metric.family != name:
                continue
            if source.measured(metric) or metric.key in source.failures:
                rows.append(_row(source, metric, heads))
            else:
                missing.append(_missing(source, metric))
        if rows:
            families.append(Family(str(words.FAMILIES[name]), rows))
    wanted = (catalogue.metric(key) for key in HEADLINES)
    first = [one for one in wanted if source.value(one, source.window.last.start) is not None]
    return Grid(
        headings=heads, headlines=[_headline(source, one) for one in first[:MOST_HEADLINES]],
        families=families, missing=missing, has_targets=any(row.targets for row in source.rows),
    )  # fmt: skip


def address(metric: Metric, *, grain: str, start: dt.date | None = None) -> str:
    """The page of a metric, on one of its periods."""
    page = f"{reverse('metrics:metric', args=[metric.key])}?grain={grain}"
    return f"{page}&period={start.isoformat()}" if start else page


def _headline(source: Source, metric: Metric) -> Figure:
    last, before = source.window.last, source.window.before
    reading = source.of(metric, last.start)
    target = source.target(metric, last.start)
    value = reading.value if reading else None
    return Figure(
        name=words.label(metric), value=shown.short(value, metric, source.currency),
        period=formats.period(last.start, source.window.grain),
        url=address(metric, grain=source.window.grain, start=last.start),
        difference=shown.moved(
            value=value, before=source.value(metric, before.start), metric=metric, currency=source.currency
        ),
        target=shown.short(target, metric, source.currency) if target is not None else "",
        status=shown.status(
            reading=reading, target=target, metric=metric, failed=metric.key in source.failures
        ),
    )  # fmt: skip


def _missing(source: Source, metric: Metric) -> Missing:
    reading = source.of(metric, source.window.last.start)
    return Missing(
        words.label(metric), address(metric, grain=source.window.grain), shown.reason(reading)
    )


def _row(source: Source, metric: Metric, heads: Sequence[Heading]) -> GridRow:
    window, url = source.window, address(metric, grain=source.window.grain)
    last = source.of(metric, window.last.start)
    target = source.target(metric, window.last.start)
    values = [source.value(metric, one.start) for one in window.periods]
    return GridRow(
        label=words.label(metric), url=url,
        cells=_cells(source, metric, heads, url),
        moved=shown.moved(
            value=last.value if last else None, before=source.value(metric, window.before.start),
            metric=metric, currency=source.currency,
        ),
        target=shown.short(target, metric, source.currency) if target is not None else "",
        trend=charts.sparkline(values, target=target, unfinished=True),
        status=shown.status(
            reading=last, target=target, metric=metric, failed=metric.key in source.failures
        ),
    )  # fmt: skip


def _cells(source: Source, metric: Metric, heads: Sequence[Heading], url: str) -> SafeString:
    """The cells of a row, written here and not in the template: there are hundreds."""
    return format_html_join("", "{}", ((_cell(source, metric, head, url),) for head in heads))


def _cell(source: Source, metric: Metric, head: Heading, url: str) -> SafeString:
    reading = source.of(metric, head.start)
    text = shown.short(reading.value if reading else None, metric, source.currency)
    kind = " open" if head.unfinished else " last" if head.last else ""
    note: str | SafeString = ""
    if reading is None or reading.value is None:
        note = format_html(' <span class="visually-hidden">{}</span>', shown.reason(reading))
    elif not head.unfinished and _missed(source, metric, head, reading):
        kind, note = f"{kind} missed", _missed_mark()
    return format_html(
        '<td role="cell" class="number period{}"><a href="{}&amp;period={}">{}{}</a></td>',
        kind, url, head.start.isoformat(), text, note,
    )  # fmt: skip


def _missed(source: Source, metric: Metric, head: Heading, reading: Reading) -> bool:
    target = source.target(metric, head.start)
    return standing(value=reading.value, target=target, polarity=metric.polarity) == "missed"


def _missed_mark() -> SafeString:
    """The sign of a missed target, in each cell: a shape and a word, not only a colour."""
    icon = format_html('<svg class="icon" aria-hidden="true"><use href="{}#x"/></svg>', static("icons.svg"))
    return mark_safe(  # noqa: S308 - the icon and the word are escaped
        icon + format_html('<span class="visually-hidden">, {}</span>', _("off target"))
    )
