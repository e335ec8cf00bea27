"""The catalogue as a page lists it: by family, with the last closed month of each metric."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from palier.accounts.queries import CompanyInfo
from palier.metrics import catalogue, queries
from palier.metrics.figures import Line
from palier.web.components import Status
from palier.web.home.grid import address
from palier.web.metrics import shown, words
from palier.web.metrics.windows import window


@dataclass(frozen=True, slots=True)
class Listed:
    """One metric of the list."""

    label: str
    url: str
    meaning: str
    unit: str
    value: str
    period: str
    reason: str
    failed: Status | None


@dataclass(frozen=True, slots=True)
class ListedFamily:
    """A titled part of the list."""

    key: str
    label: str
    metrics: tuple[Listed, ...]


@lru_cache(maxsize=1_024)
def written(family: ListedFamily, _language: str) -> SafeString:
    """A family of the list, written once for what it shows."""
    return render_to_string("metrics/family.html", {"family": family})


def listed(
    *, company: CompanyInfo, today: dt.date, failures: Mapping[str, object]
) -> list[ListedFamily]:
    """Every metric by family. One query."""
    last = window(today=today, grain="month", count=2).last
    lines = queries.lines(
        company_id=company.id, keys=[one.key for one in catalogue.all_metrics()], grain="month",
        since=last.start, until=last.end,
    )  # fmt: skip
    found = {one.metric: one for one in lines}
    language = words.language()
    month = shown.period_name(last.start, "month")
    return [
        ListedFamily(
            family, str(words.FAMILIES[family]),
            tuple(
                _listed(
                    one.key, *_last(found.get(one.key)), company.currency, month, language, failed=one.key in failures
                )
                for one in catalogue.all_metrics() if one.family == family
            ),
        )
        for family in catalogue.families()
    ]  # fmt: skip


def _last(line: Line | None) -> tuple[Decimal | None, tuple[str, ...]]:
    if line is None or not line.values:
        return None, ()
    return line.values[-1], line.flags[-1]


@lru_cache(maxsize=4_096)
def _listed(
    key: str, value: Decimal | None, flags: tuple[str, ...], currency: str, month: str, _language: str, *, failed: bool
) -> Listed:  # fmt: skip
    metric = catalogue.metric(key)
    return Listed(
        label=words.label(metric), url=address(metric, grain="month"), meaning=words.first_sentence(metric),
        unit=words.unit_words(metric, currency), value=shown.short(value, metric, currency),
        period=month if value is not None else "",
        reason="" if value is not None else words.sentence(words.withheld(flags)),
        failed=shown.status(value=value, target=None, metric=metric, failed=True) if failed else None,
    )  # fmt: skip
