"""Definitions against a brute force by customer and day, on generated companies."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palier.metrics import compile as compiler
from palier.metrics.conventions import DEFAULTS, Conventions
from palier.metrics.evaluate import compute, in_memory, write_derived
from palier.metrics.periods import Period

DAY_ONE = dt.date(2025, 1, 1)
HORIZON = 210
TODAY = DAY_ONE + dt.timedelta(days=400)
SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def on(number):
    return DAY_ONE + dt.timedelta(days=number)


def line_of(customer, start, length, units, status):
    return {
        "customer_id": customer,
        "starts_on": on(start),
        "ends_on": None if length is None else on(start + length),
        "annual_units": units,
        "status": status,
    }


def history_of(segments):
    """Lines of one customer that follow each other, each after a gap that is mostly of no day."""
    lines, start = [], 0
    for gap, length, units, status in segments:
        lines.append(line_of(0, start + gap, length, units, status))
        start += gap + length
    return lines


UNITS = st.sampled_from([0, 72_000, 144_000, 7])
STATUSES = st.sampled_from(["active", "active", "active", "paused", "trial", None])
LOOSE = st.builds(
    line_of, st.just(0), st.integers(0, 60), st.none() | st.integers(-1, 20), UNITS, STATUSES
)
HISTORY = st.builds(
    history_of,
    st.lists(
        st.tuples(st.sampled_from([0, 0, 0, 1, 2, 9]), st.integers(1, 25), UNITS, STATUSES),
        max_size=6,
    ),
)
LINES = (
    st.lists(st.tuples(HISTORY, st.lists(LOOSE, max_size=2)), min_size=2, max_size=8)
    .map(
        lambda customers: [
            {**line, "customer_id": number}
            for number, parts in enumerate(customers, start=1)
            for part in parts
            for line in part
        ]
    )
    .filter(bool)
)
NEGATIVE = st.lists(
    st.builds(
        line_of,
        st.integers(1, 3),
        st.integers(0, 30),
        st.none() | st.integers(1, 20),
        st.sampled_from([-72_000, 72_000, 144_000]),
        st.just("active"),
    ),
    min_size=1,
    max_size=10,
)


def states_of(lines, conventions):
    """By customer, for each day from 0: (annual units, paused lines), grace gaps filled."""
    found = {}
    for customer in {line["customer_id"] for line in lines}:
        days = []
        for number in range(HORIZON):
            covering = [
                line
                for line in lines
                if line["customer_id"] == customer
                and line["starts_on"] <= on(number)
                and (line["ends_on"] is None or on(number) < line["ends_on"])
            ]
            paid = sum(
                line["annual_units"] for line in covering if line["status"] in ("active", None)
            )
            paused = (
                sum(line["status"] == "paused" for line in covering)
                if conventions.pause_as == "contraction"
                else 0
            )
            days.append((max(paid, 0), paused))
        found[customer] = _bridged(days, conventions.grace_days)
    return found


def _bridged(days, grace):
    filled, start = list(days), None
    for number in range(1, len(days)):
        if days[number] == (0, 0) and days[number - 1] != (0, 0):
            start = number
        if start is not None and days[number] != (0, 0):
            if number - start <= grace and days[number][0] > 0:
                filled[start:number] = [days[start - 1]] * (number - start)
            start = None
    return filled


def movements_of(states):
    """(customer, day, kind, delta) for each change of amount, by the words of revenue.md §3.3."""
    found = set()
    for customer, days in states.items():
        seen, previous = False, (0, 0)
        for number, (a, ap) in enumerate(days):
            p, pp = previous
            if a != p:
                if p == 0:
                    kind = "new" if not seen else "expansion" if pp else "reactivation"
                elif a == 0:
                    kind = "contraction" if ap else "churn"
                else:
                    kind = "expansion" if a > p else "contraction"
                found.add((customer, on(number), kind, a - p))
            seen, previous = seen or a > 0, (a, ap)
    return found


def kept_of(days):
    """For each day, whether the customer is active, and active or paused after having been active."""
    seen, found = False, []
    for a, ap in days:
        seen = seen or a > 0
        found.append((a > 0, a > 0 or (ap > 0 and seen)))
    return found


@pytest.fixture(scope="module")
def company():
    engine = in_memory({})

    def load(conventions=DEFAULTS, **tables):
        for name in ("recurring_line", "invoice", "payment", "deal"):
            engine.connection.execute(f"DELETE FROM {name}")
        for name, rows in tables.items():
            if rows:
                insert(engine.connection, name, rows)
        write_derived(engine.connection, conventions=conventions)
        return engine

    yield load
    engine.connection.close()


def insert(link, name, rows, *, first_id=1):
    named = [
        {"company_id": 1, f"{name}_id": rank, **row}
        for rank, row in enumerate(rows, start=first_id)
    ]
    values = f"({', '.join('?' * len(named[0]))})"
    link.execute(
        f"INSERT INTO {name} ({', '.join(named[0])}) VALUES {', '.join([values] * len(named))}",
        [value for row in named for value in row.values()],
    )


def rows(engine, sql):
    return engine.fetch(sql)[1]


class TestMovements:
    @SETTINGS
    @given(
        lines=LINES,
        grace=st.sampled_from([0, 0, 2]),
        pause_as=st.sampled_from(["contraction", "churn"]),
    )
    def test_are_those_of_a_brute_force_by_day(self, company, lines, grace, pause_as):
        conventions = Conventions(grace_days=grace, pause_as=pause_as)
        engine = company(conventions, recurring_line=lines)
        found = set(
            rows(engine, "SELECT customer_id, day, kind, delta FROM movement WHERE delta <> 0")
        )
        assert found == movements_of(states_of(lines, conventions))

    @SETTINGS
    @given(lines=NEGATIVE)
    def test_never_go_below_zero(self, company, lines):
        engine = company(recurring_line=lines)
        found = set(
            rows(engine, "SELECT customer_id, day, kind, delta FROM movement WHERE delta <> 0")
        )
        assert found == movements_of(states_of(lines, Conventions()))

    @SETTINGS
    @given(lines=LINES)
    def test_follow_each_other(self, company, lines):
        engine = company(recurring_line=lines)
        broken = rows(
            engine,
            """
            SELECT * FROM (SELECT *, lag(after) OVER w AS previous, lag(day) OVER w AS previous_day FROM movement
                           WINDOW w AS (PARTITION BY customer_id ORDER BY day))
            WHERE coalesce(previous, 0) <> before OR after - before <> delta OR prev_day IS DISTINCT FROM previous_day""",
        )
        assert broken == []

    @SETTINGS
    @given(lines=LINES)
    def test_give_who_is_there_each_day(self, company, lines):
        engine = company(recurring_line=lines)
        states = {
            customer: kept_of(days) for customer, days in states_of(lines, Conventions()).items()
        }
        totals = rows(
            engine,
            f"""
            SELECT d, (SELECT coalesce(sum(active), 0) FROM presence WHERE day <= DATE '{DAY_ONE}' + d::INT),
                      (SELECT coalesce(sum(kept), 0) FROM presence WHERE day <= DATE '{DAY_ONE}' + d::INT)
            FROM range({HORIZON}) t(d)""",
        )
        for number, active, kept in totals:
            assert active == sum(days[number][0] for days in states.values())
            assert kept == sum(days[number][1] for days in states.values())

    @SETTINGS
    @given(lines=LINES, others=LINES)
    def test_of_touched_customers_replaced_are_those_of_a_whole_refresh(
        self, company, lines, others
    ):
        engine = company(recurring_line=lines)
        link = engine.connection
        link.execute("DELETE FROM recurring_line WHERE customer_id <= 2")
        changed = [one for one in others if one["customer_id"] <= 2]
        if changed:
            insert(link, "recurring_line", changed, first_id=1_000)
        link.execute(
            "CREATE OR REPLACE TEMP TABLE touched_customer AS SELECT 1::BIGINT company_id, unnest([1, 2])::BIGINT customer_id"
        )
        for name in ("movement", "presence"):
            link.execute(f"DELETE FROM {name} WHERE customer_id <= 2")
            link.execute(f"INSERT INTO {name} {compiler.derived_sql(name=name, touched=True)}")
        replaced = [
            sorted(rows(engine, f"SELECT * FROM {name}"), key=str)
            for name in ("movement", "presence")
        ]
        write_derived(link)
        assert replaced == [
            sorted(rows(engine, f"SELECT * FROM {name}"), key=str)
            for name in ("movement", "presence")
        ]


class TestPeriods:
    @SETTINGS
    @given(lines=LINES, start=st.integers(32, 60), length=st.integers(1, 9))
    def test_agree_with_states_at_both_ends(self, company, lines, start, length):
        conventions = Conventions(retention_months=1)
        engine = company(conventions, recurring_line=lines)
        states = states_of(lines, conventions)
        period = Period(on(start), on(start + length))
        asked = ("mrr.total", "customers.active", "customers.churn", "mrr.nrr", "mrr.grr")
        points = {
            point.metric: point
            for point in compute(
                engine, keys=asked, periods=[period], today=TODAY, conventions=conventions
            )
        }
        last = start + length - 1
        ends = {customer: days[last][0] for customer, days in states.items()}
        assert points["mrr.total"].value == Decimal(sum(ends.values())) / 72_000
        assert points["customers.active"].value == sum(units > 0 for units in ends.values())
        kept = {customer: kept_of(days) for customer, days in states.items()}
        opening = [customer for customer, days in kept.items() if days[start - 1][0]]
        assert points["customers.churn"].denominator == len(opening)
        assert points["customers.churn"].numerator == sum(
            not kept[customer][last][1] for customer in opening
        )
        before = month_before(start + length)
        base = {
            customer: days[before - 1][0]
            for customer, days in states.items()
            if days[before - 1][0] > 0
        }
        if not base:
            assert points["mrr.nrr"].value is None
            return
        assert points["mrr.nrr"].value == Decimal(sum(ends[one] for one in base)) / sum(
            base.values()
        )
        assert points["mrr.grr"].value == Decimal(
            sum(min(ends[one], base[one]) for one in base)
        ) / sum(base.values())

    @SETTINGS
    @given(lines=LINES)
    def test_roll_forward_from_opening_to_closing(self, company, lines):
        engine = company(recurring_line=lines)
        weeks = [Period(on(7 * week), on(7 * week + 7)) for week in range(9)]
        keys = (
            "mrr.total",
            "mrr.new",
            "mrr.expansion",
            "mrr.contraction",
            "mrr.churn",
            "mrr.reactivation",
        )
        by_key = defaultdict(list)
        for point in compute(engine, keys=keys, periods=weeks, today=TODAY):
            by_key[point.metric].append(point.value * 72_000)
        opening = Decimal(0)
        for week in range(9):
            moved = sum(by_key[key][week] for key in keys[1:])
            assert round(opening + moved) == round(by_key["mrr.total"][week])
            opening = by_key["mrr.total"][week]


def month_before(number):
    from palier.metrics.periods import months_later

    return (months_later(day=on(number), months=-1) - DAY_ONE).days


class TestBuyers:
    @SETTINGS
    @given(
        purchases=st.lists(
            st.tuples(st.integers(1, 4), st.integers(0, 60)), min_size=1, max_size=20
        ),
        start=st.integers(1, 60),
    )
    def test_are_active_for_the_window_after_each_purchase(self, company, purchases, start):
        conventions = Conventions(activity_days=10)
        invoices = [
            {"customer_id": customer, "issued_on": on(number), "net_minor": 100, "kind": "order"}
            for customer, number in purchases
        ]
        engine = company(conventions, invoice=invoices)

        def active(customer, number):
            return any(
                number - 10 < bought <= number for one, bought in purchases if one == customer
            )

        period = Period(on(start), on(start + 7))
        points = {
            point.metric: point
            for point in compute(
                engine,
                keys=["customers.active", "customers.churn", "customers.new"],
                periods=[period],
                today=TODAY,
                conventions=conventions,
            )
        }
        customers = {customer for customer, _ in purchases}
        opening = [one for one in customers if active(one, start - 1)]
        assert points["customers.active"].value == sum(active(one, start + 6) for one in customers)
        assert points["customers.churn"].denominator == len(opening)
        assert points["customers.churn"].numerator == sum(
            not active(one, start + 6) for one in opening
        )
        firsts = [
            min(number for one, number in purchases if one == customer) for customer in customers
        ]
        assert points["customers.new"].value == sum(start <= first < start + 7 for first in firsts)


class TestSettlement:
    @SETTINGS
    @given(
        amount=st.integers(1, 30),
        payments=st.lists(st.tuples(st.integers(0, 30), st.integers(-5, 20)), max_size=8),
    )
    def test_is_the_first_day_on_which_payments_reach_the_amount(self, company, amount, payments):
        engine = company(
            invoice=[{"customer_id": 1, "issued_on": on(0), "gross_minor": amount}],
            payment=[
                {"invoice_id": 1, "paid_on": on(number), "amount_minor": paid}
                for number, paid in payments
            ],
        )
        totals = [sum(paid for number, paid in payments if number <= last) for last in range(31)]
        days = sorted({number for number, _ in payments})
        expected = next((on(number) for number in days if totals[number] >= amount), None)
        assert rows(engine, "SELECT settled_on, basis FROM settlement") == [
            (expected, "payments" if expected else "open")
        ]
