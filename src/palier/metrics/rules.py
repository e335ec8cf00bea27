"""Arithmetic of revenue figures and of their uncertainty: exact decimals, no Django, no database.

Sources: revenue.md §3 (definitions) and okr-quarter-gates.md §7.2 (intervals). The tables of cases
are in docs/rules.md. Rates are shares; money is in any one unit, kept by the result.
"""

from __future__ import annotations

import functools
import math
from decimal import Decimal
from statistics import NormalDist
from typing import NamedTuple

UNITS_PER_MONTHLY_MINOR = 72_000
"""Annual units in one minor unit a month: 6,000 × 12. Source: revenue.md §3.1."""
_NEWTON_STEPS = 60
_NEWTON_PRECISION = 1e-13
"""Twelve digits are kept; more steps would chase the last bits of a float. Source: ours."""
_SIGNIFICANT = 12


class Interval(NamedTuple):
    """Lower and upper bound; None where there is none (an infinite bound, or nothing observed)."""

    low: Decimal | None
    high: Decimal | None


UNKNOWN = Interval(None, None)


def _exact(value: float) -> Decimal:
    """A float of statistics as a decimal of twelve significant digits."""
    return Decimal(f"{value:.{_SIGNIFICANT}g}")


def ratio(*, numerator: Decimal | int, denominator: Decimal | int) -> Decimal | None:
    """Numerator over denominator; None over zero."""
    return None if denominator == 0 else Decimal(numerator) / Decimal(denominator)


def monthly_minor(*, units: int) -> Decimal:
    """Minor units a month of that many annual units; not rounded."""
    return Decimal(units) / UNITS_PER_MONTHLY_MINOR


def wilson(*, successes: int, trials: int, confidence: Decimal = Decimal("0.90")) -> Interval:
    """Wilson score interval of a share, without continuity correction; unknown without trials.

    Source: okr-quarter-gates.md §7.2.
    """
    if trials <= 0:
        return UNKNOWN
    z = NormalDist().inv_cdf((1 + float(confidence)) / 2)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(_exact(low), _exact(high))


def _poisson_cdf(count: int, mean: float) -> float:
    """P(N ≤ count), summed from the largest term down so that large means do not underflow."""
    if mean == 0:
        return 1.0
    terms = [-mean + k * math.log(mean) - math.lgamma(k + 1) for k in range(count + 1)]
    top = max(terms)
    return min(1.0, math.exp(top) * math.fsum(math.exp(term - top) for term in terms))


@functools.lru_cache(maxsize=4096)
def _poisson_mean(count: int, probability: float) -> float:
    """The mean at which P(N ≤ count) equals the probability, by Newton from Wilson–Hilferty's value."""
    more = count + 1
    z = NormalDist().inv_cdf(1 - probability)
    mean = max(more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3, 1e-12)
    for _ in range(_NEWTON_STEPS):
        slope = math.exp(-mean + count * math.log(mean) - math.lgamma(more))
        step = (_poisson_cdf(count, mean) - probability) / slope
        step = max(min(step, mean), -mean / 2)  # stay positive, whatever the start
        mean += step
        if abs(step) <= _NEWTON_PRECISION * mean:
            break
    return mean


_EXACT_COUNT_LIMIT = 2_000
"""Beyond, Wilson–Hilferty is exact to more digits than are shown and costs nothing. Source: ours."""


def garwood(
    *, events: int, exposure: Decimal | int, confidence: Decimal = Decimal("0.90")
) -> Interval:
    """Exact Poisson interval of a rate: events over exposure; unknown without exposure.

    Source: okr-quarter-gates.md §7.2 (Garwood 1936), by Newton on the Poisson sum.
    """
    if exposure <= 0:
        return UNKNOWN
    tail = (1 - float(confidence)) / 2
    if events > _EXACT_COUNT_LIMIT:
        z = NormalDist().inv_cdf(1 - tail)
        low = events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3
        more = events + 1
        high = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    else:
        low = 0.0 if events == 0 else _poisson_mean(events - 1, 1 - tail)
        high = _poisson_mean(events, tail)
    return Interval(_exact(low / float(exposure)), _exact(high / float(exposure)))


def annual_churn(*, monthly: Decimal) -> Decimal:
    """Yearly churn of a constant monthly one: 1 − (1 − c)^12."""
    return 1 - (1 - monthly) ** 12


def ltv_simple(
    *, arpa: Decimal, churn: Decimal, gross_margin: Decimal = Decimal(1)
) -> Decimal | None:
    """Lifetime value ARPA × margin / churn; None when churn is zero: nothing bounds it."""
    return None if churn <= 0 else arpa * gross_margin / churn


def ltv_capped(
    *, arpa: Decimal, churn: Decimal, gross_margin: Decimal = Decimal(1), cap_months: int = 60
) -> Decimal:
    """Lifetime value with a lifetime of at most `cap_months` (used by gates)."""
    lifetime = Decimal(cap_months) if churn <= 0 else min(1 / churn, Decimal(cap_months))
    return arpa * gross_margin * lifetime


def ltv_horizon(
    *, arpa: Decimal, churn: Decimal, months: int, gross_margin: Decimal = Decimal(1)
) -> Decimal:
    """Margin of a customer's first `months` months under constant churn."""
    if churn <= 0:
        return arpa * gross_margin * months
    return arpa * gross_margin * (1 - (1 - churn) ** months) / churn


def ltv_discounted(
    *, arpa: Decimal, churn: Decimal, annual_discount: Decimal, gross_margin: Decimal = Decimal(1)
) -> Decimal | None:
    """Present value at a yearly discount rate, first payment today; None when nothing bounds it."""
    monthly = (1 + annual_discount) ** (Decimal(1) / 12) - 1
    if churn + monthly <= 0:
        return None
    return arpa * gross_margin * (1 + monthly) / (churn + monthly)


def ltv_interval(*, arpa: Decimal, churn: Interval, gross_margin: Decimal = Decimal(1)) -> Interval:
    """Lifetime value at both bounds of churn: high churn gives the low bound, zero churn no high one."""
    bounds = [
        None if rate is None else ltv_simple(arpa=arpa, churn=rate, gross_margin=gross_margin)
        for rate in (churn.high, churn.low)
    ]
    return Interval(bounds[0], bounds[1])


def cac(*, cost: Decimal | int, new_customers: int) -> Decimal | None:
    """Cost per new customer; None without any: the cost is then unallocated."""
    return ratio(numerator=cost, denominator=new_customers)


def payback_months(
    *, acquisition_cost: Decimal, monthly_revenue: Decimal, gross_margin: Decimal = Decimal(1)
) -> Decimal | None:
    """Months of margin that repay the acquisition cost, without churn; None without margin."""
    return ratio(numerator=acquisition_cost, denominator=monthly_revenue * gross_margin)


def payback_months_with_churn(
    *,
    acquisition_cost: Decimal,
    monthly_revenue: Decimal,
    churn: Decimal,
    gross_margin: Decimal = Decimal(1),
) -> int | None:
    """Smallest whole number of months that repays the cost when customers leave; None for never.

    Source: revenue.md §3.12: never if the cost is at least monthly margin / churn.
    """
    margin = monthly_revenue * gross_margin
    if acquisition_cost <= 0:
        return 0
    if margin <= 0 or (churn > 0 and acquisition_cost >= margin / churn):
        return None
    if churn <= 0:
        return math.ceil(acquisition_cost / margin)
    kept = 1 - float(acquisition_cost * churn / margin)
    guess = 1 if churn >= 1 else max(1, math.floor(math.log(kept) / math.log1p(-float(churn))) - 1)
    while ltv_horizon(arpa=margin, churn=churn, months=guess) < acquisition_cost:
        guess += 1
    return guess


def is_small_sample(*, n: int, minimum: int = 30) -> bool:
    """Whether a figure of that many observations must be read with care."""
    return n < minimum
