"""The statements behind merges: set operations on the pairs of `hub_merging`.

Nothing is copied but pins, and those say whose they repeat. Records are moved and the move is
written down, so that `palier.hub.separating` can take it back exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from palier.hub.deal_log import infer_steps
from palier.hub.fold import fold_many
from palier.hub.golden import GoldenWriter
from palier.hub.kept import move_children
from palier.hub.operations import OpenSet
from palier.hub.schema import Entity
from palier.hub.scratch import cleared

_BENEATH = """
  hub_merging m CROSS JOIN LATERAL (
    SELECT r.from_id AS id FROM hub_redirect r WHERE r.to_id = m.survivor_id
    UNION ALL SELECT m.survivor_id OFFSET 0
  ) x"""
"""Each survivor and all that is merged into it."""


def _other_end(table: str, where: str = "") -> str:
    """Rows of pairs (a, b) that name `x.id`, with the other one's survivor."""
    return f"""
  CROSS JOIN LATERAL (
    SELECT q.id, q.b AS other FROM {table} q WHERE q.a = x.id {where}
    UNION ALL SELECT q.id, q.a FROM {table} q WHERE q.b = x.id {where} OFFSET 0
  ) q
  LEFT JOIN LATERAL (SELECT r.to_id FROM hub_redirect r WHERE r.from_id = q.other OFFSET 0) o ON true
  WHERE coalesce(o.to_id, q.other) = m.survivor_id"""


def stage_pairs(cursor: Any, pairs: Iterable[tuple[int, int]]) -> None:
    """Put (survivor, other) pairs into `hub_merging`, each with the number of its event."""
    merging = cleared(cursor, "hub_merging")
    with cursor.copy(f"COPY {merging} (survivor_id, loser_id) FROM STDIN") as copy:
        for pair in pairs:
            copy.write_row(pair)
    cursor.execute("ANALYZE hub_merging")


def merge_staged(
    cursor: Any, opened: OpenSet, *, entity: Entity, rule: str, person_id: int | None
) -> None:
    """Merge the staged pairs: records, pins, redirections, both folds, children, proposals."""
    _move_records(cursor, opened, entity, rule, person_id)
    _copy_pins(cursor)
    _redirect(cursor, opened, entity)
    _fold(cursor, opened, entity)
    opened.next_ord = move_children(
        cursor,
        company_id=opened.company_id,
        parent=entity.name,
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
    _settle_proposals(cursor, rule, person_id)


def forget_refusals(cursor: Any) -> None:
    """A person who merges what was said to be different has changed that decision."""
    cursor.execute(
        f"DELETE FROM hub_never_match n USING (SELECT q.id FROM {_BENEATH} {_other_end('hub_never_match')} OFFSET 0) w "
        "WHERE n.id = w.id"
    )


def _move_records(
    cursor: Any, opened: OpenSet, entity: Entity, rule: str, person_id: int | None
) -> None:
    """Every record of the merged entities moves, those its tool has deleted included: they may come back."""
    cursor.execute(
        f"""
        INSERT INTO hub_link_event (id, company_id, kind, entity, survivor_id, other_id, record_ids, rule, person_id)
        SELECT m.event_id, {opened.company_id}, 'merge', '{entity.name}', m.survivor_id, m.loser_id,
               coalesce(r.ids, '{{}}'), %s, %s
        FROM hub_merging m CROSS JOIN LATERAL (
          SELECT array_agg(r.id ORDER BY r.id) AS ids FROM hub_source_record r WHERE r.entity_id = m.loser_id OFFSET 0
        ) r
        """,
        [rule, person_id],
    )
    cursor.execute(
        "UPDATE hub_source_record r SET entity_id = m.survivor_id FROM hub_merging m WHERE r.entity_id = m.loser_id"
    )


def _copy_pins(cursor: Any) -> None:
    """The merged entity's pins hold for the survivor where it has none; its own stay where they are."""
    cursor.execute(
        """
        INSERT INTO hub_field_pin (company_id, entity, entity_id, field, value, person_id, at, from_id)
        SELECT p.company_id, p.entity, m.survivor_id, p.field, p.value, p.person_id, p.at, coalesce(p.from_id, m.loser_id)
        FROM hub_merging m CROSS JOIN LATERAL (
          SELECT p.* FROM hub_field_pin p WHERE p.entity_id = m.loser_id OFFSET 0
        ) p ORDER BY m.event_id, p.id
        ON CONFLICT (entity_id, field) DO NOTHING
        """
    )


def _redirect(cursor: Any, opened: OpenSet, entity: Entity) -> None:
    """One hop: what led to the merged entity now leads to the survivor."""
    cursor.execute(
        "UPDATE hub_redirect r SET to_id = m.survivor_id FROM hub_merging m WHERE r.to_id = m.loser_id"
    )
    cursor.execute(
        f"INSERT INTO hub_redirect (company_id, from_id, to_id, entity) "
        f"SELECT {opened.company_id}, loser_id, survivor_id, '{entity.name}' FROM hub_merging"
    )


def _fold(cursor: Any, opened: OpenSet, entity: Entity) -> None:
    golden = GoldenWriter(
        company_id=opened.company_id,
        entity=entity,
        set_id=opened.id,
        first_ord=opened.next_ord,
        every=True,
    )
    fold_many(
        cursor,
        company_id=opened.company_id,
        entity=entity,
        ids_table="(SELECT DISTINCT survivor_id AS entity_id FROM hub_merging OFFSET 0)",
    )
    golden.write(cursor, by_key=True, custom=True)
    golden.delete(cursor, ids="SELECT loser_id AS entity_id FROM hub_merging", op="merge")
    cursor.execute(
        "DELETE FROM hub_pending_reference p USING hub_merging m WHERE p.entity_id = m.loser_id"
    )
    opened.next_ord = golden.next_ord


def _settle_proposals(cursor: Any, rule: str, person_id: int | None) -> None:
    """Open proposals whose two ends are one now are settled by this merge.

    Others that name a merged entity stay as they are: they are read as speaking of its survivor.
    """
    open_ones = _other_end("hub_match_proposal", "AND q.status = 'open'")
    cursor.execute(
        f"""
        UPDATE hub_match_proposal p
        SET status = 'merged', link_event_id = w.event_id, rule = %s, decided_by = %s, decided_at = now()
        FROM (
          SELECT DISTINCT ON (q.id) q.id, m.event_id FROM {_BENEATH} {open_ones}
          ORDER BY q.id, m.event_id DESC OFFSET 0
        ) w WHERE p.id = w.id
        """,
        [rule, person_id],
    )
