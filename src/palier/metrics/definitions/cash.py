"""Cash: when invoices were settled, days of sales outstanding, and the share settled late."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis import _

from palier.metrics.conventions import Conventions
from palier.metrics.definitions.revenue import counted_invoices
from palier.metrics.expressions import (
    Table,
    Value,
    beside,
    by_columns,
    count_if,
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

KEY = ("company_id", "invoice_id")
UNSUCCESSFUL = ("failed", "refused", "rejected", "cancelled", "canceled", "pending")
"""Payment states that bring no money. Source: ours, from the words of payment tools."""


def settlement(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `settlement`: invoices and credit notes, not orders, which are paid when placed."""
    invoices = counted_invoices().filter(_.kind.isin(("invoice", "credit_note")))
    payments = table("payment").filter(
        _.invoice_id.notnull() & ~_.status.coalesce("paid").lower().isin(UNSUCCESSFUL)
    )
    if touched:
        invoices = invoices.semi_join(table("touched_invoice"), list(KEY))
        payments = payments.semi_join(table("touched_invoice"), list(KEY))
    paid_days = _covered(invoices.filter(_.settled_on.isnull() & (_.gross != 0)), payments)
    joined = beside(invoices, paid_days, KEY)
    settled = ibis.cases(
        (joined.settled_on.notnull(), joined.settled_on),
        (joined.gross == 0, joined.issued_on),
        else_=joined.covered_on,
    )
    said_paid = (joined.status == "paid") | _reaches(joined.paid_minor, joined.gross)
    basis = ibis.cases(
        (joined.settled_on.notnull(), "stated"),
        (joined.gross == 0, "stated"),
        (joined.covered_on.notnull(), "payments"),
        (said_paid.coalesce(False), "unknown"),
        else_="open",
    )
    return joined.select(
        *KEY,
        "customer_id",
        "issued_on",
        "due_on",
        gross_minor=joined.gross,
        settled_on=settled,
        basis=basis,
    )


def _reaches(paid: Value, gross: Value) -> Value:
    """Whether the amount a tool says was paid is the whole; tools give back credit notes with either sign."""
    return ((gross > 0) & (paid >= gross)) | ((gross < 0) & ((paid <= gross) | (paid >= -gross)))


def _covered(invoices: Table, payments: Table) -> Table:
    """The first day on which the payments of an invoice reach its gross amount."""
    by_day = payments.group_by(*KEY, "paid_on").agg(paid=_.amount_minor.sum())
    amounts = invoices.select(*KEY, "gross")
    running = ibis.window(group_by=list(KEY), order_by="paid_on", preceding=None, following=0)
    matched = by_day.inner_join(amounts, list(KEY)).mutate(reached=_.paid.sum().over(running))
    enough = ((_.gross > 0) & (_.reached >= _.gross)) | ((_.gross < 0) & (_.reached <= _.gross))
    return matched.filter(enough).group_by(*KEY).agg(covered_on=_.paid_on.min())


def _receivables(by: Sequence[str]) -> Table:
    """Settled or open invoices; those said to be paid without a day are left out and counted apart."""
    rows = with_customer_dimensions(table("settlement"), by)
    # settled before it was issued: never open
    cleared_on = ibis.ifelse(_.settled_on > _.issued_on, _.settled_on, _.issued_on)
    return rows.mutate(cleared_on=ibis.ifelse(_.settled_on.isnull(), ibis.null("date"), cleared_on))


def receivables(by: Sequence[str]) -> Table:
    """Gross amount open at the end of each period, and gross sales of the 90 days before."""
    rows = _receivables(by)
    zero = ibis.literal(0, "int64")
    counted = rows.filter(_.basis != "unknown")
    issued = counted.select(
        "company_id",
        *by_columns(by),
        day=_.issued_on,
        issued=_.gross_minor,
        cleared=zero,
        unknown=zero,
    )
    cleared = counted.filter(_.settled_on.notnull()).select(
        "company_id",
        *by_columns(by),
        day=_.cleared_on,
        issued=zero,
        cleared=_.gross_minor,
        unknown=zero,
    )
    unknown = rows.filter(_.basis == "unknown").select(
        "company_id",
        *by_columns(by),
        day=_.issued_on,
        issued=zero,
        cleared=zero,
        unknown=ibis.literal(1, "int64"),
    )
    events = issued.union(cleared, distinct=False).union(unknown, distinct=False)
    days = daily(
        events,
        by=by,
        day="day",
        issued=total(_.issued),
        cleared=total(_.cleared),
        unknown=total(_.unknown),
    )
    recent = _.day >= _.sales_from
    return over_periods(
        days,
        by=by,
        until="ends",
        open=total(_.issued) - total(_.cleared),
        sales=total_if(recent, _.issued),
        unknown=total_if(recent, _.unknown),
    )


def _due(by: Sequence[str]) -> Table:
    """Invoices due inside the period, once due, with whether they were late; credit notes are nobody's delay."""
    rows = with_customer_dimensions(table("settlement"), by).filter(
        (_.gross_minor > 0) & _.due_on.notnull()
    )
    late = (_.settled_on > _.due_on).coalesce(_.basis == "open")
    return placed(rows, day="due_on", until="dues_end").mutate(
        late=late, unknown=_.basis == "unknown"
    )


def lateness(by: Sequence[str]) -> Table:
    """Invoices that fell due in each period, and those settled after the due day or still open past it."""
    late = table("settlement").filter((_.gross_minor > 0) & _.due_on.notnull())
    rows = with_customer_dimensions(late, by).mutate(
        late=(_.settled_on > _.due_on).coalesce(_.basis == "open"),
        unknown=_.basis == "unknown",
    )
    days = daily(
        rows,
        by=by,
        day="due_on",
        due=count_if(~_.unknown),
        late=count_if(_.late & ~_.unknown),
        unknown=count_if(_.unknown),
        late_minor=total_if(_.late & ~_.unknown, _.gross_minor),
        due_minor=total_if(~_.unknown, _.gross_minor),
    )
    inside = _.day >= _.starts
    return over_periods(
        days,
        by=by,
        until="dues_end",
        **{
            name: total_if(inside, _[name])
            for name in ("due", "late", "unknown", "late_minor", "due_minor")
        },
    )


def open_rows(by: Sequence[str]) -> Table:
    """Invoices open at the end of the period, with their gross amount."""
    rows = _receivables(by).filter(_.basis != "unknown")
    period = table("period")
    still = rows.join(
        period,
        [rows.issued_on < period.ends, rows.cleared_on.isnull() | (rows.cleared_on >= period.ends)],
    )
    return _invoice_rows(still, by, day="issued_on", contribution="gross_minor")


def due_rows(by: Sequence[str]) -> Table:
    """Invoices that fell due in the period: one when late."""
    rows = _due(by).filter(~_.unknown).mutate(is_late=_.late.cast("int64"))
    return _invoice_rows(rows, by, day="due_on", contribution="is_late")


def _invoice_rows(rows: Table, by: Sequence[str], *, day: str, contribution: str) -> Table:
    invoice = table("invoice")
    numbers = invoice.select("company_id", "invoice_id", number=invoice.number)
    named = with_customer_name(beside(rows, numbers, KEY))
    return source_rows(
        named,
        by,
        entity="invoice",
        id_=named.invoice_id,
        customer_id=named.customer_id,
        label=named.number,
        detail=named.customer_name,
        day=named[day],
        contribution=named[contribution],
    )
