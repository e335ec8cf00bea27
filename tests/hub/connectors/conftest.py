"""A company, a clock that nobody waits for, and connections to local stand-ins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from palier.accounts.queries import CompanyInfo
from palier.database.isolation import company_scope
from palier.hub.connectors import connecting, running
from palier.hub.models import Connector, ConnectorRun

COMPANY = CompanyInfo(900_001, "fictive", "Atelier Brumaire", "EUR", "Europe/Paris", "FR", False, 1)


class Clock:
    """Time that passes only when somebody waits or says so."""

    def __init__(self) -> None:
        self.at = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
        self.waits: list[float] = []

    def now(self) -> dt.datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += dt.timedelta(seconds=seconds)

    def pass_(self, **much: float) -> None:
        self.at += dt.timedelta(**much)


@pytest.fixture
def company(db: None) -> Iterator[CompanyInfo]:
    with company_scope(COMPANY.id):
        yield COMPANY


@pytest.fixture(autouse=True)
def local_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stand(request: pytest.FixtureRequest) -> Callable:
    """Keeps a stand-in until the end of the test."""

    def keep(standin):
        request.addfinalizer(standin.close)
        return standin

    return keep


@pytest.fixture
def connect(company: CompanyInfo, clock: Clock) -> Callable[..., Connector]:
    def make(manifest: str, **given: str) -> Connector:
        connector = connecting.connect(
            company_id=company.id,
            tool="",
            given={"token": "jeton-fictif", **given},
            person_id=None,
            manifest_toml=manifest,
        )
        connecting.start(company_id=company.id, connector_id=connector.pk, now=clock.now())
        return connector

    return make


@pytest.fixture
def sync(company: CompanyInfo, clock: Clock) -> Callable[..., ConnectorRun]:
    def run(connector: Connector, **options) -> ConnectorRun:
        return running.run_connector(
            company=company,
            connector_id=connector.pk,
            now=clock.now,
            sleep=clock.sleep,
            **options,
        )

    return run
