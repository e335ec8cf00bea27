"""The months of a world, in figures: brute force over what happened, sharing no code with the metrics."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from palier.demo.channels import CHANNELS
from palier.demo.world import Line, World, month_after

UNITS_PER_MONTHLY_CENT = 72_000
SALES_DAYS = 90
"""Days of sales that DSO divides by. Source: revenue.md §3.16."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """One month, as known at the end of its last day (or of the last day of data).

    `new`, `lost` and `active` count customers as revenue.md §3.2, 3.3 and 3.6 do; `movements` are
    signed units by kind (new, expansion, contraction, churn, reactivation).
    """

    month: dt.date
    closing: dt.date
    active: int
    new: int
    lost: int
    units: int
    movements: Mapping[str, int]
    invoiced_net: int
    spend: int
    new_by_channel: Mapping[str, int]

    @property
    def mrr(self) -> int:
        """Monthly recurring revenue in cents, rounded for reading."""
        return round(self.units / UNITS_PER_MONTHLY_CENT)


def spend_of(world: World) -> Iterable[tuple[dt.date, str, str, int]]:
    """Every cost of acquisition: day, channel, kind, cents."""
    labels = {channel.ads: channel.label for channel in CHANNELS if channel.ads}
    for ad in world.ads:
        yield ad.day, labels[ad.channel], "media", ad.spend
    for cost in world.costs:
        yield cost.month, cost.channel, cost.kind, cost.amount


def receivable_and_sales(world: World) -> tuple[int, int]:
    """What is open on the last day, and the sales of the last days, with tax: the two terms of DSO."""
    last = world.period.last
    due = [i for i in world.invoices if i.settled_on is None or i.settled_on > last]
    recent = [i for i in world.invoices if i.issued_on > last - SALES_DAYS * DAY]
    return sum(i.gross for i in due), sum(i.gross for i in recent)


def months_of(world: World) -> Iterable[MonthFacts]:
    """Every month with data."""
    lines: dict[int, list[Line]] = defaultdict(list)
    channels: dict[int, str] = {}
    for subscription in world.subscriptions:
        lines[subscription.company.number] += subscription.lines
        channels[subscription.company.number] = subscription.company.channel
    moves = [
        (customer, *move)
        for customer, theirs in lines.items()
        for move in _movements(theirs, world.period.last)
    ]
    spend: Counter[dt.date] = Counter()
    for day, _, _, amount in spend_of(world):
        spend[day.replace(day=1)] += amount
    invoiced: Counter[dt.date] = Counter()
    for invoice in world.invoices:
        invoiced[invoice.issued_on.replace(day=1)] += invoice.net
    for month in world.period.months:
        closing = min(month_after(month), world.period.until) - DAY
        opening = month - DAY
        during = [move for move in moves if month <= move[1] <= closing]
        fresh = [customer for customer, _, kind, _ in during if kind == "new"]
        by_kind: Counter[str] = Counter()
        for _, _, kind, units in during:
            by_kind[kind] += units
        state = {customer: _units(theirs, closing) for customer, theirs in lines.items()}
        yield MonthFacts(
            month=month,
            closing=closing,
            active=sum(units > 0 for units in state.values()),
            new=len(fresh),
            lost=sum(
                _units(theirs, opening) > 0
                and state[customer] == 0
                and not _paused(theirs, closing)
                for customer, theirs in lines.items()
            ),
            units=sum(state.values()),
            movements=by_kind,
            invoiced_net=invoiced[month],
            spend=spend[month],
            new_by_channel=Counter(channels[customer] for customer in fresh),
        )


def _units(lines: list[Line], day: dt.date) -> int:
    return sum(line.annual_units for line in lines if line.covers(day))


def _paused(lines: list[Line], day: dt.date) -> bool:
    return any(line.status == "paused" and line.covers(day) for line in lines)


def _movements(lines: list[Line], last: dt.date) -> Iterable[tuple[dt.date, str, int]]:
    """The movements of one customer, day by day, as revenue.md §3.3 names them."""
    turns = {line.starts_on for line in lines} | {line.ends_on for line in lines if line.ends_on}
    before, was_paused, seen = 0, False, False
    for day in sorted(turn for turn in turns if turn <= last):
        after, paused = _units(lines, day), _paused(lines, day)
        if after != before:
            if before == 0:
                kind = "new" if not seen else "expansion" if was_paused else "reactivation"
            elif after == 0:
                kind = "contraction" if paused else "churn"
            else:
                kind = "expansion" if after > before else "contraction"
            yield day, kind, after - before
        before, was_paused, seen = after, paused, seen or after > 0
