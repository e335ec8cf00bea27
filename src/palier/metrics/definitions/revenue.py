"""Invoiced revenue, purchases, and revenue per customer."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis import _

from palier.metrics.conventions import Conventions
from palier.metrics.expressions import (
    Table,
    Value,
    by_columns,
    daily,
    over_periods,
    placed,
    source_rows,
    table,
    total,
    total_if,
    with_customer_dimensions,
    with_customer_name,
)

UNITS_PER_YEARLY_MINOR = 6_000
"""Annual units in one minor unit a year. Source: revenue.md §3.1."""
NOT_SALES = ("draft", "cancelled")


def counted_invoices() -> Table:
    """Invoices, orders and credit notes that count, with signed amounts and a kind that is never null."""
    invoice = table("invoice")
    kept = invoice.filter(~_.status.coalesce("issued").isin(NOT_SALES)).mutate(
        kind=_.kind.coalesce("invoice")
    )
    net = kept.net_minor.coalesce(kept.gross_minor - kept.tax_minor.coalesce(0)).coalesce(0)
    gross = kept.gross_minor.coalesce(kept.net_minor + kept.tax_minor.coalesce(0)).coalesce(0)
    return kept.mutate(net=_signed(kept.kind, net), gross=_signed(kept.kind, gross))


def _signed(kind: Value, amount: Value) -> Value:
    """Credit notes are negative, however the tool wrote them."""
    return ibis.ifelse((kind == "credit_note") & (amount > 0), -amount, amount)


def purchase(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `purchase`: empty for companies with recurring lines."""
    basis = table("company_basis")
    invoices, deals = (
        counted_invoices(),
        table("deal").filter((_.status == "won") & _.won_on.notnull()),
    )
    if touched:
        invoices = invoices.semi_join(table("touched_customer"), ["company_id", "customer_id"])
        deals = deals.semi_join(table("touched_customer"), ["company_id", "customer_id"])
    orders = (
        invoices.filter(_.customer_id.notnull())
        .semi_join(basis.filter(_.basis == "order"), ["company_id"])
        .select(
            "company_id",
            "customer_id",
            day=_.issued_on,
            net=_.net,
            bought=(_.kind != "credit_note") & (_.net > 0),
        )
    )
    won = (
        deals.filter(_.customer_id.notnull())
        .semi_join(basis.filter(_.basis == "deal"), ["company_id"])
        .select(
            "company_id", "customer_id", day=_.won_on, net=_.amount_minor.coalesce(0), bought=True
        )
    )
    both = orders.union(won, distinct=False)
    return both.group_by("company_id", "customer_id", "day").agg(
        net_minor=total(_.net), bought=_.bought.any()
    )


def _dimensioned(rows: Table, by: Sequence[str]) -> Table:
    """Invoices by customer dimension, or by their own kind."""
    named = with_customer_dimensions(rows, [name for name in by if name != "kind"])
    return named.mutate(by_kind=_.kind) if "kind" in by else named


def revenue_invoiced(by: Sequence[str]) -> Table:
    """Net revenue invoiced in each period, credit notes deducted, and the number of documents."""
    rows = _dimensioned(counted_invoices(), by)
    days = daily(rows, by=by, day="issued_on", net=total(_.net), documents=_.count())
    inside = _.day >= _.starts
    return over_periods(
        days,
        by=by,
        until="ends",
        net=total_if(inside, _.net),
        documents=total_if(inside, _.documents),
    )


def revenue_per_customer(by: Sequence[str]) -> Table:
    """Annual units of revenue and active customers at the close of each period.

    Recurring lines give their level; without them, purchases of the activity window stand for a year.
    """
    level = _measured("movement", by, column="delta", measure="level")
    sold = _measured("purchase", by, column="net_minor", measure="sold")
    active = _measured("presence", by, column="active", measure="active")
    days = level.union(sold, distinct=False).union(active, distinct=False)
    recent = _.day >= _.active_from
    return over_periods(
        days,
        by=by,
        until="ends",
        units=total(_.level) + total_if(recent, _.sold) * UNITS_PER_YEARLY_MINOR,
        customers=total(_.active),
    )


def _measured(name: str, by: Sequence[str], *, column: str, measure: str) -> Table:
    """One source of revenue per customer by day: its own measure, the two others at zero."""
    found = daily(
        with_customer_dimensions(table(name), by), by=by, day="day", found=total(_[column])
    )
    zero = ibis.literal(0, "int64")
    return found.select(
        "company_id",
        *by_columns(by),
        "day",
        **{
            other: found.found.cast("decimal(38, 0)").cast("int64") if other == measure else zero
            for other in ("level", "sold", "active")
        },
    )


def invoice_rows(by: Sequence[str]) -> Table:
    """Documents issued inside the period, with their signed net amount."""
    named = with_customer_name(placed(_dimensioned(counted_invoices(), by), day="issued_on"))
    return source_rows(
        named,
        by,
        entity="invoice",
        id_=named.invoice_id,
        customer_id=named.customer_id,
        label=named.number,
        detail=named.customer_name,
        day=named.issued_on,
        contribution=named.net,
    )


def per_customer_rows(by: Sequence[str]) -> Table:
    """Customers with the annual units behind revenue per customer."""
    period = table("period")
    level = table("movement").select(
        "company_id", "customer_id", "day", units=_.delta, lasting=True
    )
    sold = table("purchase").select(
        "company_id",
        "customer_id",
        "day",
        units=_.net_minor * UNITS_PER_YEARLY_MINOR,
        lasting=False,
    )
    rows = with_customer_dimensions(level.union(sold, distinct=False), by)
    there = rows.join(
        period, [rows.day < period.ends, rows.lasting | (rows.day >= period.active_from)]
    )
    levels = (
        there.group_by("company_id", "period", "customer_id", *by_columns(by))
        .agg(units=_.units.sum(), day=_.day.max())
        .filter(_.units != 0)
    )
    named = with_customer_name(levels)
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=named.units,
    )
