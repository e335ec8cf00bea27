"""Which status each refusal of a domain has: the codes stay the domain's own."""

from __future__ import annotations

from django.http import HttpResponse

from palier.accounts.idempotency import InFlight, KeyReused, KeyUnusable
from palier.api.problems import ApiProblem, Says, error_of, problem
from palier.hub.custom import (
    CustomFieldChoicesUnusable,
    CustomFieldNameUnusable,
    CustomFieldTypeUnusable,
    CustomFieldUnknown,
)
from palier.hub.feed import StartOver
from palier.hub.operations import AnotherWriteRunning
from palier.hub.queries import RecordUnknown
from palier.hub.queries.conditions import FilterUnknown, FilterUnsuited, FilterValueUnusable
from palier.hub.queries.listing import CursorUnusable, SortUnusable
from palier.hub.speaking import RecordRejected, VersionConflict
from palier.kernel.refusals import Refusal
from palier.wording.sentences import said

COME_BACK_S = 5
"""What a caller is told to wait when a long import holds its company [ours]."""

STATUSES: dict[type[Refusal], int] = {
    RecordUnknown: 404,
    CustomFieldUnknown: 404,
    VersionConflict: 412,
    StartOver: 410,
    FilterUnknown: 400,
    FilterUnsuited: 400,
    FilterValueUnusable: 400,
    SortUnusable: 400,
    CursorUnusable: 400,
    KeyUnusable: 400,
    KeyReused: 422,
    CustomFieldNameUnusable: 422,
    CustomFieldTypeUnusable: 422,
    CustomFieldChoicesUnusable: 422,
    InFlight: 409,
    AnotherWriteRunning: 503,
}
"""What is not here conflicts with what is there: 409."""
HEADERS: dict[type[Refusal], dict[str, str]] = {
    InFlight: {"Retry-After": "1"},
    AnotherWriteRunning: {"Retry-After": str(COME_BACK_S)},
}


def answered(refusal: ApiProblem | Refusal) -> HttpResponse:
    """The answer that says no, with the reason."""
    if isinstance(refusal, ApiProblem):
        return problem(refusal.status, refusal.code, refusal.says)
    if isinstance(refusal, RecordRejected):
        error = error_of(refusal.rejection)
        says = Says(detail=str(error["message"]), errors=[error])
        return problem(422, refusal.rejection.code, says)
    kind = type(refusal)
    more: dict[str, object] = {}
    if isinstance(refusal, VersionConflict):
        fields = str(refusal.details["fields"])
        more = {
            "version": refusal.details["version"],
            "changed": fields.split(", ") if fields else [],
        }
    says = Says(detail=said(refusal), headers=HEADERS.get(kind, {}), more=more)
    return problem(STATUSES.get(kind, 409), refusal.code, says)
