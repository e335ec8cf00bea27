"""A list of records as a table: heads that sort, cells that may be corrected.

Cells are drawn here and not by templates: a page has hundreds of them, and an include for each would take longer than
everything else together.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

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
"""Stands for the record in the address where a column is corrected."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `url` sorts by it, `edit` is where its values are corrected, for any record."""

    label: str
    numeric: bool
    url: str
    order: str
    edit: str


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """What all cells of a column have in common."""

    entity: str
    name: str
    kind: str
    place: str

    @classmethod
    def of(cls, state: State, name: str) -> ShownColumn:
        """The column of a list."""
        field = field_named(state.entity, name, state.custom)
        kind = "money" if name == MONTHLY else field.type if field else "text"
        place = "number" if kind in NUMERIC else "nowrap" if kind in DATED else ""
        return cls(state.entity, name, kind, place)

    def cell(self, value: Value, *, currency: str) -> Cell:
        """One value in words."""
        if self.name in SYSTEM and isinstance(value, dt.datetime):
            return Cell(formats.day(value, form="medium"))
        text = shown.text_of(self.entity, self.name, self.kind, value, currency=currency)
        if isinstance(value, Link):
            return Cell(text, shown.url_of(value))
        tone = TONES.get(f"{self.entity}.{self.name}:{value}") if self.kind == "choice" else None
        return Cell(text, status=Status(text, tone) if tone else None)


def inside(cell: Cell) -> str:
    """What stands in a cell, as HTML. Written by hand: there are hundreds of them on a page."""
    if cell.status is not None:
        return _badge(cell.status)
    text = escape(str(cell.text))
    return f'<a href="{escape(cell.url)}">{text}</a>' if cell.url else text


@functools.lru_cache(maxsize=200)
def _badge(status: Status) -> str:
    """A state, drawn once for all rows of all pages."""
    return render_to_string("components/badge.html", {"status": status}).strip()


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One record of a list: its cells in words, and drawn as HTML."""

    id: int
    public_id: UUID
    name: str
    cells: Sequence[Cell]
    drawn: str


def heads(state: State, *, editable: bool) -> list[Head]:
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
        edit = ""
        if editable and pins.can_pin(entity=state.entity, field=name):
            edit = reverse("records:correct", args=[SLUGS[state.entity], _SOME, name])
        found.append(Head(column_label(state.entity, name), numeric, url, order, edit))
    return found


def rows(
    state: State,
    listed: Sequence[ListedRow],
    *,
    company_id: int,
    currency: str,
    today: dt.date,
) -> list[ShownRow]:
    """The rows of a page. One more query when the recurring revenue of customers is shown."""
    monthly: Mapping[int, tuple[Money, ...]] = {}
    if MONTHLY in state.columns:
        monthly = queries.monthly_by_customer(
            company_id=company_id, ids=[one.id for one in listed], today=today, currency=currency
        )
    columns = [ShownColumn.of(state, name) for name in state.columns]
    openings = [f' class="{one.place}">' if one.place else ">" for one in columns]
    found = []
    for row in listed:
        cells = [
            Cell(shown.sums(monthly.get(row.id, ())) or formats.UNKNOWN)
            if one.name == MONTHLY
            else one.cell(row.values[one.name], currency=row.currency or currency)
            for one in columns
        ]
        cells[0] = leading(cells[0], Link(state.entity, row.id, row.public_id, ""))
        first, *others = [
            opening + inside(cell) for opening, cell in zip(openings, cells, strict=True)
        ]
        drawn = f'<th scope="row"{first}</th>' + "".join(f"<td{one}</td>" for one in others)
        found.append(ShownRow(row.id, row.public_id, str(cells[0].text), cells, drawn))
    return found


def body(rows: Sequence[ShownRow], *, pick: bool) -> SafeString:
    """The rows as HTML; with `pick` each begins with a box of the form `bulk`."""
    drawn = []
    for row in rows:
        box = ""
        if pick:
            box = (
                f'<td class="pick"><input type="checkbox" name="fiche" value="{row.id}" form="bulk" '
                f'aria-label="{escape(row.name)}"></td>'
            )
        drawn.append(f'<tr data-record="{row.public_id}">{box}{row.drawn}</tr>')
    return mark_safe("\n".join(drawn))  # noqa: S308 - every value is escaped in `inside` and above


def leading(cell: Cell, record: Link) -> Cell:
    """The first cell of a row, which leads to its record."""
    return Cell(cell.text, shown.url_of(record))
