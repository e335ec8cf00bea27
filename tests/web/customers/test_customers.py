"""Pages of customers and of records: what they show, to whom, and corrections by hand."""

from __future__ import annotations

import re
import uuid

import pytest
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.models import Customer, FieldPin, Invoice
from palier.hub.records import Record
from palier.web.records.shown import text_of
from palier.wording import labels

HTMX = {"HX-Request": "true"}


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


def section(page, id_):
    """The section of that id as it stands in a page, without the token that changes at each answer."""
    found = re.search(rf'<section[^>]*id="{id_}".*?</section>', page, re.DOTALL)
    assert found, id_
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", found.group())


@pytest.fixture
def atelier(workshop):
    workshop.write(
        "customer",
        Record(
            "C1",
            {
                "name": "Épicerie du Port",
                "city": "Nantes",
                "siren": "552100554",
                "stage": "customer",
            },
            {"Ville": "Nantes"},
        ),
        batch=None,
    )
    workshop.write(
        "customer",
        Record("F9", {"name": "EPICERIE SAS", "city": "Rezé", "siren": "552100554"}),
        tool="billing",
    )
    workshop.write(
        "invoice",
        *(
            Record(
                str(n),
                {
                    "customer": ["customer", "C1"],
                    "number": f"F-{n:02d}",
                    "issued_on": f"2026-01-{n:02d}",
                    "gross_minor": 120_00,
                },
                {"N°": f"F-{n:02d}"},
            )
            for n in range(1, 13)
        ),
    )
    with workshop.scope():
        return Customer.objects.get().public_id


class TestCustomer:
    def test_tells_where_each_value_comes_from_and_what_others_say(self, workshop, atelier):
        page = text(workshop.browse(Role.READER).get(reverse("customers:show", args=[atelier])))
        assert "Billing" in page
        assert "What 2 sources say" in page
        assert "Nantes" in page
        assert "Rezé" in page
        assert "552\u202f100\u202f554" in page

    def test_offers_no_correction_to_those_who_may_not(self, workshop, atelier):
        page = text(workshop.browse(Role.READER).get(reverse("customers:show", args=[atelier])))
        assert "corriger=" not in page
        assert "Keep this value" not in page
        assert "Keep this value" in text(
            workshop.browse(Role.MANAGER).get(reverse("customers:show", args=[atelier]))
        )

    def test_shows_the_first_invoices_then_all_of_them(self, workshop, atelier):
        client = workshop.browse()
        few = text(client.get(reverse("customers:show", args=[atelier])))
        whole = text(client.get(reverse("customers:show", args=[atelier]) + "?tout=invoices"))
        assert ("F-12" in few, "F-01" in few, "Show all 12 rows" in few) == (True, False, True)
        assert ("F-01" in whole, "Show all 12 rows" in whole) == (True, False)

    def test_does_not_show_that_of_another_company(self, open_workshop, atelier):
        other = open_workshop("Verger Vert").browse()
        assert other.get(reverse("customers:show", args=[atelier])).status_code == 404
        assert other.get(reverse("customers:show", args=[uuid.uuid4()])).status_code == 404


class TestCorrect:
    def act(self, client, public_id, field="city", value="Saint-Nazaire", **options):
        return client.post(
            reverse("customers:correct", args=[public_id, field]), {"value": value}, **options
        )

    def test_sets_the_field_and_says_who_did(self, workshop, atelier):
        client = workshop.browse(Role.MANAGER)
        answer = self.act(client, atelier)
        assert answer["Location"] == reverse("customers:show", args=[atelier])
        page = text(client.get(answer["Location"]))
        assert "Saint-Nazaire" in page
        assert "Set by Manager" in page
        assert "Corrected by hand" in page

    def test_swaps_the_section_that_a_fresh_page_shows(self, workshop, atelier):
        client = workshop.browse(Role.MANAGER)
        swapped = self.act(client, atelier, headers=HTMX)
        fresh = client.get(reverse("customers:show", args=[atelier])).content.decode()
        assert section(swapped.content.decode(), "identity") == section(fresh, "identity")
        assert "palier:announce" in swapped["HX-Trigger"]

    def test_opens_the_form_in_place_with_or_without_htmx(self, workshop, atelier):
        client = workshop.browse(Role.MANAGER)
        url = reverse("customers:show", args=[atelier]) + "?corriger=city"
        swapped = client.get(url, headers=HTMX).content.decode()
        assert 'name="value" value="Rezé"' in swapped
        assert section(swapped, "identity") == section(client.get(url).content.decode(), "identity")

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("siren", "123456789", "check digit"),
            ("email", "rien", "e-mail address"),
            ("name", "", "required"),
            ("first_won_on", "hier", "valid date"),
            ("stage", "ami", "valid choice"),
        ],
    )
    def test_refuses_with_a_reason_what_does_not_suit(
        self, workshop, atelier, field, value, reason
    ):
        for headers in ({}, HTMX):
            answer = self.act(workshop.browse(Role.MANAGER), atelier, field, value, headers=headers)
            assert answer.status_code == 422
            assert reason in text(answer)
            assert 'aria-invalid="true"' in text(answer)
        with workshop.scope():
            assert not FieldPin.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value", "kept"),
        [
            ("phone", "02 40 00 00 01", "+33240000001"),
            ("siren", "732 829 320", "732829320"),
            ("first_won_on", "2024-03-01", "2024-03-01"),
            ("stage", "churned", "churned"),
            ("city", "", None),
        ],
    )
    def test_reads_as_imports_read(self, workshop, atelier, field, value, kept):
        assert self.act(workshop.browse(Role.MANAGER), atelier, field, value).status_code == 302
        with workshop.scope():
            assert FieldPin.objects.get().value == kept

    def test_is_closed_to_members_and_readers_and_to_other_companies(
        self, workshop, atelier, open_workshop
    ):
        assert self.act(workshop.browse(Role.MEMBER), atelier).status_code == 403
        assert self.act(workshop.browse(Role.READER), atelier).status_code == 403
        assert self.act(open_workshop("Verger Vert").browse(), atelier).status_code == 404
        assert self.act(workshop.browse(), atelier, "prov").status_code == 409

    def test_can_be_given_back_to_the_sources(self, workshop, atelier):
        client = workshop.browse(Role.MANAGER)
        self.act(client, atelier)
        assert "Give back to its sources" in text(
            client.get(reverse("customers:show", args=[atelier]) + "?corriger=city")
        )
        swapped = client.post(reverse("customers:release", args=[atelier, "city"]), headers=HTMX)
        assert "Rezé" in text(swapped)
        assert "Saint-Nazaire" not in text(swapped)


class TestValues:
    def test_name_an_event_by_its_title(self):
        said = text_of("event", "name", "text", "support.ticket_solved", currency="EUR")
        assert said == labels.event("support.ticket_solved") != "support.ticket_solved"


class TestRecord:
    def url(self, workshop, entity="invoice"):
        with workshop.scope():
            return reverse(
                "customers:record", args=[entity, Invoice.objects.order_by("number").first().pk]
            )

    def test_shows_the_row_as_it_came_and_the_way_to_its_customer(self, workshop, atelier):
        page = text(workshop.browse(Role.READER).get(self.url(workshop)))
        assert "Invoice F-01" in page
        assert "<dt>N°</dt><dd>F-01</dd>" in page
        assert reverse("customers:show", args=[atelier]) in page

    def test_leads_to_the_page_of_a_customer(self, workshop, atelier):
        with workshop.scope():
            number = Customer.objects.get().pk
        answer = workshop.browse().get(reverse("customers:record", args=["customer", number]))
        assert answer["Location"] == reverse("customers:show", args=[atelier])

    def test_finds_nothing_that_is_not_there_or_not_ours(self, workshop, atelier, open_workshop):
        assert (
            workshop.browse().get(reverse("customers:record", args=["invoice", 1])).status_code
            == 404
        )
        assert (
            workshop.browse().get(reverse("customers:record", args=["nonsense", 1])).status_code
            == 404
        )
        assert open_workshop("Verger Vert").browse().get(self.url(workshop)).status_code == 404
