"""Answers that say no: RFC 9457 problem details, with a stable code, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop
from ninja import Schema
from pydantic import ConfigDict, Field

from palier.hub.records import Rejection
from palier.wording.sentences import SENTENCES, sentence

CONTENT_TYPE = "application/problem+json"
LONGEST_ECHO = 200
"""Characters of a refused value that an answer repeats [ours]."""
TITLES: dict[int, str] = {
    400: gettext_noop("This request cannot be read"),
    401: gettext_noop("This request needs a valid token"),
    403: gettext_noop("This token does not allow that"),
    404: gettext_noop("There is nothing here"),
    405: gettext_noop("This address does not take that method"),
    409: gettext_noop("This conflicts with what is there"),
    410: gettext_noop("What this pointed at is no longer kept"),
    412: gettext_noop("This has changed since you read it"),
    413: gettext_noop("This request is too large"),
    415: gettext_noop("This kind of content is not taken here"),
    422: gettext_noop("Something in this request is not right"),
    429: gettext_noop("Too many requests"),
    500: gettext_noop("Something went wrong on our side"),
    503: gettext_noop("Not now: come back in a moment"),
}


class ErrorOut(Schema):
    """One thing that is not right: in which row of a bulk call, in which field, and why."""

    row: int | None = Field(None, description="Row of a bulk call, from 1.")
    field: str | None = Field(None, description="Field, as it was sent.")
    code: str = Field(description="Stable reason, for programmes.", examples=["hub.missing-field"])
    message: str = Field(description="The reason in words, in the language of `Accept-Language`.")
    value: str | None = Field(None, description="The beginning of the value refused.")


class Problem(Schema):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["urn:palier:problem:hub.version-conflict"])
    title: str
    status: int
    code: str = Field(examples=["hub.version-conflict"])
    detail: str
    errors: list[ErrorOut] = []


@dataclass(frozen=True, slots=True)
class Says:
    """What a problem adds to its code: sentence, errors, headers, further members."""

    detail: str = ""
    errors: Sequence[Mapping[str, Any]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


class ApiProblem(Exception):  # noqa: N818 - not an error of the programme
    """Stops a request with a problem; the application turns it into an answer."""

    def __init__(self, status: int, code: str, says: Says | None = None) -> None:
        self.status, self.code, self.says = status, code, says or Says()
        super().__init__(code)


def problem(status: int, code: str, says: Says | None = None) -> HttpResponse:
    """The answer that says no."""
    said_more = says or Says()
    title = sentence_of(TITLES[status])
    body = {
        "type": f"urn:palier:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": said_more.detail or (sentence(code) if code in SENTENCES else title),
        "errors": list(said_more.errors),
        **said_more.more,
    }
    answer = HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE)
    for name, value in said_more.headers.items():
        answer[name] = value
    return answer


def sentence_of(message: str) -> str:
    """A message of ours in the active language."""
    from django.utils.translation import gettext

    return gettext(message)


def error_of(rejection: Rejection) -> dict[str, Any]:
    """One rejection of the door as an item of `errors`."""
    value = rejection.params.get("value")
    return {
        "row": rejection.line,
        "field": rejection.column,
        "code": rejection.code,
        "message": sentence(rejection.code, rejection.params),
        "value": None if value is None else value[:LONGEST_ECHO],
    }


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address of the API that does not exist."""
    return problem(404, "api.no-such-address")
