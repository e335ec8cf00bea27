"""One value corrected by hand, in its cell or on a page of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from palier.accounts.permissions import Permission
from palier.hub import pins, queries
from palier.hub.custom import declared
from palier.hub.queries import FieldValue, Link, RecordFields
from palier.kernel.refusals import Refusal
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.records import shown, table
from palier.web.records.entities import COLUMNS, SLUGS, entity_of, list_url
from palier.web.records.forms import Correction
from palier.web.records.state import State
from palier.wording import labels
from palier.wording.sentences import said

PAGE = "records/correction.html"
LONGEST_WAY_BACK = 2_000


@require(Permission.EDIT_DATA)
def correct(request: MemberRequest, slug: str, public_id: UUID, field: str) -> HttpResponse:
    """The form of one field with what its sources say; posting sets the field, or gives it back.

    `?cellule=1` is the cell as the list shows it.
    """
    entity = entity_of(slug)
    company = request.member.company
    record = queries.get_record_fields(company_id=company.id, entity=entity, public_id=public_id)
    one = record.field(field)
    if one is None or not pins.can_pin(entity=entity, field=field):
        raise pins.FieldNotPinnable
    if request.htmx and "cellule" in request.GET:
        return _cell(request, entity, public_id, field)
    currency = record.currency or company.currency
    form = Correction(
        request.POST if request.method == "POST" else None,
        entity=entity,
        field=one,
        currency=currency,
    )
    if request.method != "POST":
        return _form(
            request, entity=entity, public_id=public_id, record=record, field=one, form=form
        )
    message = _save(request, entity, public_id, one, form)
    if not message:
        return _form(
            request, entity=entity, public_id=public_id, record=record, field=one, form=form
        )
    if request.htmx:
        return announce(_cell(request, entity, public_id, field), message)
    messages.success(request, message)
    link = Link(entity, record.id, public_id, record.label)
    return redirect(_way_back(request, request.POST.get("retour", "")) or shown.url_of(link))


def _save(
    request: MemberRequest, entity: str, public_id: UUID, field: FieldValue, form: Correction
) -> str:
    """Set or release the field; what to say of it, empty when the form says what is wrong."""
    whose: dict[str, Any] = {
        "company_id": request.member.company.id,
        "entity": entity,
        "public_id": public_id,
        "field": field.name,
        "person_id": request.member.person_id,
    }
    named = {"field": labels.field(entity, field.name)}
    try:
        if request.POST.get("act") == "release":
            form.is_valid()
            form.errors.clear()
            pins.unpin_field(**whose)
            return _("“%(field)s” follows its sources again.") % named
        if form.is_valid():
            pins.pin_field(**whose, value=form.cleaned_data["value"])
            return _("“%(field)s” is set: imports no longer change it.") % named
    except queries.RecordUnknown:
        raise
    except Refusal as refusal:
        form.add_error("value", said(refusal))
    return ""


def _form(
    request: MemberRequest,
    *,
    entity: str,
    public_id: UUID,
    record: RecordFields,
    field: FieldValue,
    form: Correction,
) -> HttpResponse:
    currency = record.currency or request.member.company.currency
    context = {
        "inline": bool(request.htmx),
        "slug": SLUGS[entity],
        "public_id": public_id,
        "field": field,
        "form": form,
        "name": record.label or labels.entity(entity),
        "value": shown.text_of(entity, field.name, field.type, field.value, currency=currency),
        "provenance": shown.origin_of(field.origin),
        "said": [
            {
                "by": one,
                "text": shown.text_of(entity, field.name, field.type, one.value, currency=currency),
                "typed": form.typed(one.value),
            }
            for one in field.said
        ]
        if field.disputed or field.pinned
        else [],
        "back": _way_back(
            request, request.POST.get("retour") or request.headers.get("Referer", "")
        ),
        "crumbs": [
            Crumb(labels.entity(entity, many=True), list_url(entity)),
            Crumb(
                record.label or labels.entity(entity),
                shown.url_of(Link(entity, record.id, public_id, record.label)),
            ),
            Crumb(labels.field(entity, field.name)),
        ],
    }
    template = f"{PAGE}#form" if request.htmx else PAGE
    return render(request, template, context, status=422 if form.errors else 200)


def _cell(request: MemberRequest, entity: str, public_id: UUID, name: str) -> HttpResponse:
    """The value as the list shows it."""
    company = request.member.company
    record = queries.get_record_fields(company_id=company.id, entity=entity, public_id=public_id)
    field = record.field(name)
    state = State(entity, declared(company_id=company.id, entity=entity))
    column = table.ShownColumn.of(state, name)
    cell = column.cell(field.value if field else None, currency=record.currency or company.currency)
    if name == COLUMNS[entity][0]:
        cell = table.leading(cell, Link(entity, record.id, public_id, record.label))
    return HttpResponse(table.inside(cell))


def _way_back(request: MemberRequest, told: str) -> str:
    """The page somebody came from, when it is one of ours."""
    if len(told) > LONGEST_WAY_BACK or not url_has_allowed_host_and_scheme(
        told, {request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    parts = urlsplit(told)
    if parts.path == request.path:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
