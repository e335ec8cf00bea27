"""A webhook's life as a leader sees it: opened, delivering, failing, given up, sent again."""

from __future__ import annotations

import contextlib
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from receivers import Receiver, receiving, status

from palier.accounts import operations
from palier.accounts.models import Person
from palier.database.isolation import company_scope
from palier.hub.models import Customer, WebhookEndpoint, WebhookMessage
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.webhooks import schedule
from palier.journeys.webhooks import run_delivery, run_dispatch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
    with receiving() as made:
        yield made


@pytest.fixture
def company(db):
    operations.create_person(
        email="claire@brun.example", name="Claire", password="une longue phrase"
    )
    made = operations.create_company(
        name="Atelier Brun", owner_email="claire@brun.example", now=timezone.now()
    ).company
    Person.objects.update(language="fr")
    with company_scope(made.id):
        write_records(
            company_id=made.id, tool=Tool("crm", "CRM", "crm"), object_name="customer",
            entity="customer", records=[Record("C1", {"name": "Menuiserie Élan", "city": "Rennes"})],
        )  # fmt: skip
    return made


def work(company, *, until: str = "") -> None:
    """What the worker does when it hears of a change, in a thread as the worker has it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_work, company, until).result()


def _work(company, until: str) -> None:
    with contextlib.closing(connection), company_scope(company.id):
        run_dispatch(company_id=company.id)
        endpoint = WebhookEndpoint.objects.get()
        run_delivery(company_id=company.id, endpoint_id=endpoint.pk)
        while until and not WebhookMessage.objects.filter(state=until).exists():
            WebhookMessage.objects.filter(state="pending").update(next_attempt_at=timezone.now())
            WebhookEndpoint.objects.update(paused_until=None)
            run_delivery(company_id=company.id, endpoint_id=endpoint.pk)


class TestWebhook:
    def test_goes_from_its_first_delivery_to_a_dead_letter_and_back(
        self, page, site, company, sign_in, complaints, accessible, receiver: Receiver
    ):
        sign_in("claire@brun.example")
        complaints.clear()  # the home page is another part's
        page.goto(site + reverse("webhooks:list"))
        accessible("empty list")
        page.get_by_role("link", name="Envoyer les changements").click()
        page.get_by_label("Adresse qui reçoit").fill(receiver.url)
        page.get_by_label("À quoi il sert").fill("Notre site")
        page.get_by_role("checkbox", name="Clients", exact=True).check()
        accessible("form")
        page.get_by_role("button", name="Commencer les envois").click()
        expect(page.get_by_label("Secret", exact=True)).to_have_value(re.compile("whsec_.+"))
        accessible("secret")
        page.get_by_role("link", name="Je l’ai copié").click()

        with company_scope(company.id):
            customer = Customer.objects.get()
        page.goto(site + reverse("customers:show", args=[customer.public_id]) + "?corriger=city")
        page.locator("[name=value]").fill("Brest")
        page.get_by_role("button", name="Enregistrer").first.click()
        expect(page.get_by_text("Brest").first).to_be_visible()
        work(company)
        change = json.loads(receiver.received[0][1])["data"]["changes"][0]
        assert (change["id"], change["changed"]) == (str(customer.public_id), ["city"])

        page.goto(site + reverse("webhooks:list"))
        page.get_by_role("link", name="Notre site").click()
        expect(page.get_by_role("row", name=re.compile("Remis.*Réponse 200"))).to_be_visible()
        accessible("endpoint")

        receiver.will(status(500, "en panne"))
        with company_scope(company.id):
            write_records(
                company_id=company.id, tool=Tool("crm"), object_name="customer",
                entity="customer", records=[Record("C2", {"name": "Fleurs du Nord"})],
            )  # fmt: skip
        work(company, until="dead")
        assert len(receiver.received) == 1 + schedule.MAX_ATTEMPTS
        page.reload()
        expect(page.get_by_text("Les envois échouent depuis")).to_be_visible()
        page.get_by_role("link", name=re.compile("Abandonné")).click()
        page.get_by_role("link", name="Changements").click()
        expect(page.get_by_text("en panne").first).to_be_visible()
        accessible("dead letter")

        receiver.will(status(200))
        page.get_by_role("button", name="Renvoyer ce message").click()
        expect(page.get_by_text("1 message va être renvoyé.")).to_be_visible()
        work(company)
        expect(page.get_by_role("row", name=re.compile("Remis"))).to_have_count(2, timeout=8_000)
        assert len(set(receiver.ids)) == 2
        assert receiver.ids[1] == receiver.ids[-1]
        assert complaints == []
