"""The list of any entity: searched, filtered, sorted, its columns and views chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from palier.accounts.permissions import Permission, may
from palier.hub import pins, saved_views
from palier.hub.custom import declared
from palier.hub.queries.listing import (
    CursorUnusable,
    RowPage,
    count_rows,
    list_rows,
)
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Action, Tab
from palier.web.http import MemberRequest, require
from palier.web.records import table
from palier.web.records.entities import (
    LATEST,
    READY,
    SLUGS,
    TABS,
    column_label,
    entity_of,
    list_url,
)
from palier.web.records.filters import FilterForm, described
from palier.web.records.state import State, available, field_named, filterable, written
from palier.wording import labels
from palier.wording.sentences import said

LIST = "records/list.html"
NOTHING = RowPage((), "", "")


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words, and the list without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column: the list without it, with it, or with it earlier or later."""

    label: str
    toggle: str
    earlier: str = ""
    later: str = ""


@require(Permission.VIEW_DATA)
def index(request: MemberRequest) -> HttpResponse:
    """The first of the lists."""
    return redirect("records:list", SLUGS["deal"])


@require(Permission.VIEW_DATA)
def records(request: MemberRequest, slug: str) -> HttpResponseBase:
    """A list of records; with htmx the list alone."""
    entity = entity_of(slug)
    if entity == "customer" and request.path != list_url(entity):
        query = request.META.get("QUERY_STRING", "")
        return redirect(list_url(entity) + (f"?{query}" if query else ""))
    company = request.member.company
    state = State.of(entity, request.GET, declared(company_id=company.id, entity=entity))
    form = _filter_form(request, state)
    if form is not None and form.is_bound and form.is_valid():
        added = state.but(filters=(*state.filters, form.condition()), view="")
        return redirect(added.url())
    context = {**_listed(request, state), **_tools(request, state, form)}
    return render(
        request,
        f"{LIST}#list" if request.htmx else LIST,
        context,
        status=422 if form is not None and form.is_bound else 200,
    )


def _filter_form(request: MemberRequest, state: State) -> FilterForm | None:
    """The form of the field that is about to be filtered by."""
    name = request.GET.get("champ", "")
    field = field_named(state.entity, name, state.custom)
    if field is None or name not in filterable(state.entity, state.custom):
        return None
    data = request.GET if "comparison" in request.GET else None
    return FilterForm(data, state=state, field=field, currency=request.member.company.currency)


def _listed(request: MemberRequest, state: State) -> dict[str, object]:
    """The rows of the page and how many there are in all."""
    company, refusal = request.member.company, ""
    editable = may(request.member, Permission.EDIT_DATA)
    page, total, exact = NOTHING, 0, True
    try:
        page = _page(company.id, state)
        total, exact = count_rows(
            company_id=company.id,
            entity=state.entity,
            asked=state.asked(),
            custom=state.custom,
        )
    except Refusal as refused:
        refusal = said(refused)
    rows = table.rows(
        state,
        page.rows,
        company_id=company.id,
        currency=company.currency,
        today=timezone.localdate(),
    )
    bulk = editable and state.entity in pins.CORRECTABLE and bool(rows)
    return {
        "heads": table.heads(state, editable=editable),
        "rows": rows,
        "body": table.body(rows, pick=bulk),
        "page_ids": ",".join(str(one.id) for one in page.rows),
        "total": total,
        "counted": counted(total, exact=exact),
        "refusal": refusal,
        "previous": state.but(cursor=page.previous).url() if page.previous else "",
        "next": state.but(cursor=page.next).url() if page.next else "",
        "bulk": bulk,
        "all_at_once": exact and len(page.rows) < total <= pins.MOST_AT_ONCE,
    }


def _page(company_id: int, state: State) -> RowPage:
    for cursor in (state.cursor, ""):
        try:
            return list_rows(
                company_id=company_id,
                entity=state.entity,
                asked=state.but(cursor=cursor).asked(),
                custom=state.custom,
                fields=state.columns,
            )
        except CursorUnusable:  # the address of another list, or an old one: from the beginning
            continue
    return NOTHING


def counted(total: int, *, exact: bool) -> str:
    """How many records: «1 234 fiches», «environ 1 200 000 fiches»."""
    if not exact:
        return _("about %(count)s records") % {"count": formats.number(total)}
    return ngettext("%(count)s record", "%(count)s records", total) % {
        "count": formats.number(total)
    }


def _tools(request: MemberRequest, state: State, form: FilterForm | None) -> dict[str, object]:
    """Everything around the rows: tabs, views, filters, columns."""
    company = request.member.company
    views = saved_views.list_views(
        company_id=company.id, entity=state.entity, person_id=request.member.person_id
    )
    current = next((one for one in views if str(one.id) == state.view), None)
    many = labels.entity(state.entity, many=True)
    return {
        "state": state,
        "slug": SLUGS[state.entity],
        "title": many,
        "tabs": entity_tabs(state.entity),
        "views": _views(state, views),
        "current": current,
        "may_save": may(request.member, Permission.SAVE_VIEWS),
        "may_share": may(request.member, Permission.EDIT_DATA),
        "hidden": [
            (name, value)
            for name, values in state.but().values().items()
            for value in values
            if name != "q"
        ],
        "chips": [
            Chip(
                described(state, one, company_id=company.id, currency=company.currency),
                state.but(
                    filters=tuple(other for other in state.filters if other != one), view=""
                ).url(),
            )
            for one in state.filters
        ],
        "filterable": [
            (name, column_label(state.entity, name))
            for name in filterable(state.entity, state.custom)
        ],
        "filter_form": form,
        "chosen": _chosen(state),
        "hidden_columns": _hidden_columns(state),
        "latest": state.but(sort=LATEST).url() if state.sort != LATEST else "",
        "whole": list_url(state.entity),
        "actions": _actions(request, state),
        "exports": _exports(state),
        "query": state.but().query(),
    }


def entity_tabs(current: str) -> list[Tab]:
    """The lists of data, one beside the other."""
    return [
        Tab(labels.entity(one, many=True), list_url(one), current=one == current) for one in TABS
    ] + [Tab(pgettext("tab", "Log"), reverse("records:feed"), current=current == "feed")]


def _views(state: State, views: Sequence[saved_views.View]) -> list[Tab]:
    """The whole list, the views every company has, then those that were saved."""
    now = {written(one) for one in state.filters}
    ready = [
        Tab(
            str(one.label),
            State.of(state.entity, _dict({"filtre": list(one.filters)}), state.custom).url(),
            current=not state.view and now == set(one.filters),
        )
        for one in READY.get(state.entity, ())
    ]
    saved = [
        Tab(
            one.name,
            State.of(state.entity, _dict({**one.query, "vue": [str(one.id)]}), state.custom).url(),
            current=state.view == str(one.id),
        )
        for one in views
    ]
    whole = Tab(_("All"), list_url(state.entity), current=not state.view and not now)
    return [whole, *ready, *saved]


def _dict(values: dict[str, list[str]]) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, listed in values.items():
        found.setlist(name, listed)
    return found


def _chosen(state: State) -> list[ColumnChoice]:
    """The columns that are shown, each with the way out, up and down."""
    shown = list(state.columns)
    found = []
    for place, name in enumerate(shown):
        without = [one for one in shown if one != name]
        found.append(
            ColumnChoice(
                column_label(state.entity, name),
                state.but(columns=tuple(without)).url() if without else "",
                _moved(state, without, place - 1, name) if place else "",
                _moved(state, without, place + 1, name) if place < len(shown) - 1 else "",
            )
        )
    return found


def _moved(state: State, without: list[str], place: int, name: str) -> str:
    return state.but(columns=(*without[:place], name, *without[place:])).url()


def _hidden_columns(state: State) -> list[ColumnChoice]:
    return [
        ColumnChoice(
            column_label(state.entity, name), state.but(columns=(*state.columns, name)).url()
        )
        for name in available(state.entity, state.custom)
        if name not in state.columns
    ]


def _actions(request: MemberRequest, state: State) -> list[Action]:
    found = []
    if state.entity == "deal":
        found.append(Action(_("Board"), reverse("records:board"), "secondary", icon="table"))
    if may(request.member, Permission.IMPORT_DATA):
        found.append(Action(_("Import files"), reverse("imports:new"), "secondary", icon="file-up"))
    return found


def _exports(state: State) -> list[tuple[str, str]]:
    address = reverse("records:export", args=[SLUGS[state.entity]])
    query = state.but().query()
    rest = f"&{query}" if query else ""
    return [
        (_("CSV, columns shown"), f"{address}?format=csv{rest}"),
        (_("CSV, all columns"), f"{address}?format=csv&tout=1{rest}"),
        (_("Excel, columns shown"), f"{address}?format=xlsx{rest}"),
        (_("Excel, all columns"), f"{address}?format=xlsx&tout=1{rest}"),
    ]
