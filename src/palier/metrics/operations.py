"""What changes metrics: refreshing a company's figures, and setting targets."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from django.db import connection

from palier.kernel.refusals import Refusal
from palier.metrics import snapshot
from palier.metrics.catalogue import check_grain, metric
from palier.metrics.computing import Computation, compute_readings, definitions, described
from palier.metrics.models import RefreshRun, Target
from palier.metrics.snapshot import AnotherRefreshRunning, SnapshotInfo
from palier.metrics.storing import store

_LOCK_SPACE = 0x4D455452
"""First half of the advisory lock that keeps one refresh per company: the letters METR."""
_INTERRUPTED = {
    "code": "metrics.interrupted",
    "details": {},
    "message": "The refresh was interrupted before it finished. The previous figures were kept.",
}
LARGEST_TARGET = Decimal(10) ** 18
"""Beyond any company's figures, in minor units: a slip of the keyboard [ours]."""


class TargetOutOfRange(Refusal):
    """A target that is not a usable number."""

    code: ClassVar[str] = "metrics.target-out-of-range"
    message: ClassVar[str] = "%(value)s cannot be a target. Give an ordinary number."


@dataclass(frozen=True, slots=True)
class RefreshInfo:
    """What a refresh did.

    `readings` were written or removed; `metric_failures` maps the metrics that could not be
    computed to `{"code", "message", "details"}`. `seconds` is wall time.
    """

    run_id: int
    status: Literal["done", "unchanged"]
    snapshot: SnapshotInfo
    readings: int
    metric_failures: dict[str, dict[str, object]]
    seconds: float


def refresh_company(
    *, company_id: int, today: dt.date, now: dt.datetime, full: bool = False, wait: bool = True
) -> RefreshInfo:
    """Bring the analytical file and every reading up to date; nothing is done when nothing changed.

    `today` is the company's local day. The connection must be scoped to the company and outside
    any transaction. `full` reads everything again.
    Raises: `AnotherRefreshRunning` when `wait` is false, and what `snapshot.refresh` raises; the
    failure is recorded and the previous figures stay.
    """
    began = time.monotonic()
    with _alone(company_id, wait=wait):
        RefreshRun.objects.filter(company_id=company_id, status="running").update(
            status="failed", finished_at=now, failure=_INTERRUPTED
        )
        run = RefreshRun.objects.create(
            company_id=company_id, status="running", started_at=now, today=today
        )
        try:
            return _refreshed(run, now=now, full=full, began=began)
        except Exception as failure:
            _fail(run, failure, seconds=time.monotonic() - began)
            raise


@contextlib.contextmanager
def _alone(company_id: int, *, wait: bool) -> Iterator[None]:
    """One refresh per company at a time, from the file to the readings; freed when the process dies."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, company_id])
        else:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, company_id])
            if not cursor.fetchone()[0]:
                raise AnotherRefreshRunning
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, company_id])


def _refreshed(run: RefreshRun, *, now: dt.datetime, full: bool, began: float) -> RefreshInfo:
    company_id, today, named = run.company_id, run.today, definitions()
    info = snapshot.refresh(company_id=company_id, now=now, full=full)
    written, computation = 0, Computation()
    fresh = _is_fresh(run, info, named)
    if not fresh:
        info, computation = _computed(company_id, info, today=today, now=now)
        written = store(
            company_id=company_id, computation=computation, version=info.version, now=now
        )
    run.status = "unchanged" if fresh else "done"
    run.made_at, run.snapshot_version, run.position = now, info.version, info.position
    run.readings, run.metric_failures, run.definitions = written, computation.failures, named
    run.seconds = time.monotonic() - began
    run.finished_at = now + dt.timedelta(seconds=run.seconds)
    run.save()
    return RefreshInfo(
        run_id=run.pk,
        status="unchanged" if fresh else "done",
        snapshot=info,
        readings=written,
        metric_failures=computation.failures,
        seconds=run.seconds,
    )


def _is_fresh(run: RefreshRun, info: SnapshotInfo, named: str) -> bool:
    """Whether the readings there are come from this version, day and definitions, without a failure."""
    last = (
        RefreshRun.objects.filter(
            company_id=run.company_id, status__in=("done", "unchanged", "failed"), pk__lt=run.pk
        )
        .order_by("-pk")
        .first()
    )
    return (
        last is not None
        and last.status != "failed"
        and last.snapshot_version == info.version
        and last.today == run.today
        and last.definitions == named
        and not last.metric_failures
    )


def _computed(
    company_id: int, info: SnapshotInfo, *, today: dt.date, now: dt.datetime
) -> tuple[SnapshotInfo, Computation]:
    """The readings of the file; a file that cannot be read is built again once."""
    import duckdb

    try:
        return info, compute_readings(path=info.path, today=today)
    except duckdb.Error:
        if info.kind == "full":
            raise
    info = snapshot.refresh(company_id=company_id, now=now, full=True)
    return info, compute_readings(path=info.path, today=today)


def _fail(run: RefreshRun, failure: Exception, *, seconds: float) -> None:
    if connection.needs_rollback or not connection.is_usable():
        return  # the next refresh finds the run unfinished and says so
    run.status, run.failure, run.seconds = "failed", described(failure), seconds
    run.finished_at = run.started_at + dt.timedelta(seconds=seconds)
    run.save()


def withdraw_targets(*, company_id: int) -> None:
    """Take back every target of a company."""
    Target.objects.filter(company_id=company_id).delete()


def set_target(
    *,
    company_id: int,
    key: str,
    grain: str,
    value: Decimal | None,
    valid_from: dt.date,
    person_id: int | None = None,
) -> None:
    """Aim at a value from a day on, in the metric's unit; None takes back the target set for that day.

    Raises: `UnknownMetric`, `UnknownGrain`, `TargetOutOfRange`.
    """
    found = metric(key)
    if grain != "all":
        check_grain(metric=found, grain=grain)
    if value is None:
        Target.objects.filter(
            company_id=company_id, metric=key, grain=grain, valid_from=valid_from
        ).delete()
        return
    if not value.is_finite() or abs(value) > LARGEST_TARGET:
        raise TargetOutOfRange(value=value)
    Target.objects.update_or_create(
        company_id=company_id,
        metric=key,
        grain=grain,
        valid_from=valid_from,
        defaults={"value": value, "set_by": person_id},
    )
