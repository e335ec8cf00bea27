"""Parts of pages of metrics, written as HTML once for each distinct set of what they show.

As the cockpit's rows (`home.grid`): remembered by all that they depend on, so there is nothing to forget.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from palier.metrics import catalogue
from palier.web import charts
from palier.web.components import Definition, Figure, Table
from palier.web.metrics import shown, words
from palier.web.metrics.windows import PageGrain

REMEMBERED = 1_024
"""Charts kept written in one process: about twenty megabytes. Source: ours."""
SHOWN_VALUES = 12
"""Values of a dimension drawn as bars; the table has them all. Source: ours."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What every chart of the page depends on; `fresh` is written under it."""

    key: str
    grain: PageGrain
    currency: str
    language: str
    fresh: str

    @property
    def label(self) -> str:
        """The metric's name."""
        return words.label(catalogue.metric(self.key))

    @property
    def unit(self) -> str:
        """The metric's unit, as charts name it."""
        return words.unit_of(catalogue.metric(self.key))


@lru_cache(maxsize=REMEMBERED)
def figures(shown_figures: tuple[Figure, ...], _language: str) -> SafeString:
    """Figures side by side."""
    return render_to_string("metrics/figures.html", {"figures": shown_figures})


@lru_cache(maxsize=REMEMBERED)
def table(given: Table, _language: str) -> SafeString:
    """A table whose rows and cells are tuples, which does not sort."""
    return render_to_string("metrics/table.html", {"table": given})


@lru_cache(maxsize=REMEMBERED)
def facts(items: tuple[Definition, ...], _language: str) -> SafeString:
    """Words and values, one under the other."""
    return render_to_string("metrics/facts.html", {"items": items})


@lru_cache(maxsize=8)
def scripts(_language: str) -> SafeString:
    """What draws charts, and their appearances."""
    return render_to_string("metrics/scripts.html")


Points = tuple[tuple[dt.date, Decimal | None], ...]


@lru_cache(maxsize=REMEMBERED)
def line(drawing: Drawing, now: Points, before: Points, target: Decimal | None) -> SafeString:
    """The metric over time, the last period in progress, with its target and the year before."""
    names = {"week": _("Last weeks"), "month": _("Last months"), "quarter": _("Last quarters")}
    grains = {"week": _("by week"), "month": _("by month"), "quarter": _("by quarter")}
    points = [
        charts.Point(start, value, unfinished=place == len(now) - 1)
        for place, (start, value) in enumerate(now)
    ]
    earlier = [charts.Point(start, value) for start, value in before]
    measured = any(point.value is not None for point in earlier)
    return _written(
        drawing,
        charts.time_line(
            title=_("%(metric)s, %(grain)s")
            % {"metric": drawing.label, "grain": grains[drawing.grain]},
            unit=drawing.unit, grain=drawing.grain, currency=drawing.currency,
            series=[charts.Series(names[drawing.grain], points)],
            previous=charts.Series(_("A year earlier"), earlier) if measured else None, target=target,
        ),
    )  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def bars(
    drawing: Drawing, start: dt.date, dimension: str, items: tuple[tuple[str, Decimal | None], ...]
) -> SafeString:
    """One period by the values of a dimension, the largest first."""
    period = shown.period_name(start, drawing.grain)
    ranked = sorted(items, key=lambda one: (one[1] is None, -(one[1] or 0), one[0]))
    return _written(
        drawing,
        charts.bars(
            title=_("%(metric)s, %(period)s") % {"metric": drawing.label, "period": period},
            unit=drawing.unit, currency=drawing.currency, dimension=dimension,
            items=[charts.Bar(label, value) for label, value in ranked[:SHOWN_VALUES]],
        ),
    )  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def bridge(
    drawing: Drawing, opening: tuple[dt.date, Decimal], moves: tuple[tuple[str, Decimal], ...],
    closing: tuple[dt.date, Decimal],
) -> SafeString:  # fmt: skip
    """From one total to the next, movement by movement."""
    given: dict[str, Decimal] = dict(moves)
    return _written(
        drawing,
        charts.bridge(
            title=_("From one total to the next"), unit=drawing.unit, currency=drawing.currency,
            opening=(shown.period_name(opening[0], drawing.grain), opening[1]),
            movements=charts.Movements(
                closing[0], new=given["new"], expansion=given["expansion"],
                reactivation=given["reactivation"], contraction=given["contraction"], churn=given["churn"],
            ),
            closing=(shown.period_name(closing[0], drawing.grain), closing[1]),
        ),
    )  # fmt: skip


def _written(drawing: Drawing, chart: charts.Chart) -> SafeString:
    return render_to_string("metrics/chart.html", {"chart": chart, "fresh": drawing.fresh})
