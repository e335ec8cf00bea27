"""From the pieces that a query returns to a figure with its interval, sample size and remarks.

Pure arithmetic over one point: no Ibis, no database. Money is in minor units, not rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from palier.metrics import rules
from palier.metrics.conventions import SALES_DAYS, Conventions

Number = int | float
Pieces = Mapping[str, Mapping[str, Number]]
"""Question name → piece name → value; a piece is zero where nothing happened."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One figure. `beside` holds what is shown next to it; a None value has a flag that says why."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    flags: tuple[str, ...] = ()
    beside: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer needs besides its pieces: how customers are counted, and the switches."""

    basis: str
    conventions: Conventions
    broken_down: bool = False


Answering = Callable[[Pieces, Context], Answer]


def _whole(value: Number) -> int:
    return int(value)


def _flags(*named: tuple[bool, str]) -> tuple[str, ...]:
    return tuple(code for holds, code in named if holds)


def count_of(question: str, piece: str) -> Answering:
    """A number of customers."""

    def answer(pieces: Pieces, context: Context) -> Answer:
        value = _whole(pieces[question][piece])
        return Answer(Decimal(value), numerator=Decimal(value), n=value)

    return answer


def money_of(question: str, piece: str, count: str) -> Answering:
    """An amount of minor units, with the number of documents behind it."""

    def answer(pieces: Pieces, context: Context) -> Answer:
        value = Decimal(_whole(pieces[question][piece]))
        return Answer(value, numerator=value, n=_whole(pieces[question][count]))

    return answer


def recurring_of(piece: str, count: str) -> Answering:
    """Monthly minor units from annual units of the roll-forward."""

    def answer(pieces: Pieces, context: Context) -> Answer:
        flow = pieces["mrr_flow"]
        value = rules.monthly_minor(units=_whole(flow[piece]))
        return Answer(
            value,
            numerator=value,
            n=_whole(flow[count]),
            flags=_flags((flow["floored"] > 0, "negative_recurring")),
        )

    return answer


def share(*, successes: Number, trials: Number, none: str, context: Context) -> Answer:
    """A share with its Wilson interval; `none` is the flag of a share of nothing."""
    done, tried = _whole(successes), _whole(trials)
    interval = rules.wilson(successes=done, trials=tried, confidence=context.conventions.confidence)
    flags = _flags((tried == 0, none), (0 < tried < context.conventions.min_sample, "small_sample"))
    return Answer(
        rules.ratio(numerator=done, denominator=tried),
        Decimal(done),
        Decimal(tried),
        interval.low,
        interval.high,
        tried,
        flags,
    )


def share_of(question: str, successes: str, trials: str, none: str) -> Answering:
    """A share of one question's pieces."""

    def answer(pieces: Pieces, context: Context) -> Answer:
        found = pieces[question]
        return share(successes=found[successes], trials=found[trials], none=none, context=context)

    return answer


def retention_of(piece: str) -> Answering:
    """Recurring revenue kept of the customers of the window's start."""

    def answer(pieces: Pieces, context: Context) -> Answer:
        found = pieces["mrr_retention"]
        base = _whole(found["base"])
        return Answer(
            rules.ratio(numerator=_whole(found[piece]), denominator=base),
            rules.monthly_minor(units=_whole(found[piece])),
            rules.monthly_minor(units=base),
            n=_whole(found["base_customers"]),
            flags=_flags((base == 0, "no_opening_customers")),
        )

    return answer


def arpa(pieces: Pieces, context: Context) -> Answer:
    """Monthly revenue per customer active at the close."""
    found = pieces["revenue_per_customer"]
    customers = _whole(found["customers"])
    monthly = rules.monthly_minor(units=_whole(found["units"]))
    return Answer(
        rules.ratio(numerator=monthly, denominator=customers),
        monthly,
        Decimal(customers),
        n=customers,
        flags=_flags(
            (customers == 0, "no_customers"), (context.basis != "recurring", "twelve_month_revenue")
        ),
    )


def ltv(pieces: Pieces, context: Context) -> Answer:
    """Simple lifetime value with the bounds that churn gives it; capped value, ARPA and churn beside."""
    switches, average = context.conventions, arpa(pieces, context)
    losses, exposure = (_whole(pieces["churn_exposure"][name]) for name in ("losses", "exposure"))
    churn = rules.ratio(numerator=losses, denominator=exposure)
    beside: dict[str, Decimal | None] = {
        "arpa": average.value,
        "churn": churn,
        "capped": None,
        "losses": Decimal(losses),
        "customer_months": Decimal(exposure),
    }
    if average.value is None:
        return Answer(None, n=exposure, flags=average.flags, beside=beside)
    if churn is None:
        return Answer(
            None,
            average.value * switches.gross_margin,
            n=exposure,
            flags=("no_opening_customers", *average.flags),
            beside=beside,
        )
    interval = rules.garwood(events=losses, exposure=exposure, confidence=switches.confidence)
    bounds = rules.ltv_interval(
        arpa=average.value, churn=interval, gross_margin=switches.gross_margin
    )
    beside |= {
        "churn_low": interval.low,
        "churn_high": interval.high,
        "capped": rules.ltv_capped(
            arpa=average.value,
            churn=churn,
            gross_margin=switches.gross_margin,
            cap_months=switches.lifetime_cap_months,
        ),
    }
    flags = _flags(
        (losses == 0, "not_identified"),
        (exposure < switches.min_sample, "small_sample"),
        (0 < churn * switches.lifetime_cap_months < 1, "beyond_cap"),
    )
    value = rules.ltv_simple(arpa=average.value, churn=churn, gross_margin=switches.gross_margin)
    return Answer(
        value,
        average.value * switches.gross_margin,
        churn,
        bounds.low,
        bounds.high,
        exposure,
        (*flags, *average.flags),
        beside,
    )


def cac(pieces: Pieces, context: Context) -> Answer:
    """Acquisition cost per new customer."""
    cost, new = _whole(pieces["acquisition_cost"]["cost"]), _whole(pieces["customer_flow"]["new"])
    founder = pieces["acquisition_cost"]["founder_cost"]
    flags = _flags(
        (new == 0, "no_new_customers"),
        (founder == 0 and not context.broken_down, "without_founder_time"),
    )
    return Answer(
        rules.cac(cost=cost, new_customers=new), Decimal(cost), Decimal(new), n=new, flags=flags
    )


def _over(bound: Decimal | None, cost: Decimal) -> Decimal | None:
    return None if bound is None else bound / cost


def ltv_cac(pieces: Pieces, context: Context) -> Answer:
    """Lifetime value over acquisition cost; the cost is taken as known, churn gives the bounds."""
    worth, cost = ltv(pieces, context), cac(pieces, context)
    flags = tuple(dict.fromkeys((*worth.flags, *cost.flags)))
    beside: dict[str, Decimal | None] = {
        "ltv": worth.value,
        "ltv_capped": worth.beside["capped"],
        "cac": cost.value,
    }
    if cost.value is None or cost.value == 0:
        extra = () if cost.value is None else ("no_cost",)
        return Answer(
            None, worth.value, cost.value, n=worth.n, flags=(*flags, *extra), beside=beside
        )
    beside["capped"] = _over(worth.beside["capped"], cost.value)
    return Answer(
        _over(worth.value, cost.value),
        worth.value,
        cost.value,
        _over(worth.low, cost.value),
        _over(worth.high, cost.value),
        worth.n,
        flags,
        beside,
    )


def payback_months(pieces: Pieces, context: Context) -> Answer:
    """Months of margin of a new customer that repay the acquisition cost; with churn beside."""
    cost, margin = cac(pieces, context), context.conventions.gross_margin
    flow, worth = pieces["mrr_flow"], ltv(pieces, context)
    if context.basis == "recurring":
        first = rules.ratio(
            numerator=rules.monthly_minor(units=_whole(flow["new"])),
            denominator=_whole(flow["new_count"]),
        )
    else:
        first = worth.beside["arpa"]
    if cost.value is None:
        return Answer(None, cost.numerator, n=cost.n, flags=cost.flags)
    if not first or first <= 0:
        return Answer(None, cost.value, n=cost.n, flags=("no_new_revenue", *cost.flags))
    churn = worth.beside["churn"]
    with_churn = (
        None
        if churn is None
        else rules.payback_months_with_churn(
            acquisition_cost=cost.value, monthly_revenue=first, churn=churn, gross_margin=margin
        )
    )
    value = rules.payback_months(
        acquisition_cost=cost.value, monthly_revenue=first, gross_margin=margin
    )
    beside = {
        "cac": cost.value,
        "new_customer_monthly": first,
        "with_churn": None if with_churn is None else Decimal(with_churn),
    }
    never = churn is not None and with_churn is None
    return Answer(
        value,
        cost.value,
        first * margin,
        n=cost.n,
        flags=(*_flags((never, "never_pays_back")), *cost.flags),
        beside=beside,
    )


def demo_conversion(pieces: Pieces, context: Context) -> Answer:
    """Share of matured first demos that became a sale in time."""
    found = pieces["demo_cohort"]
    none = "no_demos" if found["demos"] == 0 else "not_mature"
    answer = share(successes=found["successes"], trials=found["trials"], none=none, context=context)
    maturing = 0 < found["trials"] < found["demos"]
    return Answer(
        answer.value,
        answer.numerator,
        answer.denominator,
        answer.low,
        answer.high,
        answer.n,
        (*answer.flags, *_flags((maturing, "maturing"))),
        {"demos": Decimal(_whole(found["demos"])), "late": Decimal(_whole(found["late"]))},
    )


def cycle_days(pieces: Pieces, context: Context) -> Answer:
    """Median days from opening to win; low and high are the quartiles, the mean is beside."""
    found = pieces["sales_cycle"]
    won = _whole(found["won"])
    backwards = _flags((found["backwards"] > 0, "backwards_dates"))
    if won == 0:
        return Answer(None, n=0, flags=("no_won_deals", *backwards))
    median, low, high = (
        Decimal(str(found[name])) for name in ("median", "low_quartile", "high_quartile")
    )
    mean = rules.ratio(numerator=_whole(found["days"]), denominator=won)
    small = _flags((won < context.conventions.min_sample, "small_sample"))
    return Answer(
        median, low=low, high=high, n=won, flags=(*small, *backwards), beside={"mean": mean}
    )


def dso_days(pieces: Pieces, context: Context) -> Answer:
    """Open receivables over a day of sales of the last 90 days."""
    found = pieces["receivables"]
    still, sales = Decimal(_whole(found["open"])), _whole(found["sales"])
    unknown = _flags((found["unknown"] > 0, "unknown_settlement"))
    if sales <= 0:
        return Answer(None, still, flags=("no_sales", *unknown))
    return Answer(still * SALES_DAYS / sales, still, Decimal(sales) / SALES_DAYS, flags=unknown)


def late_share(pieces: Pieces, context: Context) -> Answer:
    """Share of the invoices fallen due that were settled late or are still open; share of amounts beside."""
    found = pieces["lateness"]
    answer = share(
        successes=found["late"], trials=found["due"], none="nothing_due", context=context
    )
    amounts = rules.ratio(
        numerator=_whole(found["late_minor"]), denominator=_whole(found["due_minor"])
    )
    return Answer(
        answer.value,
        answer.numerator,
        answer.denominator,
        answer.low,
        answer.high,
        answer.n,
        (*answer.flags, *_flags((found["unknown"] > 0, "unknown_settlement"))),
        {"share_of_amount": amounts},
    )
