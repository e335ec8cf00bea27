"""Fields that the company has added to its records."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import custom
from palier.hub.custom import CustomFieldInfo
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal
from palier.web.http import MemberRequest, require
from palier.web.layout import announce
from palier.web.tools.forms import Label, NewField
from palier.wording import labels
from palier.wording.sentences import said

PAGE = "tools/fields.html"
SHAPES = {
    custom.CustomFieldNameUnusable: "name",
    custom.CustomFieldExists: "name",
    custom.CustomFieldTypeUnusable: "type",
    custom.CustomFieldChoicesUnusable: "choices",
    custom.TooManyCustomFields: "entity",
}
"""On which field of the form each refusal is said."""


@require(Permission.VIEW_DATA, post=Permission.MANAGE_TOOLS)
def fields(request: MemberRequest) -> HttpResponse:
    """Declared fields, those that nobody has declared; a POST declares one."""
    if request.method != "POST":
        return render(request, PAGE, _page(request))
    form = NewField(request.POST)
    if form.is_valid():
        try:
            made = custom.declare_field(company_id=request.member.company.id, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(SHAPES.get(type(refusal), "name"), said(refusal))
        else:
            return _done(
                request,
                _("“%(label)s” is declared: what does not suit it is refused from now on.")
                % {"label": made.label},
            )
    return render(request, _part(request), _page(request, form=form), status=422)


@require(Permission.MANAGE_TOOLS)
@require_POST
def relabel(request: MemberRequest, entity: str, name: str) -> HttpResponse:
    """Call a field otherwise."""
    form = Label(request.POST)
    label = form.cleaned_data["label"] if form.is_valid() else ""
    found = custom.relabel_field(
        company_id=request.member.company.id, entity=entity, name=_clean(name), label=label
    )
    return _done(request, _("The field is now called “%(label)s”.") % {"label": found.label})


@require(Permission.MANAGE_TOOLS)
@require_POST
def archive(request: MemberRequest, entity: str, name: str) -> HttpResponse:
    """Take a field out of use; its values stay."""
    found = custom.archive_field(
        company_id=request.member.company.id, entity=entity, name=_clean(name), now=timezone.now()
    )
    return _done(
        request,
        _("“%(label)s” is archived. Its values stay on the records.") % {"label": found.label},
    )


@require(Permission.MANAGE_TOOLS)
@require_POST
def restore(request: MemberRequest, entity: str, name: str) -> HttpResponse:
    """Bring a field back."""
    found = custom.restore_field(
        company_id=request.member.company.id, entity=entity, name=_clean(name)
    )
    return _done(request, _("“%(label)s” is in use again.") % {"label": found.label})


def _clean(name: str) -> str:
    """A name out of an address: NUL characters are no part of any."""
    return name.replace("\x00", "")


def _part(request: MemberRequest) -> str:
    return f"{PAGE}#fields" if request.htmx else PAGE


def _done(request: MemberRequest, message: str) -> HttpResponse:
    if request.htmx:
        return announce(render(request, f"{PAGE}#fields", _page(request)), message)
    messages.success(request, message)
    return redirect("tools:fields")


def _page(request: MemberRequest, **more: object) -> dict[str, object]:
    company_id = request.member.company.id
    declared = custom.list_custom_fields(company_id=company_id)
    manages = may(request.member, Permission.MANAGE_TOOLS)
    return {
        "groups": _groups([one for one in declared if one.archived_at is None]),
        "archived": [_row(one) for one in declared if one.archived_at is not None],
        "undeclared": [
            {
                "entity": entity,
                "word": labels.entity(entity),
                "name": name,
                "label": labels.field(entity, f"{custom.PREFIX}{name}"),
            }
            for entity, name in custom.list_undeclared(company_id=company_id)
        ],
        "manages": manages,
        "form": NewField(initial=_asked(request)) if manages else None,
        **more,
    }


def _asked(request: MemberRequest) -> dict[str, str]:
    """What the form begins with: the field that “declare” was pressed for."""
    entity, name = request.GET.get("entity", ""), request.GET.get("name", "")
    if entity not in ENTITIES or not name:
        return {}
    label = labels.field(entity, f"{custom.PREFIX}{name}")
    return {"entity": entity, "name": name, "label": label}


def _groups(found: list[CustomFieldInfo]) -> list[dict[str, object]]:
    return [
        {
            "title": labels.entity(entity, many=True),
            "rows": [_row(one) for one in found if one.entity == entity],
        }
        for entity in ENTITIES
        if any(one.entity == entity for one in found)
    ]


def _row(one: CustomFieldInfo) -> dict[str, object]:
    return {
        "field": one,
        "entity": labels.entity(one.entity),
        "type": labels.parser(one.type),
        "choices": ", ".join(one.choices),
        "key": f"{one.entity}-{one.name}",
    }
