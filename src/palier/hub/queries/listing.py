"""Lists of records of any entity: filtered, sorted, page after page by key, never by number of page.

A page by key shows no record twice and misses none, whatever is written meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

import orjson
from django.core.signing import Signer
from django.db import connection

from palier.hub.custom import PREFIX
from palier.hub.queries.folded import folded, part
from palier.hub.queries.published import as_json, parents
from palier.hub.queries.values import NAMES
from palier.hub.schema import ENTITIES, Entity, Field
from palier.kernel.refusals import Refusal

Operator: TypeAlias = Literal["is", "not", "from", "before", "contains", "known"]
MOST_ROWS = 1_000
"""Rows of a page at most (hub.md §6)."""
LONGEST_VALUE = 1_000
_ORDERED = frozenset({"int", "money", "decimal", "share", "date", "datetime"})
_CASTS = {
    "text": "text",
    "choice": "text",
    "int": "bigint",
    "money": "bigint",
    "decimal": "numeric",
    "share": "numeric",
    "date": "date",
    "datetime": "timestamptz",
    "bool": "boolean",
    "ref": "bigint",
}
_FIRST = {
    "text": "''",
    "bigint": "-9223372036854775808",
    "numeric": "-1e24",
    "date": "date '0001-01-01'",
    "timestamptz": "timestamptz '0001-01-01'",
    "boolean": "false",
}
"""What an unknown value is sorted as: before all others."""
_SYSTEM = {
    "id": Field("id", "int"),
    "created_at": Field("created_at", "datetime"),
    "updated_at": Field("updated_at", "datetime"),
}


class FilterUnknown(Refusal):
    code = "hub.filter-unknown"
    message = "There is no field “%(filter)s” to filter by."


class FilterUnsuited(Refusal):
    code = "hub.filter-unsuited"
    message = "The field “%(filter)s” cannot be compared in this way."


class FilterValueUnusable(Refusal):
    code = "hub.filter-value-unusable"
    message = "“%(value)s” is no value of the field “%(filter)s”."


class SortUnusable(Refusal):
    code = "hub.sort-unusable"
    message = "Records cannot be sorted by “%(sort)s”."


class CursorUnusable(Refusal):
    code = "hub.cursor-unusable"
    message = "This cursor belongs to another list. Start again without one."


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a field, how it is compared and with what (as text, which the field's type reads)."""

    field: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for. `sort` is a field, with a minus in front to go backwards; `search` words of the name."""

    conditions: Sequence[Condition] = ()
    search: str = ""
    sort: str = "id"
    cursor: str = ""
    limit: int = 100
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Published records, and the cursor of the next page, empty on the last one."""

    rows: list[str]
    ids: list[int]
    next: str


@dataclass(slots=True)
class _Query:
    where: list[str]
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        self.where.append(condition)
        self.parameters.update(parameters)


def list_records(
    *, company_id: int, entity: str, asked: Asked, custom: Mapping[str, Field]
) -> Page:
    """A page of records. One query whatever their number; `custom` are the company's declared fields.

    Raises: `FilterUnknown`, `FilterUnsuited`, `FilterValueUnusable`, `SortUnusable`, `CursorUnusable`.
    """
    spec = ENTITIES[entity]
    query = _Query(["e.company_id = %(company)s"], {"company": company_id})
    query.add("e.deleted_at IS NOT NULL" if asked.deleted else "e.deleted_at IS NULL")
    for number, condition in enumerate(asked.conditions):
        _filter(query, spec, condition, custom, f"f{number}")
    _search(query, spec, asked.search)
    name, backwards = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    expression, cast = _sort(spec, name)
    signer = Signer(salt=f"hub.list.{company_id}.{entity}.{asked.sort}")
    way = "<" if backwards else ">"
    if asked.cursor:
        key, after = _read_cursor(signer, asked.cursor)
        if name == "id":
            query.add(f"e.id {way} %(after)s", after=after)
        else:
            query.add(
                f"({expression}, e.id) {way} (%(key)s::{cast}, %(after)s)", key=key, after=after
            )
    order = "DESC" if backwards else "ASC"
    sorted_by = f"{expression} {order}, e.id {order}" if name != "id" else f"e.id {order}"
    limit = max(1, min(asked.limit, MOST_ROWS))
    with connection.cursor() as cursor:
        # rows are chosen before their JSON is made, so that a sort carries no more than its key
        cursor.execute(
            f"SELECT e.id, chosen.key, {as_json(spec)} FROM ("
            f"SELECT e.id, {expression} AS sorted, ({expression})::text AS key FROM hub_{entity} e "
            f"WHERE {' AND '.join(query.where)} ORDER BY {sorted_by} LIMIT {limit + 1}) chosen "
            f"JOIN hub_{entity} e ON e.id = chosen.id {parents(spec)} "
            f"ORDER BY {'chosen.sorted ' + order + ', ' if name != 'id' else ''}chosen.id {order}",
            query.parameters,
        )
        found = cursor.fetchall()
    rows = found[:limit]
    following = _write_cursor(signer, rows[-1][1], rows[-1][0]) if len(found) > limit else ""
    return Page([row[2] for row in rows], [row[0] for row in rows], following)


def _sort(spec: Entity, name: str) -> tuple[str, str]:
    """The expression to sort by and its type."""
    known = _SYSTEM.get(name) or next((one for one in spec.fields if one.name == name), None)
    if known is None or known.type in {"json", "ref"}:
        raise SortUnusable(sort=name)
    cast = _CASTS[known.type]
    collation = ' COLLATE "C"' if cast == "text" else ""
    return f"coalesce(e.{name}, {_FIRST[cast]}){collation}", cast


def _filter(
    query: _Query, spec: Entity, asked: Condition, custom: Mapping[str, Field], name: str
) -> None:
    known = (
        _SYSTEM.get(asked.field)
        or custom.get(asked.field)
        or next((one for one in spec.fields if one.name == asked.field), None)
    )
    if known is None or known.type == "json" or asked.field == "id":
        raise FilterUnknown(filter=asked.field[:80])
    if len(asked.value) > LONGEST_VALUE or "\x00" in asked.value:
        raise FilterValueUnusable(filter=asked.field, value=asked.value[:80])
    column, cast = _own(known) if known.name.startswith(PREFIX) else _column(known)
    if asked.operator == "known":
        yes = _read(Field("known", "bool"), asked)
        query.add(f"{column} IS {'NOT ' if yes else ''}NULL")
        return
    if asked.operator == "contains":
        if cast != "text":
            raise FilterUnsuited(filter=asked.field)
        query.add(f"{folded(column)} LIKE %({name})s", **{name: part(asked.value)})
        return
    if asked.operator in {"from", "before"} and known.type not in _ORDERED:
        raise FilterUnsuited(filter=asked.field)
    value = _read(known, asked)
    if cast == "text":
        value = asked.value  # days and instants of the company's own fields are kept as text
    comparison = {"is": "=", "not": "IS DISTINCT FROM", "from": ">=", "before": "<"}[asked.operator]
    query.add(f"{column} {comparison} %({name})s::{cast}", **{name: value})


def _column(known: Field) -> tuple[str, str]:
    """The column of a field and its type in the database."""
    return f"e.{known.name}_id" if known.type == "ref" else f"e.{known.name}", _CASTS[known.type]


def _own(known: Field) -> tuple[str, str]:
    """The same for a field of the company's own; a value of another type, older than its declaration, counts for none."""
    value = f"(e.custom ->> '{known.name.removeprefix(PREFIX)}')"
    if _CASTS[known.type] in {"bigint", "numeric"}:
        return (
            f"CASE WHEN {value} ~ '^-?[0-9]{{1,24}}([.][0-9]{{1,9}})?$' THEN {value}::numeric END",
            "numeric",
        )
    if known.type == "bool":
        return f"CASE {value} WHEN 'true' THEN true WHEN 'false' THEN false END", "boolean"
    return value, "text"


def _read(known: Field, asked: Condition) -> Any:
    """The value of a filter in the type of its field."""
    text = asked.value
    try:
        if known.type in {"int", "money", "ref"}:
            number = int(text)
            if not -(2**63) <= number < 2**63:
                raise ValueError(text)
            return number
        if known.type in {"decimal", "share"}:
            decimal = Decimal(text)
            if not decimal.is_finite():
                raise ValueError(text)
            return decimal
        if known.type == "date":
            return dt.date.fromisoformat(text)
        if known.type == "datetime":
            moment = dt.datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        if known.type == "bool":
            return {"true": True, "false": False}[text]
    except (ValueError, InvalidOperation, KeyError, OverflowError) as error:
        raise FilterValueUnusable(filter=asked.field, value=text[:80]) from error
    if known.type == "choice" and text not in known.choices:
        raise FilterValueUnusable(filter=asked.field, value=text[:80])
    return text


def _search(query: _Query, spec: Entity, search: str) -> None:
    """Every word must be part of one of the names, without case or accents."""
    columns = [f"e.{name}" for name in NAMES[spec.name]]
    for number, word in enumerate(search.replace("\x00", "").split()[:6]):
        either = " OR ".join(f"{folded(column)} LIKE %(s{number})s" for column in columns)
        query.add(f"({either})", **{f"s{number}": part(word)})


def _write_cursor(signer: Signer, key: str, id_: int) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps([key, id_])).decode().rstrip("=")
    return f"{body}.{signer.signature(body)[:16]}"


def _read_cursor(signer: Signer, text: str) -> tuple[str, int]:
    body, _dot, signed = text.partition(".")
    try:
        if signer.signature(body)[:16] != signed:
            raise CursorUnusable
        key, id_ = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(key), int(id_)
    except (ValueError, TypeError, binascii.Error) as error:
        raise CursorUnusable from error
