"""What a right import and right metrics must find, computed from the simulation itself.

    found = facts(until=date(2026, 11, 24))
    found.months[-1].customers_active, found.deals["won"], found.rejected["crm-fichette/affaires.csv"]

Nothing here reads a file or shares code with the metrics: it is brute force over what happened.
Money is in cents, `units` are annualised cents × 6,000, as the revenue specification counts.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from palier.demo.exports import billing as billing_export
from palier.demo.exports import crm_v1, export
from palier.demo.months import SALES_DAYS, MonthFacts, months_of, receivable_and_sales, spend_of
from palier.demo.simulation import simulate
from palier.demo.world import DEFAULT_SEED, Deal, World

MATURITY_DAYS = 90
"""Days after which a demo is judged. Source: okr-quarter-gates.md §6.2."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole truth of one world.

    `entities` counts canonical records after all files were imported and exact keys applied.
    `deals` counts by status, without the rows refused. `rejected`: file → object → rows.
    `dropped`: file → column → cells left out. `receivable` and `sales` give DSO on the last day
    (with tax, credit notes negative); `settled` and `settled_late` count invoices, not credit notes.
    """

    until: dt.date
    seed: int
    months: tuple[MonthFacts, ...]
    entities: Mapping[str, int]
    deals: Mapping[str, int]
    won_by_owner: Mapping[str, int]
    cycle_days: tuple[int, ...]
    matured_demos: int
    matured_demo_sales: int
    spend_by_channel: Mapping[str, int]
    spend_by_kind: Mapping[str, int]
    invoiced_net: int
    paid: int
    receivable: int
    sales: int
    settled: int
    settled_late: int
    rows: Mapping[str, int]
    rejected: Mapping[str, Mapping[str, int]]
    dropped: Mapping[str, Mapping[str, int]]
    dirt: Mapping[str, int]

    @property
    def win_rate(self) -> float:
        """Won over won and lost."""
        return self.deals["won"] / (self.deals["won"] + self.deals["lost"])

    @property
    def dso_days(self) -> float:
        """Simple days of sales outstanding."""
        return self.receivable / self.sales * SALES_DAYS

    @property
    def late_share(self) -> float:
        """Invoices settled after their due date, over settled ones."""
        return self.settled_late / self.settled


def facts(*, until: dt.date, seed: int = DEFAULT_SEED) -> Facts:
    """The truth of the world that `write_exports` writes with the same arguments."""
    return facts_of(world=simulate(until=until, seed=seed))


def facts_of(*, world: World) -> Facts:
    """The truth of a world."""
    planted = export(world=world)
    refused = {deal.number for deal in crm_v1.wrong_dates(world)}
    deals = [deal for deal in world.deals if deal.number not in refused]
    won = [deal for deal in deals if deal.status == "won"]
    matured, sold = _matured(world, deals)
    by_channel: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    for _, channel, kind, amount in spend_of(world):
        by_channel[channel] += amount
        by_kind[kind] += amount
    receivable, sales = receivable_and_sales(world)
    settled = [i for i in world.invoices if i.settled_on and i.net > 0]
    unread = {payment.number for payment in billing_export.refused(world)}
    return Facts(
        until=world.period.until,
        seed=world.seed,
        months=tuple(months_of(world)),
        entities=_entities(world, len(deals)),
        deals=Counter(deal.status for deal in deals),
        won_by_owner=Counter(deal.owner for deal in won),
        cycle_days=tuple(sorted((d.closed_on - d.opened_on).days for d in won if d.closed_on)),
        matured_demos=matured,
        matured_demo_sales=sold,
        spend_by_channel=by_channel,
        spend_by_kind=by_kind,
        invoiced_net=sum(i.net for i in world.invoices),
        paid=sum(p.amount for p in world.payments if p.number not in unread),
        receivable=receivable,
        sales=sales,
        settled=len(settled),
        settled_late=sum(i.settled_on > i.due_on for i in settled if i.settled_on),
        rows=planted.rows,
        rejected=planted.rejected,
        dropped=planted.dropped,
        dirt=planted.dirt,
    )


def _entities(world: World, deals: int) -> dict[str, int]:
    return {
        "customer": len(world.companies) + crm_v1.TYPO_DUPLICATES,
        "contact": sum(len(company.contacts) for company in world.companies),
        "deal": deals,
        "product": len({line.product for invoice in world.invoices for line in invoice.lines}),
        "subscription": len(world.subscriptions),
        "recurring_line": sum(len(subscription.lines) for subscription in world.subscriptions),
        "invoice": len(world.invoices),
        "invoice_line": sum(len(invoice.lines) for invoice in world.invoices),
        "payment": len(world.payments) - len(billing_export.WRONG_DATES),
        "marketing_spend": len(world.ads) + len(world.costs),
        "event": sum(1 + (ticket.solved_at is not None) for ticket in world.tickets),
    }


def _matured(world: World, deals: list[Deal]) -> tuple[int, int]:
    """Companies by their first demo, held long enough ago, and those that bought in time."""
    limit = world.period.last - MATURITY_DAYS * DAY
    demos: dict[int, dt.date] = {}
    sales: dict[int, dt.date] = {}
    for deal in deals:
        if deal.demo_on:
            demos[deal.company.number] = min(
                demos.get(deal.company.number, deal.demo_on), deal.demo_on
            )
        if deal.status == "won" and deal.closed_on:
            known = sales.get(deal.company.number, deal.closed_on)
            sales[deal.company.number] = min(known, deal.closed_on)
    ripe = {company: day for company, day in demos.items() if day <= limit}
    sold = sum(
        company in sales and 0 <= (sales[company] - day).days <= MATURITY_DAYS
        for company, day in ripe.items()
    )
    return len(ripe), sold
