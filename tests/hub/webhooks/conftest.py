"""A receiver, a clock and a company for the tests of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from receivers import COMPANY, Clock, Receiver, receiving

from palier.database.isolation import company_scope


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "127.0.0.1")
    with receiving() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scope(db: None) -> Iterator[int]:
    with company_scope(COMPANY):
        yield COMPANY
