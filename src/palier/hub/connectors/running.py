"""A run of a connection: its streams in order, one run at a time, in slices that any worker can go on with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.db import connection
from django.db.models import F, Q

from palier.accounts.queries import CompanyInfo
from palier.hub.connectors.answers import NotAllowed, ReconnectNeeded
from palier.hub.connectors.asking import LOGGED, Caller
from palier.hub.connectors.connecting import caller_of, get_connector, manifest_of
from palier.hub.connectors.files import take_files
from palier.hub.connectors.ledger import Ledger
from palier.hub.connectors.manifest import Manifest, Stream
from palier.hub.connectors.paths import moment
from palier.hub.connectors.sync import Sync
from palier.hub.imports.batches import as_kept
from palier.hub.imports.messages import Notice, _
from palier.hub.imports.rejects import Explain
from palier.hub.models import Connector, ConnectorRun, ConnectorStream
from palier.kernel.refusals import Refusal

RUN_LOCK = 0x434F4E4E
"""First half of the advisory lock of a run: the letters CONN."""
SLICE = dt.timedelta(seconds=120)
"""A run lets other work pass after this long and goes on in another job [ours]."""
FULL_EVERY = dt.timedelta(days=7)
"""Everything is read again and compared this often (hub.md §8)."""
FIRST_RETRY_MINUTES = 5
"""After a failure, the first new attempt; each further one waits twice as long, up to the schedule [ours]."""


class AlreadyRunning(Refusal):
    code: ClassVar[str] = "connector.already-running"
    message: ClassVar[str] = _("This connection is being read already.")


class OnHold(Refusal):
    code: ClassVar[str] = "connector.on-hold"
    message: ClassVar[str] = _("This connection is on hold.")


@contextmanager
def _alone(connector_id: int) -> Iterator[None]:
    """One run at a time for a connection. Raises: `AlreadyRunning`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [RUN_LOCK, connector_id])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCK, connector_id])


def list_due(*, company_id: int, now: dt.datetime) -> list[int]:
    """Connections whose time has come."""
    due = Connector.objects.filter(
        Q(next_at__lte=now), company_id=company_id, paused_at=None, disconnected_at=None
    )
    return list(due.order_by("next_at", "pk").values_list("pk", flat=True))


def run_connector(
    *,
    company: CompanyInfo,
    connector_id: int,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
    full: bool = False,
    accept_deletions: bool = False,
    person_id: int | None = None,
    slice_: dt.timedelta = SLICE,
    explain: Explain | None = None,
) -> ConnectorRun:
    """Read a tool, or go on where the last reading stopped; still `running` when the slice was too short.

    A failure is told on the run and on the connection, never raised: the schedule goes on.
    Raises: `ConnectorUnknown`, `OnHold`, `AlreadyRunning`.
    """
    connector = get_connector(company_id=company.id, connector_id=connector_id)
    if connector.paused_at or connector.disconnected_at:
        raise OnHold
    with _alone(connector_id):
        connector.refresh_from_db()
        began = now()
        kind = "full" if full else "increment"
        ledger = Ledger.open(connector=connector, kind=kind, person_id=person_id, now=began)
        until = began + slice_
        try:
            if connector.kind == "folder":
                assert explain is not None  # noqa: S101 - the shell gives it
                take_files(
                    company=company, connector=connector, ledger=ledger, now=now, explain=explain
                )
                ended = True
            else:
                ended = _read(
                    company, connector, ledger, now, sleep, until=until, accept=accept_deletions
                )
        except Refusal as refusal:
            _failed(connector, ledger, refusal, now())
            return connector.runs.get(pk=ledger.run.pk)
        except Exception as error:
            _failed(connector, ledger, error, now())
            raise
        if ended:
            _done(connector, ledger, now())
        else:
            Connector.objects.filter(pk=connector.pk).update(next_at=now())
        return ledger.run


def _read(
    company: CompanyInfo,
    connector: Connector,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
    *,
    until: dt.datetime,
    accept: bool,
) -> bool:
    manifest = manifest_of(connector)
    caller = caller_of(connector=connector, manifest=manifest, now=now, sleep=sleep)
    try:
        return _read_streams(
            company, connector, manifest, caller, ledger, until=until, accept=accept
        )
    finally:  # calls of a page that was not written are told too
        ledger.run.log = [*ledger.run.log, *caller.log][-LOGGED:]
        ledger.run.requests += caller.requests


def _read_streams(
    company: CompanyInfo,
    connector: Connector,
    manifest: Manifest,
    caller: Caller,
    ledger: Ledger,
    *,
    until: dt.datetime,
    accept: bool,
) -> bool:
    refused: NotAllowed | None = None
    now = caller.now
    for stream in manifest.streams:
        if ledger.of(stream.name)["done"]:
            continue
        sync = Sync(
            company_id=company.id,
            timezone=company.time_zone,
            manifest=manifest,
            stream=stream,
            caller=caller,
            ledger=ledger,
            row=_row(connector, stream),
            now=now,
            accept_deletions=accept,
        )
        try:
            if not sync.run(full=_wants_all(sync), may_go_on=lambda: now() < until):
                return False
        except NotAllowed as refusal:  # one object may lack a right: the others are read
            refused = refusal
            ledger.notice(refusal.code, **dict(refusal.details))
    if refused is not None and not any(one["done"] for one in ledger.run.streams.values()):
        raise refused
    return True


def _wants_all(sync: Sync) -> bool:
    """Whether everything of a stream is read: because it was asked, was never done, or is due again."""
    last = moment(sync.row.state.get("full_at"))
    run = sync.ledger.run
    return run.kind == "full" or last is None or last < run.started_at - FULL_EVERY


def _row(connector: Connector, stream: Stream) -> ConnectorStream:
    row, _made = ConnectorStream.objects.get_or_create(
        company_id=connector.company_id, connector=connector, name=stream.name
    )
    return row


def _done(connector: Connector, ledger: Ledger, now: dt.datetime) -> None:
    run = ledger.run
    to_check = bool(run.notices or run.rejected)
    ledger.close(status="to_check" if to_check else "done", now=now)
    connector.state, connector.failure, connector.failures = (
        ("to_check" if to_check else "ok"),
        None,
        0,
    )
    connector.last_run_at, connector.fresh_at = now, run.started_at
    connector.next_at = now + dt.timedelta(minutes=connector.every_minutes)
    whole = [moment(row.state.get("full_at")) for row in connector.streams.all()]
    connector.full_at = min((one for one in whole if one is not None), default=None)
    connector.save()


def _failed(connector: Connector, ledger: Ledger, error: Exception, now: dt.datetime) -> None:
    """Tell a failure; what was written before it stays, and the next run goes on from there."""
    if isinstance(error, Refusal):
        told = Notice.of(error)
    else:
        told = Notice("palier.bug", {"error": type(error).__name__})
    log, sent = ledger.run.log, ledger.run.requests
    kept = Ledger(
        ConnectorRun.objects.get(pk=ledger.run.pk)
    )  # what the failed page counted was not written
    kept.run.log, kept.run.requests = log, sent
    kept.run.unsynced_since = connector.fresh_at
    kept.close(status="failed", now=now, failure=told)
    connector.failure, connector.failures = as_kept(told), F("failures") + 1
    connector.last_run_at = now
    if isinstance(error, ReconnectNeeded):
        connector.state, connector.paused_at, connector.next_at = "reconnect", now, None
    else:
        connector.state = "failing"
        tried = Connector.objects.values_list("failures", flat=True).get(pk=connector.pk)
        minutes = min(FIRST_RETRY_MINUTES * 2 ** min(tried, 10), max(connector.every_minutes, 60))
        connector.next_at = now + dt.timedelta(minutes=minutes)
    connector.save()
    connector.refresh_from_db()
