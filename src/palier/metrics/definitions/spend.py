"""Acquisition cost: everything spent to win customers, by day, channel and kind."""

from __future__ import annotations

from collections.abc import Sequence

from ibis import _

from palier.metrics.expressions import (
    BY,
    Table,
    daily,
    no_text,
    over_periods,
    placed,
    source_rows,
    table,
    total,
    total_if,
)


def _dimensioned(by: Sequence[str]) -> Table:
    rows = table("marketing_spend")
    return rows.mutate(**{BY + name: rows[name] for name in by})


def acquisition_cost(by: Sequence[str]) -> Table:
    """Spend of each period, and the part that is the founder's time, salaries and tools."""
    kind = _.kind.coalesce("media")
    days = daily(
        _dimensioned(by),
        by=by,
        day="day",
        cost=total(_.spend_minor),
        founder=total_if(kind == "founder_time", _.spend_minor),
        team=total_if(kind.isin(("salaries", "tools")), _.spend_minor),
    )
    inside = _.day >= _.starts
    return over_periods(
        days,
        by=by,
        until="ends",
        cost=total_if(inside, _.cost),
        founder_cost=total_if(inside, _.founder),
        team_cost=total_if(inside, _.team),
    )


def spend_rows(by: Sequence[str]) -> Table:
    """Spend rows inside the period."""
    rows = placed(_dimensioned(by), day="day")
    return source_rows(
        rows,
        by,
        entity="marketing_spend",
        id_=rows.marketing_spend_id,
        customer_id=no_text().cast("int64"),
        label=rows.channel.concat(" · ", rows.kind.coalesce("media")),
        detail=rows.campaign,
        day=rows.day,
        contribution=rows.spend_minor,
    )
