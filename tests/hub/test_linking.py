"""Merging and separating records by hand and by rule."""

from __future__ import annotations

import pytest

from palier.database.isolation import company_scope
from palier.hub import linking, pins
from palier.hub.models import (
    Change,
    Customer,
    DealEvent,
    Event,
    FieldPin,
    Invoice,
    LinkEvent,
    MatchProposal,
    NeverMatch,
    Redirect,
    SourceRecord,
)
from palier.hub.operations import Tool, write_records
from palier.hub.records import Record
from palier.hub.undo import undo_records

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
        return linking.unmerge(company_id=company, link_event_id=merged.event_id, person_id=PERSON)

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

    def test_leads_in_one_hop_however_many_merges_there_were(self, company, merge, pair):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        merge(a, b)
        merge(entity_of("C9"), a)
        assert set(Redirect.objects.values_list("to_id", flat=True)) == {entity_of("C9")}
        assert Redirect.objects.count() == 2

    def test_takes_several_at_once(self, company, merge, pair):
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        assert len(merge(pair[0], pair[1], entity_of("C9"))) == 2
        assert Customer.objects.filter(deleted_at=None).count() == 1

    @pytest.mark.parametrize("entity", ["event", "deal_event", "invoice_line", "nothing"])
    def test_refuses_what_happened_only_once(self, merge, pair, entity):
        with pytest.raises(linking.NotMergeable):
            merge(*pair, entity=entity)

    def test_refuses_a_record_with_itself(self, merge, pair):
        with pytest.raises(linking.NothingToMerge):
            merge(pair[0], pair[0])

    def test_refuses_what_was_merged_meanwhile(self, company, merge, pair):
        merge(*pair)
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        with pytest.raises(linking.MergedMeanwhile):
            merge(entity_of("C9"), pair[1])

    def test_refuses_what_changed_since_it_was_seen(self, company, merge, pair):
        write(company, "customer", Record("C1", {"name": "Boulangerie"}))
        with pytest.raises(linking.ChangedMeanwhile):
            merge(*pair, versions={pair[0]: 1, pair[1]: 1})
        assert Customer.objects.filter(deleted_at=None).count() == 2

    def test_does_not_find_the_records_of_another_company(self, merge, pair):
        with company_scope(900_002):
            write(900_002, "customer", Record("X1", {"name": "Ailleurs"}))
            other = entity_of("X1")
        with pytest.raises(linking.MergedMeanwhile):
            merge(pair[0], other)

    def test_takes_a_new_record_of_a_merged_tool_into_the_survivor(self, company, merge, pair):
        a, b = pair
        merge(a, b)
        write(
            company,
            "customer",
            Record(
                "B1", {"name": "ATELIER BRUN SAS", "siren": "552100554", "phone": "+33199000001"}
            ),
            tool="billing",
        )
        assert Customer.objects.get(deleted_at=None).phone == "+33199000001"

    def test_keeps_the_corrections_of_both(self, company, merge, unmerge, pair):
        a, b = pair
        pin(company, a, "city", "Lyon 1er")
        pin(company, b, "city", "Villeurbanne")
        pin(company, b, "phone", "+33199000002")
        (merged,) = merge(a, b)
        saved = Customer.objects.get(pk=a)
        assert (saved.city, saved.phone) == ("Lyon 1er", "+33199000002")

        unmerge(merged)
        pins = FieldPin.objects.order_by("pk").values_list("entity_id", "field", "value")
        assert list(pins) == [
            (a, "city", "Lyon 1er"),
            (b, "city", "Villeurbanne"),
            (b, "phone", "+33199000002"),
        ]
        assert Customer.objects.get(pk=a).phone is None

    def test_lets_another_merged_correction_hold_when_the_first_leaves(
        self, company, merge, unmerge, pair
    ):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        pin(company, b, "city", "Villeurbanne")
        pin(company, entity_of("C9"), "city", "Bron")
        c = entity_of("C9")
        (first,) = merge(a, b)
        merge(a, c)
        assert Customer.objects.get(pk=a).city == "Villeurbanne"
        unmerge(first)
        assert Customer.objects.get(pk=a).city == "Bron"

    def test_merges_deals_and_infers_their_steps_again(self, company, merge, unmerge):
        for name, tool in (("D1", "crm"), ("D2", "billing")):
            write(
                company,
                "deal",
                Record(name, {"name": "Projet", "opened_on": "2026-01-01", "won_on": "2026-02-01"}),
                tool=tool,
            )
        a, b = entity_of("D1"), entity_of("D2")
        (merged,) = merge(a, b, entity="deal")
        steps = DealEvent.objects.filter(deleted_at=None)
        assert set(steps.values_list("deal_id", "kind")) == {(a, "created"), (a, "won")}
        unmerge(merged)
        assert steps.count() == 4


def pin(company, entity_id, field, value):
    pins.pin_field(
        company_id=company,
        entity="customer",
        public_id=Customer.objects.get(pk=entity_id).public_id,
        field=field,
        value=value,
        person_id=PERSON,
    )


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
        parents = SourceRecord.objects.filter(entity_id__in=Invoice.objects.values("pk"))
        assert {
            one.external_id: Invoice.objects.get(pk=one.entity_id).customer_id for one in parents
        } == {"I-C1": a, "I-B1": b}
        assert sorted(Event.objects.values_list("customer_id", flat=True)) == [a, b]
        assert not Redirect.objects.exists()
        assert NeverMatch.objects.values_list("a", "b").get() == (a, b)

    def test_leaves_what_came_since_where_it_came(self, company, merge, unmerge, pair):
        a, b = pair
        (merged,) = merge(a, b)
        write(
            company,
            "customer",
            Record("S1", {"name": "Atelier", "siren": "552100554"}),
            tool="shop",
        )
        unmerge(merged)
        assert (entity_of("S1"), entity_of("B1")) == (a, b)

    def test_takes_an_inner_merge_back_before_the_outer_one(self, company, merge, unmerge, pair):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        c = entity_of("C9")
        (inner,) = merge(a, b)
        (outer,) = merge(c, a)
        unmerge(inner)
        assert (entity_of("B1"), entity_of("C1")) == (b, c)
        (again,) = merge(c, b)
        unmerge(outer)
        assert (entity_of("B1"), entity_of("C1")) == (c, a)
        unmerge(again)
        assert (entity_of("B1"), entity_of("C1"), entity_of("C9")) == (b, a, c)

    def test_gives_nothing_back_of_what_an_undone_import_has_taken(
        self, company, merge, unmerge, pair
    ):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}), batch=2)
        c = entity_of("C9")
        (merged,) = merge(a, c)
        undo_records(company_id=company, batch_id=2, person_id=None)
        unmerge(merged)
        live = Customer.objects.filter(deleted_at=None).values_list("pk", flat=True)
        assert set(live) == {a, b}
        assert not Redirect.objects.exists()

    def test_removes_the_survivor_when_nothing_speaks_of_it_any_more(
        self, company, merge, unmerge, pair
    ):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}), batch=2)
        c = entity_of("C9")
        (merged,) = merge(c, a)
        undo_records(company_id=company, batch_id=2, person_id=None)
        assert Customer.objects.get(pk=c).deleted_at is None
        unmerge(merged)
        live = Customer.objects.filter(deleted_at=None).values_list("pk", flat=True)
        assert set(live) == {a, b}
        assert set(Invoice.objects.values_list("customer_id", flat=True)) == {a, b}

    def test_follows_events_that_came_or_changed_while_they_were_one(
        self, company, merge, unmerge, pair
    ):
        a, b = pair
        (merged,) = merge(a, b)
        ticket = {"name": "support.ticket", "occurred_at": "2026-01-01T00:00:00+00:00"}
        for name, parent in (("N1", "B1"), ("N2", "C1")):
            tool = "billing" if parent == "B1" else "crm"
            fields = {**ticket, "customer": ["customer", parent]}
            write(company, "event", Record(name, fields), tool=tool)
        unmerge(merged)
        found = dict(Event.objects.values_list("external_id", "customer_id"))
        assert found == {"E-C1": a, "E-B1": b, "N1": b, "N2": a}

    def test_gives_an_undone_event_its_customer_of_today(self, company, merge, pair):
        a, b = pair
        ticket = {"name": "x", "occurred_at": "2026-01-01T00:00:00+00:00"}
        write(company, "event", Record("E-B1", ticket), tool="billing", batch=2)
        merge(a, b)
        undo_records(company_id=company, batch_id=2, person_id=None)
        assert Event.objects.get(external_id="E-B1").customer_id == a

    def test_refuses_to_do_it_twice(self, merge, unmerge, pair):
        (merged,) = merge(*pair)
        unmerge(merged)
        with pytest.raises(linking.AlreadySeparated):
            unmerge(merged)

    def test_does_not_find_a_merge_of_another_company(self, merge, pair):
        (merged,) = merge(*pair)
        with company_scope(900_002), pytest.raises(linking.MergeUnknown):
            linking.unmerge(company_id=900_002, link_event_id=merged.event_id, person_id=PERSON)


class TestMergePairs:
    @pytest.fixture
    def act(self, company):
        def act(*pairs):
            return linking.merge_pairs(
                company_id=company, entity="customer", pairs=pairs, rule="score"
            )

        return act

    def test_never_chains(self, company, act, pair):
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        c = entity_of("C9")
        report = act(pair, (pair[1], c), (c, 10**12))
        assert (report.merged, report.chained, report.gone) == (1, 1, 1)
        assert LinkEvent.objects.get(kind="merge").rule == "score"
        assert entity_of("C9") == c

    def test_leaves_what_a_person_has_separated(self, act, merge, unmerge, pair):
        (merged,) = merge(*pair)
        unmerge(merged)
        assert act(pair).refused == 1

    def test_leaves_it_also_when_one_has_been_merged_with_a_third(
        self, company, act, merge, unmerge, pair
    ):
        a, b = pair
        write(company, "customer", Record("C9", {"name": "Atelier"}))
        c = entity_of("C9")
        (merged,) = merge(a, b)
        unmerge(merged)
        merge(c, b)
        assert act((a, c)).refused == 1

    def test_settles_the_proposal_it_follows(self, company, act, pair):
        MatchProposal.objects.create(
            company_id=company, entity="customer", a=pair[0], b=pair[1], weight=9,
            explanation=[], status="open", tier="automatic",
        )  # fmt: skip
        act(pair)
        saved = MatchProposal.objects.get()
        assert (saved.status, saved.rule, saved.decided_by) == ("merged", "score", None)
        assert saved.link_event_id == LinkEvent.objects.get(kind="merge").pk


class TestNeverMatch:
    def test_lets_a_key_that_two_separated_records_share_add_to_one_of_them(
        self, company, merge, unmerge, pair
    ):
        a, b = pair
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier Brun", "city": "Lyon", "siren": "552100554"}),
        )
        (merged,) = merge(a, b)
        unmerge(merged)

        write(
            company,
            "customer",
            Record("S1", {"name": "Atelier", "siren": "552100554"}),
            tool="shop",
        )

        assert entity_of("S1") == a
        assert (entity_of("C1"), entity_of("B1")) == (a, b)


class TestWaiting:
    def test_finds_the_parent_that_adds_itself_to_a_known_one_without_changing_it(self, company):
        write(
            company,
            "invoice",
            Record("I1", {"issued_on": "2026-01-01", "customer": ["customer", "B1"]}),
        )
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier", "siren": "552100554"}),
            tool="billing",
        )

        write(company, "customer", Record("B1", {"name": "Atelier", "siren": "552100554"}))

        assert Invoice.objects.get().customer_id == entity_of("C1")
