"""Two tools that keep overwriting each other: seen in the change log, stopped, and left to a person.

A tool writes a value, another one answers with its own, the first writes again: each change calls for
the next, for ever. Such a field is held at its last value for that record, by a pin of Palier's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from palier.hub.models import FieldHold, FieldPin
from palier.hub.operations import exclusive_write
from palier.hub.ownership import GOVERNED
from palier.hub.pins import pin_field, unpin_field
from palier.hub.queries.provenance import PALIER
from palier.hub.queries.values import Value, field_of, label_of, model_of, typed
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

WINDOW = dt.timedelta(hours=1)
"""How far apart the changes of a loop may lie [ours]."""
ALTERNATIONS = 3
"""Times that two tools take turns on one field (A, B, A, B) before it is held [ours]."""


class HoldUnknown(Refusal):
    code = "loops.hold-unknown"
    message = "This field is not held."


@dataclass(frozen=True, slots=True)
class Hold:
    """A field that is held: of which record, at which value, between which tools, and when they took turns."""

    id: int
    entity: str
    public_id: UUID
    label: str
    field: str
    value: Value
    sources: tuple[int, ...]
    changes: int
    first_at: dt.datetime
    last_at: dt.datetime


def may_loop(*, company_id: int, now: dt.datetime) -> bool:
    """Whether two tools have each written twice lately: without that there is nothing to look for."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) > 1 FROM (
              SELECT source_id FROM hub_change_set
              WHERE company_id = %s AND at > %s AND source_id IS NOT NULL
              GROUP BY source_id HAVING count(*) > 1
            ) s
            """,
            [company_id, now - WINDOW],
        )
        return bool(cursor.fetchone()[0])


def hold_loops(*, company_id: int, now: dt.datetime) -> int:
    """Hold every field on which two tools take turns; how many were not held before.

    The connection must be scoped to the company. It waits for an import that is running.
    """
    held = 0
    for entity, entity_id, field, sources, changes, first_at, last_at in _find(company_id, now):
        row = (
            model_of(entity)
            .objects.filter(company_id=company_id, pk=entity_id, deleted_at=None)
            .first()
        )
        if row is None or not _may_hold(entity, field):
            continue
        with exclusive_write(company_id=company_id, wait=True):
            if FieldPin.objects.filter(entity_id=entity_id, field=field).exists():
                continue
            row.refresh_from_db()
            FieldHold.objects.filter(
                entity_id=entity_id, field=field, settled_at=None
            ).delete()  # a person has decided since, on the record's own page
            FieldHold.objects.create(
                company_id=company_id,
                entity=entity,
                entity_id=entity_id,
                field=field,
                sources=sources,
                changes=changes,
                first_at=first_at,
                last_at=last_at,
                held_at=now,
            )
            pin_field(
                company_id=company_id,
                entity=entity,
                public_id=row.public_id,
                field=field,
                value=_plain(getattr(row, field)),
                person_id=PALIER,
            )
            held += 1
    return held


def list_holds(*, company_id: int) -> tuple[Hold, ...]:
    """The fields that wait for a person, latest first."""
    found = []
    rows = FieldHold.objects.filter(company_id=company_id, settled_at=None).order_by("-pk")
    pins = set(
        FieldPin.objects.filter(company_id=company_id, person_id=PALIER).values_list(
            "entity_id", "field"
        )
    )
    for hold in rows:
        if (hold.entity_id, hold.field) not in pins:
            continue  # a person has decided since, on the record's own page
        row = model_of(hold.entity).objects.filter(company_id=company_id, pk=hold.entity_id).first()
        if row is None:
            continue
        found.append(
            Hold(
                hold.pk,
                hold.entity,
                row.public_id,
                label_of(hold.entity, row),
                hold.field,
                typed(field_of(hold.entity, hold.field), _plain(getattr(row, hold.field))),
                tuple(hold.sources),
                hold.changes,
                hold.first_at,
                hold.last_at,
            )
        )
    return tuple(found)


def settle(
    *, company_id: int, hold_id: int, release: bool, person_id: int, now: dt.datetime
) -> None:
    """Keep the held value on a person's word, or with `release` let the tools speak again.

    Raises: `HoldUnknown`, `AnotherWriteRunning`.
    """
    hold = FieldHold.objects.filter(company_id=company_id, pk=hold_id, settled_at=None).first()
    if hold is None:
        raise HoldUnknown
    pin = FieldPin.objects.filter(
        company_id=company_id, entity_id=hold.entity_id, field=hold.field, person_id=PALIER
    )
    row = model_of(hold.entity).objects.filter(company_id=company_id, pk=hold.entity_id).first()
    with exclusive_write(company_id=company_id, wait=False):
        hold.settled_at, hold.settled_by = now, person_id
        hold.save(update_fields=["settled_at", "settled_by"])
        if row is None or not pin.exists():
            return
        if release:
            unpin_field(
                company_id=company_id,
                entity=hold.entity,
                public_id=row.public_id,
                field=hold.field,
                person_id=person_id,
            )
        else:
            pin_field(
                company_id=company_id,
                entity=hold.entity,
                public_id=row.public_id,
                field=hold.field,
                value=pin.get().value,
                person_id=person_id,
            )


def _find(
    company_id: int, now: dt.datetime
) -> list[tuple[str, int, str, list[int], int, dt.datetime, dt.datetime]]:
    """Fields that exactly two tools have changed in turns, with when they did; decided ones are over."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH sets AS MATERIALIZED (
              SELECT id, sealed, source_id, at FROM hub_change_set
              WHERE company_id = %(company)s AND at > %(since)s AND source_id IS NOT NULL
            ), touched AS MATERIALIZED (
              SELECT c.entity, c.entity_id, f.field, s.source_id, s.sealed, s.at,
                     lag(s.source_id) OVER (PARTITION BY c.entity_id, f.field ORDER BY s.sealed) AS before
              FROM sets s JOIN hub_change c ON c.set_id = s.id
              CROSS JOIN LATERAL unnest(c.fields) f(field)
              WHERE c.op = 'update' AND c.entity = ANY(%(entities)s)
            )
            SELECT t.entity, t.entity_id, t.field, array_agg(DISTINCT t.source_id ORDER BY t.source_id), count(*),
                   min(t.at), max(t.at)
            FROM touched t
            WHERE NOT EXISTS (SELECT 1 FROM hub_field_pin p WHERE p.entity_id = t.entity_id AND p.field = t.field)
              AND NOT EXISTS (SELECT 1 FROM hub_field_hold h WHERE h.entity_id = t.entity_id AND h.field = t.field
                                AND h.held_at > t.at)
            GROUP BY 1, 2, 3
            HAVING count(*) FILTER (WHERE t.before <> t.source_id) >= %(turns)s
            ORDER BY max(t.at)
            """,
            {
                "company": company_id,
                "since": now - WINDOW,
                "entities": list(GOVERNED),
                "turns": ALTERNATIONS,
            },
        )
        return list(cursor.fetchall())


def _may_hold(entity: str, field: str) -> bool:
    return any(
        one.name == field and one.type not in {"ref", "json"} for one in ENTITIES[entity].fields
    )


def _plain(value: object) -> Any:
    """A stored value as canonical JSON."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
