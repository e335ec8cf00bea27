"""Every code of a problem: its status, where it may come from, and what it says. For the reference page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from palier.accounts.idempotency import InFlight, KeyReused, KeyUnusable
from palier.api.problems import TITLES
from palier.hub import speaking
from palier.hub.custom import (
    CustomFieldChoicesUnusable,
    CustomFieldExists,
    CustomFieldNameUnusable,
    CustomFieldTypeUnusable,
    CustomFieldUnknown,
    TooManyCustomFields,
)
from palier.hub.feed import StartOver
from palier.hub.operations import AnotherWriteRunning
from palier.hub.queries import RecordUnknown, conditions
from palier.hub.queries import listing as lists
from palier.kernel.refusals import Refusal
from palier.wording.sentences import HUB, SENTENCES

ROW = "row"
"""Codes of a field or a row: of `errors`, and of the problem itself when one record was sent alone."""
CODES: tuple[tuple[int, str, str | type[Refusal]], ...] = (
    (400, "body", "api.not-json"),
    (400, "if-match", "api.if-match-unusable"),
    (400, "key", KeyUnusable),
    (400, "limit", "api.not-in-range"),
    (400, "include", "api.include-unknown"),
    (400, "list", "api.neither-true-nor-false"),
    (400, "bulk", "api.neither-true-nor-false"),
    (400, "list", conditions.FilterUnknown),
    (400, "list", conditions.FilterUnsuited),
    (400, "list", conditions.FilterValueUnusable),
    (400, "list", lists.SortUnusable),
    (400, "limit", lists.CursorUnusable),
    (400, "changes", "hub.unknown-entity"),
    (401, "", "api.token-missing"),
    (403, "", "api.scope-missing"),
    (403, "own", "api.not-your-tool"),
    (404, "record", RecordUnknown),
    (404, "list", RecordUnknown),
    (404, "fields", "hub.unknown-entity"),
    (404, "fields", CustomFieldUnknown),
    (404, "elsewhere", "api.no-such-address"),
    (405, "elsewhere", "api.no-such-method"),
    (409, "key", InFlight),
    (409, "create", speaking.ExternalIdTaken),
    (409, "amend", speaking.NotAmendable),
    (409, "withdraw", speaking.NothingToWithdraw),
    (409, "fields", CustomFieldExists),
    (409, "fields", TooManyCustomFields),
    (410, "changes", StartOver),
    (412, "if-match", speaking.VersionConflict),
    (413, "body", "api.body-too-large"),
    (413, "bulk", "api.array-too-large"),
    (413, "bulk", "api.row-too-large"),
    (413, "bulk", "api.too-many-rows"),
    (415, "body", "api.content-type"),
    (422, "body", "api.not-an-object"),
    (422, "bulk", "api.not-an-array"),
    (422, "bulk", "api.rows-refused"),
    (422, "key", KeyReused),
    (422, "fields", "api.declaration-unusable"),
    (422, "fields", CustomFieldNameUnusable),
    (422, "fields", CustomFieldTypeUnusable),
    (422, "fields", CustomFieldChoicesUnusable),
    (422, "elsewhere", "api.invalid"),
    (429, "", "api.too-many-requests"),
    (500, "elsewhere", "palier.bug"),
    (503, "written", AnotherWriteRunning),
    (503, "stream", "api.too-many-streams"),
)
"""Status, what an operation must have for it (nothing: any may answer so), code or refusal."""
ROWS: tuple[str, ...] = (
    "api.custom-field-undeclared",
    "api.identifiers-differ",
    "api.objects-differ",
    "api.parent-unknown",
    "api.row-not-json",
    *HUB,
)
"""Why one field or one row is refused."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code and what it says, in the reader's language; «…» where an answer repeats a value."""

    code: str
    says: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A status of an operation: its title and the codes it may carry."""

    status: int
    title: str
    codes: tuple[Code, ...] = ()
    rows: bool = False


def all_answers() -> list[Answered]:
    """Every problem, by status."""
    return [
        Answered(
            status,
            gettext(title),
            tuple(_code(one) for at, _trait, one in CODES if at == status),
        )
        for status, title in TITLES.items()
    ]


def row_codes() -> list[Code]:
    """Why a field or a row is refused."""
    return [_code(one) for one in ROWS]


def answers_of(told: dict[str, Any], traits: set[str]) -> list[Answered]:
    """The problems of one operation of the OpenAPI document, those left out of which it has no case."""
    found = [
        Answered(
            status,
            gettext(TITLES[status]),
            tuple(_code(one) for at, trait, one in CODES if at == status and trait in traits),
            rows=status == 422 and bool(traits & {"written"}),
        )
        for status in sorted(int(one) for one in told["responses"])
        if status in TITLES
    ]
    return [one for one in found if one.codes or one.rows]


def traits_of(path: str, method: str, told: dict[str, Any]) -> set[str]:
    """What an operation has that some problems need."""
    named = {one["name"] for one in told.get("parameters", [])}
    return {"", *_traits(path, method, named, told)}


def _traits(path: str, method: str, named: set[str], told: dict[str, Any]) -> Iterator[str]:
    tag = told["tags"][0]
    about_records = tag not in {"changes", "fields"}
    if "requestBody" in told:
        yield "body"
    if "If-Match" in named:
        yield "if-match"
    if "Idempotency-Key" in named:
        yield "key"
    if "limit" in named:
        yield "limit"
    if "include" in named:
        yield "include"
    if "sort" in named:
        yield "list"
    if about_records and ("{record_id}" in path or "/by/" in path):
        yield "record"
    if "/by/" in path and method != "get":
        yield "own"
    if about_records and method != "get":
        yield "written"
    if path.endswith("/bulk"):
        yield "bulk"
    if path.endswith("/stream"):
        yield "stream"
    if tag == "changes" or (tag == "fields" and "{entity}" in path):
        yield tag
    acts = {"post": "create", "put": "create", "patch": "amend", "delete": "withdraw"}
    if about_records and method in acts:
        yield acts[method]


def _code(one: str | type[Refusal]) -> Code:
    code, message = (one, SENTENCES[one]) if isinstance(one, str) else (one.code, one.message)
    blanks = re.sub(r"%\(\w+\)s", "…", gettext(message)).replace("%%", "%")
    return Code(code, blanks.replace("….", "…"))
