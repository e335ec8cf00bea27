"""Customers: who is active, who came, who left, whatever makes a customer in this company."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis import _

from palier.metrics.conventions import Conventions
from palier.metrics.expressions import (
    Table,
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

KEY = ("company_id", "customer_id")


def presence(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `presence`: from recurring lines where there are any, else from purchases."""
    moves, purchases = table("movement"), table("purchase")
    if touched:
        moves = moves.semi_join(table("touched_customer"), list(KEY))
        purchases = purchases.semi_join(table("touched_customer"), list(KEY))
    kinds = {
        "new": "new",
        "reactivation": "returned",
        "churn": "lost",
        "lapse": "lost",
        "hold": "held",
        "contraction": "paused",
        "expansion": "resumed",
    }
    changed = moves.mutate(active=(_.after > 0).cast("int64") - (_.before > 0).cast("int64"))
    recurring = changed.filter((_.active != 0) | (_.kept != 0)).select(
        *KEY,
        "day",
        kind=_.kind.cases(*kinds.items(), else_="held"),
        active=_.active,
        kept=_.kept,
    )
    return recurring.union(
        _spells(purchases.filter(_.bought), conventions.activity_days), distinct=False
    )


def _spells(purchases: Table, activity_days: int) -> Table:
    """Starts and ends of the stretches in which a buyer's last purchase is recent enough."""
    ordered = ibis.window(group_by=list(KEY), order_by="day")
    known = purchases.select(*KEY, "day").mutate(
        before=_.day.lag().over(ordered), after=_.day.lead().over(ordered)
    )
    lasting = ibis.interval(days=activity_days)
    one = ibis.literal(1, "int64")
    begun = known.filter(_.before.isnull() | (_.day > (_.before + lasting).cast("date"))).select(
        *KEY,
        "day",
        kind=ibis.ifelse(_.before.isnull(), "new", "returned"),
        active=one,
        kept=one,
    )
    over = known.filter(_.after.isnull() | (_.after > (_.day + lasting).cast("date"))).select(
        *KEY,
        day=(_.day + lasting).cast("date"),
        kind=ibis.literal("lost"),
        active=-one,
        kept=-one,
    )
    return begun.union(over, distinct=False)


def _days(by: Sequence[str]) -> Table:
    rows = with_customer_dimensions(table("presence"), by)
    return daily(
        rows,
        by=by,
        day="day",
        active=total(_.active),
        came=count_if(_.kind == "new"),
        returned=count_if(_.kind == "returned"),
        lost=count_if(_.kind == "lost"),
    )


def customer_flow(by: Sequence[str]) -> Table:
    """Active customers at both ends of each period, and who came, returned and left in it."""
    inside = _.day >= _.starts
    return over_periods(
        _days(by),
        by=by,
        until="ends",
        opening=total_if(_.day < _.starts, _.active),
        closing=total(_.active),
        new=total_if(inside, _.came),
        returned=total_if(inside, _.returned),
        lost=total_if(inside, _.lost),
    )


def _at_risk_and_lost(by: Sequence[str], spans: Table) -> Table:
    """For each span of days: customers active at its opening, and those of them absent at its close.

    A customer's net change over a span is -1 exactly when the customer was there and no longer is.
    """
    rows = with_customer_dimensions(table("presence"), by)
    group = ("company_id", "starts", "ends", *by_columns(by))
    days = daily(rows, by=by, day="day", active=total(_.active))
    opening = (
        spans.join(days, [days.day < spans.starts]).group_by(*group).agg(at_risk=total(_.active))
    )
    net = (
        placed(rows, day="day", frame=spans)
        .group_by(*group, "customer_id")
        .agg(
            active=_.active.sum(),
            kept=_.kept.sum(),
        )
    )
    gone = net.filter((_.active == -1) & (_.kept == -1)).group_by(*group).agg(gone=_.count())
    match = [opening[name].identical_to(gone[name]) for name in group]
    return opening.left_join(gone, match).select(*group, "at_risk", gone=_.gone.coalesce(0))


def customer_churn(by: Sequence[str]) -> Table:
    """Customers of the opening, and those of them who are neither active nor paused at the close."""
    period = table("period")
    spans = period.select("period", "starts", "ends")
    found = _at_risk_and_lost(by, spans.select("starts", "ends").distinct())
    return spans.inner_join(found, ["starts", "ends"]).select(
        "company_id", "period", *by_columns(by), "at_risk", "gone"
    )


def churn_exposure(by: Sequence[str]) -> Table:
    """Customer-months exposed and customers lost, over the months counted back from the period's end."""
    steps = table("month_step")
    found = _at_risk_and_lost(by, steps.select("starts", "ends").distinct())
    return (
        steps.inner_join(found, ["starts", "ends"])
        .group_by("company_id", "period", *by_columns(by))
        .agg(
            exposure=total(_.at_risk),
            losses=total(_.gone),
        )
    )


def active_rows(by: Sequence[str]) -> Table:
    """Customers active at the end of the period, since when."""
    rows = with_customer_dimensions(table("presence"), by)
    period = table("period")
    there = (
        rows.join(period, [rows.day < period.ends])
        .group_by("company_id", "period", "customer_id", *by_columns(by))
        .agg(active=_.active.sum(), day=_.day.max())
        .filter(_.active > 0)
    )
    named = with_customer_name(there)
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=named.active,
    )


def event_rows(by: Sequence[str], *, kind: str) -> Table:
    """Customers who came, or left, inside the period."""
    rows = with_customer_dimensions(table("presence").filter(_.kind == kind), by)
    named = with_customer_name(placed(rows, day="day"))
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=ibis.literal(1),
        detail=named.kind,
    )


def _gone_rows(by: Sequence[str], frame: Table) -> Table:
    rows = with_customer_dimensions(table("presence"), by)
    net = (
        placed(rows, day="day", frame=frame)
        .group_by("company_id", "period", "starts", "ends", "customer_id", *by_columns(by))
        .agg(active=_.active.sum(), kept=_.kept.sum(), day=_.day.max())
    )
    named = with_customer_name(net.filter((_.active == -1) & (_.kept == -1)))
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=ibis.literal(1),
    )


def churn_rows(by: Sequence[str]) -> Table:
    """Customers of the opening who are absent at the close."""
    return _gone_rows(by, table("period").select("period", "starts", "ends"))


def exposure_rows(by: Sequence[str]) -> Table:
    """Customers lost in the months behind the churn of lifetime value."""
    return _gone_rows(by, table("month_step"))
