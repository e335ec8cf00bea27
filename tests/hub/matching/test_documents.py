"""The published weights."""

from __future__ import annotations

from pathlib import Path

from palier.hub.matching.documents import text


class TestText:
    def test_is_what_the_documentation_says(self):
        written = Path(__file__).parents[3] / "docs" / "matching.md"
        assert written.read_text(encoding="utf-8") == text()
