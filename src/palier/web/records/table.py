"""A list of records as a table: heads that sort, cells that may be corrected.

Cells are drawn here and not by templates: a page has hundreds of them, and an include for each would take longer than
everything else together.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from palier.hub import pins, queries
from palier.hub.queries import Link, Value
from palier.hub.queries.listing import ListedRow, can_sort
from palier.kernel.money import Money
from palier.web import formats
from palier.web.components import Cell, Status
from palier.web.records import shown
from palier.web.records.entities import MONTHLY, SLUGS, column_label
from palier.web.records.shown import TONES
from palier.web.records.state import State, field_named

NUMERIC = frozenset({"int", "money", "decimal", "share"})
DATED = frozenset({"date", "datetime"})
SYSTEM = frozenset({"created_at", "updated_at"})
_SOME = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `url` sorts by it."""

    label: str
    numeric: bool
    url: str
    order: str


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """What all cells of a column have in common; `edit` is where a value is corrected, for a record in between."""

    entity: str
    name: str
    kind: str
    place: str
    edit: tuple[str, str] | None
    correct: str

    @classmethod
    def of(cls, state: State, name: str, *, editable: bool) -> ShownColumn:
        """The column of a list."""
        field = field_named(state.entity, name, state.custom)
        kind = "money" if name == MONTHLY else field.type if field else "text"
        edit = None
        if editable and pins.can_pin(entity=state.entity, field=name):
            address = reverse("records:correct", args=[SLUGS[state.entity], _SOME, name])
            before, _between, after = address.partition(str(_SOME))
            edit = before, after
        place = "number" if kind in NUMERIC else "nowrap" if kind in DATED else ""
        label = _("Correct “%(field)s”") % {"field": column_label(state.entity, name)}
        return cls(state.entity, name, kind, place, edit, label if edit else "")

    def cell(self, value: Value, *, currency: str) -> Cell:
        """One value in words."""
        if self.name in SYSTEM and isinstance(value, dt.datetime):
            return Cell(formats.day(value, form="medium"))
        text = shown.text_of(self.entity, self.name, self.kind, value, currency=currency)
        if isinstance(value, Link):
            return Cell(text, shown.url_of(value))
        tone = TONES.get(f"{self.entity}.{self.name}:{value}") if self.kind == "choice" else None
        return Cell(text, status=Status(text, tone) if tone else None)

    def inside(self, cell: Cell, public_id: UUID) -> SafeString:
        """What stands in a cell: the value, and the way to correct it."""
        if cell.status is not None:
            drawn = _badge(cell.status)
        elif cell.url:
            drawn = format_html('<a href="{}">{}</a>', cell.url, cell.text)
        else:
            drawn = format_html("{}", cell.text)
        if self.edit is None:
            return drawn
        return format_html(
            '{}<a class="edit" href="{}{}{}" aria-label="{}"></a>',
            drawn, self.edit[0], public_id, self.edit[1], self.correct,
        )  # fmt: skip


@functools.lru_cache(maxsize=200)
def _badge(status: Status) -> SafeString:
    """A state, drawn once for all rows of all pages."""
    return mark_safe(render_to_string("components/badge.html", {"status": status}).strip())  # noqa: S308 - a template of ours


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One record of a list: its cells in words, and as they are drawn."""

    id: int
    name: str
    cells: Sequence[Cell]
    drawn: SafeString


def heads(state: State) -> list[Head]:
    """The heads of the chosen columns."""
    found = []
    for name in state.columns:
        order = ""
        if state.sort.removeprefix("-") == name:
            order = "descending" if state.sort.startswith("-") else "ascending"
        url = ""
        if can_sort(entity=state.entity, field=name):
            url = state.but(sort=f"-{name}" if order == "ascending" else name).url()
        field = field_named(state.entity, name, state.custom)
        numeric = name == MONTHLY or (field is not None and field.type in NUMERIC)
        found.append(Head(column_label(state.entity, name), numeric, url, order))
    return found


def rows(
    state: State,
    listed: Sequence[ListedRow],
    *,
    company_id: int,
    currency: str,
    today: dt.date,
    editable: bool,
) -> list[ShownRow]:
    """The rows of a page. One more query when the recurring revenue of customers is shown."""
    monthly: Mapping[int, tuple[Money, ...]] = {}
    if MONTHLY in state.columns:
        monthly = queries.monthly_by_customer(
            company_id=company_id, ids=[one.id for one in listed], today=today, currency=currency
        )
    columns = [ShownColumn.of(state, name, editable=editable) for name in state.columns]
    tags = [
        (
            format_html(
                "<{}{}>",
                "td" if place else mark_safe('th scope="row"'),
                format_html(' class="{}"', one.place) if one.place else "",
            ),
            mark_safe("</td>") if place else mark_safe("</th>"),
        )
        for place, one in enumerate(columns)
    ]
    found = []
    for row in listed:
        cells = [
            Cell(shown.sums(monthly.get(row.id, ())) or formats.UNKNOWN)
            if one.name == MONTHLY
            else one.cell(row.values[one.name], currency=row.currency or currency)
            for one in columns
        ]
        cells[0] = leading(cells[0], Link(state.entity, row.id, row.public_id, ""))
        drawn = format_html_join(
            "",
            "{}{}{}",
            (
                (opening, one.inside(cell, row.public_id), closing)
                for (opening, closing), one, cell in zip(tags, columns, cells, strict=True)
            ),
        )
        found.append(ShownRow(row.id, str(cells[0].text), cells, drawn))
    return found


def leading(cell: Cell, record: Link) -> Cell:
    """The first cell of a row, which leads to its record."""
    return Cell(cell.text, shown.url_of(record))
