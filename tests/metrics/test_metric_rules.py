from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.metrics import rules

D = Decimal


class TestWilson:
    @pytest.mark.parametrize(
        ("successes", "trials", "low", "high"),
        [
            (1, 5, "0.046", "0.565"),
            (0, 10, "0", "0.213"),
            (10, 10, "0.787", "1"),
            (20, 100, "0.143", "0.273"),
            (4238, 6711, "0.622", "0.641"),
        ],
    )
    def test_gives_the_published_bounds(self, successes, trials, low, high):
        found = rules.wilson(successes=successes, trials=trials)
        assert (round(found.low, 3), round(found.high, 3)) == (
            D(low).quantize(D("0.001")),
            D(high).quantize(D("0.001")),
        )

    def test_is_unknown_without_trials(self):
        assert rules.wilson(successes=0, trials=0) == (None, None)

    @given(trials=st.integers(1, 10_000), part=st.floats(0, 1))
    def test_holds_the_share(self, trials, part):
        successes = round(part * trials)
        found = rules.wilson(successes=successes, trials=trials)
        assert 0 <= found.low <= D(successes) / trials + D("1e-9")
        assert D(successes) / trials - D("1e-9") <= found.high <= 1

    def test_proves_20_percent_with_27_sales_in_100_demos(self):
        assert (
            rules.wilson(successes=26, trials=100).low
            < D("0.2")
            < rules.wilson(successes=27, trials=100).low
        )


class TestGarwood:
    @pytest.mark.parametrize(
        ("events", "exposure", "low", "high"),
        [
            (0, 40, "0", "0.074893"),
            (3, 100, "0.0081769", "0.0775366"),
            (1, 5, "0.010259", "0.948773"),
        ],
    )
    def test_gives_the_exact_bounds(self, events, exposure, low, high):
        found = rules.garwood(events=events, exposure=exposure)
        assert (float(found.low), float(found.high)) == (
            pytest.approx(float(low), rel=1e-4),
            pytest.approx(float(high), rel=1e-4),
        )

    def test_is_unknown_without_exposure(self):
        assert rules.garwood(events=0, exposure=0) == (None, None)

    @given(events=st.integers(1, 400))
    def test_leaves_five_percent_on_each_side(self, events):
        found = rules.garwood(events=events, exposure=1)
        assert rules._poisson_cdf(events, float(found.high)) == pytest.approx(0.05, rel=1e-6)
        assert 1 - rules._poisson_cdf(events - 1, float(found.low)) == pytest.approx(0.05, rel=1e-6)

    def test_stays_the_same_where_the_approximation_begins(self):
        exact, approximate = (rules.garwood(events=n, exposure=n) for n in (2_000, 2_001))
        assert float(exact.low) == pytest.approx(float(approximate.low), rel=1e-4)
        assert float(exact.high) == pytest.approx(float(approximate.high), rel=1e-4)


class TestLifetimeValue:
    @pytest.mark.parametrize(
        ("churn", "simple", "capped"),
        [
            ("0.03", "16666.67", "16666.67"),
            ("0.02", "25000.00", "25000.00"),
            ("0.005", "100000.00", "30000.00"),
        ],
    )
    def test_of_500_a_month(self, churn, simple, capped):
        cents = D("0.01")
        assert rules.ltv_simple(arpa=D(500), churn=D(churn)).quantize(cents) == D(simple)
        assert rules.ltv_capped(arpa=D(500), churn=D(churn)).quantize(cents) == D(capped)

    def test_without_churn_is_unknown_and_capped_is_sixty_months(self):
        assert rules.ltv_simple(arpa=D(500), churn=D(0)) is None
        assert rules.ltv_capped(arpa=D(500), churn=D(0)) == 30_000

    def test_over_a_horizon_never_passes_the_simple_value(self):
        found = [
            rules.ltv_horizon(arpa=D(500), churn=D("0.03"), months=months)
            for months in (0, 1, 12, 600)
        ]
        assert found[:2] == [0, 500]
        assert found == sorted(found)
        assert found[-1] < D(500) / D("0.03")

    def test_discounted_without_discount_is_the_simple_value(self):
        assert rules.ltv_discounted(arpa=D(500), churn=D("0.03"), annual_discount=D(0)) == D(
            500
        ) / D("0.03")
        assert rules.ltv_discounted(arpa=D(500), churn=D(0), annual_discount=D(0)) is None

    @pytest.mark.parametrize(
        ("losses", "exposure", "low", "high"),
        [(3, 100, 6449, 61148), (1, 5, 527, 48737), (0, 40, 6676, None)],
    )
    def test_interval_turns_churn_around(self, losses, exposure, low, high):
        churn = rules.garwood(events=losses, exposure=exposure)
        found = rules.ltv_interval(arpa=D(500), churn=churn)
        assert round(found.low) == pytest.approx(low, abs=1)
        assert (None if found.high is None else round(found.high)) == (
            high and pytest.approx(high, abs=5)
        )

    def test_r09_one_lost_in_five_by_wilson(self):
        """revenue.md R09 takes the proportion's bounds: 885 to 10,879."""
        found = rules.ltv_interval(arpa=D(500), churn=rules.wilson(successes=1, trials=5))
        assert (round(found.low), round(found.high)) == (885, pytest.approx(10_879, abs=1))


class TestPayback:
    @pytest.mark.parametrize(
        ("cost", "monthly", "churn", "expected"),
        [
            (1000, 100, "0", 10),
            (1000, 100, "0.03", 12),
            (3333, 100, "0.03", 303),
            (3334, 100, "0.03", None),
            (0, 100, "0.03", 0),
            (100, 100, "0.5", 1),
            (50, 100, "1", 1),
            (100, 0, "0", None),
            (D(100) / D("0.03"), 100, "0.03", None),
        ],
    )
    def test_with_churn_is_the_first_month_that_repays(self, cost, monthly, churn, expected):
        found = rules.payback_months_with_churn(
            acquisition_cost=D(cost), monthly_revenue=D(monthly), churn=D(churn)
        )
        assert found == expected

    @given(cost=st.integers(1, 5_000), churn=st.sampled_from(["0.005", "0.03", "0.2", "0.9"]))
    def test_with_churn_repays_then_and_not_a_month_before(self, cost, churn):
        months = rules.payback_months_with_churn(
            acquisition_cost=D(cost), monthly_revenue=D(100), churn=D(churn)
        )
        if months is None:
            assert D(cost) >= D(100) / D(churn)
            return
        repaid = [
            rules.ltv_horizon(arpa=D(100), churn=D(churn), months=n) for n in (months - 1, months)
        ]
        assert repaid[0] < cost <= repaid[1]

    def test_without_churn_divides_cost_by_margin(self):
        assert (
            rules.payback_months(
                acquisition_cost=D(1000), monthly_revenue=D(100), gross_margin=D("0.5")
            )
            == 20
        )
        assert rules.payback_months(acquisition_cost=D(1000), monthly_revenue=D(0)) is None


class TestRates:
    def test_of_zero_are_unknown(self):
        assert rules.ratio(numerator=1, denominator=0) is None
        assert rules.cac(cost=100, new_customers=0) is None

    def test_yearly_churn_compounds(self):
        assert rules.annual_churn(monthly=D("0.03")).quantize(D("0.0001")) == D("0.3062")

    def test_monthly_amounts_are_exact_where_they_can_be(self):
        assert rules.monthly_minor(units=299 * 4 * 100 * 6_000) * 12 == pytest.approx(
            D(299 * 4 * 100)
        )
        assert not math.isnan(rules.monthly_minor(units=0))
