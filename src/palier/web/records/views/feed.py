"""The change log for people: what happened, latest first, and the same for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from palier.accounts.permissions import Permission, may
from palier.accounts.queries import list_members
from palier.hub import queries
from palier.hub.queries import FieldChange, HistoryEntry
from palier.hub.queries.changes import Entry, Narrowed, list_changes
from palier.hub.schema import ENTITIES
from palier.web import formats
from palier.web.components import HistoryItem
from palier.web.http import MemberRequest, require
from palier.web.records import shown
from palier.web.records.views.listing import entity_tabs
from palier.wording import labels

PAGE = "records/feed.html"
ORIGINS = ("import", "api", "pin", "unpin", "undo")
NAMES = ("entite", "outil", "origine", "personne", "depuis", "jusqu")


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry in words: what happened to which record."""

    item: HistoryItem
    name: str
    url: str
    position: int


@require(Permission.VIEW_DATA)
def changes(request: MemberRequest) -> HttpResponse:
    """Entries, latest first; with htmx the entries alone. `?suivre=1` asks again every few seconds."""
    company = request.member.company
    asked = {name: request.GET.get(name, "").strip()[:100] for name in NAMES}
    before = request.GET.get("avant", "")
    page = list_changes(
        company_id=company.id,
        narrowed=_narrowed(asked),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    told = {name: value for name, value in asked.items() if value}
    follow = "suivre" in request.GET and not before
    context = {
        "tabs": entity_tabs("feed"),
        "asked": asked,
        "entries": [_shown(one, company.currency) for one in page.entries],
        "next": f"?{urlencode({**told, 'avant': page.before})}" if page.before else "",
        "first": before,
        "follow": follow,
        "follow_url": f"?{urlencode({**told, 'suivre': 1})}",
        "stop_url": f"?{urlencode(told)}",
        "technical": may(request.member, Permission.MANAGE_TOOLS),
        "head": page.head,
        "call": _call(asked),
        **_choices(request),
    }
    return render(request, f"{PAGE}#entries" if request.htmx else PAGE, context)


def _choices(request: MemberRequest) -> dict[str, object]:
    company = request.member.company
    people = list_members(company=company) if may(request.member, Permission.VIEW_TEAM) else []
    return {
        "entities": [(one, labels.entity(one, many=True)) for one in ENTITIES],
        "tools": [(one.name, one.label) for one in queries.list_tools(company_id=company.id)],
        "origins": [(one, _origin(one)) for one in ORIGINS],
        "people": people,
    }


def _origin(code: str) -> str:
    return {
        "import": pgettext("origin of a change", "File import"),
        "api": pgettext("origin of a change", "API"),
        "pin": pgettext("origin of a change", "Correction by hand"),
        "unpin": pgettext("origin of a change", "Given back to the sources"),
        "undo": pgettext("origin of a change", "Import undone"),
    }[code]


def _narrowed(asked: Mapping[str, str]) -> Narrowed:
    since, until = _day(asked["depuis"]), _day(asked["jusqu"], after=1)
    person = asked["personne"]
    return Narrowed(
        asked["entite"] if asked["entite"] in ENTITIES else "",
        asked["outil"],
        asked["origine"] if asked["origine"] in ORIGINS else "",
        int(person) if person.isascii() and person.isdigit() and len(person) < 19 else None,
        since,
        until,
    )


def _day(text: str, *, after: int = 0) -> dt.datetime | None:
    """The first moment of a day, or of one so many days after."""
    try:
        day = dt.date.fromisoformat(text) + dt.timedelta(days=after)
        return timezone.make_aware(dt.datetime.combine(day, dt.time()))
    except (ValueError, OverflowError):
        return None


def _shown(entry: Entry, currency: str) -> ShownEntry:
    item = shown.item_of(
        entry.entity,
        HistoryEntry(
            entry.op,
            entry.origin,
            entry.at,
            entry.tool_label,
            entry.person,
            entry.batch_id,
            entry.undone,
            tuple(FieldChange(name) for name in entry.fields),
        ),
        currency=currency,
    )
    if entry.span > 1:
        name = ngettext("%(count)s record", "%(count)s records", entry.span) % {
            "count": formats.number(entry.span)
        }
        return ShownEntry(
            item, f"{labels.entity(entry.entity, many=True)} · {name}", "", entry.position
        )
    kind, label = labels.entity(entry.entity), entry.record.label
    name = _("%(kind)s %(name)s") % {"kind": kind, "name": label} if label else kind
    url = shown.url_of(entry.record) if entry.record.public_id else ""
    return ShownEntry(item, name, url, entry.position)


def _call(asked: Mapping[str, str]) -> str:
    """The call of the API that gives the same, for the filters that it knows."""
    entities = f"&entities={asked['entite']}" if asked["entite"] in ENTITIES else ""
    return f"GET /api/v1/changes?after=0{entities}"
