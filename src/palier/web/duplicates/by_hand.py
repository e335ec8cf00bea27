"""Merging two customers that nothing proposed: search, compare, confirm."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from palier.accounts.permissions import Permission
from palier.hub import linking, queries
from palier.hub.identity import company_name_key
from palier.hub.queries import CustomerUnknown, Link
from palier.hub.queries.listing import Asked, list_rows
from palier.kernel.refusals import Refusal
from palier.web.components import Crumb
from palier.web.duplicates import done, sides
from palier.web.http import MemberRequest, require
from palier.wording.sentences import said

CHOOSE = "duplicates/choose.html"
COMPARE = "duplicates/compare.html"
FOUND = 20
"""Customers that a search shows [ours]."""


@require(Permission.EDIT_DATA)
def choose(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Search the other customer by name; with htmx the results alone."""
    company = request.member.company
    this = _link(company.id, public_id)
    asked = request.GET.get("q", "").strip()[:100] if "q" in request.GET else _last_word(this)
    found = list_rows(
        company_id=company.id,
        entity="customer",
        asked=Asked(search=asked, sort="name", limit=FOUND),
        custom={},
        fields=("name", "city"),
    )
    context = {
        "customer": this,
        "q": asked,
        "found": [
            {
                "name": one.values["name"],
                "city": one.values["city"] or "",
                "url": reverse("duplicates:compare", args=[public_id, one.public_id]),
            }
            for one in found.rows
            if one.public_id != public_id
        ],
        "crumbs": _crumbs(this),
    }
    return render(request, f"{CHOOSE}#found" if request.htmx else CHOOSE, context)


@require(Permission.EDIT_DATA)
def compare(request: MemberRequest, public_id: UUID, other_id: UUID) -> HttpResponse:
    """Both customers side by side; confirming merges them into the one chosen."""
    company = request.member.company
    links = [_link(company.id, one) for one in (public_id, other_id)]
    refusal = ""
    if request.method == "POST":
        survivor = done.number(request.POST.get("survivor", ""))
        stays, goes = links if survivor != links[1].id else reversed(links)
        try:
            (merged,) = linking.merge(
                company_id=company.id,
                entity="customer",
                survivor=stays.id,
                others=[goes.id],
                person_id=request.member.person_id,
                versions=done.versions(request.POST),
            )
        except Refusal as caught:
            refusal = said(caught)
        else:
            url = reverse("customers:show", args=[merged.survivor_public_id])
            return redirect(done.Done("merge", merged.event_id).beside(url))
    loaded = sides.load(company_id=company.id, a=links[0], b=links[1])
    if loaded is None:
        raise CustomerUnknown
    context = {
        "comparison": sides.compare(loaded, currency=company.currency),
        "address": reverse("duplicates:compare", args=[public_id, other_id]),
        "back": reverse("customers:show", args=[public_id]),
        "refusal": refusal,
        "crumbs": _crumbs(links[0]),
    }
    return render(request, COMPARE, context, status=422 if refusal else 200)


def _last_word(this: Link) -> str:
    """What a duplicate most likely shares with a name: its last word, without the legal form."""
    return (company_name_key(this.label).split() or [""])[-1][:100]


def _link(company_id: int, public_id: UUID) -> Link:
    found = queries.find_customer(company_id=company_id, public_id=public_id)
    if found is None:
        raise CustomerUnknown
    return found


def _crumbs(this: Link) -> list[Crumb]:
    return [
        Crumb(_("Customers"), reverse("customers:list")),
        Crumb(this.label, reverse("customers:show", args=[this.public_id])),
        Crumb(_("Merge")),
    ]
