"""Bodies of requests, received whole before anything is written: a slow sender holds nobody up."""

from __future__ import annotations

import tempfile
from typing import IO, Any

import orjson
from django.http import HttpRequest

from palier.api.problems import ApiProblem, Says
from palier.hub.records import JSON

IN_MEMORY = 8 << 20
"""Bytes of a body kept in memory; the rest of a larger one waits in a file [ours]."""
MOST_BYTES = 256 << 20
"""Bytes of a body at most: 100,000 rows of 2.6 kB [ours]."""
MOST_OBJECT_BYTES = 1 << 20
"""Bytes of a single object: a record of more is not a record [ours]."""
_BLOCK = 1 << 18


def spooled(request: HttpRequest, *, most: int = MOST_BYTES) -> IO[bytes]:
    """The whole body, from its beginning, read once for the request. Raises: `ApiProblem` 413."""
    kept: IO[bytes] | None = getattr(request, "spooled_body", None)
    if kept is not None:
        kept.seek(0)
        return kept
    body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as the request
    size = 0
    while block := request.read(_BLOCK):
        size += len(block)
        if size > most:
            body.close()
            raise ApiProblem(413, "api.body-too-large", Says(more={"most_bytes": most}))
        body.write(block)
    body.seek(0)
    request.spooled_body = body  # type: ignore[attr-defined]
    return body


def let_go(request: HttpRequest) -> None:
    """Close what was received for this request."""
    kept: IO[bytes] | None = getattr(request, "spooled_body", None)
    if kept is not None:
        kept.close()


def json_object(request: HttpRequest) -> dict[str, JSON]:
    """The body as one JSON object. Raises: `ApiProblem` 400, 413, 415."""
    content_type(request, "application/json")
    body = spooled(request).read(MOST_OBJECT_BYTES + 1)
    if len(body) > MOST_OBJECT_BYTES:
        raise ApiProblem(413, "api.body-too-large", Says(more={"most_bytes": MOST_OBJECT_BYTES}))
    found = parsed(body)
    if not isinstance(found, dict):
        raise ApiProblem(422, "api.not-an-object")
    return found


def parsed(body: bytes) -> Any:
    """JSON read strictly. Raises: `ApiProblem` 400."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        says = Says(more={"line": error.lineno, "column": error.colno})
        raise ApiProblem(400, "api.not-json", says) from error


def content_type(request: HttpRequest, *taken: str) -> str:
    """The kind of content that was sent, one of those taken here. Raises: `ApiProblem` 415."""
    found = (request.content_type or "").lower()
    if found not in taken:
        says = Says(headers={"Accept": ", ".join(taken)})
        raise ApiProblem(415, "api.content-type", says)
    return found
