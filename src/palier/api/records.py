"""Records one at a time: list, read, create, say under an identifier, correct, withdraw."""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from ninja import Router

from palier.accounts.tokens import Scope
from palier.api import documents
from palier.api.asking import (
    check_own_tool,
    fields_of,
    live,
    public_id_of,
    record_of,
    speaker_of,
    text_of,
    truth,
    whole,
)
from palier.api.bodies import json_object
from palier.api.gate import TokenRequest, needs
from palier.api.names import address, model_name
from palier.api.problems import ApiProblem, Says
from palier.api.schemas import input_schema, out_model, page_model
from palier.hub import speaking
from palier.hub.custom import declared
from palier.hub.queries import RecordUnknown, get_record
from palier.hub.queries.conditions import Condition, FilterValueUnusable
from palier.hub.queries.finding import find_by_external_id, get_live
from palier.hub.queries.listing import Asked, list_records
from palier.hub.queries.published import (
    list_published,
    list_sources_json,
    published_id,
    read_published_id,
)
from palier.hub.schema import Entity
from palier.hub.speaking import Outcome

_BY_EXTERNAL_ID = "/by/{tool}/{object_name}/{external_id}"
_VERSION = re.compile(r'"version" : (\d+)')
_INCLUDED = frozenset({"sources", "provenance"})
_LIST_WORDS = frozenset({"sort", "after", "limit", "search", "deleted"})
_OPERATORS = {
    "from": "from",
    "before": "before",
    "contains": "contains",
    "known": "known",
    "not": "not",
}


def add_records(router: Router, entity: Entity) -> None:
    """The addresses of the records of one entity."""
    out = out_model(entity)
    name = model_name(entity)
    kept = documents.joined(documents.problems(409, 412, 413, 415, 422, 503))

    @router.get(
        "",
        response={200: page_model(entity, out)},
        operation_id=f"list{name}s",
        summary=_("List records"),
        description=documents.SAYS["list"],
        openapi_extra=documents.joined(
            documents.problems(), {"parameters": [*documents.LIST, *documents.filters(entity)]}
        ),
    )
    @needs(Scope.READ_RECORDS)
    def list_(request: TokenRequest) -> HttpResponse:
        return _list(request, entity)

    @router.post(
        "",
        response={201: out},
        operation_id=f"create{name}",
        summary=_("Create a record"),
        description=documents.SAYS["create"],
        openapi_extra=documents.joined(
            kept,
            documents.body(input_schema(entity, partial=False)),
            {"parameters": [documents.IDEMPOTENCY_KEY]},
        ),
    )
    @needs(Scope.WRITE_RECORDS)
    def create(request: TokenRequest) -> HttpResponse:
        told = json_object(request)
        object_name, record = record_of(request, entity, told)
        outcome = speaking.create_record(
            speaker=speaker_of(request),
            entity=entity.name,
            object_name=object_name,
            record=record,
            now=timezone.now(),
        )
        return _written(request, entity, outcome, 201)

    _by_id(router, entity, out, kept)
    _by_external_id(router, entity, out, kept)
    _withdraw_by_external_id(router, entity)


def _by_id(router: Router, entity: Entity, out: Any, kept: dict[str, Any]) -> None:
    name = model_name(entity)

    @router.get(
        "/{record_id}",
        response={200: out},
        operation_id=f"get{name}",
        summary=_("Read a record"),
        description=documents.SAYS["get"],
        openapi_extra=documents.joined(documents.problems(), {"parameters": [documents.INCLUDE]}),
    )
    @needs(Scope.READ_RECORDS)
    def get(request: TokenRequest, record_id: str) -> HttpResponse:
        return _one(request, entity, live(request, entity, record_id).id)

    if not entity.appended:

        @router.patch(
            "/{record_id}",
            response={200: out},
            operation_id=f"amend{name}",
            summary=_("Change some fields of a record"),
            description=documents.SAYS["amend"],
            openapi_extra=documents.joined(
                kept,
                documents.body(input_schema(entity, partial=True)),
                {"parameters": [documents.IF_MATCH, documents.IDEMPOTENCY_KEY]},
            ),
        )
        @needs(Scope.WRITE_RECORDS)
        def amend(request: TokenRequest, record_id: str) -> HttpResponse:
            told = json_object(request)
            outcome = speaking.amend_record(
                speaker=speaker_of(request),
                entity=entity.name,
                public_id=public_id_of(entity, record_id),
                fields=fields_of(request, entity, told),
                now=timezone.now(),
            )
            return _written(request, entity, outcome, 200)

    @router.delete(
        "/{record_id}",
        response={204: None},
        operation_id=f"withdraw{name}",
        summary=_("Withdraw what your tool says of a record"),
        description=documents.SAYS["withdraw"],
        openapi_extra=documents.joined(
            documents.problems(409, 412, 413, 422, 503),
            {"parameters": [documents.IF_MATCH, documents.IDEMPOTENCY_KEY]},
        ),
    )
    @needs(Scope.WRITE_RECORDS)
    def withdraw(request: TokenRequest, record_id: str) -> HttpResponse:
        speaking.withdraw_record(
            speaker=speaker_of(request),
            entity=entity.name,
            public_id=public_id_of(entity, record_id),
        )
        return HttpResponse(status=204)


def _by_external_id(router: Router, entity: Entity, out: Any, kept: dict[str, Any]) -> None:
    name = model_name(entity)

    @router.get(
        _BY_EXTERNAL_ID,
        response={200: out},
        operation_id=f"get{name}ByExternalId",
        summary=_("Read the record that a tool knows by an identifier"),
        description=documents.SAYS["get"],
        openapi_extra=documents.joined(documents.problems(), {"parameters": [documents.INCLUDE]}),
    )
    @needs(Scope.READ_RECORDS)
    def get_by(
        request: TokenRequest, tool: str, object_name: str, external_id: str
    ) -> HttpResponse:
        found = find_by_external_id(
            company_id=request.token.company_id,
            entity=entity.name,
            tool=text_of(tool),
            object_name=text_of(object_name),
            external_id=text_of(external_id),
        )
        if found is None:
            raise RecordUnknown
        return _one(request, entity, found.id)

    @router.put(
        _BY_EXTERNAL_ID,
        response={200: out, 201: out},
        operation_id=f"put{name}",
        summary=_(
            "Say a record under your tool’s identifier: it replaces what your tool said of it"
        ),
        description=documents.SAYS["put"],
        openapi_extra=documents.joined(
            kept,
            documents.body(input_schema(entity, partial=False)),
            {"parameters": [documents.IF_MATCH, documents.IDEMPOTENCY_KEY]},
        ),
    )
    @needs(Scope.WRITE_RECORDS)
    def put(request: TokenRequest, tool: str, object_name: str, external_id: str) -> HttpResponse:
        check_own_tool(request, tool)
        told = {**json_object(request), "object": text_of(object_name)}
        named, record = record_of(request, entity, told, external_id=text_of(external_id))
        outcome = speaking.put_record(
            speaker=speaker_of(request),
            entity=entity.name,
            object_name=named,
            record=record,
            now=timezone.now(),
        )
        return _written(request, entity, outcome, 201 if outcome.status == "created" else 200)


def _withdraw_by_external_id(router: Router, entity: Entity) -> None:
    name = model_name(entity)

    @router.delete(
        _BY_EXTERNAL_ID,
        response={204: None},
        operation_id=f"withdraw{name}ByExternalId",
        summary=_("Withdraw the record that your tool knows by an identifier"),
        description=documents.SAYS["withdraw"],
        openapi_extra=documents.joined(
            documents.problems(409, 412, 413, 422, 503),
            {"parameters": [documents.IF_MATCH, documents.IDEMPOTENCY_KEY]},
        ),
    )
    @needs(Scope.WRITE_RECORDS)
    def withdraw_by(
        request: TokenRequest, tool: str, object_name: str, external_id: str
    ) -> HttpResponse:
        check_own_tool(request, tool)
        speaking.withdraw_external(
            speaker=speaker_of(request),
            entity=entity.name,
            object_name=text_of(object_name),
            external_id=text_of(external_id),
        )
        return HttpResponse(status=204)


def _list(request: TokenRequest, entity: Entity) -> HttpResponse:
    asked = {name: request.GET[name] for name in request.GET}
    custom = declared(company_id=request.token.company_id, entity=entity.name)
    page = list_records(
        company_id=request.token.company_id,
        entity=entity.name,
        asked=Asked(
            conditions=[
                _condition(request, entity, name, value)
                for name, value in asked.items()
                if name not in _LIST_WORDS
            ],
            search=asked.get("search", "")[:200],
            sort=asked.get("sort", "id")[:80],
            cursor=asked.get("after", ""),
            limit=whole(
                "limit", asked.get("limit", str(documents.DEFAULT_LIMIT)), most=documents.MOST_LIMIT
            ),
            deleted=truth("deleted", asked.get("deleted", "false")),
        ),
        custom=custom,
    )
    following = orjson.dumps(page.next or None).decode()
    body = f'{{"items":[{",".join(page.rows)}],"next":{following}}}'
    return HttpResponse(body.encode(), content_type="application/json")


def _condition(request: TokenRequest, entity: Entity, name: str, value: str) -> Condition:
    field, _dot, operator = name.rpartition(".")
    if operator not in _OPERATORS or not field:
        field, operator = name, "is"
    known = next((one for one in entity.fields if one.name == field), None)
    if known is not None and known.type == "ref" and operator in {"is", "not"}:
        public_id = read_published_id(known.target, value)
        if public_id is None:
            raise FilterValueUnusable(filter=name, value=value[:80])
        found = get_live(
            company_id=request.token.company_id, entity=known.target, public_id=public_id
        )
        value = str(found.id)
    return Condition(field, operator, value)  # type: ignore[arg-type]  # one of the table above


def _one(request: TokenRequest, entity: Entity, record_id: int, status: int = 200) -> HttpResponse:
    """One record with what was asked to be included; its version is its ETag."""
    told = list_published(company_id=request.token.company_id, entity=entity.name, ids=[record_id])
    if record_id not in told:
        raise RecordUnknown
    body = told[record_id]
    version = _VERSION.search(body)
    wanted = set(request.GET["include"].split(",")) if "include" in request.GET else set()
    if wanted - _INCLUDED:
        raise ApiProblem(400, "api.include-unknown", Says(more={"known": sorted(_INCLUDED)}))
    if wanted and not entity.appended:
        body = _including(request, entity, record_id, body, wanted)
    response = HttpResponse(body.encode(), status=status, content_type="application/json")
    response["ETag"] = f'"{version[1]}"' if version else ""
    return response


def _including(
    request: TokenRequest, entity: Entity, record_id: int, body: str, wanted: set[str]
) -> str:
    told = orjson.loads(body)
    company_id = request.token.company_id
    if "sources" in wanted:
        told["sources"] = list_sources_json(company_id=company_id, entity_id=record_id)
    if "provenance" in wanted:
        record = get_record(company_id=company_id, entity=entity.name, record_id=record_id)
        told["provenance"] = {
            one.name: {
                "tool": one.origin.tool_label or None,
                "external_id": one.origin.external_id or None,
                "person": one.origin.person or None,
                "at": one.origin.at,
            }
            for one in record.fields
            if one.origin is not None
        }
    return orjson.dumps(told).decode()


def _written(request: TokenRequest, entity: Entity, outcome: Outcome, status: int) -> HttpResponse:
    response = _one(request, entity, outcome.id, status)
    response["Location"] = address(entity.name, published_id(entity.name, outcome.public_id))
    response["Palier-Status"] = outcome.status
    return response
