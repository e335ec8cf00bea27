"""The scorer on Spark's dialect, answered by Sail."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from palier.bench.french import COLUMNS, Maker
from palier.hub.matching.engines import Engine, duckdb_engine
from palier.hub.matching.reading import PROFILES
from palier.hub.matching.scoring import Scorer
from palier.hub.matching.spark import spark_engine, translated

ROWS = 1_500


@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(port=0)
        server.start(background=True)
        _, port = server.listening_address
        yield f"sc://localhost:{port}"
        server.stop()


def found(engine: Engine, path: Path) -> dict[tuple[int, int], tuple[object, ...]]:
    """Every weighed pair with its weight, guard, levels and shown values."""
    engine.load("record", columns=("id", *COLUMNS), path=path)
    pairs = {}
    for profile in PROFILES["customer"]:
        scorer = Scorer(engine, profile, "record")
        scorer.run()
        for one in scorer.found():
            pairs[one.a, one.b] = (round(one.weight, 6), one.guarded, one.levels, one.shown)
    return pairs


class TestSpark:
    @pytest.mark.slow
    def test_weighs_exactly_as_duckdb_does(self, sail, tmp_path):
        path = tmp_path / "records.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            csv.writer(handle).writerows(
                [number, *made.row()] for number, made in enumerate(Maker(seed=3).rows(ROWS), 1)
            )
        with duckdb_engine(threads=1) as duckdb:
            expected = found(duckdb, path)
        with (
            warnings.catch_warnings(),
            spark_engine(url=sail, folder=tmp_path / "shared") as spark,
        ):
            warnings.simplefilter("ignore")
            assert found(spark, path) == expected
        assert len(expected) > 100
        assert list((tmp_path / "shared").iterdir()) == []


class TestTranslated:
    def test_strips_accents_letter_by_letter(self):
        assert (
            "translate(lower(name), 'à" in translated("SELECT strip_accents(lower(name))").lower()
        )

    def test_does_not_quote_separators_as_patterns(self):
        assert "\\Q" not in translated("SELECT string_split(name, ' ')")
