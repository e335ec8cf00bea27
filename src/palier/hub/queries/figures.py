"""A customer's own figures, straight from the hub's rows: recurring revenue, revenue, what is owed.

The same rules as the metrics of those names (revenue.md), for one customer and without a snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import connection

from palier.hub.queries.values import amounts
from palier.kernel.money import Money

MONTHLY_UNITS = 6_000 * 12
"""Annual units in one minor unit a month. Source: revenue.md §3.1."""
UNSUCCESSFUL = ("failed", "refused", "rejected", "cancelled", "canceled", "pending")
"""Payment states that bring no money; the same list as the metrics'."""

_COUNTED = """
  SELECT i.id, i.kind, i.currency, i.issued_on, i.due_on, i.settled_on, i.status, i.paid_minor,
    coalesce(i.net_minor, i.gross_minor - coalesce(i.tax_minor, 0), 0)
      * CASE WHEN i.kind = 'credit_note' AND coalesce(i.net_minor, i.gross_minor, 0) > 0 THEN -1 ELSE 1 END AS net,
    coalesce(i.gross_minor, i.net_minor + coalesce(i.tax_minor, 0), 0)
      * CASE WHEN i.kind = 'credit_note' AND coalesce(i.gross_minor, i.net_minor, 0) > 0 THEN -1 ELSE 1 END AS gross
  FROM hub_invoice i
  WHERE i.company_id = %(company)s AND i.customer_id = %(customer)s AND i.deleted_at IS NULL
    AND coalesce(i.status, 'issued') NOT IN ('draft', 'cancelled')
"""
"""Invoices that count, with signed amounts: credit notes are negative, however the tool wrote them."""


@dataclass(frozen=True, slots=True)
class CustomerFigures:
    """Recurring revenue a month today, revenue invoiced over a year, what is owed and what of it is late.

    Each by currency; an empty tuple means nothing. `invoiced` tells whether there is any invoice at
    all, `recurring` any recurring line: without them the figure is unknown rather than zero.
    """

    monthly: tuple[Money, ...]
    revenue: tuple[Money, ...]
    owed: tuple[Money, ...]
    late: tuple[Money, ...]
    recurring: bool
    invoiced: bool


def monthly_by_customer(
    *, company_id: int, ids: Sequence[int], today: dt.date, currency: str
) -> dict[int, tuple[Money, ...]]:
    """Monthly recurring revenue of these customers today, in one query; those without any are absent."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT l.customer_id, l.currency, sum(l.annual_units)
            FROM hub_recurring_line l
            WHERE l.company_id = %(company)s AND l.customer_id = ANY(%(ids)s) AND l.deleted_at IS NULL
              AND l.starts_on <= %(today)s AND (l.ends_on IS NULL OR l.ends_on > %(today)s)
              AND coalesce(l.status, 'active') NOT IN ('trial', 'paused')
            GROUP BY 1, 2
            """,
            {"company": company_id, "ids": list(ids), "today": today},
        )
        found: dict[int, list[tuple[int | None, str | None]]] = {}
        for customer, said, units in cursor.fetchall():
            found.setdefault(customer, []).append((_monthly(units), said))
    return {customer: amounts(rows, currency=currency) for customer, rows in found.items()}


def _monthly(units: Decimal | int | None) -> int:
    exact = Decimal(max(int(units or 0), 0)) / MONTHLY_UNITS
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _year_before(day: dt.date) -> dt.date:
    """The same day a year earlier; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def get_figures(
    *, company_id: int, customer_id: int, today: dt.date, currency: str
) -> CustomerFigures:
    """The figures of one customer, in three queries."""
    monthly = monthly_by_customer(
        company_id=company_id, ids=[customer_id], today=today, currency=currency
    )
    parameters: dict[str, Any] = {
        "company": company_id,
        "customer": customer_id,
        "today": today,
        "unsuccessful": list(UNSUCCESSFUL),
        "year_ago": _year_before(today),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT 1 FROM hub_recurring_line l WHERE l.company_id = %(company)s
                             AND l.customer_id = %(customer)s AND l.deleted_at IS NULL),
                   EXISTS (SELECT 1 FROM hub_invoice i WHERE i.company_id = %(company)s
                             AND i.customer_id = %(customer)s AND i.deleted_at IS NULL)
            """,
            parameters,
        )
        recurring, invoiced = cursor.fetchone()
        cursor.execute(
            f"""
            WITH counted AS ({_COUNTED}), paid AS (
              SELECT p.invoice_id, sum(p.amount_minor) AS minor FROM hub_payment p JOIN counted c ON c.id = p.invoice_id
              WHERE p.deleted_at IS NULL AND lower(coalesce(p.status, 'paid')) <> ALL(%(unsuccessful)s)
              GROUP BY 1
            ), open AS (
              SELECT c.*, c.gross - CASE WHEN c.gross < 0 THEN least(coalesce(p.minor, 0), 0)
                ELSE greatest(coalesce(p.minor, 0), coalesce(c.paid_minor, 0)) END AS rest
              FROM counted c LEFT JOIN paid p ON p.invoice_id = c.id
              WHERE coalesce(c.kind, 'invoice') IN ('invoice', 'credit_note') AND c.settled_on IS NULL
                AND c.status IS DISTINCT FROM 'paid' AND c.issued_on <= %(today)s
            )
            SELECT 'revenue', currency, sum(net)::bigint FROM counted
              WHERE issued_on > %(year_ago)s AND issued_on <= %(today)s GROUP BY 2
            UNION ALL
            SELECT 'owed', currency, sum(rest)::bigint FROM open WHERE rest * sign(gross) > 0 GROUP BY 2
            UNION ALL
            SELECT 'late', currency, sum(rest)::bigint FROM open
              WHERE rest > 0 AND gross > 0 AND due_on < %(today)s GROUP BY 2
            """,
            parameters,
        )
        rows = cursor.fetchall()
    by_kind = {
        kind: amounts(
            ((minor, said) for what, said, minor in rows if what == kind), currency=currency
        )
        for kind in ("revenue", "owed", "late")
    }
    return CustomerFigures(
        monthly.get(customer_id, ()),
        by_kind["revenue"],
        by_kind["owed"],
        by_kind["late"],
        recurring,
        invoiced,
    )
