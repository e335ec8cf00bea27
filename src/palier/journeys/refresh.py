"""Fresh figures: a company's refresh on its own day, after an import and every night."""

from __future__ import annotations

import datetime as dt

from procrastinate.contrib.django import app

from palier.accounts.queries import get_company, list_companies
from palier.jobs.queue import company_task, enqueue
from palier.journeys.load import today_in
from palier.metrics.operations import RefreshInfo, refresh_company

TASK = "metrics.refresh"
NIGHTLY = "20 2 * * *"
"""When everything is refreshed even if nothing was imported: the day itself changes the figures [ours]."""


def refresh_figures(*, company_id: int, now: dt.datetime, full: bool = False) -> RefreshInfo:
    """Refresh a company's figures in this process, on its own day.

    The connection must be scoped to the company. Raises: what `refresh_company` raises.
    """
    today = today_in(get_company(company_id=company_id), now)
    return refresh_company(company_id=company_id, today=today, now=now, full=full)


def ask_refresh(*, company_id: int) -> int | None:
    """Ask the worker for a refresh; its job's number, or None when one is waiting already."""
    return enqueue(TASK, company_id=company_id, once=True)


def ask_refresh_everywhere() -> int:
    """Ask for a refresh of every company of the installation; how many now wait because of this."""
    return sum(ask_refresh(company_id=company.id) is not None for company in list_companies())


@company_task(name=TASK)
def run_refresh_job(*, company_id: int) -> None:
    """What the worker does when asked for fresh figures."""
    refresh_figures(company_id=company_id, now=dt.datetime.now(dt.UTC))


@app.periodic(cron=NIGHTLY)
@app.task(name="metrics.refresh_everywhere", queueing_lock="metrics.refresh_everywhere")
def run_nightly(timestamp: int) -> None:
    """What the worker does every night: one refresh for each company."""
    ask_refresh_everywhere()
