"""Values of records as everybody reads them: typed, never models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from palier.hub import models
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, Field
from palier.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Link:
    """Another canonical record: which entity, its two numbers and what it is called."""

    entity: str
    id: int
    public_id: UUID | None
    label: str


Value: TypeAlias = (
    "str | int | bool | Decimal | dt.date | dt.datetime | dict[str, JSON] | Link | None"
)

NAMES: dict[str, tuple[str, ...]] = {
    "customer": ("name", "legal_name", "email"),
    "contact": ("first_name", "last_name", "email"),
    "product": ("name", "sku"),
    "deal": ("name",),
    "deal_event": ("kind",),
    "subscription": ("plan",),
    "recurring_line": ("plan",),
    "invoice": ("number",),
    "invoice_line": ("label",),
    "payment": ("bank_ref",),
    "marketing_spend": ("channel", "campaign"),
    "event": ("name",),
}
"""What a record is called by: the first of these, but for people, who have two names."""


def model_of(entity: str) -> Any:
    """The table of an entity."""
    return getattr(models, "".join(word.title() for word in entity.split("_")))


def label_of(entity: str, row: Any) -> str:
    """What a person would call this record; empty when it has no name."""
    return label_from(entity, {name: getattr(row, name) for name in NAMES[entity]})


def label_from(entity: str, values: Mapping[str, object]) -> str:
    """The same from the values of `NAMES`."""
    found = [str(value) for name in NAMES[entity] if (value := values[name])]
    if entity == "contact" and values["first_name"] and values["last_name"]:
        return " ".join(found[:2])
    return found[0] if found else ""


def is_empty(raw: JSON) -> bool:
    """Whether a source says nothing by this value."""
    return raw is None or raw == ""


def typed(field: Field, raw: JSON) -> Value:
    """The value that a source record or a pin gives, in the type of its field.

    A reference is shown as the identifier it names; one by key says nothing that can be read.
    """
    if raw is None:
        return None
    if field.type == "ref":
        return str(raw["x"]) if isinstance(raw, dict) and "x" in raw else None
    if field.type in {"decimal", "share"}:
        return Decimal(str(raw))
    if field.type == "date":
        return dt.date.fromisoformat(str(raw))
    if field.type == "datetime":
        return dt.datetime.fromisoformat(str(raw))
    return raw  # type: ignore[return-value]  # the door has checked its type


def field_of(entity: str, name: str) -> Field:
    """The declared field of that name; a custom field reads as text."""
    try:
        return ENTITIES[entity].field(name)
    except KeyError:
        return Field(name)


def amounts(rows: Iterable[tuple[int | None, str | None]], *, currency: str) -> tuple[Money, ...]:
    """Sums by currency, the largest first; amounts without a currency are in the company's."""
    totals: dict[str, int] = {}
    for minor, said in rows:
        if minor:
            totals[said or currency] = totals.get(said or currency, 0) + int(minor)
    found = (Money(minor, code) for code, minor in totals.items() if minor)
    return tuple(sorted(found, key=lambda one: (-abs(one.minor), one.currency)))
