"""Duplicates are searched when records have come, and every night where something changed."""

from __future__ import annotations

import datetime as dt

from procrastinate.contrib.django import app

from palier.accounts.queries import list_companies
from palier.hub.matching.operations import MATCHED, MatchReport, match_company
from palier.jobs.queue import company_task, enqueue

TASK = "matching.search"
NIGHTLY = "50 1 * * *"
"""Before the night's fresh figures, so that they count each customer once [ours]."""


def search_duplicates(
    *, company_id: int, now: dt.datetime, only_new: bool = True
) -> list[MatchReport]:
    """Search every kind of record that is compared; what was found.

    Customers first: two contacts may turn out to work for one and the same. What a search merged
    is looked at once more, since the record that stays says more than each of the two did.
    The connection must be scoped to the company.
    """
    found = []
    for entity in MATCHED:
        report = match_company(company_id=company_id, entity=entity, now=now, only_new=only_new)
        found.append(report)
        if report.merged:
            found.append(
                match_company(company_id=company_id, entity=entity, now=now, only_new=True)
            )
    return found


def ask_search(*, company_id: int) -> int | None:
    """Ask the worker to look at what is new; its job's number, or None when one is waiting already."""
    return enqueue(TASK, company_id=company_id, once=True)


@company_task(name=TASK)
def run_search_job(*, company_id: int, full: bool = False) -> None:
    """What the worker does when records have come; fresh figures follow when some became one."""
    now = dt.datetime.now(dt.UTC)
    reports = search_duplicates(company_id=company_id, now=now, only_new=not full)
    if any(report.merged for report in reports):
        enqueue("metrics.refresh", company_id=company_id, once=True)


@app.periodic(cron=NIGHTLY)
@app.task(name="matching.search_of_the_night", queueing_lock="matching.search_of_the_night")
def run_nightly(timestamp: int) -> None:
    """Every night all records of every company are compared once: what is rare or common has changed."""
    for company in list_companies():
        enqueue(TASK, company_id=company.id, full=True)
