"""Fields: those that each entity has, and those that the company has added."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from ninja import Router, Schema
from pydantic import Field

from palier.accounts.tokens import Scope
from palier.api import documents
from palier.api.bodies import json_object
from palier.api.gate import TokenRequest, needs
from palier.api.names import COMPUTED, entity_names
from palier.api.problems import ApiProblem, Says
from palier.hub.custom import (
    MOST_CHOICES,
    CustomFieldInfo,
    archive_field,
    declare_field,
    list_custom_fields,
)
from palier.hub.queries import list_tools
from palier.hub.schema import ENTITIES

router = Router(tags=["fields"])
_EntityName = Literal[tuple(entity_names())]  # type: ignore[valid-type]


class FieldOut(Schema):
    """A field of an entity."""

    entity: str
    name: str
    type: str
    choices: list[str]
    target: str | None = Field(description="The entity that a parent is one of.")
    required: bool
    personal: bool
    custom: bool


class FieldsOut(Schema):
    """Every field there is."""

    items: list[FieldOut]


class CustomFieldOut(Schema):
    """A field of the company's own."""

    entity: str
    name: str
    label: str
    type: str
    choices: list[str]
    personal: bool
    created_at: dt.datetime
    archived_at: dt.datetime | None


class ToolOut(Schema):
    """A tool that feeds the hub."""

    name: str
    label: str
    kind: str
    retired: bool


class ToolsOut(Schema):
    """The tools of the company."""

    items: list[ToolOut]


_DECLARATION = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"},
        "type": {
            "type": "string",
            "enum": ["text", "int", "decimal", "share", "date", "datetime", "bool", "choice"],
        },
        "label": {"type": "string", "maxLength": 200},
        "choices": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 200},
            "maxItems": MOST_CHOICES,
            "uniqueItems": True,
        },
        "personal": {"type": "boolean", "description": "Wiped when the person is erased."},
    },
    "required": ["name"],
    "additionalProperties": False,
    "example": {"name": "millesime", "type": "int", "label": "Millésime"},
}


@router.get(
    "/fields",
    response={200: FieldsOut},
    operation_id="listFields",
    summary=_("List the fields of every entity"),
    description=_("The schema of the hub, with the company’s own fields under `custom`."),
    openapi_extra=documents.problems(),
)
@needs(Scope.READ_RECORDS)
def list_fields(request: TokenRequest) -> HttpResponse:
    """The schema of the hub, with the company's own fields under `custom`."""
    own = list_custom_fields(company_id=request.token.company_id)
    items = [
        {
            "entity": entity.name,
            "name": one.name,
            "type": one.type,
            "choices": list(one.choices),
            "target": one.target or None,
            "required": one.required,
            "personal": one.personal,
            "custom": custom,
        }
        for entity in ENTITIES.values()
        for one, custom in [
            *((field, False) for field in entity.fields if field.name not in COMPUTED),
            *(
                (info.field, True)
                for info in own
                if info.entity == entity.name and info.archived_at is None
            ),
        ]
    ]
    return _json({"items": items})


@router.post(
    "/fields/{entity}",
    response={201: CustomFieldOut},
    operation_id="declareField",
    summary=_("Add a field of the company's own to an entity"),
    description=_("The field is typed from then on: what does not suit it is refused."),
    openapi_extra=documents.joined(
        documents.problems(409, 413, 415, 422),
        documents.body(_DECLARATION),
        {"parameters": [documents.IDEMPOTENCY_KEY]},
    ),
)
@needs(Scope.MANAGE_FIELDS)
def declare(request: TokenRequest, entity: str) -> HttpResponse:
    """The field is typed from then on: what does not suit it is refused."""
    _known(entity)
    told = json_object(request)
    _check_declaration(told)
    info = declare_field(
        company_id=request.token.company_id,
        entity=entity,
        name=str(told["name"]),
        type=str(told.get("type", "text")),
        label=str(told.get("label", ""))[:200],
        choices=tuple(str(one) for one in told.get("choices", ())),  # type: ignore[union-attr]
        personal=told.get("personal") is True,
    )
    return _json(_shown(info), 201)


@router.delete(
    "/fields/{entity}/{name}",
    response={200: CustomFieldOut},
    operation_id="archiveField",
    summary=_("Take a field of the company's own out of use"),
    description=_("Its values stay where they are; it is no longer taken."),
    openapi_extra=documents.problems(),
)
@needs(Scope.MANAGE_FIELDS)
def archive(request: TokenRequest, entity: str, name: str) -> HttpResponse:
    """Its values stay where they are; it is no longer taken."""
    _known(entity)
    info = archive_field(
        company_id=request.token.company_id,
        entity=entity,
        name=name.replace("\x00", ""),
        now=timezone.now(),
    )
    return _json(_shown(info))


@router.get(
    "/tools",
    response={200: ToolsOut},
    operation_id="listTools",
    summary=_("List the tools that feed the hub"),
    description=_("Names as they stand in addresses (`/by/{tool}/…`)."),
    openapi_extra=documents.problems(),
)
@needs(Scope.READ_RECORDS)
def tools(request: TokenRequest) -> HttpResponse:
    """Names as they stand in addresses (`/by/{tool}/…`)."""
    return _json({"items": list_tools(company_id=request.token.company_id)})


def _known(entity: str) -> None:
    if entity not in ENTITIES:
        raise ApiProblem(404, "hub.unknown-entity", Says(more={"known": entity_names()}))


def _check_declaration(told: dict[str, Any]) -> None:
    """Each part of its own type, nothing else beside. Raises: `ApiProblem` 422."""
    texts = {"name", "type", "label"}
    for name, value in told.items():
        good = (
            (name in texts and isinstance(value, str) and "\x00" not in value)
            or (name == "personal" and isinstance(value, bool))
            or (
                name == "choices"
                and isinstance(value, list)
                and all(isinstance(one, str) for one in value)
            )
        )
        if not good:
            raise ApiProblem(422, "api.declaration-unusable", Says(more={"field": name[:80]}))
    if not isinstance(told.get("name"), str):
        raise ApiProblem(422, "api.declaration-unusable", Says(more={"field": "name"}))


def _shown(info: CustomFieldInfo) -> dict[str, Any]:
    return {
        "entity": info.entity,
        "name": info.name,
        "label": info.label,
        "type": info.type,
        "choices": list(info.choices),
        "personal": info.personal,
        "created_at": info.created_at,
        "archived_at": info.archived_at,
    }


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")
