"""Undoing an import as one batch."""

from __future__ import annotations

import pytest

from palier.hub.models import (
    Change,
    Customer,
    Deal,
    DealEvent,
    Event,
    LookupKey,
    RecordKey,
    SourceRecord,
    SourceRecordVersion,
)
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records

pytestmark = pytest.mark.django_db


def write(company, entity, *records, tool="crm", batch=1):
    return write_records(
        company_id=company,
        tool=Tool(tool, kind=tool),
        object_name=entity,
        entity=entity,
        records=records,
        batch_id=batch,
    )


def state():
    """Everything that must be as before, without versions and stamps."""
    return (
        sorted(Customer.objects.filter(deleted_at=None).values_list("id", "name", "city", "siren")),
        list(
            Customer.objects.filter(deleted_at=None).order_by("id").values_list("prov", flat=True)
        ),
        sorted(SourceRecord.objects.values_list("external_id", "entity_id", "hash", "batch_id")),
        sorted(RecordKey.objects.values_list("key", "record_id")),
        sorted(LookupKey.objects.values_list("key", "record_id")),
        sorted(Deal.objects.filter(deleted_at=None).values_list("id", "name", "customer_id")),
        sorted(DealEvent.objects.filter(deleted_at=None).values_list("deal_id", "kind")),
        sorted(
            Event.objects.filter(deleted_at=None).values_list("external_id", "name", "customer_id")
        ),
    )


ATELIER = Record("C1", {"name": "Atelier", "city": "Lyon", "siren": "552100554"})


class TestUndoRecords:
    def test_removes_what_the_batch_created(self, company):
        empty = state()
        write(company, "customer", ATELIER)
        write(
            company,
            "deal",
            Record(
                "D1", {"name": "Projet", "customer": ["customer", "C1"], "opened_on": "2026-01-01"}
            ),
        )
        write(
            company,
            "event",
            Record("E1", {"name": "support.ticket", "occurred_at": "2026-01-01T00:00:00+00:00"}),
            tool="support",
        )

        undo_records(company_id=company, batch_id=1, person_id=None)

        assert state() == empty
        assert Change.objects.filter(op="delete").count() == 4

    def test_restores_what_the_batch_changed(self, company):
        write(company, "customer", ATELIER)
        before = state()
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier renommé", "city": "Paris", "siren": "552100554"}),
            batch=2,
        )
        write(
            company,
            "customer",
            Record("B1", {"name": "X", "city": "Nice", "siren": "552100554"}),
            tool="billing",
            batch=2,
        )
        assert Customer.objects.get().city == "Nice"

        undo_records(company_id=company, batch_id=2, person_id=None)

        assert state() == before
        assert not SourceRecordVersion.objects.exists()

    def test_restores_the_keys_that_others_refer_by(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier", "domain": "atelier.example"}))
        ticket = {"name": "support.ticket", "occurred_at": "2026-01-01T00:00:00+00:00"}
        write(
            company,
            "event",
            Record("E1", {**ticket, "customer": ["@domain", "atelier.example"]}),
            tool="support",
            batch=2,
        )
        before = state()
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier", "domain": "autre.example"}),
            batch=3,
        )
        assert state() != before

        undo_records(company_id=company, batch_id=3, person_id=None)

        assert state() == before

    def test_keeps_what_a_later_import_said(self, company):
        write(company, "customer", ATELIER)
        write(company, "customer", Record("C1", {"name": "Deux", "siren": "552100554"}), batch=2)
        write(company, "customer", Record("C1", {"name": "Trois", "siren": "552100554"}), batch=3)
        after = state()

        undo_records(company_id=company, batch_id=2, person_id=None)
        assert state() == after

        undo_records(company_id=company, batch_id=3, person_id=None)
        assert Customer.objects.get().name == "Atelier"

    def test_lets_children_wait_for_their_parent_again(self, company):
        write(company, "deal", Record("D1", {"name": "Projet", "customer": ["customer", "C1"]}))
        write(company, "customer", ATELIER, batch=2)
        assert Deal.objects.get().customer_id is not None

        undo_records(company_id=company, batch_id=2, person_id=None)
        assert Deal.objects.get().customer_id is None

        write(company, "customer", ATELIER, batch=3)
        assert Deal.objects.get().customer_id == Customer.objects.get(deleted_at=None).id

    def test_restores_an_event_that_the_batch_changed(self, company):
        ticket = {
            "name": "support.ticket",
            "occurred_at": "2026-01-01T00:00:00+00:00",
            "props": {"status": "open"},
        }
        write(company, "event", Record("E1", ticket), tool="support")
        before = Event.objects.values("name", "props", "hash").get()
        write(
            company,
            "event",
            Record("E1", {**ticket, "props": {"status": "closed"}}),
            tool="support",
            batch=2,
        )

        undo_records(company_id=company, batch_id=2, person_id=None)

        assert Event.objects.values("name", "props", "hash").get() == before

    def test_changes_nothing_when_the_batch_wrote_nothing(self, company):
        write(company, "customer", ATELIER)

        assert undo_records(company_id=company, batch_id=99, person_id=None) == 0
