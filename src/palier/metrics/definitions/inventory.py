"""What a company has: rows, days and currencies of each kind of fact, and how its customers are counted."""

from __future__ import annotations

import ibis
from ibis import _

from palier.metrics.conventions import Conventions
from palier.metrics.definitions.revenue import counted_invoices
from palier.metrics.definitions.sales import with_demo_days
from palier.metrics.expressions import Table, Value, no_text, table


def inventory(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `inventory`; always whole, since it is one pass over each table."""
    lines, payments, spend = (
        table(name) for name in ("recurring_line", "payment", "marketing_spend")
    )
    deals = with_demo_days()
    invoices = counted_invoices()
    won, demos = (
        deals.filter((_.status == "won") & _.won_on.notnull()),
        deals.filter(_.demo_on.notnull()),
    )
    closed = ibis.greatest(deals.won_on, deals.lost_on, deals.opened_on, deals.demo_on)
    opened = ibis.least(deals.opened_on, deals.demo_on, deals.won_on, deals.lost_on)
    settled = invoices.filter(_.kind != "order")
    parts = (
        _part(
            lines,
            "recurring_line",
            lines.starts_on,
            ibis.greatest(lines.starts_on, lines.ends_on),
            lines.currency,
        ),
        _part(
            invoices,
            "invoice",
            invoices.issued_on,
            ibis.greatest(invoices.issued_on, invoices.settled_on),
            invoices.currency,
        ),
        _part(settled, "receivable", settled.issued_on, settled.issued_on, settled.currency),
        _part(deals, "deal", opened, closed),
        _part(won, "won_deal", won.won_on, won.won_on, won.currency),
        _part(demos, "demo", demos.demo_on, demos.demo_on),
        _part(payments, "payment", payments.paid_on, payments.paid_on, payments.currency),
        _part(spend, "marketing_spend", spend.day, spend.day, spend.currency),
    )
    return ibis.union(*parts, distinct=False)


def _part(rows: Table, fact: str, first: Value, last: Value, currency: Value = None) -> Table:
    none = no_text()
    return (
        rows.group_by("company_id")
        .agg(
            rows=rows.count(),
            first_day=first.min(),
            last_day=last.max(),
            low_currency=none if currency is None else currency.min(),
            high_currency=none if currency is None else currency.max(),
        )
        .select(
            "company_id",
            fact=ibis.literal(fact),
            rows=_.rows,
            first_day=_.first_day,
            last_day=_.last_day,
            low_currency=_.low_currency,
            high_currency=_.high_currency,
        )
    )


def company_basis(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `company_basis`: recurring lines first, then invoices and orders, then won deals."""
    rank = _.fact.cases(("recurring_line", 1), ("invoice", 2), ("won_deal", 3))
    ranked = (
        table("inventory")
        .filter(_.fact.isin(("recurring_line", "invoice", "won_deal")))
        .mutate(rank=rank)
    )
    return (
        ranked.group_by("company_id")
        .agg(best=_.rank.min())
        .select(
            "company_id",
            basis=_.best.cases((1, "recurring"), (2, "order"), else_="deal"),
        )
    )
