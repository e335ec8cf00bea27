"""The list of customers, the page of one, corrections by hand, and the page of any record."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import pins, queries
from palier.hub.custom import list_labels
from palier.hub.queries import FieldValue
from palier.kernel.refusals import Refusal
from palier.web.components import Action, Crumb
from palier.web.customers import sections
from palier.web.duplicates import done, merges
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.records import shown
from palier.web.records.forms import Correction
from palier.wording import labels
from palier.wording.labels import OwnLabels
from palier.wording.sentences import said

PAGE = "customers/customer.html"


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
        return merges.lead_on("customer", company.id, public_id=public_id)
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
    fields = _values(request, public_id)
    own = list_labels(company_id=request.member.company.id)
    told = _fields(request, public_id, fields, edited=edited, form=form, own=own)
    return {**told, "refusal": refusal}


def _values(request: MemberRequest, public_id: UUID) -> tuple[FieldValue, ...]:
    return queries.get_record_fields(
        company_id=request.member.company.id, entity="customer", public_id=public_id
    ).fields


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
    fields = _values(request, public_id)
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
