"""A token's life as its maker sees it: made, used by a programme, revoked; and the pages around it."""

from __future__ import annotations

import http.client
import re

import pytest
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


@pytest.fixture
def founded(db):
    operations.create_person(email=LEADER, name="Claire Brun", password="une longue phrase")
    return operations.create_company(
        name="Atelier Brun", owner_email=LEADER, now=timezone.now()
    ).company


def _call(site: str, path: str, secret: str) -> int:
    """What the API answers to a programme that has this token."""
    connection = http.client.HTTPConnection(site.removeprefix("http://"), timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_token_is_made_used_and_revoked(
    page: Page, founded, site, sign_in, complaints, accessible
):
    sign_in(LEADER)
    page.goto(site + reverse("tools:list"))
    page.get_by_role("link", name="Connecter un outil").first.click()
    page.get_by_label("Nom du jeton").fill("Boutique en ligne")
    page.get_by_label("Nom du nouvel outil").fill("boutique")
    page.get_by_label("Lire les fiches").check()
    page.get_by_role("button", name="Créer le jeton").click()
    expect(page.locator("#token-secret")).to_be_in_viewport()
    secret = page.locator("#token-secret").input_value()
    assert re.fullmatch(r"plr_[\w-]{40,}", secret)
    expect(page.locator("#command-token")).to_contain_text(secret)
    page.locator("#tokens").get_by_role("button", name="Copier").first.click()
    expect(page.locator("[data-live]")).to_have_text("Le jeton est copié.")
    accessible("a token just made")
    expect(page.get_by_role("row", name="Boutique en ligne")).to_contain_text("jamais utilisé")

    assert _call(site, "/api/v1/customers?limit=5", secret) == 200

    page.reload()
    assert secret not in page.content()
    expect(page.get_by_role("row", name="Boutique en ligne")).to_contain_text("vu à l’instant")
    page.get_by_role("button", name="Révoquer Boutique en ligne").click()
    page.get_by_role("button", name="Révoquer le jeton").click()
    expect(page.get_by_role("row", name="Boutique en ligne")).to_contain_text("Révoqué")
    assert _call(site, "/api/v1/customers?limit=5", secret) == 401
    refused = [heard for heard in complaints if "401" not in heard]
    assert refused == []


def test_pages_of_tools_and_of_the_api_are_accessible(
    page: Page, founded, site, sign_in, complaints, accessible
):
    page.goto(site + reverse("api:docs"))
    accessible("the reference, signed out")
    sign_in(LEADER)
    page.goto(site + reverse("tools:fields"))
    page.get_by_label("Comment vous l’appelez").fill("Millésime")
    page.get_by_label("Nom dans les fichiers").fill("millesime")
    page.get_by_role("button", name="Déclarer le champ").click()
    expect(page.get_by_role("row", name="Millésime")).to_be_visible()
    accessible("fields")
    page.goto(site + reverse("tools:list"))
    accessible("tools")
    page.goto(site + reverse("api:docs-of", args=["deals"]))
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    accessible("the reference of deals")
    assert complaints == []
