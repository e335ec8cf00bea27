"""Prospects, demos and deals, month after month: by the founder alone, then with two sales hires."""

from __future__ import annotations

import datetime as dt
from random import Random

from palier.demo import names
from palier.demo.chance import Spread, days, generator, moment, weighted, working_day
from palier.demo.channels import (
    CHANNELS,
    COMPARISON,
    FAIR_MONTHS,
    FAIRS,
    SEASON,
    WORD_OF_MOUTH,
    Channel,
)
from palier.demo.world import (
    FIRST_HIRE,
    FIRST_HIRE_MONTH,
    FOUNDER,
    MONTHS,
    SECOND_HIRE,
    SECOND_HIRE_MONTH,
    Company,
    Contact,
    Deal,
    Step,
    World,
    month_after,
)

NEW, QUALIFIED, DEMO, PROPOSAL, WON, LOST = (
    "Nouveau",
    "Qualifié",
    "Démo faite",
    "Proposition envoyée",
    "Gagné",
    "Perdu",
)
LOST_REASONS = {
    "Trop cher": 0.28,
    "Pas de réponse": 0.24,
    "Concurrent choisi": 0.18,
    "Projet repoussé": 0.16,
    "Fonction manquante": 0.1,
    "Pas la cible": 0.04,
}
FOUNDER_CYCLE, HIRE_CYCLE = 29, 72
"""Median days from first contact to signature: the two humps of the sales cycle."""
STALE = 0.035
"""Share of deals that nobody ever closes."""
FORGOTTEN_AFTER = 60
"""Days over which such a deal still moves."""
SECOND_CHANCE = 0.06
"""Share of deals opened with a company that had said no at least four months before."""
WITHOUT_SIREN = 0.05
DEMO_SHARE = {"won": 0.80, "lost": 0.90, "open": 0.80}
NO_SHOW = 0.07


def fill(world: World, take: int) -> None:
    """Add the companies met and the deals opened, as known on the last day, in that take."""
    rng = generator(world.seed, f"market {take}")
    spread = Spread(generator(world.seed, f"outcomes {take}"))
    pool = names.company_names(generator(world.seed, "names"))
    for month in world.period.months:
        for channel in CHANNELS:
            for opened_on in _openings(world, rng, spread, channel, month):
                company = _second_chance(world, rng, channel, opened_on)
                if company is None:
                    company = _company(rng, pool, channel, opened_on, len(world.companies) + 1)
                    world.companies.append(company)
                world.deals.append(
                    _deal(world, rng, spread, company=company, channel=channel, opened_on=opened_on)
                )
    world.companies.sort(key=lambda company: company.created_on)
    people = 0
    for rank, company in enumerate(world.companies, 1):
        company.number = rank
        for contact in company.contacts:
            people += 1
            contact.number = people
            contact.phone = names.mobile_phone(people)
    world.deals.sort(key=lambda deal: (deal.opened_on, deal.company.number))
    for rank, deal in enumerate(world.deals, 1):
        deal.number = rank


def _openings(
    world: World, rng: Random, spread: Spread, channel: Channel, month: dt.date
) -> list[dt.date]:
    season = SEASON[month.month - 1]
    if channel is FAIRS:
        season = 2.2 * FAIR_MONTHS.get(month.month, 0.12)
    mean = channel.rate(world.period.month_number(month), MONTHS) * season * rng.uniform(0.85, 1.15)
    total = int(mean) + (spread.next(f"opened {channel.label}") < mean % 1)
    length = (month_after(month) - month).days
    found = [working_day(month + dt.timedelta(days=rng.randrange(length))) for _ in range(total)]
    return sorted(day for day in found if day <= world.period.last)


def _second_chance(world: World, rng: Random, channel: Channel, day: dt.date) -> Company | None:
    if rng.random() > SECOND_CHANCE:
        return None
    again = day - dt.timedelta(days=120)
    known = [
        deal.company
        for deal in world.deals
        if deal.status == "lost"
        and deal.closed_on
        and deal.closed_on < again
        and deal.channel == channel.label
    ]
    busy = {
        id(deal.company)
        for deal in world.deals
        if deal.status != "lost" or (deal.closed_on or day) >= again
    }
    free = [company for company in known if id(company) not in busy]
    return rng.choice(free) if free else None


def _company(
    rng: Random, pool: list[tuple[str, str]], channel: Channel, created_on: dt.date, rank: int
) -> Company:
    name, industry = pool.pop()
    postcode, city = rng.choice(names.CITIES)
    domain = f"{names.slug(name)}.example"
    company = Company(
        number=rank,
        name=name,
        legal_form=rng.choice(names.FORMS),
        siren=None if rng.random() < WITHOUT_SIREN else names.siren(rank * 7 + 13),
        address=f"{rng.randint(1, 90)} {rng.choice(names.STREETS)}",
        postcode=postcode,
        city=city,
        domain=domain,
        phone=names.company_phone(rank),
        industry=industry,
        headcount=weighted(rng, dict(zip(names.HEADCOUNTS, (34, 32, 22, 9, 3)))),
        channel=channel.label,
        created_on=created_on,
    )
    for _ in range(weighted(rng, {1: 0.5, 2: 0.35, 3: 0.15})):
        company.contacts.append(_contact(rng, company))
    return company


def _contact(rng: Random, company: Company) -> Contact:
    taken = {contact.email for contact in company.contacts}
    while True:
        first, last = rng.choice(names.WOMEN + names.MEN), rng.choice(names.LAST_NAMES)
        email = f"{names.slug(first)}.{names.slug(last)}@{company.domain}"
        if email not in taken:
            break
    woman, man = rng.choice(names.TITLES)
    return Contact(
        number=0,
        first_name=first,
        last_name=last,
        job_title=woman if first in names.WOMEN else man,
        email=email,
        phone="",
        opt_in=rng.random() < 0.62,
        created_on=company.created_on,
    )


def _owner(rng: Random, month: int) -> str:
    if month < FIRST_HIRE_MONTH:
        return FOUNDER
    if month < SECOND_HIRE_MONTH:
        return weighted(rng, {FOUNDER: 0.42, FIRST_HIRE: 0.58})
    return weighted(rng, {FOUNDER: 0.24, FIRST_HIRE: 0.40, SECOND_HIRE: 0.36})


def _seats(rng: Random, company: Company) -> int:
    median = {"1 à 9": 4, "10 à 19": 7, "20 à 49": 11, "50 à 99": 19, "100 à 249": 34}
    return min(90, days(rng, median=median[company.headcount], spread=0.4, least=2))


def _deal(
    world: World,
    rng: Random,
    spread: Spread,
    *,
    company: Company,
    channel: Channel,
    opened_on: dt.date,
) -> Deal:
    owner = _owner(rng, world.period.month_number(opened_on))
    seats = _seats(rng, company)
    win = channel.win * (1.0 if owner == FOUNDER else 0.9)
    draw = spread.next(f"fate {channel.label}")
    fate = "stale" if draw < STALE else "won" if draw < STALE + win * (1 - STALE) else "lost"
    length = _length(rng, owner, fate)
    if channel is COMPARISON:
        length = max(5, length // 2)
    deal = Deal(
        number=0,
        company=company,
        contact=company.contacts[0],
        title=f"Planification {seats} postes – {company.name}",
        amount=seats * rng.choice((420, 480, 540, 600)) * 100,
        channel=channel.label,
        owner=owner,
        opened_on=opened_on,
        seats=seats,
    )
    steps = _steps(rng, spread, deal, fate, length)
    for kind, stage, day in steps:
        if day > world.period.last:
            break
        at = moment(rng, day)
        if deal.steps and at <= deal.last_change:
            at = deal.last_change + dt.timedelta(minutes=20)
        deal.steps.append(Step(kind, deal.stage if deal.steps else "", stage, at, owner))
        deal.stage = stage
        _apply(rng, deal, kind, day)
    return deal


def _length(rng: Random, owner: str, fate: str) -> int:
    median = FOUNDER_CYCLE if owner == FOUNDER else HIRE_CYCLE
    return days(rng, median=median * (1.0 if fate == "won" else 1.15), spread=0.32, least=5)


def _steps(
    rng: Random, spread: Spread, deal: Deal, fate: str, length: int
) -> list[tuple[str, str, dt.date]]:
    def at(share: float) -> dt.date:
        return working_day(deal.opened_on + dt.timedelta(days=round(length * share)))

    if fate == "stale":
        length = FORGOTTEN_AFTER
    found = [("created", NEW, deal.opened_on), ("qualified", QUALIFIED, at(0.12))]
    outcome = {"won": "won", "lost": "lost", "stale": "open"}[fate]
    demo = DEMO_SHARE[outcome]
    if deal.channel == WORD_OF_MOUTH.label and fate == "won":
        demo -= 0.12
    if spread.next(f"demo {outcome}") < demo:
        if rng.random() < NO_SHOW:
            found.append(("demo_no_show", QUALIFIED, at(0.28)))
        found.append(("demo_held", DEMO, at(rng.uniform(0.32, 0.45))))
    if fate == "won" or rng.random() < 0.55:
        found.append(("proposal", PROPOSAL, at(rng.uniform(0.55, 0.75))))
    if fate != "stale":
        found.append((fate, WON if fate == "won" else LOST, at(1.0)))
    return found


def _apply(rng: Random, deal: Deal, kind: str, day: dt.date) -> None:
    if kind == "demo_held":
        deal.demo_on = day
    elif kind == "won":
        deal.status, deal.closed_on = "won", day
    elif kind == "lost":
        deal.status, deal.closed_on = "lost", day
        deal.lost_reason = weighted(rng, LOST_REASONS)
