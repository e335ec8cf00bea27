"""Lists of records of any entity: filtered, sorted, page after page by key, never by number of page.

A page by key shows no record twice and misses none, whatever is written meanwhile. The API reads
rows as the JSON it publishes, pages read them typed; both ask the same query.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.core.signing import Signer
from django.db import connection, transaction

from palier.hub.custom import PREFIX
from palier.hub.folded import folded
from palier.hub.queries.conditions import CASTS, FOLDED, SYSTEM, Condition, Query, narrowed
from palier.hub.queries.published import as_json, parents
from palier.hub.queries.values import NAMES, Link, Value, label_from
from palier.hub.schema import ENTITIES, Entity, Field
from palier.kernel.refusals import Refusal

MOST_ROWS = 1_000
"""Rows of a page at most (hub.md §6)."""
COUNTED = 10_000
"""Up to here records are counted one by one; beyond, the planner's estimate is enough to read a list [ours]."""
_READ_AT_ONCE = 2_000
_FIRST = {
    "text": "''",
    "bigint": "-9223372036854775808",
    "numeric": "-1e24",
    "date": "date '0001-01-01'",
    "timestamptz": "timestamptz '0001-01-01'",
    "boolean": "false",
}
"""What an unknown value is sorted as: before all others."""


class SortUnusable(Refusal):
    code = "hub.sort-unusable"
    message = "Records cannot be sorted by “%(sort)s”."


class CursorUnusable(Refusal):
    code = "hub.cursor-unusable"
    message = "This cursor belongs to another list. Start again without one."


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


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One record as a list shows it: the values that were asked for, parents by name."""

    id: int
    public_id: UUID
    currency: str | None
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class RowPage:
    """Records with typed values, and the cursors of the pages around, empty where there is none."""

    rows: tuple[ListedRow, ...]
    next: str
    previous: str


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The order of a list: the expression, its type, and how cursors of this very list are signed."""

    name: str
    expression: str
    cast: str
    backwards: bool
    signer: Signer

    @classmethod
    def of(cls, *, company_id: int, spec: Entity, sort: str) -> _Sorted:
        name = sort.removeprefix("-")
        signer = Signer(salt=f"hub.list.{company_id}.{spec.name}.{sort}")
        return cls(name, *_sort(spec, name), sort.startswith("-"), signer)

    def by(self, order: str, expression: str, id_: str) -> str:
        """SQL: ORDER BY this expression."""
        return f"{id_} {order}" if self.name == "id" else f"{expression} {order}, {id_} {order}"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The row a page starts after: its sort key, its number, and which way the reader goes."""

    key: str
    id: int
    back: bool

    def write(self, signer: Signer) -> str:
        told = [self.key, self.id, *([1] if self.back else [])]
        body = base64.urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")
        return f"{body}.{signer.signature(body)[:16]}"

    @classmethod
    def read(cls, signer: Signer, text: str) -> _Cursor:
        body, _dot, signed = text.partition(".")
        try:
            if signer.signature(body)[:16] != signed:
                raise CursorUnusable
            key, id_, *back = orjson.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            return cls(str(key), int(id_), bool(back))
        except (ValueError, TypeError, binascii.Error) as error:
            raise CursorUnusable from error


def list_records(
    *, company_id: int, entity: str, asked: Asked, custom: Mapping[str, Field]
) -> Page:
    """A page of records. One query whatever their number; `custom` are the company's declared fields.

    Raises: `FilterUnknown`, `FilterUnsuited`, `FilterValueUnusable`, `SortUnusable`, `CursorUnusable`.
    """
    spec = ENTITIES[entity]
    query = _query(company_id, spec, asked, custom)
    rows, following, _before = _page(spec, query, asked, as_json(spec), parents(spec))
    return Page([row[2] for row in rows], [row[0] for row in rows], following)


def list_rows(
    *,
    company_id: int,
    entity: str,
    asked: Asked,
    custom: Mapping[str, Field],
    fields: Sequence[str],
) -> RowPage:
    """The same page with these fields typed, and the way back. One query. Raises: the same."""
    spec = ENTITIES[entity]
    query = _query(company_id, spec, asked, custom)
    select, joins, read = _typed(spec, fields, custom)
    rows, following, before = _page(spec, query, asked, select, joins)
    return RowPage(tuple(read(row[0], row[2:]) for row in rows), following, before)


def iterate_rows(
    *,
    company_id: int,
    entity: str,
    asked: Asked,
    custom: Mapping[str, Field],
    fields: Sequence[str],
) -> Iterator[ListedRow]:
    """Every record that a list is asked for, in its order, through a cursor of the server: in constant memory.

    Raises: the same, at the first row.
    """
    spec = ENTITIES[entity]
    query = _query(company_id, spec, asked, custom)
    order = _Sorted.of(company_id=company_id, spec=spec, sort=asked.sort)
    select, joins, read = _typed(spec, fields, custom)
    way = "DESC" if order.backwards else "ASC"
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="palier_rows") as cursor:
            cursor.itersize = _READ_AT_ONCE
            cursor.execute(
                f"SELECT e.id, {select} FROM hub_{entity} e {joins} WHERE {query.sql} "
                f"ORDER BY {order.by(way, order.expression, 'e.id')}",
                query.parameters,
            )
            for row in cursor:
                yield read(row[0], row[1:])


def list_ids(
    *, company_id: int, entity: str, asked: Asked, custom: Mapping[str, Field], limit: int
) -> list[int]:
    """Numbers of the first `limit` records that a list is asked for, in no order. Raises: the same."""
    query = _query(company_id, ENTITIES[entity], asked, custom)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id FROM hub_{entity} e WHERE {query.sql} LIMIT {int(limit)}",
            query.parameters,
        )
        return [id_ for (id_,) in cursor.fetchall()]


def count_rows(
    *, company_id: int, entity: str, asked: Asked, custom: Mapping[str, Field]
) -> tuple[int, bool]:
    """How many there are, and whether that is exact: beyond `COUNTED` the planner's estimate, rounded.

    Raises: `FilterUnknown`, `FilterUnsuited`, `FilterValueUnusable`.
    """
    query = _query(company_id, ENTITIES[entity], asked, custom)
    counted = f"SELECT 1 FROM hub_{entity} e WHERE {query.sql}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({counted} LIMIT {COUNTED + 1}) few", query.parameters
        )
        few: int = cursor.fetchone()[0]
        if few <= COUNTED:
            return few, True
        cursor.execute(f"EXPLAIN (FORMAT JSON) {counted}", query.parameters)
        plan = cursor.fetchone()[0]
    plan = orjson.loads(plan) if isinstance(plan, str | bytes) else plan
    estimate = max(int(plan[0]["Plan"]["Plan Rows"]), few)
    return int(float(f"{estimate:.2g}")), False


def _query(company_id: int, spec: Entity, asked: Asked, custom: Mapping[str, Field]) -> Query:
    return narrowed(
        company_id=company_id,
        spec=spec,
        conditions=asked.conditions,
        search=asked.search,
        deleted=asked.deleted,
        custom=custom,
    )


def _page(
    spec: Entity, query: Query, asked: Asked, select: str, joins: str
) -> tuple[list[Any], str, str]:
    """The rows of a page in reading order, their number and key first; the cursors of the next and the previous one."""
    order = _Sorted.of(company_id=query.parameters["company"], spec=spec, sort=asked.sort)
    at = _Cursor.read(order.signer, asked.cursor) if asked.cursor else None
    back = at is not None and at.back
    reverse = order.backwards != back
    if at is not None:
        way = "<" if reverse else ">"
        if order.name == "id":
            query.add(f"e.id {way} %(after)s", after=at.id)
        else:
            query.add(
                f"({order.expression}, e.id) {way} (%(key)s::{order.cast}, %(after)s)",
                key=at.key,
                after=at.id,
            )
    ordered = "DESC" if reverse else "ASC"
    limit = max(1, min(asked.limit, MOST_ROWS))
    with connection.cursor() as cursor:
        # rows are chosen before their values are made, so that a sort carries no more than its key
        cursor.execute(
            f"SELECT e.id, chosen.key, {select} FROM ("
            f"SELECT e.id, {order.expression} AS sorted, ({order.expression})::text AS key FROM hub_{spec.name} e "
            f"WHERE {query.sql} ORDER BY {order.by(ordered, order.expression, 'e.id')} LIMIT {limit + 1}) chosen "
            f"JOIN hub_{spec.name} e ON e.id = chosen.id {joins} "
            f"ORDER BY {order.by(ordered, 'chosen.sorted', 'chosen.id')}",
            query.parameters,
        )
        found = cursor.fetchall()
    more, rows = len(found) > limit, found[:limit]
    if back:
        rows.reverse()
    if not rows:
        return rows, "", ""
    last = _Cursor(rows[-1][1], rows[-1][0], back=False).write(order.signer)
    first = _Cursor(rows[0][1], rows[0][0], back=True).write(order.signer)
    has_next, has_previous = (True, more) if back else (more, at is not None)
    return rows, last if has_next else "", first if has_previous else ""


def _sort(spec: Entity, name: str) -> tuple[str, str]:
    """The expression to sort by and its type; texts without case and accents, É beside E."""
    known = SYSTEM.get(name) or next((one for one in spec.fields if one.name == name), None)
    if known is None or known.type in {"json", "ref"}:
        raise SortUnusable(sort=name)
    cast = CASTS[known.type]
    if (spec.name, name) in FOLDED:
        return f"e.{FOLDED[spec.name, name]}", cast
    if cast == "text":
        return f'{folded(f"coalesce(e.{name}, {_FIRST[cast]})")} COLLATE "C"', cast
    if name in SYSTEM:
        return f"e.{name}", cast
    return f"coalesce(e.{name}, {_FIRST[cast]})", cast


def can_sort(*, entity: str, field: str) -> bool:
    """Whether a list can be sorted by this field."""
    try:
        _sort(ENTITIES[entity], field)
    except SortUnusable:
        return False
    return True


def _typed(
    spec: Entity, fields: Sequence[str], custom: Mapping[str, Field]
) -> tuple[str, str, Callable[[int, Sequence[Any]], ListedRow]]:
    """SQL: what is selected and joined for these fields; and how a row is read."""
    has_currency = any(one.name == "currency" for one in spec.fields)
    select = ["e.public_id", "e.currency" if has_currency else "NULL"]
    joins: list[str] = []
    readers: list[tuple[str, int, Callable[[Sequence[Any]], Value]]] = []
    for name in fields:
        known = SYSTEM.get(name) or custom.get(name) or _declared(spec, name)
        if known is None:
            continue
        if known.type == "ref":
            names = NAMES[known.target]
            alias = f"l_{known.name}"
            joins.append(
                f"LEFT JOIN LATERAL (SELECT p.id, p.public_id, {', '.join(f'p.{one}' for one in names)} "
                f"FROM hub_{known.target} p WHERE p.id = e.{known.name}_id OFFSET 0) {alias} ON true"
            )
            readers.append((name, len(select), _link_reader(known.target, names)))
            select += [f"{alias}.{one}" for one in ("id", "public_id", *names)]
        elif name.startswith(PREFIX):
            readers.append((name, len(select), lambda told: told[0]))
            select.append(f"e.custom ->> '{name.removeprefix(PREFIX)}'")
        else:
            readers.append((name, len(select), _plain_reader(known)))
            select.append(f"e.{known.name}")

    def read(id_: int, row: Sequence[Any]) -> ListedRow:
        values = {name: reader(row[place:]) for name, place, reader in readers}
        return ListedRow(id_, row[0], row[1], values)

    return ", ".join(select), " ".join(joins), read


def _declared(spec: Entity, name: str) -> Field | None:
    return next((one for one in spec.fields if one.name == name), None)


def _plain_reader(known: Field) -> Callable[[Sequence[Any]], Value]:
    if known.type == "json":
        return lambda told: orjson.loads(told[0]) if isinstance(told[0], str) else told[0]
    return lambda told: told[0]


def _link_reader(target: str, names: Sequence[str]) -> Callable[[Sequence[Any]], Value]:
    def read(told: Sequence[Any]) -> Value:
        if told[0] is None:
            return None
        label = label_from(target, dict(zip(names, told[2:], strict=False)))
        return Link(target, told[0], told[1], label)

    return read


def find_label(*, company_id: int, entity: str, record_id: int) -> str:
    """What a record of that number is called; empty when there is none."""
    return list_labels(company_id=company_id, entity=entity, ids=[record_id]).get(record_id, "")


def list_labels(*, company_id: int, entity: str, ids: Collection[int]) -> dict[int, str]:
    """What live records are called, by their number. One query."""
    names = NAMES[entity]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {', '.join(names)} FROM hub_{entity} "
            "WHERE company_id = %s AND id = ANY(%s) AND deleted_at IS NULL",
            [company_id, list(ids)],
        )
        return {
            id_: label_from(entity, dict(zip(names, told, strict=True)))
            for id_, *told in cursor.fetchall()
        }
