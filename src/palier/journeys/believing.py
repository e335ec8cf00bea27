"""Whom to believe, chosen again after a rule has changed: a job, since it reads much; then fresh figures."""

from __future__ import annotations

from palier.hub.tools import refold_tool
from palier.jobs.queue import company_task, enqueue


def run_refold_job(*, company_id: int, tool_id: int, person_id: int | None = None) -> None:
    """Fold again what a tool and another speak of. Running it twice changes nothing more."""
    if refold_tool(company_id=company_id, tool_id=tool_id, person_id=person_id):
        enqueue("metrics.refresh", company_id=company_id, once=True)


refold_after_rules = company_task(name="hub.refold_tool")(run_refold_job)
