"""Merging and separating records by hand and by rule."""

from __future__ import annotations

import pytest

from palier.hub import linking
from palier.hub.models import (
    Change,
    Customer,
    Event,
    Invoice,
    LinkEvent,
    NeverMatch,
    Redirect,
    SourceRecord,
)
from palier.hub.operations import Tool, write_records
from palier.hub.records import Record

pytestmark = pytest.mark.django_db
PERSON = 7


def write(company, entity, *records, tool="crm", batch=1):
    return write_records(
        company_id=company,
        tool=Tool(tool, kind=tool),
        object_name=entity,
        entity=entity,
        records=records,
        batch_id=batch,
    )


def entity_of(external_id):
    return SourceRecord.objects.get(external_id=external_id).entity_id


@pytest.fixture
def pair(company):
    """A customer of the CRM and the same one in the invoicing, with an invoice and a ticket each."""
    write(company, "customer", Record("C1", {"name": "Atelier Brun", "city": "Lyon"}))
    write(
        company,
        "customer",
        Record("B1", {"name": "ATELIER BRUN SAS", "siren": "552100554"}),
        tool="billing",
    )
    for parent, tool in (("C1", "crm"), ("B1", "billing")):
        write(
            company,
            "invoice",
            Record(f"I-{parent}", {"issued_on": "2026-01-01", "customer": ["customer", parent]}),
            tool=tool,
        )
        write(
            company,
            "event",
            Record(
                f"E-{parent}",
                {
                    "name": "support.ticket",
                    "occurred_at": "2026-01-01T00:00:00+00:00",
                    "customer": ["customer", parent],
                },
            ),
            tool=tool,
        )
    return entity_of("C1"), entity_of("B1")


@pytest.fixture
def merge(company):
    def act(survivor, *others, entity="customer", **more):
        return linking.merge(
            company_id=company,
            entity=entity,
            survivor=survivor,
            others=others,
            person_id=PERSON,
            **more,
        )

    return act


@pytest.fixture
def unmerge(company):
    def act(merged):
        return linking.unmerge(
            company_id=company, link_event_id=merged.event_id, person_id=PERSON
        )

    return act


class TestMerge:
    def test_makes_one_record_of_what_both_tools_say(self, merge, pair):
        a, b = pair
        (merged,) = merge(a, b)

        saved = Customer.objects.get(deleted_at=None)
        assert (saved.pk, saved.name, saved.siren, saved.city) == (
            a,
            "Atelier Brun",
            "552100554",
            "Lyon",
        )
        assert Redirect.objects.get().to_id == a
        event = LinkEvent.objects.get(pk=merged.event_id)
        assert event.record_ids == [SourceRecord.objects.get(external_id="B1").pk]

    def test_takes_the_children_along(self, merge, pair):
        a, b = pair
        merge(a, b)
        assert set(Invoice.objects.values_list("customer_id", flat=True)) == {a}
        assert set(Event.objects.values_list("customer_id", flat=True)) == {a}

    def test_logs_both_and_their_children(self, merge, pair):
        a, b = pair
        before = set(Change.objects.values_list("set_id", flat=True))
        merge(a, b)
        logged = Change.objects.exclude(set_id__in=before).order_by("ord")
        assert [(one.entity, one.op, one.entity_id) for one in logged][:2] == [
            ("customer", "update", a),
            ("customer", "merge", b),
        ]
        assert [(one.entity, one.fields) for one in logged][2:] == [
            ("invoice", ["customer"]),
            ("event", ["customer"]),
        ]


class TestUnmerge:
    def test_gives_everything_back(self, merge, unmerge, pair):
        a, b = pair
        (merged,) = merge(a, b)
        unmerge(merged)

        rows = Customer.objects.filter(deleted_at=None).order_by("pk")
        assert [(row.pk, row.name, row.siren) for row in rows] == [
            (a, "Atelier Brun", None),
            (b, "ATELIER BRUN SAS", "552100554"),
        ]
        assert dict(Invoice.objects.values_list("net_minor", "customer_id")) is not None
        assert sorted(Invoice.objects.values_list("customer_id", flat=True)) == [a, b]
        assert sorted(Event.objects.values_list("customer_id", flat=True)) == [a, b]
        assert not Redirect.objects.exists()
        assert NeverMatch.objects.values_list("a", "b").get() == (a, b)
