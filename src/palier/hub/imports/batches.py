"""Imports as people see them: files laid down, a mapping settled, progress, the report, the way back."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from palier.accounts.queries import CompanyInfo
from palier.database.isolation import COMPANY, company_scope
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.mapping_json import from_json, to_json
from palier.hub.imports.messages import Notice, Notices
from palier.hub.imports.plan import Plan, make_plan
from palier.hub.imports.rejects import Explain
from palier.hub.imports.run import ImportReport, faults_told, run_plan
from palier.hub.models import ImportBatch, ImportFile
from palier.hub.operations import WRITE_LOCK, AnotherWriteRunning
from palier.hub.undo import undo_records
from palier.kernel.refusals import Refusal

PROGRESS_EVERY_S = 0.5
"""How often a running import says where it stands [ours]."""
MAX_REASONS = 10
"""Tables named when none can be imported [ours]."""


class BatchUnknown(Refusal):
    code = "import.unknown"
    message = "This import does not exist."


class BatchNotOpen(Refusal):
    code = "import.not-open"
    message = (
        "This import has already been started: lay the files down again to import them once more."
    )


class BatchNotUndoable(Refusal):
    code = "import.not-undoable"
    message = "Only a finished import can be undone, and once."


class NothingReady(Refusal):
    code = "import.nothing-ready"
    message = "None of these files can be imported as they are. %(reasons)s"

    def __init__(self, reasons: Notices) -> None:
        self.reasons = reasons
        super().__init__(reasons=reasons)


def imports_folder(*, company_id: int) -> Path:
    """Where the files of a company's imports are kept."""
    return Path(settings.MEDIA_ROOT) / "imports" / str(company_id)


def folder_of(*, company_id: int, batch_id: int) -> Path:
    """Where the files of an import are kept."""
    return imports_folder(company_id=company_id) / str(batch_id)


def get_batch(*, company_id: int, batch_id: int) -> ImportBatch:
    """One import of the company. Raises: `BatchUnknown`."""
    batch = ImportBatch.objects.filter(company_id=company_id, pk=batch_id).first()
    if batch is None:
        raise BatchUnknown
    return batch


def create_batch(
    *, company_id: int, person_id: int | None, tool: str = "", origin: str = "import"
) -> ImportBatch:
    """A new import, still empty."""
    return ImportBatch.objects.create(
        company_id=company_id, person_id=person_id, source_name=tool or None, origin=origin
    )


def add_file(*, batch: ImportBatch, name: str, chunks: Iterable[bytes]) -> ImportFile:
    """Keep a file with its import; the name is what people call it."""
    if batch.status != "draft":
        raise BatchNotOpen
    folder = folder_of(company_id=batch.company_id, batch_id=batch.pk)
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    path = folder / f"{batch.files.count():03d}{Path(name).suffix[:12].lower()}"
    with path.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return ImportFile.objects.create(
        company_id=batch.company_id,
        batch=batch,
        name=Path(name).name[:200],
        path=str(path),
        size=size,
        digest=digest.hexdigest(),
    )


def plan_of(*, company: CompanyInfo, batch: ImportBatch, language: str = "fr") -> Plan:
    """How the files of an import would be read, with the mappings people have corrected."""
    files = list(batch.files.order_by("pk"))
    plan = make_plan(
        company=company,
        files=[(Path(one.path), one.name) for one in files],
        tool=batch.source_name or "",
        language=language,
    )
    corrected: dict[tuple[str, str], FileMapping | None] = {}
    for one in files:
        for table, raw in (one.mapping or {}).items():
            corrected[one.path, table] = from_json(raw) if raw else None
    plan.tables = [
        replace(
            planned,
            mapping=corrected[planned.path, planned.name],
            basis="given",
            refusal=None,
            ignore=None if corrected[planned.path, planned.name] else Notice("import.left-out"),
        )
        if (planned.path, planned.name) in corrected
        else planned
        for planned in plan.tables
    ]
    return plan


def set_mapping(*, batch: ImportBatch, path: str, table: str, mapping: FileMapping | None) -> None:
    """Correct how a table is read; None leaves the table out."""
    if batch.status != "draft":
        raise BatchNotOpen
    one = batch.files.filter(path=path).first()
    if one is None:
        raise BatchUnknown
    one.mapping = {**(one.mapping or {}), table: to_json(mapping) if mapping else None}
    one.save(update_fields=["mapping"])


def run_batch(
    *,
    company: CompanyInfo,
    batch: ImportBatch,
    now: dt.datetime,
    explain: Explain,
    plan: Plan | None = None,
    dry_run: bool = False,
    wait: bool = True,
    language: str = "fr",
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Run an import; a dry run counts and leaves it open. Its row tells people how it goes.

    Raises: what `run_plan` and `faults_told` raise, after having said so on the import.
    """
    folder = folder_of(company_id=company.id, batch_id=batch.pk)
    try:
        with (
            faults_told(),
            plan or plan_of(company=company, batch=batch, language=language) as opened,
        ):
            _need_ready(opened)
            if dry_run:
                return run_plan(
                    company=company,
                    plan=opened,
                    rejects_folder=None,
                    explain=explain,
                    dry_run=True,
                    wait=wait,
                )
            batch.status, batch.started_at, batch.failure = "running", now, None
            batch.save(update_fields=["status", "started_at", "failure"])
            teller = _Teller(company_id=company.id, batch_id=batch.pk, also=on_progress)
            with teller, transaction.atomic():
                report = run_plan(
                    company=company,
                    plan=opened,
                    rejects_folder=folder,
                    explain=explain,
                    batch_id=batch.pk,
                    person_id=batch.person_id,
                    wait=wait,
                    progress=teller,
                )
                _done(batch, report, now)  # with the rows: an import is never written and unsaid
    except AnotherWriteRunning:
        if not dry_run:
            batch.status = "waiting"
            batch.save(update_fields=["status"])
        raise
    except Exception as error:
        if not dry_run:
            _failed(batch, error, now)
        raise
    return report


def _need_ready(plan: Plan) -> None:
    """Raises: `NothingReady`, with what keeps each table out."""
    if any(planned.ready for planned in plan.tables):
        return
    told = [Notice("import.of_file", {"file": one.name, "why": one.why_not}) for one in plan.tables]
    raise NothingReady(Notices(told[:MAX_REASONS]))


def _done(batch: ImportBatch, report: ImportReport, now: dt.datetime) -> None:
    batch.status, batch.finished_at = "done", now
    batch.report = as_json(report)
    batch.rows_done = batch.rows_total = report.rows_read
    batch.save(update_fields=["status", "finished_at", "report", "rows_done", "rows_total"])


def _failed(batch: ImportBatch, error: Exception, now: dt.datetime) -> None:
    """Say on the import why it failed: the code of a refusal with its details, never its sentence."""
    said = (
        Notice.of(error)
        if isinstance(error, Refusal)
        else Notice("palier.bug", {"error": type(error).__name__})
    )
    batch.status, batch.finished_at, batch.failure = "failed", now, as_kept(said)
    if connection.connection is not None and connection.connection.closed:
        connection.close()
    with contextlib.suppress(DatabaseError), company_scope(batch.company_id):
        batch.save(update_fields=["status", "finished_at", "failure"])


def as_kept(notice: Notice) -> dict[str, Any]:
    """A notice as JSON: what it names is text, the notices inside it are JSON too."""
    return {
        "code": notice.code,
        "params": {name: _plain(one) for name, one in notice.params.items()},
    }


def _plain(value: object) -> Any:
    if isinstance(value, Notice):
        return as_kept(value)
    if isinstance(value, Notices):
        return [as_kept(one) for one in value]
    return value if isinstance(value, int) else str(value)


def as_json(report: ImportReport) -> dict[str, Any]:
    """A report as it is kept and printed."""
    return {
        "dry_run": report.dry_run,
        "files": [
            {**asdict(one), "skipped": as_kept(one.skipped) if one.skipped else None}
            for one in report.results
        ],
        "totals": {
            "rows_read": report.rows_read,
            **{
                what: report.total(what) for what in ("created", "updated", "unchanged", "rejected")
            },
        },
    }


class _Teller:
    """Says on a connection of its own how far a running import is: its transaction shows nothing yet."""

    def __init__(self, *, company_id: int, batch_id: int, also: Any) -> None:
        self.company_id, self.batch_id, self.also = company_id, batch_id, also
        self._last = 0.0
        self._other: Any = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, rows: int) -> None:
        if self.also is not None:
            self.also(rows)
        if time.monotonic() - self._last < PROGRESS_EVERY_S:
            return
        self._last = time.monotonic()
        if self._other is None:
            self._other = connections.create_connection("default")
            self._other.settings_dict = copy.deepcopy(connection.settings_dict)
            self._other.settings_dict["OPTIONS"].pop("pool", None)
        with self._other.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, %s, false)", [COMPANY, str(self.company_id)])
            cursor.execute(
                "UPDATE hub_import_batch SET rows_done = %s WHERE id = %s", [rows, self.batch_id]
            )

    def __exit__(self, *_: object) -> None:
        if self._other is not None:
            self._other.close()


def settle_interrupted(*, company_id: int) -> int:
    """Say of imports whose process died that nothing was written; how many there were.

    An import holds the company's write lock while it runs: if nobody holds it, nobody runs.
    """
    running = ImportBatch.objects.filter(company_id=company_id, status="running")
    if not running.exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [WRITE_LOCK, company_id])
        if not cursor.fetchone()[0]:
            return 0
        return running.update(
            status="failed",
            failure=as_kept(Notice("import.interrupted")),
        )


def undo_batch(*, company_id: int, batch_id: int, person_id: int | None, now: dt.datetime) -> int:
    """Take a whole import back; the number of changes this made.

    Raises: `BatchUnknown`, `BatchNotUndoable`.
    """
    with transaction.atomic():
        batch = (
            ImportBatch.objects.select_for_update()
            .filter(company_id=company_id, pk=batch_id)
            .first()
        )
        if batch is None:
            raise BatchUnknown
        if batch.status != "done":
            raise BatchNotUndoable
        changes = undo_records(company_id=company_id, batch_id=batch_id, person_id=person_id)
        batch.status, batch.undone_at, batch.undone_by = "undone", now, person_id
        batch.save(update_fields=["status", "undone_at", "undone_by"])
        return changes


def list_batches(*, company_id: int, limit: int = 50) -> Sequence[ImportBatch]:
    """Imports of the company, latest first; those that died are settled on the way."""
    settle_interrupted(company_id=company_id)
    return list(
        ImportBatch.objects.filter(company_id=company_id)
        .prefetch_related("files")
        .order_by("-pk")[:limit]
    )
