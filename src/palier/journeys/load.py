"""From files to fresh figures: import, then refresh. What the command, the page and the demo share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import get_language

from palier.accounts.queries import CompanyInfo, get_company, language_of
from palier.hub.imports import batches
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.plan import NothingToImport, list_files, make_plan
from palier.hub.imports.run import ImportReport
from palier.hub.operations import AnotherWriteRunning
from palier.jobs.queue import company_task, enqueue
from palier.wording import sentences


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
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import files where they lie, as one batch; with `dry_run` count only.

    The connection must be scoped to the company; refused rows are explained in the active language.
    Refreshing the figures is the caller's next step.
    """
    language = get_language() or "fr"
    files = [(path, path.name) for path in list_files(paths)]
    if not files:
        raise NothingToImport(path=", ".join(map(str, paths)))
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
            explain=sentences.explain,
            on_progress=on_progress,
        )
    finally:
        if dry_run:
            batch.delete()


def run_import_job(*, company_id: int, batch_id: int) -> None:
    """Run an import laid down on its page, in the language of who asked, then ask for fresh figures.

    A worker that dies leaves nothing written; the job runs again and starts from the beginning.
    """
    company = get_company(company_id=company_id)
    batch = batches.get_batch(company_id=company_id, batch_id=batch_id)
    if batch.status not in {"draft", "waiting", "running"}:
        return
    now = dt.datetime.now(dt.UTC)
    language = language_of(person_id=batch.person_id)
    try:
        with translation.override(language):
            batches.run_batch(
                company=company,
                batch=batch,
                now=now,
                language=language,
                explain=sentences.explain,
            )
    except AnotherWriteRunning:
        enqueue("imports.run", company_id=company_id, batch_id=batch_id)
        return
    enqueue("metrics.refresh", company_id=company_id, once=True)
    enqueue("matching.search", company_id=company_id, once=True)


load_batch = company_task(name="imports.run", retry=False)(run_import_job)
