"""Webhooks at work: what the worker does, and who is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django.django_connector import DjangoConnector
from receivers import receiving, status

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.cli import worker
from palier.database.isolation import company_scope
from palier.hub.models import WebhookEndpoint, WebhookMessage
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.webhooks import endpoints
from palier.jobs.queue import app
from palier.journeys import webhooks


@pytest.fixture
def company(db):
    for name in ("claire", "paul"):
        operations.create_person(
            email=f"{name}@brun.example", name=name, password="une longue phrase"
        )
    founded = operations.create_company(
        name="Atelier Brun", owner_email="claire@brun.example", now=timezone.now()
    )
    with company_scope(founded.company.id):
        operations.add_member(
            company=founded.company,
            person_id=Person.objects.get(email="paul@brun.example").pk,
            role=Role.MANAGER,
            now=timezone.now(),
        )
        yield founded.company


def tell(company, url: str = "https://hooks.example/palier") -> WebhookEndpoint:
    endpoints.create_endpoint(
        company_id=company.id, url=url, description="Notre site", entities=(), ops=(),
        person_id=None,
    )  # fmt: skip
    return WebhookEndpoint.objects.get()


def write(company, name: str) -> None:
    write_records(
        company_id=company.id, tool=Tool("crm"), object_name="customer", entity="customer",
        records=[Record("C1", {"name": name})],
    )  # fmt: skip


def asked(task: str) -> list[dict]:
    return [json.loads(str(job.task_kwargs)) for job in app.job_manager.list_jobs(task=task)]


@pytest.mark.django_db
class TestHear:
    def test_asks_for_messages_once_when_somebody_is_told(self, company):
        tell(company)
        webhooks.hear_all([str(company.id)] * 2)
        assert asked("webhooks.dispatch") == [{"company_id": company.id}]

    def test_asks_for_nothing_when_nobody_is(self, company):
        webhooks.hear(company_id=company.id)
        assert asked("webhooks.dispatch") == []


@pytest.mark.django_db
class TestWhatIsDue:
    def test_is_asked_for_again_whoever_forgot_it(self, company):
        endpoint = tell(company)
        write(company, "Un")
        webhooks.ask_what_is_due(company_id=company.id, now=timezone.now())
        assert asked("webhooks.dispatch") == [{"company_id": company.id}]
        webhooks.run_dispatch(company_id=company.id)
        assert asked("webhooks.deliver") == [{"company_id": company.id, "endpoint_id": endpoint.pk}]

    def test_is_nothing_when_all_is_told(self, company):
        tell(company)
        webhooks.ask_what_is_due(company_id=company.id, now=timezone.now())
        assert app.job_manager.list_jobs() == []


@pytest.mark.django_db
class TestTellDisabled:
    def test_writes_to_the_leaders_once_in_their_language(self, company):
        endpoint = tell(company)
        WebhookEndpoint.objects.update(
            state="disabled", disabled_reason="failing", disabled_at=timezone.now()
        )
        for _ in range(2):
            webhooks.ask_what_is_due(company_id=company.id, now=timezone.now())
            webhooks.tell_disabled(company_id=company.id)
        (message,) = mail.outbox
        assert message.to == ["claire@brun.example"]
        assert message.subject == "Webhook désactivé\u00a0: Notre site"
        assert "Depuis cinq jours" in message.body
        assert f"/webhooks/{endpoint.public_id}/" in message.body

    def test_does_not_write_about_what_a_person_disabled(self, company):
        endpoint = tell(company)
        endpoints.disable_endpoint(
            company_id=company.id, public_id=endpoint.public_id, now=timezone.now()
        )
        webhooks.tell_disabled(company_id=company.id)
        assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
class TestWorker:
    @pytest.fixture
    def running(self):
        """The worker as `palier worker` runs it, in a thread."""
        app.perform_import_paths()
        loops: list[asyncio.AbstractEventLoop] = []
        tasks: list[asyncio.Task] = []

        async def work() -> None:
            loops.append(asyncio.get_running_loop())
            tasks.append(asyncio.current_task())
            await worker._work(app)

        def run() -> None:
            connector = DjangoConnector().get_worker_connector()
            with app.replace_connector(connector), contextlib.suppress(asyncio.CancelledError):
                asyncio.run(work())

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 10
        while not tasks and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)  # until it listens
        yield
        loops[0].call_soon_threadsafe(tasks[0].cancel)
        thread.join(20)
        assert not thread.is_alive()

    @pytest.mark.slow
    def test_delivers_a_change_within_two_seconds_beside_receivers_that_hang(
        self, company, running, monkeypatch
    ):
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
        with receiving() as good, receiving() as bad:
            bad.will(lambda request: bad.released.wait(20) and status(200)(request))
            for _ in range(3):
                endpoints.create_endpoint(
                    company_id=company.id, url=bad.url, description="", entities=(), ops=(),
                    person_id=None,
                )  # fmt: skip
            endpoints.create_endpoint(
                company_id=company.id, url=good.url, description="", entities=(), ops=(),
                person_id=None,
            )  # fmt: skip
            took = []
            for name in ("Un", "Deux", "Trois"):
                started = time.monotonic()
                seen = len(good.received)
                write(company, name)
                while len(good.received) == seen and time.monotonic() - started < 10:
                    time.sleep(0.02)
                took.append(time.monotonic() - started)
            bad.released.set()
        assert max(took) < 2, took
        assert WebhookMessage.objects.filter(state="delivered").count() >= 3
