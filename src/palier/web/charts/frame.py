"""The frame all charts share: scale of the values, axes, room for the labels at the right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from babel import numbers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.kernel.money import minor_digits
from palier.web import formats
from palier.web.charts.values import Spec
from palier.web.formats import Grain, Number

HEIGHT = 260
WIDEST_LABEL = 150
TOOLTIP: Spec = {"field": "said", "type": "nominal"}


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of a unit become axis numbers, and how the axis writes them."""

    factor: float
    axis: str
    suffix: str


def scale_of(values: Sequence[Number | None], *, unit: str, currency: str) -> Scale:
    """Money is drawn in major units, thousands or millions; shares in percent."""
    kind = unit.partition("/")[0]
    highest = max((abs(float(v)) for v in values if v is not None), default=0.0)
    if kind == "share":
        return Scale(
            100, ",~r", formats.NO_BREAK + "%" if formats.locale().language == "fr" else "%"
        )
    if kind in {"days", "months"}:
        word = pgettext("days, short", "d") if kind == "days" else _("months")
        return Scale(1, ",~r", formats.NO_BREAK + word)
    if kind != "money":
        return Scale(1, ",~r", "")
    unit_size = float(10 ** minor_digits(currency))
    symbol = numbers.get_currency_symbol(currency, locale=formats.locale())
    for step, prefix in ((1_000_000, "M"), (1_000, "k"), (1, "")):
        if step == 1 or highest / unit_size >= 2 * step:
            return Scale(1 / unit_size / step, ",~r", f"{formats.NO_BREAK}{prefix}{symbol}")
    raise AssertionError


def value_axis(scale: Scale) -> Spec:
    """An axis of values, written in the unit of the scale."""
    return {
        "labelExpr": f"format(datum.value, '{scale.axis}') + '{scale.suffix}'",
        "tickCount": 5,
    }


def drawn(value: Number | None, scale: Scale) -> float | None:
    """The number the axis gets; None stays None."""
    return None if value is None else float(value) * scale.factor


MOST_LABELS = 13
"""Labels of a time axis; with more periods than that, every second, third or sixth has one."""
LABEL_GAP = 15
"""Pixels between two labels of lines' ends, so that they never overlap."""

_TIME_LABELS: dict[Grain, str] = {
    "day": "utcFormat({at}, '%e %b')",
    "week": "'{week}' + utcFormat({at}, '%V')",
    "month": "utcFormat({at}, '%b')",
    "quarter": "'{quarter}' + utcquarter({at}) + ' ' + utcyear({at})",
    "year": "utcFormat({at}, '%Y')",
}
_YEAR_UNDER: dict[str, str] = {
    "week": "datum.index == 0 || utcFormat({at}, '%V') == '01' ? [{label}, utcFormat({at}, '%G')] : {label}",
    "month": "datum.index == 0 || utcmonth({at}) == 0 ? [{label}, utcFormat({at}, '%Y')] : {label}",
}
"""The year stands under the first label and wherever it changes, so that each label stays narrow."""


def time_axis(starts: Sequence[dt.date], grain: Grain, *, at: str) -> Spec:
    """An axis of periods; `at` is the expression of the period's first instant."""
    stride = next((n for n in (1, 2, 3, 6, 12) if len(starts) <= MOST_LABELS * n), 12)
    if grain == "month" and stride > 1:
        labelled = [s for s in starts if (s.month - 1) % stride == 0]
    else:
        labelled = list(starts[::-stride][::-1])
    label = _time_label(grain, at)
    return {
        "labelExpr": _YEAR_UNDER.get(grain, "{label}").format(at=at, label=label),
        "labelOverlap": "parity",
        "labelSeparation": 8,
        "labelFlush": False,
        "values": labelled,
    }


def _time_label(grain: Grain, at: str) -> str:
    """The expression of a period's short name."""
    return _TIME_LABELS[grain].format(
        at=at,
        week=pgettext("first letter of week numbers", "W"),
        quarter=pgettext("first letter of quarters", "Q"),
    )


def time_channel(starts: Sequence[dt.date], grain: Grain) -> Spec:
    """The horizontal channel of lines: instants at midnight UTC, whatever the reader's time zone."""
    axis = time_axis(starts, grain, at="datum.value")
    axis["values"] = [
        {"year": s.year, "month": s.month, "date": s.day, "utc": True} for s in axis["values"]
    ]
    return {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def band_channel(starts: Sequence[dt.date], grain: Grain, *, unfinished: dt.date | None) -> Spec:
    """The horizontal channel of bars: one band for each period, the unfinished one said to be so."""
    axis = time_axis(starts, grain, at="toDate(datum.value)")
    if unfinished is not None:
        label = _time_label(grain, "toDate(datum.value)")
        axis["labelExpr"] = (
            f"datum.value == '{unfinished.isoformat()}' ? [{label}, '{_('in progress')}'] : ({axis['labelExpr']})"
        )
    axis.update(labelAngle=0, values=[start.isoformat() for start in axis["values"]])
    return {
        "field": "at",
        "type": "ordinal",
        "sort": None,
        "axis": axis,
        "scale": {"paddingInner": 0.3},
    }


def apart(
    values: Sequence[float], *, low: float, high: float, lines: Sequence[int] = ()
) -> list[int]:
    """How many pixels down to move each label so that those at nearly equal values do not overlap.

    `lines` says how many lines of text each has, one unless told.
    """
    reach = (high - low) or 1.0
    wanted = [(high - value) / reach * HEIGHT for value in values]
    order = sorted(range(len(values)), key=lambda i: (wanted[i], i))
    placed = [0.0] * len(values)
    floor = float("-inf")
    for i in order:
        placed[i] = max(wanted[i], floor)
        floor = placed[i] + LABEL_GAP * (lines[i] if lines else 1)
    return [round(placed[i] - wanted[i]) for i in range(len(values))]


def frame(layers: list[Spec], *, height: int = HEIGHT) -> Spec:
    """Layers as a whole chart, as wide as its place; labels at the right are counted in it."""
    return {
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 4, "top": 12, "right": 8, "bottom": 4},
        "layer": layers,
    }
