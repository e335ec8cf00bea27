"""Deciding proposed pairs, and measuring a rule on what persons decided."""

from __future__ import annotations

import datetime as dt

import pytest

from palier.hub import linking, proposals
from palier.hub.models import Customer, LinkEvent, MatchProposal, NeverMatch
from palier.hub.operations import Tool, write_records
from palier.hub.queries import (
    count_open,
    find_next,
    get_agreement,
    list_merges,
    list_patterns,
    list_proposals,
)
from palier.hub.records import Record
from palier.hub.undo import undo_records

pytestmark = pytest.mark.django_db
PERSON = 7
NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def customers(company) -> list[int]:
    """Eight customers, the oldest first."""
    write_records(
        company_id=company,
        tool=Tool("crm", kind="crm"),
        object_name="customer",
        entity="customer",
        records=[Record(f"C{n}", {"name": f"Client {n}"}) for n in range(8)],
        batch_id=1,
    )
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def propose(company):
    def act(a, b, *, verdict="equal", weight=5, tier="review"):
        return MatchProposal.objects.create(
            company_id=company,
            entity="customer",
            a=a,
            b=b,
            weight=weight,
            explanation=[
                {"field": "prior", "verdict": "", "weight": -12, "a": None, "b": None},
                {"field": "name", "verdict": verdict, "weight": 17, "a": "x", "b": "y"},
            ],
            status="open",
            tier=tier,
        ).pk

    return act


@pytest.fixture
def accept(company):
    def act(proposal_id, **more):
        return proposals.accept(
            company_id=company, proposal_id=proposal_id, person_id=PERSON, **more
        )

    return act


@pytest.fixture
def refuse(company):
    def act(proposal_id):
        proposals.refuse(company_id=company, proposal_id=proposal_id, person_id=PERSON, now=NOW)

    return act


class TestAccept:
    def test_settles_the_pair(self, accept, customers, propose):
        proposal = propose(*customers[:2])
        merged = accept(proposal)
        saved = MatchProposal.objects.get(pk=proposal)
        assert (saved.status, saved.decided_by, saved.link_event_id) == (
            "merged",
            PERSON,
            merged.event_id,
        )
        assert merged.survivor_id == customers[0]

    def test_does_not_overrule_the_refusal_of_somebody_else(
        self, accept, refuse, customers, propose
    ):
        proposal = propose(*customers[:2])
        refuse(proposal)
        with pytest.raises(proposals.PairSettled):
            accept(proposal)
        assert not LinkEvent.objects.filter(kind="merge").exists()

    def test_speaks_for_the_survivor_of_a_record_merged_since(
        self, company, accept, customers, propose
    ):
        a, b, c = customers[:3]
        proposal = propose(a, b)
        linking.merge(
            company_id=company, entity="customer", survivor=c, others=[b], person_id=PERSON
        )
        (shown,) = list_proposals(company_id=company)
        assert (shown.a.id, shown.b.id) == (a, c)
        accept(proposal)
        assert Customer.objects.filter(deleted_at=None).count() == len(customers) - 2

    def test_leaves_no_pair_of_records_that_are_one(self, company, customers, propose):
        a, b, c = customers[:3]
        propose(a, b)
        for other in (a, b):
            linking.merge(
                company_id=company, entity="customer", survivor=c, others=[other], person_id=PERSON
            )
        assert count_open(company_id=company) == 0
        assert MatchProposal.objects.get().status == "merged"


class TestRefuse:
    def test_holds_when_a_separation_follows(self, company, accept, refuse, customers, propose):
        proposal = propose(*customers[:2])
        merged = accept(proposal)
        linking.unmerge(company_id=company, link_event_id=merged.event_id, person_id=PERSON)
        assert MatchProposal.objects.get().status == "refused"
        assert NeverMatch.objects.count() == 1
        with pytest.raises(proposals.PairSettled):
            refuse(proposal)


class TestQueue:
    def test_groups_pairs_by_what_their_fields_say(self, company, customers, propose):
        propose(customers[0], customers[1])
        propose(customers[2], customers[3])
        propose(customers[4], customers[5], verdict="close")
        groups = list_patterns(company_id=company)
        assert [(one.key, one.count) for one in groups] == [("name:equal", 2), ("name:close", 1)]

    def test_goes_round_from_the_last_to_the_first(self, company, customers, propose):
        first = propose(customers[0], customers[1], weight=9)
        last = propose(customers[2], customers[3], weight=1)
        assert find_next(company_id=company) == first
        assert find_next(company_id=company, after=first) == last
        assert find_next(company_id=company, after=last) == first

    def test_leaves_out_a_pair_whose_record_is_gone(self, company, customers, propose):
        propose(*customers[:2])
        undo_records(company_id=company, batch_id=1, person_id=None)
        assert count_open(company_id=company) == 0
        assert list_patterns(company_id=company) == ()
        assert find_next(company_id=company) is None

    def test_has_no_next_for_the_only_pair(self, company, customers, propose):
        assert find_next(company_id=company, after=propose(*customers[:2])) is None


class TestAgreement:
    def test_counts_what_persons_decided_and_what_the_rule_did(
        self, company, accept, refuse, customers, propose
    ):
        linking.merge_pairs(
            company_id=company,
            entity="customer",
            pairs=[tuple(customers[0:2]), tuple(customers[2:4])],
            rule="score",
        )
        right, wrong = (one.event_id for one in list_merges(company_id=company))
        proposals.confirm(company_id=company, link_event_id=right, person_id=PERSON, now=NOW)
        linking.unmerge(company_id=company, link_event_id=wrong, person_id=PERSON)
        accept(propose(*customers[4:6], tier="automatic"))
        refuse(propose(*customers[6:8]))

        found = get_agreement(company_id=company)

        assert (found.confirmed, found.separated, found.reviewed) == (1, 1, 2)
        assert (found.by_hand, found.by_hand_sure, found.refused) == (1, 1, 1)
        assert (found.found, found.same) == (2, 2)

    def test_does_not_count_what_nobody_looked_at(self, company, customers):
        linking.merge_pairs(
            company_id=company, entity="customer", pairs=[tuple(customers[0:2])], rule="score"
        )
        found = get_agreement(company_id=company)
        assert (found.reviewed, found.same) == (0, 0)
