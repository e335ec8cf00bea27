"""A list as a person works with it: filter, save the view, correct, change many and undo, export, move a deal."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations
from palier.database.isolation import company_scope
from palier.hub.models import Customer, Deal
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
EMAIL = "claire@brun.example"


@pytest.fixture
def founded(db):
    operations.create_person(email=EMAIL, name="Claire", password="une longue phrase")
    company = operations.create_company(
        name="Atelier Brun", owner_email=EMAIL, now=timezone.now()
    ).company
    with company_scope(company.id):
        for entity, records in (
            (
                "customer",
                [
                    Record(str(n), {"name": f"Client {n}", "city": "Nantes" if n < 3 else "Lyon"})
                    for n in range(5)
                ],
            ),
            (
                "deal",
                [
                    Record("A", {"name": "Halle", "status": "open", "stage": "Devis"}),
                    Record("B", {"name": "Quai", "status": "open", "stage": "Accord"}),
                ],
            ),
        ):
            write_records(
                company_id=company.id,
                tool=Tool("crm", "CRM", "crm"),
                object_name=entity,
                entity=entity,
                records=records,
            )
    return company


class TestAList:
    def test_is_filtered_kept_corrected_changed_and_exported(
        self, page, site, founded, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        page.goto(site + reverse("customers:list"))
        accessible("list")
        page.locator("#tool-filter > summary").click()
        page.locator("#filter-field").select_option("city")
        page.locator("[name=value]").fill("nantes")
        page.get_by_role("button", name="Appliquer le filtre").click()
        expect(page.locator("tbody tr")).to_have_count(3)

        page.locator("#tool-views > summary").click()
        page.locator("#view-name").fill("Nantais")
        page.get_by_role("button", name="Enregistrer la vue").click()
        expect(page.get_by_role("link", name="Nantais")).to_have_attribute("aria-current", "page")

        page.locator("tbody tr").first.locator("a").first.focus()
        page.keyboard.press("e")
        page.locator(".correction [name=value]").fill("Client zéro")
        page.locator(".correction").get_by_role("button", name="Enregistrer").click()
        expect(page.locator("tbody tr").first).to_contain_text("Client zéro")

        page.locator("[data-check-all]").check()
        page.get_by_role("button", name="Les fiches cochées").click()
        page.locator("#bulk-field").select_option("owner")
        page.get_by_role("button", name="Continuer").click()
        page.locator("[name=value]").fill("Aline")
        page.get_by_role("button", name="Voir ce qui change").click()
        accessible("preview")
        page.get_by_role("button", name="Modifier ces fiches").click()
        expect(page.locator(".notice")).to_contain_text("3 fiches modifiées.")
        page.locator(".notice").get_by_role("link", name="Annuler").click()
        page.get_by_role("button", name="Annuler cette modification").click()
        with company_scope(founded.id):
            assert not Customer.objects.filter(owner="Aline").exists()

        page.locator("#tool-export > summary").click()
        with page.expect_download() as kept:
            page.get_by_role("link", name="Excel, colonnes affichées").click()
        assert kept.value.suggested_filename.endswith(".xlsx")
        assert complaints == []

    def test_finds_as_one_types(self, page, site, founded, sign_in, complaints):
        sign_in(EMAIL)
        page.goto(site + reverse("customers:list"))
        page.locator("#records-q").press_sequentially("client 4")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page).to_have_url(re.compile("q=client"))
        assert complaints == []


class TestTheBoard:
    def test_moves_a_deal_by_dragging_and_by_its_menu(
        self, page, site, founded, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        page.goto(site + reverse("records:board"))
        accessible("board")
        page.locator("[data-deal]", has_text="Halle").drag_to(
            page.locator("[data-lane='Accord']"), source_position={"x": 6, "y": 6}
        )
        expect(page.locator("[data-lane='Accord'] [data-deal]")).to_have_count(2)
        page.get_by_role("button", name="Annuler").click()
        expect(page.locator("[data-lane='Devis'] [data-deal]")).to_have_count(1)

        card = page.locator("[data-deal]", has_text="Quai")
        card.locator("select").select_option("Devis")
        card.get_by_role("button").click()
        expect(page.locator("[data-lane='Devis'] [data-deal]")).to_have_count(2)
        with company_scope(founded.id):
            assert Deal.objects.get(name="Quai").stage == "Devis"
        assert complaints == []

    def test_and_the_log_are_clear_at_every_width(self, page, site, founded, sign_in, accessible):
        sign_in(EMAIL)
        page.goto(site + reverse("records:feed"))
        accessible("log")
        with company_scope(founded.id):
            number = Deal.objects.get(name="Quai").pk
        page.goto(site + reverse("customers:record", args=["deal", number]))
        accessible("record")
