"""Merge and separate: one and the same, or not, decided by a person or a rule, and taken back exactly.

Source records are the atoms: a merge moves those of one entity to another and folds both again, a
separation moves back what that merge moved. Records that came since stay where they came.

Never match: two entities said to be different are never merged by a rule. The one door needs no
look at that: it links *new* records to one existing entity, the oldest that shares the decisive
key, and never joins two existing ones, so a key that two separated entities share adds to one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from palier.hub.merging import forget_refusals, merge_staged, stage_pairs
from palier.hub.models import LinkEvent
from palier.hub.operations import OpenSet, exclusive_write
from palier.hub.pins import CORRECTABLE
from palier.hub.queries.values import model_of
from palier.hub.schema import ENTITIES
from palier.hub.separating import separate
from palier.kernel.refusals import Refusal

MERGEABLE = CORRECTABLE
"""What tools hold twice. Events and steps are what happened, lines are parts of their document."""
BY_HAND = "by-hand"
"""The rule of merges that a person makes."""


class NotMergeable(Refusal):
    code = "hub.not-mergeable"
    message = "Records of this kind cannot be merged."


class NothingToMerge(Refusal):
    code = "hub.nothing-to-merge"
    message = "Choose two different records."


class MergedMeanwhile(Refusal):
    code = "hub.merged-meanwhile"
    message = "One of these records was merged or removed meanwhile. Look at them again."


class ChangedMeanwhile(Refusal):
    code = "hub.changed-meanwhile"
    message = "One of these records has changed since you opened this page. Look at them again."


class MergeUnknown(Refusal):
    code = "hub.merge-unknown"
    message = "This merge does not exist."


class AlreadySeparated(Refusal):
    code = "hub.already-separated"
    message = "These records have been separated already."


@dataclass(frozen=True, slots=True)
class Merged:
    """One merge: its event, the entity that stays and the one that leads to it now."""

    event_id: int
    entity: str
    survivor_id: int
    survivor_public_id: UUID
    other_id: int


@dataclass(frozen=True, slots=True)
class Separated:
    """One separation: its event, the entity that came back and the one it left."""

    event_id: int
    entity: str
    id: int
    survivor_id: int


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What became of the pairs given to a rule."""

    merged: int = 0
    chained: int = 0
    refused: int = 0
    gone: int = 0


Named = int | UUID


def merge(
    *,
    company_id: int,
    entity: str,
    survivor: Named,
    others: Sequence[Named],
    person_id: int | None,
    rule: str = BY_HAND,
    versions: Mapping[int, int] | None = None,
) -> tuple[Merged, ...]:
    """Make records one: `others` go into `survivor`, and their addresses lead there.

    The connection must be scoped to the company. Records are named by id or public id. `versions`
    are those the decision was made on (id → version). It does not wait for an import that is running.
    Raises: `NotMergeable`, `NothingToMerge`, `MergedMeanwhile`, `ChangedMeanwhile`, `AnotherWriteRunning`.
    """
    _check(entity)
    with exclusive_write(company_id=company_id, wait=False) as cursor:
        opened = OpenSet.begin(cursor, company_id=company_id)
        stays, *go = [_live(company_id, entity, one) for one in (survivor, *others)]
        losers = list(dict.fromkeys(row.pk for row in go))
        if not losers or stays.pk in losers:
            raise NothingToMerge
        for row in (stays, *go):
            if versions is not None and versions.get(row.pk, row.version) != row.version:
                raise ChangedMeanwhile
        stage_pairs(cursor, ((stays.pk, loser) for loser in losers))
        merge_staged(cursor, opened, entity=ENTITIES[entity], rule=rule, person_id=person_id)
        forget_refusals(cursor)
        cursor.execute("SELECT event_id, loser_id FROM hub_merging ORDER BY event_id")
        found = cursor.fetchall()
        opened.seal(cursor, origin="merge", source_id=None, batch_id=None, person_id=person_id)
    return tuple(
        Merged(event_id, entity, stays.pk, stays.public_id, loser_id)
        for event_id, loser_id in found
    )


def merge_pairs(
    *, company_id: int, entity: str, pairs: Iterable[tuple[int, int]], rule: str
) -> MergeReport:
    """Merge pairs that a rule is sure of, all in one transaction; of each pair the older stays.

    Never chains: a pair whose member was merged by an earlier pair of this call is left (`chained`).
    Pairs said to be different (`refused`), and those of which one is gone or merged (`gone`) are left too.
    Raises: `NotMergeable`.
    """
    return _merge_pairs(company_id, entity, pairs, rule=rule, person_id=None)


def merge_alike(
    *, company_id: int, entity: str, pairs: Iterable[tuple[int, int]], person_id: int
) -> MergeReport:
    """The same for pairs that a person decides together; it does not wait for an import that is running.

    Raises: `NotMergeable`, `AnotherWriteRunning`.
    """
    return _merge_pairs(company_id, entity, pairs, rule=BY_HAND, person_id=person_id)


def _merge_pairs(
    company_id: int,
    entity: str,
    pairs: Iterable[tuple[int, int]],
    *,
    rule: str,
    person_id: int | None,
) -> MergeReport:
    _check(entity)
    wanted = [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    with exclusive_write(company_id=company_id, wait=person_id is None) as cursor:
        alive = _alive(cursor, entity, {id_ for pair in wanted for id_ in pair})
        different = _different(cursor)
        chosen: list[tuple[int, int]] = []
        used: set[int] = set()
        chained = refused = gone = 0
        for pair in wanted:
            if used & set(pair):
                chained += 1
            elif not alive.issuperset(pair):
                gone += 1
            elif pair in different:
                refused += 1
            else:
                used.update(pair)
                chosen.append(pair)
        if chosen:
            opened = OpenSet.begin(cursor, company_id=company_id)
            stage_pairs(cursor, chosen)
            merge_staged(cursor, opened, entity=ENTITIES[entity], rule=rule, person_id=person_id)
            opened.seal(cursor, origin="merge", source_id=None, batch_id=None, person_id=person_id)
    return MergeReport(len(chosen), chained, refused, gone)


def unmerge(*, company_id: int, link_event_id: int, person_id: int | None) -> Separated:
    """Take one merge back: the record returns under its own id, with what was its own.

    The two are never proposed or merged by a rule again. Merges may be taken back in any order.
    Raises: `MergeUnknown`, `AlreadySeparated`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False) as cursor:
        event = LinkEvent.objects.filter(
            company_id=company_id, pk=link_event_id, kind="merge"
        ).first()
        if event is None:
            raise MergeUnknown
        if event.undone_by is not None:
            raise AlreadySeparated
        opened = OpenSet.begin(cursor, company_id=company_id)
        undone_by = separate(cursor, opened, event=event, person_id=person_id)
        opened.seal(cursor, origin="unmerge", source_id=None, batch_id=None, person_id=person_id)
    return Separated(undone_by, event.entity, event.other_id or 0, event.survivor_id)


def _check(entity: str) -> None:
    if entity not in MERGEABLE:
        raise NotMergeable


def _live(company_id: int, entity: str, named: Named) -> Any:
    by = {"public_id": named} if isinstance(named, UUID) else {"pk": named}
    row = model_of(entity).objects.filter(company_id=company_id, deleted_at=None, **by).first()
    if row is None:
        raise MergedMeanwhile
    return row


def _alive(cursor: Any, entity: str, ids: set[int]) -> set[int]:
    cursor.execute(
        f"SELECT g.id FROM (SELECT unnest(%s::bigint[]) AS id OFFSET 0) i CROSS JOIN LATERAL ("
        f"SELECT g.id FROM hub_{entity} g WHERE g.id = i.id AND g.deleted_at IS NULL OFFSET 0) g",
        [list(ids)],
    )
    return {row[0] for row in cursor.fetchall()}


def _different(cursor: Any) -> set[tuple[int, int]]:
    """Pairs of survivors that a person has said are different, or something merged into them."""
    cursor.execute(
        """
        SELECT coalesce(a.to_id, n.a), coalesce(b.to_id, n.b) FROM hub_never_match n
        LEFT JOIN LATERAL (SELECT r.to_id FROM hub_redirect r WHERE r.from_id = n.a OFFSET 0) a ON true
        LEFT JOIN LATERAL (SELECT r.to_id FROM hub_redirect r WHERE r.from_id = n.b OFFSET 0) b ON true
        """
    )
    return {(min(row), max(row)) for row in cursor.fetchall()}
