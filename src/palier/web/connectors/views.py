"""Connected tools: the list, a new connection, its rehearsal, its ledger, and what one may ask of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub.connectors import connecting, ledger, pushing
from palier.hub.connectors.manifest import Manifest
from palier.hub.connectors.manifest_toml import ManifestUnknown, list_ready, load_manifest
from palier.hub.queries import connectors as queries
from palier.hub.queries.connectors import ConnectorInfo
from palier.journeys.tools import ask_run
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Action, Cell, Column, Crumb, Row, Table
from palier.web.connectors import shown
from palier.web.connectors.forms import Credentials
from palier.web.http import MemberRequest, require
from palier.wording import labels
from palier.wording.sentences import said

CONNECT = "connectors/connect.html"


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb(_("Connected tools"), reverse("connectors:list")), *more]


def _found(request: MemberRequest, connector_id: int) -> ConnectorInfo:
    try:
        return queries.get_connector_info(
            company_id=request.member.company.id, connector_id=connector_id
        )
    except connecting.ConnectorUnknown:
        raise Http404 from None


@require(Permission.VIEW_DATA)
def connectors(request: MemberRequest) -> HttpResponse:
    """Every connection, with its state and freshness."""
    found = queries.list_connectors(company_id=request.member.company.id)
    manages = may(request.member, Permission.MANAGE_TOOLS)
    actions = (
        [Action(_("Connect a tool"), reverse("connectors:choose"), icon="plug", key="n")]
        if manages
        else []
    )
    context = {"table": shown.connectors_table(found), "any": bool(found), "actions": actions}
    return render(request, "connectors/list.html", context)


@require(Permission.MANAGE_TOOLS)
def choose(request: MemberRequest) -> HttpResponse:
    """The tools that can be connected."""
    language = (get_language() or "fr")[:2]
    connected = {
        one.tool
        for one in queries.list_connectors(company_id=request.member.company.id)
        if not one.disconnected
    }
    rows = []
    for tool in list_ready():
        manifest = load_manifest(tool=tool)
        url = reverse("connectors:connect", args=[tool])
        known = tool in connected
        rows.append(
            Row(
                [
                    Cell(
                        manifest.label.get(language) or tool,
                        "" if known else url,
                        note=_("already connected") if known else "",
                    ),
                    str(labels.SOURCE_KINDS[manifest.kind]),
                    ", ".join(_brings(manifest)),
                ]
            )
        )
    columns = [Column(_("Tool")), Column(_("Kind")), Column(_("What it brings"))]
    context = {
        "table": Table(_("Tools"), columns, rows, hide_caption=True),
        "crumbs": _crumbs(Crumb(_("Connect a tool"))),
    }
    return render(request, "connectors/choose.html", context)


def _brings(manifest: Manifest) -> list[str]:
    names = dict.fromkeys(
        entity.entity
        for stream in manifest.streams
        for mapping in (stream.mapping, *(child.mapping for child in stream.children))
        if mapping is not None
        for entity in mapping.entities
    )
    return [labels.entity(name, many=True) for name in names]


@require(Permission.MANAGE_TOOLS)
def connect(request: MemberRequest, tool: str) -> HttpResponse:
    """The credentials of a new connection."""
    try:
        manifest = load_manifest(tool=tool)
    except ManifestUnknown:
        raise Http404 from None
    form = Credentials(request.POST if request.method == "POST" else None, manifest=manifest)
    if request.method == "POST" and form.is_valid():
        try:
            made = connecting.connect(
                company_id=request.member.company.id,
                tool=tool,
                given=form.cleaned_data,
                person_id=request.member.person_id,
            )
            return redirect("connectors:show", made.pk)
        except Refusal as refusal:
            form.add_error(None, said(refusal))
    label = manifest.label.get((get_language() or "fr")[:2]) or tool
    title = _("Connect %(tool)s") % {"tool": label}
    context = {
        "form": form,
        "title": title,
        "url": reverse("connectors:connect", args=[tool]),
        "crumbs": _crumbs(Crumb(title)),
    }
    return render(request, CONNECT, context, status=422 if form.errors else 200)


@require(Permission.MANAGE_TOOLS)
def access(request: MemberRequest, connector_id: int) -> HttpResponse:
    """Fresh credentials for a connection whose access ended."""
    info = _found(request, connector_id)
    try:
        manifest = load_manifest(tool=info.tool)
    except ManifestUnknown:
        raise Http404 from None
    form = Credentials(request.POST if request.method == "POST" else None, manifest=manifest)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.reconnect(
                company_id=request.member.company.id,
                connector_id=connector_id,
                given=form.cleaned_data,
                now=timezone.now(),
            )
            return redirect("connectors:show", connector_id)
        except Refusal as refusal:
            form.add_error(None, said(refusal))
    title = _("Reconnect %(tool)s") % {"tool": info.label}
    context = {
        "form": form,
        "title": title,
        "url": reverse("connectors:access", args=[connector_id]),
        "crumbs": _crumbs(
            Crumb(info.label, reverse("connectors:show", args=[info.id])), Crumb(title)
        ),
    }
    return render(request, CONNECT, context, status=422 if form.errors else 200)


def _page(request: MemberRequest, info: ConnectorInfo, **more: object) -> HttpResponse:
    runs = queries.list_runs(company_id=request.member.company.id, connector_id=info.id)
    braked = bool(runs) and any(one["code"] == "connector.brake" for one in runs[0].notices)
    context = {
        "info": info,
        "state": shown.state_of(info),
        "failure": shown.told(info.failure) if info.failure else "",
        "fresh": formats.freshness(info.fresh_at, now=timezone.now()) if info.fresh_at else "",
        "next": formats.instant(info.next_at) if info.next_at else "",
        "notices": [shown.told(one) for one in runs[0].notices] if runs else [],
        "braked": braked,
        "runs": shown.runs_table(runs) if runs else None,
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "crumbs": _crumbs(Crumb(info.label)),
        **more,
    }
    status = 422 if more.get("refusal") else 200
    return render(request, "connectors/show.html", context, status=status)


@require(Permission.VIEW_DATA)
def show(request: MemberRequest, connector_id: int) -> HttpResponse:
    """A connection: its state, what it needs, its ledger."""
    return _page(request, _found(request, connector_id))


@require(Permission.MANAGE_TOOLS)
@require_POST
def rehearse(request: MemberRequest, connector_id: int) -> HttpResponse:
    """Test the access and show what would come: nothing is written."""
    info = _found(request, connector_id)
    try:
        trials = connecting.rehearse(
            company=request.member.company,
            connector_id=connector_id,
            now=timezone.now,
            sleep=lambda seconds: time.sleep(min(seconds, 2)),
        )
    except Refusal as refusal:
        return _page(request, info, refusal=said(refusal))
    tables = [(one, shown.trial_table(one) if one.rows else None) for one in trials]
    return _page(request, info, trials=tables)


def _acts(request: MemberRequest, connector_id: int) -> dict[str, tuple[Callable[[], object], str]]:
    company_id, now = request.member.company.id, timezone.now()
    which = {"company_id": company_id, "connector_id": connector_id}

    def start() -> None:
        connecting.start(**which, now=now)
        ask_run(company_id=company_id, connector_id=connector_id)

    def read(*, full: bool = False, accept: bool = False) -> int | None:
        return ask_run(
            company_id=company_id, connector_id=connector_id, full=full, accept_deletions=accept
        )

    return {
        "start": (start, _("The reading begins. What it brings appears here.")),
        "pause": (lambda: connecting.pause(**which, now=now), _("The connection is on hold.")),
        "run": (read, _("A reading is asked for.")),
        "full": (lambda: read(full=True), _("Everything will be read again.")),
        "accept": (
            lambda: read(full=True, accept=True),
            _("Everything will be read again, and what the tool no longer has deleted."),
        ),
        "push": (
            lambda: pushing.enable(**which),
            _("From now on, what changes here is sent to the tool."),
        ),
        "keep": (lambda: pushing.disable(**which), _("Nothing is sent to the tool any more.")),
        "disconnect": (
            lambda: connecting.disconnect(**which, now=now),
            _("The tool is disconnected and its credentials forgotten. What it brought stays."),
        ),
    }


@require(Permission.MANAGE_TOOLS)
@require_POST
def act(request: MemberRequest, connector_id: int) -> HttpResponse:
    """Start, hold, read now, read everything, accept deletions, send or not, disconnect."""
    info = _found(request, connector_id)
    acts = _acts(request, connector_id)
    asked = request.POST.get("act", "")
    if asked not in acts:
        raise Http404
    do, told = acts[asked]
    try:
        do()
    except Refusal as refusal:
        return _page(request, info, refusal=said(refusal))
    messages.success(request, told)
    return redirect("connectors:show", connector_id)


@require(Permission.VIEW_DATA)
def run(request: MemberRequest, run_id: int) -> HttpResponse:
    """One reading: counts on both sides, refused rows, calls."""
    try:
        found = queries.get_run(company_id=request.member.company.id, run_id=run_id)
    except ledger.RunUnknown:
        raise Http404 from None
    info = _found(request, found.connector_id)
    at = formats.instant(found.started_at)
    context = {
        "run": found,
        "info": info,
        "title": _("Reading of %(at)s") % {"at": at},
        "status": shown.status_of(found),
        "kind": shown.kind_of(found),
        "failure": shown.told(found.failure) if found.failure else "",
        "notices": [shown.told(one) for one in found.notices],
        "unsynced": formats.instant(found.unsynced_since) if found.unsynced_since else "",
        "streams": shown.streams_table(found) if found.streams else None,
        "rejects": shown.rejects_table(found) if found.rejects else None,
        "calls": shown.calls_table(found) if found.log else None,
        "manages": may(request.member, Permission.MANAGE_TOOLS),
        "crumbs": _crumbs(Crumb(info.label, reverse("connectors:show", args=[info.id])), Crumb(at)),
    }
    return render(request, "connectors/run.html", context)


@require(Permission.MANAGE_TOOLS)
@require_POST
def undo(request: MemberRequest, run_id: int) -> HttpResponse:
    """Take back what a reading wrote."""
    try:
        changes = ledger.undo_run(
            company_id=request.member.company.id,
            run_id=run_id,
            person_id=request.member.person_id,
        )
    except ledger.RunUnknown:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, said(refusal))
    else:
        told = _("The reading is undone: %(count)s changes.") % {"count": formats.number(changes)}
        messages.success(request, told)
    return redirect("connectors:run", run_id)
