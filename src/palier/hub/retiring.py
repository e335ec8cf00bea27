"""Records that their tool no longer has: retired through the one door, kept so that this can be undone.

A retired record says nothing any more. An entity of which no other record speaks is deleted and its
children wait for it; one that another tool still knows is folded again without the retired words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from palier.hub.models import SourceObject
from palier.hub.operations import Delivery, OpenSet, UnknownEntity, exclusive_write
from palier.hub.past import keep_events, keep_records
from palier.hub.records import Tool
from palier.hub.refolding import refold
from palier.hub.schema import ENTITIES, Entity
from palier.hub.scratch import cleared
from palier.hub.staging import FEW_ROWS


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """How many records were retired, and the identifiers of which nothing was known (any more)."""

    deleted: int
    unknown: tuple[str, ...]


def delete_records(
    *,
    company_id: int,
    tool: Tool,
    object_name: str,
    entity: str,
    external_ids: Collection[str],
    origin: str,
    person_id: int | None = None,
    batch_id: int | None = None,
    wait: bool = True,
) -> DeleteReport:
    """Retire records of one object of one tool, all or nothing.

    The connection must be scoped to the company. Retiring the same records again changes nothing.
    A record that its tool sends again lives again, in the same entity.
    Raises: `UnknownEntity`, `AnotherWriteRunning`.
    """
    if entity not in ENTITIES:
        raise UnknownEntity(entity=entity, known=", ".join(ENTITIES))
    asked = list(dict.fromkeys(external_ids))
    few = len(asked) <= FEW_ROWS
    delivery = Delivery(company_id, tool, object_name, entity, origin, batch_id, person_id)
    with exclusive_write(company_id=company_id, wait=wait, few=few) as cursor:
        found = retire(cursor, delivery, asked)
    return DeleteReport(len(found), tuple(one for one in asked if one not in found))


def retire(cursor: Any, delivery: Delivery, external_ids: list[str]) -> set[str]:
    """The same inside an `exclusive_write` that is open; the identifiers of the records retired."""
    entity = ENTITIES[delivery.entity]
    known = SourceObject.objects.filter(
        company_id=delivery.company_id,
        source__name=delivery.tool.name,
        name=delivery.object_name,
        entity=entity.name,
    ).first()
    if known is None or not external_ids:
        return set()
    opened = OpenSet.begin(cursor, company_id=delivery.company_id)
    found = _retire(
        cursor, opened, entity, known.pk, asked=external_ids, batch_id=delivery.batch_id
    )
    opened.seal(
        cursor,
        origin=delivery.origin,
        source_id=known.source_id,
        batch_id=delivery.batch_id,
        person_id=delivery.person_id,
    )
    return found


def _retire(
    cursor: Any,
    opened: OpenSet,
    entity: Entity,
    object_id: int,
    *,
    asked: list[str],
    batch_id: int | None,
) -> set[str]:
    batch = "NULL" if batch_id is None else str(int(batch_id))
    table, of = ("hub_event", "r.id") if entity.appended else ("hub_source_record", "r.entity_id")
    cursor.execute(
        f"""
        INSERT INTO {cleared(cursor, "hub_retired")} (id, entity_id, external_id)
        SELECT r.id, r.entity_id, r.external_id FROM unnest(%s::text[]) AS a(external_id) CROSS JOIN LATERAL (
          SELECT r.id, {of} AS entity_id, r.external_id FROM {table} r
          WHERE r.object_id = {int(object_id)} AND r.external_id = a.external_id AND r.deleted_at IS NULL OFFSET 0
        ) r
        """,
        [asked],
    )
    if entity.appended:
        _retire_events(cursor, opened, batch)
    else:
        _retire_records(cursor, entity, batch)
        refold(cursor, opened, entity, ids="SELECT DISTINCT entity_id FROM hub_retired")
    cursor.execute("SELECT external_id FROM hub_retired")
    return {row[0] for row in cursor.fetchall()}


def _retire_records(cursor: Any, entity: Entity, batch: str) -> None:
    keep_records(
        cursor, entity=entity.name, ids="SELECT id AS record_id FROM hub_retired", batch=batch
    )
    cursor.execute(
        """
        DELETE FROM hub_record_key k USING (
          SELECT x.id, o.key FROM hub_retired x CROSS JOIN LATERAL (
            SELECT r.keys FROM hub_source_record r WHERE r.id = x.id OFFSET 0
          ) r CROSS JOIN LATERAL unnest(r.keys) o(key) OFFSET 0
        ) o WHERE k.key = o.key AND k.record_id = o.id
        """
    )
    cursor.execute("DELETE FROM hub_lookup_key k USING hub_retired x WHERE k.record_id = x.id")
    cursor.execute(
        f"""
        UPDATE hub_source_record r SET deleted_at = now(), written_at = now(), keys = NULL, batch_id = {batch}
        FROM hub_retired x WHERE r.id = x.id
        """
    )


def _retire_events(cursor: Any, opened: OpenSet, batch: str) -> None:
    keep_events(cursor, ids="SELECT id FROM hub_retired", batch=batch)
    cursor.execute(
        "DELETE FROM hub_pending_reference p USING hub_retired x WHERE p.entity_id = x.id"
    )
    cursor.execute(
        f"""
        WITH gone AS (
          UPDATE hub_event e SET deleted_at = now(), version = e.version + 1, updated_at = now(), batch_id = {batch}
          FROM hub_retired x WHERE e.id = x.id RETURNING e.id, e.version
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {opened.company_id}, {opened.id}, {opened.next_ord} + row_number() OVER (ORDER BY id) - 1,
               'event', id, version, 'delete' FROM gone
        """
    )
    opened.next_ord += max(cursor.rowcount, 0)
