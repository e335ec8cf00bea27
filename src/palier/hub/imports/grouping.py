"""Rows that together make one record: invoices given as lines, customers met in a list of purchases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from palier.hub.imports.cells import Columns, Erase, Value, settled
from palier.hub.imports.entity_run import Draft, EntityRun
from palier.hub.imports.mapping import ORDINAL
from palier.hub.imports.parsers.outcome import Bad
from palier.hub.imports.survey import Keys
from palier.hub.records import Record, Rejection

TOTALS = frozenset({"sum", "count"})
DECIMAL = re.compile(r"-?\d+(?:\.\d+)?\Z")
DAMAGE = frozenset(
    {"import.nul", "import.ragged", "import.cell_too_large", "import.unclosed_quote"}
)
"""Refusals of the file itself, whose rows were never counted."""


@dataclass(slots=True)
class _Group:
    """One record in the making."""

    first: Draft
    values: list[Value]
    rows: list[Draft] = field(default_factory=list)
    refused: Rejection | None = None
    updated_at: dt.datetime | None = None


def grouped_records(
    *, run: EntityRun, rows: Iterator[list[Draft | Rejection | Record]], keys: Keys
) -> Iterator[Record | Rejection]:
    """One record per identifier, given as soon as its last row was seen.

    When totals are made, a refused row refuses its whole group: the total would be wrong.
    """
    folds = _folds(run)
    totals = any(fold in TOTALS for fold in folds)
    groups: dict[str, _Group] = {}
    left = keys.counts
    for batch in rows:
        for item in batch:
            if isinstance(item, Rejection):
                yield item
                group_id = _id_of(run, item) if totals else None
                if group_id is None:
                    continue
                group = groups.setdefault(group_id, _Group(_stub(item, group_id), _blank(folds)))
                group.refused = group.refused or item
                if item.code in DAMAGE:
                    continue
            else:
                draft = cast("Draft", item)
                group_id = draft.id
                group = _add(groups, draft, folds, keep_rows=totals)
            code = hash(group_id)
            left[code] -= 1
            if left[code] == 0:
                yield from _finish(run, groups.pop(group_id), folds)
    for group in groups.values():
        yield from _finish(run, group, folds)


def _folds(run: EntityRun) -> list[str]:
    chosen: dict[str, str] = {}
    for mapping in run.present:
        chosen.setdefault(mapping.field, mapping.fold)
    return [chosen[name] for name in run.names]


def _blank(folds: list[str]) -> list[Value]:
    return [0 if fold == "count" else None for fold in folds]


def _stub(item: Rejection, group_id: str) -> Draft:
    return Draft(item.line or 0, group_id, item.row, (), "", None, ())


def _id_of(run: EntityRun, item: Rejection) -> str | None:
    """The group of a refused row, when its identifier could be read."""
    if len(item.row) != len(run.columns):
        return None
    found = run.ids(Columns([item.line or 0], [item.row], [(cell,) for cell in item.row]))[0]
    return found if isinstance(found, str) else None


def _add(groups: dict[str, _Group], draft: Draft, folds: list[str], *, keep_rows: bool) -> _Group:
    group = groups.get(draft.id)
    if group is None:
        group = groups[draft.id] = _Group(draft, _blank(folds))
    elif not group.first.values:
        group.first = draft
    if keep_rows:
        group.rows.append(draft)
    if draft.updated_at is not None and (
        group.updated_at is None or draft.updated_at > group.updated_at
    ):
        group.updated_at = draft.updated_at
    for at, (fold, value) in enumerate(zip(folds, draft.values, strict=True)):
        if value is not None and not (fold == "first" and group.values[at] is not None):
            group.values[at] = _folded(fold, group.values[at], value)
    return group


def _folded(fold: str, old: Value, new: Value) -> Value:
    if fold == "count":
        return cast("int", old) + 1
    if old is None or fold in {"first", "last"}:
        return new
    if isinstance(new, Erase) or isinstance(old, Erase):
        return new if isinstance(old, Erase) else old
    first, second = _comparable(old), _comparable(new)
    if fold == "sum":
        return cast("Value", first + second)  # type: ignore[operator]
    if type(first) is not type(second):
        first, second = str(old), str(new)
    smaller = first < second  # type: ignore[operator]
    return old if smaller is (fold == "min") else new


def _comparable(value: Value) -> Value:
    """Canonical decimals are compared and added as numbers; days and other texts as they are."""
    if isinstance(value, str) and DECIMAL.match(value):
        return Decimal(value)
    return value


def _finish(run: EntityRun, group: _Group, folds: list[str]) -> Iterator[Record | Rejection]:
    if group.refused is not None:
        params = {"line": str(group.refused.line)}
        for draft in group.rows:
            yield Rejection(draft.line, None, "import.group_incomplete", params, tuple(draft.row))
        return
    draft = group.first
    values: list[Value] = []
    for name, value in zip(run.names, group.values, strict=True):
        done = settled(value, declared=run.declared[name], currency=draft.currency)
        if isinstance(done, Bad):
            yield Rejection(draft.line, None, done.code, done.params, tuple(draft.row))
            return
        if run.declared[name].type == "decimal" and isinstance(done, int):
            done = str(done)
        values.append(done)
    fields = run.fields(values)
    missing = run.missing(fields)
    if missing is not None:
        yield run.missing_rejection(draft, missing)
        return
    payload = _payload(run, draft)
    yield Record(draft.id, fields, payload, draft.line, group.updated_at, draft.keys)


def _payload(run: EntityRun, draft: Draft) -> dict[str, str | None]:
    """The cells that the record was made of, of its first row; those that were added up are left out."""
    added = {name for one in run.present if one.fold != "first" for name in one.columns()}
    read = {part.column for part in run.entity.id if part.column != ORDINAL}
    read |= {name for one in run.present for name in one.columns()}
    index = run.survey.index
    kept = {index[name] for name in read - added if name in index}
    return {name: draft.row[at] for at, name in run.kept_columns if at in kept}
