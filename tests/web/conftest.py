"""A company with its people and what its tools say, for the pages of data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.database.isolation import company_scope
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@dataclass
class Workshop:
    """A company, its people by role, and a hub to write into."""

    company: CompanyInfo
    people: dict[Role, Member]

    def browse(self, role: Role = Role.LEADER) -> Client:
        client = Client()
        client.force_login(Person.objects.get(pk=self.people[role].person_id))
        return client

    def scope(self):
        return company_scope(self.company.id)

    def write(
        self, entity: str, *records: Record, tool: str = "crm", batch: int | None = None
    ) -> None:
        with self.scope():
            write_records(
                company_id=self.company.id,
                tool=Tool(tool, tool.title(), tool),
                object_name=entity,
                entity=entity,
                records=records,
                batch_id=batch,
            )


@pytest.fixture
def open_workshop(db: None) -> Callable[..., Workshop]:
    """Found a company with one member of each role, whose pages are in English."""

    def act(name: str = "Atelier Brun") -> Workshop:
        slug = operations.slug_of(name)
        for role in Role:
            operations.create_person(
                email=f"{role.lower()}@{slug}.example",
                name=role.title(),
                password="une longue phrase",
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
        Person.objects.update(language="en")
        return Workshop(founded.company, people)

    return act


@pytest.fixture
def workshop(open_workshop: Callable[..., Workshop]) -> Workshop:
    return open_workshop()


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    """Files of imports in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT
