"""From weighed pairs to the review queue: what people have decided comes first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from palier.hub.matching.groups import Pair
from palier.hub.matching.scoring import AUTOMATIC, Found
from palier.hub.matching.tables import Profile

STRONGER = 3.0
"""Bits by which the evidence must have grown before a refused pair is asked about again [ours]."""
RULE = "weighted"
"""The rule that merges made here carry."""
_FOUND = """
CREATE TEMP TABLE hub_found (a bigint, b bigint, weight numeric(8, 3), explanation jsonb, tier text)
ON COMMIT DROP
"""
_DIFFERENT = """
  SELECT coalesce(ra.to_id, n.a) AS one, coalesce(rb.to_id, n.b) AS other FROM hub_never_match n
  LEFT JOIN hub_redirect ra ON ra.from_id = n.a LEFT JOIN hub_redirect rb ON rb.from_id = n.b
"""
"""Whom people have said to be different, wherever merges have led them since."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of the pairs of one run; `sure` are those that may merge by themselves."""

    opened: int
    stale: int
    sure: tuple[Pair, ...]


def explanation(profile: Profile, *, prior: float, found: Found) -> list[dict[str, object]]:
    """The reasons of a pair, field by field; their weights add up to the pair's."""
    reasons: list[dict[str, object]] = [
        {"field": "prior", "verdict": "missing", "weight": round(prior, 2), "a": None, "b": None}
    ]
    for comparison, place, weight, (a, b) in zip(
        profile.comparisons, found.levels, found.weights, found.shown, strict=True
    ):
        level = comparison.levels[place]
        reasons.append(
            {
                "field": comparison.field,
                "verdict": level.verdict,
                "level": level.key,
                "weight": round(weight, 2),
                "a": a or None,
                "b": b or None,
            }
        )
    return reasons


class Desk:
    """Puts one run's pairs on the review desk of one entity, within one transaction."""

    def __init__(self, cursor: Any, *, company_id: int, entity: str, now: dt.datetime) -> None:
        self._cursor = cursor
        self._company_id = company_id
        self._entity = entity
        self._now = now
        cursor.execute("DROP TABLE IF EXISTS hub_found")
        cursor.execute(_FOUND)

    def take(self, profile: Profile, *, prior: float, found: Iterable[Found]) -> int:
        """Receive weighed pairs; how many."""
        count = 0
        with self._cursor.copy(
            "COPY hub_found (a, b, weight, explanation, tier) FROM STDIN"
        ) as copy:
            for pair in found:
                reasons = explanation(profile, prior=prior, found=pair)
                sure = pair.guarded and pair.weight >= AUTOMATIC
                weight = f"{min(pair.weight, 99_999):.3f}"
                tier = "automatic" if sure else "review"
                copy.write_row((pair.a, pair.b, weight, orjson.dumps(reasons).decode(), tier))
                count += 1
        return count

    def propose(self, *, changed: set[int] | None) -> Proposed:
        """Write the pairs as proposals, close those that no longer hold, and name the sure ones.

        `changed` are the records that this run looked at; None when it looked at all.
        """
        cursor = self._cursor
        cursor.execute("CREATE INDEX ON hub_found (a, b); ANALYZE hub_found")
        cursor.execute(
            f"DELETE FROM hub_found f USING ({_DIFFERENT}) d "
            "WHERE f.a = least(d.one, d.other) AND f.b = greatest(d.one, d.other)"
        )
        self._leave_to_people()
        cursor.execute(
            f"""
            INSERT INTO hub_match_proposal AS p (company_id, entity, a, b, weight, explanation, status, tier, created_at)
            SELECT {self._company_id}, '{self._entity}', f.a, f.b, f.weight, f.explanation, 'open', f.tier, %s
            FROM hub_found f
            JOIN hub_{self._entity} ga ON ga.id = f.a AND ga.deleted_at IS NULL
            JOIN hub_{self._entity} gb ON gb.id = f.b AND gb.deleted_at IS NULL
            ON CONFLICT (a, b) DO UPDATE SET weight = excluded.weight, explanation = excluded.explanation,
              status = 'open', decided_by = NULL, decided_at = NULL, created_at =
                CASE WHEN p.status = 'open' THEN p.created_at ELSE excluded.created_at END,
              tier = CASE WHEN p.status = 'refused' THEN 'review' ELSE excluded.tier END
            WHERE p.status IN ('open', 'stale')
               OR (p.status = 'refused' AND excluded.weight >= p.weight + {STRONGER})
            """,
            [self._now],
        )
        opened = max(cursor.rowcount, 0)
        stale = self._close(changed)
        cursor.execute(
            "SELECT p.a, p.b FROM hub_match_proposal p JOIN hub_found f ON f.a = p.a AND f.b = p.b "
            "WHERE p.status = 'open' AND p.tier = 'automatic' AND f.tier = 'automatic' ORDER BY p.a, p.b"
        )
        return Proposed(opened, stale, tuple(cursor.fetchall()))

    def _leave_to_people(self) -> None:
        """Pairs that no rule may merge: people fixed different values, or a rule has merged one of them before."""
        self._cursor.execute(
            f"""
            UPDATE hub_found f SET tier = 'review' WHERE f.tier = 'automatic' AND (
              EXISTS (SELECT 1 FROM hub_field_pin pa JOIN hub_field_pin pb ON pb.field = pa.field
                      WHERE pa.entity_id = f.a AND pb.entity_id = f.b AND pa.value IS DISTINCT FROM pb.value)
              OR EXISTS (SELECT 1 FROM hub_link_event l WHERE l.kind = 'merge' AND l.rule = '{RULE}'
                         AND l.undone_by IS NULL AND l.survivor_id IN (f.a, f.b)))
            """
        )

    def _close(self, changed: set[int] | None) -> int:
        """Open proposals that this run would have found again and did not, or one of whose records is gone."""
        seen = "" if changed is None else "AND (p.a = ANY(%(changed)s) OR p.b = ANY(%(changed)s))"
        self._cursor.execute(
            f"""
            UPDATE hub_match_proposal p SET status = 'stale', decided_at = %(now)s
            FROM (
              SELECT p.id FROM hub_match_proposal p
              LEFT JOIN hub_found f ON f.a = p.a AND f.b = p.b
              LEFT JOIN hub_{self._entity} ga ON ga.id = p.a AND ga.deleted_at IS NULL
              LEFT JOIN hub_{self._entity} gb ON gb.id = p.b AND gb.deleted_at IS NULL
              WHERE p.company_id = {self._company_id} AND p.entity = '{self._entity}' AND p.status = 'open'
                AND ((f.a IS NULL {seen}) OR ga.id IS NULL OR gb.id IS NULL)
            ) gone WHERE p.id = gone.id
            """,
            {"now": self._now, "changed": list(changed or ())},
        )
        closed: int = max(self._cursor.rowcount, 0)
        return closed


def leave_to_review(cursor: Any, *, pairs: Iterable[Pair]) -> None:
    """Sure pairs that would have chained are for people to decide."""
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS hub_chained (a bigint, b bigint) ON COMMIT DROP"
    )
    with cursor.copy("COPY hub_chained FROM STDIN") as copy:
        for pair in pairs:
            copy.write_row(pair)
    cursor.execute(
        "UPDATE hub_match_proposal p SET tier = 'review' FROM hub_chained c WHERE p.a = c.a AND p.b = c.b"
    )
