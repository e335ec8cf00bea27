"""What a request of the API asks: its numbers, its record, its tool, the version it has read."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import HttpRequest

from palier.api.gate import TokenRequest
from palier.api.problems import ApiProblem, Says, error_of
from palier.api.reading import Reader, Unreadable, by_entity, parent_ids
from palier.hub.custom import declared
from palier.hub.queries import RecordUnknown
from palier.hub.queries.finding import Found, Handle, get_live, list_handles
from palier.hub.queries.published import read_published_id
from palier.hub.records import JSON, Record
from palier.hub.schema import Entity
from palier.hub.speaking import Speaker

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')


def whole(name: str, text: str, *, most: int, least: int = 1) -> int:
    """A whole number of a query. Raises: `ApiProblem` 400."""
    if text.isascii() and text.isdigit() and least <= int(text[:12]) <= most:
        return int(text)
    raise ApiProblem(
        400, "api.not-in-range", Says(more={"parameter": name, "least": least, "most": most})
    )


def truth(name: str, text: str) -> bool:
    """A yes or no of a query. Raises: `ApiProblem` 400."""
    if text in {"true", "false"}:
        return text == "true"
    raise ApiProblem(400, "api.neither-true-nor-false", Says(more={"parameter": name}))


def live(request: TokenRequest, entity: Entity, record_id: str) -> Found:
    """The record of an address. Raises: `RecordUnknown`."""
    return get_live(
        company_id=request.token.company_id,
        entity=entity.name,
        public_id=public_id_of(entity, record_id),
    )


def public_id_of(entity: Entity, record_id: str) -> UUID:
    """The record that an address names. Raises: `RecordUnknown`."""
    public_id = read_published_id(entity.name, record_id)
    if public_id is None:
        raise RecordUnknown
    return public_id


def text_of(value: str) -> str:
    """A part of an address as text that can be stored. Raises: `RecordUnknown`."""
    if "\x00" in value:
        raise RecordUnknown
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RecordUnknown from error
    return value


def check_own_tool(request: TokenRequest, tool: str) -> None:
    """A token speaks for its own tool. Raises: `ApiProblem` 403."""
    if tool != request.token.tool:
        raise ApiProblem(403, "api.not-your-tool", Says(more={"tool": request.token.tool}))


def speaker_of(request: HttpRequest) -> Speaker:
    """The tool that speaks, and the version it has read, if it says so. Raises: `ApiProblem` 400."""
    token = request.token  # type: ignore[attr-defined]
    return Speaker(token.company_id, token.tool, _expected_version(request))


def _expected_version(request: HttpRequest) -> int | None:
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    found = _ETAG.fullmatch(header.strip().removeprefix("W/"))
    if found is None:
        raise ApiProblem(400, "api.if-match-unusable")
    return int(found[1])


def reader_for(request: TokenRequest, entity: Entity, told: list[dict[str, JSON]]) -> Reader:
    """A reader that knows the parents which these objects name by their ids."""
    token = request.token
    pairs = {pair for one in told for pair in parent_ids(entity, one)}
    handles: dict[UUID, Handle] = {}
    for target, public_ids in by_entity(pairs).items():
        handles |= list_handles(
            company_id=token.company_id, entity=target, public_ids=public_ids, tool=token.tool
        )
    has_custom = any("custom" in one for one in told)
    custom = declared(company_id=token.company_id, entity=entity.name) if has_custom else {}
    return Reader(entity, custom, handles)


def record_of(
    request: TokenRequest, entity: Entity, told: dict[str, JSON], *, external_id: str = ""
) -> tuple[str, Record]:
    """The object name and the record of a body. Raises: `ApiProblem` 422."""
    try:
        return reader_for(request, entity, [told]).record(told, external_id=external_id)
    except Unreadable as error:
        raise _unreadable(error) from error


def fields_of(request: TokenRequest, entity: Entity, told: dict[str, JSON]) -> dict[str, JSON]:
    """The fields of a body. Raises: `ApiProblem` 422."""
    try:
        return reader_for(request, entity, [told]).fields(told)
    except Unreadable as error:
        raise _unreadable(error) from error


def _unreadable(error: Unreadable) -> ApiProblem:
    described = error_of(error.rejection)
    says = Says(detail=str(described["message"]), errors=[described])
    return ApiProblem(422, error.rejection.code, says)
