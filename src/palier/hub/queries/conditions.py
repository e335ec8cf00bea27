"""What a list is narrowed by: conditions on fields of any entity, and words to look for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias

from palier.hub.custom import PREFIX
from palier.hub.folded import folded, part
from palier.hub.queries.values import NAMES
from palier.hub.schema import Entity, Field
from palier.kernel.refusals import Refusal

Operator: TypeAlias = Literal["is", "not", "from", "before", "contains", "known"]
LONGEST_VALUE = 1_000
ORDERED = frozenset({"int", "money", "decimal", "share", "date", "datetime"})
"""Types of which a value may lie before another."""
CASTS = {
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
SYSTEM = {
    "id": Field("id", "int"),
    "created_at": Field("created_at", "datetime"),
    "updated_at": Field("updated_at", "datetime"),
}
"""Fields that every record has besides its entity's own."""
FOLDED = {("customer", "name"): "name_sort"}
"""Fields of which the database keeps the text as it is sorted and searched, with an index: each costs every import,
so there is one."""
SEARCHED: dict[str, tuple[str, ...]] = {
    **NAMES,
    "customer": ("name", "legal_name", "email", "domain", "siren"),
}
"""Where words are looked for."""


class FilterUnknown(Refusal):
    code = "hub.filter-unknown"
    message = "There is no field “%(filter)s” to filter by."


class FilterUnsuited(Refusal):
    code = "hub.filter-unsuited"
    message = "The field “%(filter)s” cannot be compared in this way."


class FilterValueUnusable(Refusal):
    code = "hub.filter-value-unusable"
    message = "“%(value)s” is no value of the field “%(filter)s”."


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a field, how it is compared and with what (as text, which the field's type reads)."""

    field: str
    operator: Operator
    value: str


@dataclass(slots=True)
class Query:
    """Conditions on a record `e`, and their parameters."""

    where: list[str]
    parameters: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **parameters: Any) -> None:
        self.where.append(condition)
        self.parameters.update(parameters)

    def add_search(self, spec: Entity, search: str) -> None:
        """Keep the records whose names hold every word."""
        if search.strip():
            condition, parameters = words_in(search, _searched(spec.name, "e"), "s")
            self.add(condition, **parameters)

    @property
    def sql(self) -> str:
        """The whole condition."""
        return " AND ".join(self.where)


def narrowed(
    *,
    company_id: int,
    spec: Entity,
    conditions: Sequence[Condition],
    search: str,
    deleted: bool,
    custom: Mapping[str, Field],
) -> Query:
    """The conditions of a list of records `e`, of one company.

    Raises: `FilterUnknown`, `FilterUnsuited`, `FilterValueUnusable`.
    """
    query = Query(["e.company_id = %(company)s"], {"company": company_id})
    query.add("e.deleted_at IS NOT NULL" if deleted else "e.deleted_at IS NULL")
    for number, condition in enumerate(conditions):
        _filter(query, spec, condition, custom, f"f{number}")
    query.add_search(spec, search)
    return query


def _filter(
    query: Query, spec: Entity, asked: Condition, custom: Mapping[str, Field], name: str
) -> None:
    known = (
        SYSTEM.get(asked.field)
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
        if known.type == "ref":
            _of_parent(query, known, asked.value, name)
            return
        if cast != "text":
            raise FilterUnsuited(filter=asked.field)
        query.add(f"{folded(column)} LIKE %({name})s", **{name: part(asked.value)})
        return
    if asked.operator in {"from", "before"} and known.type not in ORDERED:
        raise FilterUnsuited(filter=asked.field)
    comparison = {"is": "=", "not": "IS DISTINCT FROM", "from": ">=", "before": "<"}[asked.operator]
    value = _read(known, asked)
    if cast == "text":
        value = asked.value  # days and instants of the company's own fields are kept as text
    query.add(f"{column} {comparison} %({name})s::{cast}", **{name: value})


def _of_parent(query: Query, known: Field, text: str, name: str) -> None:
    """Keep the records whose parent is called so."""
    named, parameters = words_in(text, _searched(known.target, "p"), f"{name}_")
    query.add(
        f"e.{known.name}_id IN (SELECT p.id FROM hub_{known.target} p "
        f"WHERE p.company_id = %(company)s AND p.deleted_at IS NULL AND {named})",
        **parameters,
    )


def _column(known: Field) -> tuple[str, str]:
    """The column of a field and its type in the database."""
    return f"e.{known.name}_id" if known.type == "ref" else f"e.{known.name}", CASTS[known.type]


def _own(known: Field) -> tuple[str, str]:
    """The same for a field of the company's own; a value of another type, older than its declaration, counts for none."""
    value = f"(e.custom ->> '{known.name.removeprefix(PREFIX)}')"
    if CASTS[known.type] in {"bigint", "numeric"}:
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


def _searched(entity: str, row: str) -> list[str]:
    """SQL: the texts in which words are looked for; folding a million of them takes seconds, so a kept one is taken."""
    return [
        f"{row}.{FOLDED[entity, name]}" if (entity, name) in FOLDED else folded(f"{row}.{name}")
        for name in SEARCHED[entity]
    ]


def words_in(search: str, columns: Sequence[str], name: str) -> tuple[str, dict[str, Any]]:
    """SQL: every word is part of one of these texts, which are folded; true for no word."""
    words = search.replace("\x00", "").split()[:6]
    if len(words) > 1 and "".join(words).isdigit():  # a number written in groups
        words = ["".join(words)]
    every, parameters = [], {}
    for number, word in enumerate(words):
        parameters[f"{name}{number}"] = part(word)
        every.append("(" + " OR ".join(f"{one} LIKE %({name}{number})s" for one in columns) + ")")
    return " AND ".join(every) or "true", parameters
