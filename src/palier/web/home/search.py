"""What the palette finds: metrics and customers by a part of their name."""

from __future__ import annotations

import unicodedata

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from palier.accounts.permissions import Permission, may
from palier.hub.queries.listing import Asked, list_rows
from palier.metrics import catalogue
from palier.web.formats import UNKNOWN
from palier.web.http import MemberRequest, require
from palier.web.layout import Link
from palier.web.metrics import words

PAGE = "home/search.html"
LONGEST = 100
"""Characters of a search that are read: no name is longer [ours]."""
MOST = 6
"""Results of each kind: what a palette shows without scrolling [ours]."""


@require(Permission.VIEW_FIGURES)
def search(request: MemberRequest) -> HttpResponse:
    """Metrics and customers; with htmx the results alone, for the palette."""
    asked = request.GET.get("q", "").strip()[:LONGEST]
    context = {
        "q": asked,
        "metrics": _metrics(asked) if asked else [],
        "customers": _customers(request, asked) if asked else [],
    }
    return render(request, f"{PAGE}#found" if request.htmx else PAGE, context)


def _metrics(asked: str) -> list[Link]:
    looked_for = _plain(asked).split()
    labelled = ((words.label(metric), metric.key) for metric in catalogue.all_metrics())
    return [
        Link(label, reverse("metrics:metric", args=[key]), "chart-line")
        for label, key in labelled
        if all(word in _plain(label) for word in looked_for)
    ][:MOST]


def _customers(request: MemberRequest, asked: str) -> list[Link]:
    if not may(request.member, Permission.VIEW_DATA):
        return []
    found = list_rows(
        company_id=request.member.company.id,
        entity="customer",
        asked=Asked(search=asked, sort="name", limit=MOST),
        custom={},
        fields=["name"],
    )
    return [
        Link(
            str(one.values["name"] or UNKNOWN),
            reverse("customers:show", args=[one.public_id]),
            "building-2",
        )
        for one in found.rows
    ]


def _plain(text: str) -> str:
    """Without case or accents, as the palette's script compares."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).lower()
