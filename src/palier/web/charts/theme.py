"""Colours, type and language of charts: one Vega configuration per appearance."""

from __future__ import annotations

from typing import Literal

from babel import dates, numbers

from palier.web import formats
from palier.web.charts.values import Spec

Mode = Literal["light", "dark"]

TOKENS: dict[Mode, dict[str, str]] = {
    "light": {
        "paper": "#FAF9F6", "surface": "#FFFFFF", "ink": "#1B1A18", "ink-2": "#57534C", "ink-3": "#6B665E", "line": "#E4E0D8",
        "control": "#8B857B", "series-1": "#0E6252", "series-2": "#B4560F", "series-3": "#5B4FA2",
    },
    "dark": {
        "paper": "#161513", "surface": "#1E1D1A", "ink": "#F2F0EB", "ink-2": "#B9B4AA", "ink-3": "#9E988D", "line": "#35322D",
        "control": "#7D786F", "series-1": "#5CC2AB", "series-2": "#E8915A", "series-3": "#A89BEF",
    },
}  # fmt: skip
"""The colours of tokens.css that charts use."""


def theme(mode: Mode) -> Spec:
    """Vega configuration of one appearance, in the active language."""
    ink = TOKENS[mode]
    text = {"font": "Inter, system-ui, sans-serif", "fontSize": 12, "color": ink["ink-2"]}
    series = [ink["series-1"], ink["series-2"], ink["series-3"]]
    return {
        "background": None,
        "mark": {"aria": False},
        "font": "Inter, system-ui, sans-serif",
        "locale": _d3_locale(),
        "view": {"stroke": None},
        "range": {"category": series},
        "axis": {
            "aria": False,
            "labelColor": ink["ink-2"], "labelFontSize": 12, "labelPadding": 6, "gridColor": ink["line"],
            "domainColor": ink["control"], "tickColor": ink["control"], "ticks": False, "title": None,
            "titleColor": ink["ink-2"],
        },
        "axisY": {"domain": False},
        "axisX": {"grid": False, "labelPadding": 8},
        "line": {"strokeWidth": 2, "strokeJoin": "round", "strokeCap": "round"},
        "bar": {"color": series[0]},
        "style": {
            "series-1": {"color": series[0]}, "series-2": {"color": series[1]}, "series-3": {"color": series[2]},
            "label-1": {**text, "color": series[0], "fontWeight": 550},
            "label-2": {**text, "color": series[1], "fontWeight": 550},
            "label-3": {**text, "color": series[2], "fontWeight": 550},
            "previous": {"color": ink["ink-3"], "strokeWidth": 1.5},
            "previous-label": {**text, "color": ink["ink-3"]},
            "target": {"color": ink["ink"], "strokeDash": [6, 4], "strokeWidth": 1.25},
            "target-label": {**text, "color": ink["ink"]},
            "halo": {**text, "stroke": ink["paper"], "strokeWidth": 5, "strokeJoin": "round", "fontWeight": 550},
            "zero": {"color": ink["control"], "strokeWidth": 1},
            "value-label": {**text, "color": ink["ink"]},
            "total": {"color": ink["ink-3"]},
            "gain": {"color": series[0]},
            "loss": {"color": series[1]},
            "net": {"color": ink["ink"]},
        },
    }  # fmt: skip


def _d3_locale() -> Spec:
    babel = formats.locale()
    months = [babel.months["stand-alone"]["wide"][i] for i in range(1, 13)]
    short = [babel.months["stand-alone"]["abbreviated"][i] for i in range(1, 13)]
    week = [6, 0, 1, 2, 3, 4, 5]
    return {
        "number": {
            "decimal": numbers.get_decimal_symbol(babel),
            "thousands": numbers.get_group_symbol(babel),
            "grouping": [3],
            "currency": ["", ""],
            "minus": formats.MINUS,
        },
        "time": {
            "dateTime": "%A %e %B %Y, %H:%M", "date": "%d/%m/%Y", "time": "%H:%M", "periods": ["", ""],
            "days": [dates.get_day_names("wide", locale=babel)[d] for d in week],
            "shortDays": [dates.get_day_names("abbreviated", locale=babel)[d] for d in week],
            "months": months, "shortMonths": short,
        },
    }  # fmt: skip
