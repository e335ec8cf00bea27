"""Weighing a few records given as dictionaries."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palier.hub.matching.engines import DuckDB, duckdb_engine
from palier.hub.matching.reading import columns_of
from palier.hub.matching.scoring import Found, Scorer
from palier.hub.matching.tables import Profile

Said = dict[str, str | None]
FILLER = 40
"""Strangers beside the two records, so that shared values are rare as they are in a real file."""


@pytest.fixture
def engine() -> Iterator[DuckDB]:
    with duckdb_engine(threads=1) as opened:
        yield opened


@pytest.fixture
def weigh(engine: DuckDB, tmp_path: Path) -> Callable[..., Scored]:
    """Weighs records of a profile; every pair that shares a block comes back, whatever its weight."""

    def work(profile: Profile, *records: Said, entity: str = "customer") -> Scored:
        columns = columns_of(entity)
        path = tmp_path / "records.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            for number, record in enumerate(records, 1):
                assert set(record) <= set(columns)
                writer.writerow([number, *(record.get(name) for name in columns[1:])])
        engine.load("record", columns=columns, path=path)
        scorer = Scorer(engine, profile, "record", least=-1_000)
        scorer.run()
        return Scored(scorer)

    return work


class Scored:
    """The weighed pairs by their two numbers."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.pairs: dict[tuple[int, int], Found] = {
            (found.a, found.b): found for found in scorer.found(least=-1_000)
        }

    def level(self, field: str, a: int = 1, b: int = 2) -> str:
        """What a comparison said of a pair."""
        comparisons = self.scorer.profile.comparisons
        place = [one.field for one in comparisons].index(field)
        return comparisons[place].levels[self.pairs[a, b].levels[place]].key

    def is_sure(self, a: int = 1, b: int = 2) -> bool:
        """Whether a pair would merge by itself."""
        found = self.pairs.get((a, b))
        return found is not None and found.guarded and found.weight >= 3
