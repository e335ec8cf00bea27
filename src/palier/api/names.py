"""What entities are called in addresses."""

from __future__ import annotations

from palier.hub.schema import ENTITIES, Entity

PLURALS = {
    "customer": "customers",
    "contact": "contacts",
    "product": "products",
    "deal": "deals",
    "deal_event": "deal-events",
    "subscription": "subscriptions",
    "recurring_line": "recurring-lines",
    "invoice": "invoices",
    "invoice_line": "invoice-lines",
    "payment": "payments",
    "marketing_spend": "marketing-spend",
    "event": "events",
}
SINGULARS = {plural: name for name, plural in PLURALS.items()}
BASE = "/api/v1"
COMPUTED = frozenset({"annual_units"})
"""Fields that are computed when a record is written: published, never taken."""


def model_name(entity: Entity) -> str:
    """What an entity's JSON object is called in the OpenAPI document."""
    return "".join(word.title() for word in entity.name.split("_"))


def address(entity: str, identifier: str) -> str:
    """The address of one record."""
    return f"{BASE}/{PLURALS[entity]}/{identifier}"


def entity_names() -> list[str]:
    """Every entity, in the order of the schema."""
    return list(ENTITIES)
