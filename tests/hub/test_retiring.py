"""Records that their tool no longer has."""

from __future__ import annotations

import pytest

from palier.hub import feed
from palier.hub.models import (
    Change,
    ChangeSet,
    Customer,
    Deal,
    DealEvent,
    Event,
    LookupKey,
    RecordKey,
    SourceRecord,
    SourceRecordVersion,
)
from palier.hub.operations import UnknownEntity, write_records
from palier.hub.records import Record, Tool
from palier.hub.retiring import delete_records
from palier.hub.undo import undo_records

pytestmark = pytest.mark.django_db

ATELIER = Record("C1", {"name": "Atelier Brumaire", "city": "Lyon", "siren": "552100554"})
TICKET = Record("E1", {"name": "support.ticket", "occurred_at": "2026-01-01T00:00:00+00:00"})


def write(company, entity, *records, tool="crm", batch=1):
    return write_records(
        company_id=company,
        tool=Tool(tool, kind=tool),
        object_name=entity,
        entity=entity,
        records=records,
        batch_id=batch,
    )


def delete(company, entity, *ids, tool="crm", batch=2, **options):
    return delete_records(
        company_id=company,
        tool=Tool(tool, kind=tool),
        object_name=entity,
        entity=entity,
        external_ids=ids,
        origin="connector",
        batch_id=batch,
        **options,
    )


def living():
    return (
        sorted(Customer.objects.filter(deleted_at=None).values_list("id", "name", "city")),
        sorted(Deal.objects.filter(deleted_at=None).values_list("id", "name", "customer_id")),
        sorted(DealEvent.objects.filter(deleted_at=None).values_list("deal_id", "kind")),
        sorted(Event.objects.filter(deleted_at=None).values_list("external_id", "name")),
        sorted(SourceRecord.objects.values_list("external_id", "entity_id", "deleted_at", "keys")),
        sorted(RecordKey.objects.values_list("key", "record_id")),
        sorted(LookupKey.objects.values_list("key", "record_id")),
    )


class TestDeleteRecords:
    def test_deletes_an_entity_of_which_nobody_else_speaks(self, company):
        write(company, "customer", ATELIER)

        report = delete(company, "customer", "C1", "C404")

        assert (report.deleted, report.unknown) == (1, ("C404",))
        assert not Customer.objects.filter(deleted_at=None).exists()
        assert not RecordKey.objects.exists()
        last = feed.read(company_id=company, after=0)[-1]
        assert (last.entity, last.op, last.origin) == ("customer", "delete", "connector")

    def test_keeps_an_entity_that_another_tool_still_knows(self, company):
        write(company, "customer", ATELIER)
        write(
            company,
            "customer",
            Record("B1", {"name": "Brumaire", "siren": "552100554"}),
            tool="billing",
        )
        assert Customer.objects.get().city == "Lyon"

        delete(company, "customer", "C1")

        left = Customer.objects.get(deleted_at=None)
        assert (left.name, left.city) == ("Brumaire", None)

    def test_lets_children_wait_for_the_parent(self, company):
        write(company, "customer", ATELIER)
        write(company, "deal", Record("D1", {"name": "Projet", "customer": ["customer", "C1"]}))
        before = Deal.objects.get().customer_id

        delete(company, "customer", "C1")
        assert Deal.objects.get().customer_id is None

        write(company, "customer", ATELIER, batch=3)
        assert Deal.objects.get().customer_id == before

    def test_takes_the_steps_of_a_deal_with_it(self, company):
        write(company, "deal", Record("D1", {"name": "Projet", "opened_on": "2026-01-05"}))
        assert DealEvent.objects.filter(deleted_at=None).count() == 1

        delete(company, "deal", "D1")

        assert not DealEvent.objects.filter(deleted_at=None).exists()

    def test_deletes_events(self, company):
        write(company, "event", TICKET)

        assert delete(company, "event", "E1").deleted == 1

        assert not Event.objects.filter(deleted_at=None).exists()

    def test_does_nothing_the_second_time(self, company):
        write(company, "customer", ATELIER)
        delete(company, "customer", "C1")
        sets = ChangeSet.objects.count()

        report = delete(company, "customer", "C1", batch=3)

        assert (report.deleted, report.unknown) == (0, ("C1",))
        assert ChangeSet.objects.count() == sets

    def test_knows_nothing_of_an_object_never_seen(self, company):
        assert delete(company, "customer", "C1", "C1").unknown == ("C1",)

    def test_refuses_an_unknown_entity(self, company):
        with pytest.raises(UnknownEntity):
            delete(company, "licorne", "C1")

    def test_lets_a_record_live_again_in_the_same_entity(self, company):
        write(company, "customer", ATELIER)
        before = Customer.objects.get().public_id
        delete(company, "customer", "C1")

        write(company, "customer", ATELIER, batch=3)

        assert Customer.objects.get(deleted_at=None).public_id == before
        assert RecordKey.objects.exists()
        assert Change.objects.filter(entity="customer").order_by("set_id").last().op == "create"

    @pytest.mark.parametrize("entity", ["customer", "deal", "event"])
    def test_can_be_undone(self, company, entity):
        write(company, "customer", ATELIER)
        write(
            company,
            "deal",
            Record(
                "D1", {"name": "Projet", "customer": ["customer", "C1"], "opened_on": "2026-01-05"}
            ),
        )
        write(company, "event", TICKET)
        before = living()
        identifier = {"customer": "C1", "deal": "D1", "event": "E1"}[entity]
        delete(company, entity, identifier)
        assert living() != before

        undo_records(company_id=company, batch_id=2, person_id=None)

        assert living() == before
        assert not SourceRecordVersion.objects.exists()

    def test_leaves_an_event_deleted_when_a_revival_is_undone(self, company):
        write(company, "event", TICKET)
        delete(company, "event", "E1")
        gone = living()
        write(company, "event", TICKET, batch=3)

        undo_records(company_id=company, batch_id=3, person_id=None)

        assert living() == gone
