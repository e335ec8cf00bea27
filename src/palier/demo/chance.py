"""Draws on working days; every part of the story has its own generator, so that tuning one leaves the rest."""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
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


HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
"""Month and day of the French public holidays that do not move. Source: Code du travail, L3133-1."""
HOLIDAYS_AFTER_EASTER = (1, 39, 50)
"""Days from Easter Sunday to Easter Monday, Ascension and Whit Monday."""
DAY = dt.timedelta(days=1)
OPENS_AT, CLOSES_AT = 8, 19


@cache
def easter(year: int) -> dt.date:
    """Easter Sunday. Source: Meeus, Jones and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return dt.date(year, month, day + 1)


def is_worked(day: dt.date) -> bool:
    """Whether offices and banks are open in France."""
    moving = (day - easter(day.year)).days in HOLIDAYS_AFTER_EASTER
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS and not moving


def working_day(day: dt.date) -> dt.date:
    """That day, or the next on which people work."""
    while not is_worked(day):
        day += DAY
    return day


def working_day_before(day: dt.date) -> dt.date:
    """That day, or the last one before on which people worked."""
    while not is_worked(day):
        day -= DAY
    return day


def at_work(at: dt.datetime) -> dt.datetime:
    """That instant, or the next opening of the office at the same minute."""
    day = at.date() + DAY if at.hour >= CLOSES_AT else at.date()
    if day == at.date() and at.hour >= OPENS_AT and is_worked(day):
        return at
    return dt.datetime.combine(working_day(day), dt.time(OPENS_AT, at.minute))


def moment(rng: Random, day: dt.date) -> dt.datetime:
    """A local office hour of that day, without zone."""
    return dt.datetime.combine(
        day, dt.time(rng.randint(OPENS_AT, CLOSES_AT - 1), rng.randrange(60))
    )
