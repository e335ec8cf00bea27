"""From two files to a customer's page, as a person does it, under the strict policy."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations
from palier.accounts.models import Person
from palier.database.isolation import company_scope
from palier.journeys.load import run_import_job

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
CLIENTS = (
    "Code client;Raison sociale;Ville;Statut;Mail\n"
    "A1;Boulangerie du Port;Nantes;Actif;contact@port.example\n"
    "A2;Menuiserie Élan;Rennes;Prospect;bonjour@elan.example\n"
    "A3;Fleurs & Co;Lille;Archivé;fleurs@co.example\n"
)
INVOICES = (
    "Numéro facture;Client;Date;Montant HT\n"
    + "".join(f"F-{n};Boulangerie du Port;3{n}/12/2025;1 200,0{n}\n" for n in (0, 1))
    + "".join(f"F-{n};Boulangerie du Port;1{n}/11/2025;80,50\n" for n in range(2, 9))
    + "F-9;Boulangerie du Port;pas une date;80,00\n"
)


@pytest.fixture
def founded(db):
    operations.create_person(
        email="claire@brun.example", name="Claire", password="une longue phrase"
    )
    made = operations.create_company(
        name="Atelier Brun", owner_email="claire@brun.example", now=timezone.now()
    )
    Person.objects.update(language="en")
    return made.company


class TestImport:
    def test_goes_from_files_to_a_customers_page(
        self, page, site, founded, sign_in, complaints, accessible, tmp_path
    ):
        (tmp_path / "clients.csv").write_text(CLIENTS, encoding="cp1252")
        (tmp_path / "factures.csv").write_text(INVOICES, encoding="utf-8")
        sign_in("claire@brun.example")
        complaints.clear()  # the home page is another part's

        page.goto(site + reverse("imports:list"))
        accessible("empty list")
        page.get_by_role("link", name="Import files").first.click()
        accessible("new")
        page.set_input_files(
            "[name=exports]", [tmp_path / "clients.csv", tmp_path / "factures.csv"]
        )
        page.get_by_role("button", name="See what they hold").click()
        page.wait_for_url(re.compile(r"/imports/\d+/"))
        batch_id = int(page.url.rstrip("/").split("/")[-1])
        accessible("plan")

        page.get_by_role("link", name="Correct (clients.csv)").click()
        accessible("columns")
        page.get_by_label("Identifier (Customer)").select_option("Code client")
        page.get_by_label("Archivé").select_option("churned")
        page.get_by_label("Ville", exact=True).select_option("customer.segment")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(re.compile(r"#table-0"))

        with page.expect_request(lambda asked: asked.url.endswith("/essai/")) as asked:
            page.get_by_role("button", name="Try without writing").click()
        assert asked.value.headers.get("hx-request") == "true"
        page.get_by_text("Trial: nothing was written").wait_for()
        accessible("trial")

        page.get_by_role("button", name="Import 2 tables").click()
        page.get_by_text("Waiting for its turn").wait_for()
        accessible("progress")
        with company_scope(founded.id):
            run_import_job(company_id=founded.id, batch_id=batch_id)
        page.get_by_text("What became of each file").wait_for()
        accessible("report")
        assert page.get_by_text("“pas une date” is not a date.").is_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the refused rows").first.click()
        assert "pas une date" in download.value.path().read_text(encoding="utf-8-sig")

        page.get_by_role("link", name="Undo this import").click()
        accessible("undo")
        page.get_by_role("link", name="Keep it").click()
        page.goto(site + reverse("imports:list"))
        accessible("list")

        page.goto(site + reverse("customers:list"))
        page.get_by_role("searchbox").fill("nobody")
        page.get_by_text("No record matches “nobody”.").wait_for()
        accessible("no customer")
        page.get_by_role("searchbox").fill("boul")
        expect(page.locator("#records tbody tr")).to_have_count(1)
        accessible("customers")
        page.get_by_role("link", name="Boulangerie du Port").click()
        accessible("customer")
        assert page.get_by_role("heading", level=1).inner_text() == "Boulangerie du Port"
        page.get_by_role("link", name="F-1").click()
        page.locator("#sources summary").click()
        accessible("record")
        page.go_back()

        page.get_by_role("link", name="Correct “Name”").click()
        page.get_by_label("Name", exact=True).fill("Boulangerie du Vieux-Port")
        accessible("correction")
        page.locator("#identity").get_by_role("button", name="Save").click()
        page.get_by_text("Set by Claire").wait_for()
        assert complaints == []
