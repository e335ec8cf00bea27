"""The same import by keyboard alone, without script, and when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from palier.accounts import operations
from palier.database.isolation import company_scope
from palier.hub.models import ImportBatch
from palier.jobs.queue import enqueue
from palier.journeys.load import run_import_job

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
EMAIL = "claire@brun.example"
CLIENTS = (
    "Code client;Raison sociale;Ville;Statut\n"
    "A1;Boulangerie du Port;Nantes;Actif\n"
    "A2;Fleurs & Co;Lille;Archivé\n"
)
MOST_TABS = 120
"""Presses of Tab after which something counts as out of reach."""


@pytest.fixture
def founded(db):
    operations.create_person(email=EMAIL, name="Claire", password="une longue phrase")
    return operations.create_company(
        name="Atelier Brun", owner_email=EMAIL, now=timezone.now()
    ).company


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.csv"
    path.write_text(CLIENTS, encoding="cp1252")
    return path


@pytest.fixture
def done(founded) -> Callable[[Page], None]:
    """Run the import whose page is open."""

    def act(page: Page) -> None:
        batch_id = int(page.url.rstrip("/").split("/")[-1])
        with company_scope(founded.id):
            run_import_job(company_id=founded.id, batch_id=batch_id)

    return act


def reach(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus, and can be seen to have it."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        said = page.evaluate(
            """() => { const e = document.activeElement; const label = e.labels?.[0] ??
            document.getElementById(e.getAttribute("aria-labelledby"));
            return (e.getAttribute("aria-label") ?? (label ?? e).textContent).replace(/\\s+/g, " ").trim() }"""
        )
        if said.startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


def press(page: Page, name: str) -> None:
    reach(page, name)
    page.keyboard.press("Enter")


class TestByKeyboard:
    def test_leads_from_files_to_the_report_and_back(
        self, page, site, founded, sign_in, complaints, clients, done, tmp_path
    ):
        unwanted = tmp_path / "autre.csv"
        unwanted.write_text("a;b\n1;2\n", encoding="utf-8")
        # Listening from the start: the browser learns only an instant later that it is to tell.
        page.on("filechooser", lambda chooser: chooser.set_files([clients, unwanted]))
        sign_in(EMAIL)
        page.goto(site + reverse("imports:list"))
        page.keyboard.press("n")
        expect(page.get_by_role("heading", level=1)).to_have_text("Importer des fichiers")
        reach(page, "Déposez vos exports ici")
        page.keyboard.press("Enter")
        expect(page.locator("[data-chosen] li")).to_have_count(2)
        press(page, "Retirer autre.csv")
        expect(page.locator("[data-chosen] li")).to_have_count(1)
        expect(page.get_by_role("button", name="Retirer clients.csv")).to_be_focused()
        press(page, "Voir ce qu’ils contiennent")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui sera importé")

        press(page, "Corriger (clients.csv)")
        expect(page.get_by_role("heading", level=1)).to_have_text("Colonnes de clients.csv")
        reach(page, "Ville")
        page.keyboard.type("Segment")
        reach(page, "Archivé")
        page.keyboard.type("Ancien")
        press(page, "Enregistrer")
        expect(page.locator("#table-0")).to_contain_text("Client\u00a0: Segment")

        page.locator("body").focus()
        press(page, "Faire un essai à blanc")
        expect(page.locator("#trial")).to_contain_text("2 fiches créées")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#progress")).to_be_visible()
        done(page)
        expect(page.get_by_text("Ce qu’est devenu chaque fichier")).to_be_visible()
        press(page, "Annuler cet import")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Annuler cet import")
        press(page, "Annuler cet import")
        expect(page.get_by_text("L’import est annulé")).to_be_visible()
        assert complaints == []


class TestWithoutScript:
    def test_does_everything(self, browser, browser_context_args, site, founded, sign_in, page,
                             clients, done):  # fmt: skip
        sign_in(EMAIL)
        context = browser.new_context(**browser_context_args, java_script_enabled=False)
        context.add_cookies(page.context.cookies())
        plain = context.new_page()
        plain.goto(site + reverse("imports:new"))
        plain.set_input_files("[name=exports]", clients)
        plain.get_by_role("button", name="Voir ce qu’ils contiennent").click()
        plain.get_by_role("link", name="Corriger (clients.csv)").click()
        plain.get_by_label("Archivé").select_option("Ancien client")
        plain.get_by_role("button", name="Enregistrer").click()
        plain.get_by_role("button", name="Faire un essai à blanc").click()
        expect(plain.locator("#trial")).to_contain_text("2 fiches créées")
        plain.get_by_role("button", name="Importer 1 tableau").click()
        expect(plain.locator("#progress")).to_be_visible()
        done(plain)
        plain.reload()
        expect(plain.get_by_text("Ce qu’est devenu chaque fichier")).to_be_visible()

        plain.get_by_role("link", name="Voir les clients").click()
        plain.get_by_role("searchbox").fill("boul")
        plain.get_by_role("button", name="Rechercher", exact=True).click()
        plain.get_by_role("link", name="Boulangerie du Port").click()
        plain.get_by_role("link", name="Corriger «\u202fVille\u202f»").click()
        plain.get_by_label("Ville", exact=False).fill("Rezé")
        plain.locator("#identity").get_by_role("button", name="Enregistrer").first.click()
        expect(plain.locator("#champ-city")).to_contain_text("Rezé")
        context.close()


class TestGoneWrong:
    def test_is_said_clearly_at_every_width(
        self, page, site, founded, sign_in, complaints, accessible, tmp_path
    ):
        (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
        sign_in(EMAIL)
        page.goto(site + reverse("imports:new"))
        page.set_input_files("[name=exports]", tmp_path / "photo.csv")
        accessible("a file chosen")
        page.get_by_role("button", name="Voir ce qu’ils contiennent").click()
        expect(page.get_by_text("mais une image")).to_be_visible()
        accessible("a file that cannot be read")

        batch_id = int(page.url.rstrip("/").split("/")[-1])
        with company_scope(founded.id):
            ImportBatch.objects.filter(pk=batch_id).update(
                status="failed", failure={"code": "import.no_space", "message": "", "details": {}}
            )
            job_id = enqueue("imports.run", company_id=founded.id, batch_id=batch_id)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [job_id]
            )
        page.goto(site + reverse("imports:list"))
        page.get_by_role("link", name="Voir pourquoi").click()
        accessible("tasks")
        page.get_by_role("link", name="Import de fichiers").click()
        expect(page.get_by_text("plus de place sur le disque")).to_be_visible()
        accessible("an import that failed")
        assert complaints == []
