"""Charts: one Vega-Lite definition for screen, print and export, and always the same numbers as a table.

A definition says what to draw and no colour: those come from `theme(mode)`, one per appearance. On
screen js/charts.js draws it without `eval`; small charts are SVG written by the server.
"""

from palier.web.charts.bars import bars, bridge, movements_by_period
from palier.web.charts.lines import time_line
from palier.web.charts.svg import bullet, meter, sparkline
from palier.web.charts.theme import TOKENS, theme
from palier.web.charts.values import Bar, Chart, Movements, Point, Series, Spec

__all__ = [
    "TOKENS", "Bar", "Chart", "Movements", "Point", "Series", "Spec", "bars", "bridge", "bullet", "meter",
    "movements_by_period", "sparkline", "theme", "time_line",
]  # fmt: skip
