"""Registries through which domains offer things without importing each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

ColumnType = Literal["int64", "string", "date", "timestamp", "boolean", "decimal", "json"]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """One column of a fact table: its name in PostgreSQL and in the analytical file, and its type.

    `day_of` names the instant of which this column is the day, where the company is: engines do not agree on
    time zones, so the day is taken when the row is copied.
    """

    name: str
    type: ColumnType
    personal: bool = False
    day_of: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A table that the analytical snapshot copies for one company.

    `name` is its name in the analytical file, `table` the PostgreSQL table, `id_column` the bigint
    key; `entity` is the name under which the change log speaks of its rows.
    """

    name: str
    table: str
    entity: str
    columns: tuple[FactColumn, ...]
    id_column: str = "id"


@dataclass(slots=True)
class FactRegistry:
    """The facts of the running installation, in registration order."""

    _facts: dict[str, Fact] = field(default_factory=dict)

    def register(self, fact: Fact) -> None:
        """Add a fact; the same name twice is a programming error."""
        if fact.name in self._facts and self._facts[fact.name] != fact:
            msg = f"Fact {fact.name} is declared twice"
            raise ValueError(msg)
        self._facts[fact.name] = fact

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts.values())

    def get(self, name: str) -> Fact:
        """The fact of that name, or `KeyError`."""
        return self._facts[name]


facts = FactRegistry()
