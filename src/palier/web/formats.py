"""Every number, amount and date as the reader writes it, through Babel alone. `fields` reads them back.

French groups digits with U+202F and puts U+00A0 before % and €; the minus sign is U+2212. What is
unknown is «—», never 0. The language is the active one.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from babel import Locale, dates, numbers, units
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from palier.kernel.money import minor_digits

UNKNOWN = "—"
MINUS = "\u2212"
NO_BREAK = "\u00a0"
JUST_NOW = dt.timedelta(minutes=1)
"""Under it, freshness says «just now»."""
COMPACT_FROM = 10_000
"""From this amount of major units a compact amount is written in thousands (12,3 k€)."""
WHOLE_FROM = 1_000
"""From this amount of major units cents are noise, and left out unless asked for."""

Number = Decimal | int | float
Polarity = Literal["higher", "lower", "neutral"]
Grain = Literal["day", "week", "month", "quarter", "year"]
DayForm = Literal["long", "medium", "short", "full"]

_LOCALES = {"fr": Locale("fr", "FR"), "en": Locale("en", "GB")}


_CITIES = {"America/Montreal": "Montréal"}
"""What Babel 2.18 names otherwise: it says Toronto, of which Montréal is an alias."""


_pattern = functools.cache(numbers.parse_pattern)
"""A pattern as Babel reads it: it would read each one again for each number."""


def locale() -> Locale:
    """The Babel locale of the active language."""
    return _LOCALES.get((get_language() or "fr")[:2], _LOCALES["fr"])


def currency(code: str) -> str:
    """A currency by its name and its code: «euro (EUR)»."""
    return f"{numbers.get_currency_name(code, locale=locale())} ({code})"


def city(time_zone: str) -> str:
    """The city that a time zone is named after: «Londres», «La Réunion»."""
    return _CITIES.get(time_zone) or dates.get_timezone_location(
        time_zone, locale=locale(), return_city=True
    )


def _typeset(text: str) -> str:
    return text.replace("-", MINUS)


def number(value: Number | None, *, decimals: int | None = None, signed: bool = False) -> str:
    """A plain number; at most three decimals unless `decimals` fixes how many."""
    if value is None:
        return UNKNOWN
    plain = exact(value)
    pattern = (
        "#,##0.###" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    )
    return _sign(plain, decimals=3 if decimals is None else decimals, signed=signed) + _typeset(
        numbers.format_decimal(abs(plain), _pattern(pattern), locale=locale())
    )


def money(
    minor: Number | None,
    currency: str = "EUR",
    *,
    cents: bool | None = None,
    compact: bool = False,
    signed: bool = False,
) -> str:
    """An amount of minor units of `currency` (ISO 4217).

    Cents are shown under 1,000 major units when there are any, or always or never with `cents`.
    `compact` writes 12,3 k€ and 1,2 M€ from ten thousand on.
    """
    if minor is None:
        return UNKNOWN
    digits = minor_digits(currency)
    amount = exact(minor).scaleb(-digits)
    if compact and abs(amount) >= COMPACT_FROM:
        text = numbers.format_compact_currency(
            abs(amount), currency, locale=locale(), fraction_digits=1
        )
        return _sign(amount, decimals=2, signed=signed) + _close_up(text)
    whole = amount == amount.to_integral_value() or abs(amount) >= WHOLE_FROM
    shown = 0 if (cents is False or (cents is None and whole)) else digits
    pattern = "#,##0" + ("." + "0" * shown if shown else "")
    pattern = f"¤{pattern}" if locale().language == "en" else f"{pattern}{NO_BREAK}¤"
    text = numbers.format_currency(
        abs(amount), currency, _pattern(pattern), locale=locale(), currency_digits=False
    )
    return _sign(amount, decimals=shown, signed=signed) + text


def _close_up(text: str) -> str:
    """«12,3 k €» as it is written: «12,3 k€»."""
    return re.sub(r"(\d[.,\d]*\s[kMG]d?)\s(?=\S)", r"\1", text).replace(",0" + NO_BREAK, NO_BREAK)


def percent(share: Number | None, *, decimals: int = 1, signed: bool = False) -> str:
    """A share as a percentage: 0.034 is 3,4 %. A needless «,0» is left out."""
    if share is None:
        return UNKNOWN
    plain = exact(share)
    gap = "" if locale().language == "en" else NO_BREAK
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "") + gap + "%"
    text = numbers.format_percent(abs(plain), _pattern(pattern), locale=locale())
    return _sign(plain, decimals=decimals + 2, signed=signed) + text


def points(share: Number | None, *, decimals: int = 1) -> str:
    """A difference between two shares, in percentage points: +1,2 pt."""
    if share is None:
        return UNKNOWN
    plain = exact(share) * 100
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    text = numbers.format_decimal(abs(plain), _pattern(pattern), locale=locale())
    return (
        _sign(plain, decimals=decimals, signed=True)
        + text
        + NO_BREAK
        + pgettext("percentage points", "pt")
    )


def days(value: Number | None, *, decimals: int = 0, signed: bool = False) -> str:
    """A length in days: 12 jours."""
    return _length(value, "duration-day", decimals, signed=signed)


def months(value: Number | None, *, decimals: int = 1, signed: bool = False) -> str:
    """A length in months: 7,5 mois."""
    return _length(value, "duration-month", decimals, signed=signed)


def _length(value: Number | None, unit: str, decimals: int, *, signed: bool) -> str:
    if value is None:
        return UNKNOWN
    plain = round(exact(value), decimals)
    text = units.format_unit(abs(plain), unit, "long", locale=locale()).replace(" ", NO_BREAK)
    return _sign(plain, decimals=decimals, signed=signed) + text


def figure(
    value: Number | None,
    unit: str,
    currency: str = "EUR",
    *,
    cents: bool | None = None,
    compact: bool = False,
    signed: bool = False,
) -> str:
    """A metric's value in its own unit: `money`, `share`, `days`, `months`, `ratio`, else a number.

    What follows a slash (`share/month`) says the period and is not written.
    """
    kind = unit.partition("/")[0]
    if kind == "money":
        return money(value, currency, cents=cents, compact=compact, signed=signed)
    if kind == "share":
        return percent(value, signed=signed)
    if kind == "days":
        return days(value, signed=signed)
    if kind == "months":
        return months(value, signed=signed)
    if kind == "ratio":
        return number(None if value is None else round(exact(value), 1), signed=signed)
    return number(value, signed=signed)


def cents_beside(values: Iterable[Number | None], currency: str = "EUR") -> bool | None:
    """Whether amounts read one beside the other show cents: none does when one is large.

    For `figure` and `money`, so that 4 343 € does not stand above 350,52 €.
    """
    whole_from = Decimal(WHOLE_FROM).scaleb(minor_digits(currency))
    large = any(value is not None and abs(exact(value)) >= whole_from for value in values)
    return False if large else None


def exact(value: Number) -> Decimal:
    """Any number as a decimal, a float as it is written."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _sign(value: Decimal, *, decimals: int, signed: bool) -> str:
    """The sign of what will be shown: a value that rounds to zero has none."""
    if round(value, decimals) == 0:
        return ""
    if value < 0:
        return MINUS
    return "+" if signed else ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a value moved: what to write, which way, and whether that is good.

    `direction` is `up`, `down` or `flat`; `verdict` is `good`, `bad` or `idle`, from the polarity:
    a rising churn is never good.
    """

    text: str
    direction: Literal["up", "down", "flat"]
    verdict: Literal["good", "bad", "idle"]
    word: str

    @property
    def icon(self) -> str:
        """Name of the icon that goes with the direction."""
        return {"up": "arrow-up", "down": "arrow-down", "flat": "minus"}[self.direction]


def difference(
    *,
    value: Number | None,
    before: Number | None,
    unit: str,
    polarity: Polarity = "neutral",
    currency: str = "EUR",
) -> Difference | None:
    """How `value` moved since `before`; None when either is unknown.

    Shares move in points, lengths and ratios in their own unit, amounts and counts in percent (in
    their own unit when they start from zero or below: a loss that shrinks by half is no «+50 %»).
    """
    if value is None or before is None:
        return None
    now, then = exact(value), exact(before)
    moved, kind = now - then, unit.partition("/")[0]
    if kind == "share":
        text = points(moved)
    elif kind in {"days", "months", "ratio"} or then <= 0:
        text = figure(moved, unit, currency, signed=True, cents=cents_beside((now, then), currency))
    else:
        text = percent(moved / then, signed=True, decimals=1)
    if moved == 0:
        return Difference(text, "flat", "idle", pgettext("a value", "unchanged"))
    direction: Literal["up", "down"] = "up" if moved > 0 else "down"
    if polarity == "neutral":
        return Difference(
            text,
            direction,
            "idle",
            pgettext("a value", "up") if moved > 0 else pgettext("a value", "down"),
        )
    good = (moved > 0) == (polarity == "higher")
    return Difference(
        text,
        direction,
        "good" if good else "bad",
        pgettext("a value", "better") if good else pgettext("a value", "worse"),
    )


# -- days and instants ---------------------------------------------------------------------------


def day(value: dt.date | None, *, form: DayForm = "long") -> str:
    """A day: «1er novembre 2026», «1er nov. 2026», «01/11/2026», «dimanche 1er novembre 2026»."""
    if value is None:
        return UNKNOWN
    if isinstance(value, dt.datetime):
        value = _local(value).date()
    return _first(dates.format_date(value, form, locale=locale()))


def _first(text: str) -> str:
    """Babel writes «1 novembre»; French says «1er novembre», for the first alone."""
    if locale().language != "fr":
        return text
    return re.sub(r"(?<![\d/])1 (?=[^\W\d])", "1er ", text)


def instant(value: dt.datetime | None) -> str:
    """A day and a time on the 24-hour clock: «23 nov. 2026, 09:05»."""
    if value is None:
        return UNKNOWN
    local = _local(value)
    return f"{day(local.date(), form='medium')}, {clock(local)}"


def clock(value: dt.datetime | None) -> str:
    """A time of day: 09:05."""
    return UNKNOWN if value is None else dates.format_time(_local(value), "HH:mm", locale=locale())


def _local(value: dt.datetime) -> dt.datetime:
    return value if timezone.is_naive(value) else timezone.localtime(value)


def period(start: dt.date | None, grain: Grain, *, short: bool = False) -> str:
    """The period that begins on `start`: «novembre 2026», «T4 2026», «S47 2026», «2026».

    `short` suits a column: «nov.», «T4», «S47».
    """
    if start is None:
        return UNKNOWN
    if grain == "day":
        return dates.format_skeleton("MMMd", start, locale=locale()) if short else day(start)
    if grain == "week":
        iso = start.isocalendar()
        week = pgettext("week number", "W%(week)02d") % {"week": iso.week}
        return week if short else f"{week} {iso.year}"
    if grain == "month":
        return dates.format_date(start, "LLL" if short else "LLLL y", locale=locale())
    if grain == "quarter":
        return dates.format_date(start, "QQQ" if short else "QQQ y", locale=locale())
    return str(start.year)


def span(start: dt.date | None, end: dt.date | None) -> str:
    """A half-open range of days as people say it, last day included: «1er–30 nov. 2026»."""
    if start is None or end is None:
        return UNKNOWN
    last = end - dt.timedelta(days=1)
    text = dates.format_interval(start, last, "yMMMd", locale=locale())
    return re.sub(r"^1(?=[\s–])", "1er", text) if locale().language == "fr" else text


def freshness(at: dt.datetime | None, *, now: dt.datetime) -> str:
    """How long ago: «à l’instant», «il y a 3 heures», then the day itself after a week."""
    if at is None:
        return pgettext("when", "never")
    age = now - at
    if age < JUST_NOW:
        return _("just now")
    if age >= dt.timedelta(days=7):
        return _("on %(day)s") % {"day": day(at, form="medium")}
    return dates.format_timedelta(-age, add_direction=True, locale=locale(), threshold=1).replace(
        " ", NO_BREAK
    )


def rows(count: int) -> str:
    """How many rows: «1 234 lignes»."""
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": number(count)}
