"""Webhooks that Palier sends: the list, one endpoint with its messages, and what may be done about them."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub.webhooks import endpoints, queries
from palier.hub.webhooks.queries import PAGE, EndpointInfo, MessageInfo
from palier.journeys.webhooks import ask_what_is_due
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Action, Cell, Column, Crumb, Row, Tab, Table
from palier.web.http import MemberRequest, require
from palier.web.webhooks import words
from palier.web.webhooks.forms import Endpoint, Replay
from palier.web.webhooks.views.hooks import hooks_table
from palier.wording.sentences import said

SHOW = "webhooks/endpoint.html"
FORM = "webhooks/form.html"
STATES = ("", "pending", "dead")


@require(Permission.VIEW_DATA)
def webhooks(request: MemberRequest) -> HttpResponse:
    """Every webhook: those we send with their health, those we receive."""
    company_id = request.member.company.id
    manages = may(request.member, Permission.MANAGE_TOOLS)
    found = queries.list_endpoints(company_id=company_id)
    hooks = queries.list_hooks(company_id=company_id)
    context = {
        "manages": manages,
        "table": _endpoints(found, manages=manages) if found else None,
        "hooks": hooks_table(hooks) if hooks else None,
        "send": [Action(_("Send changes to an address"), reverse("webhooks:new"), icon="plus")]
        if manages
        else [],
        "receive": [
            Action(_("Open a receiving address"), reverse("webhooks:new_hook"), icon="plus")
        ]
        if manages
        else [],
    }
    return render(request, "webhooks/list.html", context)


@require(Permission.MANAGE_TOOLS)
def new(request: MemberRequest) -> HttpResponse:
    """Tell another address; its secret is shown once, on the page that answers."""
    form = Endpoint(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = endpoints.create_endpoint(
                company_id=request.member.company.id,
                person_id=request.member.person_id,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error("url", said(refusal))
        else:
            return _secret_page(request, made.public_id, made.secret, first=True)
    title = _("Send changes to an address")
    context = {"form": form, "title": title, "crumbs": _crumbs(Crumb(title))}
    return render(request, FORM, context, status=422 if form.errors else 200)


@require(Permission.VIEW_DATA, post=Permission.MANAGE_TOOLS)
def show(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """One endpoint: health, settings, messages. A POST changes its settings."""
    endpoint = _found(request, public_id)
    if request.method == "POST":
        form = Endpoint(request.POST)
        if form.is_valid():
            try:
                endpoints.change_endpoint(
                    company_id=request.member.company.id, public_id=public_id, **form.cleaned_data
                )
            except Refusal as refusal:
                form.add_error("url", said(refusal))
            else:
                _go_on(request)
                messages.success(request, _("The webhook is saved."))
                return redirect("webhooks:endpoint", public_id)
        return render(request, SHOW, _page(request, endpoint, form=form), status=422)
    part = f"{SHOW}#messages" if request.htmx else SHOW
    return render(request, part, _page(request, endpoint))


@require(Permission.MANAGE_TOOLS)
@require_POST
def secret(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Another secret, shown once; the one it replaces signs beside it for a day."""
    _found(request, public_id)
    made = endpoints.rotate_secret(
        company_id=request.member.company.id, public_id=public_id, now=timezone.now()
    )
    return _secret_page(request, public_id, made.secret, first=False)


@require(Permission.MANAGE_TOOLS)
@require_POST
def act(request: MemberRequest, public_id: UUID, what: str) -> HttpResponse:
    """Ping, disable, enable, delete, or send again what was given up."""
    _found(request, public_id)
    company_id, now = request.member.company.id, timezone.now()
    if what == "essai":
        endpoints.ping(company_id=company_id, public_id=public_id, now=now)
        messages.success(request, _("A test message is on its way: see below whether it arrives."))
    elif what == "desactiver":
        endpoints.disable_endpoint(company_id=company_id, public_id=public_id, now=now)
        messages.success(request, _("The webhook is disabled. Its place is kept."))
    elif what in {"activer", "activer-maintenant"}:
        endpoints.enable_endpoint(
            company_id=company_id,
            public_id=public_id,
            now=now,
            from_now=what == "activer-maintenant",
        )
        messages.success(request, _("The webhook is enabled again."))
    elif what == "renvoyer":
        count = endpoints.replay_dead(company_id=company_id, public_id=public_id, now=now)
        messages.success(request, _sent_again(count))
    elif what == "supprimer":
        endpoints.delete_endpoint(company_id=company_id, public_id=public_id)
        messages.success(request, _("The webhook is deleted."))
        return redirect("webhooks:list")
    else:
        raise Http404
    _go_on(request)
    return redirect("webhooks:endpoint", public_id)


@require(Permission.MANAGE_TOOLS)
@require_POST
def replay(request: MemberRequest, public_id: UUID) -> HttpResponse:
    """Tell everything since a moment, or after a position, anew."""
    endpoint = _found(request, public_id)
    company_id = request.member.company.id
    form = Replay(request.POST)
    if form.is_valid():
        position = form.cleaned_data["position"]
        if position is None:
            position = endpoints.position_at(
                company_id=company_id, moment=form.cleaned_data["since"]
            )
        try:
            count = endpoints.replay_from(
                company_id=company_id, public_id=public_id, position=position
            )
        except Refusal as refusal:
            form.add_error("position", said(refusal))
        else:
            _go_on(request)
            messages.success(
                request,
                ngettext(
                    "%(count)s change will be sent anew.",
                    "%(count)s changes will be sent anew.",
                    count,
                )
                % {"count": formats.number(count)},
            )
            return redirect("webhooks:endpoint", public_id)
    return render(request, SHOW, _page(request, endpoint, replay=form), status=422)


@require(Permission.VIEW_DATA, post=Permission.MANAGE_TOOLS)
def message(request: MemberRequest, public_id: UUID, message_id: str) -> HttpResponse:
    """One message: its body and every attempt. A POST sends it again."""
    endpoint = _found(request, public_id)
    company_id = request.member.company.id
    try:
        found = queries.get_message(
            company_id=company_id, endpoint_id=endpoint.id, message_id=message_id
        )
    except endpoints.MessageUnknown:
        raise Http404 from None
    if request.method == "POST":
        endpoints.replay(
            company_id=company_id, public_id=public_id, message_id=message_id, now=timezone.now()
        )
        _go_on(request)
        messages.success(request, _sent_again(1))
        return redirect("webhooks:endpoint", public_id)
    context = {
        "message": found,
        "status": words.message(found),
        "body": queries.readable(found.body.encode()),
        "attempts": _attempts(found),
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "active": endpoint.state == "active",
        "crumbs": _crumbs(
            Crumb(named(endpoint), reverse("webhooks:endpoint", args=[public_id])),
            Crumb(str(words.KINDS[found.kind])),
        ),
    }
    return render(request, "webhooks/message.html", context)


def named(endpoint: EndpointInfo) -> str:
    """What people call an endpoint: its description, else the server's name."""
    return endpoint.description or urlsplit(endpoint.url).hostname or endpoint.url


def _sent_again(count: int) -> str:
    return ngettext(
        "%(count)s message will be sent again.", "%(count)s messages will be sent again.", count
    ) % {"count": formats.number(count)}


def _go_on(request: MemberRequest) -> None:
    """Let the worker see to it at once."""
    ask_what_is_due(company_id=request.member.company.id, now=timezone.now())


def _found(request: MemberRequest, public_id: UUID) -> EndpointInfo:
    try:
        return queries.get_endpoint(company_id=request.member.company.id, public_id=public_id)
    except endpoints.EndpointUnknown:
        raise Http404 from None


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Webhooks"), reverse("webhooks:list")), *more]


def _secret_page(
    request: MemberRequest, public_id: UUID, secret: str, *, first: bool
) -> HttpResponse:
    title = _("Secret of this webhook")
    back = reverse("webhooks:endpoint", args=[public_id])
    context = {
        "secret": secret,
        "first": first,
        "title": title,
        "back": back,
        "crumbs": _crumbs(Crumb(title)),
    }
    response = render(request, "webhooks/secret.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _endpoints(found: tuple[EndpointInfo, ...], *, manages: bool) -> Table:
    columns = [
        Column(_("Address")),
        Column(_("Health")),
        Column(_("Last delivery")),
        Column(_("Waiting"), numeric=True),
        Column(_("Given up"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(
                    named(one),
                    reverse("webhooks:endpoint", args=[one.public_id]),
                    note=shown_url(one, manages=manages) if one.description else "",
                ),
                Cell(status=words.health(one)),
                formats.instant(one.last_delivered_at),
                formats.number(one.pending),
                formats.number(one.dead),
            ]
        )
        for one in found
    ]
    return Table(_("Webhooks sent"), columns, rows, hide_caption=True)


def shown_url(endpoint: EndpointInfo, *, manages: bool) -> str:
    """The address; only its server for whom does not manage it, since the rest is often a secret."""
    parts = urlsplit(endpoint.url)
    return endpoint.url if manages else f"{parts.scheme}://{parts.hostname}/…"


def _page(
    request: MemberRequest,
    endpoint: EndpointInfo,
    *,
    form: Endpoint | None = None,
    replay: Replay | None = None,
) -> dict[str, object]:
    state = request.GET.get("etat", "")
    state = state if state in STATES else ""
    before = request.GET.get("avant", "")
    found = queries.list_messages(
        company_id=request.member.company.id,
        endpoint_id=endpoint.id,
        state=state,
        before=int(before) if before.isdigit() and len(before) < 19 else None,
    )
    manages = may(request.member, Permission.MANAGE_TOOLS)
    names = ("url", "description", "entities", "ops")
    return {
        "endpoint": endpoint,
        "title": named(endpoint),
        "health": words.health(endpoint),
        "disabled": words.DISABLED.get(endpoint.disabled_reason or ""),
        "url": shown_url(endpoint, manages=manages),
        "entities": endpoint.entities,
        "manages": manages,
        "form": form or Endpoint(initial={name: getattr(endpoint, name) for name in names}),
        "replay": replay or Replay(),
        "crumbs": _crumbs(Crumb(named(endpoint))),
        "states": [
            Tab(word, f"?etat={code}" if code else "?", current=state == code, count=count)
            for code, word, count in (
                ("", _("All"), ""),
                ("pending", _("Waiting"), formats.number(endpoint.pending)),
                ("dead", _("Given up"), formats.number(endpoint.dead)),
            )
        ],
        "table": _messages(endpoint, found[:PAGE]) if found else None,
        "next": f"?etat={state}&avant={found[PAGE - 1].number}" if len(found) > PAGE else "",
        "state": state,
        "refreshing": endpoint.state == "active" and endpoint.pending and not before,
    }


def _messages(endpoint: EndpointInfo, found: tuple[MessageInfo, ...]) -> Table:
    columns = [
        Column(_("Message")),
        Column(_("Status")),
        Column(_("Changes"), numeric=True),
        Column(_("Attempts"), numeric=True),
        Column(_("Latest answer")),
        Column(_("Next attempt")),
    ]
    rows = [
        Row(
            [
                Cell(
                    str(words.KINDS[one.kind]),
                    reverse("webhooks:message", args=[endpoint.public_id, one.message_id]),
                    note=formats.instant(one.created_at),
                ),
                Cell(status=words.message(one)),
                formats.number(one.changes) if one.changes else formats.UNKNOWN,
                formats.number(len(one.attempts)),
                words.outcome(one.attempts[0] if one.attempts else None) or formats.UNKNOWN,
                formats.instant(one.next_attempt_at) if one.attempts else formats.UNKNOWN,
            ]
        )
        for one in found
    ]
    return Table(_("Messages"), columns, rows, hide_caption=True)


def _attempts(found: MessageInfo) -> Table | None:
    if not found.attempts:
        return None
    columns = [
        Column(_("When")),
        Column(_("Outcome")),
        Column(_("Duration"), numeric=True),
        Column(_("Beginning of the answer")),
    ]
    rows = [
        Row(
            [
                formats.instant(one.at),
                words.outcome(one),
                f"{formats.number(one.duration_ms)}\u00a0ms",
                one.response or formats.UNKNOWN,
            ]
        )
        for one in found.attempts
    ]
    return Table(_("Attempts"), columns, rows, hide_caption=True)
