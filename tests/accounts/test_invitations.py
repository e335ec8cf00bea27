from __future__ import annotations

import datetime as dt

import pytest

from palier.accounts import invitations, operations, people, queries
from palier.accounts.models import Invitation, Membership, Person
from palier.accounts.permissions import Role
from palier.database.isolation import invitation_scope

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
PASSWORD = "une longue phrase"


@pytest.fixture
def invite(leader):
    def act(email="marc@brun.example", role=Role.MANAGER, now=NOW):
        return operations.invite(author=leader, email=email, role=role, now=now)

    return act


class TestInvite:
    def test_keeps_the_digest_and_not_the_token(self, invite):
        made = invite()

        row = Invitation.objects.get(email="marc@brun.example")
        assert row.token_digest == queries.digest(made.token)
        assert made.token not in repr(row.__dict__)
        assert row.expires_at == NOW + dt.timedelta(days=7)

    def test_refuses_a_second_one_while_the_first_lives(self, invite):
        invite()

        with pytest.raises(invitations.AlreadyInvited):
            invite("MARC@brun.example")

    def test_replaces_an_expired_one(self, invite):
        first = invite()
        second = invite(now=NOW + dt.timedelta(days=8))

        found = queries.find_invitation(token=first.token)
        assert found is not None
        assert found.revoked_at is not None
        assert second.token != first.token

    def test_refuses_a_member(self, invite, leader):
        with pytest.raises(invitations.AlreadyMember):
            invite(leader.email)

    def test_refuses_what_is_not_an_address(self, invite):
        with pytest.raises(people.EmailUnusable):
            invite("marc chez brun")

    def test_refuses_a_unit_that_is_not_there(self, leader):
        with pytest.raises(queries.OrgUnitUnknown):
            operations.invite(
                author=leader, email="m@brun.example", role=Role.MEMBER, now=NOW, org_unit_id=10**9
            )


class TestJoin:
    def test_creates_the_person_with_a_verified_address(self, invite, leader):
        made = invite()
        person, member = operations.join(
            token=made.token, name="Marc", password=PASSWORD, language="en", now=LATER
        )

        assert person.check_password(PASSWORD)
        assert person.language == "en"
        assert person.emailaddress_set.get().verified
        assert (member.role, member.company) == (Role.MANAGER, leader.company)

    def test_lets_the_founder_choose_a_password(self, found):
        founded = found()
        person, member = operations.join(
            token=founded.token, name="Claire", password=PASSWORD, language="fr", now=LATER
        )

        assert person.pk == founded.leader.person_id
        assert member.membership_id == founded.leader.membership_id
        assert person.check_password(PASSWORD)

    def test_refuses_to_replace_the_password_of_an_account(self, invite):
        operations.create_person(email="marc@brun.example", password=PASSWORD)
        made = invite()

        with pytest.raises(invitations.AccountExists):
            operations.join(token=made.token, name="X", password="other", language="fr", now=LATER)
        assert Person.objects.get(email="marc@brun.example").check_password(PASSWORD)

    def test_works_once(self, invite):
        made = invite()
        operations.join(token=made.token, name="Marc", password=PASSWORD, language="fr", now=LATER)

        with pytest.raises(invitations.InvitationUsed):
            operations.join(token=made.token, name="X", password="other", language="fr", now=LATER)

    def test_refuses_an_expired_link_at_the_very_instant(self, invite):
        made = invite()

        with pytest.raises(invitations.InvitationExpired):
            operations.join(
                token=made.token,
                name="X",
                password=PASSWORD,
                language="fr",
                now=NOW + invitations.INVITATION_LIFETIME,
            )
        assert not Person.objects.filter(email="marc@brun.example").exists()

    def test_refuses_a_link_withdrawn(self, invite, leader):
        made = invite()
        operations.revoke_invitation(author=leader, public_id=made.invitation.public_id, now=NOW)

        with pytest.raises(invitations.InvitationRevoked):
            operations.join(token=made.token, name="X", password=PASSWORD, language="fr", now=LATER)

    def test_refuses_a_link_that_was_never_made(self, db):
        with pytest.raises(queries.InvitationUnknown):
            operations.join(token="made-up", name="X", password=PASSWORD, language="fr", now=NOW)

    def test_refuses_the_former_link_after_a_new_one(self, invite, leader):
        first = invite()
        second = operations.renew_invitation(
            author=leader, public_id=first.invitation.public_id, now=LATER
        )

        with pytest.raises(queries.InvitationUnknown):
            operations.join(
                token=first.token, name="X", password=PASSWORD, language="fr", now=LATER
            )
        operations.join(
            token=second.token, name="Marc", password=PASSWORD, language="fr", now=LATER
        )


class TestAcceptInvitation:
    def test_adds_a_company_to_somebody_who_has_an_account(self, invite, leader):
        marc = operations.create_person(email="marc@brun.example", password=PASSWORD)
        member = operations.accept_invitation(token=invite().token, person=marc, now=LATER)

        assert member.company == leader.company
        assert [row.company for row in queries.list_memberships(person_id=marc.pk)] == [
            leader.company
        ]

    def test_refuses_somebody_else(self, invite):
        other = operations.create_person(email="other@brun.example", password=PASSWORD)
        made = invite()

        with pytest.raises(invitations.InvitationForSomebodyElse):
            operations.accept_invitation(token=made.token, person=other, now=LATER)
        assert not Membership.objects.filter(person=other).exists()

    def test_refuses_a_closed_account(self, invite):
        marc = operations.create_person(email="marc@brun.example", password=PASSWORD)
        marc.is_active = False
        marc.save()

        with pytest.raises(invitations.AccountClosed):
            operations.accept_invitation(token=invite().token, person=marc, now=LATER)


class TestInvitationScope:
    def test_shows_one_invitation_and_lets_nothing_be_written(self, found):
        first = found()
        found("Scierie Noire", "noa@noire.example")

        with invitation_scope(queries.digest(first.token)):
            assert [row.email for row in Invitation.objects.all()] == ["claire@brun.example"]
            assert Invitation.objects.update(email="thief@x.example") == 0
            assert not Membership.objects.exists()
