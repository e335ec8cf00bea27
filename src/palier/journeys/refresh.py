"""Fresh figures: a company's refresh on its own day, after an import and every night where it is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from procrastinate.contrib.django import app

from palier.accounts.queries import CompanyInfo, get_company, list_companies
from palier.database.isolation import company_scope
from palier.jobs.queue import company_task, enqueue
from palier.journeys.load import today_in
from palier.metrics.operations import RefreshInfo, refresh_company
from palier.metrics.queries import find_last_refresh_day

TASK = "metrics.refresh"
HOURLY = "20 * * * *"
NIGHT_HOUR = 2
"""Local hour from which a company's new day is computed even if nothing was imported, since the day itself changes the
figures; an installation that slept through the night does it when it wakes [ours]."""


def refresh_figures(*, company_id: int, now: dt.datetime, full: bool = False) -> RefreshInfo:
    """Refresh a company's figures in this process, on its own day.

    The connection must be scoped to the company. Raises: what `refresh_company` raises.
    """
    today = today_in(get_company(company_id=company_id), now)
    return refresh_company(company_id=company_id, today=today, now=now, full=full)


def ask_refresh(*, company_id: int) -> int | None:
    """Ask the worker for a refresh; its job's number, or None when one is waiting already."""
    return enqueue(TASK, company_id=company_id, once=True)


def ask_refresh_of_the_day(*, now: dt.datetime) -> int:
    """Ask for a refresh of every company whose night has come and whose day has none yet; how many now wait for it."""
    return sum(
        ask_refresh(company_id=company.id) is not None
        for company in list_companies()
        if _has_a_new_day(company, now)
    )


def _has_a_new_day(company: CompanyInfo, now: dt.datetime) -> bool:
    local = now.astimezone(ZoneInfo(company.time_zone))
    if local.hour < NIGHT_HOUR:
        return False
    with company_scope(company.id):
        last = find_last_refresh_day(company_id=company.id)
    return last is None or last < local.date()


@company_task(name=TASK)
def run_refresh_job(*, company_id: int) -> None:
    """What the worker does when asked for fresh figures."""
    refresh_figures(company_id=company_id, now=dt.datetime.now(dt.UTC))


@app.periodic(cron=HOURLY)
@app.task(name="metrics.refresh_of_the_day", queueing_lock="metrics.refresh_of_the_day")
def run_nightly(timestamp: int) -> None:
    """What the worker does every hour: one refresh for each company where it is night, once a day."""
    ask_refresh_of_the_day(now=dt.datetime.fromtimestamp(timestamp, dt.UTC))
