"""The few words that definitions are written in: unbound tables, placement in periods, breakdowns.

Imports Ibis: only definitions and the compiler import this module. Ibis carries no types, hence the
two aliases.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, TypeAlias

import ibis

from palier.metrics import facts

Table: TypeAlias = Any
Value: TypeAlias = Any

BY = "by_"
"""Prefix of breakdown columns, so that a dimension never collides with a measure."""

CUSTOMER_DIMENSIONS: dict[str, str] = {
    "channel": "acquisition_channel",
    "segment": "segment",
    "industry": "industry",
    "country": "country",
}
"""Dimensions that a customer carries, and their columns."""


@functools.cache
def table(name: str) -> Table:
    """The unbound table of that name, as `palier.metrics.facts` declares it."""
    return ibis.table(facts.table(name).schema, name=name)


def by_columns(by: Sequence[str]) -> list[str]:
    """The names of the breakdown columns."""
    return [BY + dimension for dimension in by]


def with_customer_dimensions(rows: Table, by: Sequence[str]) -> Table:
    """The rows with the breakdown columns of their customer; null for an unknown customer."""
    if not by:
        return rows
    customer = table("customer")
    wanted = customer.select(
        "company_id",
        "customer_id",
        **{BY + name: customer[CUSTOMER_DIMENSIONS[name]] for name in by},
    )
    return beside(rows, wanted, ["company_id", "customer_id"])


def beside(rows: Table, others: Table, keys: Sequence[str]) -> Table:
    """Every row with the columns of the one that shares its keys; null without one.

    Columns are named, not dropped: the compiler writes dropped ones in no fixed order.
    """
    joined = rows.left_join(others, list(keys))
    return joined.select(*rows.columns, *(name for name in others.columns if name not in keys))


def placed(
    rows: Table, *, day: str, since: str = "starts", until: str = "ends", frame: Table = None
) -> Table:
    """The rows once per period that holds their day, with the period's columns.

    Days are placed first, few against few, so that the rows meet periods by equality only.
    """
    frame = table("period") if frame is None else frame
    days = rows.select(placed_day=rows[day]).distinct()
    calendar = days.join(frame, [days.placed_day >= frame[since], days.placed_day < frame[until]])
    return rows.inner_join(calendar, rows[day] == calendar.placed_day)


def daily(rows: Table, *, by: Sequence[str], day: str, **measures: Value) -> Table:
    """The measures summed by company, day and breakdown: what periods are then compared with."""
    return rows.group_by("company_id", *by_columns(by), day=rows[day]).agg(**measures)


def over_periods(
    days: Table, *, by: Sequence[str], until: str, frame: Table = None, **measures: Value
) -> Table:
    """Sums over the days before each period's `until`; measures narrow them further."""
    frame = table("period") if frame is None else frame
    rows = frame.join(days, [days.day < frame[until]])
    return rows.group_by("company_id", "period", *by_columns(by)).agg(**measures)


def total(value: Value) -> Value:
    """A sum that is zero without rows."""
    return value.sum().coalesce(0)


def total_if(condition: Value, value: Value) -> Value:
    """The sum of the values whose condition holds, zero without rows."""
    return ibis.ifelse(condition, value, 0).sum().coalesce(0)


def count_if(condition: Value) -> Value:
    """How many rows satisfy the condition."""
    return ibis.ifelse(condition, 1, 0).sum().coalesce(0)


def no_text() -> Value:
    """A null of type text."""
    return ibis.null("string")


def source_rows(
    rows: Table,
    by: Sequence[str],
    *,
    entity: str,
    id_: Value,
    label: Value,
    day: Value,
    contribution: Value,
    customer_id: Value,
    detail: Value = None,
) -> Table:
    """The rows behind a figure, in the one shape that pages read."""
    return rows.select(
        "company_id",
        "period",
        *by_columns(by),
        entity=ibis.literal(entity),
        id=id_,
        customer_id=customer_id,
        label=label,
        detail=no_text() if detail is None else detail,
        day=day,
        contribution=contribution.cast("float64"),
    )


def with_customer_name(rows: Table) -> Table:
    """The rows with their customer's name as `customer_name`."""
    customer = table("customer")
    names = customer.select("company_id", "customer_id", customer_name=customer.name)
    return beside(rows, names, ["company_id", "customer_id"])
