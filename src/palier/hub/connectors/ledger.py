"""The ledger of a run while it is written: counts, refusals and calls, saved with the rows they count."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable
from typing import Any

from palier.hub.imports.batches import as_kept
from palier.hub.imports.messages import Notice
from palier.hub.models import Connector, ConnectorRun, ImportBatch
from palier.hub.operations import WriteReport
from palier.hub.records import Rejection
from palier.hub.undo import undo_records
from palier.kernel.refusals import Refusal

KEPT_REJECTS = 500
"""Refused rows kept with their reasons; all are counted [ours]."""
COUNTS = ("received", "created", "updated", "unchanged", "rejected", "deleted", "pages")


class RunUnknown(Refusal):
    code = "connector.run-unknown"
    message = "This run does not exist."


class RunNotUndoable(Refusal):
    code = "connector.run-not-undoable"
    message = "Only a finished run that changed something can be undone, and once."


class Ledger:
    """One run of one connector, open again when an earlier process left it unfinished."""

    def __init__(self, run: ConnectorRun) -> None:
        self.run = run

    @classmethod
    def open(
        cls, *, connector: Connector, kind: str, person_id: int | None, now: dt.datetime
    ) -> Ledger:
        """The run that goes on, or a new one."""
        run = connector.runs.filter(status="running").exclude(kind="push").order_by("-pk").first()
        if run is None:
            run = ConnectorRun.objects.create(
                company_id=connector.company_id,
                connector=connector,
                kind=kind,
                person_id=person_id,
                started_at=now,
            )
        return cls(run)

    def of(self, stream: str) -> dict[str, Any]:
        """The counts of one stream."""
        counts: dict[str, Any] = self.run.streams.setdefault(
            stream, {**dict.fromkeys(COUNTS, 0), "done": False}
        )
        return counts

    def count(self, stream: str, **more: int) -> None:
        """Add to the counts of a stream and of the run."""
        counts = self.of(stream)
        for name, number in more.items():
            counts[name] += number
            setattr(self.run, name, getattr(self.run, name) + number)

    def report(self, stream: str, object_name: str, report: WriteReport) -> None:
        """What the door made of some records."""
        self.count(
            stream, created=report.created, updated=report.updated, unchanged=report.unchanged
        )
        self.refuse(stream, ((object_name, one) for one in report.rejections))

    def refuse(self, stream: str, rejections: Iterable[tuple[str, Rejection]]) -> None:
        """Rows that were refused, each with its reason."""
        for name, one in rejections:
            self.count(stream, rejected=1)
            if len(self.run.rejects) < KEPT_REJECTS:
                self.run.rejects.append(
                    {
                        "stream": stream,
                        "id": name,
                        "column": one.column,
                        "code": one.code,
                        "params": dict(one.params),
                    }
                )

    def notice(self, code: str, **params: object) -> None:
        """Something a person should look at: the run will be marked."""
        kept = as_kept(Notice(code, params))
        if kept not in self.run.notices:
            self.run.notices.append(kept)

    def batch_id(self) -> int:
        """The batch by which this run can be undone as one."""
        if self.run.batch_id is None:
            self.run.batch_id = ImportBatch.objects.create(
                company_id=self.run.company_id,
                source_name=self.run.connector.tool,
                status="done",
                origin="connector",
                started_at=self.run.started_at,
                finished_at=self.run.started_at,
            ).pk
        return int(self.run.batch_id)

    def save(self, *, log: deque[dict[str, Any]] | None = None, requests: int = 0) -> None:
        """Keep what was counted, in the transaction of what was written."""
        if log is not None:
            self.run.log = [*self.run.log, *log][-(log.maxlen or 0) :]
            log.clear()
        self.run.requests += requests
        self.run.save()

    def close(self, *, status: str, now: dt.datetime, failure: Notice | None = None) -> None:
        """The end of the run; a batch that changed nothing is forgotten."""
        run = self.run
        if run.batch_id is not None and not (run.created or run.updated or run.deleted):
            ImportBatch.objects.filter(pk=run.batch_id).delete()
            run.batch_id = None
        run.status, run.finished_at = status, now
        run.failure = as_kept(failure) if failure else None
        run.save()


def undo_run(*, company_id: int, run_id: int, person_id: int | None) -> int:
    """Take back what a run wrote; the number of changes this made. Raises: `RunUnknown`, `RunNotUndoable`.

    The next run brings back what the tool still says: pause the connection first to keep it away.
    """
    run = ConnectorRun.objects.filter(company_id=company_id, pk=run_id).first()
    if run is None:
        raise RunUnknown
    if run.batch_id is None or run.status not in {"done", "to_check", "failed"}:
        raise RunNotUndoable
    changes = undo_records(company_id=company_id, batch_id=run.batch_id, person_id=person_id)
    run.status = "undone"
    run.save(update_fields=["status"])
    return changes
