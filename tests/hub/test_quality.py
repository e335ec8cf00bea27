"""Checks of quality: faults planted in records are found exactly, and nothing else is."""

from __future__ import annotations

import datetime as dt

import pytest
from stdnum import luhn

from palier.database.isolation import company_scope
from palier.hub import quality
from palier.hub.models import Customer, MatchProposal, QualityCount
from palier.hub.operations import write_records
from palier.hub.pins import pin_field
from palier.hub.quality import CheckUnknown
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)
CLEAN = {
    "customer": {
        "kind": "company",
        "name": "Menuiserie Exemple",
        "siren": "732829320",
        "siret": "73282932000074",
        "vat_no": "FR44732829320",
        "email": "bonjour@menuiserie.example",
        "phone": "+33199000029",
        "postcode": "44000",
        "city": "Nantes",
        "country": "FR",
        "stage": "customer",
        "acquisition_channel": "referral",
        "first_won_on": "2026-01-01",
        "churned_on": "2026-01-01",
    },
    "invoice": {
        "customer": ["customer", "clean"],
        "number": "F-1",
        "kind": "invoice",
        "issued_on": "2026-01-01",
        "due_on": "2026-01-01",
        "net_minor": 10000,
        "tax_minor": 2000,
        "gross_minor": 12000,
        "currency": "EUR",
        "status": "paid",
    },
    "deal": {
        "customer": ["customer", "clean"],
        "amount_minor": 100,
        "status": "won",
        "opened_on": "2026-01-01",
        "won_on": "2026-01-01",
        "owner": "Ana",
        "source_channel": "referral",
    },
}
FAULTS = [
    ("customer", "siren", "732829321", "form.siren"),
    ("customer", "siren", "73282932", "form.siren"),
    ("customer", "siret", "73282932000075", "form.siret"),
    ("customer", "siret", "35600000000002", "form.siret"),
    ("customer", "vat_no", "FR45732829320", "form.vat_no"),
    ("customer", "vat_no", "ZZ123", "form.vat_no"),
    ("customer", "email", "bonjour@menuiserie", "form.email"),
    ("customer", "phone", "01 99 00 00 29", "form.phone"),
    ("customer", "churned_on", "2025-12-31", "order.churned_on"),
    ("customer", "siren", None, "empty.siren"),
    ("customer", "city", None, "empty.city"),
    ("invoice", "due_on", "2025-12-31", "order.due_on"),
    ("invoice", "gross_minor", 12001, "sum.gross_minor"),
    ("invoice", "currency", "ZZZ", "form.currency"),
    ("invoice", "due_on", None, "empty.due_on"),
    ("invoice", "customer", ["customer", "never"], "orphan.customer"),
    ("invoice", "customer", None, "empty.customer"),
    ("deal", "won_on", "2025-12-31", "order.won_on"),
]


def customer(number: int, **more: object) -> dict[str, object]:
    """A clean customer whose identifiers are right and its own, so that it is nobody else."""
    stem = f"{40000000 + number}"
    siren = stem + luhn.calc_check_digit(stem)
    stem = f"{siren}0001"
    key = (12 + 3 * (int(siren) % 97)) % 97
    own = {
        "name": f"Client {number}",
        "siren": siren,
        "siret": stem + luhn.calc_check_digit(stem),
        "vat_no": f"FR{key:02}{siren}",
        "email": f"c{number}@client.example",
    }
    return {**CLEAN["customer"], **own, **more}


RIGHT = [
    ("siret", "35600000000048"),
    ("siret", "35600000049837"),
    ("vat_no", "BE0403019261"),
    ("vat_no", "FRK7399859412"),
]


@pytest.fixture
def write(company):
    def act(entity, *records, tool="crm"):
        write_records(
            company_id=company,
            tool=Tool(tool, tool.title(), tool),
            object_name=entity,
            entity=entity,
            records=[Record(id_, fields) for id_, fields in records],
        )

    return act


@pytest.fixture
def count(company):
    def act(*, today=TODAY, late=dt.timedelta()):
        quality.recount(company_id=company, today=today, now=dt.datetime.now(dt.UTC) + late)

    return act


@pytest.fixture
def failing():
    def act(**more):
        rows = QualityCount.objects.filter(failing__gt=0, **more)
        return {(one.entity, one.code, one.tool): one.failing for one in rows}

    return act


@pytest.fixture
def clean(write):
    write("customer", ("clean", CLEAN["customer"]))
    for entity in ("invoice", "deal"):
        write(entity, ("clean", CLEAN[entity]))


class TestRecount:
    def test_finds_nothing_in_clean_records(self, clean, count, failing):
        count()
        assert failing() == {}
        assert QualityCount.objects.filter(entity="customer", code="form.siren").get().total == 1

    @pytest.mark.parametrize(("entity", "field", "value", "code"), FAULTS)
    def test_finds_a_planted_fault_and_no_other(
        self, clean, write, count, failing, entity, field, value, code
    ):
        good = customer(1) if entity == "customer" else CLEAN[entity]
        write(entity, ("bad", {**good, field: value}))
        count()
        assert failing() == {(entity, code, "crm"): 1}

    @pytest.mark.parametrize(("field", "value"), RIGHT)
    def test_lets_right_values_of_an_unusual_form_pass(
        self, clean, write, count, failing, field, value
    ):
        write("customer", ("odd", customer(1, **{field: value})))
        count()
        assert failing() == {}

    def test_asks_no_siren_of_a_person(self, write, count, failing):
        write(
            "customer", ("P", customer(1, kind="individual", siren=None, siret=None, vat_no=None))
        )
        count()
        assert failing() == {}

    def test_counts_a_field_for_the_tool_it_comes_from(self, clean, write, count, failing):
        write("customer", ("B1", customer(1, email="x")), tool="billing")
        write("customer", ("C2", customer(2, email="y")), ("C3", customer(3, email="z")))
        count()
        found = {key: n for key, n in failing().items() if key[1] == "form.email"}
        assert found == {
            ("customer", "form.email", "billing"): 1,
            ("customer", "form.email", "crm"): 2,
        }

    def test_counts_a_value_set_by_hand_for_no_tool(self, company, clean, count, failing):
        pin_field(
            company_id=company,
            entity="customer",
            public_id=Customer.objects.get().public_id,
            field="email",
            value="x",
            person_id=7,
        )
        count()
        assert failing() == {("customer", "form.email", ""): 1}

    def test_says_which_tool_is_silent(self, clean, count, failing):
        count(late=quality.STALE_AFTER + dt.timedelta(hours=1))
        assert failing() == {(e, "silent", "crm"): 1 for e in ("customer", "invoice", "deal")}

    def test_counts_records_of_open_pairs_once(self, company, write, count, failing):
        write("customer", *((str(n), customer(n)) for n in range(4)))
        a, b, c, d = Customer.objects.order_by("pk").values_list("pk", flat=True)
        for pair, status in (((a, b), "open"), ((a, c), "open"), ((c, d), "refused")):
            MatchProposal.objects.create(
                company_id=company, entity="customer", a=pair[0], b=pair[1],
                weight=5, explanation=[], status=status,
            )  # fmt: skip
        count()
        assert failing() == {("customer", "pairs", ""): 3}

    def test_replaces_the_count_of_the_same_day(self, clean, count):
        count()
        once = QualityCount.objects.count()
        count()
        assert QualityCount.objects.count() == once

    def test_counts_nothing_of_another_company(self, company, clean, count):
        with company_scope(company + 1):
            quality.recount(company_id=company + 1, today=TODAY, now=dt.datetime.now(dt.UTC))
            assert not QualityCount.objects.exists()


class TestGetOverview:
    def test_has_nothing_before_the_first_count(self, company):
        assert quality.get_overview(company_id=company) is None

    def test_compares_with_a_week_before_and_puts_the_worst_first(
        self, company, clean, write, count
    ):
        count(today=TODAY - dt.timedelta(days=8))
        count(today=TODAY - dt.timedelta(days=6))
        write("deal", ("bad", {**CLEAN["deal"], "won_on": "2025-12-31"}))
        count()
        found = quality.get_overview(company_id=company)
        assert found.entities[0].entity == "deal"
        tally = found.entities[0].measures["validity"]
        assert (tally.failing, tally.total, tally.before) == (1, 2, 1.0)
        assert tally.share == 0.5


class TestListToMend:
    def test_pages_by_key_and_misses_none(self, company, write):
        write("customer", *((f"C{n}", customer(n, email=f"x{n}")) for n in range(quality.PAGE + 3)))
        first = quality.list_to_mend(company_id=company, entity="customer", code="form.email")
        second = quality.list_to_mend(
            company_id=company, entity="customer", code="form.email", after=first.next
        )
        assert (len(first.rows), len(second.rows), second.next) == (quality.PAGE, 3, None)
        assert len({one.link.id for one in (*first.rows, *second.rows)}) == quality.PAGE + 3

    def test_keeps_to_one_tool_when_it_is_named(self, company, write):
        for n, tool in enumerate(("crm", "billing")):
            write("customer", (tool, customer(n, phone="1", name=tool)), tool=tool)
        page = quality.list_to_mend(
            company_id=company, entity="customer", code="form.phone", tool="billing"
        )
        assert [(one.link.label, one.value, one.tool) for one in page.rows] == [
            ("billing", "1", "billing")
        ]

    @pytest.mark.parametrize("check", quality.CHECKS, ids=lambda one: f"{one.entity}.{one.code}")
    def test_can_be_asked_for_every_check(self, company, check):
        page = quality.list_to_mend(company_id=company, entity=check.entity, code=check.code)
        assert page.rows == ()

    def test_knows_no_other_check(self, company):
        with pytest.raises(CheckUnknown):
            quality.list_to_mend(company_id=company, entity="customer", code="form.nothing")
