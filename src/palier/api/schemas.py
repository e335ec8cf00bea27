"""What records look like from outside, for the OpenAPI document: made from the schema of the hub."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from palier.api.names import COMPUTED, PLURALS, model_name
from palier.api.reading import KEY_KINDS
from palier.hub.schema import ENTITIES, Entity
from palier.hub.schema import Field as HubField

INT64 = 2**63 - 1
EXAMPLES: dict[str, Any] = {
    "name": "Menuiserie Exemple",
    "legal_name": "Menuiserie Exemple SARL",
    "siren": "732829320",
    "siret": "73282932000074",
    "vat_no": "FR44732829320",
    "domain": "menuiserie-exemple.example",
    "email": "contact@menuiserie-exemple.example",
    "phone": "+33123456789",
    "postcode": "75011",
    "city": "Paris",
    "country": "FR",
    "currency": "EUR",
    "amount_minor": 125000,
    "net_minor": 125000,
    "gross_minor": 150000,
    "channel": "google_ads",
    "number": "F-2026-0042",
    "issued_on": "2026-11-02",
    "due_on": "2026-12-02",
    "occurred_at": "2026-11-24T08:30:00.000Z",
}
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "choice": {"type": "string"},
    "int": {"type": "integer", "minimum": -INT64 - 1, "maximum": INT64},
    "money": {
        "type": "integer",
        "minimum": -(10**15) + 1,
        "maximum": 10**15 - 1,
        "description": "Whole minor units of `currency`.",
    },
    "decimal": {"type": "string", "description": "An exact decimal, as text."},
    "share": {"type": "string", "description": "Between 0 and 1, as text."},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "bool": {"type": "boolean"},
    "json": {"type": "object"},
}


class ParentOut(Schema):
    """The record that this one belongs to."""

    id: str = Field(examples=["cus_0193a5f0c2d47b1e8c5a6f70d1e2b3c4"])


_PYTHON: dict[str, Any] = {
    "text": str,
    "choice": str,
    "int": int,
    "money": int,
    "decimal": str,
    "share": str,
    "date": dt.date,
    "datetime": dt.datetime,
    "bool": bool,
    "json": dict[str, Any],
    "ref": ParentOut,
}


class SourceOut(Schema):
    """One tool's record behind a record: whose, under which identifier, and when it last spoke."""

    tool: str
    object: str
    external_id: str
    updated_at: dt.datetime | None
    written_at: dt.datetime


class ProvenanceOut(Schema):
    """Where a value comes from: a tool's record, or a person who set it by hand."""

    tool: str | None
    external_id: str | None
    person: str | None
    at: dt.datetime | None


def out_model(entity: Entity) -> type[Schema]:
    """The published JSON object of an entity."""
    fields: dict[str, Any] = {
        "id": (str, Field(pattern=f"^{entity.prefix}_[0-9a-f]{{32}}$")),
        "version": (int, Field(description="Grows with each change; also the ETag.")),
        "created_at": (dt.datetime, ...),
        "updated_at": (dt.datetime, ...),
        "deleted_at": (dt.datetime | None, ...),
    }
    for one in entity.fields:
        fields[one.name] = (_PYTHON[one.type] | None, Field(description=_described(one)))
    fields["custom"] = (dict[str, Any], Field(description="Fields of the company's own."))
    if not entity.appended:
        fields["sources"] = (list[SourceOut], Field([], description="With `include=sources`."))
        fields["provenance"] = (
            dict[str, ProvenanceOut],
            Field({}, description="With `include=provenance`."),
        )
    model = create_model(
        model_name(entity), __base__=Schema, __doc__=f"A {entity.name.replace('_', ' ')}.", **fields
    )
    model.model_config = ConfigDict(title=model_name(entity))
    return model


def page_model(entity: Entity, out: type[Schema]) -> type[Schema]:
    """A page of records."""
    return create_model(
        f"{model_name(entity)}Page",
        __base__=Schema,
        items=(list[out], ...),  # type: ignore[valid-type]
        next=(str | None, Field(description="Cursor of the next page, null on the last.")),
    )


def _described(one: HubField) -> str | None:
    if one.choices:
        return f"One of: {', '.join(one.choices)}."
    return {"money": "Whole minor units of `currency`.", "share": "Between 0 and 1."}.get(one.type)


def input_schema(entity: Entity, *, partial: bool) -> dict[str, Any]:
    """The JSON schema of what may be sent; `partial` leaves nothing required."""
    properties: dict[str, Any] = {}
    if not partial:
        properties["external_id"] = {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "description": "The record's identifier in your tool; made up when absent.",
        }
        properties["object"] = {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": f"The kind of object in your tool; “{entity.name}” when absent.",
        }
    properties["source_updated_at"] = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When your tool changed it; now when absent.",
    }
    for one in entity.fields:
        if one.name not in COMPUTED:
            properties[one.name] = _input(one)
    properties["custom"] = {
        "type": "object",
        "description": "Fields of the company's own, as `GET /fields` declares them.",
    }
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "example": _example(entity, partial=partial),
    }
    required = [one.name for one in entity.fields if one.required]
    if required and not partial:
        schema["required"] = required
    return schema


def _input(one: HubField) -> dict[str, Any]:
    if one.type == "ref":
        return {"anyOf": [*_parents(one), {"type": "null"}]}
    told = dict(_JSON_TYPES[one.type])
    if one.choices:
        told["enum"] = [*one.choices, None]
    if not one.required:
        told["type"] = [told["type"], "null"]
    elif "enum" in told:
        told["enum"] = list(one.choices)
    if one.required and one.type == "text":
        told["minLength"] = 1
    return told


def _parents(one: HubField) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1, "maxLength": 1000}
    prefix = ENTITIES[one.target].prefix
    forms: list[dict[str, Any]] = [
        {
            "type": "object",
            "properties": {"id": {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$"}},
            "required": ["id"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"external_id": text, "object": text, "tool": text},
            "required": ["external_id"],
            "additionalProperties": False,
        },
    ]
    forms += [
        {
            "type": "object",
            "properties": {kind: text},
            "required": [kind],
            "additionalProperties": False,
        }
        for kind in sorted(KEY_KINDS.get(one.target, ()))
    ]
    return forms


FEW_FIELDS = 2
"""Fields that the example of a partial change holds."""


def _example(entity: Entity, *, partial: bool) -> dict[str, Any]:
    """A record that the API takes as it stands: what is required, and what has an example."""
    example: dict[str, Any] = {"external_id": f"{PLURALS[entity.name]}-42"} if not partial else {}
    for one in entity.fields:
        if partial and len(example) == FEW_FIELDS:
            break
        if one.name in EXAMPLES:
            example[one.name] = EXAMPLES[one.name]
        elif one.required:
            example[one.name] = _some(one)
    return example


def _some(one: HubField) -> Any:
    if one.type == "choice":
        return one.choices[0]
    if one.type == "ref":
        return {"external_id": f"{PLURALS[one.target]}-42"}
    return {"date": "2026-11-24", "datetime": "2026-11-24T08:30:00.000Z", "money": 125000}.get(
        one.type, "exemple"
    )


class RowOut(Schema):
    """What became of one row of a bulk call."""

    row: int
    external_id: str
    status: Literal["created", "updated", "unchanged"]
    id: str


class BulkOut(Schema):
    """What became of a bulk call."""

    read: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    errors: list[dict[str, Any]] = Field(description="Why rows were rejected, the first 1,000.")
    errors_left_out: int
    rows: list[RowOut] | None = Field(None, description="With `return=rows`.")
