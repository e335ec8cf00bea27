"""One value for many records: choose the field, the value, see what would change, apply, undo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission
from palier.hub import pins
from palier.hub.custom import declared
from palier.hub.pins import Preview
from palier.hub.queries import FieldValue
from palier.hub.queries.listing import list_ids
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.records import shown
from palier.web.records.entities import SLUGS, entity_of, list_url
from palier.web.records.forms import Correction
from palier.web.records.state import State
from palier.wording import labels
from palier.wording.sentences import said

PAGE = "records/bulk.html"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The records that are changed, and the list they were chosen in."""

    state: State
    ids: tuple[int, ...]


@require(Permission.EDIT_DATA)
@require_POST
def bulk(request: MemberRequest, slug: str) -> HttpResponse:
    """The steps of a bulk edit, each a post that carries what was chosen before; the last one applies."""
    entity = entity_of(slug)
    if entity not in pins.CORRECTABLE:
        raise pins.FieldNotPinnable
    chosen = _chosen(request, entity)
    if not chosen.ids:
        messages.error(request, _("Tick the records to change first."))
        return redirect(chosen.state.url())
    name = request.POST.get("champ", "")
    context = _context(request, chosen, name)
    if not name or not pins.can_pin(entity=entity, field=name):
        return render(request, PAGE, context)
    form = _form(request, entity, name)
    context["form"] = form
    if not form.is_bound:
        return render(request, PAGE, context)
    if not form.is_valid():
        return render(request, PAGE, context, status=422)
    value = form.cleaned_data["value"]
    asked: dict[str, Any] = {
        "company_id": request.member.company.id,
        "entity": entity,
        "ids": chosen.ids,
        "field": name,
        "value": value,
    }
    try:
        if "sure" not in request.POST:
            context["preview"] = _told(pins.preview_many(**asked))
            context["shown"] = _shown(request, entity, name, form)
            return render(request, PAGE, context)
        done = pins.pin_many(**asked, person_id=request.member.person_id)
    except Refusal as refusal:
        form.add_error("value", said(refusal))
        return render(request, PAGE, context, status=422)
    sentence = _told(Preview(done.changed, done.same, done.refused), done=True)
    messages.success(
        request,
        format_html(
            '{} <a href="{}">{}</a>',
            sentence,
            reverse("records:undo_bulk", args=[done.edit_id]),
            _("Undo"),
        ),
    )
    return redirect(chosen.state.url())


@require(Permission.EDIT_DATA)
def undo_bulk(request: MemberRequest, edit_id: int) -> HttpResponse:
    """Ask, then take a bulk edit back."""
    company_id = request.member.company.id
    entity, field = pins.get_bulk_edit(company_id=company_id, edit_id=edit_id)
    back = list_url(entity)
    if request.method != "POST":
        return render(
            request,
            "records/undo.html",
            {
                "field": labels.field(entity, field),
                "back": back,
                "crumbs": [Crumb(labels.entity(entity, many=True), back), Crumb(_("Undo"))],
            },
        )
    try:
        done = pins.unpin_many(
            company_id=company_id, edit_id=edit_id, person_id=request.member.person_id
        )
    except pins.BulkEditUnknown:
        raise
    except Refusal as refusal:
        messages.error(request, said(refusal))
        return redirect(back)
    sentence = ngettext(
        "%(count)s record is as it was before.", "%(count)s records are as they were before.",
        done.restored,
    ) % {"count": formats.number(done.restored)}  # fmt: skip
    if done.kept:
        sentence += " " + ngettext(
            "%(count)s was set again since, and is kept.",
            "%(count)s were set again since, and are kept.",
            done.kept,
        ) % {"count": formats.number(done.kept)}
    messages.success(request, sentence)
    return redirect(back)


def _chosen(request: MemberRequest, entity: str) -> _Chosen:
    """The records: carried from step to step once they are known, so that what is applied is what was seen."""
    company_id = request.member.company.id
    state = State.of(
        entity,
        QueryDict(request.POST.get("liste", "")),
        declared(company_id=company_id, entity=entity),
    )
    choice = request.POST.get("choix", "")
    if "fiches" in request.POST:
        ids = _numbers(request.POST["fiches"].split(","))
    elif choice == "all":
        ids = tuple(
            list_ids(
                company_id=company_id,
                entity=entity,
                asked=state.asked(),
                custom=state.custom,
                limit=pins.MOST_AT_ONCE,
            )
        )
    elif choice == "page":
        ids = _numbers(request.POST.get("page", "").split(","))
    else:
        ids = _numbers(request.POST.getlist("fiche"))
    return _Chosen(state, ids)


def _numbers(texts: Collection[str]) -> tuple[int, ...]:
    most = 2**63
    found = (int(text) for text in texts if text.isascii() and text.isdigit())
    return tuple(dict.fromkeys(one for one in found if one < most))


def _form(request: MemberRequest, entity: str, name: str) -> Correction:
    declared_field = ENTITIES[entity].field(name)
    blank = FieldValue(
        name, declared_field.type, declared_field.choices, None, None, (), pinned=False
    )
    data = request.POST if "value" in request.POST and "autre" not in request.POST else None
    return Correction(data, entity=entity, field=blank, currency=request.member.company.currency)


def _shown(request: MemberRequest, entity: str, name: str, form: Correction) -> str:
    field = ENTITIES[entity].field(name)
    return shown.text_of(
        entity, name, field.type, form.read(), currency=request.member.company.currency
    )


def _context(request: MemberRequest, chosen: _Chosen, name: str) -> dict[str, object]:
    entity = chosen.state.entity
    return {
        "slug": SLUGS[entity],
        "fiches": ",".join(map(str, chosen.ids)),
        "liste": chosen.state.but().query(),
        "back": chosen.state.url(),
        "chosen": ngettext("%(count)s record chosen", "%(count)s records chosen", len(chosen.ids))
        % {"count": formats.number(len(chosen.ids))},
        "fields": [
            (one.name, labels.field(entity, one.name))
            for one in ENTITIES[entity].fields
            if pins.can_pin(entity=entity, field=one.name)
        ],
        "name": name,
        "label": labels.field(entity, name),
        "crumbs": [
            Crumb(labels.entity(entity, many=True), chosen.state.url()),
            Crumb(_("Change several records")),
        ],
    }


def _told(found: Preview, *, done: bool = False) -> str:
    """«37 fiches changent, 3 ont déjà cette valeur.»"""
    number = {"count": formats.number(found.changed)}
    changed = (
        ngettext("%(count)s record changed.", "%(count)s records changed.", found.changed)
        if done
        else ngettext("%(count)s record changes.", "%(count)s records change.", found.changed)
    )
    parts = [changed % number]
    if found.same:
        parts.append(
            ngettext(
                "%(count)s already has this value.",
                "%(count)s already have this value.",
                found.same,
            )
            % {"count": formats.number(found.same)}
        )
    if found.refused:
        parts.append(
            ngettext("%(count)s no longer exists.", "%(count)s no longer exist.", found.refused)
            % {"count": formats.number(found.refused)}
        )
    return " ".join(parts)
