"""Pairs that may be one, merges that were made, and how often rules and persons agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from palier.hub.models import LinkEvent, MatchProposal, Redirect
from palier.hub.queries.provenance import FieldValue, list_fields, list_sources, people_by_id
from palier.hub.queries.values import Link, label_of, model_of
from palier.hub.schema import ENTITIES

QUEUE = 50
"""Pairs on a page of the queue, and decided together at most [ours]."""
MERGES = 50
"""Merges on a page [ours]."""
PRIOR = "prior"

_PATTERN = """(
  SELECT coalesce(string_agg((e->>'field') || ':' || (e->>'verdict'), ' ' ORDER BY e->>'field'), '')
  FROM jsonb_array_elements(p.explanation) e
  WHERE e->>'field' <> 'prior' AND e->>'verdict' <> 'missing')"""


def _is_there(end: str) -> str:
    """Whether the record that an end of a proposal speaks for is live."""
    branches = " ".join(
        f"WHEN '{name}' THEN EXISTS (SELECT 1 FROM hub_{name} g WHERE g.id = {end} AND g.deleted_at IS NULL)"
        for name in ENTITIES
    )
    return f"CASE p.entity {branches} END"


_A, _B = "coalesce(ra.to_id, p.a)", "coalesce(rb.to_id, p.b)"
_OPEN = f"""
  hub_match_proposal p
  LEFT JOIN hub_redirect ra ON ra.from_id = p.a LEFT JOIN hub_redirect rb ON rb.from_id = p.b
  WHERE p.company_id = %(company)s AND p.status = 'open' AND {_A} <> {_B}
    AND {_is_there(_A)} AND {_is_there(_B)}"""
"""Open proposals of records that are there; an end that was merged since speaks for its survivor."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field says for (positive) or against a pair being one, in log2 units.

    `a` and `b` are the values that were compared.
    """

    field: str
    verdict: str
    weight: Decimal
    a: str = ""
    b: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair that may be one: its two records as they stand, its weight and why."""

    id: int
    entity: str
    tier: str
    status: str
    weight: Decimal
    evidence: tuple[Evidence, ...]
    a: Link
    b: Link


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pairs of one entity with the same verdicts, to be decided together."""

    entity: str
    key: str
    evidence: tuple[Evidence, ...]
    count: int
    heaviest: Decimal


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a comparison."""

    link: Link
    version: int
    created_at: dt.datetime
    sources: int
    tools: tuple[str, ...]
    fields: tuple[FieldValue, ...]


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge: who stays, who went in, who decided, and what became of it."""

    event_id: int
    entity: str
    survivor: Link | None
    other: str
    records: int
    rule: str
    person: str
    at: dt.datetime
    reviewed: bool
    undone_at: dt.datetime | None
    undone_by: str
    evidence: tuple[Evidence, ...]

    @property
    def automatic(self) -> bool:
        """Whether a rule merged it."""
        return not self.person


@dataclass(frozen=True, slots=True)
class Agreement:
    """Counts of what persons decided, against what the rules did or would have done."""

    confirmed: int
    separated: int
    by_hand: int
    by_hand_sure: int
    refused: int

    @property
    def reviewed(self) -> int:
        """Automatic merges that a person confirmed or separated."""
        return self.confirmed + self.separated

    @property
    def same(self) -> int:
        """Pairs of which a person said that they are one."""
        return self.confirmed + self.by_hand

    @property
    def found(self) -> int:
        """Those of them that the automatic rule merged, or would have merged."""
        return self.confirmed + self.by_hand_sure


def list_proposals(
    *, company_id: int, entity: str = "", pattern: str | None = None, limit: int = QUEUE
) -> tuple[Proposal, ...]:
    """Open pairs, the heaviest first. Two queries and one an entity."""
    where = " AND p.entity = %(entity)s" if entity else ""
    if pattern is not None:
        where += f" AND {_PATTERN} = %(pattern)s"
    rows = _rows(
        f"SELECT p.id, p.entity, p.tier, p.status, p.weight, p.explanation::text, "
        f"coalesce(ra.to_id, p.a), coalesce(rb.to_id, p.b) FROM {_OPEN}{where} "
        "ORDER BY p.weight DESC, p.id LIMIT %(limit)s",
        company_id,
        entity=entity,
        pattern=pattern,
        limit=limit,
    )
    links = _links(company_id, ((row[1], id_) for row in rows for id_ in row[6:8]))
    return tuple(_proposal(row, links) for row in rows if row[6] in links and row[7] in links)


def find_next(*, company_id: int, after: int | None = None) -> int | None:
    """The heaviest open pair, or the one that follows a pair in the queue, round to the first."""
    rows = _rows(f"SELECT p.id FROM {_OPEN} ORDER BY p.weight DESC, p.id LIMIT 1000", company_id)
    ids = [row[0] for row in rows]
    if after in ids and len(ids) > 1:
        return int(ids[(ids.index(after) + 1) % len(ids)])
    return next((int(id_) for id_ in ids if id_ != after), None)


def list_patterns(*, company_id: int) -> tuple[Pattern, ...]:
    """Open pairs grouped by what their fields say, the largest group first."""
    rows = _rows(
        f"SELECT w.entity, w.key, count(*), max(w.weight), (array_agg(w.explanation ORDER BY w.weight DESC))[1] "
        f"FROM (SELECT p.entity, p.weight, p.explanation::text, {_PATTERN} AS key FROM {_OPEN}) w "
        "GROUP BY w.entity, w.key ORDER BY 3 DESC, 4 DESC, 1, 2 LIMIT 50",
        company_id,
    )
    return tuple(Pattern(row[0], row[1], _evidence(row[4]), int(row[2]), row[3]) for row in rows)


def count_open(*, company_id: int) -> int:
    """How many pairs wait for a decision."""
    return int(_rows(f"SELECT count(*) FROM {_OPEN}", company_id)[0][0])


def find_proposal(*, company_id: int, proposal_id: int) -> Proposal | None:
    """One pair, whatever was decided of it; None when it or one of its records is gone."""
    rows = _rows(
        "SELECT p.id, p.entity, p.tier, p.status, p.weight, p.explanation::text, "
        "coalesce(ra.to_id, p.a), coalesce(rb.to_id, p.b) FROM hub_match_proposal p "
        "LEFT JOIN hub_redirect ra ON ra.from_id = p.a LEFT JOIN hub_redirect rb ON rb.from_id = p.b "
        "WHERE p.company_id = %(company)s AND p.id = %(id)s",
        company_id,
        id=proposal_id,
    )
    links = _links(company_id, ((row[1], id_) for row in rows for id_ in row[6:8]))
    found = [_proposal(row, links) for row in rows if row[6] in links and row[7] in links]
    return found[0] if found else None


def list_refused(*, company_id: int, limit: int = 10) -> tuple[Proposal, ...]:
    """Pairs said to be different, the latest first, as long as both records are there."""
    ids = MatchProposal.objects.filter(company_id=company_id, status="refused", link_event_id=None)
    found = (
        find_proposal(company_id=company_id, proposal_id=id_)
        for id_ in ids.order_by("-decided_at", "-pk").values_list("pk", flat=True)[:limit]
    )
    return tuple(one for one in found if one is not None)


def get_side(*, company_id: int, entity: str, record_id: int) -> Side | None:
    """One record with its fields and their provenance, to be compared; None when it is gone."""
    row = (
        model_of(entity)
        .objects.filter(company_id=company_id, pk=record_id, deleted_at=None)
        .first()
    )
    if row is None:
        return None
    sources = list_sources(company_id=company_id, entity=entity, row=row)
    return Side(
        Link(entity, row.pk, row.public_id, label_of(entity, row)),
        row.version,
        row.created_at,
        len(sources),
        tuple(sorted({source.tool_label for source in sources})),
        list_fields(company_id=company_id, entity=entity, row=row, sources=sources),
    )


def find_merged_into(
    *, company_id: int, entity: str, public_id: UUID | None = None, record_id: int | None = None
) -> Link | None:
    """Where a merged record's address leads; None for one that is not merged."""
    by: dict[str, Any] = {"pk": record_id} if public_id is None else {"public_id": public_id}
    rows = model_of(entity).objects.filter(company_id=company_id, **by)
    merged: int | None = rows.values_list("pk", flat=True).first()
    if merged is None:
        return None
    to_id = (
        Redirect.objects.filter(company_id=company_id, from_id=merged)
        .values_list("to_id", flat=True)
        .first()
    )
    return _links(company_id, [(entity, to_id)]).get(to_id) if to_id is not None else None


def list_merges(
    *,
    company_id: int,
    survivor_id: int | None = None,
    event_id: int | None = None,
    in_force: bool = False,
    before: int | None = None,
    limit: int = MERGES,
) -> tuple[MergeRow, ...]:
    """Merges, the latest first: all, those into one record, or those before one. A constant number of queries."""
    found = LinkEvent.objects.filter(company_id=company_id, kind="merge")
    if survivor_id is not None:
        beneath = Redirect.objects.filter(company_id=company_id, to_id=survivor_id)
        found = found.filter(other_id__in=beneath.values("from_id"))
    if event_id is not None:
        found = found.filter(pk=event_id)
    if in_force:
        found = found.filter(undone_by=None)
    if before is not None:
        found = found.filter(pk__lt=before)
    events = list(found.order_by("-pk")[:limit])
    undone = {
        one.pk: one
        for one in LinkEvent.objects.filter(
            company_id=company_id, pk__in=[one.undone_by for one in events if one.undone_by]
        )
    }
    people = people_by_id(
        {one.person_id for one in [*events, *undone.values()] if one.person_id is not None}
    )
    leads = dict(
        Redirect.objects.filter(
            company_id=company_id, from_id__in=[one.survivor_id for one in events]
        ).values_list("from_id", "to_id")
    )
    alive = _links(
        company_id, ((one.entity, leads.get(one.survivor_id, one.survivor_id)) for one in events)
    )
    merged = _links(company_id, ((one.entity, one.other_id or 0) for one in events), gone_too=True)
    why = {
        one.link_event_id: _evidence(orjson.dumps(one.explanation))
        for one in MatchProposal.objects.filter(
            company_id=company_id, link_event_id__in=[one.pk for one in events]
        ).order_by("weight", "-pk")
    }
    return tuple(
        MergeRow(
            one.pk,
            one.entity,
            alive.get(leads.get(one.survivor_id, one.survivor_id)),
            merged[one.other_id or 0].label if one.other_id in merged else "",
            len(one.record_ids),
            one.rule or "",
            "" if one.person_id is None else people.get(one.person_id, "?"),
            one.at,
            one.reviewed_by is not None,
            undone[one.undone_by].at if one.undone_by else None,
            people.get(undone[one.undone_by].person_id or 0, "") if one.undone_by else "",
            why.get(one.pk, ()),
        )
        for one in events
    )


def get_agreement(*, company_id: int) -> Agreement:
    """What persons decided, counted. One query for merges, one for refusals.

    Precision of the automatic tier = confirmed ÷ (confirmed + separated), over the automatic merges
    that a person looked at. Recall = found ÷ same, over the pairs of which a person said that they
    are one: found are those that the rule merged, or whose proposal it held to be sure.
    """
    row = _rows(
        """
        SELECT count(*) FILTER (WHERE e.person_id IS NULL AND e.undone_by IS NULL AND e.reviewed_by IS NOT NULL),
               count(*) FILTER (WHERE e.person_id IS NULL AND u.person_id IS NOT NULL),
               count(*) FILTER (WHERE e.person_id IS NOT NULL AND e.undone_by IS NULL),
               count(*) FILTER (WHERE e.person_id IS NOT NULL AND e.undone_by IS NULL AND EXISTS (
                 SELECT 1 FROM hub_match_proposal p WHERE p.link_event_id = e.id AND p.tier = 'automatic'))
        FROM hub_link_event e LEFT JOIN hub_link_event u ON u.id = e.undone_by
        WHERE e.company_id = %(company)s AND e.kind = 'merge'
        """,
        company_id,
    )[0]
    refused = MatchProposal.objects.filter(
        company_id=company_id, status="refused", link_event_id=None
    ).count()
    return Agreement(int(row[0]), int(row[1]), int(row[2]), int(row[3]), refused)


def _rows(statement: str, company_id: int, **parameters: str | int | None) -> list[Any]:
    with connection.cursor() as cursor:
        parameters["company"] = company_id
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _proposal(row: Any, links: dict[int, Link]) -> Proposal:
    id_, entity, tier, status, weight, explanation, a, b = row
    return Proposal(id_, entity, tier, status, weight, _evidence(explanation), links[a], links[b])


def _evidence(explanation: str | bytes) -> tuple[Evidence, ...]:
    """What speaks most, for or against, first; the prior last."""
    found = [
        Evidence(
            str(one.get("field", "")),
            str(one.get("verdict", "")),
            Decimal(str(one.get("weight", 0) or 0)),
            str(one.get("a") or ""),
            str(one.get("b") or ""),
        )
        for one in orjson.loads(explanation)
    ]
    return tuple(sorted(found, key=lambda one: (one.field == PRIOR, -abs(one.weight), one.field)))


def _links(
    company_id: int, wanted: Iterable[tuple[str, int]], *, gone_too: bool = False
) -> dict[int, Link]:
    """Records by id; deleted ones only when asked for. One query an entity."""
    by_entity: dict[str, set[int]] = {}
    for entity, id_ in wanted:
        by_entity.setdefault(entity, set()).add(id_)
    found = {}
    for entity, ids in by_entity.items():
        rows = model_of(entity).objects.filter(company_id=company_id, pk__in=ids)
        for row in rows if gone_too else rows.filter(deleted_at=None):
            found[row.pk] = Link(entity, row.pk, row.public_id, label_of(entity, row))
    return found


def count_in_pairs(*, company_id: int) -> dict[str, int]:
    """How many records of each entity are in a pair that waits for a decision."""
    return dict(
        _rows(
            f"SELECT entity, count(DISTINCT id) FROM (SELECT p.entity, unnest(ARRAY[{_A}, {_B}]) AS id "
            f"FROM {_OPEN}) waiting GROUP BY entity",
            company_id,
        )
    )
