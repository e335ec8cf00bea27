"""Webhooks at work: from a committed change to the receiver, and from a tool's message to the hub.

The worker hears of each change as it is committed (`hear`); what it may have missed, a chore finds
every minute in our own tables, which are the only memory (docs/adr/0014, 0019).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from palier.accounts.permissions import Role
from palier.accounts.queries import get_company, language_of, list_companies, list_members
from palier.database.isolation import company_scope
from palier.hub.webhooks import delivering, dispatch, inbound, keeping, queries
from palier.jobs.queue import DELIVERIES, company_task, enqueue
from palier.journeys.ownership import ask_watch

DISPATCH = "webhooks.dispatch"
DELIVER = "webhooks.deliver"
PROCESS = "webhooks.process"
TELL = "webhooks.tell_disabled"
SOON = dt.timedelta(minutes=1)
"""A next attempt closer than this is asked for by itself; the chore of each minute finds the others [ours]."""


def hear(*, company_id: int) -> None:
    """Something of this company was changed: ask for its messages, when anybody is told of them, and look for loops."""
    with company_scope(company_id):
        ask_watch(company_id=company_id, now=_now())
        if dispatch.has_endpoints(company_id=company_id):
            ask_dispatch(company_id=company_id)


def hear_all(said: Iterable[str]) -> None:
    """The same for what the database says of several companies: their numbers, as text."""
    for company_id in said:
        hear(company_id=int(company_id))


def ask_dispatch(*, company_id: int) -> None:
    """Ask for the messages of what the feed holds."""
    enqueue(DISPATCH, company_id=company_id, once=True, alone=f"webhooks:{company_id}")


def ask_delivery(*, company_id: int, endpoint_id: int) -> None:
    """Ask for what waits in an endpoint's queue to be sent."""
    enqueue(
        DELIVER,
        company_id=company_id,
        once=True,
        alone=f"webhook:{endpoint_id}",
        endpoint_id=endpoint_id,
    )


def ask_processing(*, company_id: int) -> None:
    """Ask for what tools have told to be brought into the hub."""
    enqueue(PROCESS, company_id=company_id, once=True)


def ask_what_is_due(*, company_id: int, now: dt.datetime) -> None:
    """Ask for everything of one company that should be under way, whoever forgot it."""
    if dispatch.is_behind(company_id=company_id):
        ask_dispatch(company_id=company_id)
    for endpoint_id in dispatch.list_due(company_id=company_id, now=now):
        ask_delivery(company_id=company_id, endpoint_id=endpoint_id)
    if queries.list_untold(company_id=company_id):
        enqueue(TELL, company_id=company_id, once=True)
    if inbound.is_waiting(company_id=company_id):
        ask_processing(company_id=company_id)


@company_task(name=DISPATCH, queue=DELIVERIES)
def run_dispatch(*, company_id: int) -> None:
    """Make messages of what changed, then ask for their sending."""
    now = _now()
    dispatch.dispatch(company_id=company_id, now=now)
    for endpoint_id in dispatch.list_due(company_id=company_id, now=now):
        ask_delivery(company_id=company_id, endpoint_id=endpoint_id)


@company_task(name=DELIVER, queue=DELIVERIES)
def run_delivery(*, company_id: int, endpoint_id: int) -> None:
    """Send what is due to one endpoint; then what follows: the next attempt, more of the feed, a mail."""
    run = delivering.deliver(company_id=company_id, endpoint_id=endpoint_id, clock=_now)
    if run.disabled:
        enqueue(TELL, company_id=company_id, once=True)
    if run.next_due is not None and run.next_due <= _now():
        ask_delivery(company_id=company_id, endpoint_id=endpoint_id)
    elif run.next_due is not None and run.next_due <= _now() + SOON:
        enqueue(
            DELIVER,
            company_id=company_id,
            alone=f"webhook:{endpoint_id}",
            at=run.next_due,
            endpoint_id=endpoint_id,
        )
    elif run.sent and dispatch.is_behind(company_id=company_id):
        ask_dispatch(company_id=company_id)


@company_task(name=PROCESS)
def run_processing(*, company_id: int) -> None:
    """Bring what tools have told into the hub, then ask for fresh figures."""
    if inbound.process_waiting(company=get_company(company_id=company_id), now=_now()):
        enqueue("metrics.refresh", company_id=company_id, once=True)


@company_task(name=TELL)
def tell_disabled(*, company_id: int) -> None:
    """Write to the leaders of a company about each endpoint that was disabled without them, once."""
    company = get_company(company_id=company_id)
    leaders = [one for one in list_members(company=company) if one.role is Role.LEADER]
    for endpoint in queries.list_untold(company_id=company_id):
        for leader in leaders:
            with translation.override(language_of(person_id=leader.person_id)):
                _disabled_mail(endpoint, company.name, leader.email).send()
        keeping.mark_told(company_id=company_id, public_id=endpoint.public_id, now=_now())


def _disabled_mail(endpoint: queries.EndpointInfo, company: str, email: str) -> EmailMessage:
    why = (
        _("Its server answers that the address is gone for good (410).")
        if endpoint.disabled_reason == "gone"
        else _("For five days, every message sent to it has failed.")
    )
    lines = [
        _("Palier no longer sends the changes of %(company)s to this webhook:")
        % {"company": company},
        f"    {endpoint.description or endpoint.url}\n    {endpoint.url}",
        why,
        _("Nothing is lost: once it is enabled again, every change is sent from where it stopped."),
        settings.BASE_URL + reverse("webhooks:endpoint", args=[endpoint.public_id]),
    ]
    return EmailMessage(
        _("Webhook disabled: %(name)s") % {"name": endpoint.description or endpoint.url},
        "\n\n".join(lines) + "\n",
        to=[email],
    )


@app.periodic(cron="* * * * *")
@app.task(name="webhooks.what_is_due", queueing_lock="webhooks.what_is_due", queue=DELIVERIES)
def run_what_is_due(timestamp: int) -> None:
    """Every minute: whatever should be under way and is not."""
    now = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    for company in list_companies():
        with company_scope(company.id):
            ask_what_is_due(company_id=company.id, now=now)


@app.periodic(cron="50 3 * * *")
@app.task(name="webhooks.forget_old", queueing_lock="webhooks.forget_old")
def forget_old(timestamp: int) -> None:
    """Every night: messages nobody needs any more."""
    now = dt.datetime.fromtimestamp(timestamp, dt.UTC)
    for company in list_companies():
        with company_scope(company.id):
            keeping.forget_old(company_id=company.id, now=now)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
