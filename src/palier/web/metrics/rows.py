"""The rows behind a figure as a table: each leads to its record."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from palier.kernel.money import minor_digits
from palier.metrics.drill import SourceRow, SourceRows
from palier.metrics.metric import Metric
from palier.web import formats
from palier.web.components import Cell, Column, Pages, Row, Table
from palier.web.metrics import words
from palier.web.metrics.asked import Asked
from palier.wording import labels

ROWS_SHOWN = 25
"""Rows of a page: they stand under a chart and above a definition. Source: ours."""


@dataclass(frozen=True, slots=True)
class RowsShown:
    """A page of rows, what they come to, and the way to the others."""

    table: Table | None
    pages: Pages | None
    said: str


def rows_shown(*, found: SourceRows, asked: Asked, currency: str) -> RowsShown:
    """The rows of this view."""
    if not found.total:
        return RowsShown(None, None, "")
    unit = words.ROW_UNITS.get(asked.metric.rows, "money")
    entity = labels.entity(found.rows[0].entity) if found.rows else ""
    detailed = any(row.detail for row in found.rows)
    columns = [
        Column(entity or _("Record")),
        *([Column(_("Detail"))] if detailed else []),
        Column(_("Day"), nowrap=True),
        Column(_("Counts for"), numeric=True),
    ]
    cents = _any_cents(found, currency) if unit == "money" else None
    lines = [
        Row([
            Cell(_label(row), _record(row)), *([words.detail_words(row.detail)] if detailed else []),
            formats.day(row.day, form="medium"), _counted(row.contribution, unit, currency, cents=cents),
        ])
        for row in found.rows
    ]  # fmt: skip
    table = Table(
        _("Rows behind %(metric)s") % {"metric": words.label(asked.metric)}, columns, lines,
        compact=True, hide_caption=True,
    )  # fmt: skip
    pages = Pages(asked.page, ROWS_SHOWN, total=found.total) if found.total > ROWS_SHOWN else None
    return RowsShown(table, pages, _said(found, unit, currency))


def _label(row: SourceRow) -> str:
    if not row.label:
        return _("%(entity)s no. %(number)s") % {
            "entity": labels.entity(row.entity), "number": row.id,
        }  # fmt: skip
    if row.entity != "marketing_spend":
        return row.label
    channel, _dot, kind = row.label.partition(" · ")
    return words.joined_by_dot(channel, labels.choice("marketing_spend", "kind", kind))


def _record(row: SourceRow) -> str:
    """The page of the record; empty while there is none for its kind."""
    try:
        return reverse("customers:record", args=[row.entity, row.id])
    except NoReverseMatch:
        return ""


def _any_cents(found: SourceRows, currency: str) -> bool:
    """Whether any amount has cents: then all show them, as a ledger does."""
    return any(row.contribution % 10 ** minor_digits(currency) for row in found.rows)


def _counted(contribution: Decimal, unit: str, currency: str, *, cents: bool | None) -> str:
    if unit == "count":
        return formats.number(contribution)
    return formats.figure(contribution, unit, currency, cents=cents)


def _said(found: SourceRows, unit: str, currency: str) -> str:
    """How many rows, and what they come to together."""
    many = formats.rows(found.total)
    if unit == "money":
        total = formats.money(found.contribution, currency)
        return _("%(rows)s, %(total)s in all") % {"rows": many, "total": total}
    if unit == "count" and found.contribution != found.total:
        counted = formats.number(found.contribution)
        return ngettext(
            "%(counted)s counted out of %(rows)s", "%(counted)s counted out of %(rows)s",
            round(found.contribution),
        ) % {"counted": counted, "rows": many}  # fmt: skip
    return many


def narrowed(metric: Metric, by: str) -> bool:
    """Whether the rows can be narrowed to a value of that dimension."""
    return by in metric.rows_dimensions
