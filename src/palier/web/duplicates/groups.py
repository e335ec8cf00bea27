"""Pairs that look alike, seen together and decided together."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.accounts.permissions import Permission, may
from palier.hub import proposals, queries
from palier.hub.linking import MergeReport
from palier.hub.queries import Link, Proposal
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Cell, Column, Crumb, Row, Table
from palier.web.duplicates import done, words
from palier.web.http import MemberRequest, require
from palier.web.records import shown
from palier.wording import labels
from palier.wording.sentences import said

GROUP = "duplicates/group.html"


@require(Permission.VIEW_DATA, post=Permission.EDIT_DATA)
def group(request: MemberRequest) -> HttpResponse:
    """The pairs of a group; a decision holds for those that were shown, no other."""
    company_id = request.member.company.id
    refusal = ""
    if request.method == "POST":
        ids = [id_ for text in request.POST.getlist("pair") if (id_ := done.number(text))]
        try:
            return _decided(request, ids[: queries.QUEUE])
        except Refusal as caught:
            refusal = said(caught)
    entity = request.GET.get("fiche", "")[:40]
    pattern = request.GET.get("motif", "")[:1000]
    found = queries.list_proposals(company_id=company_id, entity=entity, pattern=pattern)
    if not found and not refusal:
        return redirect("duplicates:queue")
    context = {
        "pairs": found,
        "table": _table(found),
        "title": _title(entity, found),
        "editable": may(request.member, Permission.EDIT_DATA),
        "refusal": refusal,
        "crumbs": [Crumb(_("Duplicates"), reverse("duplicates:queue")), Crumb(_("Together"))],
    }
    return render(request, GROUP, context, status=422 if refusal else 200)


def _title(entity: str, found: tuple[Proposal, ...]) -> str:
    text = words.pattern(entity, found[0].evidence) if found else _("Duplicates")
    return text[:1].upper() + text[1:]


def _table(found: tuple[Proposal, ...]) -> Table:
    rows = [
        Row(
            [
                _half(one.a, one, [each.a for each in one.evidence]),
                _half(one.b, one, [each.b for each in one.evidence]),
                Cell(
                    formats.number(one.weight, decimals=1, signed=True),
                    reverse("duplicates:pair", args=[one.id]),
                ),
            ]
        )
        for one in found
    ]
    columns = [
        Column(_("The older record, which stays")),
        Column(_("The other record")),
        Column(_("Weight"), numeric=True),
    ]
    return Table(_("Pairs of this group"), columns, rows, hide_caption=True)


def _half(link: Link, one: Proposal, compared: list[str]) -> Cell:
    """A record and the values that were compared, but its name."""
    name = link.label or labels.entity(one.entity)
    told = [value for value in compared if value and value != name]
    return Cell(name, shown.url_of(link), note=" · ".join(dict.fromkeys(told)))


def _decided(request: MemberRequest, ids: list[int]) -> HttpResponse:
    common = {"company_id": request.member.company.id, "person_id": request.member.person_id}
    if request.POST.get("choice") == "different":
        count = proposals.refuse_all(proposal_ids=ids, now=timezone.now(), **common)
        messages.success(
            request,
            ngettext(
                "%(count)s pair stays apart, and will not be proposed again.",
                "%(count)s pairs stay apart, and will not be proposed again.",
                count,
            )
            % {"count": formats.number(count)},
        )
        return redirect("duplicates:queue")
    _say(request, proposals.accept_all(proposal_ids=ids, **common))
    return redirect("duplicates:merges")


def _say(request: MemberRequest, report: MergeReport) -> None:
    messages.success(
        request,
        ngettext("%(count)s pair merged.", "%(count)s pairs merged.", report.merged)
        % {"count": formats.number(report.merged)},
    )
    if left := report.chained + report.refused + report.gone:
        messages.warning(
            request,
            ngettext(
                "%(count)s pair was left, because one of its records was just merged, is gone or was said to be different: look at it again.",
                "%(count)s pairs were left, because one of their records was just merged, is gone or was said to be different: look at them again.",
                left,
            )
            % {"count": formats.number(left)},
        )
