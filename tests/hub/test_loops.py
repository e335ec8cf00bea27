"""Two tools that keep overwriting each other are stopped, until a person decides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from palier.hub import loops, ownership
from palier.hub.models import Customer, FieldHold, FieldPin, Source
from palier.hub.operations import write_records
from palier.hub.pins import pin_field
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db

CRM = Tool("crm", "CRM", "crm")
BILLING = Tool("billing", "Facturation", "billing")
SIREN = "552100554"


def write(company: int, tool: Tool, number: str = "1", **fields: str | None) -> None:
    at = fields.pop("at", None)
    write_records(
        company_id=company,
        tool=tool,
        object_name="customer",
        entity="customer",
        records=[
            Record(
                number,
                {"name": f"Atelier {number}", **fields},
                source_updated_at=dt.datetime.fromisoformat(at) if at else None,
            )
        ],
    )


def pair() -> tuple[int, ...]:
    return tuple(Source.objects.order_by("pk").values_list("pk", flat=True))


def no_owner(company: int) -> None:
    """Neither tool is believed more than the other."""
    ownership.set_rule(
        company_id=company, entity="customer", field="city", survival="owner", tools=(),
        person_id=7,
    )  # fmt: skip


@pytest.fixture
def turns(company):
    """Two tools that answer each other, neither being believed more than the other."""
    no_owner(company)

    def act(*numbers: int) -> None:
        for number in numbers:
            write(
                company, (CRM, BILLING)[number % 2], siren=SIREN, city=f"Ville {number}",
                at=f"2026-11-25T09:{number:02}:00+00:00",
            )  # fmt: skip

    return act


class TestHoldLoops:
    def test_holds_the_last_value_once_two_tools_have_taken_turns(self, company, turns):
        turns(*range(6))  # the first creates the customer, the second links to it
        now = timezone.now()
        assert loops.may_loop(company_id=company, now=now)
        assert loops.hold_loops(company_id=company, now=now) == 1
        assert Customer.objects.get().city == "Ville 5"
        turns(*range(6, 14))
        assert Customer.objects.get().city == "Ville 5"
        (hold,) = loops.list_holds(company_id=company)
        assert (hold.field, hold.value, hold.sources) == ("city", "Ville 5", pair())
        assert hold.changes == 5
        assert hold.first_at <= hold.last_at

    def test_holds_nothing_that_one_tool_corrects_again_and_again(self, company):
        no_owner(company)
        write(company, CRM, siren=SIREN, city="Lyon")
        write(company, BILLING, siren=SIREN, city="Paris")
        for number in range(8):
            write(company, CRM, siren=SIREN, city=f"Ville {number}")
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 0

    def test_holds_nothing_before_the_third_turn(self, company, turns):
        turns(*range(4))
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 0

    def test_holds_nothing_that_happened_over_days(self, company, turns):
        turns(*range(6))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE hub_change_set SET at = at - interval '61 minutes'")
        assert not loops.may_loop(company_id=company, now=timezone.now())
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 0

    def test_holds_once(self, company, turns):
        turns(*range(6))
        loops.hold_loops(company_id=company, now=timezone.now())
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 0


class TestSettle:
    def settle(self, company: int, *, release: bool) -> None:
        (hold,) = loops.list_holds(company_id=company)
        loops.settle(
            company_id=company, hold_id=hold.id, release=release, person_id=7, now=timezone.now()
        )

    def test_keeps_the_value_on_a_persons_word(self, company, turns):
        turns(*range(6))
        loops.hold_loops(company_id=company, now=timezone.now())
        self.settle(company, release=False)
        assert FieldPin.objects.get().person_id == 7
        assert loops.list_holds(company_id=company) == ()

    def test_lets_the_tools_speak_again_and_watches_them(self, company, turns):
        turns(*range(6))
        loops.hold_loops(company_id=company, now=timezone.now())
        self.settle(company, release=True)
        assert not FieldPin.objects.exists()
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 0
        with connection.cursor() as cursor:  # some minutes later: all of a test is one transaction
            cursor.execute("UPDATE hub_change_set SET at = at - interval '9 minutes'")
            cursor.execute("UPDATE hub_field_hold SET held_at = held_at - interval '8 minutes'")
        turns(*range(20, 25))
        assert loops.hold_loops(company_id=company, now=timezone.now()) == 1
        assert FieldHold.objects.count() == 2

    def test_is_over_when_a_person_corrects_the_field_elsewhere(self, company, turns):
        turns(*range(6))
        loops.hold_loops(company_id=company, now=timezone.now())
        row = Customer.objects.get()
        pin_field(
            company_id=company, entity="customer", public_id=row.public_id, field="city",
            value="Nice", person_id=7,
        )  # fmt: skip
        assert loops.list_holds(company_id=company) == ()

    def test_knows_no_other_hold(self, company):
        with pytest.raises(loops.HoldUnknown):
            loops.settle(
                company_id=company, hold_id=1, release=True, person_id=7, now=timezone.now()
            )
