"""What the address of a metric's page asks for: grain, period, breakdown, value, page of rows."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from palier.metrics.computing import BREAKDOWN, BREAKDOWN_GRAINS
from palier.metrics.metric import Metric
from palier.metrics.periods import Period
from palier.web.metrics.windows import METRIC_COUNTS, Window, day_of, grain_of, window

LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One view of a metric. `by` is empty for the whole; `value` None when no value is chosen."""

    metric: Metric
    window: Window
    period: Period
    by: str = ""
    value: str | None = None
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest, metric: Metric, *, today: dt.date) -> Asked:
        """From an address; what it does not know falls back to the whole of the last closed month."""
        values = request.GET
        grain = grain_of(values.get("grain"), METRIC_COUNTS)
        shown = window(today=today, grain=grain, count=METRIC_COUNTS[grain])
        by = values.get("by", "")
        page, known = values.get("page", ""), breakdowns(metric, grain)
        return cls(
            metric=metric, window=shown, period=shown.find(day_of(values.get("period"))),
            by=by if by in known else "", value=values.get("value") if by in known else None,
            page=min(max(int(page), 1), LAST_PAGE) if page.isdecimal() and len(page) < 9 else 1,
        )  # fmt: skip

    @property
    def query(self) -> str:
        """This view as a query string."""
        values = {"grain": self.window.grain, "period": self.period.start.isoformat()}
        if self.by:
            values["by"] = self.by
        if self.value is not None:
            values["value"] = self.value
        if self.page > 1:
            values["page"] = str(self.page)
        return urlencode(values)

    @property
    def url(self) -> str:
        """The page of this view."""
        return f"{_address('metrics:metric', self.metric.key)}?{self.query}"

    @property
    def rows_url(self) -> str:
        """The rows behind this view."""
        return f"{_address('metrics:rows', self.metric.key)}?{self.query}"

    def but(self, **changes: object) -> Asked:
        """The same view with something changed, from its first page of rows."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]


@functools.cache
def _address(view: str, key: str) -> str:
    """Asked for at each link of a page, and always the same."""
    return reverse(view, args=[key])


def breakdowns(metric: Metric, grain: str) -> tuple[str, ...]:
    """What the page may break the metric down by: what readings are kept for."""
    return (BREAKDOWN,) if grain in BREAKDOWN_GRAINS and BREAKDOWN in metric.dimensions else ()
