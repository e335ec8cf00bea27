"""An import, all or nothing: every table of a plan through the one door, in one transaction."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from palier.accounts.queries import CompanyInfo
from palier.hub.imports.decode.refusals import FileRefused, NoSpace
from palier.hub.imports.decode.tables import Batch, Table
from palier.hub.imports.mapping import EntityMapping
from palier.hub.imports.mapping_json import to_json
from palier.hub.imports.messages import Notice, _
from palier.hub.imports.plan import REJECTS_SUFFIX, Plan, Planned, signature
from palier.hub.imports.reading import Reading, read
from palier.hub.imports.rejects import Explain, write_rejects
from palier.hub.models import ImportMapping
from palier.hub.operations import exclusive_write, write_records
from palier.hub.records import Record, Rejection
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

_ORDER = {name: place for place, name in enumerate(ENTITIES)}


class BrokenMidway(Refusal):
    """A file that began well and cannot be read to its end."""

    code = "import.broken_midway"
    message = _("%(file)s: %(why)s Nothing was imported.")


_DISK_FULL = {"53100", "58030"}
"""PostgreSQL's codes for a full disk: of its own files, and of the temporary ones it could not extend."""


LOW_SPACE = 256_000_000
"""Bytes of free disk under which a database that stopped is held to have run out of them: it writes its
journal by 16 MB, and gives some back as it stops (measured: 20 MB free after it filled 180) [ours]."""
_CONNECTION_ERRORS = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
_SERVER_GONE = ("08", "57P")
"""Classes of PostgreSQL's codes for a connection or a server that ended."""


class ConnectionLost(Refusal):
    """The database went away; what it had not confirmed it takes back by itself."""

    code = "import.connection_lost"
    message = _(
        "The connection to the database was lost before the end. Start the import again: nothing will be written twice."
    )


@dataclass(slots=True)
class EntityResult:
    """What became of one entity of one table."""

    path: str
    name: str
    tool: str
    entity: str | None
    rows_read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects_file: str | None = None
    skipped: Notice | None = None
    notices: tuple[Notice, ...] = ()
    samples: tuple[Rejection, ...] = ()


@dataclass(slots=True)
class ImportReport:
    """What became of an import: one result for each table and entity, in the order of the files."""

    dry_run: bool
    results: list[EntityResult] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        """Rows of all tables, each table counted once."""
        return sum({(one.path, one.name): one.rows_read for one in self.results}.values())

    def total(self, what: str) -> int:
        """The sum of `created`, `updated`, `unchanged` or `rejected`."""
        return sum(getattr(one, what) for one in self.results)


@dataclass(slots=True)
class _Job:
    """One entity of one table, on its way."""

    planned: Planned
    reading: Reading
    entity: EntityMapping
    counter: _Counter
    result: EntityResult
    rejections: list[Rejection] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """Records for the door; what the file itself gets wrong is kept aside."""
        for item in self.reading.records(entity=self.entity):
            if isinstance(item, Rejection):
                self.rejections.append(item)
            else:
                yield item


class _Counter:
    """A table that counts its rows each time it is read."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.rows = 0
        self.table = replace(table, batches=self._batches)

    def _batches(self) -> Iterator[Batch]:
        rows = 0
        for batch in self._table.batches():
            rows += len(batch.rows) + len(batch.rejections)
            yield batch
        self.rows = max(self.rows, rows)


MAX_SAMPLES = 20
"""Rejections shown with the report; all of them are in the file of rejects [ours]."""


def run_plan(
    *,
    company: CompanyInfo,
    plan: Plan,
    rejects_folder: Path | None,
    explain: Explain,
    batch_id: int | None = None,
    person_id: int | None = None,
    dry_run: bool = False,
    wait: bool = True,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Bring every ready table of a plan in, or nothing at all; with `dry_run` count and change nothing.

    The connection must be scoped to the company. `progress` receives rows done over all tables;
    `explain` says why a row was refused, in a file of `rejects_folder`. Raises: `AnotherWriteRunning`, the refusals of
    reading.
    """
    report = ImportReport(dry_run)
    with transaction.atomic():
        with exclusive_write(company_id=company.id, wait=wait):
            jobs = _jobs(company, plan, report)
            done = 0
            for job in sorted(jobs, key=lambda one: _ORDER[one.entity.entity]):
                try:
                    _run(job, company, batch_id, person_id, _offset(progress, done))
                except FileRefused as refusal:  # damaged further than anybody had looked
                    raise BrokenMidway(file=job.planned.name, why=Notice.of(refusal)) from refusal
                done += job.result.rows_read
            if rejects_folder is not None:
                _write_rejects(jobs, rejects_folder, explain)
            if not dry_run:
                _remember(company, plan)
        if dry_run:
            transaction.set_rollback(True)
    return report


@contextmanager
def faults_told() -> Iterator[None]:
    """Turns what the machine may refuse in the middle of an import into a refusal that says what to do.

    Raises: `NoSpace`, `ConnectionLost`.
    """
    try:
        yield
    except (DatabaseError, psycopg.Error) as error:  # COPY raises the driver's own
        state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
        if state in _DISK_FULL:
            raise NoSpace from error
        gone = isinstance(error, _CONNECTION_ERRORS)
        if gone and (state is None or state.startswith(_SERVER_GONE)):
            full = shutil.disk_usage(settings.DATA_DIR).free < LOW_SPACE
            raise (NoSpace if full else ConnectionLost) from error
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace from error
        raise


def _offset(progress: Callable[[int], None] | None, done: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda rows: progress(done + rows)


def _jobs(company: CompanyInfo, plan: Plan, report: ImportReport) -> list[_Job]:
    jobs = []
    for planned in plan.tables:
        if planned.table is None or planned.mapping is None or not planned.ready:
            report.results.append(_left_out(planned))
            continue
        counter = _Counter(planned.table)
        mapping = planned.mapping
        try:
            reading = read(
                mapping=mapping, table=counter.table, timezone=mapping.timezone or company.time_zone
            )
        except Refusal as refusal:
            left_out = _left_out(planned)
            left_out.skipped = Notice.of(refusal)
            left_out.rejected = max(counter.rows, 1)
            report.results.append(left_out)
            continue
        for entity in mapping.entities:
            result = EntityResult(planned.path, planned.name, planned.tool.name, entity.entity)
            report.results.append(result)
            jobs.append(_Job(planned, reading, entity, counter, result))
    return jobs


def _left_out(planned: Planned) -> EntityResult:
    """The result of a table that is not imported, and why."""
    result = EntityResult(planned.path, planned.name, planned.tool.name, None)
    result.skipped = planned.why_not
    if planned.ignore is None:
        result.rejected = 1
    elif planned.table is not None:
        counter = _Counter(planned.table)
        for _rows in counter.table.batches():
            pass
        result.rows_read = counter.rows
    return result


def _run(
    job: _Job,
    company: CompanyInfo,
    batch_id: int | None,
    person_id: int | None,
    progress: Callable[[int], None] | None,
) -> None:
    written = write_records(
        company_id=company.id,
        tool=job.planned.tool,
        object_name=job.entity.object,
        entity=job.entity.entity,
        records=job.records(),
        batch_id=batch_id,
        person_id=person_id,
        progress=progress,
    )
    job.rejections.extend(written.rejections)
    result = job.result
    result.created, result.updated, result.unchanged = (
        written.created,
        written.updated,
        written.unchanged,
    )
    result.rejected = len(job.rejections)
    result.rows_read = job.counter.rows
    result.samples = tuple(job.rejections[:MAX_SAMPLES])
    result.notices = job.reading.notices


def _write_rejects(jobs: list[_Job], folder: Path, explain: Explain) -> None:
    """One file of refused rows for each table that has some."""
    by_table: dict[int, list[_Job]] = {}
    for job in jobs:
        by_table.setdefault(id(job.reading), []).append(job)
    taken: set[str] = set()
    for together in by_table.values():
        rejections = [one for job in together for one in job.rejections]
        if not rejections:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _free_name(together[0].planned.name, taken)
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            rows = write_rejects(
                columns=together[0].reading.table.columns,
                rejections=rejections,
                out=out,
                explain=explain,
            )
        if not rows:
            path.unlink()
            continue
        for job in together:
            if job.rejections:
                job.result.rejects_file = str(path)


def _free_name(name: str, taken: set[str]) -> str:
    stem = "".join(c if c.isalnum() or c in "-_." else "-" for c in Path(name).name)[:80] or "table"
    candidate, number = stem + REJECTS_SUFFIX, 2
    while candidate in taken:
        candidate, number = f"{stem}-{number}{REJECTS_SUFFIX}", number + 1
    taken.add(candidate)
    return candidate


def _remember(company: CompanyInfo, plan: Plan) -> None:
    """Keep the mappings that a person gave or accepted, for the next file of the same shape."""
    for planned in plan.tables:
        if planned.table is None or planned.mapping is None:
            continue
        guessed = planned.basis == "guess" and planned.table.sample(count=1)
        if planned.basis == "given" or guessed:  # what rows never confirmed is guessed anew
            ImportMapping.objects.update_or_create(
                company_id=company.id,
                tool=planned.tool.name,
                signature=signature(planned.table),
                defaults={"mapping": to_json(planned.mapping)},
            )
