"""Weights in words, and the figures that persons’ decisions give."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from palier.hub.queries import Agreement, Evidence
from palier.metrics.rules import wilson
from palier.web import formats
from palier.web.components import Figure
from palier.wording import labels

MEASURABLE = 20
"""Decisions below which a share says too little to be shown [ours]."""
ONE_DECIMAL = Decimal("0.1")


def evidence(entity: str, one: Evidence) -> str:
    """What one field says: «+17 même e-mail», «−3,2 autre code postal»."""
    weight = formats.number(one.weight.quantize(ONE_DECIMAL).normalize(), signed=True)
    return pgettext("a weight and its reason", "%(weight)s %(reason)s") % {
        "weight": weight,
        "reason": reason(entity, one),
    }


def reason(entity: str, one: Evidence) -> str:
    """A verdict in words, without its weight."""
    if one.field == "prior":
        return _("before any comparison")
    word = {"field": inside(labels.field(entity, one.field))}
    if one.verdict == "equal":
        return _("same %(field)s") % word
    if one.verdict == "close":
        return _("similar %(field)s") % word
    if one.verdict == "different":
        return _("other %(field)s") % word
    return _("%(field)s missing on one side") % word


def pattern(entity: str, found: tuple[Evidence, ...]) -> str:
    """What pairs of a group have in common: «même e-mail, nom proche»."""
    told = [one for one in found if one.field != "prior" and one.verdict != "missing"]
    return ", ".join(reason(entity, one) for one in told) or _("nothing in common")


def inside(label: str) -> str:
    """A label inside a sentence: «E-mail» becomes «e-mail», «SIREN» stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def figures(found: Agreement, waiting: int) -> list[Figure]:
    """What waits, and precision and recall of the rule on the company’s own decisions."""
    return [
        Figure(
            _("To decide"),
            formats.number(waiting),
            ngettext("pair that may be one", "pairs that may be one", waiting),
        ),
        _share(
            _("Precision of the automatic rule"),
            found.confirmed,
            found.reviewed,
            ngettext(
                "%(good)s of the %(count)s automatic merge you looked at was right",
                "%(good)s of the %(count)s automatic merges you looked at were right",
                found.reviewed,
            ),
        ),
        _share(
            _("Recall of the automatic rule"),
            found.found,
            found.same,
            ngettext(
                "%(good)s of the %(count)s pair you said is one would have been merged by the rule",
                "%(good)s of the %(count)s pairs you said are one would have been merged by the rule",
                found.same,
            ),
        ),
    ]


def _share(name: str, good: int, of: int, sentence: str) -> Figure:
    counted = sentence % {"good": formats.number(good), "count": formats.number(of)}
    if of < MEASURABLE:
        reason = ngettext(
            "Not measurable yet: %(count)s decision, %(needed)s are needed.",
            "Not measurable yet: %(count)s decisions, %(needed)s are needed.",
            of,
        ) % {"count": formats.number(of), "needed": formats.number(MEASURABLE)}
        return Figure(name, None, "", reason=reason)
    between = wilson(successes=good, trials=of)
    return Figure(
        name,
        formats.percent(Decimal(good) / of),
        _("%(counted)s; between %(low)s and %(high)s, 9 times out of 10")
        % {
            "counted": counted,
            "low": formats.percent(between.low),
            "high": formats.percent(between.high),
        },
    )
