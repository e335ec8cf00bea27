"""Whom to believe, at work: rules that reach what is there, counts of conflicts, loops that are stopped."""

from __future__ import annotations

import datetime as dt

from palier.hub import conflicts, loops, ownership
from palier.jobs.queue import company_task, enqueue

REFOLD = "hub.refold"
COUNT = "hub.count_conflicts"
WATCH = "hub.hold_loops"


def ask_refold(*, company_id: int, entity: str, person_id: int | None) -> None:
    """Ask for a changed rule to reach the records that are there."""
    enqueue(REFOLD, company_id=company_id, entity=entity, person_id=person_id)


def ask_count(*, company_id: int) -> None:
    """Ask for the conflicts to be counted anew."""
    enqueue(COUNT, company_id=company_id, once=True)


def ask_watch(*, company_id: int, now: dt.datetime) -> None:
    """Ask for loops to be looked for, when there may be one."""
    if loops.may_loop(company_id=company_id, now=now):
        enqueue(WATCH, company_id=company_id, once=True)


@company_task(name=REFOLD)
def run_refold(*, company_id: int, entity: str, person_id: int | None) -> None:
    """Fold the records of an entity again, then ask for what follows."""
    if ownership.refold(company_id=company_id, entity=entity, person_id=person_id):
        enqueue("metrics.refresh", company_id=company_id, once=True)
    ask_count(company_id=company_id)


@company_task(name=COUNT)
def run_count(*, company_id: int) -> None:
    """Count the conflicts anew."""
    conflicts.count_all(company_id=company_id, now=dt.datetime.now(dt.UTC))


@company_task(name=WATCH)
def run_watch(*, company_id: int) -> None:
    """Hold the fields on which two tools take turns."""
    loops.hold_loops(company_id=company_id, now=dt.datetime.now(dt.UTC))
