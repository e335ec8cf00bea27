"""Subscriptions of the customers won: trials, seats, coupons, pauses, a price rise, churn and returns."""

from __future__ import annotations

import datetime as dt
import math
from random import Random

from palier.demo.chance import Spread, generator, weighted, working_day
from palier.demo.channels import BAD_PATCH, BY_LABEL, PRICE_RISE_MONTH, PRICE_RISE_PERCENT
from palier.demo.world import Deal, Line, Subscription, World, month_after, year_after

PRICES = {"Essentiel": 3_200, "Pro": 4_100, "Entreprise": 4_900}
"""Cents per seat and month."""
STOCK_MODULE, STOCK_PRICE = "Module Stocks", 7_900
YEARLY_SHARE, TRIAL_SHARE, COUPON_SHARE, LASTING_DISCOUNT_SHARE = 0.22, 0.3, 0.14, 0.04
YEARLY_DISCOUNT_PERCENT = 10
YEARLY_CALM = 0.7
"""Customers who pay a year ahead leave less."""
GROWTH, SHRINKING, UPGRADE, PAUSE, MODULE = 0.028, 0.013, 0.006, 0.0022, 0.006
"""Monthly chances of more seats, fewer seats, a better plan, a pause, the stock module."""
RETURN_SHARE = 0.09
END_REASONS = {
    "Trop cher": 0.24,
    "Sous-utilisation": 0.22,
    "Concurrent": 0.16,
    "Fonction manquante": 0.12,
    "Cessation d’activité": 0.1,
    "Départ du référent": 0.09,
    "Impayé": 0.07,
}
FAILED_TRIALS = 0.05
"""Share of lost deals after a demo that had left a trial behind."""


def fill(world: World, take: int) -> None:
    """The subscriptions of won deals, and trials that led nowhere, instead of those of another take."""
    rng = generator(world.seed, f"contracts {take}")
    spread = Spread(generator(world.seed, f"churn {take}"))
    world.subscriptions = []
    for deal in sorted(world.deals, key=lambda deal: (deal.closed_on or dt.date.max, deal.number)):
        if deal.status == "won":
            _customer(world, rng, spread, deal)
        elif deal.status == "lost" and deal.demo_on and rng.random() < FAILED_TRIALS:
            _failed_trial(world, deal)
    _announce_ends(world, rng)
    world.subscriptions = [
        s for s in world.subscriptions if s.lines[0].starts_on < world.period.until
    ]
    world.subscriptions.sort(key=lambda s: (s.lines[0].starts_on, s.company.number))
    for rank, subscription in enumerate(world.subscriptions, 1):
        subscription.number = rank


def _customer(world: World, rng: Random, spread: Spread, deal: Deal) -> None:
    assert deal.closed_on is not None  # noqa: S101 - a won deal is closed
    start = working_day(deal.closed_on + dt.timedelta(days=rng.randint(2, 16)))
    if start >= world.period.until:
        return
    subscription = _open(rng, deal, start)
    world.subscriptions.append(subscription)
    _live(world, rng, subscription, start, _patience(spread, deal))
    ended = subscription.ended_on
    if ended and ended < world.period.until and rng.random() < RETURN_SHARE:
        back = working_day(ended + dt.timedelta(days=rng.randint(75, 260)))
        if back < world.period.until and back > ended:
            again = _open(rng, deal, back)
            again.lines = again.lines[-1:]
            again.lines[0].starts_on = back
            world.subscriptions.append(again)
            _live(world, rng, again, back, _patience(spread, deal))


def _plan(seats: int) -> str:
    return "Essentiel" if seats <= 5 else "Pro" if seats <= 18 else "Entreprise"


def _open(rng: Random, deal: Deal, start: dt.date) -> Subscription:
    plan = _plan(deal.seats)
    line = Line(start, PRICES[plan], deal.seats, "month", plan)
    if rng.random() < YEARLY_SHARE:
        line.interval = "year"
        line.amount = PRICES[plan] * 12 * (100 - YEARLY_DISCOUNT_PERCENT) // 100
    elif rng.random() < LASTING_DISCOUNT_SHARE:
        line.discount = 10
    subscription = Subscription(0, deal.company, [line])
    if rng.random() < TRIAL_SHARE:
        line.status = "trial"
        line.starts_on = max(start - dt.timedelta(days=rng.choice((14, 30))), deal.opened_on)
        subscription.change(start, status="active")
    return subscription


def _failed_trial(world: World, deal: Deal) -> None:
    assert deal.demo_on is not None  # noqa: S101 - the caller asks for it
    plan = _plan(deal.seats)
    line = Line(deal.demo_on, PRICES[plan], deal.seats, "month", plan, status="trial")
    line.ends_on, line.end_reason = deal.demo_on + dt.timedelta(days=14), "Essai sans suite"
    if line.ends_on < world.period.until:
        world.subscriptions.append(Subscription(0, deal.company, [line]))


def _patience(spread: Spread, deal: Deal) -> float:
    """The sum of monthly hazards that a customer stands before leaving."""
    return -math.log(1 - min(spread.next(deal.channel), 0.999_999))


def _live(
    world: World, rng: Random, subscription: Subscription, start: dt.date, patience: float
) -> None:
    """What happens to a subscription at the turn of every month after its start."""
    coupon_ends = None
    if subscription.lines[-1].interval == "month" and rng.random() < COUPON_SHARE:
        coupon_ends = month_after(start, rng.choice((3, 6)) + 1)
        subscription.lines[-1].discount = 20
    month, module, paused_until = month_after(start), None, None
    while month < world.period.until:
        number = world.period.month_number(month)
        if paused_until == month:
            subscription.change(month, status="active")
            paused_until = None
        patience -= _hazard(subscription, start, month, number)
        ends = _end(rng, subscription, start, month) if patience <= 0 else None
        if ends and ends < world.period.until:
            reason = weighted(rng, END_REASONS)
            for running in (subscription, module):
                if running is not None:
                    running.end(ends, reason)
            return
        if coupon_ends == month:
            subscription.change(month, discount=0)
        if paused_until is None:
            paused_until = _change(world, rng, subscription, month, number)
            if module is None and number >= 12 and rng.random() < MODULE:
                module = Subscription(
                    0, subscription.company, [Line(month, STOCK_PRICE, 1, "month", STOCK_MODULE)]
                )
                world.subscriptions.append(module)
        month = month_after(month)


def _hazard(subscription: Subscription, start: dt.date, month: dt.date, number: int) -> float:
    age = (month - start).days / 30.4
    shape = 0.65 if age < 2 else 1.65 if age < 11 else 1.05
    if subscription.lines[-1].interval == "year":
        shape *= YEARLY_CALM
    return BY_LABEL[subscription.company.channel].churn * shape * BAD_PATCH.get(number, 1.0)


def _end(rng: Random, subscription: Subscription, start: dt.date, month: dt.date) -> dt.date | None:
    """The first day without service of a customer who has had enough: a yearly term is served."""
    if subscription.lines[-1].interval == "year":
        return _anniversary(start, month)
    return month if rng.random() < 0.85 else month + dt.timedelta(days=rng.randint(3, 24))


def _anniversary(start: dt.date, month: dt.date) -> dt.date | None:
    """The day of that month on which a yearly term ends, if one does."""
    if start.month != month.month or start.year >= month.year:
        return None
    return year_after(start, month.year - start.year)


def _change(
    world: World, rng: Random, subscription: Subscription, month: dt.date, number: int
) -> dt.date | None:
    """One change of terms at most; the month a pause ends when one begins."""
    last = subscription.lines[-1]
    if last.interval == "year":
        _renew(rng, subscription, month, number, world.period.until)
        return None
    if number == PRICE_RISE_MONTH and last.discount != 10:
        subscription.change(month, amount=last.amount * (100 + PRICE_RISE_PERCENT) // 100)
        return None
    draw = rng.random()
    on = month + dt.timedelta(days=rng.randint(0, 26))
    if on >= world.period.until:
        return None
    if draw < GROWTH:
        subscription.change(on, quantity=last.quantity + rng.randint(1, max(1, last.quantity // 3)))
    elif draw < GROWTH + SHRINKING and last.quantity > 2:
        subscription.change(on, quantity=last.quantity - rng.randint(1, max(1, last.quantity // 4)))
    elif draw < GROWTH + SHRINKING + UPGRADE and last.plan == "Essentiel":
        subscription.change(
            on, plan="Pro", amount=last.amount + PRICES["Pro"] - PRICES["Essentiel"]
        )
    elif draw < GROWTH + SHRINKING + UPGRADE + PAUSE:
        subscription.change(month, status="paused")
        return month_after(month, rng.randint(1, 3))
    return None


def _renew(
    rng: Random, subscription: Subscription, month: dt.date, number: int, until: dt.date
) -> None:
    """Yearly terms change on their anniversary only."""
    last = subscription.lines[-1]
    renewal = _anniversary(last.starts_on, month)
    if renewal is None or renewal >= until or rng.random() > 0.5:
        return
    amount = last.amount
    if number >= PRICE_RISE_MONTH and amount == _first_amount(subscription):
        amount = amount * (100 + PRICE_RISE_PERCENT) // 100
    subscription.change(renewal, amount=amount, quantity=last.quantity + rng.randint(0, 2))


def _first_amount(subscription: Subscription) -> int:
    return subscription.lines[0].amount


def _announce_ends(world: World, rng: Random) -> None:
    """Three customers have given notice: their service ends after the last day of data."""
    modules = {id(s.company) for s in world.subscriptions if s.lines[0].plan == STOCK_MODULE}
    running = [
        s
        for s in world.subscriptions
        if s.ended_on is None and s.lines[-1].interval == "month" and id(s.company) not in modules
    ]
    for subscription in rng.sample(running, min(3, len(running))):
        subscription.cancel_on = month_after(world.period.last, rng.randint(1, 2))
        subscription.lines[-1].ends_on = subscription.cancel_on
        subscription.lines[-1].end_reason = "Résiliation annoncée"
