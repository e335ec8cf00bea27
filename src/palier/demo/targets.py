"""What the fictional company aims at, for its cockpit."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Target:
    """One metric's target: the value of each period of that grain, in the metric's own unit."""

    metric: str
    value: Decimal
    grain: str


def targets() -> tuple[Target, ...]:
    """The targets of `targets.toml`, in its order."""
    raw = tomllib.loads(files("palier.demo").joinpath("targets.toml").read_text(encoding="utf-8"))
    return tuple(
        Target(metric, Decimal(value), grain)
        for grain, aims in raw.items()
        for metric, value in aims.items()
    )
