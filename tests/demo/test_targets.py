from __future__ import annotations

from palier.demo.targets import targets


class TestTargets:
    def test_every_target_is_a_month_of_a_known_kind(self) -> None:
        found = targets()

        assert {one.grain for one in found} == {"month"}
        assert all(one.metric.partition(".")[2] for one in found)
        assert len({one.metric for one in found}) == len(found) == 22
