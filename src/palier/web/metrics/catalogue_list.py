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
from palier.web.formats import Difference
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
    moved: Difference | None
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
    months = window(today=today, grain="month", count=2)
    last, before = months.last, months.before
    lines = queries.lines(
        company_id=company.id, keys=[one.key for one in catalogue.all_metrics()], grain="month",
        since=before.start, until=last.end,
    )  # fmt: skip
    found = {one.metric: one for one in lines}
    language = words.language()
    month = shown.period_name(last.start, "month")
    return [
        ListedFamily(
            family, str(words.FAMILIES[family]),
            tuple(
                _listed(
                    one.key, *_on(found.get(one.key), last.start), company.currency, month, language,
                    before=_on(found.get(one.key), before.start)[0], failed=one.key in failures,
                )
                for one in catalogue.all_metrics() if one.family == family
            ),
        )
        for family in catalogue.families()
    ]  # fmt: skip


def _on(line: Line | None, start: dt.date) -> tuple[Decimal | None, tuple[str, ...]]:
    if line is None or start not in line.starts:
        return None, ()
    at = line.starts.index(start)
    return line.values[at], line.flags[at]


@lru_cache(maxsize=4_096)
def _listed(
    key: str, value: Decimal | None, flags: tuple[str, ...], currency: str, month: str, _language: str, *,
    before: Decimal | None, failed: bool,
) -> Listed:  # fmt: skip
    metric = catalogue.metric(key)
    return Listed(
        label=words.label(metric), url=address(metric, grain="month"), meaning=words.first_sentence(metric),
        unit=words.counted_words(metric, value), value=shown.short(value, metric, currency),
        period=month if value is not None else "",
        moved=shown.moved(value=value, before=before, metric=metric, currency=currency),
        reason="" if value is not None else words.sentence(words.withheld(flags)),
        failed=shown.status(value=value, target=None, metric=metric, failed=True) if failed else None,
    )  # fmt: skip
