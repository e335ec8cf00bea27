"""The queue of pairs to decide, and one pair side by side."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from palier.accounts.permissions import Permission, may
from palier.hub import proposals, queries
from palier.hub.queries import Pattern, Proposal
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Crumb, Tab
from palier.web.duplicates import done, sides, words
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.records import shown
from palier.wording import labels
from palier.wording.sentences import said

QUEUE = "duplicates/queue.html"
PAIR = "duplicates/pair.html"


def tabs(current: str) -> list[Tab]:
    """The two lists: what is to be decided, and what was."""
    return [
        Tab(_("To decide"), reverse("duplicates:queue"), current=current == "queue"),
        Tab(_("Decided"), reverse("duplicates:merges"), current=current == "merges"),
    ]


@require(Permission.VIEW_DATA)
def queue(request: MemberRequest) -> HttpResponse:
    """Pairs that may be one: in groups that look alike, then each, the surest first."""
    company_id = request.member.company.id
    waiting = queries.count_open(company_id=company_id)
    context = {
        "figures": words.figures(queries.get_agreement(company_id=company_id), waiting),
        "tabs": tabs("queue"),
        "groups": [
            _group(one) for one in queries.list_patterns(company_id=company_id) if one.count > 1
        ],
        "pairs": [_row(one) for one in queries.list_proposals(company_id=company_id)],
        "waiting": waiting,
        "shown": queries.QUEUE,
        "done": done.read(request),
    }
    return render(request, QUEUE, context)


def _group(one: Pattern) -> dict[str, str]:
    return {
        "words": words.pattern(one.entity, one.evidence),
        "entity": labels.entity(one.entity, many=True),
        "count": formats.number(one.count),
        "url": reverse("duplicates:group")
        + "?"
        + urlencode({"fiche": one.entity, "motif": one.key}),
    }


def _row(one: Proposal) -> dict[str, object]:
    return {
        "url": reverse("duplicates:pair", args=[one.id]),
        "a": one.a.label or labels.entity(one.entity),
        "b": one.b.label or labels.entity(one.entity),
        "entity": labels.entity(one.entity),
        "weight": formats.number(one.weight, decimals=1, signed=True),
        "why": [words.evidence(one.entity, each) for each in one.evidence if each.weight][:4],
    }


@require(Permission.VIEW_DATA)
def pair(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """One pair side by side, with the reasons in words."""
    found = queries.find_proposal(company_id=request.member.company.id, proposal_id=proposal_id)
    if found is not None and found.a.id == found.b.id:  # merged: there is one record to see
        return redirect(shown.url_of(found.a))
    context = _pair(request, proposal_id)
    return render(request, f"{PAIR}#pair" if request.htmx else PAIR, context)


def _pair(request: MemberRequest, proposal_id: int, *, refusal: str = "") -> dict[str, object]:
    company = request.member.company
    found = queries.find_proposal(company_id=company.id, proposal_id=proposal_id)
    loaded = sides.load(company_id=company.id, a=found.a, b=found.b) if found else None
    if found is None or loaded is None:
        raise proposals.ProposalUnknown
    following = queries.find_next(company_id=company.id, after=proposal_id)
    return {
        "proposal": found,
        "comparison": sides.compare(loaded, currency=company.currency, evidence=found.evidence),
        "weight": formats.number(found.weight, decimals=1, signed=True),
        "open": found.status == "open" and found.a.id != found.b.id,
        "refused": found.status == "refused",
        "editable": may(request.member, Permission.EDIT_DATA),
        "later": reverse("duplicates:pair", args=[following]) if following else "",
        "title": labels.entity(found.entity, many=True),
        "refusal": refusal,
        "done": done.read(request),
        "crumbs": [Crumb(_("Duplicates"), reverse("duplicates:queue")), Crumb(_("A pair"))],
    }


@require(Permission.EDIT_DATA)
@require_POST
def decide(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Say that a pair is one, or two; the next pair follows."""
    company_id = request.member.company.id
    following = queries.find_next(company_id=company_id, after=proposal_id)
    try:
        if request.POST.get("choice") == "different":
            proposals.refuse(
                company_id=company_id,
                proposal_id=proposal_id,
                person_id=request.member.person_id,
                now=timezone.now(),
            )
            made = done.Done("different", proposal_id)
        else:
            merged = proposals.accept(
                company_id=company_id,
                proposal_id=proposal_id,
                person_id=request.member.person_id,
                survivor_id=done.number(request.POST.get("survivor", "")),
                versions=done.versions(request.POST),
            )
            made = done.Done("merge", merged.event_id)
    except proposals.ProposalUnknown:
        raise
    except Refusal as refusal:
        return _refused(request, proposal_id, said(refusal))
    return _next(request, following, made)


def _refused(request: MemberRequest, proposal_id: int, reason: str) -> HttpResponse:
    """The same pair with the reason, or the next one when this one is gone."""
    try:
        context = _pair(request, proposal_id, refusal=reason)
    except proposals.ProposalUnknown:
        messages.error(request, reason)
        url = reverse("duplicates:queue")
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return render(request, f"{PAIR}#pair" if request.htmx else PAIR, context, status=422)


def _next(request: MemberRequest, following: int | None, made: done.Done) -> HttpResponse:
    company_id = request.member.company.id
    ahead = (
        queries.find_proposal(company_id=company_id, proposal_id=following) if following else None
    )
    if ahead is None or ahead.status != "open" or ahead.a.id == ahead.b.id:
        following = queries.find_next(company_id=company_id)
    url = made.beside(
        reverse("duplicates:pair", args=[following]) if following else reverse("duplicates:queue")
    )
    if not request.htmx:
        return redirect(url)
    if following is None:
        return HttpResponseClientRedirect(url)
    try:
        context = {**_pair(request, following), "done": made}
    except proposals.ProposalUnknown:
        return HttpResponseClientRedirect(made.beside(reverse("duplicates:queue")))
    answer = announce(render(request, f"{PAIR}#pair", context), made.sentence())
    return push_url(answer, url)


@require(Permission.EDIT_DATA)
@require_POST
def reconsider(request: MemberRequest, proposal_id: int) -> HttpResponse:
    """Take back «these are different»."""
    proposals.reconsider(
        company_id=request.member.company.id,
        proposal_id=proposal_id,
        person_id=request.member.person_id,
    )
    messages.success(request, _("The pair is to be decided again."))
    return redirect("duplicates:pair", proposal_id)
