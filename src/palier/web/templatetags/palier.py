"""`{% load palier %}`: numbers and dates as filters, components as tags.

The gallery (/design) shows each with the line that uses it.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from palier.web import charts
from palier.web.components import (
    Action,
    Cell,
    Column,
    Crumb,
    Definition,
    Figure,
    HistoryItem,
    Pages,
    Provenance,
    Row,
    Status,
    Tab,
    Table,
)
from palier.web.formats import Number
from palier.web.templatetags import written

register = template.Library()
register.filters.update(written.register.filters)


# -- small things --------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite: decoration unless it has a label. Sizes: `s`, none, `l`."""
    return _decoration(name, size) if not label else _drawn(name, size, label)


def _drawn(name: str, size: str, label: str = "") -> SafeString:
    described = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else mark_safe('aria-hidden="true"')
    )
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"/></svg>',
        f" {size}" if size else "", described, static("icons.svg"), name,
    )  # fmt: skip


_decoration = functools.cache(_drawn)
"""A page has dozens of them, of few kinds."""


@register.simple_tag
def sparkline(
    values: Sequence[Number | None], target: Number | None = None, *, unfinished: bool = False
) -> SafeString:
    """The shape of a series, beside its written value."""
    return charts.sparkline(values, target=target, unfinished=unfinished)


@register.simple_tag
def bullet(
    value: Number | None, target: Number | None = None, most: Number | None = None
) -> SafeString:
    """A bar against its target, beside its written value."""
    return charts.bullet(value, target=target, most=most)


@register.simple_tag
def meter(share: Number | None) -> SafeString:
    """A share as a bar, beside its written value."""
    return charts.meter(share)


@register.inclusion_tag("components/badge.html")
def status(value: Status) -> dict[str, Any]:
    """A state: icon, word and colour."""
    return {"status": value}


@register.inclusion_tag("components/provenance.html")
def provenance(value: Provenance) -> dict[str, Any]:
    """Tool and day a value comes from."""
    return {"provenance": value}


@register.inclusion_tag("components/action.html")
def action(value: Action) -> dict[str, Any]:
    """A link as a button, or a button that opens a dialog."""
    return {"action": value}


# -- pieces of a page ----------------------------------------------------------------------------


@register.inclusion_tag("components/page_header.html")
def page_header(
    title: str, lead: str = "", actions: Sequence[Action] = (), crumbs: Sequence[Crumb] = ()
) -> dict[str, Any]:
    """The one h1 of a page, its sentence, its actions and the way here."""
    return {"title": title, "lead": lead, "actions": actions, "crumbs": crumbs}


@register.inclusion_tag("components/crumbs.html")
def breadcrumbs(crumbs: Sequence[Crumb]) -> dict[str, Any]:
    """The way here."""
    return {"crumbs": crumbs}


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, unit: str = "", width: str = "", label: str = "", help_text: str = ""
) -> dict[str, Any]:
    """A form field with its label, help and errors. `unit` stands after it; `width="short"` narrows it.

    `label` and `help_text` replace those of a form that is not ours; its placeholders, which only
    repeat the label, are left out.
    """
    kind = getattr(bound.field.widget, "input_type", "")
    return {
        "field": bound,
        "drawn": bound.as_widget(attrs=_relabelled(bound, help_text)) if label else bound,
        "label": label or bound.label,
        "help": help_text or ("" if label else bound.help_text),
        "unit": unit, "width": width, "kind": kind, "many": bound.use_fieldset,
    }  # fmt: skip


def _relabelled(bound: BoundField, help_text: str) -> dict[str, Any]:
    ids = [f"{bound.auto_id}_helptext"] if help_text else []
    ids += [f"{bound.auto_id}_error"] if bound.errors else []
    return {"placeholder": False, "aria-describedby": " ".join(ids) or False}


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """Everything wrong in a form, each line a link to its field."""
    wrong = [(bound, error) for bound in form.visible_fields() for error in bound.errors]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"general": [*form.non_field_errors(), *hidden], "wrong": wrong}


@register.inclusion_tag("components/table.html", takes_context=True)
def data_table(context: Context, table: Table) -> dict[str, Any]:
    """A table whose headers sort by `?sort=`, in a region of its own that scrolls sideways."""
    heads = [
        {
            "column": column,
            "order": _order(column.sort, table.sorted_by),
            "query": _query(
                context,
                sort=f"-{column.sort}" if table.sorted_by == column.sort else column.sort,
                page=None,
            ),
        }
        for column in table.columns
    ]
    places = [_place(column, heads=not index) for index, column in enumerate(table.columns)]
    lines = [
        {
            "row": row,
            "cells": [(_cell(cell), *place) for cell, place in zip(row.cells, places, strict=True)],
        }
        for row in table.rows
    ]
    return {"table": table, "heads": heads, "lines": lines, "id": _named("table", table.caption)}


def _named(kind: str, title: str) -> str:
    """An id that is the same at each rendering, so that a swapped fragment equals a fresh page."""
    return f"{kind}-{zlib.crc32(title.encode()):08x}"


def _cell(value: Cell | str) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _place(column: Column, *, heads: bool) -> tuple[SafeString, SafeString]:
    """The tags around a column's cells, made once for the table and not once for each cell."""
    name = "number" if column.numeric else "nowrap" if column.nowrap else ""
    kind = format_html(' class="{}"', name) if name else ""
    if heads:
        return format_html('<th scope="row"{}>', kind), mark_safe("</th>")
    return format_html("<td{}>", kind), mark_safe("</td>")


def _order(sort: str, sorted_by: str) -> str:
    if not sort or sorted_by.removeprefix("-") != sort:
        return ""
    return "descending" if sorted_by.startswith("-") else "ascending"


def _query(context: Context, **changes: object) -> str:
    """The page's own query string with these values changed."""
    request = context.get("request")
    values = request.GET.copy() if request else None
    if values is None:
        from django.http import QueryDict

        values = QueryDict(mutable=True)
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            values[name] = str(value)
    return "?" + values.urlencode()


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(
    context: Context, pages: Pages, parameter: str = "page", label: str = ""
) -> dict[str, Any]:
    """Which rows these are, and the way to the others."""
    links = [(page, _query(context, **{parameter: page}) if page else "") for page in pages.shown]
    return {
        "pages": pages, "links": links, "label": label or _("Pages"),
        "before": _query(context, **{parameter: pages.number - 1}) if pages.number > 1 else "",
        "after": _query(context, **{parameter: pages.number + 1}) if pages.more else "",
    }  # fmt: skip


@register.inclusion_tag("components/figure.html")
def figure(value: Figure, level: int = 3) -> dict[str, Any]:
    """A key figure with everything it needs around it; put several in `<div class="figures">`."""
    return {"figure": value, "level": level}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Tab], label: str) -> dict[str, Any]:
    """Sections of a page, each at its own address."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/switch.html")
def switch(items: Sequence[Tab], label: str) -> dict[str, Any]:
    """A period or a view, chosen among a few."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, sentence: str, actions: Sequence[Action] = (), icon: str = ""
) -> dict[str, Any]:
    """What will be here, why it matters, and up to two ways to begin."""
    return {"title": title, "sentence": sentence, "actions": actions, "icon": icon}


@register.inclusion_tag("components/notice.html")
def notice(
    text: str,
    tone: str = "info",
    title: str = "",
    actions: Sequence[Action] = (),
    *,
    announced: bool = False,
) -> dict[str, Any]:
    """Something the reader should know. `announced` reads it aloud when it is swapped in."""
    icon_name = "circle-check" if tone == "good" else "info" if tone == "info" else "triangle-alert"
    return {
        "text": text, "tone": tone, "title": title, "actions": actions, "icon": icon_name,
        "role": {"bad": "alert"}.get(tone, "status") if announced else "",
    }  # fmt: skip


@register.inclusion_tag("components/progress.html")
def progress(
    label: str, done: Number | None = None, total: Number | None = None, detail: str = ""
) -> dict[str, Any]:
    """How far some work is; without `done` it is under way for an unknown time."""
    known = done is not None and bool(total)
    share = float(done or 0) / float(total or 1)
    return {
        "label": label,
        "known": known,
        "done": done,
        "total": total,
        "share": share,
        "detail": detail,
    }


@register.inclusion_tag("components/definitions.html")
def definitions(items: Sequence[Definition]) -> dict[str, Any]:
    """A record as words and values, each with where it comes from."""
    return {"items": items}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Sequence[HistoryItem]) -> dict[str, Any]:
    """What happened, latest first."""
    return {"items": items}


@register.inclusion_tag("components/confirm.html", takes_context=True)
def confirm(  # noqa: PLR0917 - the order is that of the sentence in a template
    context: Context, name: str, title: str, sentence: str, url: str, submit: str, typed: str = ""
) -> dict[str, Any]:
    """A dialog before an act that cannot be undone; with `typed`, that name must be typed first."""
    return {
        "id": name, "title": title, "sentence": sentence, "url": url, "submit": submit, "typed": typed,
        "csrf_token": context.get("csrf_token"),
    }  # fmt: skip


@register.inclusion_tag("components/skeleton.html")
def skeleton(kind: str = "lines", lines: int = 4) -> dict[str, Any]:
    """The place of something that is loading: `lines` or `block`."""
    return {"kind": kind, "lines": range(lines)}


@register.inclusion_tag("components/chart.html")
def chart(
    value: charts.Chart, source: str = "", fresh: str = "", definition_url: str = "", level: int = 3
) -> dict[str, Any]:
    """A chart with its title, source, freshness, definition and table. Needs `{% chart_scripts %}` on the page."""
    return {
        "chart": value, "source": source, "fresh": fresh, "definition_url": definition_url, "level": level,
        "id": _named("chart", value.title),
        "table": Table(
            caption=value.title, compact=True, tall=True, hide_caption=True,
            columns=[_head(i, text) for i, text in enumerate(value.head)],
            rows=[Row(line) for line in value.body],
        ),
    }  # fmt: skip


def _head(index: int, text: str) -> Column:
    return Column(text, numeric=index > 0)


@register.inclusion_tag("components/chart_scripts.html")
def chart_scripts() -> dict[str, Any]:
    """Once, in the page's `scripts` block: what draws its charts."""
    return {"themes": {"light": charts.theme("light"), "dark": charts.theme("dark")}}


@register.inclusion_tag("components/drop.html")
def file_drop(bound: BoundField) -> dict[str, Any]:
    """A place to drop files; a plain file input without JavaScript."""
    return {"field": bound}
