"""Many records in one call: rows of JSON, brought in as an import is, with an answer for each row that is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from ninja import Router

from palier.accounts.tokens import Scope
from palier.api import documents
from palier.api.asking import truth
from palier.api.bodies import content_type, parsed, spooled
from palier.api.gate import TokenRequest, needs
from palier.api.names import model_name
from palier.api.problems import ApiProblem, Says, error_of
from palier.api.reading import Reader, Unreadable
from palier.api.schemas import BulkOut, input_schema
from palier.hub.custom import declared
from palier.hub.operations import Delivery, bring, exclusive_write
from palier.hub.outcomes import RowOutcome, outcomes_of
from palier.hub.queries.finding import Handle, list_handles
from palier.hub.queries.published import published_id
from palier.hub.records import Record, Rejection, Tool
from palier.hub.schema import ENTITIES, Entity
from palier.hub.speaking import PATIENCE_S

NDJSON = "application/x-ndjson"
MOST_ROWS = 100_000
"""Rows of one call (hub.md §0.10)."""
MOST_ROW_BYTES = 1 << 20
MOST_ARRAY_BYTES = 64 << 20
"""Bytes of a JSON array, which has to be read as a whole; lines of NDJSON are read one by one [ours]."""
MOST_ERRORS = 1_000
"""Errors that one answer tells; how many there were is told besides [ours]."""


@dataclass(slots=True)
class _Rows:
    """The rows of a body, read while they are brought in, and what was wrong with those that are no records."""

    body: IO[bytes]
    is_array: bool
    reader: Reader
    object_name: str
    now: Any
    refused: list[Rejection] = field(default_factory=list)
    read: int = 0

    def records(self) -> Iterator[Record]:
        """A record for each row that can be one."""
        for row, told in self._objects():
            self.read += 1
            try:
                if not isinstance(told, dict):
                    raise Unreadable(Rejection(row, None, "api.not-an-object"))
                if told.get("object") not in (None, self.object_name):
                    raise Unreadable(Rejection(row, "object", "api.objects-differ"))
                if "external_id" not in told:
                    raise Unreadable(Rejection(row, "external_id", "hub.no-identifier"))
                _name, record = self.reader.record(told, row=row)
            except Unreadable as error:
                self.refused.append(error.rejection)
                continue
            at = record.source_updated_at
            yield record._replace(source_updated_at=self.now if at is None or at > self.now else at)

    def _objects(self) -> Iterator[tuple[int, Any]]:
        self.body.seek(0)
        if self.is_array:
            yield from enumerate(parsed(self.body.read()), start=1)
            return
        row = 0
        for line in self.body:
            if not line.strip():
                continue
            row += 1
            try:
                yield row, orjson.loads(line)
            except orjson.JSONDecodeError:
                self.refused.append(Rejection(row, None, "api.row-not-json"))
                self.read += 1


def add_bulk(router: Router, entity: Entity) -> None:
    """The address that takes many records of an entity."""
    schema = input_schema(entity, partial=False)

    @router.post(
        "/bulk",
        response={200: BulkOut},
        operation_id=f"bulk{model_name(entity)}s",
        summary=_("Bring in up to 100,000 records at once"),
        description=documents.SAYS["bulk"],
        openapi_extra=documents.joined(
            documents.problems(409, 413, 415, 422, 503),
            {"parameters": [*_PARAMETERS, documents.IDEMPOTENCY_KEY]},
            {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"type": "array", "items": schema}},
                        NDJSON: {"schema": {"type": "string"}},
                    },
                }
            },
        ),
    )
    @needs(Scope.WRITE_RECORDS)
    def bulk(request: TokenRequest) -> HttpResponse:
        kind = content_type(request, "application/json", NDJSON)
        body = spooled(request)
        handles = _survey(request, entity, body, is_array=kind != NDJSON)
        rows = _Rows(
            body,
            kind != NDJSON,
            Reader(
                entity, declared(company_id=request.token.company_id, entity=entity.name), handles
            ),
            request.GET.get("object", "") or entity.name,
            timezone.now(),
        )
        return _bring(request, entity, rows)


_PARAMETERS = [
    documents.parameter(
        "object",
        {"type": "string", "minLength": 1, "maxLength": 200},
        _("The kind of object in your tool; the entity's own name when absent."),
    ),
    documents.parameter(
        "atomic", {"type": "boolean"}, _("Write nothing when a row is refused (422 tells why).")
    ),
    documents.parameter(
        "return",
        {"type": "string", "enum": ["rows"]},
        _("Tell what became of each row, and its id."),
    ),
]


def _bring(request: TokenRequest, entity: Entity, rows: _Rows) -> HttpResponse:
    token = request.token
    delivery = Delivery(token.company_id, Tool(token.tool), rows.object_name, entity.name, "api")
    told: list[RowOutcome] = []
    wants_rows = request.GET.get("return") == "rows"
    atomic = truth("atomic", request.GET.get("atomic", "false"))
    with exclusive_write(company_id=token.company_id, wait=True, patience_s=PATIENCE_S) as cursor:
        report = bring(
            cursor,
            delivery,
            rows.records(),
            written=(lambda c, chunk: told.extend(outcomes_of(c, delivery, chunk)))
            if wants_rows
            else None,
        )
        refused = sorted([*rows.refused, *report.rejections], key=lambda one: one.line or 0)
        errors = [error_of(one) for one in refused[:MOST_ERRORS]]
        if refused and atomic:
            more = {"errors_left_out": max(len(refused) - MOST_ERRORS, 0)}
            raise ApiProblem(422, "api.rows-refused", Says(errors=errors, more=more))
    answer = {
        "read": rows.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": len(refused),
        "errors": errors,
        "errors_left_out": max(len(refused) - MOST_ERRORS, 0),
        "rows": [_row(entity, one) for one in told] if wants_rows else None,
    }
    return HttpResponse(orjson.dumps(answer), content_type="application/json")


def _row(entity: Entity, outcome: RowOutcome) -> dict[str, Any]:
    return {
        "row": outcome.line,
        "external_id": outcome.external_id,
        "status": outcome.status,
        "id": published_id(entity.name, outcome.public_id),
    }


def _survey(
    request: TokenRequest, entity: Entity, body: IO[bytes], *, is_array: bool
) -> dict[UUID, Handle]:
    """Count the rows, and find the records that they name as parents by their ids: before anything is locked."""
    patterns = {
        one.target: re.compile(rb'"(' + ENTITIES[one.target].prefix.encode() + rb'_[0-9a-f]{32})"')
        for one in entity.fields
        if one.type == "ref"
    }
    found: dict[str, set[UUID]] = {target: set() for target in patterns}
    if is_array:
        text = body.read(MOST_ARRAY_BYTES + 1)
        if len(text) > MOST_ARRAY_BYTES:
            raise ApiProblem(
                413, "api.array-too-large", Says(more={"most_bytes": MOST_ARRAY_BYTES})
            )
        rows = parsed(text)
        if not isinstance(rows, list):
            raise ApiProblem(422, "api.not-an-array")
        count = len(rows)
        _collect(patterns, found, text)
    else:
        count = 0
        for line in body:
            count += bool(line.strip())
            if len(line) > MOST_ROW_BYTES:
                says = Says(more={"row": count, "most_bytes": MOST_ROW_BYTES})
                raise ApiProblem(413, "api.row-too-large", says)
            _collect(patterns, found, line)
    if count > MOST_ROWS:
        raise ApiProblem(413, "api.too-many-rows", Says(more={"most": MOST_ROWS, "rows": count}))
    handles: dict[UUID, Handle] = {}
    for target, public_ids in found.items():
        handles |= list_handles(
            company_id=request.token.company_id,
            entity=target,
            public_ids=public_ids,
            tool=request.token.tool,
        )
    return handles


def _collect(
    patterns: dict[str, re.Pattern[bytes]], found: dict[str, set[UUID]], text: bytes
) -> None:
    for target, pattern in patterns.items():
        found[target].update(UUID(one[4:].decode()) for one in pattern.findall(text))
