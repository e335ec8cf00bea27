"""When a bank account says who a customer is."""

from __future__ import annotations

import pytest

from palier.hub.identity import KeyMaker, iban_key
from palier.hub.models import Customer
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

IBAN = "FR76 3000 6000 0112 3456 7890 189"


def sure(**fields: str) -> int:
    """How many keys a customer's record has by its own nature."""
    return KeyMaker(company_id=1, entity="customer").keys({"name": "Atelier", **fields}).sure


class TestIbanKey:
    def test_is_the_account_without_spaces_in_capitals(self):
        assert iban_key("fr76 3000 6000 0112 3456 7890 189") == "FR7630006000011234567890189"

    def test_is_empty_when_too_short(self):
        assert iban_key("FR76 3000") == ""


class TestKeyMaker:
    def test_takes_the_account_of_a_company_that_says_no_number(self):
        assert (sure(iban=IBAN), sure()) == (1, 0)

    @pytest.mark.parametrize(
        "fields",
        [{"siren": "552100554"}, {"vat_no": "DE129273398"}],
    )
    def test_leaves_it_beside_a_surer_number(self, fields):
        assert sure(iban=IBAN, **fields) == 1

    def test_leaves_the_account_that_a_household_may_share(self):
        assert sure(iban=IBAN, kind="individual") == 0


@pytest.mark.django_db
def test_one_account_is_one_company_but_two_sirens_stay_two(company):
    write_records(
        company_id=company,
        tool=Tool("crm", "CRM", "crm"),
        object_name="customer",
        entity="customer",
        records=[
            Record("a", {"name": "Atelier", "iban": IBAN}),
            Record("b", {"name": "ATELIER SARL", "iban": IBAN.lower()}),
            Record("c", {"name": "Groupe", "iban": IBAN, "siren": "552100554"}),
            Record("d", {"name": "Filiale", "iban": IBAN, "siren": "443061841"}),
        ],
    )

    assert Customer.objects.count() == 3
