"""Entities told anew after some of their records went away or came back: folded, or deleted when nobody speaks of them."""

from __future__ import annotations

from typing import Any

from palier.hub.deal_log import infer_steps
from palier.hub.fold import fold_many
from palier.hub.golden import GoldenWriter
from palier.hub.operations import OpenSet
from palier.hub.references import detach_children, resolve_waiting
from palier.hub.schema import Entity
from palier.hub.scratch import cleared

_GONE = "SELECT entity_id FROM hub_again WHERE NOT told"


def refold(cursor: Any, opened: OpenSet, entity: Entity, *, ids: str) -> int:
    """Fold the entities of `ids` (a query of distinct `entity_id`) from what is still said of them.

    Those of which no record speaks are deleted, and their children wait for them. Returns how many were.
    """
    golden = GoldenWriter(
        company_id=opened.company_id, entity=entity, set_id=opened.id, first_ord=opened.next_ord
    )
    cursor.execute(
        f"""
        INSERT INTO {cleared(cursor, "hub_again")} (entity_id, told)
        SELECT u.entity_id, EXISTS (
          SELECT 1 FROM hub_source_record r WHERE r.entity_id = u.entity_id AND r.deleted_at IS NULL OFFSET 0)
        FROM ({ids} OFFSET 0) u
        """
    )
    fold_many(
        cursor,
        company_id=opened.company_id,
        entity=entity,
        ids_table="(SELECT entity_id FROM hub_again WHERE told OFFSET 0)",
    )
    golden.write(cursor, by_key=True, custom=True)
    folded = golden.next_ord
    golden.delete(cursor, ids=_GONE)
    gone = golden.next_ord - folded
    cursor.execute(
        f"DELETE FROM hub_pending_reference p USING ({_GONE} OFFSET 0) g WHERE p.entity_id = g.entity_id"
    )
    opened.next_ord = golden.next_ord
    if entity.name in {"deal", "deal_event"}:
        opened.next_ord = infer_steps(
            cursor,
            company_id=opened.company_id,
            set_id=opened.id,
            next_ord=opened.next_ord,
            deals=entity.name == "deal",
        )
    opened.next_ord = detach_children(
        cursor,
        company_id=opened.company_id,
        parent=entity.name,
        ids=_GONE,
        set_id=opened.id,
        next_ord=opened.next_ord,
    )
    opened.next_ord = resolve_waiting(
        cursor,
        company_id=opened.company_id,
        parent=entity.name,
        set_id=opened.id,
        next_ord=opened.next_ord,
    )
    return gone
