"""The company's own settings and its units."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts import operations, queries
from palier.accounts.permissions import Permission, may
from palier.accounts.queries import Unit
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.accounts import forms, labels
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.wording.sentences import said

UNITS = "accounts/units.html"


@require(Permission.MANAGE_SETTINGS)
def company(request: MemberRequest) -> HttpResponse:
    """Show and change the company's settings."""
    current = request.member.company
    names = ("name", "country", "time_zone", "fiscal_year_start_month")
    form = forms.CompanySettings(
        request.POST or None,
        company=current,
        initial={name: getattr(current, name) for name in names},
    )
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_settings(author=request.member, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("name", said(refusal))
        else:
            messages.success(request, _("The settings are saved."))
            return redirect("accounts:settings")
    context = {"form": form, "company": current, "currency": formats.currency(current.currency)}
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)


@require(Permission.VIEW_TEAM, post=Permission.MANAGE_TEAM)
def units(request: MemberRequest) -> HttpResponse:
    """Departments and teams; a POST adds one."""
    if request.method != "POST":
        return render(request, UNITS, _page(request))
    existing = queries.list_org_units(company=request.member.company)
    form = forms.NewUnit(request.POST, units=existing)
    if form.is_valid():
        try:
            unit = operations.create_unit(
                author=request.member,
                kind=form.cleaned_data["kind"],
                name=form.cleaned_data["name"],
                parent=form.parents[form.cleaned_data["parent"]],
            )
        except Refusal as refusal:
            form.add_error("name", said(refusal))
        else:
            return _done(request, _("“%(name)s” is added.") % {"name": unit.name})
    return render(request, _part(request), _page(request, form=form), status=422)


@require(Permission.MANAGE_TEAM)
@require_POST
def change_unit(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Rename a unit and put it elsewhere."""
    unit = queries.get_org_unit(company=request.member.company, public_id=public_id)
    form = forms.UnitChange(request.POST)
    if not form.is_valid():
        return _refused(request, _("A unit needs a name and a place."))
    try:
        operations.change_unit(author=request.member, public_id=unit.public_id, **form.cleaned_data)
    except Refusal as refusal:
        return _refused(request, said(refusal))
    return _done(request, _("“%(name)s” is saved.") % {"name": form.cleaned_data["name"]})


@require(Permission.MANAGE_TEAM)
@require_POST
def archive_unit(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Take a unit out of the lists."""
    unit = queries.get_org_unit(company=request.member.company, public_id=public_id)
    try:
        operations.archive_unit(author=request.member, public_id=public_id, now=timezone.now())
    except Refusal as refusal:
        return _refused(request, said(refusal))
    return _done(request, _("“%(name)s” is archived.") % {"name": unit.name})


def _part(request: MemberRequest) -> str:
    return f"{UNITS}#panel" if request.htmx else UNITS


def _refused(request: MemberRequest, reason: str) -> HttpResponse:
    return render(request, _part(request), _page(request, refusal=reason), status=422)


def _done(request: MemberRequest, message: str) -> HttpResponse:
    if request.htmx:
        return announce(render(request, f"{UNITS}#panel", _page(request)), message)
    messages.success(request, message)
    return redirect("accounts:units")


def _page(request: MemberRequest, **more: object) -> dict[str, object]:
    found = queries.list_org_units(company=request.member.company)
    members = queries.list_members(company=request.member.company)
    return {
        "rows": [
            _row(unit, found, sum(one.org_unit_id == unit.id for one in members)) for unit in found
        ],
        "manages": may(request.member, Permission.MANAGE_TEAM),
        "form": forms.NewUnit(units=found),
        **more,
    }


def _row(unit: Unit, found: list[Unit], people: int) -> dict[str, object]:
    above = {"DEPARTMENT": ("COMPANY",), "TEAM": ("COMPANY", "DEPARTMENT")}.get(unit.kind, ())
    return {
        "unit": unit,
        "key": unit.public_id.hex,
        "kind": labels.UNIT_KINDS[unit.kind],
        "people": people,
        "places": [
            (place.public_id, "\u2003" * place.depth + place.name, place.id == unit.parent_id)
            for place in found
            if place.kind in above
        ],
    }
