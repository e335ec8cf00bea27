"""A company with one person of each role, and browsers signed in as them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.database.isolation import company_scope

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
PASSWORD = "une longue phrase"


@dataclass
class Office:
    """A company and its people by role."""

    company: CompanyInfo
    people: dict[Role, Member]

    def scope(self):
        return company_scope(self.company.id)


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def open_office(db: None) -> Callable[..., Office]:
    """Found a company with one member of each role."""

    def act(name: str = "Atelier Brun") -> Office:
        slug = operations.slug_of(name)
        for role in Role:
            operations.create_person(
                email=f"{role.lower()}@{slug}.example", name=role.title(), password=PASSWORD
            )
        founded = operations.create_company(
            name=name, owner_email=f"leader@{slug}.example", now=NOW
        )
        people = {Role.LEADER: founded.leader}
        with company_scope(founded.company.id):
            for role in (Role.MANAGER, Role.MEMBER, Role.READER):
                person = Person.objects.get(email=f"{role.lower()}@{slug}.example")
                people[role] = operations.add_member(
                    company=founded.company, person_id=person.pk, role=role, now=NOW
                )
        return Office(founded.company, people)

    return act


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()


@pytest.fixture
def browse() -> Callable[[Member], Client]:
    """A browser signed in as a member."""

    def act(member: Member) -> Client:
        client = Client()
        client.force_login(Person.objects.get(pk=member.person_id))
        return client

    return act
