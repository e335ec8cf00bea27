"""The benchmark of metrics, small: both sides run and say the same."""

from __future__ import annotations

import pytest

from palier.bench.metrics import run


class TestRun:
    @pytest.mark.slow
    def test_compares_sides_that_agree(self):
        found = run(scale=0.002, rounds=1)

        assert found["metrics"]["differences"] == []
        assert found["metrics"]["catalogue_s"] > 0
        assert found["refresh"]["kinds"] == ["incremental"]
        assert {found[name]["ratio"] > 0 for name in ("snapshot", "metrics", "refresh")} == {True}
