"""The API as one application: its addresses behind their gate, its document, its reference page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI, Router
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import HttpBearer

from palier import __version__
from palier.accounts.permissions import Access
from palier.api import changes, fields, reference
from palier.api.bulk import add_bulk
from palier.api.gate import guarded
from palier.api.names import PLURALS
from palier.api.problems import Problem, Says, not_found, problem
from palier.api.records import add_records
from palier.hub.schema import ENTITIES

DESCRIPTION = """\
Tools read and write one source of truth. What a tool writes is kept as *its* record; the company's rules decide which value
is believed, so that two tools never fight over a field. Every change appears once in the change feed.

* Each token speaks for one tool and has its scopes. Send it as `Authorization: Bearer plr_…`.
* Refusals are RFC 9457 problems with a stable `code`; `Accept-Language: fr` or `en` chooses the words.
* Money is whole minor units with a currency; days are ISO days; instants are UTC.
"""


class TokenAuth(HttpBearer):
    """Bearer token of a tool; the gate has looked it up before any operation runs."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The token that the gate found."""
        return getattr(request, "token", None)


class Api(NinjaAPI):
    """Ninja's routes and OpenAPI, with the shape of problems among the schemas."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The OpenAPI document."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        told = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema["components"].setdefault("schemas", {})
        schemas.update(told.pop("$defs", {}))
        schemas["Problem"] = told
        return schema


api = Api(
    title="Palier",
    version=__version__,
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=TokenAuth(),
)
for _entity in ENTITIES.values():
    _router = Router(tags=[PLURALS[_entity.name]])
    add_bulk(_router, _entity)  # before the records, whose ids its address looks like
    add_records(_router, _entity)
    api.add_router(f"/{PLURALS[_entity.name]}", _router)
api.add_router("", changes.router)
api.add_router("", fields.router)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {
            "row": None,
            "field": str(one["loc"][-1]),
            "code": "api.invalid",
            "message": one["msg"],
            "value": None,
        }
        for one in error.errors
    ]
    return problem(422, "api.invalid", Says(errors=errors))


def _patterns() -> list[URLPattern]:
    """Every address: those of the operations behind the gate, the document and its page for everybody."""
    found = []
    seen: set[str] = set()
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if not route or route in seen or not isinstance(pattern, URLPattern):
            continue
        seen.add(route)
        found.append(path(route, guarded(pattern.callback), name=pattern.name))
    found.append(path("openapi.json", reference.document, name="openapi"))
    found.append(path("docs", reference.page, name="docs"))
    found.append(path("docs/<str:tag>", reference.page, name="docs-of"))
    found.append(re_path("^.*$", _nothing, name="nothing"))
    return found


def _nothing(request: HttpRequest) -> HttpResponse:
    """No such address."""
    return not_found(request)


_nothing.access = Access("PUBLIC")  # type: ignore[attr-defined]
_nothing.csrf_exempt = True  # type: ignore[attr-defined]
urlpatterns = _patterns()
app_name = "api"
