"""From files to fresh figures: import, then refresh. What the command, the page and the demo share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import translation

from palier.accounts.queries import CompanyInfo, get_company
from palier.hub.imports import batches
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.plan import list_files, make_plan
from palier.hub.imports.rejects import Explain, explain_in_english
from palier.hub.imports.run import ImportReport
from palier.hub.operations import AnotherWriteRunning
from palier.jobs.queue import company_task, enqueue
from palier.kernel.registries import wording


def today_in(company: CompanyInfo, now: dt.datetime) -> dt.date:
    """The company's own date at that instant."""
    return now.astimezone(ZoneInfo(company.time_zone)).date()


def load_files(
    *,
    company: CompanyInfo,
    paths: Sequence[Path],
    now: dt.datetime,
    tool: str = "",
    mapping: FileMapping | None = None,
    person_id: int | None = None,
    dry_run: bool = False,
    language: str = "fr",
    explain: Explain = explain_in_english,
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import files where they lie, as one batch; with `dry_run` count only.

    The connection must be scoped to the company. Refreshing the figures is the caller's next step.
    """
    files = [(path, path.name) for path in list_files(paths)]
    plan = make_plan(company=company, files=files, tool=tool, mapping=mapping, language=language)
    batch = batches.create_batch(
        company_id=company.id, person_id=person_id, tool=tool, origin="command"
    )
    try:
        return batches.run_batch(
            company=company,
            batch=batch,
            now=now,
            plan=plan,
            dry_run=dry_run,
            language=language,
            explain=explain,
            on_progress=on_progress,
        )
    finally:
        if dry_run:
            batch.delete()


def run_import_job(*, company_id: int, batch_id: int, language: str = "fr") -> None:
    """Run an import laid down on its page, then ask for fresh figures.

    A worker that dies leaves nothing written; the job runs again and starts from the beginning.
    The file of refused rows gives its reasons in `language`, that of the person who asked.
    """
    company = get_company(company_id=company_id)
    batch = batches.get_batch(company_id=company_id, batch_id=batch_id)
    if batch.status not in {"draft", "waiting", "running"}:
        return
    now = dt.datetime.now(dt.UTC)
    try:
        with translation.override(language):
            batches.run_batch(
                company=company,
                batch=batch,
                now=now,
                wait=True,
                language=language,
                explain=wording.say or explain_in_english,
            )
    except AnotherWriteRunning:
        enqueue("imports.run", company_id=company_id, batch_id=batch_id, language=language)
        return
    enqueue("metrics.refresh", company_id=company_id, once=True)


load_batch = company_task(name="imports.run", retry=False)(run_import_job)
