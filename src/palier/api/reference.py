"""The OpenAPI document and the page that shows it, for everybody: they hold nothing of any company."""

from __future__ import annotations

import functools
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from palier.accounts.permissions import Access
from palier.api.names import BASE


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
    """The same for people, one kind of record at a time."""
    tags = sorted(
        {one["tags"][0] for methods in schema()["paths"].values() for one in methods.values()}
    )
    if tag and tag not in tags:
        raise Http404
    return render(
        request, "api/reference.html", {"tags": tags, "tag": tag, "operations": _operations(tag)}
    )


def _operations(tag: str) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "id": told["operationId"],
            "summary": told["summary"],
            "description": told.get("description", ""),
            "parameters": told.get("parameters", []),
            "body": _body(told),
            "answers": sorted(told["responses"].items()),
        }
        for path, methods in schema()["paths"].items()
        for method, told in methods.items()
        if tag and told["tags"][0] == tag
    ]


def _body(told: dict[str, Any]) -> str:
    """An example of the body, as it could be sent."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return ""
    example = content["schema"].get("example")
    if example is None and content["schema"].get("type") == "array":
        example = [content["schema"]["items"].get("example")]
    return orjson.dumps(example, option=orjson.OPT_INDENT_2).decode() if example else ""


document.access = Access("PUBLIC")  # type: ignore[attr-defined]
page.access = Access("PUBLIC")  # type: ignore[attr-defined]
