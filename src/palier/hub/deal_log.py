"""The event log of deals when a tool keeps no history: steps inferred from the deal's own dates.

Inferred steps are marked and give way as soon as a tool tells the same step itself.
"""

from __future__ import annotations

from typing import Any

from palier.hub.change_log import EACH
from palier.hub.scratch import cleared

_STEPS = (
    ("created", "opened_on"),
    ("demo_held", "demo_on"),
    ("won", "won_on"),
    ("lost", "lost_on"),
)


def infer_steps(cursor: Any, *, company_id: int, set_id: int, next_ord: int, deals: bool) -> int:
    """Bring the inferred steps of the deals touched by this change set up to date; the next free `ord`.

    `deals` tells whether the set wrote deals themselves or steps of deals.
    """
    touched = "c.entity_id + each_.place" if deals else "e.deal_id"
    source = (
        f"SELECT DISTINCT {touched} AS deal_id FROM hub_change c {EACH} "
        + (
            ""
            if deals
            else "CROSS JOIN LATERAL (SELECT e.deal_id FROM hub_deal_event e WHERE e.id = c.entity_id + each_.place OFFSET 0) e "
        )
        + f"WHERE c.set_id = {set_id} AND c.entity = '{'deal' if deals else 'deal_event'}'"
    )
    days = ", ".join(f"('{kind}', d.{column})" for kind, column in _STEPS)
    cursor.execute(
        f"""
        INSERT INTO {cleared(cursor, "hub_deal_steps")}
        SELECT t.deal_id, w.kinds, w.instants, w.actor
        FROM ({source} OFFSET 0) t LEFT JOIN LATERAL (
          SELECT array_agg(v.kind) AS kinds, array_agg(v.day::timestamp AT TIME ZONE 'UTC') AS instants,
                 min(d.owner) AS actor
          FROM hub_deal d CROSS JOIN LATERAL (VALUES {days}) v(kind, day)
          WHERE d.id = t.deal_id AND d.deleted_at IS NULL AND v.day IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM hub_deal_event e WHERE e.deal_id = t.deal_id AND e.kind = v.kind
                            AND e.inferred IS NOT TRUE AND e.deleted_at IS NULL OFFSET 0)
        ) w ON true
        WHERE t.deal_id IS NOT NULL
        """
    )
    if not cursor.rowcount:
        return next_ord
    cursor.execute(
        f"""
        WITH stale AS (
          UPDATE hub_deal_event e SET deleted_at = now(), version = e.version + 1, updated_at = now()
          FROM hub_deal_steps s
          WHERE e.deal_id = s.deal_id AND e.inferred AND e.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM unnest(s.kinds, s.instants) w(kind, at)
                            WHERE w.kind = e.kind AND w.at = e.at OFFSET 0)
          RETURNING e.id, e.version
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER (ORDER BY id) - 1,
               'deal_event', id, version, 'delete' FROM stale
        """
    )
    next_ord += max(cursor.rowcount, 0)
    cursor.execute(
        f"""
        WITH new AS (
          INSERT INTO hub_deal_event (company_id, deal_id, kind, at, actor, inferred, prov)
          SELECT {company_id}, s.deal_id, w.kind, w.at, s.actor, true, '{{"*": "inferred"}}'
          FROM hub_deal_steps s CROSS JOIN LATERAL unnest(s.kinds, s.instants) w(kind, at)
          WHERE NOT EXISTS (
            SELECT 1 FROM hub_deal_event e WHERE e.deal_id = s.deal_id AND e.kind = w.kind AND e.at = w.at
              AND e.deleted_at IS NULL OFFSET 0)
          RETURNING id
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER () - 1, 'deal_event', id, 1, 'create' FROM new
        """
    )
    next_ord += max(cursor.rowcount, 0)
    return next_ord
