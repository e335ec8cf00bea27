"""What acquisition costs: advertising day by day, and the monthly sheet of everything else."""

from __future__ import annotations

import datetime as dt
from random import Random

from palier.demo.chance import count, generator
from palier.demo.channels import (
    ALL_CHANNELS,
    BIDDING_WAR,
    CHANNELS,
    COMPARISON,
    FAIR_MONTHS,
    FAIRS,
    PARTNERS,
    SEASON,
    Channel,
)
from palier.demo.world import (
    FIRST_HIRE,
    FIRST_HIRE_MONTH,
    FOUNDER,
    MONTHS,
    SECOND_HIRE,
    SECOND_HIRE_MONTH,
    AdDay,
    Cost,
    World,
    month_after,
)

NOT_FINAL_DAYS = 30
"""Advertising networks restate their last weeks."""
WEEK = (1.15, 1.2, 1.2, 1.1, 1.0, 0.65, 0.7)
CLICK_COSTS = {"Google Ads": 260, "LinkedIn Ads": 680, "Comparison sites": 420}
"""Cents a click of a business audience costs, by network [ours]."""
CLICK_SHARE, CONVERSION_SHARE = 0.021, 0.02
MARKETER_MONTH, SALARY_MARKETER = 3, 470_000
SALARY_FIRST, SALARY_SECOND, BONUS_PER_SALE = 520_000, 480_000, 30_000
FOUNDER_DAY, FOUNDER_DAYS = 55_000, (13, 6)
"""Cost of a founder's day, and days a month spent selling at the start and at the end."""


def fill(world: World) -> None:
    """Add advertising days and monthly costs."""
    rng = generator(world.seed, "spending")
    for month in world.period.months:
        number = world.period.month_number(month)
        for channel in CHANNELS:
            if channel.ads:
                _advertise(world, rng, channel, month, number)
        _costs(world, rng, month, number)
    world.ads.sort(key=lambda ad: (ad.day, ad.channel, ad.campaign))


def _advertise(world: World, rng: Random, channel: Channel, month: dt.date, number: int) -> None:
    budget = channel.cost * channel.rate(number, MONTHS) * (0.5 + SEASON[month.month - 1] / 2)
    war, times = BIDDING_WAR
    if channel is COMPARISON and number >= war:
        budget *= times
    if budget <= 0:
        return
    days = (month_after(month) - month).days
    shares = [1.0, 0.7, 0.4][: len(channel.campaigns)]
    for offset in range(days):
        day = month + dt.timedelta(days=offset)
        if day >= world.period.until:
            return
        for campaign, share in zip(channel.campaigns, shares, strict=True):
            spend = (
                budget / days * WEEK[day.weekday()] * share / sum(shares) * rng.uniform(0.75, 1.25)
            )
            expected = spend / (CLICK_COSTS[channel.ads] * rng.uniform(0.8, 1.3))
            clicks = count(rng, expected)
            world.ads.append(
                AdDay(
                    day=day,
                    channel=channel.ads,
                    campaign=campaign,
                    spend=round(spend),
                    impressions=max(
                        clicks, round(expected / (CLICK_SHARE * rng.uniform(0.7, 1.4)))
                    ),
                    clicks=clicks,
                    conversions=count(rng, clicks * CONVERSION_SHARE),
                    final=(world.period.last - day).days >= NOT_FINAL_DAYS,
                )
            )


def _costs(world: World, rng: Random, month: dt.date, number: int) -> None:
    """The sheet is filled at the end of the month: an unfinished month is not in it."""
    if month_after(month) > world.period.until:
        return
    won = [
        d
        for d in world.deals
        if d.status == "won" and d.closed_on and d.closed_on.replace(day=1) == month
    ]

    def add(kind: str, label: str, channel: str, amount: float) -> None:
        world.costs.append(Cost(month, kind, label, channel, round(amount / 100) * 100))

    first_days, last_days = FOUNDER_DAYS
    founder_days = first_days + (last_days - first_days) * number / MONTHS
    add(
        "founder_time", f"Temps de vente {FOUNDER}", ALL_CHANNELS, FOUNDER_DAY * round(founder_days)
    )
    for person, since, salary in (
        (FIRST_HIRE, FIRST_HIRE_MONTH, SALARY_FIRST),
        (SECOND_HIRE, SECOND_HIRE_MONTH, SALARY_SECOND),
    ):
        if number >= since:
            sales = sum(deal.owner == person for deal in won)
            add(
                "salaries",
                f"Salaire chargé {person}",
                ALL_CHANNELS,
                salary + BONUS_PER_SALE * sales,
            )
    if number >= MARKETER_MONTH:
        add("salaries", "Salaire chargé marketing", ALL_CHANNELS, SALARY_MARKETER)
    add("tools", "CRM, e-mailing, prospection", ALL_CHANNELS, 38_000 + 1_400 * number)
    add("tools", "Rédaction et référencement", "Référencement naturel", 60_000 + 900 * number)
    if month.month in FAIR_MONTHS:
        size = FAIR_MONTHS[month.month] * (1 + number / MONTHS)
        add("media", "Stand et déplacements", FAIRS.label, 520_000 * size * rng.uniform(0.9, 1.1))
    commissions = sum(deal.amount for deal in won if deal.channel == PARTNERS.label) * 0.08
    if commissions:
        add("media", "Commissions apporteurs", PARTNERS.label, commissions)
