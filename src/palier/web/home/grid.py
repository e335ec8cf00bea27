"""The cockpit: headline figures, and one row for each metric over the periods shown.

A row is written once for each distinct set of what it shows (values, targets, language…) and then
remembered by exactly that, so nothing has to be forgotten when figures change and no company can
be shown another's: the same inputs are the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from palier.metrics import catalogue
from palier.metrics.figures import Line
from palier.metrics.metric import Metric
from palier.metrics.standing import standing
from palier.web import charts
from palier.web.metrics import shown, words
from palier.web.metrics.windows import PageGrain, Window, headings

HEADLINES = (
    "mrr.total", "customers.active", "customers.churn", "unit.ltv_cac", "sales.win_rate", "cash.dso_days",
    "revenue.invoiced", "unit.cac", "customers.new", "sales.cycle_days", "revenue.arpa", "mrr.nrr",
)  # fmt: skip
"""In order of preference: the first six that are measured head the page. Source: ours."""
MOST_HEADLINES = 6
"""Source: design/style.md §7, after Plausible."""
REMEMBERED_ROWS = 4_096
"""Rows kept written in one process: some 180 cockpits, about ten megabytes. Source: ours."""


@dataclass(frozen=True, slots=True)
class RowInput:
    """Everything a row shows: what it is remembered by. Values run over the periods, oldest first."""

    key: str
    grain: PageGrain
    starts: tuple[dt.date, ...]
    values: tuple[Decimal | None, ...]
    flags: tuple[str, ...]
    targets: tuple[Decimal | None, ...]
    currency: str
    language: str
    failed: bool

    @property
    def last(self) -> Decimal | None:
        """The value of the last closed period."""
        return self.values[-2]

    @property
    def before(self) -> Decimal | None:
        """The value of the period before it."""
        return self.values[-3]


@dataclass(frozen=True, slots=True)
class Family:
    """A titled group of written rows."""

    label: str
    rows: list[SafeString]


@dataclass(frozen=True, slots=True)
class Missing:
    """A metric that could not be measured, and why."""

    label: str
    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything the cockpit shows between its header and its foot."""

    head: SafeString
    headlines: list[SafeString]
    families: list[Family]
    missing: list[Missing]
    unmeasured: list[Missing]
    has_targets: bool
    judged: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What a grid is made of."""

    window: Window
    lines: Sequence[Line]
    failures: Mapping[str, object]
    currency: str
    inputs: dict[str, RowInput] = field(default_factory=dict)

    def __post_init__(self) -> None:
        starts = tuple(one.start for one in self.window.periods)
        language = words.language()
        for one in self.lines:
            found = dict(zip(one.starts, one.values, strict=True))
            self.inputs[one.metric] = RowInput(
                key=one.metric, grain=self.window.grain, starts=starts, currency=self.currency,
                values=tuple(found.get(start) for start in starts), language=language,
                flags=one.flags_on(self.window.last.start), failed=one.metric in self.failures,
                targets=tuple(one.target_on(start) for start in starts) if one.targets else (None,) * len(starts),
            )  # fmt: skip


def grid(source: Source) -> Grid:
    """The cockpit of these readings."""
    families: list[Family] = []
    missing: list[Missing] = []
    unmeasured: list[Missing] = []
    for name in catalogue.families():
        rows: list[SafeString] = []
        for metric in catalogue.all_metrics():
            given = source.inputs.get(metric.key)
            if metric.family != name or given is None:
                continue
            if given.failed or any(value is not None for value in given.values):
                rows.append(_row(given))
                if given.last is None and not given.failed:
                    unmeasured.append(_missing(metric, given))
            else:
                missing.append(_missing(metric, given))
        if rows:
            families.append(Family(str(words.FAMILIES[name]), rows))
    wanted = (source.inputs[key] for key in HEADLINES if key in source.inputs)
    first = [one for one in wanted if one.last is not None][:MOST_HEADLINES]
    has_targets = any(one.targets for one in source.lines)
    return Grid(
        head=_head(source.window, words.language()), headlines=[_headline(one) for one in first],
        families=families, missing=missing, unmeasured=unmeasured, has_targets=has_targets,
        judged=has_targets or bool(source.failures),
    )  # fmt: skip


def address(metric: Metric, *, grain: str, start: dt.date | None = None) -> str:
    """The page of a metric, on one of its periods."""
    page = f"{_page_of(metric.key)}?grain={grain}"
    return f"{page}&period={start.isoformat()}" if start else page


@lru_cache(maxsize=256)
def _page_of(key: str) -> str:
    return reverse("metrics:metric", args=[key])


def _missing(metric: Metric, given: RowInput) -> Missing:
    return Missing(
        words.label(metric), address(metric, grain=given.grain), words.withheld(given.flags)
    )


@lru_cache(maxsize=256)
def _head(window: Window, language: str) -> SafeString:
    """The columns' names."""
    return render_to_string("home/head.html", {"headings": headings(window, language)})


@lru_cache(maxsize=REMEMBERED_ROWS)
def _headline(given: RowInput) -> SafeString:
    metric = catalogue.metric(given.key)
    return render_to_string(
        "home/headline.html",
        {
            **_compared(metric, given),
            "url": address(metric, grain=given.grain, start=given.starts[-2]),
        },
    )


@lru_cache(maxsize=REMEMBERED_ROWS)
def _row(given: RowInput) -> SafeString:
    metric = catalogue.metric(given.key)
    url = address(metric, grain=given.grain)
    trend = charts.sparkline(given.values, target=given.targets[-2], unfinished=True)
    cells = format_html_join(
        "", "{}", ((_cell(metric, given, place, url),) for place in range(len(given.starts)))
    )
    return render_to_string(
        "home/row.html", {**_compared(metric, given), "url": url, "cells": cells, "trend": trend}
    )


def _compared(metric: Metric, given: RowInput) -> dict[str, object]:
    """The last closed period against the one before and against its target."""
    target = given.targets[-2]
    return {
        "label": words.label(metric),
        "value": shown.short(given.last, metric, given.currency),
        "moved": shown.moved(
            value=given.last, before=given.before, metric=metric, currency=given.currency
        ),
        "target": shown.short(target, metric, given.currency) if target is not None else "",
        "status": shown.status(
            value=given.last, target=target, metric=metric, failed=given.failed
        ),
    }  # fmt: skip


def _cell(metric: Metric, given: RowInput, place: int, url: str) -> SafeString:
    """One period of a row. The last one is not over: it is never judged."""
    value, unfinished = given.values[place], place == len(given.starts) - 1
    kind = " open" if unfinished else " last" if place == len(given.starts) - 2 else ""
    note: str | SafeString = ""
    if value is None:
        note = format_html('<span class="visually-hidden"> {}</span>', _("not measured"))
    elif not unfinished and _missed(metric, value, given.targets[place]):
        kind, note = f"{kind} missed", _missed_mark()
    return format_html(
        '<td role="cell" class="number period{}"><a href="{}&amp;period={}">{}{}</a></td>',
        kind, url, given.starts[place].isoformat(), shown.short(value, metric, given.currency), note,
    )  # fmt: skip


def _missed(metric: Metric, value: Decimal, target: Decimal | None) -> bool:
    return standing(value=value, target=target, polarity=metric.polarity) == "missed"


def _missed_mark() -> SafeString:
    """The sign of a missed target: a shape and a word, not only a colour."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#x"/></svg><span class="visually-hidden">, {}</span>',
        static("icons.svg"), _("off target"),
    )  # fmt: skip
