"""Recurring revenue, case by case: the table of revenue.md §4, run on DuckDB."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from company_rows import day, euros, line

from palier.metrics.evaluate import evaluate, in_memory

TODAY = dt.date(2026, 6, 15)


def movements(lines, **switches):
    from palier.metrics.conventions import Conventions

    engine = in_memory({"recurring_line": lines}, conventions=Conventions(**switches))
    found = engine.fetch(
        "SELECT day, kind, delta FROM movement WHERE delta <> 0 ORDER BY day, customer_id"
    )[1]
    engine.connection.close()
    return [(str(on), kind, str(euros(Decimal(units) / 72_000))) for on, kind, units in found]


LIFECYCLE = [
    line(1, "2025-01-10", "2025-03-10", 2000, interval="year"),
    line(1, "2025-03-10", "2025-06-01", 2720, interval="year"),
    line(1, "2025-06-01", "2026-01-10", 2000, interval="year"),
    line(1, "2026-03-05", None, 150),
]
CASES = {
    "M01 a month": ([line(1, "2025-01-01")], {}, [("2025-01-01", "new", "100.00")]),
    "M02 a year is a twelfth": (
        [line(1, "2025-01-01", amount=1200, interval="year")],
        {},
        [("2025-01-01", "new", "100.00")],
    ),
    "M03 a quarter at 299": (
        [line(1, "2025-01-01", amount=299, interval="quarter")],
        {},
        [("2025-01-01", "new", "99.67")],
    ),
    "M04 a week at 10": (
        [line(1, "2025-01-01", amount=10, interval="week")],
        {},
        [("2025-01-01", "new", "43.33")],
    ),
    "M05 upgrade in mid-month": (
        [line(1, "2025-01-01", "2025-02-15"), line(1, "2025-02-15", amount=150)],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-02-15", "expansion", "50.00")],
    ),
    "M06 more seats": (
        [
            line(1, "2025-01-01", "2025-03-01", 20, quantity=5),
            line(1, "2025-03-01", None, 20, quantity=8),
        ],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-03-01", "expansion", "60.00")],
    ),
    "M07 up and down in a month, by day": (
        [
            line(1, "2025-01-01", "2025-02-05"),
            line(1, "2025-02-05", "2025-02-20", 150),
            line(1, "2025-02-20", None, 120),
        ],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-02-05", "expansion", "50.00"),
            ("2025-02-20", "contraction", "-30.00"),
        ],
    ),
    "M07b up and down in a month, by month": (
        [
            line(1, "2025-01-01", "2025-02-05"),
            line(1, "2025-02-05", "2025-02-20", 150),
            line(1, "2025-02-20", None, 120),
        ],
        {"net_by": "month"},
        [("2025-01-01", "new", "100.00"), ("2025-02-01", "expansion", "20.00")],
    ),
    "M08 swap of subscriptions on one day": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-01", None, 130)],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-03-01", "expansion", "30.00")],
    ),
    "M09 a gap of one day": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-02", None, 130)],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "churn", "-100.00"),
            ("2025-03-02", "reactivation", "130.00"),
        ],
    ),
    "M09b the same with three days of grace": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-02", None, 130)],
        {"grace_days": 3},
        [("2025-01-01", "new", "100.00"), ("2025-03-02", "expansion", "30.00")],
    ),
    "M09c the same by month": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-02", None, 130)],
        {"net_by": "month"},
        [("2025-01-01", "new", "100.00"), ("2025-03-01", "expansion", "30.00")],
    ),
    "M10 a lifecycle": (
        LIFECYCLE,
        {},
        [
            ("2025-01-10", "new", "166.67"),
            ("2025-03-10", "expansion", "60.00"),
            ("2025-06-01", "contraction", "-60.00"),
            ("2026-01-10", "churn", "-166.67"),
            ("2026-03-05", "reactivation", "150.00"),
        ],
    ),
    "M11 in and out in a month": (
        [line(1, "2025-01-05", "2025-01-20")],
        {},
        [("2025-01-05", "new", "100.00"), ("2025-01-20", "churn", "-100.00")],
    ),
    "M11b nothing by month": ([line(1, "2025-01-05", "2025-01-20")], {"net_by": "month"}, []),
    "M12 a pause": (
        [
            line(1, "2025-01-01", "2025-03-01"),
            line(1, "2025-03-01", "2025-05-01", status="paused"),
            line(1, "2025-05-01"),
        ],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "contraction", "-100.00"),
            ("2025-05-01", "expansion", "100.00"),
        ],
    ),
    "M12b a pause as a departure": (
        [
            line(1, "2025-01-01", "2025-03-01"),
            line(1, "2025-03-01", "2025-05-01", status="paused"),
            line(1, "2025-05-01"),
        ],
        {"pause_as": "churn"},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "churn", "-100.00"),
            ("2025-05-01", "reactivation", "100.00"),
        ],
    ),
    "M13 a trial, then paid": (
        [line(1, "2025-01-01", "2025-01-15", status="trial"), line(1, "2025-01-15")],
        {},
        [("2025-01-15", "new", "100.00")],
    ),
    "M14 a trial that ends": ([line(1, "2025-01-01", "2025-01-15", status="trial")], {}, []),
    "M15 a coupon of three months": (
        [line(1, "2025-01-01", "2025-04-01", discount_percent="20"), line(1, "2025-04-01")],
        {},
        [("2025-01-01", "new", "80.00"), ("2025-04-01", "expansion", "20.00")],
    ),
    "M17 a yearly plan stopped early": (
        [line(1, "2025-01-01", "2025-04-10", 1200, interval="year")],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-04-10", "churn", "-100.00")],
    ),
    "M18 a second subscription": (
        [line(1, "2025-01-01"), line(1, "2025-02-01", None, 40)],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-02-01", "expansion", "40.00")],
    ),
    "M20 a line of no length": ([line(1, "2025-01-05", "2025-01-05")], {}, []),
    "M20b a line that ends before it starts": ([line(1, "2025-01-05", "2025-01-01")], {}, []),
    "M21 free, paid, free": (
        [
            line(1, "2025-01-01", "2025-02-01", 0),
            line(1, "2025-02-01", "2025-03-01"),
            line(1, "2025-03-01", None, 0),
        ],
        {},
        [("2025-02-01", "new", "100.00"), ("2025-03-01", "churn", "-100.00")],
    ),
    "M22 below zero is zero": ([line(1, "2025-01-01", None, -50)], {}, []),
    "M23 a negative line of a customer": (
        [line(1, "2025-01-01"), line(1, "2025-02-01", None, -30)],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-02-01", "contraction", "-30.00")],
    ),
    "M24 overlapping lines": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-02-01", "2025-04-01", 60)],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-02-01", "expansion", "60.00"),
            ("2025-03-01", "contraction", "-100.00"),
            ("2025-04-01", "churn", "-60.00"),
        ],
    ),
    "M09d a gap longer than the grace": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-05", None, 130)],
        {"grace_days": 3},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "churn", "-100.00"),
            ("2025-03-05", "reactivation", "130.00"),
        ],
    ),
    "M09e grace keeps the last departure": (
        [line(1, "2025-01-01", "2025-03-01"), line(2, "2025-03-02")],
        {"grace_days": 3},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "churn", "-100.00"),
            ("2025-03-02", "new", "100.00"),
        ],
    ),
    "M10b the lifecycle by month": (
        LIFECYCLE,
        {"net_by": "month"},
        [
            ("2025-01-01", "new", "166.67"),
            ("2025-03-01", "expansion", "60.00"),
            ("2025-06-01", "contraction", "-60.00"),
            ("2026-01-01", "churn", "-166.67"),
            ("2026-03-01", "reactivation", "150.00"),
        ],
    ),
    "M12c a pause that never ends": (
        [
            line(1, "2025-01-01", "2025-03-01"),
            line(1, "2025-03-01", "2025-05-01", status="paused"),
        ],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-03-01", "contraction", "-100.00")],
    ),
    "M12d a return after a pause that ended": (
        [
            line(1, "2025-01-01", "2025-03-01"),
            line(1, "2025-03-01", "2025-05-01", status="paused"),
            line(1, "2025-06-01"),
        ],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-03-01", "contraction", "-100.00"),
            ("2025-06-01", "reactivation", "100.00"),
        ],
    ),
    "M15b a discount for good, then raised": (
        [
            line(1, "2025-01-01", "2025-04-01", discount_percent="12.5"),
            line(1, "2025-04-01", discount_percent="50"),
        ],
        {},
        [("2025-01-01", "new", "87.50"), ("2025-04-01", "contraction", "-37.50")],
    ),
    "M15c a gift of everything": ([line(1, "2025-01-01", discount_percent="100")], {}, []),
    "M18b one of two subscriptions ends": (
        [line(1, "2025-01-01"), line(1, "2025-01-01", "2025-06-01", 40)],
        {},
        [("2025-01-01", "new", "140.00"), ("2025-06-01", "contraction", "-40.00")],
    ),
    "M21b a free line beside a paid one": (
        [line(1, "2025-01-01", None, 0), line(1, "2025-02-01")],
        {},
        [("2025-02-01", "new", "100.00")],
    ),
    "M23b a credit line as large as the subscription": (
        [line(1, "2025-01-01"), line(1, "2025-02-01", "2025-03-01", -100)],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-02-01", "churn", "-100.00"),
            ("2025-03-01", "reactivation", "100.00"),
        ],
    ),
    "M23c a credit line larger than it": (
        [line(1, "2025-01-01"), line(1, "2025-02-01", "2025-03-01", -150)],
        {},
        [
            ("2025-01-01", "new", "100.00"),
            ("2025-02-01", "churn", "-100.00"),
            ("2025-03-01", "reactivation", "100.00"),
        ],
    ),
    "M26b a day, three years and five years": (
        [
            line(1, "2025-01-01", None, 12, interval="day"),
            line(2, "2025-01-02", None, 3600, interval="year", interval_count=3),
            line(3, "2025-01-03", None, 6000, interval="year", interval_count=5),
        ],
        {},
        [
            ("2025-01-01", "new", "365.00"),
            ("2025-01-02", "new", "100.00"),
            ("2025-01-03", "new", "100.00"),
        ],
    ),
    "M30 another currency from the same day at the same amount": (
        [line(1, "2025-01-01", "2025-03-01"), line(1, "2025-03-01", currency="USD")],
        {},
        [("2025-01-01", "new", "100.00")],
    ),
    "M26 six-month and two-year terms": (
        [
            line(1, "2025-01-01", None, 600, interval="half"),
            line(2, "2025-01-02", None, 2400, interval="year", interval_count=2),
        ],
        {},
        [("2025-01-01", "new", "100.00"), ("2025-01-02", "new", "100.00")],
    ),
}


class TestMovements:
    @pytest.mark.parametrize(("lines", "switches", "expected"), CASES.values(), ids=CASES.keys())
    def test_follow_the_table(self, lines, switches, expected):
        assert movements(lines, **switches) == expected


class TestRollForward:
    def points(self, key, lines, **asked):
        return evaluate(key, {"recurring_line": lines}, today=TODAY, **asked)

    def test_exact_monthly_revenue_keeps_its_fraction(self):
        point = self.points(
            "mrr.total", [line(1, "2025-01-01", amount=299, interval="quarter")], end=TODAY
        )[0]
        assert point.value * 3 == pytest.approx(Decimal(29900))
        assert point.value * 12 == pytest.approx(Decimal(119600), abs=Decimal("1e-20"))

    def test_m19_paid_to_the_last_day_is_lost_the_next_month(self):
        lines = [line(1, "2025-01-01", "2025-02-01")]
        points = self.points(
            "mrr.churn", lines, grain="month", start=day("2025-01-01"), end=day("2025-03-01")
        )
        assert [euros(point.value) for point in points] == [Decimal("0.00"), Decimal("-100.00")]

    def test_m25_a_scheduled_end_still_counts(self):
        lines = [line(1, "2026-01-01", "2026-12-01", 140)]
        assert euros(
            self.points("mrr.total", lines, start=day("2026-01-01"), end=TODAY)[0].value
        ) == Decimal("140.00")

    def test_m31_a_signed_start_does_not_count_yet(self):
        lines = [line(1, "2026-01-01", None, 140), line(2, "2026-09-01", None, 110)]
        assert euros(self.points("mrr.total", lines)[0].value) == Decimal("140.00")

    def test_m16_a_one_off_credit_note_changes_nothing(self):
        from company_rows import invoice

        tables = {
            "recurring_line": [line(1, "2025-01-01")],
            "invoice": [invoice(1, "2025-02-01", -40, kind="credit_note")],
        }
        assert euros(evaluate("mrr.total", tables, today=TODAY)[0].value) == Decimal("100.00")

    def test_opening_and_movements_give_closing_every_month(self):
        keys = ("mrr.new", "mrr.expansion", "mrr.contraction", "mrr.churn", "mrr.reactivation")
        asked = {"grain": "month", "start": day("2024-12-01"), "end": day("2026-05-01")}
        totals = self.points("mrr.total", LIFECYCLE, **asked)
        flows = [self.points(key, LIFECYCLE, **asked) for key in keys]
        opening = Decimal(0)
        for month, total in enumerate(totals):
            assert opening + sum(flow[month].value for flow in flows) == pytest.approx(total.value)
            opening = total.value

    def test_m11_in_and_out_leaves_the_churn_rate_alone(self):
        lines = [line(1, "2024-01-01"), line(2, "2025-01-05", "2025-01-20")]
        asked = {"start": day("2025-01-01"), "end": day("2025-02-01")}
        churn = self.points("customers.churn", lines, **asked)[0]
        assert (churn.numerator, churn.denominator) == (0, 1)
        assert euros(self.points("mrr.churn", lines, **asked)[0].value) == Decimal("-100.00")

    def test_m13_a_trial_is_no_customer(self):
        lines = [line(1, "2025-01-01", "2025-02-15", status="trial"), line(1, "2025-02-15")]
        points = self.points(
            "customers.new", lines, grain="month", start=day("2025-01-01"), end=day("2025-03-01")
        )
        assert [point.value for point in points] == [0, 1]

    def test_r03_churn_without_opening_customers_is_unknown(self):
        points = self.points(
            "customers.churn",
            [line(1, "2025-01-05")],
            start=day("2025-01-01"),
            end=day("2025-02-01"),
        )
        assert (points[0].value, points[0].low) == (None, None)

    def test_lines_below_zero_are_reported(self):
        point = self.points("mrr.total", [line(1, "2025-01-01", None, -50)])[0]
        assert (point.value, point.flags) == (Decimal(0), ("negative_recurring",))

    def test_two_currencies_are_named(self):
        lines = [line(1, "2025-01-01"), line(2, "2025-01-01", currency="USD")]
        point = self.points("mrr.total", lines)[0]
        assert "mixed_currencies" in point.flags
        assert point.currency is None

    def test_a_company_without_lines_has_no_figure(self):
        point = self.points("mrr.total", [])[0]
        assert (point.value, point.flags) == (None, ("no_data",))

    def test_a_future_period_has_no_figure(self):
        points = self.points(
            "mrr.total",
            [line(1, "2025-01-01")],
            grain="year",
            start=day("2026-01-01"),
            end=day("2028-01-01"),
        )
        assert [point.flags for point in points] == [("unfinished_period",), ("future_period",)]
        assert points[1].value is None


class TestRetention:
    def points(self, key, lines):
        return evaluate(
            key,
            {"recurring_line": lines},
            today=TODAY,
            start=day("2026-05-01"),
            end=day("2026-06-01"),
        )[0]

    BASE = [
        line(1, "2025-01-01"),
        line(2, "2025-01-01", "2026-02-01"),
        line(3, "2025-01-01", "2025-12-01", 200),
        line(3, "2025-12-01", None, 260),
        line(4, "2025-09-01", None, 900),
    ]

    def test_net_counts_what_the_opening_customers_pay_now(self):
        point = self.points("mrr.nrr", self.BASE)
        assert (point.value, point.n) == (Decimal(360) / 400, 3)

    def test_gross_caps_each_customer_at_the_opening(self):
        assert self.points("mrr.grr", self.BASE).value == Decimal(300) / 400

    def test_r07_growth_and_loss_do_not_offset_each_other_in_gross(self):
        lines = [
            line(1, "2025-01-01", "2025-12-01"),
            line(1, "2025-12-01", None, 300),
            line(2, "2025-01-01", "2026-01-01"),
        ]
        assert (self.points("mrr.nrr", lines).value, self.points("mrr.grr", lines).value) == (
            Decimal("1.5"),
            Decimal("0.5"),
        )

    def test_a_pause_counts_as_lost_revenue_not_as_a_lost_customer(self):
        lines = [
            line(1, "2025-01-01", "2026-01-01"),
            line(1, "2026-01-01", status="paused"),
            line(2, "2025-01-01"),
        ]
        assert self.points("mrr.nrr", lines).value == Decimal("0.5")

    def test_r05_a_dip_inside_the_window_leaves_no_trace(self):
        lines = [
            line(1, "2025-01-01", "2025-09-01"),
            line(1, "2025-09-01", "2025-11-01", 40),
            line(1, "2025-11-01"),
        ]
        assert self.points("mrr.grr", lines).value == 1

    def test_r06_a_return_inside_the_window_leaves_no_trace(self):
        lines = [line(1, "2025-01-01", "2025-09-01"), line(1, "2025-11-01")]
        assert (self.points("mrr.nrr", lines).value, self.points("mrr.grr", lines).value) == (1, 1)

    def test_r08_nobody_at_the_opening_gives_no_figure(self):
        point = self.points("mrr.nrr", [line(1, "2026-01-01")])
        assert (point.value, point.flags) == (None, ("no_opening_customers",))

    def test_a_customer_away_at_the_opening_does_not_count(self):
        lines = [line(1, "2024-01-01", "2025-01-01"), line(1, "2025-12-01"), line(2, "2025-01-01")]
        assert self.points("mrr.nrr", lines).value == 1

    def test_a_pause_that_overlaps_paid_lines_does_not_hide_the_opening(self):
        lines = [
            line(1, "2025-01-01"),
            line(1, "2025-08-01", "2025-10-01", status="paused"),
            line(1, "2026-01-01", None, 50),
        ]
        assert self.points("mrr.nrr", lines).value == Decimal(150) / 100
