"""Groups that may merge, never chains."""

from __future__ import annotations

from palier.hub.matching.groups import rounds, whole_groups


class TestWholeGroups:
    def test_takes_pairs_and_triangles(self):
        assert whole_groups([(1, 2), (5, 6), (3, 4), (3, 7), (4, 7)]) == [[1, 2], [3, 4, 7], [5, 6]]

    def test_leaves_chains(self):
        assert whole_groups([(1, 2), (2, 3), (8, 9)]) == [[8, 9]]

    def test_of_nothing_is_nothing(self):
        assert whole_groups([]) == []


class TestRounds:
    def test_let_each_entity_occur_once_in_a_round(self):
        assert list(rounds([[1, 2], [3, 4, 7]])) == [[(1, 2), (3, 4)], [(3, 7)]]
