"""Merges that were made, by rule or by hand, and taking them back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import linking, proposals, queries
from palier.hub.queries import MergeRow
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Status
from palier.web.duplicates import done, words
from palier.web.duplicates.views import tabs
from palier.web.http import MemberRequest, require
from palier.web.records import shown
from palier.wording import labels
from palier.wording.sentences import said

MERGES = "duplicates/merges.html"


@require(Permission.VIEW_DATA)
def merges(request: MemberRequest) -> HttpResponse:
    """Merges, the latest first, and pairs said to be different."""
    company_id = request.member.company.id
    before = done.number(request.GET.get("avant", ""))
    found = queries.list_merges(company_id=company_id, before=before)
    context = {
        "tabs": tabs("merges"),
        "merges": [describe(one) for one in found],
        "refused": [
            {
                "a": one.a.label or labels.entity(one.entity),
                "b": one.b.label or labels.entity(one.entity),
                "url": reverse("duplicates:pair", args=[one.id]),
                "why": words.pattern(one.entity, one.evidence),
            }
            for one in queries.list_refused(company_id=company_id)
        ],
        "more": f"?avant={found[-1].event_id}" if len(found) == queries.QUEUE else "",
        "editable": may(request.member, Permission.EDIT_DATA),
        "done": done.read(request),
    }
    return render(request, MERGES, context)


def describe(one: MergeRow) -> dict[str, object]:
    """A merge as a list shows it."""
    return {
        "id": one.event_id,
        "survivor": (one.survivor.label or labels.entity(one.entity)) if one.survivor else "",
        "url": shown.url_of(one.survivor) if one.survivor else "",
        "other": one.other or labels.entity(one.entity),
        "entity": labels.entity(one.entity),
        "records": ngettext("%(count)s source", "%(count)s sources", one.records)
        % {"count": formats.number(one.records)},
        "why": words.pattern(one.entity, one.evidence) if one.evidence else "",
        "by": _("automatic rule") if one.automatic else one.person,
        "at": one.at,
        "automatic": one.automatic,
        "reviewed": one.reviewed,
        "undone": one.undone_at is not None,
        "status": _status(one),
    }


def _status(one: MergeRow) -> Status:
    if one.undone_at is not None:
        day = formats.day(timezone.localtime(one.undone_at).date(), form="medium")
        return Status(_("separated on %(day)s") % {"day": day}, "idle", "undo-2")
    if one.reviewed or not one.automatic:
        return Status(_("right"), "good")
    return Status(_("to be looked at"), "info")


@require(Permission.EDIT_DATA)
@require_POST
def separate(request: MemberRequest, event_id: int) -> HttpResponse:
    """Take a merge back; with `to=record` the reader goes on to the record that returns."""
    try:
        parted = linking.unmerge(
            company_id=request.member.company.id,
            link_event_id=event_id,
            person_id=request.member.person_id,
        )
    except linking.MergeUnknown:
        raise
    except Refusal as refusal:
        messages.error(request, said(refusal))
        return redirect("duplicates:merges")
    messages.success(request, _("The two records are separate again, each with what was its own."))
    if request.POST.get("to") == "record":
        return redirect("customers:record", parted.entity, parted.id)
    return redirect("duplicates:merges")


@require(Permission.EDIT_DATA)
@require_POST
def confirm(request: MemberRequest, event_id: int) -> HttpResponse:
    """Say that the rule was right."""
    try:
        proposals.confirm(
            company_id=request.member.company.id,
            link_event_id=event_id,
            person_id=request.member.person_id,
            now=timezone.now(),
        )
    except linking.MergeUnknown:
        raise
    except Refusal as refusal:
        messages.error(request, said(refusal))
    else:
        messages.success(request, _("Noted: this merge was right."))
    return redirect("duplicates:merges")


def lead_on(
    entity: str, company_id: int, *, public_id: UUID | None = None, record_id: int | None = None
) -> HttpResponse:
    """The address of a merged record leads to the one it went into, as long as they are merged."""
    into = queries.find_merged_into(
        company_id=company_id, entity=entity, public_id=public_id, record_id=record_id
    )
    if into is None:
        raise queries.RecordUnknown
    return redirect(shown.url_of(into))
