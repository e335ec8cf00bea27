"""The event log of deals when a tool keeps no history: steps inferred from the deal's own dates.

Inferred steps are marked and give way as soon as a tool tells the same step itself.
"""

from __future__ import annotations

from typing import Any

_STEPS = (("created", "opened_on"), ("demo_held", "demo_on"), ("won", "won_on"), ("lost", "lost_on"))


def infer_steps(cursor: Any, *, company_id: int, set_id: int, next_ord: int, deals: bool) -> int:
    """Bring the inferred steps of the deals touched by this change set up to date; the next free `ord`.

    `deals` tells whether the set wrote deals themselves or steps of deals.
    """
    _touched_deals(cursor, set_id=set_id, deals=deals)
    _wanted_steps(cursor)
    cursor.execute(
        f"""
        WITH stale AS (
          UPDATE hub_deal_event SET deleted_at = now(), version = version + 1, updated_at = now()
          WHERE id IN (
            SELECT e.id FROM hub_deal_touched t CROSS JOIN LATERAL (
              SELECT e.id, e.kind, e.at FROM hub_deal_event e
              WHERE e.deal_id = t.deal_id AND e.inferred AND e.deleted_at IS NULL OFFSET 0
            ) e
            WHERE NOT EXISTS (SELECT 1 FROM hub_deal_steps s
                              WHERE s.deal_id = t.deal_id AND s.kind = e.kind AND s.at = e.at)
          )
          RETURNING id, version
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
          WHERE NOT EXISTS (
            SELECT 1 FROM hub_deal_event e WHERE e.deal_id = s.deal_id AND e.kind = s.kind AND e.at = s.at
              AND e.deleted_at IS NULL)
          RETURNING id
        )
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, {next_ord} + row_number() OVER () - 1, 'deal_event', id, 1, 'create' FROM new
        """
    )
    next_ord += max(cursor.rowcount, 0)
    return next_ord


def _touched_deals(cursor: Any, *, set_id: int, deals: bool) -> None:
    cursor.execute("DROP TABLE IF EXISTS hub_deal_touched")
    column = "c.entity_id" if deals else "e.deal_id"
    steps = (
        "" if deals else
        "CROSS JOIN LATERAL (SELECT e.deal_id FROM hub_deal_event e WHERE e.id = c.entity_id OFFSET 0) e"
    )
    cursor.execute(
        f"""
        CREATE TEMP TABLE hub_deal_touched ON COMMIT DROP AS
        SELECT DISTINCT {column} AS deal_id FROM hub_change c {steps}
        WHERE c.set_id = {set_id} AND c.entity = '{"deal" if deals else "deal_event"}' AND {column} IS NOT NULL
        """
    )
    cursor.execute("CREATE INDEX ON hub_deal_touched (deal_id)")


def _wanted_steps(cursor: Any) -> None:
    """The steps that the dates of touched deals tell and no tool tells itself."""
    cursor.execute("DROP TABLE IF EXISTS hub_deal_steps")
    days = ", ".join(f"('{kind}', d.{column})" for kind, column in _STEPS)
    cursor.execute(
        f"""
        CREATE TEMP TABLE hub_deal_steps ON COMMIT DROP AS
        SELECT t.deal_id, s.kind, s.day::timestamp AT TIME ZONE 'UTC' AS at, d.owner AS actor
        FROM hub_deal_touched t
        CROSS JOIN LATERAL (
          SELECT d.* FROM hub_deal d WHERE d.id = t.deal_id AND d.deleted_at IS NULL OFFSET 0
        ) d
        CROSS JOIN LATERAL (VALUES {days}) AS s(kind, day)
        WHERE s.day IS NOT NULL AND NOT EXISTS (
          SELECT 1 FROM hub_deal_event e WHERE e.deal_id = t.deal_id AND e.kind = s.kind
            AND e.inferred IS NOT TRUE AND e.deleted_at IS NULL)
        """
    )
    cursor.execute("CREATE INDEX ON hub_deal_steps (deal_id, kind)")
