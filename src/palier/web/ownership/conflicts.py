"""Where tools disagree: counts, the records behind them, fields that are held, and how a person decides."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import conflicts, loops
from palier.hub.conflicts import Conflict, Survey
from palier.hub.loops import Hold
from palier.hub.queries import RecordUnknown
from palier.hub.schema import ENTITIES
from palier.journeys.ownership import ask_count, ask_refold
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Cell, Column, Crumb, Row, Table
from palier.web.http import MemberRequest, require
from palier.web.records.shown import text_of
from palier.wording import labels
from palier.wording.sentences import said

OVERVIEW = "ownership/conflicts.html"
RECORDS = "ownership/records.html"


@require(Permission.VIEW_DATA)
def overview(request: MemberRequest) -> HttpResponse:
    """Every disagreement by field and pair of tools, and the fields that Palier holds."""
    company_id = request.member.company.id
    survey = conflicts.survey(company_id=company_id)
    if survey is None or survey.stale:
        ask_count(company_id=company_id)
    tools = conflicts.tool_labels(company_id=company_id)
    context = {
        "survey": survey,
        "counting": survey is None or survey.stale,
        "open": _counts(survey, tools, ruled=False),
        "ruled": _counts(survey, tools, ruled=True),
        "holds": [
            _hold(one, tools, request.member.company.currency)
            for one in loops.list_holds(company_id=company_id)
        ],
        "edits": may(request.member, Permission.EDIT_DATA),
        "crumbs": _crumbs(Crumb(_("Where tools disagree"))),
    }
    part = f"{OVERVIEW}#counts" if request.htmx else OVERVIEW
    return render(request, part, context)


def _counts(survey: Survey | None, tools: dict[int, str], *, ruled: bool) -> Table | None:
    found = [one for one in survey.counts if one.ruled is ruled] if survey else []
    if not found:
        return None
    columns = [
        Column(_("Field")),
        Column(_("Kind of record")),
        Column(_("Tools")),
        Column(_("Records"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(
                    labels.field(one.entity, one.field),
                    reverse("ownership:records", args=[one.entity, one.field, *one.sources]),
                ),
                labels.entity(one.entity, many=True),
                " · ".join(tools.get(number, formats.UNKNOWN) for number in one.sources),
                formats.number(one.records),
            ]
        )
        for one in found
    ]
    caption = _("Settled by a rule of yours") if ruled else _("To decide")
    return Table(caption, columns, rows, hide_caption=True)


def _hold(one: Hold, tools: dict[int, str], currency: str) -> dict[str, object]:
    kind = ENTITIES[one.entity].field(one.field).type
    return {
        "hold": one,
        "url": record_url(one.entity, one.public_id),
        "field": labels.field(one.entity, one.field),
        "label": one.label or labels.entity(one.entity),
        "value": text_of(one.entity, one.field, kind, one.value, currency=currency),
        "tools": " · ".join(tools.get(number, formats.UNKNOWN) for number in one.sources),
    }


def record_url(entity: str, public_id: object) -> str:
    """The page of a record, where it has one."""
    return reverse("customers:show", args=[public_id]) if entity == "customer" else ""


@require(Permission.EDIT_DATA)
@require_POST
def settle(request: MemberRequest, hold_id: int) -> HttpResponse:
    """Decide about a field that is held: keep its value, or let the tools speak again."""
    try:
        loops.settle(
            company_id=request.member.company.id,
            hold_id=hold_id,
            release="release" in request.POST,
            person_id=request.member.person_id,
            now=timezone.now(),
        )
    except loops.HoldUnknown:
        raise Http404 from None
    messages.success(request, _("It is decided."))
    return redirect("ownership:conflicts")


@require(Permission.VIEW_DATA, post=Permission.EDIT_DATA)
def records(
    request: MemberRequest, entity: str, field: str, first: int, second: int
) -> HttpResponse:
    """The records on which two tools disagree. A POST believes one of them, for one record or for all."""
    company_id = request.member.company.id
    if request.method == "POST":
        return _decided(request, entity, field, (first, second))
    after = request.GET.get("apres", "")
    try:
        page = conflicts.list_conflicts(
            company_id=company_id,
            entity=entity,
            field=field,
            sources=(first, second),
            after=int(after) if after.isdigit() and len(after) < 19 else 0,
        )
    except conflicts.ConflictUnknown:
        raise Http404 from None
    tools = conflicts.tool_labels(company_id=company_id)
    word = labels.field(entity, field)
    sides = [(number, tools.get(number, formats.UNKNOWN)) for number in (first, second)]
    context = {
        "title": word,
        "entity": labels.entity(entity, many=True),
        "sides": sides,
        "rows": [
            _row(one, entity, field, request.member.company.currency) for one in page.conflicts
        ],
        "next": f"?apres={page.next}" if page.next else "",
        "edits": may(request.member, Permission.EDIT_DATA),
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "crumbs": _crumbs(
            Crumb(_("Where tools disagree"), reverse("ownership:conflicts")), Crumb(word)
        ),
    }
    return render(request, RECORDS, context)


def _row(one: Conflict, entity: str, field: str, currency: str) -> dict[str, object]:
    kind = ENTITIES[entity].field(field).type

    def text(value: object) -> str:
        return text_of(entity, field, kind, value, currency=currency)  # type: ignore[arg-type]

    return {
        "public_id": one.public_id,
        "label": one.label or labels.entity(entity),
        "url": record_url(entity, one.public_id),
        "sides": [
            {"text": text(side.value), "at": side.at, "kept": side.value == one.kept}
            for side in one.sides
        ],
    }


def _decided(
    request: MemberRequest, entity: str, field: str, sources: tuple[int, int]
) -> HttpResponse:
    company_id, believed = request.member.company.id, request.POST.get("believed", "")
    number = int(believed) if believed.isdigit() and len(believed) < 19 else 0
    if number not in sources:
        raise Http404
    here = reverse("ownership:records", args=[entity, field, *sources])
    try:
        if record := request.POST.get("record", ""):
            conflicts.believe_for_record(
                company_id=company_id,
                entity=entity,
                public_id=UUID(record),
                field=field,
                source_id=number,
                person_id=request.member.person_id,
            )
            messages.success(request, _("The value is kept, in your name."))
            return redirect(here)
        if not may(request.member, Permission.MANAGE_TOOLS):
            raise PermissionDenied(_("Your role in this company does not allow this."))
        conflicts.believe_for_all(
            company_id=company_id,
            entity=entity,
            field=field,
            tool=conflicts.tool_of(company_id=company_id, source_id=number),
            person_id=request.member.person_id,
        )
    except (conflicts.ConflictUnknown, RecordUnknown, ValueError):
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, said(refusal))
        return redirect(here)
    ask_refold(company_id=company_id, entity=entity, person_id=request.member.person_id)
    messages.success(request, _("The rule is saved. The records follow in a moment."))
    return redirect("ownership:conflicts")


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Whom to believe"), reverse("ownership:list")), *more]
