"""What a chart is given and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from palier.web.formats import Number

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series. `value` is in the unit of the chart; None leaves a gap."""

    start: dt.date
    value: Number | None
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A named line. The name is written at its end."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, how long, and where it leads."""

    label: str
    value: Number | None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Movements:
    """The five movements of one period, in the unit of the chart; losses are negative."""

    start: dt.date
    new: Number = 0
    expansion: Number = 0
    reactivation: Number = 0
    contraction: Number = 0
    churn: Number = 0
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw, the sentence that says it, and the numbers as a table of written values."""

    title: str
    unit: str
    spec: Spec
    summary: str
    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    short: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw: the component then shows no axis."""
        return not self.body
