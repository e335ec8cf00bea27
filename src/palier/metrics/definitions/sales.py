"""Sales: outcomes, length of the cycle, and conversion of matured demos."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis import _

from palier.metrics.expressions import (
    BY,
    Table,
    beside,
    by_columns,
    count_if,
    daily,
    over_periods,
    placed,
    source_rows,
    table,
    total_if,
    with_customer_name,
)

DEAL_DIMENSIONS = {"channel": "source_channel", "owner": "owner", "pipeline": "pipeline"}


def _dimensioned(rows: Table, by: Sequence[str]) -> Table:
    """Deals by their own dimensions, or by the name of their product."""
    found = rows.mutate(
        **{BY + name: rows[DEAL_DIMENSIONS[name]] for name in by if name != "product"}
    )
    if "product" not in by:
        return found
    product = table("product")
    names = product.select("company_id", "product_id", by_product=product.name)
    return beside(found, names, ["company_id", "product_id"])


def with_demo_days() -> Table:
    """Deals with the day of their first demo: told by the deal's log, else by the deal itself.

    Source: okr-quarter-gates.md §6.2: facts are derived from the log. Its inferred steps only repeat the deal.
    """
    deal = table("deal")
    told = (
        table("deal_event")
        .filter((_.kind == "demo_held") & ~_.inferred.coalesce(False))
        .group_by("company_id", "deal_id")
        .agg(held_on=_.day.min())
    )
    known = beside(deal, told, ("company_id", "deal_id"))
    return known.select(
        *(name for name in deal.columns if name != "demo_on"),
        demo_on=known.held_on.coalesce(known.demo_on),
    )


def _closed(by: Sequence[str]) -> Table:
    """Deals won or lost, with the day they were closed."""
    deals = table("deal")
    closed = deals.filter(deals.status.isin(("won", "lost"))).mutate(
        closed_on=ibis.ifelse(_.status == "won", _.won_on, _.lost_on)
    )
    return _dimensioned(closed.filter(_.closed_on.notnull()), by)


def deal_outcome(by: Sequence[str]) -> Table:
    """Deals won and lost, by the day they were closed."""
    days = daily(
        _closed(by),
        by=by,
        day="closed_on",
        won=count_if(_.status == "won"),
        lost=count_if(_.status == "lost"),
    )
    inside = _.day >= _.starts
    return over_periods(
        days, by=by, until="ends", won=total_if(inside, _.won), lost=total_if(inside, _.lost)
    )


def _cycles(by: Sequence[str]) -> Table:
    """Won deals with their length in days, once per period that holds the day of the win."""
    deals = table("deal").filter((_.status == "won") & _.won_on.notnull() & _.opened_on.notnull())
    return placed(
        _dimensioned(deals.mutate(days=_.won_on.delta(_.opened_on, unit="day")), by), day="won_on"
    )


def sales_cycle(by: Sequence[str]) -> Table:
    """Median, quartiles and sum of the days from opening to win; deals won before they opened are set aside."""
    rows = _cycles(by)
    lengths = rows.mutate(
        length=ibis.ifelse(_.days >= 0, _.days, ibis.null("int64")).cast("float64")
    )
    return lengths.group_by("company_id", "period", *by_columns(by)).agg(
        won=count_if(_.days >= 0),
        backwards=count_if(_.days < 0),
        median=_.length.quantile(0.5),
        low_quartile=_.length.quantile(0.25),
        high_quartile=_.length.quantile(0.75),
        days=total_if(_.days >= 0, _.days),
    )


def _trials(by: Sequence[str]) -> Table:
    """Each party's first demo, with its first win; parties that were customers before are out.

    A party is a customer, or the deal itself while its customer is unknown.
    """
    deals = with_demo_days()
    party = deals.mutate(
        party=ibis.ifelse(deals.customer_id.isnull(), deals.deal_id, deals.customer_id),
        known=deals.customer_id.notnull(),
    )
    group = ("company_id", "known", "party")
    held = party.filter(_.demo_on.notnull())
    ranked = held.mutate(
        rank=ibis.row_number().over(
            ibis.window(group_by=list(group), order_by=["demo_on", "deal_id"])
        )
    )
    first = _dimensioned(ranked.filter(_.rank == 0), by).select(
        *group, *by_columns(by), "deal_id", "customer_id", "demo_on", "name"
    )
    won = (
        party.filter((_.status == "won") & _.won_on.notnull())
        .group_by(*group)
        .agg(won_on=_.won_on.min())
    )
    customer = (
        table("presence").filter(_.kind == "new").select("company_id", "customer_id", since=_.day)
    )
    joined = beside(beside(first, won, group), customer, ["company_id", "customer_id"])
    newcomer = ((_.won_on >= _.demo_on) | _.won_on.isnull()) & (
        (_.since >= _.demo_on) | _.since.isnull()
    )
    return joined.filter(newcomer)


def demo_cohort(by: Sequence[str]) -> Table:
    """First demos of each period, those that are mature, and those that became a sale in time."""
    rows = placed(_trials(by), day="demo_on").mutate(
        mature=_.demo_on < _.trials_end,
        won_days=_.won_on.delta(_.demo_on, unit="day"),
    )
    in_time = (_.won_days <= _.maturity).coalesce(False)
    return rows.group_by("company_id", "period", *by_columns(by)).agg(
        demos=_.count(),
        trials=count_if(_.mature),
        successes=count_if(_.mature & in_time),
        late=count_if(_.mature & _.won_days.notnull() & ~in_time),
    )


def outcome_rows(by: Sequence[str]) -> Table:
    """Deals closed inside the period: one when won, zero when lost."""
    rows = with_customer_name(placed(_closed(by), day="closed_on"))
    label = rows.name.coalesce(rows.customer_name)
    return source_rows(
        rows,
        by,
        entity="deal",
        id_=rows.deal_id,
        customer_id=rows.customer_id,
        label=label,
        detail=rows.status,
        day=rows.closed_on,
        contribution=ibis.ifelse(rows.status == "won", 1, 0),
    )


def cycle_rows(by: Sequence[str]) -> Table:
    """Won deals with their length in days."""
    rows = with_customer_name(_cycles(by).filter(_.days >= 0))
    return source_rows(
        rows,
        by,
        entity="deal",
        id_=rows.deal_id,
        customer_id=rows.customer_id,
        label=rows.name.coalesce(rows.customer_name),
        day=rows.won_on,
        contribution=rows.days,
    )


def trial_rows(by: Sequence[str]) -> Table:
    """First demos of the period: one when a sale followed in time; `detail` says what became of each."""
    rows = with_customer_name(placed(_trials(by), day="demo_on"))
    in_time = (rows.won_on.delta(rows.demo_on, unit="day") <= rows.maturity).coalesce(False)
    fate = ibis.cases(
        (rows.demo_on >= rows.trials_end, "maturing"),
        (in_time, "won"),
        (rows.won_on.notnull(), "won_late"),
        else_="not_won",
    )
    success = ibis.ifelse(in_time & (rows.demo_on < rows.trials_end), 1, 0)
    return source_rows(
        rows,
        by,
        entity="deal",
        id_=rows.deal_id,
        customer_id=rows.customer_id,
        label=rows.name.coalesce(rows.customer_name),
        detail=fate,
        day=rows.demo_on,
        contribution=success,
    )
