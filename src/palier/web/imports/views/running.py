"""Imports once asked for: the list, progress, the report, and the ways back."""

from __future__ import annotations

import datetime as dt
from typing import cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from palier.accounts.permissions import Permission, may
from palier.hub import queries
from palier.hub.custom import list_labels
from palier.hub.imports import batches, starting
from palier.hub.queries import ImportInfo
from palier.jobs.queue import enqueue, list_failures
from palier.kernel.refusals import Refusal
from palier.web import formats
from palier.web.components import Action, Cell, Column, Crumb, Row, Table
from palier.web.http import MemberRequest, require
from palier.web.imports import reports
from palier.web.imports.views.planning import PAGE as PLAN
from palier.web.imports.views.planning import plan_page
from palier.web.layout import announce
from palier.web.records.shown import unbroken
from palier.wording.sentences import said

PROGRESS = "imports/progress.html"
REPORT = "imports/report.html"
SETTLED_AFTER = dt.timedelta(seconds=5)
"""A running import that is younger may not hold its lock yet [ours]."""
PATIENCE = dt.timedelta(seconds=30)
"""Waiting longer with nothing running, the page wonders whether there is a worker [ours]."""
SAID_EVERY = 10
"""Of so many looks at a running import, one is read aloud [ours]."""
SHOWN_FILES, SHOWN_TOOLS = 3, 2
"""Names written out before the others are counted [ours]."""


@require(Permission.VIEW_DATA)
def imports(request: MemberRequest) -> HttpResponse:
    """Every import, latest first."""
    company_id = request.member.company.id
    batches.settle_interrupted(company_id=company_id)
    found = queries.list_imports(company_id=company_id)
    may_import = may(request.member, Permission.IMPORT_DATA)
    actions = (
        [Action(_("Import files"), reverse("imports:new"), icon="file-up", key="n")]
        if may_import
        else []
    )
    context = {
        "table": _table(found),
        "any": bool(found),
        "actions": actions,
        "failures": len(list_failures(company_id=company_id)),
    }
    return render(request, "imports/list.html", context)


def _table(found: tuple[ImportInfo, ...]) -> Table:
    columns = [
        Column(_("Files")),
        Column(_("Status")),
        Column(_("Tool")),
        Column(_("When")),
        Column(_("Created"), numeric=True),
        Column(_("Updated"), numeric=True),
        Column(_("Refused"), numeric=True),
    ]
    rows = []
    for one in found:
        counted = one.status in {"done", "undone"}
        rows.append(
            Row(
                [
                    Cell(named(one), reverse("imports:show", args=[one.id])),
                    Cell(status=reports.status_of(one)),
                    _tools(one),
                    Cell(
                        unbroken(formats.instant(one.created_at)),
                        note=one.person or _("a command"),
                    ),
                    *(
                        formats.number(getattr(one.totals, name)) if counted else ""
                        for name in ("created", "updated", "rejected")
                    ),
                ]
            )
        )
    return Table(_("Imports"), columns, rows, hide_caption=True)


def _tools(info: ImportInfo) -> str:
    """The tools of an import; their number when there are many."""
    many = len(info.tool_labels)
    if many > SHOWN_TOOLS:
        return ngettext("%(count)s tool", "%(count)s tools", many) % {"count": formats.number(many)}
    return ", ".join(info.tool_labels) or formats.UNKNOWN


def named(info: ImportInfo) -> str:
    """An import by its files: «clients.csv, factures.csv et 3 autres»."""
    names = info.named
    if not names:
        return _("Import of %(day)s") % {"day": formats.day(info.created_at, form="medium")}
    first, others = ", ".join(names[:SHOWN_FILES]), len(names) - SHOWN_FILES
    if others <= 0:
        return first
    return ngettext("%(names)s and %(count)s other", "%(names)s and %(count)s others", others) % {
        "names": first,
        "count": formats.number(others),
    }


@require(Permission.VIEW_DATA)
def show(request: MemberRequest, batch_id: int) -> HttpResponse:
    """An import where it stands: what will be done, how far it is, or what became of it."""
    info = _settled(request, batch_id)
    if info.status == "draft":
        return render(request, PLAN, plan_page(request, batch_id))
    if info.status in {"waiting", "running"}:
        return _progress(request, info)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("imports:show", args=[batch_id]))
    crumbs = [Crumb(_("Imports"), reverse("imports:list")), Crumb(named(info))]
    may_import = may(request.member, Permission.IMPORT_DATA)
    context = {
        "info": info,
        "title": named(info),
        "crumbs": crumbs,
        "status": reports.status_of(info),
        "editable": may_import,
        "report": reports.report_of(
            info.report,
            batch_id=info.id,
            tools=queries.list_tools(company_id=request.member.company.id),
            own=list_labels(company_id=request.member.company.id),
        )
        if info.report
        else None,
        "failure": reports.failure_of(info) if info.status == "failed" else "",
        "can_reopen": bool(info.files),
        "tool": info.tool_labels[0] if info.tool else "",
        "tools": _tools(info),
    }
    return render(request, REPORT, context)


def _settled(request: MemberRequest, batch_id: int) -> ImportInfo:
    """The import; one whose process died says so. Raises: 404."""
    company_id = request.member.company.id
    info = _found(request, batch_id)
    if (
        info.status == "running"
        and info.started_at
        and timezone.now() - info.started_at > SETTLED_AFTER
    ):
        if batches.settle_interrupted(company_id=company_id):
            return queries.get_import(company_id=company_id, batch_id=batch_id)
    return info


def _found(request: MemberRequest, batch_id: int) -> ImportInfo:
    try:
        return queries.get_import(company_id=request.member.company.id, batch_id=batch_id)
    except batches.BatchUnknown:
        raise Http404 from None


def _progress(request: MemberRequest, info: ImportInfo) -> HttpResponse:
    """How far it is; htmx asks again every second, a reload does the same."""
    look = int(request.GET["vu"]) + 1 if request.GET.get("vu", "").isdigit() else 1
    other = queries.find_running(company_id=request.member.company.id, besides=info.id)
    alone = info.status == "waiting" and other is None
    detail = _("Nothing has been read yet.") if not info.rows_done else formats.rows(info.rows_done)
    context = {
        "info": info,
        "title": named(info),
        "look": min(look, 100_000),
        "other": other,
        "detail": detail,
        "crumbs": [Crumb(_("Imports"), reverse("imports:list")), Crumb(named(info))],
        "worker_missing": alone
        and timezone.now() - info.created_at > PATIENCE
        and look > SAID_EVERY,
    }
    response = render(request, f"{PROGRESS}#progress" if request.htmx else PROGRESS, context)
    if request.htmx and look % SAID_EVERY == 0:
        announce(response, detail)
    return response


@require(Permission.IMPORT_DATA)
@require_POST
def reopen(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Open a failed import again: its files are still there, nothing of it was written."""
    _found(request, batch_id)
    starting.reopen(company_id=request.member.company.id, batch_id=batch_id)
    return redirect("imports:show", batch_id)


@require(Permission.IMPORT_DATA)
def undo(request: MemberRequest, batch_id: int) -> HttpResponse:
    """Ask whether to take an import back, then do it."""
    info = _found(request, batch_id)
    if info.status != "done":
        return redirect("imports:show", batch_id)
    company_id = request.member.company.id
    context = {
        "info": info,
        "title": named(info),
        "summary": reports.summary(info.totals),
        "crumbs": [
            Crumb(_("Imports"), reverse("imports:list")),
            Crumb(named(info), reverse("imports:show", args=[batch_id])),
            Crumb(_("Undo")),
        ],
    }
    if request.method != "POST":
        return render(request, "imports/undo.html", context)
    if queries.find_running(company_id=company_id) is not None:
        refusal = _("Another import is running. Undo this one when it has finished.")
        return render(request, "imports/undo.html", {**context, "refusal": refusal}, status=422)
    try:
        changes = batches.undo_batch(
            company_id=company_id,
            batch_id=batch_id,
            person_id=request.member.person_id,
            now=timezone.now(),
        )
    except Refusal as refusal:
        return render(
            request, "imports/undo.html", {**context, "refusal": said(refusal)}, status=422
        )
    enqueue("metrics.refresh", company_id=company_id, once=True)
    messages.success(
        request,
        ngettext(
            "The import is undone: %(count)s change taken back. Figures follow in a moment.",
            "The import is undone: %(count)s changes taken back. Figures follow in a moment.",
            changes,
        )
        % {"count": formats.number(changes)},
    )
    return redirect("imports:show", batch_id)


@require(Permission.VIEW_DATA)
def rejects(request: MemberRequest, batch_id: int, index: int) -> HttpResponseBase:
    """The refused rows of a file, to correct and lay down again."""
    info = _found(request, batch_id)
    path = reports.rejects_path(info, company_id=request.member.company.id, index=index)
    if path is None:
        raise Http404
    return cast(
        "HttpResponseBase",
        FileResponse(
            path.open("rb"),
            as_attachment=True,
            filename=path.name,
            content_type="text/csv; charset=utf-8",
        ),
    )
