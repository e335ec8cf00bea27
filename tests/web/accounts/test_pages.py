from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations, queries
from palier.accounts.models import Person
from palier.accounts.permissions import Role

PASSWORD = "une longue phrase"


@pytest.fixture
def leader(office, browse):
    return browse(office.people[Role.LEADER])


class TestTeam:
    def test_shows_people_without_actions_to_members(self, office, browse):
        page = browse(office.people[Role.MEMBER]).get(reverse("accounts:team")).content.decode()

        assert all(member.email in page for member in office.people.values())
        assert "<form" not in page.split("<main")[1].split("</main>")[0]

    def test_is_closed_to_readers(self, office, browse):
        assert browse(office.people[Role.READER]).get(reverse("accounts:team")).status_code == 403

    def test_asks_the_database_the_same_number_of_times_for_more_people(
        self, office, leader, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        leader.get(reverse("accounts:team"))
        with CaptureQueriesContext(connection) as before:
            leader.get(reverse("accounts:team"))
        with office.scope():
            for name in "abcdefgh":
                person = operations.create_person(email=f"{name}@brun.example")
                operations.add_member(
                    company=office.company,
                    person_id=person.pk,
                    role=Role.MEMBER,
                    now=timezone.now(),
                )
                operations.invite(
                    author=office.people[Role.LEADER],
                    email=f"{name}{name}@brun.example",
                    role=Role.MEMBER,
                    now=timezone.now(),
                )
        with django_assert_num_queries(len(before)):
            leader.get(reverse("accounts:team"))


class TestPlaceMember:
    def act(self, client, member, **data):
        return client.post(reverse("accounts:place_member", args=[member.public_id]), data)

    def test_changes_the_role(self, office, leader):
        self.act(leader, office.people[Role.MEMBER], role="MANAGER", unit="")

        with office.scope():
            changed = queries.get_member(
                company=office.company, public_id=office.people[Role.MEMBER].public_id
            )
        assert (changed.role, changed.org_unit_id) == (Role.MANAGER, None)

    def test_says_why_the_last_leader_stays(self, office, leader):
        answer = self.act(leader, office.people[Role.LEADER], role="READER", unit="")

        assert answer.status_code == 422
        assert "refusal" in answer.context

    def test_does_not_find_members_of_other_companies(self, open_office, leader):
        other = open_office("Scierie Noire")

        answer = self.act(leader, other.people[Role.MEMBER], role="LEADER", unit="")
        assert answer.status_code == 404

    def test_takes_effect_at_the_next_request(self, office, browse, leader):
        client = browse(office.people[Role.MANAGER])
        assert client.get(reverse("accounts:team")).status_code == 200
        self.act(leader, office.people[Role.MANAGER], role="READER", unit="")

        assert client.get(reverse("accounts:team")).status_code == 403


class TestEndMembership:
    def test_closes_every_page_of_the_company(self, office, browse, leader):
        client = browse(office.people[Role.MANAGER])
        public_id = office.people[Role.MANAGER].public_id
        leader.post(reverse("accounts:end_membership", args=[public_id]))

        assert client.get(reverse("accounts:team")).status_code == 302


class TestUnits:
    def test_are_added_renamed_moved_and_archived(self, office, leader):
        def tree():
            with office.scope():
                return {unit.name: unit for unit in queries.list_org_units(company=office.company)}

        root = tree()["Atelier Brun"].public_id
        for name in ("Ventes", "Atelier"):
            leader.post(
                reverse("accounts:units"), {"kind": "DEPARTMENT", "name": name, "parent": root}
            )
        sales = tree()["Ventes"].public_id
        leader.post(reverse("accounts:units"), {"kind": "TEAM", "name": "Sud", "parent": sales})
        south = tree()["Sud"].public_id
        leader.post(
            reverse("accounts:change_unit", args=[south]),
            {"name": "Sud-Ouest", "parent": tree()["Atelier"].public_id},
        )
        assert tree()["Sud-Ouest"].parent_id == tree()["Atelier"].id
        leader.post(reverse("accounts:archive_unit", args=[sales]))
        assert set(tree()) == {"Atelier Brun", "Atelier", "Sud-Ouest"}

    def test_answer_a_refusal_on_the_form(self, office, leader):
        with office.scope():
            root = queries.list_org_units(company=office.company)[0].public_id
        data = {"kind": "TEAM", "name": "Sud", "parent": root}
        leader.post(reverse("accounts:units"), data)

        answer = leader.post(reverse("accounts:units"), data)
        assert answer.status_code == 422
        assert answer.context["form"].errors["name"]


class TestSettings:
    def test_change_the_company(self, office, leader):
        data = {
            "name": "Brun et filles",
            "country": "BE",
            "time_zone": "Europe/Brussels",
            "fiscal_year_start_month": "7",
        }
        assert leader.post(reverse("accounts:settings"), data).status_code == 302

        changed = queries.get_company_by_slug(slug=office.company.slug)
        assert (changed.name, changed.time_zone, changed.fiscal_year_start_month) == (
            "Brun et filles",
            "Europe/Brussels",
            7,
        )

    @pytest.mark.parametrize(
        "change",
        [{"name": " "}, {"name": "…"}, {"time_zone": "Mars"}, {"fiscal_year_start_month": "13"}],
    )
    def test_refuse_what_cannot_be(self, leader, change):
        data = {
            "name": "A",
            "country": "FR",
            "time_zone": "Europe/Paris",
            "fiscal_year_start_month": "1",
        }

        assert leader.post(reverse("accounts:settings"), {**data, **change}).status_code == 422


class TestProfile:
    def test_changes_language_at_once(self, leader):
        answer = leader.post(
            reverse("accounts:profile"),
            {"name": "Claire", "language": "en", "theme": "DARK"},
            follow=True,
        )

        assert answer["Content-Language"] == "en"
        assert "My account" in answer.content.decode()

    def test_signs_out_the_other_devices_only(self, office, browse, leader):
        other = browse(office.people[Role.LEADER])
        leader.post(reverse("accounts:end_other_sessions"))

        assert leader.get(reverse("accounts:profile")).status_code == 200
        assert other.get(reverse("accounts:profile")).status_code == 302

    def test_signs_out_the_other_devices_when_the_password_changes(self, office, browse):
        member = office.people[Role.READER]
        elsewhere, here = browse(member), Client()
        here.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
        new = "autre longue phrase"
        here.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": new, "password2": new},
        )

        assert here.get(reverse("accounts:profile")).status_code == 200
        assert elsewhere.get(reverse("accounts:profile")).status_code == 302

    def test_changes_the_password_and_stays_signed_in(self, office):
        client = Client()
        email = office.people[Role.READER].email
        client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
        new = "autre longue phrase"
        client.post(
            reverse("account_change_password"),
            {"oldpassword": PASSWORD, "password1": new, "password2": new},
        )

        assert Person.objects.get(email=email).check_password(new)
        assert client.get(reverse("accounts:profile")).status_code == 200


class TestEveryPage:
    NAMES = (
        "accounts:team",
        "accounts:units",
        "accounts:settings",
        "accounts:profile",
        "mfa_index",
        "mfa_list_webauthn",
        "account_change_password",
        "account_logout",
    )

    @pytest.mark.parametrize("name", NAMES)
    def test_has_one_title_labels_and_nothing_inline(self, leader, name):
        page = leader.get(reverse(name))
        text = page.content.decode()
        main = text.split("<main")[1].split("</main>")[0]

        assert page.status_code == 200
        assert len(re.findall("<h1", text)) == 1
        assert not re.search(r"\s(style|on[a-z]+)=", text)
        for control in re.findall(r"<(?:input|select|textarea)[^>]*>", main):
            if 'type="hidden"' in control:
                continue
            name_of = re.search(r' id="([^"]+)"', control)
            assert "aria-label" in control or (name_of and f'for="{name_of[1]}"' in main), control
