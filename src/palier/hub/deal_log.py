"""The event log of deals when a tool keeps no history: steps inferred from the deal's own dates.

Inferred steps are marked and give way as soon as a tool tells the same step itself.
Source: okr-quarter-gates.md §6.2.
"""

from __future__ import annotations

from typing import Any

_STEPS = (("created", "opened_on"), ("demo_held", "demo_on"), ("won", "won_on"), ("lost", "lost_on"))


def infer_steps(cursor: Any, *, company_id: int, set_id: int, next_ord: int, deals: bool) -> int:
    """Bring the inferred steps of the deals touched by this change set up to date; the next free `ord`.

    `deals` tells whether the set wrote deals themselves or steps of deals.
    """
    touched = "c.entity_id" if deals else "e.deal_id"
    source = (
        f"SELECT DISTINCT {touched} AS deal_id FROM hub_change c "
        + ("" if deals else "JOIN hub_deal_event e ON e.id = c.entity_id ")
        + f"WHERE c.set_id = {set_id} AND c.entity = '{'deal' if deals else 'deal_event'}'"
    )
    cursor.execute("DROP TABLE IF EXISTS hub_deal_steps")
    wanted = " UNION ALL ".join(
        f"SELECT d.id AS deal_id, '{kind}' AS kind, d.{column}::timestamp AT TIME ZONE 'UTC' AS at, d.owner AS actor "
        f"FROM hub_deal d JOIN t ON t.deal_id = d.id WHERE d.{column} IS NOT NULL AND d.deleted_at IS NULL"
        for kind, column in _STEPS
    )
    cursor.execute(
        f"""
        CREATE TEMP TABLE hub_deal_steps ON COMMIT DROP AS
        WITH t AS ({source}), wanted AS ({wanted})
        SELECT t.deal_id, w.kind, w.at, w.actor FROM t LEFT JOIN wanted w ON w.deal_id = t.deal_id
          AND NOT EXISTS (SELECT 1 FROM hub_deal_event e WHERE e.deal_id = w.deal_id AND e.kind = w.kind
                          AND e.inferred IS NOT TRUE AND e.deleted_at IS NULL)
        """
    )
    if not cursor.rowcount:
        return next_ord
    cursor.execute(
        f"""
        WITH stale AS (
          UPDATE hub_deal_event e SET deleted_at = now(), version = e.version + 1, updated_at = now()
          WHERE e.inferred AND e.deleted_at IS NULL AND e.deal_id IN (SELECT deal_id FROM hub_deal_steps)
            AND NOT EXISTS (SELECT 1 FROM hub_deal_steps s
                            WHERE s.deal_id = e.deal_id AND s.kind = e.kind AND s.at = e.at)
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
          SELECT {company_id}, s.deal_id, s.kind, s.at, s.actor, true, '{{"*": "inferred"}}'
          FROM hub_deal_steps s
          WHERE s.kind IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM hub_deal_event e WHERE e.deal_id = s.deal_id AND e.kind = s.kind AND e.at = s.at
              AND e.deleted_at IS NULL)
          RETURNING id
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER () - 1, 'deal_event', id, 1, 'create' FROM new
        """
    )
    return next_ord + max(cursor.rowcount, 0)
