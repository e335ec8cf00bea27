"""Sales, invoiced revenue and cash, case by case, on DuckDB."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from company_rows import day, deal, euros, invoice, line, step

from palier.metrics.evaluate import evaluate

TODAY = dt.date(2026, 6, 15)
MAY = {"start": dt.date(2026, 5, 1), "end": dt.date(2026, 6, 1)}


def point(key, tables, **asked):
    points = evaluate(key, tables, today=asked.pop("today", TODAY), **asked)
    assert len(points) == 1
    return points[0]


class TestWinRate:
    def test_counts_deals_closed_in_the_period(self):
        deals = [
            deal(1, "won", won_on="2026-05-02"),
            deal(2, "lost", lost_on="2026-05-31"),
            deal(3, "lost", lost_on="2026-06-01"),
            deal(4),
            deal(5, "won", won_on="2026-05-31"),
        ]
        found = point("sales.win_rate", {"deal": deals}, **MAY)
        assert (found.numerator, found.denominator, found.n) == (2, 3, 3)

    def test_of_nothing_closed_is_unknown(self):
        found = point("sales.win_rate", {"deal": [deal(1)]}, **MAY)
        assert (found.value, found.flags) == (None, ("no_closed_deals",))

    def test_splits_by_product_name(self):
        tables = {
            "product": [{"product_id": 7, "name": "Socle"}],
            "deal": [
                deal(1, "won", won_on="2026-05-02", product_id=7),
                deal(2, "lost", lost_on="2026-05-02"),
            ],
        }
        found = evaluate("sales.win_rate", tables, today=TODAY, by="product", **MAY)
        assert [(one.dimensions["product"], one.value) for one in found] == [
            ("Socle", 1),
            (None, 0),
        ]


class TestSalesCycle:
    def test_is_the_median_with_quartiles(self):
        deals = [
            deal(n, "won", opened_on="2026-04-01", won_on=f"2026-05-{n:02d}") for n in range(1, 6)
        ]
        found = point("sales.cycle_days", {"deal": deals}, **MAY)
        assert (found.value, found.low, found.high, found.n) == (32, 31, 33, 5)
        assert found.beside["mean"] == 32

    def test_leaves_out_wins_before_the_opening(self):
        deals = [
            deal(1, "won", opened_on="2026-05-10", won_on="2026-05-02"),
            deal(2, "won", opened_on="2026-05-01", won_on="2026-05-02"),
        ]
        found = point("sales.cycle_days", {"deal": deals}, **MAY)
        assert (found.value, found.n, found.flags) == (1, 1, ("small_sample", "backwards_dates"))

    def test_without_win_is_unknown(self):
        assert point("sales.cycle_days", {"deal": [deal(1)]}, **MAY).flags == ("no_won_deals",)


class TestDemoConversion:
    WINDOW = {"start": dt.date(2026, 1, 1), "end": dt.date(2026, 4, 1)}

    @pytest.mark.parametrize(
        ("won_on", "expected"),
        [
            ("2026-04-11", 1),
            ("2026-04-12", 0),
            ("2026-01-11", 1),
            (None, 0),
        ],
        ids=["day 90 is in time", "day 91 is late", "the same day", "never"],
    )
    def test_counts_sales_within_90_days(self, won_on, expected):
        won = {"status": "won", "won_on": won_on} if won_on else {}
        found = point(
            "sales.demo_conversion", {"deal": [deal(1, demo_on="2026-01-11", **won)]}, **self.WINDOW
        )
        assert (found.value, found.n) == (expected, 1)

    def test_waits_until_demos_are_mature(self):
        deals = [
            deal(1, "won", demo_on="2026-03-17", won_on="2026-04-01"),
            deal(2, "won", demo_on="2026-03-18", won_on="2026-04-01"),
        ]
        found = point("sales.demo_conversion", {"deal": deals}, **self.WINDOW)
        assert (found.n, found.beside["demos"]) == (1, 2)
        assert "maturing" in found.flags

    def test_says_when_none_is_mature(self):
        found = point("sales.demo_conversion", {"deal": [deal(1, demo_on="2026-05-20")]}, **MAY)
        assert (found.value, found.flags) == (None, ("not_mature",))

    def test_counts_a_party_once_at_its_first_demo(self):
        deals = [
            deal(1, demo_on="2026-01-11"),
            deal(1, "won", demo_on="2026-02-11", won_on="2026-03-01"),
            deal(2, demo_on="2025-12-11"),
            deal(2, demo_on="2026-01-12"),
        ]
        found = point("sales.demo_conversion", {"deal": deals}, **self.WINDOW)
        assert (found.numerator, found.denominator) == (1, 1)

    def test_leaves_out_existing_customers(self):
        tables = {
            "deal": [
                deal(1, "won", won_on="2025-12-01"),
                deal(1, demo_on="2026-01-11"),
                deal(2, demo_on="2026-01-11"),
            ],
            "recurring_line": [line(2, "2025-06-01")],
        }
        found = point("sales.demo_conversion", tables, **self.WINDOW)
        assert (found.value, found.flags) == (None, ("no_demos",))

    @pytest.mark.parametrize(
        ("typed", "steps", "demos"),
        [
            (None, [("demo_held", "2026-01-20")], 1),
            (None, [("demo_no_show", "2026-01-20")], 0),
            (None, [("demo_held", "2025-12-20"), ("demo_held", "2026-01-20")], 0),
            ("2025-12-30", [("demo_held", "2026-01-02")], 1),
            ("2026-01-02", [("demo_held", "2025-12-30")], 0),
            ("2026-01-02", [("created", "2025-11-30")], 1),
        ],
        ids=["told", "no-show", "its first", "told later", "told earlier", "typed alone"],
    )
    def test_takes_the_day_from_the_log_then_from_the_deal(self, typed, steps, demos):
        dated = {"demo_on": day(typed)} if typed else {}
        old = deal(2, "won", deal_id=2, demo_on="2025-01-01", won_on="2025-02-01")
        tables = {
            "deal": [deal(1, deal_id=1, **dated), old],
            "deal_event": [step(1, kind, on) for kind, on in steps],
        }
        assert point("sales.demo_conversion", tables, **self.WINDOW).beside["demos"] == demos

    def test_takes_the_deals_own_day_over_a_step_inferred_from_it(self):
        tables = {
            "deal": [deal(1, deal_id=1, demo_on="2026-01-02")],
            "deal_event": [step(1, "demo_held", "2025-12-31", inferred=True)],
        }
        assert point("sales.demo_conversion", tables, **self.WINDOW).n == 1

    def test_knows_of_demos_that_only_the_log_tells(self):
        tables = {
            "deal": [deal(1, "won", deal_id=1, won_on="2026-02-01")],
            "deal_event": [step(1, "demo_held", "2026-01-20")],
        }
        found = point("sales.demo_conversion", tables, **self.WINDOW)
        assert (found.value, found.n) == (1, 1)

    def test_takes_a_deal_without_customer_as_a_party(self):
        deals = [
            deal(None, "won", demo_on="2026-01-11", won_on="2026-01-20"),
            deal(None, demo_on="2026-01-11"),
        ]
        assert point("sales.demo_conversion", {"deal": deals}, **self.WINDOW).value == Decimal(
            "0.5"
        )


class TestInvoicedRevenue:
    def test_deducts_credit_notes_however_signed(self):
        tables = {
            "invoice": [
                invoice(1, "2026-05-01", 500),
                invoice(1, "2026-05-31", 100, kind="credit_note"),
                invoice(None, "2026-05-02", -50, kind="credit_note"),
                invoice(1, "2026-05-03", 70, kind="order"),
                invoice(1, "2026-06-01", 999),
                invoice(1, "2026-05-04", 888, status="draft"),
            ]
        }
        found = point("revenue.invoiced", tables, **MAY)
        assert (euros(found.value), found.n, found.currency) == (Decimal("420.00"), 4, "EUR")

    def test_takes_gross_less_tax_when_net_is_unknown(self):
        tables = {
            "invoice": [
                invoice(1, "2026-05-01", net_minor=None, gross_minor=12_000, tax_minor=2_000)
            ]
        }
        assert euros(point("revenue.invoiced", tables, **MAY).value) == Decimal("100.00")

    def test_of_a_quiet_month_is_zero_not_unknown(self):
        assert point("revenue.invoiced", {"invoice": [invoice(1, "2026-01-01")]}, **MAY).value == 0


class TestReceivables:
    def test_days_outstanding_are_open_over_ninety_days_of_sales(self):
        tables = {
            "invoice": [
                invoice(1, "2026-05-01", 900),
                invoice(1, "2026-04-01", 900, settled_on="2026-05-31"),
                invoice(1, "2026-04-02", 900, settled_on="2026-06-01"),
                invoice(1, "2026-05-05", 900, kind="order"),
            ]
        }
        found = point("cash.dso_days", tables, **MAY)
        assert (found.value, found.numerator) == (60, 180_000)

    def test_payments_settle_on_the_day_they_reach_the_amount(self):
        tables = {
            "invoice": [invoice(1, "2026-05-01", 900, invoice_id=1, due_on="2026-05-10")],
            "payment": [
                {"invoice_id": 1, "paid_on": day("2026-05-09"), "amount_minor": 50_000},
                {
                    "invoice_id": 1,
                    "paid_on": day("2026-05-09"),
                    "amount_minor": 40_000,
                    "status": "failed",
                },
                {"invoice_id": 1, "paid_on": day("2026-05-12"), "amount_minor": 40_000},
            ],
        }
        assert point("cash.late_share", tables, **MAY).value == 1
        assert point("cash.dso_days", tables, **MAY).value == 0

    def test_credit_notes_lower_what_is_open(self):
        tables = {
            "invoice": [
                invoice(1, "2026-05-01", 900),
                invoice(1, "2026-05-02", 900, kind="credit_note"),
                invoice(1, "2026-05-03", 100, settled_on="2026-05-03"),
            ]
        }
        assert point("cash.dso_days", tables, **MAY).value == 0

    def test_invoices_paid_without_a_day_are_left_out_and_named(self):
        tables = {
            "invoice": [invoice(1, "2026-05-01", 900, status="paid"), invoice(1, "2026-05-02", 900)]
        }
        found = point("cash.dso_days", tables, **MAY)
        assert (found.value, found.flags) == (90, ("unknown_settlement",))

    @pytest.mark.parametrize(
        ("paid", "kind", "flags"),
        [
            (90_000, "invoice", ("unknown_settlement",)),
            (-90_000, "credit_note", ("unknown_settlement",)),
            (89_999, "invoice", ()),
            (None, "invoice", ()),
        ],
        ids=["wholly", "credit note", "in part", "not told"],
    )
    def test_amounts_said_to_be_paid_without_a_day_are_left_out(self, paid, kind, flags):
        told = invoice(1, "2026-05-01", 900, kind=kind, paid_minor=paid)
        found = point("cash.dso_days", {"invoice": [told, invoice(1, "2026-05-02", 2_700)]}, **MAY)
        assert found.flags == flags
        assert found.numerator == (270_000 if flags else 360_000)

    def test_what_is_issued_after_the_close_is_not_open_yet(self):
        tables = {"invoice": [invoice(1, "2026-05-31", 900), invoice(1, "2026-06-01", 900)]}
        assert point("cash.dso_days", tables, **MAY).numerator == 90_000

    def test_without_sales_is_unknown(self):
        found = point("cash.dso_days", {"invoice": [invoice(1, "2025-01-01")]}, **MAY)
        assert (found.value, found.flags) == (None, ("no_sales",))

    @pytest.mark.parametrize(
        ("settled_on", "late"), [("2026-05-10", 0), ("2026-05-11", 1), (None, 1)]
    )
    def test_late_is_after_the_due_day_or_still_open(self, settled_on, late):
        more = {"settled_on": settled_on} if settled_on else {}
        tables = {"invoice": [invoice(1, "2026-05-01", due_on="2026-05-10", **more)]}
        assert point("cash.late_share", tables, **MAY).value == late

    def test_what_falls_due_today_is_not_judged(self):
        tables = {"invoice": [invoice(1, "2026-05-01", due_on="2026-06-15")]}
        found = point("cash.late_share", tables, start=day("2026-06-01"), end=day("2026-07-01"))
        assert (found.value, found.flags) == (None, ("nothing_due", "unfinished_period"))
