"""The values that components take: plain, frozen, already written in the reader's language.

Each is shown in the gallery at /design, with the line of template that uses it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from palier.web.formats import Difference, Number

Tone = Literal["good", "warn", "bad", "info", "idle"]
TONE_ICONS: dict[str, str] = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "info": "info",
    "idle": "circle-dashed",
}
"""Colour never speaks alone: each tone has its icon."""


@dataclass(frozen=True, slots=True)
class Action:
    """A link shown as a button, or with `dialog` a button that opens that dialog."""

    label: str
    url: str = ""
    kind: Literal["", "secondary", "quiet", "danger"] = ""
    icon: str = ""
    key: str = ""
    dialog: str = ""


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way here; the last has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """A state: its word, its tone, and with the tone an icon and a colour."""

    word: str
    tone: Tone = "idle"
    icon: str = ""

    @property
    def drawn(self) -> str:
        """The icon that is shown."""
        return self.icon or TONE_ICONS[self.tone]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `sort` is the value of `?sort=` that orders by it."""

    label: str
    numeric: bool = False
    sort: str = ""
    hint: str = ""
    nowrap: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What a table shows in a place: text, and optionally a link, a state, or something drawn."""

    text: str | SafeString = ""
    url: str = ""
    status: Status | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; the first cell heads it."""

    cells: Sequence[Cell | str]
    selected: bool = False
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, which names it for everybody. `sorted_by` is `name` or `-name`."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    sorted_by: str = ""
    compact: bool = False
    tall: bool = False
    hide_caption: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is never alone: unit, period, comparison, status, definition and rows.

    `value` is written by `formats`; None shows «—» with `reason`.
    """

    name: str
    value: str | None
    period: str
    unit: str = ""
    reason: str = ""
    url: str = ""
    difference: Difference | None = None
    compared_to: str = ""
    target: str = ""
    status: Status | None = None
    trend: Sequence[Number | None] = ()
    trend_target: Number | None = None
    unfinished: bool = False
    definition_url: str = ""
    rows_url: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab or one period of a switch; `key` is its one-letter shortcut."""

    label: str
    url: str
    current: bool = False
    count: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value comes from: the tool and the day."""

    tool: str
    at: dt.date | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A line of a record: the word, the value, where it comes from."""

    term: str
    value: str | SafeString
    url: str = ""
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a field was and what it became."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """Something that happened: what, when as written, who or which tool, what changed."""

    title: str
    at: dt.datetime
    by: str = ""
    icon: str = "circle"
    changes: Sequence[Change] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the reader is in a long list; `total` None when counting would cost too much."""

    number: int
    per_page: int
    total: int | None = None
    has_next: bool = False

    @property
    def last(self) -> int | None:
        """The number of the last page, when it is known."""
        return None if self.total is None else max(1, -(-self.total // self.per_page))

    @property
    def first_row(self) -> int:
        """Rank of the first row shown."""
        return 0 if self.total == 0 else (self.number - 1) * self.per_page + 1

    @property
    def last_row(self) -> int:
        """Rank of the last row shown, at most."""
        end = self.number * self.per_page
        return end if self.total is None else min(end, self.total)

    @property
    def more(self) -> bool:
        """Whether a page follows."""
        return self.has_next if self.last is None else self.number < self.last

    @property
    def shown(self) -> list[int | None]:
        """Page numbers to offer: first, around here, last; None for a gap."""
        if self.last is None:
            return [self.number]
        wanted = sorted(
            {1, self.last, *range(max(1, self.number - 1), min(self.last, self.number + 1) + 1)}
        )
        found: list[int | None] = []
        for page in wanted:
            previous = found[-1] if found else None
            if previous is not None and page - previous == 2:
                found.append(page - 1)
            elif previous is not None and page - previous > 2:
                found.append(None)
            found.append(page)
        return found


def status_of(difference: Difference | None) -> Status:
    """The state that a difference alone suggests."""
    if difference is None:
        return Status(_("not comparable"), "idle")
    tones: dict[str, Tone] = {"good": "good", "bad": "bad", "idle": "idle"}
    return Status(difference.word, tones[difference.verdict])


def joined(*parts: str | SafeString) -> SafeString:
    """Escaped parts, one after the other with a space."""
    return format_html_join(" ", "{}", ((part,) for part in parts))
