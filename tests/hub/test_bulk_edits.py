"""One value for many records at once: set by set, and taken back exactly."""

from __future__ import annotations

import time
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from palier.hub.models import BulkEdit, ChangeSet, Customer, Deal, FieldPin
from palier.hub.operations import write_records
from palier.hub.pins import (
    BulkEditUndone,
    BulkEditUnknown,
    FieldNotPinnable,
    PinInvalid,
    PinNeeded,
    TooManyAtOnce,
    pin_field,
    pin_many,
    preview_many,
    unpin_many,
)
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db
CRM = Tool("crm", kind="crm")


def write(company, *records, entity="customer"):
    write_records(
        company_id=company, tool=CRM, object_name=entity, entity=entity, records=list(records)
    )


@pytest.fixture
def four(company):
    write(
        company,
        *(
            Record(str(n), {"name": f"Client {n}", "owner": "Aline" if n == 1 else "Bob"})
            for n in range(1, 5)
        ),
    )
    return dict(Customer.objects.order_by("pk").values_list("name", "pk"))


def pin(company, ids, **options):
    options = {"entity": "customer", "field": "owner", "value": "Aline", "person_id": 7} | options
    return pin_many(company_id=company, ids=list(ids), **options)


def owners():
    return list(Customer.objects.order_by("pk").values_list("owner", flat=True))


class TestPreviewMany:
    def test_tells_what_would_change_and_changes_nothing(self, company, four):
        found = preview_many(
            company_id=company,
            entity="customer",
            ids=[*four.values(), 10**9],
            field="owner",
            value="Aline",
        )
        assert (found.changed, found.same, found.refused) == (3, 1, 1)
        assert owners() == ["Aline", "Bob", "Bob", "Bob"]


class TestPinMany:
    def test_sets_all_by_one_change_set_and_counts(self, company, four):
        sets = ChangeSet.objects.count()
        done = pin(company, [*four.values(), 10**9])
        assert (done.changed, done.same, done.refused) == (3, 1, 1)
        assert owners() == ["Aline"] * 4
        last = ChangeSet.objects.order_by("-sealed").first()
        assert (ChangeSet.objects.count(), last.rows, last.origin, last.person_id) == (
            sets + 1,
            3,
            "pin",
            7,
        )

    def test_beats_the_next_import(self, company, four):
        pin(company, four.values())
        write(company, Record("2", {"name": "Client 2", "owner": "Chloé"}))
        assert owners() == ["Aline"] * 4

    def test_counts_deals_and_not_the_steps_that_follow(self, company):
        write(company, Record("D", {"name": "Vente", "won_on": "2026-01-02"}), entity="deal")
        done = pin(
            company,
            Deal.objects.values_list("pk", flat=True),
            entity="deal",
            field="won_on",
            value="2026-02-03",
        )
        assert (done.changed, done.same) == (1, 0)

    @pytest.mark.parametrize(
        ("options", "refusal"),
        [
            ({"field": "nonsense"}, FieldNotPinnable),
            ({"field": "stage", "value": "ami"}, PinInvalid),
            ({"field": "name", "value": ""}, PinNeeded),
            ({"entity": "deal", "field": "customer", "value": "x"}, FieldNotPinnable),
        ],
    )
    def test_refuses_what_does_not_suit(self, company, four, options, refusal):
        with pytest.raises(refusal):
            pin(company, four.values(), **options)
        assert not FieldPin.objects.exists()

    def test_refuses_more_than_it_takes(self, company):
        with pytest.raises(TooManyAtOnce):
            pin(company, range(10_001))

    def test_asks_as_often_for_many_as_for_few(self, company, four):
        pin(company, four.values())
        counts = []
        for ids in ([four["Client 1"]], list(four.values())):
            with CaptureQueriesContext(connection) as asked:
                pin(company, ids, field="city", value=str(uuid.uuid4()))
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_takes_ten_thousand_in_seconds(self, company):
        write(company, *(Record(str(n), {"name": f"Client {n}"}) for n in range(10_000)))
        ids = list(Customer.objects.values_list("pk", flat=True))
        started = time.monotonic()
        done = pin(company, ids)
        undone = unpin_many(company_id=company, edit_id=done.edit_id, person_id=7)
        assert (done.changed, undone.restored) == (10_000, 10_000)
        assert time.monotonic() - started < 15  # a loop over the records would take minutes


class TestUnpinMany:
    def act(self, company, edit_id):
        return unpin_many(company_id=company, edit_id=edit_id, person_id=8)

    def test_restores_earlier_pins_and_lets_sources_speak_elsewhere(self, company, four):
        second = Customer.objects.get(pk=four["Client 2"])
        pin_field(
            company_id=company,
            entity="customer",
            public_id=second.public_id,
            field="owner",
            value="Denis",
            person_id=5,
        )
        before = FieldPin.objects.values("entity_id", "value", "person_id", "at").get()
        done = pin(company, four.values())
        undone = self.act(company, done.edit_id)

        assert (undone.restored, undone.kept) == (4, 0)
        assert owners() == ["Aline", "Denis", "Bob", "Bob"]
        assert FieldPin.objects.values("entity_id", "value", "person_id", "at").get() == before

    def test_keeps_what_somebody_set_since(self, company, four):
        done = pin(company, four.values())
        third = Customer.objects.get(pk=four["Client 3"])
        pin_field(
            company_id=company,
            entity="customer",
            public_id=third.public_id,
            field="owner",
            value="Élise",
            person_id=9,
        )
        undone = self.act(company, done.edit_id)
        assert (undone.restored, undone.kept) == (3, 1)
        assert owners() == ["Aline", "Bob", "Élise", "Bob"]

    def test_happens_once(self, company, four):
        done = pin(company, four.values())
        self.act(company, done.edit_id)
        with pytest.raises(BulkEditUndone):
            self.act(company, done.edit_id)
        assert BulkEdit.objects.get().undone_by == 8

    def test_knows_no_other_edit(self, company):
        with pytest.raises(BulkEditUnknown):
            self.act(company, 1)
