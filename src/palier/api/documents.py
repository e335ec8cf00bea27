"""What every operation's OpenAPI entry says besides its own success: problems, parameters, bodies."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from palier.api.problems import CONTENT_TYPE, TITLES
from palier.hub.schema import Entity, Field

DEFAULT_LIMIT, MOST_LIMIT = 100, 1_000
"""Records of a page: by default, at most."""
_RANGED = frozenset({"int", "money", "decimal", "share", "date", "datetime"})
_PROBLEM = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*statuses: int) -> dict[str, Any]:
    """The problems an operation may answer, beside those that any may."""
    return {
        "responses": {
            status: {"description": TITLES[status], "content": _PROBLEM}
            for status in sorted({400, 401, 403, 404, 429, *statuses})
        }
    }


def body(schema: dict[str, Any], *content_types: str) -> dict[str, Any]:
    """The body that an operation takes."""
    kinds = content_types or ("application/json",)
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
    }


def parameter(
    name: str, schema: dict[str, Any], description: str, place: str = "query"
) -> dict[str, Any]:
    """One parameter."""
    return {
        "name": name,
        "in": place,
        "required": False,
        "description": description,
        "schema": schema,
    }


SAYS = {
    "list": _("Page by page, in a stable order: follow `next` until it is null."),
    "create": _(
        "Under `external_id`, your own identifier. Without it one is made up, and it is the id of the answer that you keep."
    ),
    "amend": _(
        "Only the fields sent change, in what your tool says. The company’s rules still decide which tool is believed, so another value may stand in the answer."
    ),
    "withdraw": _(
        "The record goes when no other tool speaks of it; otherwise it stays with what the others say."
    ),
    "put": _(
        "Created (201), updated or unchanged (200): `Palier-Status` tells. Fields left out are no longer said by your tool."
    ),
    "bulk": _(
        "Lines of NDJSON are read one by one; a JSON array of 64 MiB at most is read as a whole. Rows that are refused leave the others alone."
    ),
    "get": _("`ETag` is the version: send it as `If-Match` when you change the record."),
}
"""What the operations on records do, beyond their summaries."""

IF_MATCH = parameter(
    "If-Match",
    {"type": "string", "pattern": '^("[1-9][0-9]{0,8}"|\\*)$'},
    _("The ETag that you have read: a record changed since is left alone (412)."),
    "header",
)
IDEMPOTENCY_KEY = parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    _(
        "A key of your own: the same request sent again within 24 hours gets the first answer and does nothing."
    ),
    "header",
)


LIST = [
    parameter("search", {"type": "string"}, _("Words of the name, without case or accents.")),
    parameter(
        "sort", {"type": "string", "default": "id"}, _("A field; a minus in front goes backwards.")
    ),
    parameter("after", {"type": "string"}, _("The `next` of the page before.")),
    parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": DEFAULT_LIMIT},
        _("Records of a page."),
    ),
    parameter(
        "deleted", {"type": "boolean"}, _("Those that are gone, instead of those that are there.")
    ),
    parameter(
        "updated_at.from",
        {"type": "string", "format": "date-time"},
        _("Changed from this moment on."),
    ),
]
INCLUDE = parameter(
    "include",
    {"type": "string", "pattern": "^(sources|provenance)(,(sources|provenance))*$"},
    _("`sources`: the tools' records behind it; `provenance`: where each value comes from."),
)


def filters(entity: Entity) -> list[dict[str, Any]]:
    """The filters of a list, field by field."""
    found = []
    for one in entity.fields:
        if one.type == "json":
            continue
        found.append(parameter(one.name, _simple(one), _("It is this.")))
        if one.type in _RANGED:
            found.append(parameter(f"{one.name}.from", _simple(one), _("From this on.")))
            found.append(parameter(f"{one.name}.before", _simple(one), _("Before this.")))
        if one.type == "text":
            found.append(
                parameter(
                    f"{one.name}.contains",
                    {"type": "string"},
                    _("Part of it, without case or accents."),
                )
            )
        found.append(
            parameter(f"{one.name}.known", {"type": "boolean"}, _("Has a value, or none."))
        )
    return found


def _simple(one: Field) -> dict[str, Any]:
    if one.type == "choice":
        return {"type": "string", "enum": list(one.choices)}
    if one.type == "ref":
        return {"type": "string", "description": "The id of a record."}
    kinds: dict[str, dict[str, Any]] = {
        "int": {"type": "integer"},
        "money": {"type": "integer"},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "bool": {"type": "boolean"},
    }
    return kinds.get(one.type, {"type": "string"})


def joined(*parts: dict[str, Any]) -> dict[str, Any]:
    """Several pieces of one OpenAPI entry."""
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name == "parameters":
                whole[name] = [*whole.get(name, []), *value]
            else:
                whole[name] = {**whole.get(name, {}), **value}
    return whole
