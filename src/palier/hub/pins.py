"""Values fixed by a person: they beat every source until they are removed, through the same fold as imports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from palier.hub.checks import check_of
from palier.hub.deal_log import infer_steps
from palier.hub.fold import GoldenWriter, fold_many, make_folded
from palier.hub.identity import WEAK_KEYS
from palier.hub.lookup import open_kinds
from palier.hub.models import FieldPin
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


class FieldNotPinnable(Refusal):
    code = "hub.field-not-pinnable"
    message = "This field cannot be set by hand."


class PinInvalid(Refusal):
    code = "hub.pin-invalid"
    message = "This value does not suit the field."


class PinNeeded(Refusal):
    code = "hub.pin-needed"
    message = "This field cannot be empty."


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
    with exclusive_write(company_id=company_id, wait=False) as cursor:
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
        return _refold(cursor, company_id, entity, entity_id, origin="pin", person_id=person_id)


def unpin_field(
    *, company_id: int, entity: str, public_id: UUID, field: str, person_id: int
) -> int:
    """Let the sources speak again for a field; the number of changes this made.

    Raises: `RecordUnknown`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False) as cursor:
        entity_id = _id_of(company_id, entity, public_id)
        FieldPin.objects.filter(company_id=company_id, entity_id=entity_id, field=field).delete()
        return _refold(cursor, company_id, entity, entity_id, origin="unpin", person_id=person_id)


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


def _refold(
    cursor: Any, company_id: int, entity: str, entity_id: int, *, origin: str, person_id: int
) -> int:
    opened = OpenSet.begin(cursor, company_id=company_id)
    golden = GoldenWriter(company_id=company_id, entity=ENTITIES[entity], set_id=opened.id)
    cursor.execute("DROP TABLE IF EXISTS hub_pinned")
    cursor.execute("CREATE TEMP TABLE hub_pinned (entity_id bigint) ON COMMIT DROP")
    cursor.execute("INSERT INTO hub_pinned VALUES (%s)", [entity_id])
    make_folded(cursor)
    fold_many(cursor, company_id=company_id, entity=ENTITIES[entity], ids_table="hub_pinned")
    golden.write(cursor, by_key=True, custom=True)
    opened.next_ord = golden.next_ord
    if entity == "deal" and opened.next_ord:
        opened.next_ord = infer_steps(
            cursor, company_id=company_id, set_id=opened.id, next_ord=opened.next_ord, deals=True
        )
    opened.seal(cursor, origin=origin, source_id=None, batch_id=None, person_id=person_id)
    return opened.next_ord
