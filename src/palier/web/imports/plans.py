"""A plan as its page shows it: each table, whose it is, what its columns mean, what is still to settle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.hub.imports import correction
from palier.hub.imports.correction import ColumnUse, Draft, Target
from palier.hub.imports.decode import Table as FileTable
from palier.hub.imports.decode.tables import same_column
from palier.hub.imports.plan import UNNAMED_TOOL, Planned, notices_of
from palier.hub.imports.propose import ColumnGuess
from palier.hub.schema import ENTITIES
from palier.web import formats
from palier.web.components import Column, Row, Status, Table, Tone
from palier.wording import labels
from palier.wording.sentences import said, sentence

SAMPLES = 3
"""Values of a column shown beside its field, and rows of a table shown as it is [ours]."""
LONG = 40
"""Characters of a sample before it is cut [ours]."""
SURE, LIKELY = 0.9, 0.6
"""Confidence from which a guess is called sure, and likely; as in hub/imports/propose.py."""


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One table of the plan, in words."""

    index: int
    name: str
    tool: str
    status: Status
    feeds: str
    ready: bool
    left_out: bool
    ignored: str
    notices: tuple[str, ...]
    problems: tuple[str, ...]
    columns: Table | None
    sample: Table | None
    guessed: bool
    readable: bool


def shown(planned: Planned, index: int) -> PlannedTable:
    """A table of the plan as the page shows it."""
    draft = draft_of(planned)
    left_out = planned.ignore is not None and planned.ignore.code == "import.left-out"
    problems = _problems(planned, draft)
    return PlannedTable(
        index=index,
        name=planned.name,
        tool=tool_of(planned) if planned.table is not None else "",
        status=_status(planned, problems),
        feeds=", ".join(labels.entity(one["entity"], many=True) for one in draft["entities"])
        if not planned.ignore
        else "",
        ready=planned.ready and not problems,
        left_out=left_out,
        ignored=""
        if planned.ignore is None or left_out
        else sentence(planned.ignore.code, planned.ignore.params),
        notices=_notices(planned, draft),
        problems=problems,
        columns=_columns(planned, draft)
        if planned.table is not None and not planned.ignore
        else None,
        sample=_sample(planned.table, planned.name) if planned.table is not None else None,
        guessed=planned.basis == "guess",
        readable=planned.table is not None,
    )


def draft_of(planned: Planned) -> Draft:
    """The mapping of a planned table as JSON, finished or not."""
    return correction.draft_of(mapping=planned.mapping, proposal=planned.proposal)


def tool_of(planned: Planned) -> str:
    """The tool a table comes from, in words."""
    if planned.tool.name == UNNAMED_TOOL:
        return _("no tool named")
    return planned.tool.label or planned.tool.name


def _problems(planned: Planned, draft: Draft) -> tuple[str, ...]:
    if planned.table is None:
        return (said(planned.refusal),) if planned.refusal is not None else ()
    if planned.ignore:
        return ()
    found = correction.problems_of(draft)
    return tuple(sentence(one.code, one.params) for one in found)


def _notices(planned: Planned, draft: Draft) -> tuple[str, ...]:
    """What reading had to guess, and the values that will refuse their rows; nothing of a table left out."""
    if planned.table is None or planned.ignore:
        return ()
    found = correction.unmatched(draft=draft, table=planned.table)
    refusing = [
        sentence("import.values_unmatched", {"column": column, "values": _quoted(values[:SAMPLES])})
        for column, values in found.items()
    ]
    return (*(sentence(one.code, one.params) for one in notices_of(planned)), *refusing)


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(_("“%(value)s”") % {"value": value} for value in values)


def _status(planned: Planned, problems: Sequence[str]) -> Status:
    if planned.table is None:
        return Status(_("cannot be read"), "bad")
    if planned.ignore:
        return Status(_("left out"), "idle", "minus")
    if problems:
        return Status(_("to be settled"), "bad", "triangle-alert")
    words: dict[str, tuple[str, Tone]] = {
        "preset": (_("known tool"), "good"),
        "remembered": (_("as last time"), "good"),
        "given": (_("settled by you"), "good"),
        "guess": (_("guessed: please check"), "warn"),
    }
    return Status(*words[planned.basis])


def target_label(target: Target, column: str = "") -> str:
    """Where a column goes: «Client : Nom»; a field of the company’s own keeps the column’s name."""
    entity, name = target
    if not entity:
        return _("Not imported")
    if name == "@id":
        return _("Identifier")
    return pgettext("an entity and its field", "%(entity)s: %(field)s") % {
        "entity": labels.entity(entity),
        "field": _own(name, column) or labels.field(entity, name),
    }


def _own(name: str, column: str) -> str:
    """The header as people wrote it, for a field of the company’s own named after it; nothing for a code."""
    own = name.removeprefix("custom.")
    return (
        column
        if own != name and "_" not in column and same_column(own) == same_column(column)
        else ""
    )


def _columns(planned: Planned, draft: Draft) -> Table:
    """Column → field, how it is read, examples, and how sure the guess is."""
    if planned.table is None:
        return Table("", (), ())
    guesses = (
        {one.column: one for one in planned.proposal.columns}
        if planned.proposal and planned.basis == "guess"
        else {}
    )
    cells = correction.cells_of(planned.table)
    identifiers = {correction.identifier_of(one): one["entity"] for one in draft["entities"]}
    rows = []
    for use in correction.uses_of(draft=draft, table=planned.table):
        where = [use.target, *use.also] if use.target[0] else list(use.also)
        words = list(dict.fromkeys(target_label(one, use.column) for one in where))
        if use.column in identifiers:
            words.insert(0, _("Identifier"))
        cut = [*map(_cut, dict.fromkeys(one for one in cells[use.column] if one))][:SAMPLES]
        row = [
            labels.column(use.column),
            ", ".join(words) or _("Not imported"),
            labels.parser(use.parser) if words else "",
            " · ".join(cut) or formats.UNKNOWN,
        ]
        rows.append(Row([*row, _sure(guesses.get(use.column))] if guesses else row))
    heads = [Column(_("Column")), Column(_("Becomes")), Column(_("Read as")), Column(_("Examples"))]
    if guesses:
        heads.append(Column(_("Confidence")))
    return Table(
        _("Columns of %(name)s") % {"name": planned.name},
        heads,
        rows,
        compact=True,
        hide_caption=True,
    )


def _sure(guess: ColumnGuess | None) -> str:
    if guess is None or not guess.field or guess.reason == "none":
        return ""
    if guess.confidence >= SURE:
        return pgettext("confidence", "sure")
    return (
        pgettext("confidence", "likely")
        if guess.confidence >= LIKELY
        else pgettext("confidence", "to check")
    )


def _cut(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _sample(table: FileTable, name: str) -> Table:
    """The first rows as they are in the file."""
    rows = [Row([_cut(cell or "") for cell in row]) for row in table.sample(count=SAMPLES)]
    return Table(
        _("First rows of %(name)s") % {"name": name},
        [Column(_cut(labels.column(one)), nowrap=True) for one in table.columns],
        rows,
        compact=True,
        hide_caption=True,
    )


@dataclass(frozen=True, slots=True)
class ColumnField:
    """The controls of one column on the correction page."""

    name: str
    column: str
    target: str
    parser: str
    samples: str
    also: str
    values: tuple[tuple[str, str, str], ...]
    choices: tuple[tuple[str, str], ...]


def column_fields(table: FileTable, draft: Draft) -> list[ColumnField]:
    """The controls of every column: its field, its examples, and for a choice its values."""
    cells = correction.cells_of(table)
    found = []
    for number, use in enumerate(correction.uses_of(draft=draft, table=table)):
        samples = " · ".join(
            [*map(_cut, dict.fromkeys(one for one in cells[use.column] if one))][:SAMPLES]
        )
        found.append(
            ColumnField(
                f"c{number}",
                labels.column(use.column),
                ".".join(use.target) if use.target[0] else "",
                labels.parser(use.parser) if use.target[0] else "",
                samples or formats.UNKNOWN,
                ", ".join(target_label(one, use.column) for one in use.also),
                tuple(
                    (f"v{number}.{place}", cell, chosen)
                    for place, (cell, chosen) in enumerate(use.values)
                ),
                _choices(use),
            )
        )
    return found


def _choices(use: ColumnUse) -> tuple[tuple[str, str], ...]:
    return tuple((code, labels.choice(use.target[0], use.target[1], code)) for code in use.choices)


def options(draft: Draft, table: FileTable) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields a column may become, grouped by entity: those already fed first, then their neighbours."""
    fed = [one["entity"] for one in draft["entities"]]
    own = {
        use.target: use.column
        for use in correction.uses_of(draft=draft, table=table)
        if use.target[1].startswith("custom.")
    }
    custom = {
        (one["entity"], name)
        for one in draft["entities"]
        for name in one.get("fields", {})
        if name.startswith("custom.")
    }
    groups = []
    for entity in correction.linked(fed):
        fields = [
            (f"{entity}.{one.name}", labels.field(entity, one.name))
            for one in ENTITIES[entity].fields
            if one.name != "annual_units"
        ]
        fields += [
            (
                f"{entity}.{name}",
                _own(name, own.get((owner, name), "_")) or labels.field(entity, name),
            )
            for owner, name in sorted(custom)
            if owner == entity
        ]
        if entity in fed:
            fields.append((f"{entity}.{correction.CUSTOM}", _("A field of our own")))
        groups.append((labels.entity(entity), fields))
    return groups
