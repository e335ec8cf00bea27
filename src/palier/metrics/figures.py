"""The values that pages and commands read of metrics: figures, rows of grids, lines, freshness."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One reading: a value for a half-open period, whole or for one value of a dimension.

    `value` is in the metric's unit, None when missing; `flags` say why or how to read it (`flags.FLAGS`).
    """

    metric: str
    grain: str
    period_start: dt.date
    period_end: dt.date
    dimension_value: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    low: Decimal | None
    high: Decimal | None
    n: int | None
    flags: tuple[str, ...]
    currency: str
    beside: Mapping[str, float | None]
    definition_version: int
    computed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Aim:
    """A target: the value aimed at from `valid_from` on, in the metric's unit."""

    metric: str
    grain: str
    value: Decimal
    valid_from: dt.date


@dataclass(frozen=True, slots=True)
class GridRow:
    """One metric over the periods of a grid, oldest first, and what it aims at (a target by period)."""

    metric: str
    figures: tuple[Figure, ...]
    targets: tuple[Aim, ...] = ()

    def target_on(self, day: dt.date) -> Decimal | None:
        """The target in force on a day."""
        held = [aim.value for aim in self.targets if aim.valid_from <= day]
        return held[-1] if held else None


@dataclass(frozen=True, slots=True)
class Line:
    """One metric over periods, oldest first: no more than a grid of many metrics shows."""

    metric: str
    starts: tuple[dt.date, ...] = ()
    values: tuple[Decimal | None, ...] = ()
    flags: tuple[tuple[str, ...], ...] = ()
    targets: tuple[Aim, ...] = ()
    dimension_value: str = ""

    def target_on(self, day: dt.date) -> Decimal | None:
        """The target in force on a day."""
        held = [aim.value for aim in self.targets if aim.valid_from <= day]
        return held[-1] if held else None

    def flags_on(self, start: dt.date) -> tuple[str, ...]:
        """The flags of the period that begins on a day."""
        return self.flags[self.starts.index(start)] if start in self.starts else ()


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the figures are, and how the last refresh went.

    `fresh_at` is the instant whose data the figures show, None before the first refresh. `failure`
    is that of the last refresh, None when it went well; `metric_failures` are by key.
    """

    fresh_at: dt.datetime | None
    snapshot_version: int | None
    status: str | None
    last_started_at: dt.datetime | None
    failure: Mapping[str, Any] | None
    metric_failures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
