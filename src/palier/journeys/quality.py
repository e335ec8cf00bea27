"""The quality of records is counted every night, and when somebody asks."""

from __future__ import annotations

import datetime as dt

from procrastinate.contrib.django import app

from palier.accounts.queries import get_company, list_companies
from palier.hub.quality import recount
from palier.jobs.queue import company_task, enqueue
from palier.journeys.load import today_in

TASK = "quality.count"
NIGHTLY = "40 2 * * *"
"""After the search for duplicates and the night's upkeep [ours]."""


def ask_recount(*, company_id: int) -> int | None:
    """Ask the worker to count; its job's number, or None when one is waiting already."""
    return enqueue(TASK, company_id=company_id, once=True)


@company_task(name=TASK)
def run_recount_job(*, company_id: int) -> None:
    """What the worker does for one company. Running it twice a day leaves the later count."""
    now = dt.datetime.now(dt.UTC)
    today = today_in(get_company(company_id=company_id), now)
    recount(company_id=company_id, today=today, now=now)


@app.periodic(cron=NIGHTLY)
@app.task(name="quality.count_of_all", queueing_lock="quality.count_of_all")
def run_nightly(timestamp: int) -> None:
    """What the worker does every night: ask for each company's count."""
    for company in list_companies():
        ask_recount(company_id=company.id)
