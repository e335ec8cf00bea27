"""Background work: tasks of one company, enqueued in the same transaction as the data.

A job carries ids, never data. It runs inside its company's scope and may run more than once
(a worker can die after the work and before saying so): each task is written to bear that.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app

from palier.database.isolation import company_scope
from palier.kernel.refusals import Refusal

STALLED_AFTER_S = 60
"""Seconds without a sign of life of its worker before a job is taken back [ours]."""
RETRIES = RetryStrategy(max_attempts=4, exponential_wait=4)
"""Four attempts, waiting 4, 16 and 64 seconds: a passing fault heals, a real one shows within minutes [ours]."""


DEFAULT_QUEUE = "default"


class NoSuchFailure(Refusal):
    code = "jobs.no-such-failure"
    message = "This task is no longer waiting to be tried again."


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that gave up, as people see it."""

    job_id: int
    task: str
    args: dict[str, Any]
    attempts: int
    failed_at: dt.datetime | None


DELIVERIES = "deliveries"
"""The queue of jobs that wait for other people's servers: they have places of their own among the
worker's, so that a receiver that hangs keeps no import from running (docs/adr/0019)."""


def company_task(
    *, name: str, retry: bool = True, queue: str = DEFAULT_QUEUE
) -> Callable[[Callable[..., None]], Any]:
    """Register a task that works for one company; it receives `company_id` and its other ids."""

    def decorate(work: Callable[..., None]) -> Any:
        @app.task(name=name, queue=queue, retry=RETRIES if retry else False)
        def run(company_id: int, **ids: Any) -> None:
            with company_scope(company_id):
                work(company_id=company_id, **ids)

        return run

    return decorate


def enqueue(
    task: str,
    *,
    company_id: int,
    once: bool = False,
    alone: str = "",
    at: dt.datetime | None = None,
    **ids: Any,
) -> int | None:
    """Ask for a task; its number, or None when `once` and the same one is already waiting.

    Jobs of a company exclude each other, unless `alone` names a narrower group (`webhook:7`), which
    then also tells which ones are the same. With `at` the job waits until then.
    """
    from procrastinate.exceptions import AlreadyEnqueued

    group = alone or f"company:{company_id}"
    key = f"{task}:{alone or company_id}"
    try:
        with transaction.atomic():  # a refusal must not spoil the transaction that asks
            number: int = app.configure_task(
                task,
                lock=group,
                queueing_lock=key if once else None,
                schedule_at=at,
            ).defer(company_id=company_id, **ids)
    except AlreadyEnqueued:
        return None
    return number


def list_failures(*, company_id: int, limit: int = 50) -> list[Failure]:
    """Jobs of a company that gave up, latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT j.id, j.task_name, j.args, j.attempts,
                   (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed')
            FROM procrastinate_jobs j
            WHERE j.status = 'failed' AND (j.args->>'company_id')::bigint = %s
            ORDER BY j.id DESC LIMIT %s
            """,
            [company_id, limit],
        )
        return [
            Failure(number, task, json.loads(args) if isinstance(args, str) else args, attempts, at)
            for number, task, args, attempts, at in cursor.fetchall()
        ]


def retry(*, company_id: int, job_id: int) -> None:
    """Put a failed job of this company back in the queue.

    Raises: `NoSuchFailure`.
    """
    if all(
        failure.job_id != job_id for failure in list_failures(company_id=company_id, limit=1000)
    ):
        raise NoSuchFailure
    app.job_manager.retry_job_by_id(job_id, retry_at=dt.datetime.now(dt.UTC))


def on_app_ready(ready: App) -> None:
    """Called by procrastinate once Django is up: the chores of the queue itself."""

    @ready.periodic(cron="*/2 * * * *")
    @ready.task(
        name="jobs.take_back_stalled", queueing_lock="jobs.take_back_stalled", pass_context=True
    )
    async def take_back_stalled(context: Any, timestamp: int) -> None:
        """Jobs of dead workers run again."""
        for job in await ready.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=STALLED_AFTER_S
        ):
            await ready.job_manager.retry_job(job)

    @ready.periodic(cron="40 3 * * *")
    @ready.task(name="jobs.forget_old", queueing_lock="jobs.forget_old")
    async def forget_old(timestamp: int) -> None:
        """Finished jobs are forgotten after a month; failures stay until somebody looks."""
        await ready.job_manager.delete_old_jobs(nb_hours=24 * 30)
