"""One customer known twice: merged side by side, seen as one with both tools, separated again."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations
from palier.accounts.models import Person
from palier.database.isolation import company_scope
from palier.hub.models import Customer, MatchProposal
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
REASONS = [
    {"field": "email", "verdict": "equal", "weight": 17.0, "a": "x", "b": "x"},
    {"field": "name", "verdict": "close", "weight": 4.3, "a": "a", "b": "b"},
    {"field": "postcode", "verdict": "different", "weight": -3.2, "a": "1", "b": "2"},
]


@pytest.fixture
def known_twice(db):
    """Two customers, each known to the CRM and to the invoicing as another one, and both pairs proposed."""
    operations.create_person(
        email="claire@brun.example", name="Claire", password="une longue phrase"
    )
    company = operations.create_company(
        name="Atelier Brun", owner_email="claire@brun.example", now=timezone.now()
    ).company
    Person.objects.update(language="en")
    with company_scope(company.id):
        for tool, label, area, names in (
            ("crm", "Contactelle", "4400", ("Boulangerie du Port", "Menuiserie Élan")),
            ("billing", "Facturelle", "4410", ("BOULANGERIE DU PORT SAS", "MENUISERIE ELAN SARL")),
        ):
            write_records(
                company_id=company.id,
                tool=Tool(tool, label, tool),
                object_name="customer",
                entity="customer",
                records=[
                    Record(f"{tool}{n}", {"name": name, "postcode": f"{area}{n}"})
                    for n, name in enumerate(names)
                ],
            )
        ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
        for weight, (a, b) in ((18, (ids[0], ids[2])), (9, (ids[1], ids[3]))):
            MatchProposal.objects.create(
                company_id=company.id, entity="customer", a=a, b=b, weight=weight,
                explanation=REASONS, status="open",
            )  # fmt: skip
    return company


class TestDuplicates:
    def test_merges_and_separates(self, page, site, known_twice, sign_in, complaints, accessible):
        sign_in("claire@brun.example")
        complaints.clear()  # the home page is another part's

        page.goto(site + reverse("duplicates:queue"))
        accessible("queue")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="Boulangerie du Port and")).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/doublons/\d+/"))
        first = page.url
        accessible("pair")

        page.keyboard.press("p")  # later: the next pair, in place
        expect(page.get_by_role("link", name="MENUISERIE ELAN SARL")).to_be_visible()
        page.goto(first)
        with page.expect_request(lambda asked: asked.url.endswith("/decider/")) as asked:
            page.get_by_role("button", name="Merge", exact=True).click()
        assert asked.value.headers.get("hx-request") == "true"
        expect(page.get_by_text("The two records are one.").first).to_be_visible()
        expect(page.get_by_role("link", name="Menuiserie Élan")).to_be_visible()

        page.goto(site + reverse("customers:list"))
        expect(page.get_by_text("3 records")).to_be_visible()
        page.get_by_role("link", name="Boulangerie du Port").click()
        expect(page.get_by_text("Contactelle · crm0")).to_be_visible()
        expect(page.get_by_text("Facturelle · billing0")).to_be_visible()
        expect(page.get_by_text("Merged with another record")).to_be_visible()

        page.goto(site + reverse("duplicates:merges"))
        accessible("merges")
        page.get_by_role("button", name="Separate").click()
        expect(page.get_by_text("The two records are separate again")).to_be_visible()
        page.goto(site + reverse("customers:list"))
        expect(page.get_by_text("4 records")).to_be_visible()
        assert complaints == []
