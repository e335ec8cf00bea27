"""The demonstration company: its people, then its tools' raw exports through the public import path."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from palier.accounts import operations, queries
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo
from palier.database.isolation import company_scope
from palier.demo.generator import write_exports
from palier.demo.targets import targets
from palier.demo.world import COMPANY_NAME
from palier.hub.emptying import empty_hub
from palier.hub.imports.batches import list_batches
from palier.hub.imports.run import ImportReport
from palier.journeys.load import load_files, today_in
from palier.journeys.refresh import refresh_figures
from palier.metrics.operations import set_target, withdraw_targets
from palier.metrics.queries import freshness

LEADER = "helene@chronofable.example"
PASSWORD = "palier-demo"  # noqa: S105 - printed on the screen: it opens fictional data only
PEOPLE = (
    (LEADER, "Hélène Vasseur", Role.LEADER),
    ("hugo@chronofable.example", "Hugo Responsable", Role.MANAGER),
    ("mina@chronofable.example", "Mina Membre", Role.MEMBER),
    ("louis@conseil.example", "Louis Lecteur", Role.READER),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The demonstration company and what its import came to."""

    company: CompanyInfo
    report: ImportReport


def find_demo() -> CompanyInfo | None:
    """The demonstration company when it exists; a real company of the same name is not it."""
    slug = operations.slug_of(COMPANY_NAME)
    return next((one for one in queries.list_companies() if one.slug == slug and one.is_demo), None)


def is_demo_ready() -> bool:
    """Whether the demonstration company has its data and figures: a first load may have been interrupted."""
    company = find_demo()
    if company is None:
        return False
    with company_scope(company.id):
        imported = any(batch.status == "done" for batch in list_batches(company_id=company.id))
        return imported and freshness(company_id=company.id).fresh_at is not None


def load_demo(*, now: dt.datetime, on_progress: Callable[[int], None] | None = None) -> Loaded:
    """Tell the demonstration company's story up to yesterday, whatever the company held before.

    Its people keep their passwords and roles. No other company is touched.
    Raises: `CompanyExists` when a real company has its name.
    """
    company = find_demo() or _found(now)
    with company_scope(company.id), tempfile.TemporaryDirectory(prefix="palier-demo-") as folder:
        today = today_in(company, now)
        paths = write_exports(folder=Path(folder), until=today)
        _welcome(company, now)
        empty_hub(company_id=company.id)
        withdraw_targets(company_id=company.id)
        report = load_files(company=company, paths=paths, now=now, on_progress=on_progress)
        for target in targets():
            set_target(
                company_id=company.id,
                key=target.metric,
                grain=target.grain,
                value=target.value,
                valid_from=today.replace(year=today.year - 3, day=1),
            )
        refresh_figures(company_id=company.id, now=now)
    return Loaded(company, report)


def _found(now: dt.datetime) -> CompanyInfo:
    _introduce()
    return operations.create_company(
        name=COMPANY_NAME, owner_email=LEADER, now=now, is_demo=True
    ).company


def _introduce() -> None:
    """Make the accounts of the fictional people that are missing."""
    for email, name, _role in PEOPLE:
        if queries.find_person(email=email) is None:
            operations.create_person(email=email, name=name, password=PASSWORD)


def _welcome(company: CompanyInfo, now: dt.datetime) -> None:
    """Make the fictional people members, those who left included."""
    _introduce()
    for email, _name, role in PEOPLE:
        person = queries.find_person(email=email)
        if person is not None:
            operations.add_member(company=company, person_id=person.pk, role=role, now=now)
