"""The change feed: every change once and in order, asked for, waited for, or streamed."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from django.db import connection
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Router, Schema
from pydantic import Field

from palier.accounts.tokens import Scope
from palier.api import documents
from palier.api.asking import whole
from palier.api.gate import TokenRequest, needs
from palier.api.names import entity_names
from palier.api.problems import ApiProblem, Says
from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.listening import listener
from palier.hub.queries import list_sources_by_id
from palier.hub.queries.published import list_published, list_published_ids, published_id
from palier.hub.schema import ENTITIES

router = Router(tags=["changes"])
DEFAULT_LIMIT, MOST_LIMIT = 1_000, 10_000
MOST_WAIT_S = 30
"""Longest wait of one request: shorter than the patience of the usual proxies [ours]."""
STREAM_FOR_S = 600
"""Length of a stream, after which its reader connects again where it was: no thread is held for ever [ours]."""
HEARTBEAT_S = 15
"""A comment this often tells both ends that the line is alive (HTML standard, server-sent events, authoring notes)."""
MOST_WAITING = 12
"""Requests of one process that may wait at a time: the others are answered at once [ours]."""
_waiting = threading.BoundedSemaphore(MOST_WAITING)


class ChangeOut(Schema):
    """One change of one record."""

    position: int
    entity: str
    id: str
    version: int
    op: Literal["create", "update", "merge", "unmerge", "delete", "erase"]
    changed: list[str] | None = Field(description="Fields that changed; null for a creation.")
    origin: str = Field(description="By which way it came: api, import, pin, undo…")
    tool: str | None
    at: dt.datetime
    data: dict[str, Any] | None = Field(
        None, description="The record as it is now, with `include=data`."
    )


class ChangesOut(Schema):
    """Some changes, and the cursor to go on from."""

    items: list[ChangeOut]
    next: str = Field(description="Send it as `after` next time, even when there was nothing new.")
    has_more: bool


_PARAMETERS = [
    documents.parameter(
        "after",
        {"type": "string"},
        _(
            "The `next` of the answer before; 0 for the beginning, “now” for what comes from now on."
        ),
    ),
    documents.parameter(
        "entities", {"type": "string"}, _("Only these entities, separated by commas.")
    ),
    documents.parameter(
        "include", {"type": "string", "enum": ["data"]}, _("Each record as it is now.")
    ),
]
_LIMIT = documents.parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": DEFAULT_LIMIT},
    _("Changes of an answer."),
)
_WAIT = documents.parameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": MOST_WAIT_S, "default": 0},
    _("Seconds to wait for a change when there is none."),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    company_id: int
    entities: tuple[str, ...]
    with_data: bool
    limit: int


@router.get(
    "/changes",
    response={200: ChangesOut},
    operation_id="listChanges",
    summary=_("Read the changes after a cursor"),
    description=_(
        "Complete and in order. A cursor of an earlier state of the data is answered 410: read everything again."
    ),
    openapi_extra=documents.joined(
        documents.problems(410), {"parameters": [*_PARAMETERS, _LIMIT, _WAIT]}
    ),
)
@needs(Scope.READ_CHANGES)
def changes(request: TokenRequest) -> HttpResponse:
    """Complete and in order. A cursor of an earlier state of the data is answered 410: read everything again."""
    asked = _asked(request)
    wait_s = whole("wait", request.GET.get("wait", "0"), most=MOST_WAIT_S, least=0)
    after, generation = _cursor(asked.company_id, request.GET.get("after", "0"))
    deadline = time.monotonic() + wait_s
    seen = listener.heard(asked.company_id) if wait_s else 0
    page = _page(asked, after, generation)
    if wait_s and not page.items and _waiting.acquire(blocking=False):
        try:
            while not page.items and (left := deadline - time.monotonic()) > 0:
                connection.close()  # nobody needs it meanwhile: back to the pool
                listener.wait(asked.company_id, seen=seen, timeout_s=left)
                seen = listener.heard(asked.company_id)
                with company_scope(asked.company_id):
                    page = _page(asked, page.position, page.head.generation)
        finally:
            _waiting.release()
    with company_scope(asked.company_id):
        items = b",".join(_items(asked, page))
    tail = orjson.dumps({"next": _written(page), "has_more": page.has_more})
    return HttpResponse(b'{"items":[' + items + b"]," + tail[1:], content_type="application/json")


@router.get(
    "/changes/stream",
    response={200: None},
    operation_id="streamChanges",
    summary=_("Follow the changes as server-sent events"),
    description=_(
        "One event for each change; the connection ends from time to time and goes on where it was."
    ),
    openapi_extra=documents.joined(
        {
            "responses": {
                200: {
                    "description": "Events named `change`, each with its cursor as id; it ends after ten minutes.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                }
            },
            "parameters": [
                *_PARAMETERS,
                documents.parameter(
                    "Last-Event-ID",
                    {"type": "string"},
                    _("Sent by browsers when they connect again: goes on from there."),
                    "header",
                ),
                documents.parameter(
                    "for",
                    {"type": "integer", "minimum": 1, "maximum": STREAM_FOR_S},
                    _("Seconds after which the stream ends."),
                ),
            ],
        },
        documents.problems(410, 503),
    ),
)
@needs(Scope.READ_CHANGES)
def stream(request: TokenRequest) -> HttpResponseBase:
    """One event for each change; the connection ends from time to time and goes on where it was."""
    asked = _asked(request)
    given = request.headers.get("Last-Event-ID") or request.GET.get("after", "now")
    after, generation = _cursor(asked.company_id, given)
    length = whole("for", request.GET.get("for", str(STREAM_FOR_S)), most=STREAM_FOR_S)
    page = feed.read_page(
        company_id=asked.company_id, after=after, generation=generation, limit=1
    )  # refused here, while an answer can still say so
    if not _waiting.acquire(blocking=False):
        raise ApiProblem(503, "api.too-many-streams", Says(headers={"Retry-After": "5"}))
    response = StreamingHttpResponse(
        _events(asked, after, page.head.generation, time.monotonic() + length),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _events(asked: _Asked, after: int, generation: uuid.UUID, deadline: float) -> Iterator[bytes]:
    """The stream itself; runs after the view has returned, so it opens its own scope."""
    try:
        yield b"retry: 1000\n\n"
        spoke = time.monotonic()
        while True:
            seen = listener.heard(asked.company_id)
            with company_scope(asked.company_id):
                try:
                    page = _page(asked, after, generation)
                except feed.StartOver:
                    yield b"event: resync\ndata: {}\n\n"
                    return
                told = list(zip(page.items, _items(asked, page), strict=True))
            connection.close()
            for item, body in told:
                cursor = f"{generation.hex}-{item.position}"
                yield b"event: change\nid: " + cursor.encode() + b"\ndata: " + body + b"\n\n"
                spoke = time.monotonic()
            after = page.position
            if (left := deadline - time.monotonic()) <= 0:
                return
            if not page.has_more:
                listener.wait(asked.company_id, seen=seen, timeout_s=min(left, HEARTBEAT_S))
            if time.monotonic() - spoke >= HEARTBEAT_S:
                yield b": still here\n\n"
                spoke = time.monotonic()
    finally:
        _waiting.release()
        connection.close()


def _asked(request: TokenRequest) -> _Asked:
    named = tuple(one for one in request.GET.get("entities", "").split(",") if one)
    unknown = [one for one in named if one not in ENTITIES]
    if unknown:
        raise ApiProblem(400, "hub.unknown-entity", Says(more={"known": entity_names()}))
    limit = whole("limit", request.GET.get("limit", str(DEFAULT_LIMIT)), most=MOST_LIMIT)
    if request.GET.get("include", "data") != "data":
        raise ApiProblem(400, "api.include-unknown", Says(more={"known": ["data"]}))
    return _Asked(request.token.company_id, named, "include" in request.GET, limit)


def _cursor(company_id: int, text: str) -> tuple[int, uuid.UUID | None]:
    """A position and the generation it belongs to. Raises: `ApiProblem` 400."""
    if text == "now":
        head = feed.head(company_id=company_id)
        return head.position, head.generation
    if text == "0":
        return 0, None
    generation, _dash, position = text.partition("-")
    try:
        if position.isascii() and position.isdigit() and int(position[:19]) < 2**63:
            return int(position[:19]), uuid.UUID(generation)
    except ValueError:
        pass
    raise ApiProblem(400, "hub.cursor-unusable")


def _written(page: feed.FeedPage) -> str:
    return f"{page.head.generation.hex}-{page.position}"


def _page(asked: _Asked, after: int, generation: uuid.UUID | None) -> feed.FeedPage:
    return feed.read_page(
        company_id=asked.company_id,
        after=after,
        generation=generation,
        limit=asked.limit,
        entities=asked.entities,
    )


def _items(asked: _Asked, page: feed.FeedPage) -> list[bytes]:
    """Each change as JSON. One query for each entity that occurs, and one for the tools."""
    ids: dict[str, set[int]] = defaultdict(set)
    for item in page.items:
        ids[item.entity].add(item.entity_id)
    company_id = asked.company_id
    public = {
        entity: list_published_ids(company_id=company_id, entity=entity, ids=found)
        for entity, found in ids.items()
    }
    data: dict[str, dict[int, str]] = {}
    if asked.with_data:
        data = {
            entity: list_published(company_id=company_id, entity=entity, ids=found)
            for entity, found in ids.items()
        }
    tools = list_sources_by_id(company_id=company_id) if page.items else {}
    return [
        orjson.dumps(
            {
                "position": item.position,
                "entity": item.entity,
                "id": published_id(item.entity, public[item.entity][item.entity_id]),
                "version": item.version,
                "op": item.op,
                "changed": item.fields,
                "origin": item.origin,
                "tool": tools.get(item.source_id) if item.source_id is not None else None,
                "at": item.at,
                "data": orjson.Fragment(data[item.entity][item.entity_id])
                if asked.with_data
                else None,
            }
        )
        for item in page.items
    ]
