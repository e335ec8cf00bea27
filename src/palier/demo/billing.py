"""Invoices of subscriptions and services, credit notes, and payments: on time, late, partial, never."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from random import Random

from palier.demo.chance import generator, weighted, working_day, working_day_before
from palier.demo.contracts import STOCK_MODULE
from palier.demo.world import (
    Company,
    Invoice,
    InvoiceLine,
    Line,
    Payment,
    Subscription,
    World,
    month_after,
    year_after,
)

ONBOARDING, TRAINING, ADVICE = (
    "Paramétrage et formation initiale",
    "Formation complémentaire",
    "Accompagnement",
)
SERVICES = {TRAINING: 72_000, ADVICE: 98_000}
"""Cents per day of service."""
ONBOARDING_PER_SEAT, ONBOARDING_BASE = 9_000, 60_000
SERVICE_CHANCE = 0.055
"""Chance per customer and month of a day or more of service."""
TERMS = {30: 0.48, 45: 0.36, 60: 0.16}
CHRONIC_SHARE = 0.05
TRANSFER, DEBIT, CARD = "Virement", "Prélèvement", "Carte"
METHODS = {TRANSFER: 0.74, DEBIT: 0.2, CARD: 0.06}
LATE_SHARE = 0.26
"""Share of invoices that an ordinary customer who pays by transfer pays late."""
REJECTED_SHARE = 0.03
"""Share of direct debits that the bank sends back, presented again later."""
PARTIAL_SHARE, NEVER_SHARE = 0.012, 0.004
MONTHS_FR = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def fill(world: World, take: int) -> None:
    """Invoices, credit notes and payments up to the last day, instead of those of another take."""
    rng = generator(world.seed, f"billing {take}")
    world.invoices, world.payments = [], []
    subscriptions: dict[int, list[Subscription]] = defaultdict(list)
    for subscription in world.subscriptions:
        if any(line.status == "active" for line in subscription.lines):
            subscriptions[subscription.company.number].append(subscription)
    billed = [company for company in world.companies if company.number in subscriptions]
    billed.sort(
        key=lambda company: (subscriptions[company.number][0].lines[0].starts_on, company.number)
    )
    for rank, company in enumerate(billed, 1):
        company.billing_number = rank
        _bill(world, rng, company, subscriptions[company.number])
    _number(world)
    payers = generator(world.seed, f"payments {take}")
    invoices: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in world.invoices:
        invoices[invoice.company.number].append(invoice)
    for company in billed:
        _pay(world, payers, invoices[company.number])
    world.payments.sort(
        key=lambda payment: (payment.paid_on, payment.invoice.number, payment.amount)
    )
    for rank, payment in enumerate(world.payments, 1):
        payment.number = rank


def _bill(world: World, rng: Random, company: Company, subscriptions: list[Subscription]) -> None:
    due: dict[dt.date, list[InvoiceLine]] = defaultdict(list)
    terms = weighted(rng, TERMS)
    first = None
    for subscription in subscriptions:
        for line in subscription.lines:
            if line.status == "active":
                first = min(first or line.starts_on, line.starts_on)
        _terms(world, subscription, due)
    if first is None:
        return
    _services(world, rng, subscriptions, first, due)
    for day in sorted(due):
        world.invoices.append(Invoice(company, day, day + dt.timedelta(days=terms), due[day]))
    for subscription in subscriptions:
        _credit(world, rng, company, subscription)


def _terms(world: World, subscription: Subscription, due: dict[dt.date, list[InvoiceLine]]) -> None:
    """Every month or year of service, billed in advance; the first month in proportion."""
    billed_until = dt.date.min
    for line in subscription.lines:
        if line.status != "active":
            continue
        day = max(line.starts_on, billed_until)
        while day < world.period.until and line.covers(day):
            after = month_after(day) if line.interval == "month" else year_after(day)
            share = 1.0
            if line.interval == "month" and day.day > 1:
                share = (after - day).days / (after - day.replace(day=1)).days
            due[day].append(_subscription_line(line, day, share))
            day = billed_until = after


def _subscription_line(line: Line, day: dt.date, share: float) -> InvoiceLine:
    net = round(line.amount * line.quantity * (100 - line.discount) / 100 * share)
    when = (
        f"{MONTHS_FR[day.month - 1]} {day.year}"
        if line.interval == "month"
        else f"du {day:%d/%m/%Y}, un an"
    )
    if line.plan == STOCK_MODULE:
        return InvoiceLine(STOCK_MODULE, f"{STOCK_MODULE} – {when}", line.quantity, net)
    label = f"Abonnement {line.plan}"
    seats = f"{line.quantity} poste{'s' if line.quantity > 1 else ''}"
    return InvoiceLine(label, f"{label} – {seats} – {when}", line.quantity, net)


def _services(
    world: World,
    rng: Random,
    subscriptions: list[Subscription],
    first: dt.date,
    due: dict[dt.date, list[InvoiceLine]],
) -> None:
    seats = subscriptions[0].lines[0].quantity
    day = working_day(first + dt.timedelta(days=rng.randint(10, 35)))
    if day < world.period.until and rng.random() < 0.85:
        net = ONBOARDING_BASE + ONBOARDING_PER_SEAT * seats
        due[day].append(InvoiceLine(ONBOARDING, ONBOARDING, 1, net))
    month = month_after(first, 2)
    while month < world.period.until:
        if any(
            line.covers(month) and line.status == "active"
            for s in subscriptions
            for line in s.lines
        ):
            if rng.random() < SERVICE_CHANCE:
                product = rng.choice(tuple(SERVICES))
                number = rng.choice((1, 1, 2, 3))
                day = working_day(month + dt.timedelta(days=rng.randint(3, 24)))
                if day < world.period.until:
                    due[day].append(
                        InvoiceLine(
                            product,
                            f"{product} – {number} jour{'s' if number > 1 else ''}",
                            number,
                            SERVICES[product] * number,
                        )
                    )
        month = month_after(month)


def _credit(world: World, rng: Random, company: Company, subscription: Subscription) -> None:
    """A service that stops in mid-month gives back the days that were billed."""
    end = subscription.ended_on
    line = subscription.lines[-1]
    if (
        end is None
        or end >= world.period.until
        or line.status != "active"
        or line.interval != "month"
    ):
        return
    if end.day > 1:
        after = month_after(end)
        share = (after - end).days / (after - end.replace(day=1)).days
        back = _subscription_line(line, end.replace(day=1), share)
        day = working_day(end + dt.timedelta(days=rng.randint(1, 6)))
        if day < world.period.until and back.net:
            back.net, back.quantity = -back.net, 1
            back.label = f"Avoir – {back.label}"
            world.invoices.append(Invoice(company, day, day, [back], credits="fin de service"))


def _number(world: World) -> None:
    world.invoices.sort(key=lambda i: (i.issued_on, i.company.billing_number, i.net < 0))
    ranks: dict[tuple[str, int], int] = defaultdict(int)
    for invoice in world.invoices:
        letter = "A" if invoice.net < 0 else "F"
        ranks[letter, invoice.issued_on.year] += 1
        invoice.number = (
            f"{letter}{invoice.issued_on.year}-{ranks[letter, invoice.issued_on.year]:05d}"
        )


def _pay(world: World, rng: Random, invoices: list[Invoice]) -> None:
    method = weighted(rng, METHODS)
    chronic = method == TRANSFER and rng.random() < CHRONIC_SHARE
    for invoice in invoices:
        if invoice.net < 0:
            _refund(world, rng, invoice, method)
            continue
        if rng.random() < NEVER_SHARE:
            continue
        on = _first_payment(rng, invoice, method, chronic=chronic)
        amounts = [invoice.gross]
        if method == TRANSFER and rng.random() < PARTIAL_SHARE:
            half = invoice.gross // 2
            amounts = [half, invoice.gross - half]
        for amount in amounts:
            if on < world.period.until:
                _record(world, invoice, on, amount, method)
            on = working_day(on + dt.timedelta(days=rng.randint(14, 60)))


def _first_payment(rng: Random, invoice: Invoice, method: str, *, chronic: bool) -> dt.date:
    """Banks move money on working days; a debit falls on the due day, a card pays at once."""
    if method == CARD:
        return invoice.issued_on + dt.timedelta(days=rng.choice((0, 0, 0, 1, 2)))
    late = _delay(rng, chronic=chronic)
    if method == DEBIT:
        late = rng.randint(8, 15) if rng.random() < REJECTED_SHARE else 0
    on = invoice.due_on + dt.timedelta(days=late)
    return working_day(on) if late > 0 else working_day_before(on)


def _delay(rng: Random, *, chronic: bool) -> int:
    """Days between due date and payment."""
    if chronic:
        return rng.randint(18, 75) if rng.random() < 0.9 else rng.randint(-2, 10)
    if rng.random() < LATE_SHARE:
        return min(90, 2 + int(rng.expovariate(1 / 13)))
    return -rng.choice((0, 0, 0, 1, 1, 2, 3, 5))


def _refund(world: World, rng: Random, invoice: Invoice, method: str) -> None:
    on = working_day(invoice.issued_on + dt.timedelta(days=rng.randint(3, 25)))
    if on < world.period.until:
        _record(world, invoice, on, invoice.gross, method)


def _record(world: World, invoice: Invoice, on: dt.date, amount: int, method: str) -> None:
    payment = Payment(0, invoice, on, amount, method)
    invoice.payments.append(payment)
    world.payments.append(payment)
    if invoice.paid == invoice.gross:
        invoice.settled_on = on
