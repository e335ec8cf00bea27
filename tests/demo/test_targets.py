"""The fictional company aims at metrics that exist, in units that they have."""

from palier.demo.targets import targets
from palier.metrics.catalogue import check_grain, metric


class TestTargets:
    def test_each_aims_at_a_metric_once_a_grain(self):
        found = targets()
        aimed = [(target.metric, target.grain) for target in found]
        assert len(set(aimed)) == len(aimed)
        for target in found:
            check_grain(metric=metric(target.metric), grain=target.grain)
        assert {target.grain for target in found} == {"month", "week"}
        assert sum(target.grain == "month" for target in found) == 22

    def test_shares_are_not_written_as_percentages(self):
        for target in targets():
            if metric(target.metric).unit.startswith("share"):
                assert 0 < target.value < 2
