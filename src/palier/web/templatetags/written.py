"""Filters that write numbers and dates: `{{ value|money:"EUR" }}`. `{% load palier %}` brings them too."""

from __future__ import annotations

import datetime as dt
import re
from typing import cast

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from palier.web import formats
from palier.web.formats import DayForm, Grain, Number

register = template.Library()
_CODE = re.compile(r"`([^`]+)`")


@register.filter
def money(minor: Number | None, currency: str = "EUR") -> str:
    """Minor units as an amount: 1 234 €."""
    return formats.money(minor, currency)


@register.filter
def money_exact(minor: Number | None, currency: str = "EUR") -> str:
    """The same with cents, as in a column: 1 234,50 €."""
    return formats.money(minor, currency, cents=True)


@register.filter
def money_short(minor: Number | None, currency: str = "EUR") -> str:
    """The same, short: 12,3 k€."""
    return formats.money(minor, currency, compact=True)


@register.filter
def number(value: Number | None, decimals: int | None = None) -> str:
    """1 234,5; `|number:2` fixes the decimals."""
    return formats.number(value, decimals=decimals)


@register.filter
def percent(share: Number | None, decimals: int = 1) -> str:
    """A share as a percentage: 3,4 %."""
    return formats.percent(share, decimals=decimals)


@register.filter
def figure_in(value: Number | None, unit: str) -> str:
    """A metric's value in its unit: `|figure_in:"share/month"`."""
    return formats.figure(value, unit)


@register.filter
def days(value: Number | None) -> str:
    """12 jours."""
    return formats.days(value)


@register.filter
def months(value: Number | None) -> str:
    """7,5 mois."""
    return formats.months(value)


@register.filter
def day(value: dt.date | None, form: str = "long") -> str:
    """1er novembre 2026; `|day:"medium"`, `|day:"short"`, `|day:"full"`."""
    return formats.day(value, form=cast("DayForm", form))


@register.filter
def instant(value: dt.datetime | None) -> str:
    """23 nov. 2026, 09:05."""
    return formats.instant(value)


@register.filter
def ago(value: dt.datetime | None) -> str:
    """Il y a 3 heures."""
    return formats.freshness(value, now=timezone.now())


@register.filter
def period(start: dt.date | None, grain: str = "month") -> str:
    """A period: novembre 2026; `|period:"quarter"` T4 2026; `|period:"week"` S47 2026."""
    return formats.period(start, cast("Grain", grain))


@register.filter
def coded(text: str) -> SafeString:
    """A sentence whose `words between backticks` are code."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", conditional_escape(text)))  # noqa: S308 - escaped first


@register.filter
def tone(level_tag: str) -> str:
    """The tone of a message of Django's framework."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level_tag, "info")


@register.filter
def plain(value: Number) -> str:
    """A number for an attribute of HTML: no grouping, a point."""
    return format(value, "f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@register.filter
def split_words(words: str) -> list[str]:
    """The words of a text, to loop over a few literals."""
    return words.split()
