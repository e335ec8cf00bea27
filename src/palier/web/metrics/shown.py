"""A reading as components show it: written value, comparison, status against its target.

What only depends on a value, its unit, currency and language is written once and remembered:
readings are few, pages are many.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from palier.metrics.figures import Figure as Reading
from palier.metrics.metric import Metric
from palier.metrics.standing import Standing, standing
from palier.web import formats
from palier.web.components import Status, Tone
from palier.web.formats import NO_BREAK, Difference, Polarity
from palier.web.metrics import words

REMEMBERED = 20_000
"""Written values kept in one process: two hundred companies' cockpits, some megabytes. Source: ours."""
WHOLE_MONTHS_FROM = 10
"""From this many months on, a tenth of one does not fit a column. Source: ours."""


def written(value: Decimal | None, metric: Metric, currency: str) -> str:
    """A value in full: 112 400 €, 3,4 %, 57 jours."""
    return _written(value, words.unit_of(metric), currency, get_language() or "", short=False)


def short(value: Decimal | None, metric: Metric, currency: str) -> str:
    """A value for a column: 112,4 k€, 3,4 %, 57 j."""
    return _written(value, words.unit_of(metric), currency, get_language() or "", short=True)


@lru_cache(maxsize=REMEMBERED)
def _written(
    value: Decimal | None, unit: str, currency: str, _language: str, *, short: bool
) -> str:
    if value is not None and short and unit == "days":
        return formats.number(round(value)) + NO_BREAK + pgettext("days, short", "d")
    if short and unit == "money":
        return formats.money(value, currency, cents=False, compact=True)
    if value is not None and short and unit == "months" and abs(value) >= WHOLE_MONTHS_FROM:
        return formats.months(value, decimals=0)
    return formats.figure(value, unit, currency, compact=short)


def period_name(start: dt.date, grain: formats.Grain) -> str:
    """A period's name: octobre 2026, S47 2026."""
    return _period_name(start, grain, get_language() or "")


@lru_cache(maxsize=1_024)
def _period_name(start: dt.date, grain: formats.Grain, _language: str) -> str:
    return formats.period(start, grain)


def moved(
    *, value: Decimal | None, before: Decimal | None, metric: Metric, currency: str
) -> Difference | None:
    """How a value moved since another one."""
    return _moved(
        value,
        before,
        words.unit_of(metric),
        words.polarity_of(metric),
        currency,
        get_language() or "",
    )


@lru_cache(maxsize=REMEMBERED)
def _moved(
    value: Decimal | None,
    before: Decimal | None,
    unit: str,
    polarity: Polarity,
    currency: str,
    _language: str,
) -> Difference | None:
    found = formats.difference(
        value=value, before=before, unit=unit, polarity=polarity, currency=currency
    )
    if found is None or any(digit in found.text for digit in "123456789"):
        return found
    # what rounds to nothing is said to be nothing: «0 jour» is neither better nor worse
    return formats.difference(
        value=value, before=value, unit=unit, polarity=polarity, currency=currency
    )


_TONES: dict[Standing, Tone] = {"met": "good", "near": "warn", "missed": "bad"}


def standing_word(found: Standing) -> str:
    """The word of a standing."""
    return {"met": _("on target"), "near": _("to watch"), "missed": _("off target")}[found]


def status(
    *, value: Decimal | None, target: Decimal | None, metric: Metric, failed: bool = False
) -> Status | None:
    """How a closed period stands; None when there is nothing to stand against."""
    if failed:
        return Status(_("not computed"), "bad", "triangle-alert")
    if value is None:
        return Status(_("not measured"), "idle")
    found = standing(value=value, target=target, polarity=metric.polarity)
    return None if found is None else Status(standing_word(found), _TONES[found])


def reason(reading: Reading | None) -> str:
    """Why there is no figure, as a sentence."""
    return words.sentence(words.withheld(reading.flags if reading else ()))


def interval_words(reading: Reading, metric: Metric, currency: str) -> str:
    """The bounds of a figure as a sentence; empty when there are none."""
    low, high = (written(bound, metric, currency) for bound in (reading.low, reading.high))
    if reading.low is None and reading.high is None:
        return ""
    if reading.high is None:
        return _("At least %(low)s, with nine chances in ten.") % {"low": low}
    if reading.low is None:
        return _("At most %(high)s, with nine chances in ten.") % {"high": high}
    if metric.key in words.QUARTILES:
        return _("Half of them lie between %(low)s and %(high)s.") % {"low": low, "high": high}
    return _("Between %(low)s and %(high)s, with nine chances in ten.") % {"low": low, "high": high}


def beside_words(reading: Reading, metric: Metric, currency: str) -> list[str]:
    """What is given next to the figure: the capped value, the mean, the share of amounts."""
    said = []
    for name, (words_of, unit) in words.BESIDE.get(metric.key, {}).items():
        value = reading.beside.get(name)
        if value is not None:
            said.append(str(words_of) % {"value": formats.figure(value, unit, currency)})
    return said


def division_words(reading: Reading, metric: Metric, currency: str) -> str:
    """What was divided by what, as a sentence; empty when the figure is no division."""
    parts = words.PARTS.get(metric.key)
    if parts is None or reading.numerator is None or reading.denominator is None:
        return ""
    sentence, *units = parts
    values = list(zip((reading.numerator, reading.denominator), units, strict=True))
    cents = formats.cents_beside((part for part, unit in values if unit == "money"), currency)
    over, under = (
        formats.figure(round(part) if unit == "count" else part, unit, currency, cents=cents)
        for part, unit in values
    )
    return str(sentence) % {"over": over, "under": under}
