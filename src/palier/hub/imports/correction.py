"""A person's corrections of a mapping: which column goes where, by which column records are told apart.

Works on the stored JSON of a mapping, so that a draft with problems can be corrected as well as a
finished one. What a person does not touch (constants, joined columns, conditions of a preset) stays.

draft = draft_of(mapping=…, proposal=…)
draft = corrected(draft=draft, table=table, answers=Answers(…))
problems_of(draft)     # what still keeps it from being imported, as codes
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from palier.hub.imports.decode.tables import ORIGIN_COLUMNS, Table
from palier.hub.imports.mapping import DateOrder, DecimalMark, FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json, to_json
from palier.hub.imports.messages import Notice
from palier.hub.imports.parsers.outcome import MAX_VALUE
from palier.hub.imports.parsers.text import clean, folded
from palier.hub.imports.propose import SAMPLE_ROWS, Proposal, _custom, _source, look_of
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES

IGNORED = ""
CUSTOM = "custom"
"""Targets of a column that goes nowhere, and of one that becomes a field of the company's own."""
MAX_VALUES = 30
"""Different values of a column offered for matching with a choice [ours]."""
GROUPING_FIELDS = ("siren", "siret", "vat_no", "number", "sku", "email", "name")
"""Fields that may tell the records of a parent apart, when its rows come with its children's."""

Draft = dict[str, Any]
Target = tuple[str, str]
"""(entity, field), or ("", "") for nowhere."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person settled. Columns and entities that are left out keep what they had."""

    targets: Mapping[str, Target] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: DateOrder = "auto"
    decimal: DecimalMark = "auto"


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How one column is used: its target, other fields that read it, its parser and its values to match."""

    column: str
    target: Target
    also: tuple[Target, ...]
    parser: str
    choices: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


def draft_of(*, mapping: FileMapping | None, proposal: Proposal | None) -> Draft:
    """The mapping to correct: the finished one, else what was guessed."""
    if mapping is not None and mapping.entities:
        return cast("Draft", to_json(mapping))
    return copy.deepcopy(proposal.draft) if proposal is not None else {"entities": []}


def columns_of(table: Table) -> tuple[str, ...]:
    """The table's own columns."""
    return tuple(name for name in table.columns if name not in ORIGIN_COLUMNS)


def cells_of(table: Table) -> dict[str, list[str]]:
    """The first cells of each column, cleaned."""
    rows = table.sample(count=SAMPLE_ROWS)
    return {
        name: [clean((row[at] or "")[:MAX_VALUE]) for row in rows]
        for at, name in enumerate(table.columns)
    }


def uses_of(*, draft: Draft, table: Table) -> tuple[ColumnUse, ...]:
    """How each column of the table is used by a draft."""
    cells = cells_of(table)
    found = []
    for column in columns_of(table):
        plain: list[Target] = []
        other: list[Target] = []
        source: JSON = None
        for entity in draft["entities"]:
            for name, given in entity.get("fields", {}).items():
                for one in given if isinstance(given, list) else [given]:
                    if _column(one) == column:
                        source = one if not plain else source
                        plain.append((entity["entity"], name))
                    elif column in _columns(one):
                        other.append((entity["entity"], name))
        target = plain[0] if plain else ("", IGNORED)
        found.append(_use(column, target, (*plain[1:], *other), source, cells[column]))
    return tuple(found)


def _use(
    column: str, target: Target, also: tuple[Target, ...], source: JSON, cells: list[str]
) -> ColumnUse:
    entity, name = target
    choices: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    kind = ""
    if entity and not name.startswith(f"{CUSTOM}."):
        declared = ENTITIES[entity].field(name)
        kind, choices = declared.type, declared.choices
    given = source if isinstance(source, dict) else {}
    if choices:
        known = {
            folded(key): value
            for key, value in cast("dict[str, str]", given.get("values") or {}).items()
        }
        distinct = list(dict.fromkeys(cell for cell in cells if cell))[:MAX_VALUES]
        values = tuple(
            (cell, known.get(folded(cell), cell if cell in choices else "")) for cell in distinct
        )
    return ColumnUse(
        column, target, also, str(given.get("parser") or kind or "text"), choices, values
    )


def _column(source: JSON) -> str:
    """The column a field reads plainly; "" when it is joined, constant or a reference by identifier."""
    if isinstance(source, str):
        return source
    if not isinstance(source, dict):
        return ""
    if source.get("column"):
        return str(source["column"])
    pieces = source.get("id")
    if source.get("ref") and isinstance(pieces, list) and len(pieces) == 1:
        return pieces[0] if isinstance(pieces[0], str) else _column(pieces[0])
    return ""


def _columns(source: JSON) -> set[str]:
    if not isinstance(source, dict):
        return set()
    parts = [
        *cast("list[JSON]", source.get("join") or []),
        *cast("list[JSON]", source.get("id") or []),
    ]
    return {_column(part) for part in parts} | {str(source.get("times") or "")}


def unmatched(*, draft: Draft, table: Table) -> dict[str, list[str]]:
    """Per column that a choice reads, the first values that have no equivalent and whose rows are refused."""
    found: dict[str, list[str]] = {}
    for use in uses_of(draft=draft, table=table):
        missing = [cell for cell, chosen in use.values if not chosen]
        entity = next((one for one in draft["entities"] if one["entity"] == use.target[0]), None)
        source = entity["fields"].get(use.target[1]) if entity is not None and missing else None
        if isinstance(source, dict) and source.get("others") == "reject":
            found[use.column] = missing
    return found


def identifier_of(entity: Mapping[str, Any]) -> str:
    """The one column that tells an entity's records apart; "" when there are several pieces or none."""
    pieces = entity.get("id") or []
    return _column(pieces[0]) if len(pieces) == 1 else ""


def linked(entities: list[str]) -> list[str]:
    """The entities a table may feed: those it feeds, and those that point at them or at which they point."""
    found = list(entities)
    for name, spec in ENTITIES.items():
        near = any(
            one.type == "ref" and (one.target in entities if name not in entities else False)
            for one in spec.fields
        )
        near = near or any(
            one.type == "ref" and one.target == name
            for entity in entities
            for one in ENTITIES[entity].fields
        )
        if near and name not in found and not spec.appended:
            found.append(name)
    return found


def corrected(*, draft: Draft, table: Table, answers: Answers) -> Draft:
    """The draft with a person's answers; nothing else of it changes."""
    found = copy.deepcopy(draft)
    cells = cells_of(table)
    for use in uses_of(draft=draft, table=table):
        target = answers.targets.get(use.column, use.target)
        if target != use.target:
            _leave(found, use.target, use.column)
            if target[0]:
                _place(found, target, use.column, cells[use.column])
    for entity in found["entities"]:
        chosen = answers.identifiers.get(entity["entity"], "")
        if chosen and chosen != identifier_of(entity):
            _identify(found, entity, chosen)
    for column, values in answers.values.items():
        _match(found, column, values)
    found["entities"] = [one for one in found["entities"] if one.get("fields")] or found[
        "entities"
    ][:1]
    for name, value in (("dates", answers.dates), ("decimal", answers.decimal)):
        found.pop(name, None)
        if value != "auto":
            found[name] = value
    return found


def _leave(draft: Draft, target: Target, column: str) -> None:
    """Take a column out of the field that reads it plainly."""
    for entity in draft["entities"]:
        if entity["entity"] != target[0] or target[1] not in entity.get("fields", {}):
            continue
        given = entity["fields"][target[1]]
        rest = [
            one for one in (given if isinstance(given, list) else [given]) if _column(one) != column
        ]
        if rest:
            entity["fields"][target[1]] = rest if len(rest) > 1 else rest[0]
        else:
            del entity["fields"][target[1]]


def _place(draft: Draft, target: Target, column: str, cells: list[str]) -> None:
    """Let a field read a column; an entity that was not fed until now joins the mapping."""
    name, wanted = target
    entity = next((one for one in draft["entities"] if one["entity"] == name), None)
    if entity is None:
        entity = {"entity": name, "object": name, "id": [column], "fields": {}}
        draft["entities"].append(entity)
        _join(draft, entity)
    if wanted == CUSTOM:
        entity["fields"][_custom(column, entity["fields"])] = column
        return
    look = look_of(cells=[one for one in cells if one])
    entity["fields"][wanted] = _source(name, wanted, column, cells, look)
    if entity.get("grouped") and wanted in GROUPING_FIELDS:
        _identify(draft, entity, _best_identifier(entity))


def _join(draft: Draft, entity: Draft) -> None:
    """Tie a new entity to the first one: the child points at its parent, by identifier."""
    first = draft["entities"][0]
    if first is entity:
        return
    for child, parent in ((entity, first), (first, entity)):
        for spec in ENTITIES[child["entity"]].fields:
            if spec.type == "ref" and spec.target == parent["entity"]:
                if child is entity:
                    entity["id"] = copy.deepcopy(first["id"])
                else:
                    entity["grouped"] = True
                child["fields"].setdefault(
                    spec.name,
                    {
                        "ref": parent.get("object") or parent["entity"],
                        "id": copy.deepcopy(parent["id"]),
                    },
                )
                return


def _identify(draft: Draft, entity: Draft, column: str) -> None:
    """Tell records apart by this column; those of the same table that point at them follow."""
    before, entity["id"] = entity.get("id"), [column]
    word = entity.get("object") or entity["entity"]
    for other in draft["entities"]:
        for given in other.get("fields", {}).values():
            if isinstance(given, dict) and given.get("ref") == word and given.get("id") == before:
                given["id"] = [column]


def _best_identifier(entity: Draft) -> str:
    for name in GROUPING_FIELDS:
        if column := _column(entity["fields"].get(name)):
            return column
    return str(entity["id"][0])


def _match(draft: Draft, column: str, values: Mapping[str, str]) -> None:
    """Say which choice each value of a column means; those without one refuse their row."""
    for entity in draft["entities"]:
        for name, given in entity.get("fields", {}).items():
            if isinstance(given, list) or _column(given) != column or name.startswith(f"{CUSTOM}."):
                continue
            if not ENTITIES[entity["entity"]].field(name).choices:
                continue
            source: Draft = {"column": column} if isinstance(given, str) else given
            kept = {
                key: value
                for key, value in (source.get("values") or {}).items()
                if key not in values
            }
            source["values"] = {**kept, **{key: value for key, value in values.items() if value}}
            source.setdefault("others", "reject")
            entity["fields"][name] = source


def problems_of(draft: Draft) -> tuple[Notice, ...]:
    """What keeps a draft from being imported, as codes with their parameters; nothing when it can be."""
    found = []
    if not draft["entities"]:
        return (Notice("import.needs_entity"),)
    for entity in draft["entities"]:
        name = entity["entity"]
        for spec in ENTITIES[name].fields:
            if spec.required and spec.name not in entity.get("fields", {}):
                found += [
                    Notice("import.needs_field", {"entity": name, "field": f"{name}.{spec.name}"})
                ]
        if not any(_column(piece) for piece in entity.get("id") or []):
            found.append(Notice("import.needs_identifier", {"entity": name}))
    if not any(
        not name.startswith(f"{CUSTOM}.")
        for entity in draft["entities"]
        for name in entity.get("fields", {})
    ):
        found.append(Notice("import.nothing_recognised"))
    if found:
        return tuple(found)
    try:
        from_json(draft)
    except MappingInvalid as error:
        return (Notice.of(error),)
    return ()
