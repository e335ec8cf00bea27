"""The OpenAPI document and the page that shows it, for everybody: they hold nothing of any company."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from palier.accounts.permissions import Access
from palier.api import answers, examples
from palier.api.answers import Answered
from palier.api.names import BASE, COMPUTED, SINGULARS
from palier.hub.schema import ENTITIES, Field
from palier.wording import labels

OPERATORS = ("from", "before", "contains", "known")
"""What may follow the name of a field in a filter."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, in words."""

    name: str
    place: str
    type: str
    says: str
    required: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A field by which a list is filtered, and the ways to."""

    name: str
    word: str
    type: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Success:
    """What an operation answers when it does as asked."""

    status: int
    says: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, in words."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    filters: tuple[Filter, ...]
    command: str
    successes: tuple[Success, ...]
    problems: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a kind of record."""

    name: str
    word: str
    type: str
    choices: tuple[str, ...]
    required: bool


@functools.cache
def schema() -> dict[str, Any]:
    """The document, made once a process."""
    from palier.api.app import api

    made: dict[str, Any] = orjson.loads(
        orjson.dumps(api.get_openapi_schema(path_prefix=f"{BASE}/"), option=orjson.OPT_NON_STR_KEYS)
    )
    return made


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, as programmes read it."""
    return HttpResponse(orjson.dumps(schema()), content_type="application/json")


@require_safe
def page(request: HttpRequest, tag: str = "") -> HttpResponse:
    """The same for people, one kind of record at a time; first how to begin."""
    base = request.build_absolute_uri("/")
    context: dict[str, Any] = {
        "menu": _menu(tag),
        "tag": tag,
        "setup": examples.settings_block(base),
    }
    if not tag:
        steps = [(_(one.title), _(one.says), one.command) for one in examples.STEPS]
        context |= {
            "scopes": labels.SCOPES.items(),
            "steps": steps,
            "problems": answers.all_answers(),
            "row_codes": answers.row_codes(),
        }
    elif tag in tags():
        context |= {
            "title": title_of(tag),
            "operations": operations(tag),
            "fields": _fields(SINGULARS.get(tag, "")),
        }
    else:
        raise Http404
    return render(request, "api/reference.html", context)


def tags() -> list[str]:
    """The kinds of operations, in the order of the document."""
    paths = schema()["paths"].values()
    return list(dict.fromkeys(one["tags"][0] for methods in paths for one in methods.values()))


def title_of(tag: str) -> str:
    """What a kind of operations is called."""
    if tag in SINGULARS:
        return labels.entity(SINGULARS[tag], many=True)
    return {"changes": _("Changes"), "fields": _("Fields and tools")}.get(tag, tag)


def _menu(current: str) -> list[dict[str, object]]:
    places = [("", _("To begin"), "")] + [(tag, title_of(tag), tag) for tag in tags()]
    return [
        {
            "url": reverse("api:docs-of", args=[tag]) if tag else reverse("api:docs"),
            "label": label,
            "code": code,
            "current": tag == current,
        }
        for tag, label, code in places
    ]


def operations(tag: str) -> list[Operation]:
    """The operations of a kind, in words."""
    found = [
        (path, method, told)
        for path, methods in schema()["paths"].items()
        for method, told in methods.items()
        if told["tags"][0] == tag
    ]
    return [_operation(*one) for one in sorted(found, key=_place)]


def _place(found: tuple[str, str, dict[str, Any]]) -> tuple[bool, int]:
    """What is needed first comes first; what has no place here keeps its own."""
    path, method, _told = found
    acts = ("get", "post", "put", "bulk", "patch", "delete")
    return "{" in path and method != "put", acts.index("bulk" if path.endswith("/bulk") else method)


def _operation(path: str, method: str, told: dict[str, Any]) -> Operation:
    entity = SINGULARS.get(told["tags"][0], "")
    fields = {one.name: one for one in ENTITIES[entity].fields} if entity else {}
    given = told.get("parameters", [])
    by_field = [one for one in given if _field_of(one, fields)]
    description = told.get("description", "")
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=_(told["summary"]),
        description=_(description) if description else "",
        parameters=tuple(_parameter(one) for one in given if one not in by_field),
        filters=_filters(entity, by_field, fields),
        command=examples.command(path, method, told),
        successes=tuple(
            Success(int(status), _success(int(status), method, path))
            for status in sorted(told["responses"])
            if int(status) < 300
        ),
        problems=tuple(answers.answers_of(told, answers.traits_of(path, method, told))),
    )


def _field_of(told: dict[str, Any], fields: dict[str, Field]) -> str:
    """The field that a parameter filters by, or nothing."""
    name, _dot, operator = str(told["name"]).rpartition(".")
    name = name if operator in OPERATORS else str(told["name"])
    return name if told["in"] == "query" and name in fields else ""


def _filters(
    entity: str, given: list[dict[str, Any]], fields: dict[str, Field]
) -> tuple[Filter, ...]:
    names: dict[str, list[str]] = {}
    for one in given:
        names.setdefault(_field_of(one, fields), []).append(one["name"])
    return tuple(
        Filter(name, labels.field(entity, name), _type(fields[name]), tuple(found))
        for name, found in names.items()
    )


def _parameter(told: dict[str, Any]) -> Parameter:
    places = {"path": _("in the path"), "query": _("in the query"), "header": _("header")}
    described = told.get("description") or PATH_SAYS.get(told["name"], "")
    return Parameter(
        told["name"],
        places[told["in"]],
        _json_type(told["schema"]),
        _(described) if described else "",
        bool(told.get("required")),
    )


PATH_SAYS = {
    "record_id": gettext_noop("The id that Palier gave the record."),
    "tool": gettext_noop("The tool: your token’s own for what is written."),
    "object_name": gettext_noop("The kind of object in that tool."),
    "external_id": gettext_noop("The identifier of the record in that tool."),
    "entity": gettext_noop("The kind of record, as it is named in `/fields`."),
    "name": gettext_noop("The name of the field, without “custom.”."),
}
"""What the pieces of an address are."""


def _json_type(told: dict[str, Any]) -> str:
    if told.get("enum"):
        return ", ".join(str(one) for one in told["enum"] if one is not None)
    words = {
        "date-time": labels.parser("datetime"),
        "date": labels.parser("date"),
        "integer": labels.parser("int"),
        "boolean": "true, false",
        "string": labels.parser("text"),
    }
    word = words.get(told.get("format", "")) or words.get(told.get("type", ""), "")
    if "minimum" in told and "maximum" in told:
        return _("%(type)s from %(least)s to %(most)s") % {
            "type": word,
            "least": told["minimum"],
            "most": told["maximum"],
        }
    return word


def _type(one: Field) -> str:
    if one.type == "money":
        return _("amount in whole minor units")
    if one.type == "ref":
        return _("link to %(entity)s") % {"entity": labels.entity(one.target).lower()}
    if one.type == "json":
        return _("JSON object")
    if one.type == "decimal":
        return _("number, as text")
    if one.type == "share":
        return _("share between 0 and 1, as text")
    return labels.parser(one.type)


def _fields(entity: str) -> list[FieldRow]:
    if not entity:
        return []
    return [
        FieldRow(
            one.name, labels.field(entity, one.name), _type(one), tuple(one.choices), one.required
        )
        for one in ENTITIES[entity].fields
        if one.name not in COMPUTED
    ]


def _success(status: int, method: str, path: str) -> str:
    if status == 204:
        return _("Done: there is nothing to add.")
    if path.endswith("/stream"):
        return _("Events named “change”, each with its cursor as its id.")
    if path.endswith("/bulk"):
        return _("How many rows were created, updated, unchanged and refused, and why.")
    if path.endswith(("/changes", "/fields", "/tools")) and method == "get":
        return _("What was asked for, under “items”.")
    if path.startswith(f"{BASE}/fields"):
        return _("The field as it is now declared.")
    if method == "get" and "{" not in path:
        return _("A page of records under “items”, and under “next” the cursor of the next page.")
    if status == 201:
        return _("The record, created; its address is in “Location”.")
    return _("The record.")


document.access = Access("PUBLIC")  # type: ignore[attr-defined]
page.access = Access("PUBLIC")  # type: ignore[attr-defined]
