"""Words for what the catalogue of metrics stores as codes: families, units, grains, dimensions, remarks."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from babel import numbers
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from palier.metrics.flags import FLAGS
from palier.metrics.metric import Metric
from palier.web.formats import NO_BREAK, Polarity, locale

FAMILIES = {
    "customers": _("Customers"),
    "mrr": _("Recurring revenue"),
    "revenue": _("Revenue"),
    "unit": _("Unit economics"),
    "sales": _("Sales"),
    "cash": _("Cash"),
}
UNITS = {
    "customers": _("customers"),
    "money_minor": _("amount in %(currency)s"),
    "share": _("share, in percent"),
    "ratio": _("ratio"),
    "months": _("months"),
    "days": _("days"),
}
POLARITIES = {
    "up": _("the higher, the better"),
    "down": _("the lower, the better"),
    "neutral": _("neither high nor low is better in itself"),
}
DIMENSIONS = {
    "channel": pgettext_lazy("by …", "channel"),
    "segment": pgettext_lazy("by …", "segment"),
    "industry": pgettext_lazy("by …", "industry"),
    "country": pgettext_lazy("by …", "country"),
    "owner": pgettext_lazy("by …", "owner"),
    "pipeline": pgettext_lazy("by …", "pipeline"),
    "product": pgettext_lazy("by …", "product"),
    "campaign": pgettext_lazy("by …", "campaign"),
    "kind": pgettext_lazy("by …", "kind"),
}
PARTS = {
    "customers.churn": (_("Departures: %(over)s, out of %(under)s customers at the start."), "count", "count"),
    "mrr.nrr": (_("%(over)s left of the %(under)s of twelve months before, increases included."), "money", "money"),
    "mrr.grr": (_("%(over)s left of the %(under)s of twelve months before, increases left out."), "money", "money"),
    "revenue.arpa": (_("%(over)s a month. Active customers: %(under)s."), "money", "count"),
    "unit.ltv": (_("%(over)s of margin a month, divided by a churn of %(under)s a month."), "money", "share"),
    "unit.cac": (_("%(over)s spent. New customers: %(under)s."), "money", "count"),
    "unit.ltv_cac": (_("A lifetime value of %(over)s for an acquisition cost of %(under)s."), "money", "money"),
    "unit.payback_months": (_("An acquisition cost of %(over)s for a margin of %(under)s a month."), "money", "money"),
    "sales.win_rate": (_("Deals won: %(over)s, out of %(under)s closed."), "count", "count"),
    "sales.demo_conversion": (_("Sales: %(over)s. Demos old enough to judge: %(under)s."), "count", "count"),
    "cash.dso_days": (_("%(over)s to be paid, for %(under)s of sales a day."), "money", "money"),
    "cash.late_share": (_("Late invoices: %(over)s, out of %(under)s that fell due."), "count", "count"),
}  # fmt: skip
"""What is divided by what, as a sentence, and the units of both parts for `formats.figure`."""
BESIDE = {
    "unit.ltv": {"capped": (_("With lifetimes capped at 60 months: %(value)s."), "money")},
    "unit.ltv_cac": {"capped": (_("With lifetimes capped at 60 months: %(value)s."), "ratio")},
    "unit.payback_months": {"with_churn": (_("Allowing for departures: %(value)s."), "months")},
    "sales.cycle_days": {"mean": (_("Mean: %(value)s."), "days")},
    "cash.late_share": {"share_of_amount": (_("By amount: %(value)s."), "share")},
}
"""What a reading carries beside its value and is worth saying, with its unit."""
QUARTILES = frozenset({"sales.cycle_days"})
"""Metrics whose bounds are quartiles of what was observed, not an interval of confidence."""


def unit_of(metric: Metric) -> str:
    """The unit of a metric as `formats` and charts name it."""
    return {"money_minor": "money", "customers": "count"}.get(metric.unit, metric.unit)


def polarity_of(metric: Metric) -> Polarity:
    """Which way is better, as `formats` names it."""
    ways: dict[str, Polarity] = {"up": "higher", "down": "lower", "neutral": "neutral"}
    return ways[metric.polarity]


def language() -> str:
    """The reader's language."""
    return (get_language() or "fr")[:2]


def label(metric: Metric) -> str:
    """The metric's name in the reader's language."""
    return metric.label(language())


def definition(metric: Metric) -> str:
    """The whole definition in the reader's language."""
    return metric.definition(language())


def first_sentence(metric: Metric) -> str:
    """The first sentence of the definition."""
    return definition(metric).partition(". ")[0].removesuffix(".") + "."


def unit_words(metric: Metric, currency: str) -> str:
    """What the figure is counted in."""
    named = numbers.get_currency_name(currency, count=2, locale=locale())
    return str(UNITS[metric.unit]) % {"currency": named}


def counted_words(metric: Metric, value: Decimal | None) -> str:
    """What stands after a count; empty for what is written with its own unit."""
    if metric.unit != "customers" or value is None:
        return ""
    return ngettext("customer", "customers", round(value))


def flag_words(code: str) -> str:
    """A remark on a figure, in the reader's language; an unknown code is shown as it is."""
    flag = FLAGS.get(code)
    if flag is None:
        return code
    return flag.label_fr if language() == "fr" else flag.label_en


def withheld(flags: Iterable[str]) -> str:
    """Why there is no figure: «pas encore mesurable : aucun client actif»."""
    reasons = [flag_words(code) for code in flags if code in FLAGS and FLAGS[code].withholds]
    if not reasons:
        return gettext("not measured yet")
    return gettext("not measurable yet: %(reason)s") % {"reason": ", ".join(reasons)}


def remarks(flags: Iterable[str]) -> list[str]:
    """What to keep in mind while reading a figure that exists; an unfinished period is said elsewhere."""
    return [
        sentence(flag_words(code))
        for code in flags
        if code != "unfinished_period" and not (code in FLAGS and FLAGS[code].withholds)
    ]


def sentence(text: str) -> str:
    """A remark as a sentence of its own."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def nothing_known() -> str:
    """The value of a dimension where it is not known."""
    return gettext("not given")


def joined_by_dot(*parts: str) -> str:
    """Short parts of a line, apart."""
    return f"{NO_BREAK}· ".join(part for part in parts if part)


ROW_UNITS = {
    "customers_active": "count", "customers_new": "count", "customers_lost": "count", "customers_gone": "count",
    "exposure_losses": "count", "deals_closed": "count", "demos": "count", "invoices_due": "count",
    "deals_won": "days",
}  # fmt: skip
"""What each kind of source row counts by; money when it is not listed."""
DETAILS = {
    "won": _("won"),
    "lost": _("lost"),
    "open": _("open"),
    "new": pgettext_lazy("what happened to a customer", "new"),
    "churn": pgettext_lazy("what happened to a customer", "left"),
    "expansion": pgettext_lazy("what happened to a customer", "expansion"),
    "contraction": pgettext_lazy("what happened to a customer", "contraction"),
    "reactivation": pgettext_lazy("what happened to a customer", "back"),
    "returned": pgettext_lazy("what happened to a customer", "back"),
    "maturing": _("too recent to judge"),
    "won_late": _("won after the time allowed"),
    "not_won": _("no sale"),
}


def detail_words(detail: str | None) -> str:
    """What a source row says of itself: a known code in words, anything else as it is."""
    return str(DETAILS.get(detail, detail)) if detail else ""


def dimension_words(name: str) -> str:
    """The word for a dimension."""
    return str(DIMENSIONS.get(name, name))
