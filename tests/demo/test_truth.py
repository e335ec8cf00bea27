"""The story that the figures tell, and the truth that imports are compared with."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from statistics import median

import pytest

from palier.demo import names
from palier.demo.billing import CARD, DEBIT
from palier.demo.chance import is_worked
from palier.demo.simulation import broken_promises, simulate
from palier.demo.truth import Facts, facts
from palier.demo.world import FOUNDER, World


class TestFacts:
    def test_movements_add_up_to_the_closing_of_every_month(self, truth: Facts) -> None:
        total = 0
        for month in truth.months:
            total += sum(month.movements.values())
            assert total == month.units

    def test_all_five_movements_happen(self, truth: Facts) -> None:
        kinds = {kind for month in truth.months for kind in month.movements}

        assert kinds == {"new", "expansion", "contraction", "churn", "reactivation"}

    def test_is_the_same_from_arguments_as_from_the_world(self, truth: Facts) -> None:
        assert facts(until=truth.until) == truth

    def test_payments_read_and_refused_are_all_payments(self, truth: Facts, world: World) -> None:
        refused = truth.rejected["facturation-facturelle/reglements.csv"]["reglement"]

        assert truth.entities["payment"] + refused == len(world.payments)
        assert truth.paid < sum(payment.amount for payment in world.payments)


class TestStory:
    def test_keeps_every_promise(self, world: World) -> None:
        assert broken_promises(world) == []

    @pytest.mark.parametrize(
        "until", [dt.date(2025, 8, 31), dt.date(2027, 3, 1), dt.date(2028, 2, 29)]
    )
    def test_keeps_them_whatever_the_day(self, until: dt.date) -> None:
        assert broken_promises(simulate(until=until)) == []

    def test_sells_as_announced(self, truth: Facts) -> None:
        assert 0.25 <= truth.win_rate <= 0.35
        assert 0.22 <= truth.matured_demo_sales / truth.matured_demos <= 0.28
        assert 35 <= median(truth.cycle_days) <= 50
        assert 0.20 <= truth.late_share <= 0.30
        assert 250 <= sum(month.new for month in truth.months) <= 400

    def test_the_founder_sells_faster_than_the_hires(self, world: World) -> None:
        won = [deal for deal in world.deals if deal.status == "won" and deal.closed_on]
        founder = median(
            (d.closed_on - d.opened_on).days for d in won if d.owner == FOUNDER and d.closed_on
        )
        hires = median(
            (d.closed_on - d.opened_on).days for d in won if d.owner != FOUNDER and d.closed_on
        )

        assert hires > 1.8 * founder

    def test_the_founder_won_more_than_twenty_customers(self, truth: Facts) -> None:
        assert truth.won_by_owner[FOUNDER] > 20


class TestCoherence:
    def test_customers_pay_for_what_they_subscribed_to(self, world: World) -> None:
        billed = {invoice.company.number for invoice in world.invoices}
        active = {
            s.company.number
            for s in world.subscriptions
            if any(line.status == "active" for line in s.lines)
        }
        assert billed == active

    def test_nothing_is_paid_beyond_its_invoice(self, world: World) -> None:
        for invoice in world.invoices:
            assert abs(invoice.paid) <= abs(invoice.gross)
            assert (invoice.settled_on is not None) == (invoice.paid == invoice.gross)

    def test_lines_of_a_subscription_follow_each_other(self, world: World) -> None:
        for subscription in world.subscriptions:
            for before, after in pairwise(subscription.lines):
                assert before.starts_on < after.starts_on
                assert before.ends_on == after.starts_on

    def test_steps_of_a_deal_are_in_order(self, world: World) -> None:
        for deal in world.deals:
            assert all(a.at < b.at for a, b in pairwise(deal.steps))
            assert deal.steps[-1].at.date() < world.period.until

    def test_subscriptions_begin_with_a_sale(self, world: World) -> None:
        won = {deal.company.number for deal in world.deals if deal.status == "won"}
        for subscription in world.subscriptions:
            if any(line.status == "active" for line in subscription.lines):
                assert subscription.company.number in won

    def test_people_work_on_working_days(self, world: World) -> None:
        days = [step.at.date() for deal in world.deals for step in deal.steps]
        days += [ticket.opened_at.date() for ticket in world.tickets]
        days += [ticket.solved_at.date() for ticket in world.tickets if ticket.solved_at]
        assert [day for day in days if not is_worked(day)] == []
        assert {ticket.solved_at.hour for ticket in world.tickets if ticket.solved_at} <= set(
            range(8, 19)
        )

    def test_banks_move_money_on_working_days_and_debits_are_on_time(self, world: World) -> None:
        moved = [payment for payment in world.payments if payment.method != CARD]
        assert [payment for payment in moved if not is_worked(payment.paid_on)] == []
        debits = [p for p in world.payments if p.method == DEBIT and p.invoice.net > 0]
        assert 0 < sum(p.paid_on > p.invoice.due_on for p in debits) < len(debits) * 0.06

    def test_women_and_men_bear_their_own_titles(self, world: World) -> None:
        hers, his = ({pair[number] for pair in names.TITLES} for number in (0, 1))
        people = [contact for company in world.companies for contact in company.contacts]
        assert len(people) > 500
        assert all(p.job_title in (hers if p.first_name in names.WOMEN else his) for p in people)

    def test_one_is_not_written_as_many(self, world: World) -> None:
        labels = [line.label for invoice in world.invoices for line in invoice.lines]
        assert [label for label in labels if re.search(r"\b1 \w+s\b", label)] == []
        assert any(" 1 jour" in label for label in labels)


class TestIsWorked:
    @pytest.mark.parametrize(
        ("day", "worked"),
        [
            ("2024-04-01", False),
            ("2025-05-29", False),
            ("2026-05-25", False),
            ("2026-05-26", True),
            ("2026-07-14", False),
            ("2026-11-21", False),
            ("2026-11-23", True),
        ],
        ids=[
            "Easter Monday",
            "Ascension",
            "Whit Monday",
            "a Tuesday",
            "14 July",
            "a Saturday",
            "a Monday",
        ],
    )
    def test_knows_french_holidays(self, day: str, worked: bool) -> None:
        assert is_worked(dt.date.fromisoformat(day)) is worked
