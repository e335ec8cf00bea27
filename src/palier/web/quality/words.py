"""Measures and checks of quality in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from palier.wording import labels


def measure(name: str) -> str:
    """What a measure is called."""
    return {
        "completeness": _("Completeness"),
        "validity": _("Validity"),
        "freshness": _("Freshness"),
        "duplicates": _("Without duplicates"),
        "orphans": _("Linked"),
    }[name]


def check(entity: str, code: str) -> str:
    """What is wrong with a record that fails this check."""
    kind, _dot, name = code.partition(".")
    if kind == "pairs":
        return _("May be the same as another record")
    if kind == "silent":
        return _("No news from the tool for 30 days")
    field = labels.field(entity, name)
    if kind == "empty":
        return _("%(field)s: empty") % {"field": field}
    if kind == "order":
        return _("%(field)s: before the day it should follow") % {"field": field}
    if kind == "sum":
        return _("%(field)s: not the sum of net and tax") % {"field": field}
    if kind == "orphan":
        return _("%(field)s: the record it names has not arrived") % {"field": field}
    return _("%(field)s: wrong form or key") % {"field": field}
