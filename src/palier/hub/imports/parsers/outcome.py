"""What a parser answers when a cell cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from palier.hub.records import JSON

Value = TypeVar("Value")

SHOWN = 60
"""Characters of a refused cell that a message quotes."""


MAX_VALUE = 300
"""Characters of a cell that may be anything but a text: an address of mail has at most 254."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A refused cell: a code of `palier.hub.imports.messages` and its parameters."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


Outcome: TypeAlias = "JSON | Bad"
Parser: TypeAlias = Callable[[str], Outcome]
"""Reads a cell that is not blank; None means that the cell says nothing after all."""


def bad(code: str, text: str, **params: str) -> Bad:
    """A refusal of that text, quoted within reason."""
    quoted = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return Bad(code, {"value": quoted, **params})


def bounded(parse: Callable[[str], Value]) -> Callable[[str], Value | Bad]:
    """The parser, that never looks at a cell too long to be one of its values."""

    def parse_bounded(cell: str) -> Value | Bad:
        if len(cell) > MAX_VALUE:
            return bad("import.value_too_long", cell, limit=str(MAX_VALUE))
        return parse(cell)

    return parse_bounded
