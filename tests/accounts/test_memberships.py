from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from palier.accounts import memberships, operations, queries
from palier.accounts.models import Membership
from palier.accounts.permissions import GRANTED, READING, Permission, Role, may

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)


class TestEndMembership:
    def test_keeps_the_person_and_the_history(self, leader, hire):
        marc = hire("marc@brun.example")
        operations.end_membership(author=leader, public_id=marc.public_id, now=LATER)

        row = Membership.objects.get(pk=marc.membership_id)
        assert (row.ended_at, row.ended_by_id) == (LATER, leader.person_id)
        assert [member.email for member in queries.list_members(company=leader.company)] == [
            leader.email
        ]
        assert queries.find_person(email="marc@brun.example") is not None

    def test_never_ends_the_last_leader(self, leader, hire):
        hire("marc@brun.example", Role.MANAGER)

        with pytest.raises(memberships.LastLeader):
            operations.end_membership(author=leader, public_id=leader.public_id, now=LATER)

    def test_lets_a_leader_go_when_another_stays(self, leader, hire):
        other = hire("marc@brun.example", Role.LEADER)
        operations.end_membership(author=other, public_id=leader.public_id, now=LATER)

        with pytest.raises(memberships.LastLeader):
            operations.end_membership(author=other, public_id=other.public_id, now=LATER)

    def test_lets_somebody_come_back(self, leader, hire):
        marc = hire("marc@brun.example")
        operations.end_membership(author=leader, public_id=marc.public_id, now=LATER)

        assert hire("marc@brun.example").membership_id != marc.membership_id

    def test_refuses_somebody_unknown(self, leader):
        with pytest.raises(queries.MemberUnknown):
            operations.end_membership(author=leader, public_id=uuid.uuid4(), now=LATER)


class TestChangeRole:
    def test_gives_the_role(self, leader, hire):
        marc = hire("marc@brun.example")
        operations.change_role(author=leader, public_id=marc.public_id, role=Role.MANAGER)

        assert (
            queries.get_member(company=leader.company, public_id=marc.public_id).role
            == Role.MANAGER
        )

    def test_never_demotes_the_last_leader(self, leader):
        with pytest.raises(memberships.LastLeader):
            operations.change_role(author=leader, public_id=leader.public_id, role=Role.READER)


class TestMembershipsInTheDatabase:
    def test_are_live_once_for_a_person(self, leader):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(
                company_id=leader.company.id,
                person_id=leader.person_id,
                role="READER",
                joined_at=NOW,
            )

    @pytest.mark.parametrize(
        "change", [{"role": "OWNER"}, {"ended_at": LATER}, {"ended_at": NOW - dt.timedelta(1)}]
    )
    def test_refuse_what_is_half_said(self, leader, change):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(pk=leader.membership_id).update(**change)


class TestMay:
    def test_lets_a_leader_do_everything(self, leader):
        assert all(may(leader, permission) for permission in Permission)

    def test_lets_readers_and_members_change_nothing(self):
        assert GRANTED[Role.READER] < READING
        assert GRANTED[Role.MEMBER] - READING == {Permission.SAVE_VIEWS}  # of their own lists

    def test_knows_every_role(self):
        assert set(GRANTED) == set(Role)
