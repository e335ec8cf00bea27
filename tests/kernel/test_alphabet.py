"""Names sort as in a directory."""

from __future__ import annotations

from palier.kernel.alphabet import alphabetical


class TestAlphabetical:
    def test_sorts_an_accented_letter_beside_its_plain_one(self):
        names = ["Zoé", "Hugo", "étienne", "Hélène", "Eva", "Etienne", "Çelik", "Denis"]
        assert sorted(names, key=alphabetical) == [
            "Çelik", "Denis", "Etienne", "étienne", "Eva", "Hélène", "Hugo", "Zoé"
        ]  # fmt: skip
