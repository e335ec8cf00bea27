"""Weights and figures of the rule in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from palier.hub.queries import Agreement, Evidence
from palier.web.duplicates import words


@pytest.fixture(autouse=True)
def french():
    with translation.override("fr"):
        yield


class TestEvidence:
    @pytest.mark.parametrize(
        ("field", "verdict", "weight", "written"),
        [
            ("email", "equal", "17", "+17 même e-mail"),
            ("postcode", "different", "-3.2", "−3,2 autre code postal"),
            ("name", "close", "4.25", "+4,2 nom proche"),
            ("siren", "missing", "0", "0 SIREN absent d’un côté"),
            ("prior", "", "-12", "−12 avant toute comparaison"),
        ],
    )
    def test_says_what_a_field_weighs(self, field, verdict, weight, written):
        said = words.evidence("customer", Evidence(field, verdict, Decimal(weight)))
        assert said == written


class TestFigures:
    def test_gives_shares_with_their_interval_and_counts(self):
        precision, recall = words.figures(Agreement(19, 1, 21, 5, 3), 4)[1:]
        assert precision.value == "95\u00a0%"
        assert "19 fusions automatiques justes sur 20" in precision.period
        assert "entre 80,4\u00a0% et 98,9\u00a0%" in precision.period
        assert recall.value == "60\u00a0%"

    def test_says_how_many_decisions_are_missing(self):
        precision = words.figures(Agreement(3, 0, 0, 0, 0), 0)[1]
        assert precision.value is None
        assert precision.reason == "Pas encore mesurable\u00a0: 3 décisions, il en faut 20."
