"""The page of any record: its fields and where each comes from, what hangs on it, what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.accounts.permissions import Permission, may
from palier.hub import linking, pins, queries
from palier.hub.custom import list_labels
from palier.hub.queries import FieldValue, Link, RecordPage
from palier.hub.queries.conditions import Condition
from palier.hub.queries.listing import list_rows
from palier.hub.references import children_of
from palier.web import formats
from palier.web.components import Column, Crumb, Definition, Row, Table
from palier.web.duplicates import merges
from palier.web.http import MemberRequest, require
from palier.web.records import shown, table
from palier.web.records.entities import SLUGS, list_url
from palier.web.records.state import State
from palier.wording import labels
from palier.wording.labels import OwnLabels

PAGE = "records/record.html"
FEW = 10
"""Children of a kind shown at first [ours]."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as the page of a record shows it."""

    definition: Definition
    edit: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: str
    fields: Sequence[ShownField]


@dataclass(frozen=True, slots=True)
class Children:
    """Records that point at this one, and the list of all of them."""

    code: str
    title: str
    table: Table
    url: str


@require(Permission.VIEW_DATA)
def record(request: MemberRequest, entity: str, record_id: int) -> HttpResponse:
    """Any record behind a figure, down to the row as it came; a customer has a page of its own."""
    company = request.member.company
    if entity == "customer" and (
        page := queries.find_customer_page(company_id=company.id, customer_id=record_id)
    ):
        return redirect("customers:show", page)
    try:
        found = queries.get_record(company_id=company.id, entity=entity, record_id=record_id)
    except queries.RecordUnknown:
        if entity not in linking.MERGEABLE:
            raise
        return merges.lead_on(entity, company.id, record_id=record_id)
    merged = queries.list_merges(company_id=company.id, survivor_id=found.id, in_force=True)
    own = list_labels(company_id=company.id)
    currency = found.currency or company.currency
    editable = may(request.member, Permission.EDIT_DATA)
    title = shown.title(found)
    context = {
        "record": found,
        "title": title,
        "crumbs": [*_way_here(request, found), Crumb(title)],
        "groups": _groups(found, currency=currency, editable=editable, own=own),
        "empty": _empty(found, editable=editable, own=own),
        "merged": [merges.describe(one) for one in merged],
        "editable": editable,
        "children": [
            one
            for child, field in children_of(entity)
            if (one := _children(request, found, child, field, timezone.localdate())) is not None
        ],
        "history": shown.history_of(entity, found.history, currency=currency, own=own),
        "sources": shown.sources_of(entity, found.sources, own=own),
    }
    return render(request, PAGE, context)


def _way_here(request: MemberRequest, found: RecordPage) -> list[Crumb]:
    """The list with the filters it had, and the customer the record belongs to."""
    url = list_url(found.entity)
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc == request.get_host() and came.path == url and came.query:
        url = f"{url}?{came.query}"
    crumbs = [Crumb(labels.entity(found.entity, many=True), url)]
    parent = next((one.value for one in found.fields if isinstance(one.value, Link)), None)
    if parent is not None:
        crumbs.append(Crumb(parent.label or formats.UNKNOWN, shown.url_of(parent)))
    return crumbs


def _groups(found: RecordPage, *, currency: str, editable: bool, own: OwnLabels) -> list[Group]:
    """Filled fields: what the record is linked to, what it says, its amounts, its days."""
    kinds = {
        "ref": _("Linked to"),
        "money": _("Amounts"),
        "date": _("Days"),
        "datetime": _("Days"),
    }
    order = [_("What Palier keeps"), kinds["ref"], kinds["money"], kinds["date"]]
    grouped: dict[str, list[ShownField]] = {}
    for one in found.fields:
        if (one.value is None and not one.pinned) or one.name in shown.HIDDEN:
            continue
        grouped.setdefault(kinds.get(one.type, order[0]), []).append(
            ShownField(
                shown.definition_of(found.entity, one, currency=currency, own=own),
                _edit(found, one) if editable else "",
                one.disputed,
            )
        )
    return [Group(title, grouped[title]) for title in order if title in grouped]


def _edit(found: RecordPage, one: FieldValue) -> str:
    if not pins.can_pin(entity=found.entity, field=one.name):
        return ""
    return reverse("records:correct", args=[SLUGS[found.entity], found.public_id, one.name])


def _empty(found: RecordPage, *, editable: bool, own: OwnLabels) -> list[tuple[str, str]]:
    """Fields without a value, and where each is filled in."""
    return [
        (labels.field(found.entity, one.name, own), _edit(found, one) if editable else "")
        for one in found.fields
        if one.value is None and not one.pinned and one.name not in shown.HIDDEN
    ]


def _children(
    request: MemberRequest, found: RecordPage, child: str, field: str, today: dt.date
) -> Children | None:
    """The latest records of an entity that point at this one; nothing when there is none."""
    company = request.member.company
    state = State.of(child, QueryDict(""), {}).but(
        filters=(Condition(field, "is", str(found.id)),), sort="-id"
    )
    state = state.but(columns=tuple(name for name in state.columns if name != field))
    page = list_rows(
        company_id=company.id,
        entity=child,
        asked=state.asked(limit=FEW),
        custom={},
        fields=state.columns,
    )
    if not page.rows:
        return None
    title = labels.entity(child, many=True)
    if field != found.entity:
        title = pgettext("children and their link", "%(many)s (%(link)s)") % {
            "many": title,
            "link": labels.field(child, field),
        }
    rows = table.rows(
        state,
        page.rows,
        company_id=company.id,
        currency=company.currency,
        today=today,
    )
    return Children(
        f"{child}-{field}",
        title,
        Table(
            title,
            [
                Column(head.label, numeric=head.numeric)
                for head in table.heads(state, editable=False)
            ],
            [Row(row.cells) for row in rows],
            compact=True,
            hide_caption=True,
        ),
        State.of(child, QueryDict(""), {}).but(filters=state.filters).url() if page.next else "",
    )
