"""Plays the three years, in the order in which a company lives them, until the story comes out as told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from palier.demo import billing, contracts, market, spending, support
from palier.demo.chance import generator
from palier.demo.channels import BAD_PATCH
from palier.demo.months import SALES_DAYS, MonthFacts, months_of, receivable_and_sales
from palier.demo.world import DEFAULT_SEED, MONTHS, Period, World

RENAMED = 12
"""Customers that changed their name since they signed."""
PROMISES = (
    "recurring revenue",
    "churn",
    "bad patch",
    "ratio before",
    "ratio at the end",
    "days of sales",
    "late payments",
)
TAKES, TELLINGS = 20, 6
"""Times a chapter is played at most, and times the whole is told from another market when no take of it keeps the
promises; what breaks the fewest is kept."""


@lru_cache(maxsize=2)
def simulate(*, until: dt.date, seed: int = DEFAULT_SEED) -> World:
    """Everything that happened before `until`. The same arguments always give the same world."""
    kept, least = None, len(PROMISES) + 1
    for telling in range(TELLINGS):
        world = World(Period(until), seed)
        market.fill(world, telling)
        spending.fill(world)
        missed = _cast(world, contracts.fill, broken_by_contracts)
        if missed < least:
            kept, least = world, missed
        if not least:
            break
    assert kept is not None  # noqa: S101 - one telling at least
    _cast(kept, billing.fill, broken_by_billing)
    support.fill(kept)
    _rename(kept)
    return kept


def _cast(
    world: World, play: Callable[[World, int], None], broken: Callable[[World], list[str]]
) -> int:
    """Play a chapter until it keeps its promises, else as the take that breaks the fewest; how many it breaks."""
    best, least = 0, len(PROMISES)
    for take in range(TAKES):
        play(world, take)
        count = len(broken(world))
        if count == 0:
            return 0
        if count < least:
            best, least = take, count
    play(world, best)
    return least


def broken_promises(world: World) -> list[str]:
    """What the demonstration promises to show and this world does not."""
    return [*broken_by_contracts(world), *broken_by_billing(world)]


def broken_by_contracts(world: World) -> list[str]:
    """Promises about recurring revenue, churn, and what a customer is worth and costs."""
    months = list(months_of(world))[:MONTHS]
    calm = [
        month for number, month in enumerate(months) if number >= 12 and number not in BAD_PATCH
    ]
    rough = [months[number] for number in BAD_PATCH]
    kept = {
        "recurring revenue": 8_000_000 <= months[-1].mrr <= 11_500_000,
        "churn": 0.019 <= _churn(months, calm) <= 0.029,
        "bad patch": _churn(months, rough) >= 1.6 * _churn(months, calm),
        "ratio before": all(
            3.4 <= _ltv_cac(months, end) <= 6.5 for end in (MONTHS - 6, MONTHS - 3)
        ),
        "ratio at the end": 2.2 <= _ltv_cac(months, MONTHS) <= 3.4,
    }
    return [name for name in PROMISES if not kept.get(name, True)]


def broken_by_billing(world: World) -> list[str]:
    """Promises about receivables."""
    receivable, sales = receivable_and_sales(world)
    late = [i.settled_on > i.due_on for i in world.invoices if i.settled_on and i.net > 0]
    kept = {
        "days of sales": 41 <= receivable / sales * SALES_DAYS <= 49,
        "late payments": 0.2 <= sum(late) / len(late) <= 0.3,
    }
    return [name for name in PROMISES if not kept.get(name, True)]


def _churn(months: list[MonthFacts], some: list[MonthFacts]) -> float:
    """Customers lost in these months over customers at their openings."""
    active = {month.month: before.active for before, month in pairwise(months)}
    return sum(month.lost for month in some) / sum(active[month.month] for month in some)


def _ltv_cac(months: list[MonthFacts], end: int) -> float:
    """LTV/CAC of the quarter before month `end`: churn over six months, all costs, revenue as margin."""
    last = months[end - 1]
    quarter = months[end - 3 : end]
    churn = _churn(months, months[end - 6 : end])
    cost, new = sum(month.spend for month in quarter), sum(month.new for month in quarter)
    return last.mrr / last.active / churn / (cost / new) if churn and new else 0.0


def _rename(world: World) -> None:
    rng = generator(world.seed, "renaming")
    early = [
        company
        for company in world.companies
        if company.billing_number
        and company.siren
        and company.created_on < world.period.crm_replaced_on
    ]
    for company in rng.sample(early, min(RENAMED, len(early))):
        trade, _, place = company.name.partition(" ")
        company.renamed = rng.choice(
            (f"Groupe {place}", f"{trade} {place} & Associés", f"Ateliers {place}")
        )
