from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from palier.accounts import companies, operations, people, queries
from palier.accounts.models import Company, Person
from palier.accounts.permissions import Role
from palier.database.isolation import company_scope, person_scope

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


class TestSlugOf:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Atelier Brun", "atelier-brun"),
            ("Œuvre & Forêt, SARL", "oeuvre-foret-sarl"),
            ("  L’Été à Nîmes ! ", "l-ete-a-nimes"),
            ("Straße 12", "strasse-12"),
            ("x" * 80, "x" * 60),
        ],
    )
    def test_keeps_plain_letters_and_hyphens(self, name, slug):
        assert operations.slug_of(name) == slug

    @pytest.mark.parametrize("name", ["", "   ", "—!", "日本"])
    def test_refuses_a_name_without_letter(self, name):
        with pytest.raises(companies.NameUnusable):
            operations.slug_of(name)


class TestCreateCompany:
    def test_creates_the_leader_without_password_and_gives_a_link(self, found):
        founded = found()

        person = queries.find_person(email="CLAIRE@brun.example ")
        assert person is not None
        assert not person.has_usable_password()
        assert founded.leader.role == Role.LEADER
        assert founded.leader.person_id == person.pk
        assert founded.token
        assert queries.get_company_by_slug(slug="atelier-brun") == founded.company

    def test_gives_no_link_to_somebody_who_can_sign_in(self, found):
        operations.create_person(email="claire@brun.example", password="une longue phrase")

        assert found().token is None

    def test_refuses_a_name_that_is_taken_up_to_accents(self, found):
        found("Atelier Brun")

        with pytest.raises(companies.CompanyExists):
            found("atelier BRÙN", "other@brun.example")
        assert queries.find_person(email="other@brun.example") is None

    def test_refuses_an_address_that_is_none(self, found):
        with pytest.raises(people.EmailUnusable):
            found(owner="claire")

    def test_refuses_an_unknown_time_zone(self, db):
        with pytest.raises(companies.SettingUnusable):
            operations.create_company(
                name="A", owner_email="a@a.example", now=NOW, time_zone="Europe/Atlantis"
            )

    def test_leaves_no_scope_behind(self, found):
        found()

        assert not Company.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('palier.company_id', true), current_setting('palier.directory', true)"
            )
            assert [value or "" for value in cursor.fetchone()] == ["", ""]


class TestCompaniesInTheDatabase:
    def test_cannot_be_founded_outside_the_directory(self, db):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Company.objects.create(slug="pirate", name="Pirate")

    @pytest.mark.parametrize(
        "change",
        [
            {"slug": "Not Plain"},
            {"currency": "euro"},
            {"country": "France"},
            {"name": "  "},
            {"fiscal_year_start_month": 13},
        ],
    )
    def test_refuse_what_is_not_a_company(self, leader, change):
        with pytest.raises(Exception) as caught, transaction.atomic():
            Company.objects.filter(pk=leader.company.id).update(**change)
        assert caught.type.__name__ in {"IntegrityError", "DataError"}

    def test_are_seen_by_their_members_only(self, found):
        first = found()
        found("Scierie Noire", "noa@noire.example")

        with person_scope(first.leader.person_id):
            assert [company.slug for company in Company.objects.all()] == ["atelier-brun"]

    def test_are_not_written_by_a_member_working_elsewhere(self, found):
        first = found()
        second = found("Scierie Noire", first.leader.email)

        with person_scope(first.leader.person_id), company_scope(second.company.id):
            assert Company.objects.filter(pk=first.company.id).update(name="Volée") == 0
            assert Company.objects.filter(pk=first.company.id).delete()[0] == 0


class TestListMemberships:
    def test_gives_every_company_of_the_person_and_no_other(self, found):
        first = found()
        found("Scierie Noire", "noa@noire.example")
        found("Verger Vert", first.leader.email)

        slugs = [
            row.company.slug for row in queries.list_memberships(person_id=first.leader.person_id)
        ]
        assert slugs == ["atelier-brun", "verger-vert"]


class TestChangeSettings:
    def test_renames_the_company_and_its_root_unit_but_not_its_slug(self, leader):
        changed = operations.change_settings(
            author=leader,
            name="Brun et filles",
            time_zone="Europe/Brussels",
            country="BE",
            fiscal_year_start_month=7,
        )

        expected = dataclasses.replace(
            leader.company,
            name="Brun et filles",
            time_zone="Europe/Brussels",
            country="BE",
            fiscal_year_start_month=7,
        )
        assert changed == expected
        assert [unit.name for unit in queries.list_org_units(company=changed)] == ["Brun et filles"]


class TestPerson:
    def test_is_unique_whatever_the_case(self, db):
        operations.create_person(email="A@b.example")

        with pytest.raises(people.PersonExists):
            operations.create_person(email="a@B.example")
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(email="Ä@B.example")

    def test_leaves_other_sessions_when_they_end(self, db):
        person = operations.create_person(email="a@b.example", password="une longue phrase")
        before = person.get_session_auth_hash()

        operations.end_other_sessions(person=person)

        assert person.get_session_auth_hash() != before
