"""The hub's tables as facts of the analytical file."""

from __future__ import annotations

from palier.hub.schema import ENTITIES, Entity, Field
from palier.kernel.registries import ColumnType, Fact, FactColumn, facts

_TYPES: dict[str, ColumnType] = {
    "text": "string",
    "choice": "string",
    "int": "int64",
    "money": "int64",
    "decimal": "decimal",
    "share": "decimal",
    "date": "date",
    "datetime": "timestamp",
    "bool": "boolean",
    "json": "json",
}

LOCAL_DAYS: dict[str, tuple[FactColumn, ...]] = {
    "deal_event": (FactColumn("day", "date", day_of="at"),),
}
"""Days that metrics count by, for entities whose tools tell an instant."""


def _column(field: Field) -> FactColumn:
    if field.type == "ref":
        return FactColumn(f"{field.name}_id", "int64")
    return FactColumn(field.name, _TYPES[field.type], personal=field.personal)


def _fact(entity: Entity) -> Fact:
    return Fact(
        name=entity.name,
        table=f"hub_{entity.name}",
        entity=entity.name,
        columns=(
            *(_column(field) for field in entity.fields if field.type != "json"),
            *LOCAL_DAYS.get(entity.name, ()),
        ),
    )


def register() -> None:
    """Offer every canonical entity to the snapshot."""
    for entity in ENTITIES.values():
        facts.register(_fact(entity))
