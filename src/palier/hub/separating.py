"""The statements behind a separation: what one merge moved goes back, and nothing else.

Merges form a forest: each merged entity hangs below its survivor until that merge is undone. A
merge that is undone takes with it all that still hangs below; what an inner separation has taken
out since stays out, and what has arrived at the survivor since stays there.
"""

from __future__ import annotations

from typing import Any

from palier.hub.deal_log import infer_steps
from palier.hub.fold import fold_many
from palier.hub.golden import GoldenWriter
from palier.hub.kept import Returning
from palier.hub.models import LinkEvent, NeverMatch, Redirect
from palier.hub.operations import OpenSet
from palier.hub.references import detach_children
from palier.hub.schema import ENTITIES
from palier.hub.scratch import cleared


def separate(cursor: Any, opened: OpenSet, *, event: LinkEvent, person_id: int | None) -> int:
    """Undo one merge that is in force; the number of the event that says so."""
    entity, leaving = ENTITIES[event.entity], int(event.other_id or 0)
    root = Redirect.objects.get(company_id=opened.company_id, from_id=leaving).to_id
    beneath = _beneath(cursor, leaving)
    undone_by = _move_records(cursor, opened, event, root, person_id)
    Redirect.objects.filter(company_id=opened.company_id, from_id=leaving).delete()
    Redirect.objects.filter(company_id=opened.company_id, from_id__in=beneath).update(to_id=leaving)
    _take_back_pins(cursor, beneath)
    told = _fold(cursor, opened, entity_name=entity.name, ids=(root, leaving))
    returning = Returning(
        company_id=opened.company_id,
        root=root,
        leaving=leaving,
        beneath=beneath,
        told=leaving in told,
    )
    opened.next_ord = returning.move(
        cursor, parent=entity.name, set_id=opened.id, next_ord=opened.next_ord
    )
    if root not in told:
        opened.next_ord = detach_children(
            cursor,
            company_id=opened.company_id,
            parent=entity.name,
            ids=f"SELECT {root}::bigint AS entity_id",
            set_id=opened.id,
            next_ord=opened.next_ord,
        )
    if entity.name == "deal":
        opened.next_ord = infer_steps(
            cursor,
            company_id=opened.company_id,
            set_id=opened.id,
            next_ord=opened.next_ord,
            deals=True,
        )
    _remember_refusal(cursor, opened, event, person_id)
    return undone_by


def _beneath(cursor: Any, entity_id: int) -> list[int]:
    """An entity and all that is merged into it, directly or not."""
    cursor.execute(
        """
        WITH RECURSIVE under(id) AS (
          SELECT %s::bigint
          UNION ALL
          SELECT e.other_id FROM under u JOIN hub_link_event e
            ON e.survivor_id = u.id AND e.kind = 'merge' AND e.undone_by IS NULL
        ) SELECT id FROM under
        """,
        [entity_id],
    )
    return [row[0] for row in cursor.fetchall()]


def _move_records(
    cursor: Any, opened: OpenSet, event: LinkEvent, root: int, person_id: int | None
) -> int:
    """Records that this merge moved go back, but those that an inner separation has taken out since."""
    cursor.execute(
        """
        WITH RECURSIVE inner_merges AS (
          SELECT e.id, e.other_id, e.undone_by FROM hub_link_event e
          WHERE e.survivor_id = %(leaving)s AND e.kind = 'merge' AND e.id < %(event)s
          UNION
          SELECT e.id, e.other_id, e.undone_by FROM inner_merges i JOIN hub_link_event e
            ON e.survivor_id = i.other_id AND e.kind = 'merge' AND e.id < %(event)s
        ), taken AS (
          SELECT unnest(u.record_ids) AS id FROM inner_merges i
          JOIN hub_link_event u ON u.id = i.undone_by WHERE u.id > %(event)s
        ), moved AS (
          UPDATE hub_source_record r SET entity_id = %(leaving)s
          FROM (SELECT unnest(%(records)s::bigint[]) AS id EXCEPT SELECT id FROM taken) m
          WHERE r.id = m.id AND r.entity_id = %(root)s RETURNING r.id
        )
        SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM moved
        """,
        {
            "leaving": event.other_id,
            "event": event.pk,
            "root": root,
            "records": list(event.record_ids),
        },
    )
    undoing = LinkEvent.objects.create(
        company_id=opened.company_id,
        kind="unmerge",
        entity=event.entity,
        survivor_id=event.other_id or 0,
        other_id=root,
        record_ids=cursor.fetchone()[0],
        person_id=person_id,
    )
    event.undone_by = undoing.pk
    event.save(update_fields=["undone_by"])
    return undoing.pk


def _take_back_pins(cursor: Any, beneath: list[int]) -> None:
    """Pins repeated for a survivor go; where one had hidden another merged entity's, that one holds."""
    cursor.execute(
        "DELETE FROM hub_field_pin WHERE from_id = ANY(%(beneath)s) AND entity_id <> ALL(%(beneath)s) "
        "RETURNING entity_id, field",
        {"beneath": beneath},
    )
    freed: dict[int, list[str]] = {}
    for entity_id, field in cursor.fetchall():
        freed.setdefault(entity_id, []).append(field)
    above = sorted(freed, key=lambda id_: len(_beneath(cursor, id_)))  # the lowest first
    for entity_id in above:
        cursor.execute(
            """
            INSERT INTO hub_field_pin (company_id, entity, entity_id, field, value, person_id, at, from_id)
            SELECT p.company_id, p.entity, e.survivor_id, p.field, p.value, p.person_id, p.at,
                   coalesce(p.from_id, e.other_id)
            FROM hub_link_event e JOIN hub_field_pin p ON p.entity_id = e.other_id AND p.field = ANY(%(fields)s)
            WHERE e.survivor_id = %(entity)s AND e.kind = 'merge' AND e.undone_by IS NULL
            ORDER BY e.id ON CONFLICT (entity_id, field) DO NOTHING
            """,
            {"entity": entity_id, "fields": freed[entity_id]},
        )


def _fold(cursor: Any, opened: OpenSet, *, entity_name: str, ids: tuple[int, int]) -> set[int]:
    """Fold both again; those of which a record still speaks."""
    golden = GoldenWriter(
        company_id=opened.company_id,
        entity=ENTITIES[entity_name],
        set_id=opened.id,
        first_ord=opened.next_ord,
        revival="unmerge",
        every=True,
    )
    cursor.execute(
        f"""
        INSERT INTO {cleared(cursor, "hub_again")} (entity_id, told)
        SELECT i.entity_id, EXISTS (
          SELECT 1 FROM hub_source_record r WHERE r.entity_id = i.entity_id AND r.deleted_at IS NULL OFFSET 0)
        FROM unnest(%s::bigint[]) AS i(entity_id)
        """,
        [list(ids)],
    )
    fold_many(
        cursor,
        company_id=opened.company_id,
        entity=ENTITIES[entity_name],
        ids_table="(SELECT entity_id FROM hub_again WHERE told OFFSET 0)",
    )
    golden.write(cursor, by_key=True, custom=True)
    golden.delete(cursor, ids="SELECT entity_id FROM hub_again WHERE NOT told")
    opened.next_ord = golden.next_ord
    cursor.execute(
        "DELETE FROM hub_pending_reference p USING hub_again g WHERE NOT g.told AND p.entity_id = g.entity_id"
    )
    cursor.execute("SELECT entity_id FROM hub_again WHERE told")
    return {row[0] for row in cursor.fetchall()}


def _remember_refusal(
    cursor: Any, opened: OpenSet, event: LinkEvent, person_id: int | None
) -> None:
    """Whoever separates two records says that they are different."""
    pair = sorted((event.survivor_id, event.other_id or 0))
    NeverMatch.objects.get_or_create(
        company_id=opened.company_id, a=pair[0], b=pair[1], defaults={"person_id": person_id}
    )
    cursor.execute(
        "UPDATE hub_match_proposal SET status = 'refused', decided_by = %s, decided_at = now() "
        "WHERE link_event_id = %s AND status = 'merged'",
        [person_id, event.pk],
    )
