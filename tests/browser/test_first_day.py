"""The first day of a company, as two people live it: from an invitation to the row behind a figure."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from palier.accounts import operations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
LEADER = "claire@brun.example"
INVITED = "samir@brun.example"
ACCOUNTS = Path(__file__).parents[1] / "data" / "imports" / "crm_sales" / "accounts.csv"
WORTH = "1 234,56"
"""What stands in the file for the sale that is followed down to its row."""


@pytest.fixture
def founded(db):
    operations.create_person(email=LEADER, name="Claire Brun", password="une longue phrase")
    return operations.create_company(
        name="Atelier Brun", owner_email=LEADER, now=timezone.now()
    ).company


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Sales of last month under headers that nobody can guess, for the customers of `ACCOUNTS`."""
    last_month = timezone.localdate().replace(day=1) - dt.timedelta(days=10)
    rows = ["Pièce;Chez qui;Jour;Total hors taxes"]
    rows += [f"V-{n};Verrerie Nord;{last_month:%d/%m/%Y};80,50" for n in range(2, 5)]
    rows += [f"V-1;Ateliers Brume;{last_month:%d/%m/%Y};{WORTH}"]
    path = tmp_path / "ventes_maison.csv"
    path.write_text("\n".join(rows), encoding="cp1252")
    return path


@pytest.fixture
def work() -> None:
    """Do what waits in the queue, as the worker does, in a thread that has an event loop of its own."""

    def act() -> None:
        from procrastinate.contrib.django import app
        from procrastinate.contrib.django.django_connector import DjangoConnector

        def run() -> None:
            with app.replace_connector(DjangoConnector().get_worker_connector()) as running:
                running.run_worker(wait=False, listen_notify=False, install_signal_handlers=False)
            connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    return act


def invited_by_link(page: Page, site: str) -> str:
    """A leader invites somebody, and copies the link."""
    page.goto(site + reverse("accounts:team"))
    page.locator("#invitations").get_by_label("Adresse e-mail").fill(INVITED)
    page.locator("#invitations").get_by_label("Rôle", exact=True).select_option("Responsable")
    page.get_by_role("button", name="Créer l’invitation").click()
    return page.locator("#invitation-link").input_value()


def join(page: Page, link: str) -> None:
    """Somebody follows a link, and chooses a password."""
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Rejoindre Atelier Brun")
    page.get_by_label("Prénom et nom").fill("Samir Okafor")
    page.get_by_label("Mot de passe").fill("une phrase bien à moi")
    page.get_by_role("button", name="Rejoindre").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("vos chiffres seront ici")


def lay_down(page: Page, *files: Path) -> None:
    """Somebody drops exports, and sees what they hold."""
    page.get_by_role("link", name="Importer mes exports").click()
    page.get_by_label("Déposez vos exports ici").set_input_files(files)
    expect(page.locator("[data-chosen] li")).to_have_count(len(files))
    page.get_by_role("button", name="Voir ce qu’ils contiennent").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui sera importé")


def correct(page: Page, name: str) -> None:
    """Somebody says what the columns of a file mean."""
    page.get_by_role("link", name=f"Corriger ({name})").click()
    page.get_by_label("Chaque ligne décrit").select_option("Factures")
    page.get_by_role("button", name="Proposer à nouveau").click()
    expect(page.get_by_label("Chaque ligne décrit")).to_have_value("invoice")
    for column, field in (
        ("Pièce", "Numéro"),
        ("Chez qui", "Client"),
        ("Jour", "Émise le"),
        ("Total hors taxes", "Montant HT"),
    ):
        page.get_by_label(column, exact=True).select_option(field)
    page.get_by_label("Identifiant (Facture)").select_option("Pièce")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").filter(has_text="enregistré")).to_be_visible()


class TestFirstDay:
    def test_leads_from_an_invitation_to_the_row_behind_a_figure(
        self, page, browser, browser_context_args, site, founded, sign_in, overhear, work, sales,
        settings, tmp_path,
    ):  # fmt: skip
        settings.DATA_DIR = tmp_path  # where the analytical file of the figures goes
        complaints = overhear(page)
        sign_in(LEADER)
        link = invited_by_link(page, site)

        theirs = browser.new_context(**browser_context_args).new_page()
        complaints_of_theirs = overhear(theirs)
        join(theirs, link)

        lay_down(theirs, ACCOUNTS, sales)
        known, unknown = (theirs.locator(f"#table-{n}") for n in (0, 1))
        expect(known).to_contain_text("outil reconnu")
        expect(unknown).not_to_contain_text("outil reconnu")
        correct(theirs, sales.name)
        expect(unknown).to_contain_text("corrigé par vous")

        theirs.get_by_role("button", name="Faire un essai à blanc").click()
        expect(theirs.locator("#trial")).to_contain_text("rien n’a été enregistré")
        expect(theirs.locator("#trial")).to_contain_text("6 fiches créées")
        theirs.get_by_role("button", name="Importer 2 tableaux").click()
        expect(theirs.locator("#progress")).to_contain_text("En attente de son tour")
        work()
        expect(theirs.get_by_text("Ce qu’est devenu chaque fichier")).to_be_visible()
        expect(theirs.locator(".notice")).to_contain_text("6 fiches créées")

        theirs.get_by_role("link", name="Tableau de bord").click()
        theirs.get_by_role("table").get_by_role("link", name="Chiffre d’affaires facturé").click()
        expect(theirs.get_by_role("heading", level=1)).to_contain_text("Chiffre d’affaires facturé")
        theirs.locator("#rows").get_by_role("link", name="V-1", exact=True).click()
        expect(theirs.get_by_role("heading", level=1)).to_have_text("Facture V-1")
        theirs.locator("#sources summary").click()
        row = theirs.locator("#sources .definitions > div").filter(has_text="Total hors taxes")
        expect(row).to_contain_text(WORTH)
        expect(row).to_be_visible()

        page.goto(site + "/")  # and the leader sees the same figures
        figure = page.get_by_role("table").get_by_role("link", name="Chiffre d’affaires facturé")
        expect(figure).to_be_visible()
        assert [*complaints, *complaints_of_theirs] == []
