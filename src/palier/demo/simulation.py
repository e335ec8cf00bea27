"""Plays the three years once, in the order in which a company lives them."""

from __future__ import annotations

import datetime as dt

from palier.demo import billing, contracts, market, spending, support
from palier.demo.chance import generator
from palier.demo.world import DEFAULT_SEED, FOUNDER, Period, World

RENAMED = 12
"""Customers that changed their name since they signed."""


def simulate(*, until: dt.date, seed: int = DEFAULT_SEED) -> World:
    """Everything that happened before `until`. The same arguments always give the same world."""
    world = World(Period(until), seed)
    for part in (market, contracts, billing, spending, support):
        part.fill(world)
    _rename(world)
    return world


def _rename(world: World) -> None:
    rng = generator(world.seed, "renaming")
    early = [
        company for company in world.companies
        if company.billing_number and company.siren and company.created_on < world.period.crm_replaced_on
    ]
    for company in rng.sample(early, min(RENAMED, len(early))):
        trade, _, place = company.name.partition(" ")
        company.renamed = rng.choice((f"Groupe {place}", f"{trade} {place} & Associés", f"Ateliers {place}"))


__all__ = ["FOUNDER", "simulate"]
