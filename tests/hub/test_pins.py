"""Values set by hand beat every source, through the same fold, and can be taken back."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from palier.hub.models import Change, ChangeSet, Customer, Deal, DealEvent, FieldPin
from palier.hub.operations import WRITE_LOCK, AnotherWriteRunning, write_records
from palier.hub.pins import FieldNotPinnable, PinInvalid, PinNeeded, can_pin, pin_field, unpin_field
from palier.hub.queries import RecordUnknown
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db


def write(company, entity, *records, tool="crm"):
    return write_records(
        company_id=company,
        tool=Tool(tool, kind=tool),
        object_name=entity,
        entity=entity,
        records=records,
    )


@pytest.fixture
def atelier(company):
    write(
        company, "customer", Record("C1", {"name": "Atelier", "city": "Lyon", "siren": "552100554"})
    )
    return Customer.objects.get().public_id


def pin(company, public_id, **options):
    options = {"entity": "customer", "field": "city", "value": "Nantes", **options}
    return pin_field(company_id=company, public_id=public_id, person_id=7, **options)


class TestPinField:
    def test_wins_over_every_source_and_every_later_import(self, company, atelier):
        assert pin(company, atelier) == 1
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier", "city": "Brest", "siren": "552100554"}),
        )
        write(
            company,
            "customer",
            Record("F1", {"city": "Nice", "name": "Atelier", "siren": "552100554"}),
            tool="billing",
        )

        row = Customer.objects.get()
        assert (row.city, row.prov["city"]) == ("Nantes", "pin:7")
        assert row.name == "Atelier"

    def test_logs_one_change_with_its_author(self, company, atelier):
        pin(company, atelier)
        change = Change.objects.order_by("-set_id").first()
        done = ChangeSet.objects.get(pk=change.set_id)
        assert (change.op, change.fields, done.origin, done.person_id) == (
            "update",
            ["city"],
            "pin",
            7,
        )

    def test_changes_nothing_when_the_value_is_already_there(self, company, atelier):
        assert pin(company, atelier, value="Lyon") == 0
        assert Customer.objects.get().version == 1
        assert Customer.objects.get().prov["city"] == "pin:7"

    def test_may_empty_a_field_but_not_one_that_is_needed(self, company, atelier):
        pin(company, atelier, value="")
        assert Customer.objects.get().city is None
        with pytest.raises(PinNeeded):
            pin(company, atelier, field="name", value=None)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("stage", "friend"),
            ("first_won_on", "31/12/2025"),
            ("city", 12),
            ("city", "a\x00b"),
            ("city", "x" * 10_001),
        ],
    )
    def test_refuses_a_value_of_another_type(self, company, atelier, field, value):
        with pytest.raises(PinInvalid):
            pin(company, atelier, field=field, value=value)
        assert not FieldPin.objects.exists()

    @pytest.mark.parametrize(
        ("entity", "field"),
        [
            ("contact", "customer"),
            ("recurring_line", "amount_minor"),
            ("event", "name"),
            ("customer", "prov"),
            ("x", "y"),
        ],
    )
    def test_refuses_fields_that_are_not_corrected_by_hand(self, company, atelier, entity, field):
        assert not can_pin(entity=entity, field=field)
        with pytest.raises(FieldNotPinnable):
            pin(company, atelier, entity=entity, field=field)

    def test_refuses_an_unknown_record(self, company):
        with pytest.raises(RecordUnknown):
            pin(company, uuid.uuid4())

    def test_keeps_the_steps_of_a_deal_in_line(self, company):
        write(company, "deal", Record("D1", {"name": "Projet", "opened_on": "2026-01-01"}))
        pin(
            company, Deal.objects.get().public_id, entity="deal", field="won_on", value="2026-02-01"
        )
        assert set(DealEvent.objects.filter(deleted_at=None).values_list("kind", flat=True)) == {
            "created",
            "won",
        }

    @pytest.mark.django_db(transaction=True)
    def test_does_not_wait_for_a_running_import(self, company, atelier, owner_connection):
        owner_connection.execute("SELECT pg_advisory_lock(%s, %s)", [WRITE_LOCK, company])
        with pytest.raises(AnotherWriteRunning):
            pin(company, atelier)
        owner_connection.execute("SELECT pg_advisory_unlock_all()")


class TestUnpinField:
    def test_lets_the_sources_speak_again(self, company, atelier):
        pin(company, atelier)
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier", "city": "Brest", "siren": "552100554"}),
        )

        assert (
            unpin_field(
                company_id=company, entity="customer", public_id=atelier, field="city", person_id=7
            )
            == 1
        )

        assert Customer.objects.get().city == "Brest"
        assert not FieldPin.objects.exists()

    def test_leaves_the_connection_as_it_found_it(self, company, atelier):
        pin(company, atelier)
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_seqscan")
            assert cursor.fetchone() == ("on",)
