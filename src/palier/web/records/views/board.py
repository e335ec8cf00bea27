"""The board of deals: a lane for each stage, a card for each open deal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import pipeline as hub_pipeline
from palier.hub import queries
from palier.hub.pipeline import Card, Lane, get_board
from palier.hub.queries import Link
from palier.hub.queries.conditions import Condition
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.records import shown
from palier.web.records.entities import list_url
from palier.web.records.state import State
from palier.wording import labels
from palier.wording.sentences import said

PAGE = "records/board.html"
CHOICES = ("pipeline", "responsable")


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A deal as its card shows it."""

    public_id: UUID
    name: str
    url: str
    lines: Sequence[str]
    age: str


@dataclass(frozen=True, slots=True)
class ShownLane:
    """A stage as its lane shows it."""

    stage: str
    title: str
    counted: str
    cards: Sequence[ShownCard]
    others: str
    url: str


@require(Permission.VIEW_DATA)
def pipeline(request: MemberRequest) -> HttpResponse:
    """Open deals by stage, of a pipeline and an owner if chosen."""
    company = request.member.company
    asked = {name: request.GET.get(name, "")[:200] for name in CHOICES}
    board = get_board(
        company_id=company.id,
        currency=company.currency,
        pipeline=asked["pipeline"],
        owner=asked["responsable"],
    )
    editable = may(request.member, Permission.EDIT_DATA)
    context = {
        "crumbs": [Crumb(labels.entity("deal", many=True), list_url("deal")), Crumb(_("Board"))],
        "asked": asked,
        "pipelines": board.pipelines,
        "owners": board.owners,
        "lanes": [_lane(one, asked, timezone.localdate()) for one in board.lanes],
        "stages": [one.stage for one in board.lanes if one.stage],
        "editable": editable,
        "back": urlencode({name: value for name, value in asked.items() if value}),
        "moved": _moved(request) if editable else None,
    }
    return render(request, PAGE, context)


def _moved(request: MemberRequest) -> dict[str, str] | None:
    """What was moved last, so that it can be undone."""
    try:
        public_id = UUID(request.GET.get("deplacee", ""))
    except ValueError:
        return None
    return {"public_id": str(public_id), "stage": request.GET.get("de", "")[:200]}


def _lane(lane: Lane, asked: dict[str, str], today: dt.date) -> ShownLane:
    filters = [Condition("status", "is", "open")]
    filters.append(
        Condition("stage", "is", lane.stage) if lane.stage else Condition("stage", "known", "false")
    )
    for name, field in (("pipeline", "pipeline"), ("responsable", "owner")):
        if asked[name]:
            filters.append(Condition(field, "is", asked[name]))
    rest = lane.count - len(lane.cards)
    counted = ngettext("%(count)s deal", "%(count)s deals", lane.count) % {
        "count": formats.number(lane.count)
    }
    total = shown.sums(lane.amounts)
    return ShownLane(
        lane.stage,
        lane.stage or _("Without stage"),
        f"{counted} · {total}" if total else counted,
        [_card(one, today) for one in lane.cards],
        ngettext("See %(count)s more", "See %(count)s more", rest) % {"count": formats.number(rest)}
        if rest > 0
        else "",
        State("deal", {}).but(filters=tuple(filters), columns=(), sort="-amount_minor").url(),
    )


def _card(card: Card, today: dt.date) -> ShownCard:
    amount = formats.money(card.amount.minor, card.amount.currency) if card.amount else ""
    age = ""
    if card.since is not None and (days := (today - card.since).days) >= 0:
        age = pgettext("time in a stage", "for %(days)s") % {"days": formats.days(days)}
    return ShownCard(
        card.public_id,
        card.name or labels.entity("deal"),
        shown.url_of(Link("deal", card.id, card.public_id, card.name)),
        [one for one in (card.customer, amount, card.owner) if one],
        age,
    )


@require(Permission.EDIT_DATA)
@require_POST
def move(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Move a deal to a stage; with `retour` back to where it was."""
    query = QueryDict(request.POST.get("liste", ""), mutable=True)
    told: dict[str, Any] = {
        "company_id": request.member.company.id,
        "public_id": public_id,
        "stage": request.POST.get("etape", "")[:200],
        "person_id": request.member.person_id,
        "actor": str(request.user),
        "now": timezone.now(),
    }
    try:
        if "retour" in request.POST:
            hub_pipeline.move_back(**told)
            messages.success(request, _("The deal is back in its stage."))
        else:
            query["de"] = hub_pipeline.move_deal(**told)
            query["deplacee"] = str(public_id)
    except queries.RecordUnknown:
        raise
    except Refusal as refusal:
        messages.error(request, said(refusal))
    return redirect(f"{reverse('records:board')}?{query.urlencode()}")
