"""A company to write into, with the connection scoped to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from palier.database.isolation import company_scope


@pytest.fixture
def company(db: None) -> Iterator[int]:
    identifier = 900_001
    with company_scope(identifier):
        yield identifier
