from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations, queries
from palier.accounts.models import Invitation, Person
from palier.accounts.permissions import Role

PASSWORD = "une longue phrase"


@pytest.fixture
def link(office):
    def act(email="nouvelle@brun.example", role=Role.MANAGER, now=None):
        with office.scope():
            made = operations.invite(
                author=office.people[Role.LEADER], email=email, role=role, now=now or timezone.now()
            )
        return reverse("accounts:invitation", args=[made.token])

    return act


CHOICE = {"name": "Nora Petit", "password": PASSWORD, "language": "fr"}


class TestInvitation:
    def test_lets_somebody_new_in_with_a_password(self, link, office):
        client = Client()
        url = link()
        assert b"Atelier Brun" in client.get(url).content
        answer = client.post(url, CHOICE)

        assert answer.status_code == 302
        page = client.get(reverse("accounts:team"))
        assert page.wsgi_request.member.company == office.company
        assert page.wsgi_request.member.role == Role.MANAGER

    def test_does_not_work_twice(self, link):
        url = link()
        Client().post(url, CHOICE)

        answer = Client().post(url, {**CHOICE, "name": "Voleuse"})
        assert answer.status_code == 410
        assert not Person.objects.filter(name="Voleuse").exists()

    def test_is_gone_when_expired(self, link):
        url = link(now=timezone.now() - dt.timedelta(days=7))

        assert Client().get(url).status_code == 410
        assert Client().post(url, CHOICE).status_code == 410

    def test_is_gone_when_withdrawn(self, link, office, browse):
        url = link()
        with office.scope():
            public_id = Invitation.objects.get().public_id
        browse(office.people[Role.LEADER]).post(
            reverse("accounts:revoke_invitation", args=[public_id])
        )

        assert Client().get(url).status_code == 410

    def test_is_unknown_when_made_up(self, db):
        assert Client().get(reverse("accounts:invitation", args=["made-up"])).status_code == 404

    @pytest.mark.parametrize("password", ["court", "motdepasse", "1234567890", "nouvelle@brun"])
    def test_refuses_a_weak_password_on_the_form(self, link, password):
        answer = Client().post(link(), {**CHOICE, "password": password})

        assert answer.status_code == 422
        assert not Person.objects.filter(email="nouvelle@brun.example").exists()

    def test_asks_somebody_with_an_account_to_sign_in(self, link, office):
        operations.create_person(email="ancienne@brun.example", password=PASSWORD)
        client = Client()
        url = link("ancienne@brun.example")

        assert client.post(url, CHOICE).status_code == 200
        assert Person.objects.get(email="ancienne@brun.example").name == ""
        client.post(
            reverse("account_login"),
            {"login": "ancienne@brun.example", "password": PASSWORD, "next": url},
        )
        assert client.post(url).status_code == 302
        assert client.get(reverse("accounts:team")).status_code == 200

    def test_refuses_somebody_else_who_is_signed_in(self, link, open_office, browse):
        other = open_office("Scierie Noire")
        client = browse(other.people[Role.LEADER])

        answer = client.post(link())
        assert answer.status_code == 403
        assert len(queries.list_memberships(person_id=other.people[Role.LEADER].person_id)) == 1


class TestInvite:
    def act(self, client, **changes):
        data = {"email": "marc@brun.example", "role": "MANAGER", **changes}
        return client.post(reverse("accounts:invite"), data)

    def test_shows_and_sends_the_link(self, office, browse):
        with office.scope():
            unit = queries.list_org_units(company=office.company)[0]
        answer = self.act(browse(office.people[Role.LEADER]), unit=unit.public_id)

        assert answer.status_code == 200
        (message,) = mail.outbox
        assert message.to == ["marc@brun.example"]
        path = message.body.split("http://localhost:8000")[1].split()[0]
        assert path in answer.content.decode()
        assert Client().get(path).status_code == 200
        with office.scope():
            stored = Invitation.objects.get()
        assert stored.token_digest not in answer.content.decode()

    def test_is_for_leaders(self, office, browse):
        for role in (Role.MANAGER, Role.MEMBER, Role.READER):
            assert self.act(browse(office.people[role])).status_code == 403
        with office.scope():
            assert not Invitation.objects.exists()

    def test_refuses_a_unit_of_another_company(self, office, open_office, browse):
        other = open_office("Scierie Noire")
        with other.scope():
            unit = queries.list_org_units(company=other.company)[0]

        answer = self.act(browse(office.people[Role.LEADER]), unit=unit.public_id)
        assert answer.status_code == 422

    def test_answers_the_panel_alone_to_htmx(self, office, browse):
        answer = browse(office.people[Role.LEADER]).post(
            reverse("accounts:invite"), {"email": "?"}, headers={"HX-Request": "true"}
        )

        assert answer.status_code == 422
        assert b"<html" not in answer.content
        assert b'id="invitations"' in answer.content


class TestSwitchCompany:
    def test_changes_what_the_pages_speak_of(self, office, open_office, browse):
        second = open_office("Scierie Noire")
        person = Person.objects.get(pk=office.people[Role.LEADER].person_id)
        with second.scope():
            operations.add_member(
                company=second.company, person_id=person.pk, role=Role.READER, now=timezone.now()
            )
        client = browse(office.people[Role.LEADER])
        client.post(reverse("accounts:switch_company"), {"company": second.company.slug})

        page = client.get(reverse("accounts:profile"))
        assert page.wsgi_request.member.company == second.company
        assert client.get(reverse("accounts:settings")).status_code == 403

    def test_refuses_a_company_one_does_not_belong_to(self, office, open_office, browse):
        other = open_office("Scierie Noire")
        client = browse(office.people[Role.LEADER])

        answer = client.post(reverse("accounts:switch_company"), {"company": other.company.slug})
        assert answer.status_code == 404
        assert client.get(reverse("accounts:profile")).wsgi_request.member.company == office.company


class TestNoCompany:
    def test_is_where_somebody_without_company_arrives(self, office, browse):
        client = browse(office.people[Role.MEMBER])
        with office.scope():
            operations.end_membership(
                author=office.people[Role.LEADER],
                public_id=office.people[Role.MEMBER].public_id,
                now=timezone.now(),
            )

        answer = client.get(reverse("accounts:team"), follow=True)
        assert answer.redirect_chain == [(reverse("accounts:no_company"), 302)]
        assert answer.status_code == 200
