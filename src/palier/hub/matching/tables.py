"""What a matching table is made of: columns, blocks, comparisons with their levels and weights, a guard.

Weights are base-2 logarithms of how much likelier an observation is between two records of one
thing than between two records drawn at random: +1 doubles the odds. They are typed here once,
published in docs/matching.md, and never learnt from a customer's data (hub.md §0.5).
Conditions are SQL that DuckDB and Spark both understand, over two records `a` and `b`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["equal", "close", "different", "missing"]
LEVEL = re.compile(r"\b(\w+):(\w+)\b")
"""How a guard names an outcome: `phone:same`."""
WORD = re.compile(r"\b[a-z_]+\b")
COMPARED = re.compile(r"\b[ab]\.([a-z_]+)\b")


@dataclass(frozen=True, slots=True)
class Rarity:
    """A value shared by many tells less: `per_doubling` is lost each time twice as many records have it.

    With `of_all` the weight starts from the number of records: what counts is the share that has the value.
    """

    column: str
    floor: float
    ceiling: float
    per_doubling: float = 1.0
    of_all: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One possible outcome of a comparison. `when` is empty for the outcome that is left."""

    key: str
    verdict: Verdict
    weight: float
    words: str
    when: str = ""
    rarity: Rarity | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records say of one thing: the first level whose condition holds counts.

    `shown` is what explains it to people, SQL over the raw columns of the record named `{}`.
    """

    field: str
    shown: str
    levels: tuple[Level, ...]

    def number(self, key: str) -> int:
        """The place of a level."""
        return [level.key for level in self.levels].index(key)


@dataclass(frozen=True, slots=True)
class Block:
    """Records that share a key are compared; `key` is SQL over one record's columns."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Profile:
    """How records of one nature are matched.

    `stages` make the compared columns from the raw ones, each stage from those before it. For the
    columns of `counted` and of every rarity, `k_<column>` is the number of records that share the value;
    `COMMON` in a condition is the number from which a value counts as common.
    """

    name: str
    where: str
    stages: tuple[Mapping[str, str], ...]
    blocks: tuple[Block, ...]
    comparisons: tuple[Comparison, ...]
    guard: str
    counted: tuple[str, ...] = ()

    def comparison(self, field: str) -> Comparison:
        """The comparison of that name."""
        return next(one for one in self.comparisons if one.field == field)

    def rarities(self) -> list[str]:
        """The columns whose values are counted."""
        found = dict.fromkeys(self.counted) | {
            level.rarity.column: None
            for one in self.comparisons
            for level in one.levels
            if level.rarity is not None
        }
        return list(found)

    def kept(self) -> list[str]:
        """The columns that blocks, comparisons and rarities read, of those that the stages make."""
        made = [name for stage in self.stages for name in stage]
        read = {name for block in self.blocks for name in WORD.findall(block.key)}
        read |= {
            name
            for one in self.comparisons
            for level in one.levels
            for name in COMPARED.findall(level.when)
        }
        read |= set(self.rarities())
        return [name for name in made if name in read]

    def guard_sql(self) -> str:
        """The guard over the level columns of a scored pair."""
        return LEVEL.sub(
            lambda found: f"(l_{found[1]} = {self.comparison(found[1]).number(found[2])})",
            self.guard,
        )
