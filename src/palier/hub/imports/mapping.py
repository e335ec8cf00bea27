"""What a file's columns mean: plain values that are stored, shown, corrected and compiled.

A mapping has the same shape in a preset (TOML), in memory of a tool (JSON) and on the correction
page; `presets` documents that shape in full, `mapping_json` reads and writes it, `reading` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, Field, FieldType

DateOrder: TypeAlias = Literal["auto", "dmy", "mdy", "ymd"]
DecimalMark: TypeAlias = Literal["auto", ",", "."]
Fold: TypeAlias = Literal["first", "last", "sum", "min", "max", "count"]
Invalid: TypeAlias = Literal["reject", "drop"]
Others: TypeAlias = Literal["keep", "reject", "empty"]
Test: TypeAlias = Literal["filled", "empty", "in", "not_in", "starts", "not_starts"]
Pairs: TypeAlias = tuple[tuple[str, JSON], ...]

TESTS: tuple[Test, ...] = ("filled", "empty", "in", "not_in", "starts", "not_starts")
REF_KEYS = ("siren", "email", "domain", "name")
"""Exact keys by which a row may point at another entity when it does not know its identifier."""
CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]{0,62}\Z")
ORDINAL = "#"
"""The identifier part that numbers the rows sharing the parts before it."""

PARSERS_OF: dict[str, tuple[str, ...]] = {
    "text": (
        "text",
        "id",
        "whole",
        "email",
        "phone",
        "siren",
        "siret",
        "vat",
        "iban",
        "country",
        "currency",
        "domain",
        "date",
        "bool",
        "int",
        "decimal",
    ),
    "int": ("int",),
    "money": ("money", "minor"),
    "decimal": ("decimal", "percent"),
    "share": ("share", "percent"),
    "date": ("date", "epoch_date"),
    "datetime": ("datetime", "epoch"),
    "bool": ("bool",),
    "choice": ("choice",),
    "json": ("json",),
    "ref": ("id", "whole", "text", "siren", "email", "domain"),
}
"""Parsers that give a value of each schema type; the first one is the default."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on one cell; a row, or one field of it, is read only when it holds."""

    column: str
    test: Test
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an identifier or of a joined text: a column, a fixed text, or the ordinal."""

    column: str = ""
    text: str = ""
    parser: str = "id"
    values: Pairs = ()

    @property
    def is_ordinal(self) -> bool:
        """Whether this piece is the ordinal."""
        return self.column == ORDINAL


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Where one canonical field comes from. See `presets` for the meaning of every name."""

    field: str
    column: str = ""
    parser: str = ""
    values: Pairs = ()
    others: Others = "keep"
    value: JSON = None
    default: JSON = None
    join: tuple[Part, ...] = ()
    separator: str = " "
    ref: str = ""
    id: tuple[Part, ...] = ()
    times: str = ""
    round: bool = False
    fold: Fold = "first"
    invalid: Invalid = "reject"
    optional: bool = False
    erase: bool = False
    when: tuple[Condition, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """The columns this field reads."""
        names = [self.column, self.times, *(part.column for part in (*self.join, *self.id))]
        names += [condition.column for condition in self.when]
        return tuple(name for name in names if name and name != ORDINAL)


@dataclass(frozen=True, slots=True)
class KeyMapping:
    """A further exact identity key, such as the identifier the object had in the previous tool."""

    kind: str
    column: str
    parser: str = "id"


@dataclass(frozen=True, slots=True)
class EntityMapping:
    """One canonical entity that a file feeds.

    `object` is the tool's own word for it: identifiers are unique inside (tool, object). With
    `grouped`, all the rows of one identifier make one record.
    """

    entity: str
    object: str
    id: tuple[Part, ...]
    fields: tuple[FieldMapping, ...]
    keys: tuple[KeyMapping, ...] = ()
    when: tuple[Condition, ...] = ()
    grouped: bool = False
    updated_at: FieldMapping | None = None

    @property
    def has_ordinal(self) -> bool:
        """Whether identifiers are numbered by their place in the file."""
        return any(part.is_ordinal for part in self.id)

    def required_columns(self) -> Iterator[str]:
        """The columns without which the entity cannot be read."""
        yield from (part.column for part in self.id if part.column and not part.is_ordinal)
        yield from (condition.column for condition in self.when)
        yield from (key.column for key in self.keys)
        for field in self.fields:
            if not field.optional:
                yield from field.columns()
        if self.updated_at is not None and not self.updated_at.optional:
            yield from self.updated_at.columns()


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What one shape of file feeds, and how its dates and amounts are written.

    An empty `timezone` means the company's. `ignore` is the reason for importing nothing.
    """

    entities: tuple[EntityMapping, ...] = ()
    dates: DateOrder = "auto"
    decimal: DecimalMark = "auto"
    timezone: str = ""
    currency: str = "EUR"
    ignore: str = ""

    def required_columns(self) -> tuple[str, ...]:
        """The columns the file must have, each once, in order."""
        return tuple(
            dict.fromkeys(name for entity in self.entities for name in entity.required_columns())
        )


CUSTOM_TYPES: dict[str, FieldType] = {
    "int": "int",
    "minor": "money",
    "money": "money",
    "decimal": "decimal",
    "percent": "decimal",
    "share": "share",
    "date": "date",
    "epoch_date": "date",
    "datetime": "datetime",
    "epoch": "datetime",
    "bool": "bool",
    "json": "json",
}


def schema_field(*, entity: str, mapping: FieldMapping) -> Field:
    """The canonical field of a mapping. A custom field has the type of its parser; `KeyError` if none."""
    if not CUSTOM.match(mapping.field):
        return ENTITIES[entity].field(mapping.field)
    kind = "int" if mapping.fold == "count" else mapping.parser
    return Field(mapping.field, CUSTOM_TYPES.get(kind, "text"))
