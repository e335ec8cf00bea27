from __future__ import annotations

import datetime as dt

import pytest

from palier.demo.exports import export
from palier.demo.exports.files import Export
from palier.demo.simulation import simulate
from palier.demo.truth import Facts, facts_of
from palier.demo.world import World

UNTIL = dt.date(2026, 11, 24)


@pytest.fixture(scope="session")
def world() -> World:
    return simulate(until=UNTIL)


@pytest.fixture(scope="session")
def truth(world: World) -> Facts:
    return facts_of(world=world)


@pytest.fixture(scope="session")
def exports(world: World, tmp_path_factory: pytest.TempPathFactory) -> Export:
    return export(world=world, folder=tmp_path_factory.mktemp("demo"))
