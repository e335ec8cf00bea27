"""Background tasks that gave up, in plain words, and another try."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from palier.accounts.permissions import Permission, may
from palier.hub import queries
from palier.hub.imports import starting
from palier.hub.imports.batches import BatchUnknown
from palier.hub.queries import ImportInfo
from palier.jobs import queue
from palier.jobs.queue import Failure
from palier.web import formats
from palier.web.components import Crumb
from palier.web.http import MemberRequest, require
from palier.web.imports import reports

IMPORT = "imports.run"
TASKS = {
    IMPORT: gettext_lazy("Import of files"),
    "metrics.refresh": gettext_lazy("Refresh of the figures"),
    "matching.search": gettext_lazy("Search for duplicates"),
    "tools.run": gettext_lazy("Reading of a connected tool"),
    "metrics.nightly": gettext_lazy("Nightly refresh of the figures"),
    "hub.refold_tool": gettext_lazy("Choice of the tool to believe"),
}
"""What each task does, in words; another one shows under its own name."""
REASONS = {
    "metrics.refresh": gettext_lazy(
        "The figures shown are those of the last refresh that succeeded."
    ),
    "metrics.nightly": gettext_lazy(
        "The figures shown are those of the last refresh that succeeded."
    ),
}


@dataclass(frozen=True, slots=True)
class Task:
    """A task that gave up, as the page shows it."""

    id: int
    title: str
    when: str
    attempts: str
    reason: str
    batch_id: int | None


@require(Permission.VIEW_DATA)
def tasks(request: MemberRequest) -> HttpResponse:
    """The company's tasks that gave up, latest first."""
    shown = [
        task
        for failure in queue.list_failures(company_id=request.member.company.id)
        if (task := _task(request, failure))
    ]
    return render(
        request,
        "jobs/list.html",
        {
            "tasks": shown,
            "editable": may(request.member, Permission.IMPORT_DATA),
            "crumbs": [Crumb(_("Imports"), reverse("imports:list")), Crumb(_("Background tasks"))],
        },
    )


def _task(request: MemberRequest, failure: Failure) -> Task | None:
    """A failure in words; None for an import that has been settled since."""
    info = _import(request, failure)
    if failure.task == IMPORT and (info is None or info.status != "failed"):
        return None
    return Task(
        failure.job_id,
        str(TASKS.get(failure.task, failure.task)),
        formats.instant(failure.failed_at) if failure.failed_at else formats.UNKNOWN,
        ngettext("%(count)s attempt", "%(count)s attempts", failure.attempts)
        % {"count": formats.number(failure.attempts)},
        reports.failure_of(info) if info is not None else str(REASONS.get(failure.task, "")),
        info.id if info is not None else None,
    )


def _import(request: MemberRequest, failure: Failure) -> ImportInfo | None:
    if failure.task != IMPORT:
        return None
    # plain SQL gives JSON as text
    args = json.loads(failure.args) if isinstance(failure.args, str) else failure.args
    try:
        return queries.get_import(
            company_id=request.member.company.id, batch_id=int(args.get("batch_id") or 0)
        )
    except BatchUnknown:
        return None


@require(Permission.IMPORT_DATA)
@require_POST
def retry(request: MemberRequest, job_id: int) -> HttpResponse:
    """Give a task another try; an import is opened again first, for nothing of it was written."""
    company_id = request.member.company.id
    failure = next(
        (
            one
            for one in queue.list_failures(company_id=company_id, limit=1000)
            if one.job_id == job_id
        ),
        None,
    )
    if failure is None:
        raise Http404
    info = _import(request, failure)
    with transaction.atomic():
        if info is not None and info.status == "failed":
            starting.reopen(company_id=company_id, batch_id=info.id)
            starting.ask_for_run(company_id=company_id, batch_id=info.id)
        queue.retry(company_id=company_id, job_id=job_id)
    messages.success(request, _("The task is back in the queue: it starts in a moment."))
    return redirect("imports:show", info.id) if info is not None else redirect("jobs:list")
