"""The list of customers, the page of one, corrections by hand, and the page of any record."""

from __future__ import annotations

from urllib.parse import urlencode
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
from palier.hub import linking, pins, queries
from palier.hub.custom import list_labels
from palier.hub.queries import CustomerPage, FieldValue
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Action, Cell, Column, Crumb, Row, Tab, Table
from palier.web.customers import sections, shown
from palier.web.customers.forms import Correction
from palier.web.duplicates import done, merges
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.wording import labels
from palier.wording.labels import OwnLabels
from palier.wording.sentences import said

LIST = "customers/list.html"
PAGE = "customers/customer.html"


@require(Permission.VIEW_DATA)
def customers(request: MemberRequest) -> HttpResponse:
    """Customers, searched, filtered and sorted; with htmx the list alone."""
    company = request.member.company
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "stage", "sort", "page")}
    sort = asked["sort"] if asked["sort"].removeprefix("-") in queries.SORTS else "name"
    page = queries.list_customers(
        company_id=company.id,
        today=timezone.localdate(),
        currency=company.currency,
        search=asked["q"][:100],
        stage=asked["stage"],
        sort=sort,
        cursor=asked["page"],
    )
    context = {
        "q": asked["q"],
        "stage": asked["stage"],
        "sort": asked["sort"],
        "page": page,
        "counted": _counted(page),
        "filtered": bool(asked["q"] or asked["stage"]),
        "stages": _stages(asked),
        "table": _table(page, sort),
        "previous": _address(asked, page.previous),
        "next": _address(asked, page.next),
        "actions": _first_actions(request),
    }
    return render(request, f"{LIST}#list" if request.htmx else LIST, context)


def _counted(page: CustomerPage) -> str:
    if page.exact:
        return ngettext("%(count)s customer", "%(count)s customers", page.total) % {
            "count": formats.number(page.total)
        }
    return _("about %(count)s customers") % {"count": formats.number(page.total)}


def _address(asked: dict[str, str], cursor: str) -> str:
    if not cursor:
        return ""
    return "?" + urlencode(
        {name: value for name, value in {**asked, "page": cursor}.items() if value}
    )


def _stages(asked: dict[str, str]) -> list[Tab]:
    words = {
        "": _("All"),
        "customer": _("Customers"),
        "prospect": _("Prospects"),
        "churned": _("Former customers"),
    }
    return [
        Tab(
            word,
            "?"
            + urlencode(
                {
                    name: value
                    for name, value in {**asked, "stage": code, "page": ""}.items()
                    if value
                }
            ),
            current=asked["stage"] == code,
        )
        for code, word in words.items()
    ]


def _first_actions(request: MemberRequest) -> list[Action]:
    if not may(request.member, Permission.IMPORT_DATA):
        return []
    return [Action(_("Import files"), reverse("imports:new"), icon="file-up")]


def _table(page: CustomerPage, sort: str) -> Table:
    columns = [
        Column(_("Customer"), sort="name"),
        Column(labels.field("customer", "stage")),
        Column(_("City"), sort="city"),
        Column(_("Owner"), sort="owner"),
        Column(_("Acquisition channel")),
        Column(_("MRR today"), numeric=True, hint=_("Monthly recurring revenue")),
        Column(_("Changed on"), sort="updated"),
    ]
    dated = sort.endswith("since") or any(one.first_won_on for one in page.rows)
    if dated:
        columns.insert(5, Column(_("Customer since"), sort="since"))
    rows = [
        Row(
            [
                Cell(one.name or formats.UNKNOWN, reverse("customers:show", args=[one.public_id])),
                Cell(status=sections.stage(one.stage)) if one.stage else formats.UNKNOWN,
                one.city or formats.UNKNOWN,
                one.owner or formats.UNKNOWN,
                one.acquisition_channel or formats.UNKNOWN,
                *([shown.unbroken(formats.day(one.first_won_on, form="medium"))] if dated else []),
                shown.sums(one.monthly) or formats.UNKNOWN,
                shown.unbroken(formats.day(one.updated_at, form="medium")),
            ]
        )
        for one in page.rows
    ]
    return Table(_("Customers"), columns, rows, sorted_by=sort, hide_caption=True)


@require(Permission.VIEW_DATA)
def customer(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """One customer; `?corriger=city` opens the form of that field, `?tout=invoices` shows a list in full."""
    if request.htmx and "corriger" in request.GET:
        return render(
            request,
            f"{PAGE}#identity",
            _identity(request, public_id, edited=request.GET["corriger"]),
        )
    company = request.member.company
    try:
        found = queries.get_customer(
            company_id=company.id,
            public_id=public_id,
            today=timezone.localdate(),
            currency=company.currency,
            whole=request.GET.get("tout", ""),
        )
    except queries.CustomerUnknown:
        return _lead_on("customer", company.id, public_id=public_id)
    merged = queries.list_merges(company_id=company.id, survivor_id=found.id, in_force=True)
    own = list_labels(company_id=company.id)
    context = {
        "customer": found,
        "crumbs": [Crumb(_("Customers"), reverse("customers:list")), Crumb(found.name)],
        "lead": sections.lead(found),
        "status": sections.stage(found.stage) if found.stage else None,
        "figures": sections.figures(found, timezone.localdate()),
        "sections": sections.related(found, timezone.localdate()),
        "history": shown.history_of("customer", found.history, currency=company.currency, own=own),
        "sources": shown.sources_of("customer", found.sources, own=own),
        "currency": company.currency,
        "merged": [merges.describe(one) for one in merged],
        "done": done.read(request),
        "editable": may(request.member, Permission.EDIT_DATA),
        "actions": _actions(request, public_id),
        **_fields(
            request, public_id, found.fields, edited=request.GET.get("corriger", ""), own=own
        ),
    }
    return render(request, PAGE, context)


def _lead_on(
    entity: str, company_id: int, *, public_id: UUID | None = None, record_id: int | None = None
) -> HttpResponse:
    """The address of a merged record leads to the one it went into, as long as they are merged."""
    into = queries.find_merged_into(
        company_id=company_id, entity=entity, public_id=public_id, record_id=record_id
    )
    if into is None:
        raise queries.RecordUnknown
    return redirect(shown.url_of(into))


def _actions(request: MemberRequest, public_id: UUID) -> list[Action]:
    if not may(request.member, Permission.EDIT_DATA):
        return []
    url = reverse("duplicates:choose", args=[public_id])
    return [Action(_("Merge with…"), url, kind="secondary", icon="git-merge")]


def _identity(
    request: MemberRequest,
    public_id: UUID,
    *,
    edited: str = "",
    form: Correction | None = None,
    refusal: str = "",
) -> dict[str, object]:
    """The identity section alone, as htmx swaps it."""
    fields = queries.get_customer_fields(company_id=request.member.company.id, public_id=public_id)
    own = list_labels(company_id=request.member.company.id)
    told = _fields(request, public_id, fields, edited=edited, form=form, own=own)
    return {**told, "refusal": refusal}


def _fields(
    request: MemberRequest,
    public_id: UUID,
    fields: tuple[FieldValue, ...],
    *,
    edited: str,
    form: Correction | None = None,
    own: OwnLabels,
) -> dict[str, object]:
    currency = request.member.company.currency
    editable = may(request.member, Permission.EDIT_DATA)
    rows = []
    for one in fields:
        open_ = editable and one.name == edited and pins.can_pin(entity="customer", field=one.name)
        rows.append(
            {
                "name": one.name,
                "label": labels.field("customer", one.name, own),
                "pinned": one.pinned,
                "value": shown.text_of(
                    "customer", one.name, one.type, one.value, currency=currency
                ),
                "empty": one.value is None and not one.pinned and not open_,
                "provenance": shown.origin_of(one.origin),
                "said": [
                    {
                        "by": said,
                        "text": shown.text_of(
                            "customer", one.name, one.type, said.value, currency=currency
                        ),
                    }
                    for said in one.said
                ]
                if one.disputed or one.pinned
                else [],
                "editable": editable and pins.can_pin(entity="customer", field=one.name),
                "form": (form or Correction(entity="customer", field=one, own=own))
                if open_
                else None,
            }
        )
    return {
        "public_id": public_id,
        "rows": rows,
        "empty_rows": [row for row in rows if row["empty"]],
        "edited": edited,
    }


@require(Permission.EDIT_DATA)
@require_POST
def correct(request: MemberRequest, public_id: UUID, field: str) -> HttpResponse:
    """Set a field by hand: it beats every source until it is given back."""
    company = request.member.company
    fields = queries.get_customer_fields(company_id=company.id, public_id=public_id)
    one = next((one for one in fields if one.name == field), None)
    if one is None or not pins.can_pin(entity="customer", field=field):
        raise pins.FieldNotPinnable
    own = list_labels(company_id=company.id)
    form = Correction(request.POST, entity="customer", field=one, own=own)
    if form.is_valid():
        try:
            pins.pin_field(
                company_id=company.id,
                entity="customer",
                public_id=public_id,
                field=field,
                value=form.cleaned_data["value"],
                person_id=request.member.person_id,
            )
        except Refusal as refusal:
            form.add_error("value", said(refusal))
        else:
            return _done(
                request,
                public_id,
                _("“%(field)s” is set: imports no longer change it.")
                % {"field": labels.field("customer", field, own)},
            )
    if request.htmx:
        return render(
            request,
            f"{PAGE}#identity",
            _identity(request, public_id, edited=field, form=form),
            status=422,
        )
    return render(
        request,
        "customers/correction.html",
        {**_identity(request, public_id, edited=field, form=form), "form": form},
        status=422,
    )


@require(Permission.EDIT_DATA)
@require_POST
def release(request: MemberRequest, public_id: UUID, field: str) -> HttpResponse:
    """Give a field back to its sources."""
    try:
        pins.unpin_field(
            company_id=request.member.company.id,
            entity="customer",
            public_id=public_id,
            field=field,
            person_id=request.member.person_id,
        )
    except queries.RecordUnknown:
        raise
    except Refusal as refusal:
        if request.htmx:
            return render(
                request,
                f"{PAGE}#identity",
                _identity(request, public_id, refusal=said(refusal)),
                status=422,
            )
        messages.error(request, said(refusal))
        return redirect("customers:show", public_id)
    return _done(
        request,
        public_id,
        _("“%(field)s” follows its sources again.")
        % {
            "field": labels.field(
                "customer", field, list_labels(company_id=request.member.company.id)
            )
        },
    )


def _done(request: MemberRequest, public_id: UUID, message: str) -> HttpResponse:
    if request.htmx:
        return announce(render(request, f"{PAGE}#identity", _identity(request, public_id)), message)
    messages.success(request, message)
    return redirect("customers:show", public_id)


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
        return _lead_on(entity, company.id, record_id=record_id)
    merged = queries.list_merges(company_id=company.id, survivor_id=found.id, in_force=True)
    currency = found.currency or company.currency
    own = list_labels(company_id=company.id)
    parent = next((one.value for one in found.fields if isinstance(one.value, queries.Link)), None)
    title = sections.title(found)
    crumbs = [Crumb(_("Customers"), reverse("customers:list"))]
    if parent is not None and parent.entity == "customer":
        crumbs.append(Crumb(parent.label or formats.UNKNOWN, shown.url_of(parent)))
    context = {
        "record": found,
        "title": title,
        "crumbs": [*crumbs, Crumb(title)],
        "definitions": shown.definitions_of(entity, found.fields, currency=currency, own=own),
        "merged": [merges.describe(one) for one in merged],
        "editable": may(request.member, Permission.EDIT_DATA),
        "history": shown.history_of(entity, found.history, currency=currency, own=own),
        "sources": shown.sources_of(entity, found.sources, own=own),
    }
    return render(request, "customers/record.html", context)
