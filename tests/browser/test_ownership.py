"""Two tools disagree, and a person decides: for one record, then for all."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations
from palier.accounts.models import Person
from palier.database.isolation import company_scope
from palier.hub.models import Customer
from palier.hub.operations import Tool, write_records
from palier.hub.records import Record
from palier.journeys.ownership import run_count, run_refold

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
CITIES = {"Contactelle": ("Lyon", "Brest"), "Facturelle": ("Paris", "Metz")}
SIRENS = ("552100554", "443061841")


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
        for (label, cities), kind in zip(CITIES.items(), ("crm", "billing"), strict=True):
            write_records(
                company_id=made.id,
                tool=Tool(label.lower(), label, kind),
                object_name="customer",
                entity="customer",
                records=[
                    Record(str(n), {"name": f"Menuiserie {n}", "siren": siren, "city": city})
                    for n, (siren, city) in enumerate(zip(SIRENS, cities, strict=True))
                ],
            )
        run_count(company_id=made.id)
    return made


def cities(company) -> list[str]:
    with company_scope(company.id):
        return list(Customer.objects.order_by("name").values_list("city", flat=True))


class TestConflict:
    def test_is_decided_for_one_record_then_for_all(
        self, page, site, company, sign_in, complaints, accessible
    ):
        sign_in("claire@brun.example")
        complaints.clear()  # the home page is another part's
        page.goto(site + reverse("ownership:list"))
        expect(
            page.get_by_role("row", name="Ville").get_by_text("Facturelle → Contactelle")
        ).to_be_visible()
        accessible("rules")
        page.get_by_role("link", name="Voir les désaccords").click()
        accessible("conflicts")
        page.get_by_role("link", name="Ville").click()
        accessible("records")
        assert cities(company) == ["Paris", "Metz"]

        page.get_by_role("button", name="Retenir cette valeur (Menuiserie 0, Lyon)").click()
        expect(page.get_by_text("La valeur est retenue, à votre nom.")).to_be_visible()
        expect(page.get_by_role("row", name="Menuiserie 0")).to_have_count(0)
        assert cities(company) == ["Lyon", "Metz"]

        page.get_by_role("button", name="Toujours croire Contactelle").click()
        expect(page.get_by_text("La règle est enregistrée.")).to_be_visible()
        with company_scope(company.id):
            run_refold(company_id=company.id, entity="customer", person_id=None)
            run_count(company_id=company.id)
        assert cities(company) == ["Lyon", "Brest"]
        expect(page.get_by_role("heading", name="Tranchés par une de vos règles")).to_be_visible(
            timeout=8_000
        )

        page.goto(site + reverse("ownership:rule", args=["customer", "city"]))
        page.get_by_label("Fait foi d’abord").select_option("facturelle")
        page.get_by_role("button", name="Voir ce qui changerait").click()
        expect(page.get_by_text("1 fiche changerait.")).to_be_visible()
        accessible("rule")
        page.get_by_role("button", name="Revenir à l’ordre par défaut").click()
        expect(page.get_by_text("La règle est enregistrée.")).to_be_visible()
        assert complaints == []
