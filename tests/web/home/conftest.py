"""Companies with one person of each role, with readings or without, and browsers signed in as them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.bench.page_readings import fill
from palier.database.isolation import company_scope
from palier.metrics.models import RefreshRun

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@dataclass
class Office:
    """A company and its people by role."""

    company: CompanyInfo
    people: dict[Role, Member]

    def browse(self, role: Role = Role.LEADER, **options: object) -> Client:
        """A browser signed in as the person of that role."""
        client = Client(**options)
        client.force_login(Person.objects.get(pk=self.people[role].person_id))
        return client

    def scope(self):
        return company_scope(self.company.id)


@pytest.fixture
def open_office(db: None) -> Callable[..., Office]:
    """Found a company with a leader and a reader."""

    def act(name: str = "Atelier Brun") -> Office:
        cache.clear()
        slug = operations.slug_of(name)
        for role in (Role.LEADER, Role.READER):
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
            reader = Person.objects.get(email=f"reader@{slug}.example")
            people[Role.READER] = operations.add_member(
                company=founded.company, person_id=reader.pk, role=Role.READER, now=NOW
            )
        return Office(founded.company, people)

    return act


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """A company without any figure."""
    return open_office()


@pytest.fixture
def record_refresh() -> Callable[..., RefreshRun]:
    """Say how a refresh went."""

    def act(
        office: Office, *, status: str = "done", at: dt.datetime | None = None, **more: object
    ) -> RefreshRun:
        at = at or timezone.now()
        with office.scope():
            return RefreshRun.objects.create(
                company_id=office.company.id,
                status=status,
                started_at=at,
                today=at.date(),
                made_at=at if status in {"done", "unchanged"} else None,
                snapshot_version=1,
                **more,
            )

    return act


@pytest.fixture
def measured(
    request: pytest.FixtureRequest, office: Office, record_refresh: Callable[..., RefreshRun]
) -> Office:
    """A company with readings of every metric, as of today: of months, or of the grains of its parameter."""
    with office.scope():
        fill(
            company_id=office.company.id,
            today=timezone.localdate(),
            now=timezone.now(),
            grains=getattr(request, "param", ("month",)),
        )
    record_refresh(office)
    return office
