"""Webhooks that Palier receives: addresses of ours, what came in, and what waits for a person."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub.queries import list_tools
from palier.hub.webhooks import hooks, inbound, queries
from palier.hub.webhooks.queries import PAGE, HookInfo, ReceivedInfo
from palier.journeys.webhooks import ask_processing
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Cell, Column, Crumb, Row, Tab, Table
from palier.web.http import MemberRequest, require
from palier.web.webhooks import words
from palier.web.webhooks.forms import Hook, Secret
from palier.wording.sentences import said, sentence

SHOW = "webhooks/hook.html"
FORM = "webhooks/hook_form.html"
UNSETTLED = ("unsettled",)
_FIELD_OF = {
    hooks.SecretUnusable.code: "secret",
    hooks.PlaceUnusable.code: "place",
}


@require(Permission.MANAGE_TOOLS)
def new(request: MemberRequest) -> HttpResponse:
    """Open an address for a tool; the secret is shown once, on the page that answers."""
    company_id = request.member.company.id
    tools = list_tools(company_id=company_id)
    form = Hook(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["tool"]
        known = {tool.label.casefold(): tool.name for tool in tools}
        labels = {tool.name: tool.label for tool in tools}
        tool = known.get(typed.casefold(), typed)
        try:
            opened = hooks.create_hook(
                company_id=company_id,
                name=labels.get(tool, typed),
                tool=tool,
                scheme=form.cleaned_data["scheme"],
                secret=form.cleaned_data["secret"],
                place=form.cleaned_data["place"],
                person_id=request.member.person_id,
            )
        except Refusal as refusal:
            form.add_error(_FIELD_OF.get(refusal.code, "tool"), said(refusal))
        else:
            return _secret_page(request, opened)
    title = _("Open a receiving address")
    context = {"form": form, "title": title, "tools": tools, "crumbs": _crumbs(Crumb(title))}
    return render(request, FORM, context, status=422 if form.errors else 200)


@require(Permission.VIEW_DATA)
def show(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """One address of ours: how it is called, and what came in."""
    return render(request, SHOW, _page(request, _found(request, public_id)))


@require(Permission.MANAGE_TOOLS)
@require_POST
def secret(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Another secret for an address, from now on."""
    found = _found(request, public_id)
    form = Secret(request.POST)
    if form.is_valid():
        try:
            opened = hooks.change_secret(
                company_id=request.member.company.id,
                public_id=public_id,
                secret=form.cleaned_data["secret"],
            )
        except Refusal as refusal:
            form.add_error("secret", said(refusal))
        else:
            return _secret_page(request, opened)
    return render(request, SHOW, _page(request, found, form=form), status=422)


@require(Permission.MANAGE_TOOLS)
@require_POST
def act(request: MemberRequest, public_id: UUID, what: str) -> HttpResponse:
    """Close, open again, delete, or bring in again what waits."""
    _found(request, public_id)
    company_id = request.member.company.id
    if what == "fermer":
        hooks.close_hook(company_id=company_id, public_id=public_id, now=timezone.now())
        messages.success(request, _("The address is closed: calls are refused."))
    elif what == "rouvrir":
        hooks.reopen_hook(company_id=company_id, public_id=public_id)
        messages.success(request, _("The address is open again."))
    elif what == "reessayer":
        count = hooks.try_all_again(company_id=company_id, public_id=public_id)
        ask_processing(company_id=company_id)
        messages.success(request, _again(count))
    elif what == "supprimer":
        hooks.delete_hook(company_id=company_id, public_id=public_id)
        messages.success(request, _("The receiving address is deleted."))
        return redirect("webhooks:list")
    else:
        raise Http404
    return redirect("webhooks:hook", public_id)


@require(Permission.VIEW_DATA, post=Permission.MANAGE_TOOLS)
def message(request: MemberRequest, public_id: UUID, number: int) -> HttpResponse:
    """One message that came in. A POST settles it: import it, bring it in again, or set it aside."""
    found = _found(request, public_id)
    company_id = request.member.company.id
    try:
        received = queries.get_received(company_id=company_id, hook_id=found.id, number=number)
        if request.method == "POST":
            return _settled(request, public_id, number)
    except hooks.ReceivedUnknown:
        raise Http404 from None
    context = {
        "message": received,
        "status": words.received(received),
        "reason": _reason(received),
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "crumbs": _crumbs(
            Crumb(found.name, reverse("webhooks:hook", args=[public_id])), Crumb(_("Message"))
        ),
    }
    return render(request, "webhooks/received.html", context)


def _settled(request: MemberRequest, public_id: UUID, number: int) -> HttpResponse:
    company_id, how = request.member.company.id, request.POST.get("how", "")
    if how == "import":
        batch = inbound.open_as_import(
            company_id=company_id,
            public_id=public_id,
            number=number,
            person_id=request.member.person_id,
        )
        return redirect("imports:show", batch)
    if how == "again":
        hooks.try_again(company_id=company_id, public_id=public_id, number=number)
        ask_processing(company_id=company_id)
        messages.success(request, _again(1))
    elif how == "aside":
        hooks.set_aside(
            company_id=company_id, public_id=public_id, number=number, now=timezone.now()
        )
        messages.success(request, _("The message is set aside."))
    else:
        raise Http404
    return redirect("webhooks:hook", public_id)


def hooks_table(found: tuple[HookInfo, ...]) -> Table:
    """Our addresses as a list."""
    columns = [
        Column(_("Tool")),
        Column(_("Status")),
        Column(_("Last message")),
        Column(_("Received"), numeric=True),
        Column(_("To settle"), numeric=True),
        Column(_("Refused calls"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(one.name, reverse("webhooks:hook", args=[one.public_id])),
                Cell(status=words.hook(one)),
                formats.instant(one.last_received_at),
                formats.number(one.received),
                formats.number(one.unsettled),
                formats.number(one.refused),
            ]
        )
        for one in found
    ]
    return Table(_("Webhooks received"), columns, rows, hide_caption=True)


def _again(count: int) -> str:
    return ngettext(
        "%(count)s message will be brought in again.",
        "%(count)s messages will be brought in again.",
        count,
    ) % {"count": formats.number(count)}


def _found(request: MemberRequest, public_id: UUID) -> HookInfo:
    try:
        return queries.get_hook(company_id=request.member.company.id, public_id=public_id)
    except hooks.HookUnknown:
        raise Http404 from None


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Webhooks"), reverse("webhooks:list")), *more]


def address(token: str) -> str:
    """Where the tool calls."""
    return settings.BASE_URL + reverse("receive_hook", args=[token])


def _secret_page(request: MemberRequest, opened: hooks.Opened) -> HttpResponse:
    title = _("Secret of this address")
    context = {
        "secret": opened.secret,
        "address": address(opened.token),
        "title": title,
        "back": reverse("webhooks:hook", args=[opened.public_id]),
        "crumbs": _crumbs(Crumb(title)),
    }
    response = render(request, "webhooks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _reason(one: ReceivedInfo) -> str:
    return sentence(one.reason["code"], one.reason["params"]) if one.reason else ""


def _page(
    request: MemberRequest, found: HookInfo, *, form: Secret | None = None
) -> dict[str, object]:
    unsettled = request.GET.get("etat") == "a-traiter"
    before = request.GET.get("avant", "")
    received = queries.list_received(
        company_id=request.member.company.id,
        hook_id=found.id,
        states=UNSETTLED if unsettled else (),
        before=int(before) if before.isdigit() and len(before) < 19 else None,
    )
    query = "etat=a-traiter&" if unsettled else ""
    return {
        "hook": found,
        "status": words.hook(found),
        "scheme": words.SCHEMES[found.scheme],
        "refusal": sentence(found.last_refusal) if found.last_refusal else "",
        "address": address(found.token),
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "form": form or Secret(),
        "crumbs": _crumbs(Crumb(found.name)),
        "states": [
            Tab(_("All"), "?", current=not unsettled),
            Tab(
                _("To settle"),
                "?etat=a-traiter",
                current=unsettled,
                count=formats.number(found.unsettled),
            ),
        ],
        "table": _received_table(found, received[:PAGE]) if received else None,
        "next": f"?{query}avant={received[PAGE - 1].id}" if len(received) > PAGE else "",
    }


def _received_table(found: HookInfo, received: tuple[ReceivedInfo, ...]) -> Table:
    columns = [
        Column(_("Received on")),
        Column(_("Status")),
        Column(_("Created"), numeric=True),
        Column(_("Updated"), numeric=True),
        Column(_("Unchanged"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(
                    formats.instant(one.received_at),
                    reverse("webhooks:received", args=[found.public_id, one.id]),
                    note=_reason(one),
                ),
                Cell(status=words.received(one)),
                *(formats.number(n) for n in (one.created, one.updated, one.unchanged)),
            ]
        )
        for one in received
    ]
    return Table(_("Messages received"), columns, rows, hide_caption=True)
