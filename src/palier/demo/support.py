"""Support requests: more of them from customers about to leave, and in the bad patch."""

from __future__ import annotations

import datetime as dt
from random import Random

from palier.demo.chance import at_work, count, generator, is_worked, moment, weighted, working_day
from palier.demo.channels import BAD_PATCH
from palier.demo.world import Company, Subscription, Ticket, World, month_after

SUBJECTS = {
    "Question": (
        "Comment partager un planning ?",
        "Exporter les heures de la semaine",
        "Ajouter un poste",
    ),
    "Anomalie": (
        "Le planning ne s’affiche plus",
        "Une tâche apparaît deux fois",
        "Lenteur le lundi matin",
    ),
    "Facturation": (
        "Erreur sur la dernière facture",
        "Changer le moyen de paiement",
        "Demande d’avoir",
    ),
    "Demande d’évolution": (
        "Lien avec notre logiciel de paie",
        "Vue par machine",
        "Application mobile",
    ),
}
CATEGORIES = {"Question": 0.46, "Anomalie": 0.27, "Facturation": 0.12, "Demande d’évolution": 0.15}
PRIORITIES = {"Normale": 0.66, "Haute": 0.2, "Basse": 0.14}
STRANGER = "bonjour@inconnue-au-bataillon.example"
"""Who wrote to support without being anybody's customer."""


def fill(world: World) -> None:
    """Add the tickets, one of them from a stranger."""
    rng = generator(world.seed, "support")
    for subscription in world.subscriptions:
        if subscription.lines[0].plan.startswith("Module"):
            continue
        month = subscription.lines[0].starts_on.replace(day=1)
        while month < world.period.until:
            _month(world, rng, subscription, month)
            month = month_after(month)
    at = moment(rng, working_day(world.period.last - dt.timedelta(days=12)))
    world.tickets.append(_ticket(rng, world, None, STRANGER, at, unhappy=False))
    world.tickets.sort(key=lambda ticket: (ticket.opened_at, ticket.email))
    for rank, ticket in enumerate(world.tickets, 1):
        ticket.number = rank


def _month(world: World, rng: Random, subscription: Subscription, month: dt.date) -> None:
    days = [month + dt.timedelta(days=n) for n in range((month_after(month) - month).days)]
    served = [
        d
        for d in days
        if d < world.period.until and any(line.covers(d) for line in subscription.lines)
    ]
    if not served:
        return
    ended = subscription.ended_on
    unhappy = ended is not None and (ended - month).days < 100
    age = (month - subscription.lines[0].starts_on).days
    rate = 0.3 + 0.012 * subscription.lines[-1].quantity + (0.8 if age < 45 else 0)
    rate *= (2.0 if unhappy else 1.0) * (
        1.5 if world.period.month_number(month) in BAD_PATCH else 1.0
    )
    company = subscription.company
    for _ in range(count(rng, rate * len(served) / len(days))):
        day = rng.choice(served)
        if is_worked(day):
            email = rng.choice(company.contacts).email
            world.tickets.append(
                _ticket(rng, world, company, email, moment(rng, day), unhappy=unhappy)
            )


def _ticket(
    rng: Random,
    world: World,
    company: Company | None,
    email: str,
    at: dt.datetime,
    *,
    unhappy: bool,
) -> Ticket:
    category = weighted(rng, CATEGORIES)
    hours = rng.lognormvariate(2.6, 1.0) * (1.8 if unhappy else 1.0)
    solved_at = at_work((at + dt.timedelta(hours=hours)).replace(second=0, microsecond=0))
    solved = solved_at.date() <= world.period.last
    score = None
    if solved and rng.random() < 0.35:
        score = weighted(
            rng, {1: 3, 2: 3, 3: 2, 4: 1, 5: 1} if unhappy else {1: 1, 2: 1, 3: 3, 4: 7, 5: 8}
        )
    return Ticket(
        number=0,
        company=company,
        email=email,
        domain=email.partition("@")[2],
        subject=rng.choice(SUBJECTS[category]),
        category=category,
        priority=weighted(rng, PRIORITIES),
        opened_at=at,
        first_reply_minutes=min(round(hours * 60 * rng.uniform(0.05, 0.6)) + 3, 4_000),
        solved_at=solved_at if solved else None,
        score=score,
    )
