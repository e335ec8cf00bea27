"""A list of records as a table: heads that sort, cells that may be corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.urls import reverse

from palier.hub import pins, queries
from palier.hub.queries import Link, Value
from palier.hub.queries.listing import ListedRow, can_sort
from palier.kernel.money import Money
from palier.web import formats
from palier.web.components import Status
from palier.web.records import shown
from palier.web.records.entities import MONTHLY, SLUGS, column_label
from palier.web.records.shown import TONES
from palier.web.records.state import State, field_named

NUMERIC = frozenset({"int", "money", "decimal", "share"})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `url` sorts by it."""

    label: str
    numeric: bool
    url: str
    order: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One value of a list: text or state, where it leads, and where it is corrected."""

    text: str
    url: str = ""
    status: Status | None = None
    edit: str = ""
    label: str = ""
    kind: str = ""

    def leading_to(self, url: str) -> ShownCell:
        """The same as a link."""
        return replace(self, url=url)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One record of a list."""

    id: int
    name: str
    cells: Sequence[ShownCell]


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
    found = []
    for one in listed:
        cells = []
        for place, name in enumerate(state.columns):
            if name == MONTHLY:
                cells.append(
                    ShownCell(shown.sums(monthly.get(one.id, ())) or formats.UNKNOWN, kind="number")
                )
                continue
            cell = cell_of(
                state, name, one.values[name], currency=one.currency or currency,
                public_id=one.public_id if editable else None,
            )  # fmt: skip
            if not place:
                url = shown.url_of(Link(state.entity, one.id, one.public_id, ""))
                cell = cell.leading_to(url)
            cells.append(cell)
        found.append(ShownRow(one.id, cells[0].text, cells))
    return found


def cell_of(
    state: State, name: str, value: Value, *, currency: str, public_id: UUID | None
) -> ShownCell:
    """One value; with `public_id` it can be corrected where its field can."""
    field = field_named(state.entity, name, state.custom)
    kind = field.type if field else "text"
    if name in {"created_at", "updated_at"} and isinstance(value, dt.datetime):
        return ShownCell(formats.day(value, form="medium"), kind="nowrap")
    text = shown.text_of(state.entity, name, kind, value, currency=currency)
    edit = ""
    if public_id is not None and pins.can_pin(entity=state.entity, field=name):
        edit = reverse("records:correct", args=[SLUGS[state.entity], public_id, name])
    tone = TONES.get(f"{state.entity}.{name}:{value}")
    place = "number" if kind in NUMERIC else "nowrap" if kind in {"date", "datetime"} else ""
    return ShownCell(
        text,
        shown.url_of(value) if isinstance(value, Link) else "",
        Status(text, tone) if tone else None,
        edit,
        column_label(state.entity, name),
        place,
    )
