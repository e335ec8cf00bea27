"""Recurring revenue: the movement table (revenue.md §5), its roll-forward, and retention."""

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

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
KEY = ("company_id", "customer_id")


def _events(lines: Table, conventions: Conventions) -> Table:
    """Signed steps of annual units and of pauses, netted by customer and day (or month)."""
    counted = lines.filter(
        _.customer_id.notnull() & (_.ends_on.isnull() | (_.ends_on > _.starts_on))
    )
    paused = _.status.coalesce("active") == "paused"
    silent = paused | (_.status.coalesce("active") == "trial")
    steps = counted.mutate(
        u=ibis.ifelse(silent, 0, _.annual_units.coalesce(0)),
        pz=ibis.ifelse(paused, 1, 0) if conventions.pause_as == "contraction" else ibis.literal(0),
    )
    opened = steps.select(*KEY, day=_.starts_on, u=_.u, pz=_.pz)
    closed = steps.filter(_.ends_on.notnull()).select(*KEY, day=_.ends_on, u=-_.u, pz=-_.pz)
    events = opened.union(closed, distinct=False)
    if conventions.net_by == "month":
        events = events.mutate(day=_.day.truncate("M"))
    netted = events.group_by(*KEY, "day").agg(du=_.u.sum(), dp=_.pz.sum())
    return netted.filter((_.du != 0) | (_.dp != 0))


def _states(events: Table, conventions: Conventions) -> Table:
    """Each customer's annual units and paused lines before (`p`, `pp`) and after (`a`, `ap`) a day with events."""
    running = ibis.window(group_by=list(KEY), order_by="day", preceding=None, following=0)
    sums = events.mutate(level=_.du.sum().over(running), ap=_.dp.sum().over(running))
    states = sums.select(
        *KEY,
        "day",
        "ap",
        a=ibis.greatest(_.level, 0),
        p=ibis.greatest(_.level - _.du, 0),
        pp=_.ap - _.dp,
        floored=_.level < 0,
    )
    if conventions.grace_days == 0:
        return states
    ordered = ibis.window(group_by=list(KEY), order_by="day")
    ahead = states.mutate(next_day=_.day.lead().over(ordered), next_a=_.a.lead().over(ordered))
    bridged = (
        (_.a == 0)
        & (_.ap == 0)
        & (_.next_a > 0)
        & (_.next_day.delta(_.day, unit="day") <= conventions.grace_days)
    )
    # without coalesce, three-valued logic would drop every final churn (revenue.md §5)
    kept = ahead.filter(~bridged.coalesce(False)).select(*states.columns)
    return kept.mutate(
        p=_.a.lag().over(ordered).coalesce(0), pp=_.ap.lag().over(ordered).coalesce(0)
    )


def movement(conventions: Conventions, *, touched: bool = False) -> Table:
    """The derived table `movement`."""
    lines = table("recurring_line")
    if touched:
        lines = lines.semi_join(table("touched_customer"), list(KEY))
    states = _states(_events(lines, conventions), conventions)
    changed = states.filter((_.a != _.p) | ((_.ap > 0) != (_.pp > 0)) | _.floored)
    ordered = ibis.window(group_by=list(KEY), order_by="day")
    running = ibis.window(group_by=list(KEY), order_by="day", preceding=None, following=0)
    seen = changed.mutate(
        prev_day=_.day.lag().over(ordered),
        first_on=ibis.ifelse(_.a > 0, _.day, ibis.null("date")).min().over(running),
    ).mutate(seen=(_.first_on < _.day).coalesce(False))
    known = seen.mutate(
        kept_after=(_.a > 0) | ((_.ap > 0) & _.seen), kept_before=(_.p > 0) | ((_.pp > 0) & _.seen)
    )
    kind = ibis.cases(
        ((_.a == _.p) & _.kept_before & ~_.kept_after, "lapse"),
        (_.a == _.p, "hold"),
        ((_.p == 0) & (_.pp > 0) & _.seen, "expansion"),
        ((_.p == 0) & _.seen, "reactivation"),
        (_.p == 0, "new"),
        ((_.a == 0) & (_.ap > 0), "contraction"),
        (_.a == 0, "churn"),
        (_.a > _.p, "expansion"),
        else_="contraction",
    )
    return known.select(
        *KEY,
        "day",
        delta=_.a - _.p,
        kind=kind,
        before=_.p,
        after=_.a,
        prev_day=_.prev_day,
        first_on=_.first_on,
        kept=_.kept_after.cast("int64") - _.kept_before.cast("int64"),
        floored=_.floored,
    )


def mrr_flow(by: Sequence[str]) -> Table:
    """Opening, five movements and closing annual units of each period, with their counts."""
    rows = with_customer_dimensions(table("movement"), by)
    days = daily(
        rows.group_by("company_id", "day", "kind", *by_columns(by)).agg(
            delta=total(_.delta),
            rows=_.count(),
            floored=count_if(_.floored),
            active=total((_.after > 0).cast("int64") - (_.before > 0).cast("int64")),
        ),
        by=by,
        day="day",
        delta=total(_.delta),
        active=total(_.active),
        floored=total(_.floored),
        **{f"d_{kind}": total_if(_.kind == kind, _.delta) for kind in KINDS},
        **{f"n_{kind}": total_if(_.kind == kind, _.rows) for kind in KINDS},
    )
    inside = _.day >= _.starts
    return over_periods(
        days,
        by=by,
        until="ends",
        opening=total_if(_.day < _.starts, _.delta),
        closing=total(_.delta),
        customers=total(_.active),
        floored=total_if(inside, _.floored),
        **{kind: total_if(inside, _[f"d_{kind}"]) for kind in KINDS},
        **{f"{kind}_count": total_if(inside, _[f"n_{kind}"]) for kind in KINDS},
    )


def mrr_retention(by: Sequence[str]) -> Table:
    """Annual units of the customers present at the start of the retention window, then and now.

    Only customers who moved inside the window are read one by one; the others kept what they had.
    """
    rows = with_customer_dimensions(table("movement"), by)
    steps = daily(
        rows,
        by=by,
        day="day",
        delta=total(_.delta),
        active=total((_.after > 0).cast("int64") - (_.before > 0).cast("int64")),
    )
    opening = over_periods(
        steps, by=by, until="year_ago", base=total(_.delta), base_customers=total(_.active)
    )
    inside = placed(rows.filter(_.kind != "new"), day="day", since="year_ago")
    movers = (
        inside.filter(_.first_on < _.year_ago)
        .group_by("company_id", "customer_id", "period", *by_columns(by))
        .agg(
            delta=_.delta.sum(),
            start=total_if(_.prev_day.isnull() | (_.prev_day < _.year_ago), _.before),
        )
    )
    change = (
        movers.filter(_.start > 0)
        .group_by("company_id", "period", *by_columns(by))
        .agg(
            net=_.delta.sum(),
            down=ibis.least(_.delta, 0).sum(),
        )
    )
    return _with_unknown_equal(opening, change, by).select(
        "company_id",
        "period",
        *by_columns(by),
        "base",
        "base_customers",
        kept=_.base + _.net.coalesce(0),
        kept_at_most=_.base + _.down.coalesce(0),
    )


def _with_unknown_equal(left: Table, right: Table, by: Sequence[str]) -> Table:
    """Left join on company, period and breakdown, where an unknown value equals itself."""
    match = [
        left.company_id == right.company_id,
        left.period == right.period,
        *(left[name].identical_to(right[name]) for name in by_columns(by)),
    ]
    return left.left_join(right, match)


def total_rows(by: Sequence[str]) -> Table:
    """Customers with their recurring revenue at the end of the period."""
    rows = with_customer_dimensions(table("movement"), by)
    kept = rows.join(table("period"), [rows.day < table("period").ends])
    levels = (
        kept.group_by("company_id", "period", "customer_id", *by_columns(by))
        .agg(
            units=_.delta.sum(),
            day=_.day.max(),
        )
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


def movement_rows(by: Sequence[str], *, kind: str) -> Table:
    """Movements of one kind inside the period."""
    rows = with_customer_dimensions(table("movement").filter(_.kind == kind), by)
    named = with_customer_name(placed(rows, day="day"))
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=named.delta,
        detail=named.kind,
    )


def retention_rows(by: Sequence[str]) -> Table:
    """What changed since the start of the window among customers who were there."""
    rows = with_customer_dimensions(table("movement").filter(_.kind != "new"), by)
    inside = placed(rows, day="day", since="year_ago").filter(_.first_on < _.year_ago)
    movers = (
        inside.group_by("company_id", "period", "customer_id", *by_columns(by))
        .agg(
            delta=_.delta.sum(),
            day=_.day.max(),
            start=total_if(_.prev_day.isnull() | (_.prev_day < _.year_ago), _.before),
        )
        .filter((_.start > 0) & (_.delta != 0))
    )
    named = with_customer_name(movers)
    return source_rows(
        named,
        by,
        entity="customer",
        id_=named.customer_id,
        customer_id=named.customer_id,
        label=named.customer_name,
        day=named.day,
        contribution=named.delta,
    )
