"""Customers and unit economics, case by case, on DuckDB."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from company_rows import day, deal, euros, invoice, line, spend

from palier.metrics.evaluate import evaluate

TODAY = dt.date(2026, 6, 15)
MAY = {"start": dt.date(2026, 5, 1), "end": dt.date(2026, 6, 1)}


def point(key, tables, **asked):
    points = evaluate(key, tables, today=asked.pop("today", TODAY), **asked)
    assert len(points) == 1
    return points[0]


class TestSubscribers:
    LINES = {
        "recurring_line": [
            line(1, "2025-01-01"),
            line(2, "2025-01-01", "2026-05-20"),
            line(3, "2025-01-01", "2026-05-10"),
            line(3, "2026-05-25"),
            line(4, "2026-05-04", "2026-05-28"),
            line(5, "2026-05-06"),
            line(6, "2025-01-01", "2026-05-15"),
            line(6, "2026-05-15", None, status="paused"),
            line(7, "2025-01-01", None, status="trial"),
        ]
    }

    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            ("customers.active", 3),
            ("customers.new", 2),
            ("customers.lost", 3),
            ("customers.churn", Decimal("0.25")),
        ],
    )
    def test_are_those_who_pay(self, key, expected):
        assert point(key, self.LINES, **MAY).value == expected

    def test_paused_ones_are_lost_when_the_pause_ends_for_good(self):
        lines = {
            "recurring_line": [
                line(1, "2025-01-01", "2026-03-01"),
                line(1, "2026-03-01", "2026-05-10", status="paused"),
                line(2, "2025-01-01"),
            ]
        }
        assert point("customers.lost", lines, **MAY).value == 1
        assert point("customers.churn", lines, **MAY).value == 0

    def test_churn_of_nobody_is_unknown(self):
        lines = {"recurring_line": [line(1, "2026-05-04")]}
        found = point("customers.churn", lines, **MAY)
        assert (found.value, found.flags) == (None, ("no_opening_customers",))

    def test_r09_one_in_five_has_a_wide_interval(self):
        lines = {
            "recurring_line": [
                line(1, "2025-01-01", "2026-05-10"),
                *(line(n, "2025-01-01") for n in range(2, 6)),
            ]
        }
        found = point("customers.churn", lines, **MAY)
        assert (found.value, found.n, found.flags) == (Decimal("0.2"), 5, ("small_sample",))
        assert (round(found.low, 3), round(found.high, 3)) == (Decimal("0.046"), Decimal("0.565"))

    def test_channel_splits_the_whole(self):
        tables = self.LINES | {
            "customer": [
                {"customer_id": 1, "acquisition_channel": "salon"},
                {"customer_id": 2, "acquisition_channel": "salon"},
                {"customer_id": 3, "acquisition_channel": "web"},
                {"customer_id": 5, "acquisition_channel": None},
            ]
        }
        found = evaluate("customers.active", tables, today=TODAY, by="channel", **MAY)
        assert {one.dimensions["channel"]: one.value for one in found} == {
            "salon": 1,
            "web": 1,
            None: 1,
        }


class TestBuyers:
    def test_are_active_for_365_days_after_a_purchase(self):
        tables = {
            "invoice": [
                invoice(1, "2025-05-30"),
                invoice(2, "2025-06-02", kind="order"),
                invoice(3, "2025-06-01"),
            ]
        }
        assert point("customers.active", tables, **MAY).value == 2
        assert point("customers.lost", tables, **MAY).value == 1

    def test_who_buy_on_the_365th_day_never_left(self):
        tables = {"invoice": [invoice(1, "2025-05-10"), invoice(1, "2026-05-10")]}
        assert [
            point(key, tables, **MAY).value for key in ("customers.lost", "customers.active")
        ] == [0, 1]

    def test_who_come_back_later_are_not_new(self):
        tables = {
            "invoice": [
                invoice(1, "2024-01-10"),
                invoice(1, "2026-05-10"),
                invoice(2, "2026-05-11"),
            ]
        }
        assert point("customers.new", tables, **MAY).value == 1

    def test_are_not_made_by_credit_notes_drafts_or_cancelled_invoices(self):
        tables = {
            "invoice": [
                invoice(1, "2026-05-02", 50, kind="credit_note"),
                invoice(2, "2026-05-02", status="draft"),
                invoice(3, "2026-05-02", status="cancelled"),
                invoice(4, "2026-05-02", -10),
                invoice(5, "2026-05-02"),
            ]
        }
        assert point("customers.active", tables, **MAY).value == 1

    def test_are_taken_from_won_deals_without_invoices(self):
        tables = {
            "deal": [
                deal(1, "won", won_on="2026-05-02"),
                deal(2, "lost", lost_on="2026-05-02"),
                deal(None, "won", won_on="2026-05-03"),
            ]
        }
        assert point("customers.active", tables, **MAY).value == 1

    def test_expiry_in_the_future_is_not_counted_yet(self):
        tables = {"invoice": [invoice(1, "2025-07-01")]}
        assert (
            point("customers.active", tables, start=day("2026-01-01"), end=day("2027-01-01")).value
            == 1
        )

    def test_revenue_per_customer_is_a_twelfth_of_the_last_365_days(self):
        tables = {
            "invoice": [
                invoice(1, "2026-01-01", 1100),
                invoice(1, "2026-02-01", 100),
                invoice(2, "2026-03-01", 1200),
                invoice(1, "2024-03-01", 9999),
            ]
        }
        found = point("revenue.arpa", tables, **MAY)
        assert (euros(found.value), found.n, found.flags) == (
            Decimal("100.00"),
            2,
            ("twelve_month_revenue",),
        )


def steady(*, customers=100, lost=3, amount=500):
    """A base where `lost` of the opening customers leave in May, and `customers` are there each earlier month."""
    lines = [
        line(n, "2025-01-01", "2026-05-20" if n <= lost else None, amount)
        for n in range(1, customers + 1)
    ]
    return {"recurring_line": lines}


class TestLifetimeValue:
    def test_article_500_a_month_and_3_percent_give_16667(self):
        tables = steady()
        assert point("revenue.arpa", tables, **MAY).value == 50_000
        found = point("unit.ltv", tables, churn_window_months=1, **MAY)
        assert (found.denominator, euros(found.value)) == (Decimal("0.03"), Decimal("16666.67"))
        assert (found.low / 100, found.high / 100) == (
            pytest.approx(Decimal(6449), abs=1),
            pytest.approx(Decimal(61148), abs=2),
        )

    def test_r09_one_loss_of_five_has_bounds_of_a_count(self):
        found = point("unit.ltv", steady(customers=5, lost=1), churn_window_months=1, **MAY)
        assert (euros(found.value), found.flags) == (Decimal("2500.00"), ("small_sample",))
        assert (round(found.low / 100), round(found.high / 100)) == (527, 48739)

    def test_article_2_percent_gives_25000(self):
        assert euros(
            point("unit.ltv", steady(lost=2), churn_window_months=1, **MAY).value
        ) == Decimal("25000.00")

    def test_pools_six_months_of_exposure(self):
        found = point("unit.ltv", steady(), **MAY)
        assert (found.beside["losses"], found.beside["customer_months"], found.n) == (3, 600, 600)
        assert "beyond_cap" in found.flags
        assert euros(found.beside["capped"]) == Decimal("30000.00")

    def test_without_loss_only_a_lower_bound_is_known(self):
        found = point("unit.ltv", steady(customers=40, lost=0), churn_window_months=1, **MAY)
        assert (found.value, found.high, found.flags) == (None, None, ("not_identified",))
        assert found.low / 100 == pytest.approx(Decimal(6676), abs=1)

    def test_without_customer_there_is_none(self):
        found = point("unit.ltv", {"recurring_line": [line(1, "2025-01-01", "2025-02-01")]}, **MAY)
        assert (found.value, found.flags) == (None, ("no_customers",))

    def test_gross_margin_scales_it(self):
        found = point(
            "unit.ltv", steady(), churn_window_months=1, gross_margin=Decimal("0.8"), **MAY
        )
        assert euros(found.value) == Decimal("13333.33")


class TestAcquisition:
    TABLES = {
        "recurring_line": [
            line(1, "2026-05-02", None, 50),
            line(2, "2026-05-03", None, 150),
            line(3, "2025-01-01", "2026-05-09"),
        ],
        "customer": [
            {"customer_id": 1, "acquisition_channel": "search"},
            {"customer_id": 2, "acquisition_channel": "salon"},
            {"customer_id": 3, "acquisition_channel": "search"},
        ],
        "marketing_spend": [
            spend("2026-05-04", 300),
            spend("2026-05-05", 500, "salon"),
            spend("2026-05-06", 100, "print"),
            spend("2026-05-30", 100, "equipe", kind="founder_time"),
            spend("2026-06-01", 999),
        ],
    }

    def test_cost_counts_everything_spent_over_new_customers(self):
        found = point("unit.cac", self.TABLES, **MAY)
        assert (euros(found.value), found.numerator, found.n, found.flags) == (
            Decimal("500.00"),
            100_000,
            2,
            (),
        )

    def test_cost_by_channel_meets_the_channel_of_customers(self):
        found = evaluate("unit.cac", self.TABLES, today=TODAY, by="channel", **MAY)
        assert {one.dimensions["channel"]: euros(one.value) for one in found} == {
            "equipe": None,
            "print": None,
            "salon": Decimal("500.00"),
            "search": Decimal("300.00"),
        }
        assert next(one for one in found if one.dimensions["channel"] == "print").flags == (
            "no_new_customers",
        )

    def test_cost_without_founder_time_says_so(self):
        tables = self.TABLES | {"marketing_spend": [spend("2026-05-04", 300)]}
        assert point("unit.cac", tables, **MAY).flags == ("without_founder_time",)

    def test_cost_without_new_customer_is_unallocated(self):
        tables = self.TABLES | {"recurring_line": [line(3, "2025-01-01")]}
        found = point("unit.cac", tables, **MAY)
        assert (found.value, found.numerator, found.flags) == (None, 100_000, ("no_new_customers",))

    def test_cost_without_any_spend_is_unknown(self):
        assert point("unit.cac", self.TABLES | {"marketing_spend": []}, **MAY).flags == ("no_data",)

    def test_payback_divides_by_what_new_customers_pay(self):
        assert point("unit.payback_months", self.TABLES, **MAY).value == 5

    def test_payback_with_departures_is_beside(self):
        lines = [
            *steady(customers=100, lost=3)["recurring_line"],
            line(101, "2026-05-02", None, 500),
        ]
        tables = {"recurring_line": lines, "marketing_spend": [spend("2026-05-04", 5_000)]}
        found = point("unit.payback_months", tables, churn_window_months=1, **MAY)
        assert (found.value, found.beside["with_churn"]) == (10, 12)

    def test_l10_payback_that_never_comes_says_so(self):
        lines = [
            *steady(customers=100, lost=3)["recurring_line"],
            line(101, "2026-05-02", None, 500),
        ]
        tables = {"recurring_line": lines, "marketing_spend": [spend("2026-05-04", 17_000)]}
        found = point("unit.payback_months", tables, churn_window_months=1, **MAY)
        assert (found.value, found.beside["with_churn"]) == (34, None)
        assert "never_pays_back" in found.flags

    def test_l08_payback_without_new_revenue_is_unknown(self):
        tables = self.TABLES | {"recurring_line": [line(3, "2025-01-01")]}
        assert point("unit.payback_months", tables, **MAY).value is None

    def test_cost_by_channel_counts_each_euro_once(self):
        whole = point("unit.cac", self.TABLES, **MAY).numerator
        split = evaluate("unit.cac", self.TABLES, today=TODAY, by="channel", **MAY)
        assert sum(one.numerator for one in split) == whole

    def test_ratio_is_lifetime_value_over_cost(self):
        found = point("unit.ltv_cac", self.TABLES, **MAY)
        assert found.value == found.beside["ltv"] / found.beside["cac"]

    def test_ratio_over_no_cost_is_unknown(self):
        tables = self.TABLES | {"marketing_spend": [spend("2025-05-04", 300)]}
        found = point("unit.ltv_cac", tables, **MAY)
        assert found.value is None
        assert "no_cost" in found.flags
