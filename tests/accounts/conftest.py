"""Companies and people to try accounts with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.database.isolation import company_scope

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def found(db: None) -> Callable[..., operations.Founded]:
    """Found a company with sane defaults."""

    def act(name: str = "Atelier Brun", owner: str = "claire@brun.example") -> operations.Founded:
        return operations.create_company(name=name, owner_email=owner, now=NOW)

    return act


@pytest.fixture
def leader(found: Callable[..., operations.Founded]) -> Iterator[Member]:
    """The leader of a company, at work in its scope."""
    founded = found()
    with company_scope(founded.company.id):
        yield founded.leader


@pytest.fixture
def company(leader: Member) -> CompanyInfo:
    return leader.company


@pytest.fixture
def hire(company: CompanyInfo) -> Callable[..., Member]:
    """Add a member to the company."""

    def act(email: str, role: Role = Role.MEMBER) -> Member:
        person = Person.objects.filter(email=email).first() or operations.create_person(
            email=email, password="une longue phrase"
        )
        return operations.add_member(company=company, person_id=person.pk, role=role, now=NOW)

    return act
