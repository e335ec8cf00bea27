"""Draws on working days; every part of the story has its own generator, so that tuning one leaves the rest."""

from __future__ import annotations

import datetime as dt
import math
from random import Random
from typing import TypeVar

T = TypeVar("T")


def generator(seed: int, part: str) -> Random:
    """The generator of one part of the story."""
    return Random(f"{seed}:{part}")


class Spread:
    """Shares that fill 0 to 1 evenly, one series per name: small companies then keep their story.

    Source: the golden-ratio sequence, of low discrepancy; each series starts at a drawn place.
    """

    STEP = (math.sqrt(5) - 1) / 2

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._places: dict[str, float] = {}

    def next(self, name: str) -> float:
        """The next share of that series, between 0 and 1."""
        place = self._places.get(name)
        place = self._rng.random() if place is None else (place + self.STEP) % 1.0
        self._places[name] = place
        return place


def count(rng: Random, mean: float) -> int:
    """A Poisson draw."""
    limit, product, found = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        found += 1
    return found


def days(rng: Random, *, median: float, spread: float, least: int = 1) -> int:
    """A log-normal number of days."""
    return max(least, round(median * math.exp(rng.gauss(0, spread))))


def weighted(rng: Random, choices: dict[T, float]) -> T:
    """One of the keys, by weight."""
    return rng.choices(list(choices), weights=list(choices.values()))[0]


def working_day(day: dt.date) -> dt.date:
    """That day, or the Monday after a week-end."""
    return day + dt.timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def moment(rng: Random, day: dt.date) -> dt.datetime:
    """A local office hour of that day, without zone."""
    return dt.datetime.combine(day, dt.time(rng.randint(8, 18), rng.randrange(60)))
