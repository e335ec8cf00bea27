"""What keeps a company's data tidy by itself, every night: the feed compacted, old answers forgotten."""

from __future__ import annotations

import datetime as dt

from procrastinate.contrib.django import app

from palier.accounts.idempotency import forget_old_keys
from palier.accounts.queries import list_companies
from palier.hub import feed
from palier.jobs.queue import company_task, enqueue

TASK = "hub.upkeep"


@company_task(name=TASK)
def run_upkeep_job(*, company_id: int) -> None:
    """What the worker does for one company."""
    now = dt.datetime.now(dt.UTC)
    feed.number(company_id=company_id)
    feed.compact(company_id=company_id, before=now - feed.KEPT_FOR)
    forget_old_keys(company_id=company_id, now=now)


@app.periodic(cron="10 2 * * *")
@app.task(name="hub.upkeep_of_all", queueing_lock="hub.upkeep_of_all")
def run_nightly(timestamp: int) -> None:
    """What the worker does every night: ask for each company's upkeep."""
    for company in list_companies():
        enqueue(TASK, company_id=company.id, once=True)
