"""Connections on their schedule: who is due each minute, one run at a time, then fresh figures."""

from __future__ import annotations

import datetime as dt
import time

from procrastinate.contrib.django import app

from palier.accounts.queries import get_company, list_companies
from palier.database.isolation import company_scope
from palier.hub.connectors import connecting, pushing, running
from palier.jobs.queue import company_task, enqueue
from palier.wording import sentences

TASK = "tools.run"


def now() -> dt.datetime:
    """The present moment; asked for again and again while a tool is read."""
    return dt.datetime.now(dt.UTC)


def ask_run(
    *, company_id: int, connector_id: int, full: bool = False, accept_deletions: bool = False
) -> int | None:
    """Ask the worker to read a tool now; None when that is waiting already."""
    return enqueue(
        TASK,
        company_id=company_id,
        once=True,
        alone=f"connector:{connector_id}",
        connector_id=connector_id,
        full=full,
        accept_deletions=accept_deletions,
    )


@company_task(name=TASK, retry=False)
def run_tool_job(
    *, company_id: int, connector_id: int, full: bool = False, accept_deletions: bool = False
) -> None:
    """Read a tool, or go on; what changed elsewhere is then sent to it. An unfinished run asks for its next part."""
    company = get_company(company_id=company_id)
    try:
        run = running.run_connector(
            company=company,
            connector_id=connector_id,
            now=now,
            sleep=time.sleep,
            full=full,
            accept_deletions=accept_deletions,
            explain=sentences.explain,
        )
    except (running.OnHold, running.AlreadyRunning, connecting.ConnectorUnknown):
        return
    if run.status == "running":
        ask_run(
            company_id=company_id,
            connector_id=connector_id,
            full=full,
            accept_deletions=accept_deletions,
        )
        return
    if run.created or run.updated or run.deleted:
        enqueue("metrics.refresh", company_id=company_id, once=True)
    pushing.push(company_id=company_id, connector_id=connector_id, now=now, sleep=time.sleep)


@app.periodic(cron="* * * * *")
@app.task(name="tools.due", queueing_lock="tools.due")
def ask_due(timestamp: int) -> None:
    """What the worker does each minute: a run for every connection whose time has come."""
    at = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    for company in list_companies():
        with company_scope(company.id):
            for connector_id in running.list_due(company_id=company.id, now=at):
                ask_run(company_id=company.id, connector_id=connector_id)
