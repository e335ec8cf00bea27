"""Values fixed by a person: they beat every source until they are removed, through the same fold as imports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from palier.hub.checks import check_of
from palier.hub.deal_log import infer_steps
from palier.hub.fold import fold_many, value_of
from palier.hub.golden import GoldenWriter
from palier.hub.identity import WEAK_KEYS
from palier.hub.lookup import open_kinds
from palier.hub.models import BulkEdit, FieldPin
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.queries.records import RecordUnknown
from palier.hub.queries.values import model_of
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, Field
from palier.kernel.refusals import Refusal

CORRECTABLE = frozenset(
    {"customer", "contact", "product", "deal", "subscription", "invoice", "payment"}
)
"""Entities a person may correct. Events and steps are what happened; lines carry amounts computed when written."""
MAX_TEXT = 10_000
"""Characters of a value typed by hand [ours]."""


MOST_AT_ONCE = 10_000
"""Records changed at once: the whole is one transaction, during which nobody else writes [ours]."""


class FieldNotPinnable(Refusal):
    code = "hub.field-not-pinnable"
    message = "This field cannot be set by hand."


class PinInvalid(Refusal):
    code = "hub.pin-invalid"
    message = "This value does not suit the field."


class PinNeeded(Refusal):
    code = "hub.pin-needed"
    message = "This field cannot be empty."


class TooManyAtOnce(Refusal):
    code = "hub.too-many-at-once"
    message = "At most %(most)s records can be changed at once."


class BulkEditUnknown(Refusal):
    code = "hub.bulk-edit-unknown"
    message = "This change does not exist."


class BulkEditUndone(Refusal):
    code = "hub.bulk-edit-undone"
    message = "This change has been undone already."


def can_pin(*, entity: str, field: str) -> bool:
    """Whether a person may set this field by hand."""
    return entity in CORRECTABLE and any(
        one.name == field and one.type not in {"ref", "json"} for one in ENTITIES[entity].fields
    )


def pin_field(
    *, company_id: int, entity: str, public_id: UUID, field: str, value: JSON, person_id: int
) -> int:
    """Fix a field at a value in canonical JSON (None empties it); the number of changes this made.

    The connection must be scoped to the company. It does not wait for an import that is running.
    Raises: `FieldNotPinnable`, `PinInvalid`, `PinNeeded`, `RecordUnknown`, `AnotherWriteRunning`.
    """
    if not can_pin(entity=entity, field=field):
        raise FieldNotPinnable
    declared = ENTITIES[entity].field(field)
    value = _checked(declared, value)
    with exclusive_write(company_id=company_id, wait=False, few=True) as cursor:
        entity_id = _id_of(company_id, entity, public_id)
        _open_weak_key(cursor, company_id, entity, field)
        FieldPin.objects.update_or_create(
            company_id=company_id,
            entity_id=entity_id,
            field=field,
            defaults={
                "entity": entity,
                "value": value,
                "person_id": person_id,
                "from_id": None,
                "at": _now(cursor),
            },
        )
        return _refold(
            cursor, company_id, entity, _one(entity_id), origin="pin", person_id=person_id
        ).all


def unpin_field(
    *, company_id: int, entity: str, public_id: UUID, field: str, person_id: int
) -> int:
    """Let the sources speak again for a field; the number of changes this made.

    Raises: `RecordUnknown`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False, few=True) as cursor:
        entity_id = _id_of(company_id, entity, public_id)
        FieldPin.objects.filter(company_id=company_id, entity_id=entity_id, field=field).delete()
        return _refold(
            cursor, company_id, entity, _one(entity_id), origin="unpin", person_id=person_id
        ).all


@dataclass(frozen=True, slots=True)
class BulkReport:
    """What became of a bulk edit: its number, records that changed, had the value already, or were no longer there."""

    edit_id: int
    changed: int
    same: int
    refused: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk edit would do: records that would change, have the value already, or are no longer there."""

    changed: int
    same: int
    refused: int


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What became of the undo of a bulk edit: values given back, and those set again since, which are kept."""

    restored: int
    kept: int


def preview_many(
    *, company_id: int, entity: str, ids: Collection[int], field: str, value: JSON
) -> Preview:
    """What `pin_many` would do. Raises: `FieldNotPinnable`, `PinInvalid`, `PinNeeded`, `TooManyAtOnce`."""
    declared, value = _pinnable(entity, field, value, ids)
    told = orjson.dumps({} if value is None else {field: value}).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE g.{field} IS DISTINCT FROM {value_of(declared)}) "
            f"FROM hub_{entity} g CROSS JOIN (SELECT %s::jsonb AS fields) f "
            "WHERE g.company_id = %s AND g.id = ANY(%s) AND g.deleted_at IS NULL",
            [told, company_id, list(ids)],
        )
        found, changed = cursor.fetchone()
    return Preview(changed, found - changed, len(set(ids)) - found)


def pin_many(
    *,
    company_id: int,
    entity: str,
    ids: Collection[int],
    field: str,
    value: JSON,
    person_id: int,
) -> BulkReport:
    """Fix a field of many records at one value, as one change that `unpin_many` takes back.

    One lock, one change set, a constant number of statements. Records that are no longer there are counted as refused.
    Raises: `FieldNotPinnable`, `PinInvalid`, `PinNeeded`, `TooManyAtOnce`, `AnotherWriteRunning`.
    """
    _field, value = _pinnable(entity, field, value, ids)
    with exclusive_write(company_id=company_id, wait=False) as cursor:
        _open_weak_key(cursor, company_id, entity, field)
        edit = BulkEdit.objects.create(
            company_id=company_id,
            entity=entity,
            field=field,
            value=value,
            person_id=person_id,
            at=_now(cursor),
        )
        cursor.execute(
            f"""
            INSERT INTO hub_bulk_edit_row (company_id, edit_id, entity_id, value, person_id, at)
            SELECT {int(company_id)}, {edit.pk}, g.id, p.value, p.person_id, p.at
            FROM (SELECT DISTINCT unnest(%s::bigint[]) AS id OFFSET 0) m
            CROSS JOIN LATERAL (SELECT g.id FROM hub_{entity} g WHERE g.id = m.id AND g.deleted_at IS NULL OFFSET 0) g
            LEFT JOIN LATERAL (
              SELECT p.value, p.person_id, p.at FROM hub_field_pin p WHERE p.entity_id = g.id AND p.field = %s OFFSET 0
            ) p ON true
            """,
            [list(ids), field],
        )
        found = max(cursor.rowcount, 0)
        cursor.execute(
            f"""
            INSERT INTO hub_field_pin (company_id, entity, entity_id, field, value, person_id, at)
            SELECT r.company_id, %s, r.entity_id, %s, %s::jsonb, %s, %s
            FROM hub_bulk_edit_row r WHERE r.edit_id = {edit.pk}
            ON CONFLICT (entity_id, field)
            DO UPDATE SET value = EXCLUDED.value, person_id = EXCLUDED.person_id, at = EXCLUDED.at
            """,
            [
                entity,
                field,
                None if value is None else orjson.dumps(value).decode(),
                person_id,
                edit.at,
            ],
        )
        changed = _refold(
            cursor, company_id, entity, _rows_of(edit.pk), origin="pin", person_id=person_id
        ).own
    return BulkReport(edit.pk, changed, found - changed, len(set(ids)) - found)


def get_bulk_edit(*, company_id: int, edit_id: int) -> tuple[str, str]:
    """The entity and the field of a bulk edit. Raises: `BulkEditUnknown`."""
    edit = BulkEdit.objects.filter(company_id=company_id, pk=edit_id).first()
    if edit is None:
        raise BulkEditUnknown
    return edit.entity, edit.field


def unpin_many(*, company_id: int, edit_id: int, person_id: int) -> UndoReport:
    """Take a bulk edit back: each record has the pin again that it had before, or none.

    A value that somebody has set since is kept. Raises: `BulkEditUnknown`, `BulkEditUndone`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False) as cursor:
        edit = BulkEdit.objects.filter(company_id=company_id, pk=edit_id).first()
        if edit is None:
            raise BulkEditUnknown
        if edit.undone_at is not None:
            raise BulkEditUndone
        # a record whose pin is another one by now is left out, so that nothing is folded for it
        cursor.execute(
            f"""
            DELETE FROM hub_bulk_edit_row r WHERE r.edit_id = {edit.pk} AND NOT EXISTS (
              SELECT 1 FROM hub_field_pin p WHERE p.entity_id = r.entity_id AND p.field = %s
                AND p.person_id = %s AND p.at = %s OFFSET 0)
            """,
            [edit.field, edit.person_id, edit.at],
        )
        kept = max(cursor.rowcount, 0)
        cursor.execute(
            f"""
            UPDATE hub_field_pin p SET value = r.value, person_id = r.person_id, at = r.at
            FROM (SELECT * FROM hub_bulk_edit_row r WHERE r.edit_id = {edit.pk} AND r.at IS NOT NULL OFFSET 0) r
            WHERE p.entity_id = r.entity_id AND p.field = %s
            """,
            [edit.field],
        )
        cursor.execute(
            f"""
            DELETE FROM hub_field_pin p
            USING (SELECT * FROM hub_bulk_edit_row r WHERE r.edit_id = {edit.pk} AND r.at IS NULL OFFSET 0) r
            WHERE p.entity_id = r.entity_id AND p.field = %s
            """,
            [edit.field],
        )
        cursor.execute(f"SELECT count(*) FROM hub_bulk_edit_row WHERE edit_id = {edit.pk}")
        restored: int = cursor.fetchone()[0]
        _refold(
            cursor,
            company_id,
            edit.entity,
            _rows_of(edit.pk),
            origin="unpin",
            person_id=person_id,
        )
        BulkEdit.objects.filter(pk=edit.pk).update(undone_at=_now(cursor), undone_by=person_id)
    return UndoReport(restored, kept)


def _rows_of(edit_id: int) -> str:
    return (
        f"(SELECT r.entity_id FROM hub_bulk_edit_row r WHERE r.edit_id = {int(edit_id)} OFFSET 0)"
    )


def _pinnable(entity: str, field: str, value: JSON, ids: Collection[int]) -> tuple[Field, JSON]:
    if not can_pin(entity=entity, field=field):
        raise FieldNotPinnable
    if len(ids) > MOST_AT_ONCE:
        raise TooManyAtOnce(most=MOST_AT_ONCE)
    declared = ENTITIES[entity].field(field)
    return declared, _checked(declared, value)


def _checked(field: Field, value: JSON) -> JSON:
    if value is None or value == "":
        if field.required:
            raise PinNeeded
        return None
    if check_of(field)(value) is not None or (
        isinstance(value, str) and (len(value) > MAX_TEXT or "\x00" in value)
    ):
        raise PinInvalid
    return value


def _open_weak_key(cursor: Any, company_id: int, entity: str, field: str) -> None:
    """Write the entity's weak keys once a person decides the field that speaks against them."""
    weak = WEAK_KEYS.get(entity)
    if weak is not None and field == weak.guard:
        open_kinds(cursor, company_id=company_id, needed={(entity, weak.kind)})


def _id_of(company_id: int, entity: str, public_id: UUID) -> int:
    if entity not in ENTITIES:
        raise RecordUnknown
    rows = model_of(entity).objects.filter(
        company_id=company_id, public_id=public_id, deleted_at=None
    )
    found: int | None = rows.values_list("pk", flat=True).first()
    if found is None:
        raise RecordUnknown
    return found


def _now(cursor: Any) -> Any:
    """The moment of this transaction, the same as its change set's."""
    cursor.execute("SELECT now()")
    return cursor.fetchone()[0]


@dataclass(frozen=True, slots=True)
class _Folded:
    """Changes of the records themselves, and of all that follows from them."""

    own: int
    all: int


def _refold(
    cursor: Any, company_id: int, entity: str, ids_table: str, *, origin: str, person_id: int
) -> _Folded:
    opened = OpenSet.begin(cursor, company_id=company_id)
    golden = GoldenWriter(company_id=company_id, entity=ENTITIES[entity], set_id=opened.id)
    fold_many(cursor, company_id=company_id, entity=ENTITIES[entity], ids_table=ids_table)
    golden.write(cursor, by_key=True, custom=True)
    own = opened.next_ord = golden.next_ord
    if entity == "deal" and opened.next_ord:
        opened.next_ord = infer_steps(
            cursor, company_id=company_id, set_id=opened.id, next_ord=opened.next_ord, deals=True
        )
    opened.seal(cursor, origin=origin, source_id=None, batch_id=None, person_id=person_id)
    return _Folded(own, opened.next_ord)


def _one(entity_id: int) -> str:
    return f"(SELECT {int(entity_id)}::bigint AS entity_id)"
