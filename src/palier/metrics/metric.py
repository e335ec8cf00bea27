"""What a metric is: its identity, words, and where its figure comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from palier.metrics.answers import Answering
from palier.metrics.periods import GRAINS, Grain
from palier.metrics.questions import QUESTIONS, ROWS

Unit = Literal["customers", "money_minor", "share", "ratio", "months", "days"]
Polarity = Literal["up", "down", "neutral"]
Kind = Literal["flow", "stock", "ratio", "median"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of the catalogue.

    Unit `money_minor` is whole minor units of the company's currency, possibly with decimals; `share`
    is between 0 and 1. `needs` are groups of facts: of each group the company must have one, or the
    figure is missing with the flag `no_data`. `currency_of` are the facts whose amounts it adds,
    `basis` being those that make customers (recurring lines, else invoices, else won deals).
    """

    key: str
    unit: Unit
    polarity: Polarity
    family: str
    kind: Kind
    label_fr: str
    label_en: str
    definition_fr: str
    definition_en: str
    questions: tuple[str, ...]
    answer: Answering
    rows: str
    needs: tuple[tuple[str, ...], ...]
    currency_of: tuple[str, ...] = ()
    definition_version: int = 1
    grains: tuple[Grain, ...] = GRAINS

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What the metric may be broken down by: what all its questions know."""
        shared = QUESTIONS[self.questions[0]].dimensions
        for name in self.questions[1:]:
            shared = tuple(one for one in shared if one in QUESTIONS[name].dimensions)
        return shared

    @property
    def rows_dimensions(self) -> tuple[str, ...]:
        """The dimensions by which the rows behind the figure can be narrowed."""
        return tuple(one for one in self.dimensions if one in ROWS[self.rows].dimensions)

    @property
    def reads(self) -> tuple[str, ...]:
        """The analytical tables it reads."""
        return tuple(
            dict.fromkeys(table for name in self.questions for table in QUESTIONS[name].reads)
        )

    def label(self, language: str) -> str:
        """The label in that language, English when it is not French."""
        return self.label_fr if language.startswith("fr") else self.label_en

    def definition(self, language: str) -> str:
        """The definition in that language, English when it is not French."""
        return self.definition_fr if language.startswith("fr") else self.definition_en
