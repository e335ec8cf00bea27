"""What persons decide of proposed pairs: the same, different, and whether a rule was right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

from palier.hub import linking
from palier.hub.linking import AlreadySeparated, Merged, MergeReport, MergeUnknown
from palier.hub.models import LinkEvent, MatchProposal, NeverMatch, Redirect
from palier.hub.operations import exclusive_write
from palier.hub.queries.values import model_of
from palier.kernel.refusals import Refusal


class ProposalUnknown(Refusal):
    code = "hub.proposal-unknown"
    message = "This pair does not exist."


class PairSettled(Refusal):
    code = "hub.pair-settled"
    message = "Somebody has decided this pair meanwhile."


class PairGone(Refusal):
    code = "hub.pair-gone"
    message = "One of these two records is no longer there. The pair has been put aside."


def accept(
    *,
    company_id: int,
    proposal_id: int,
    person_id: int,
    survivor_id: int | None = None,
    versions: Mapping[int, int] | None = None,
) -> Merged:
    """Say that a pair is one and the same: merge it into `survivor_id`, the older record by default.

    Raises: `ProposalUnknown`, `PairSettled`, `PairGone`, `ChangedMeanwhile`, `AnotherWriteRunning`.
    """
    proposal = _get(company_id, proposal_id)
    pair = _open_pair(proposal)
    survivor = survivor_id if survivor_id in pair else min(pair)
    (other,) = [id_ for id_ in pair if id_ != survivor]
    try:
        (merged,) = linking.merge(
            company_id=company_id,
            entity=proposal.entity,
            survivor=survivor,
            others=[other],
            person_id=person_id,
            versions=versions,
        )
    except linking.MergedMeanwhile as refusal:
        proposal.refresh_from_db()
        _open_pair(proposal)
        raise PairSettled from refusal
    return merged


def refuse(*, company_id: int, proposal_id: int, person_id: int, now: dt.datetime) -> None:
    """Say that a pair is two different things: it is never proposed or merged by a rule again.

    Raises: `ProposalUnknown`, `PairSettled`, `PairGone`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False):
        proposal = _get(company_id, proposal_id)
        pair = _roots(proposal)
        settled = proposal.status != "open" or len(set(pair)) == 1
        if not settled:
            _refuse(proposal, pair, person_id, now)
    if settled:
        raise PairSettled


def reconsider(*, company_id: int, proposal_id: int, person_id: int) -> None:
    """Take back a refusal: the pair is proposed again.

    Raises: `ProposalUnknown`, `PairSettled`, `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False):
        proposal = _get(company_id, proposal_id)
        if proposal.status != "refused":
            raise PairSettled
        a, b = sorted(_roots(proposal))
        for pair in {(proposal.a, proposal.b), (a, b)}:
            NeverMatch.objects.filter(company_id=company_id, a=pair[0], b=pair[1]).delete()
        proposal.status, proposal.decided_by, proposal.decided_at = "open", None, None
        proposal.link_event_id = proposal.rule = None
        proposal.save()


def accept_all(*, company_id: int, proposal_ids: Collection[int], person_id: int) -> MergeReport:
    """Merge the pairs that a person looked at together; never chains (`linking.merge_pairs`).

    Raises: `AnotherWriteRunning`.
    """
    report = MergeReport()
    found = _open_among(company_id, proposal_ids)
    for entity in sorted({one.entity for one in found}):
        pairs = [_roots(one) for one in found if one.entity == entity]
        done = linking.merge_alike(
            company_id=company_id, entity=entity, pairs=pairs, person_id=person_id
        )
        report = MergeReport(
            report.merged + done.merged,
            report.chained + done.chained,
            report.refused + done.refused,
            report.gone + done.gone,
        )
    return report


def refuse_all(
    *, company_id: int, proposal_ids: Collection[int], person_id: int, now: dt.datetime
) -> int:
    """Say of pairs looked at together that each is two different things; how many there were.

    Raises: `AnotherWriteRunning`.
    """
    with exclusive_write(company_id=company_id, wait=False):
        found = _open_among(company_id, proposal_ids)
        for proposal in found:
            _refuse(proposal, _roots(proposal), person_id, now)
    return len(found)


def confirm(*, company_id: int, link_event_id: int, person_id: int, now: dt.datetime) -> None:
    """Say that a rule was right to merge: its precision is measured on such decisions.

    Raises: `MergeUnknown`, `AlreadySeparated`.
    """
    with exclusive_write(company_id=company_id, wait=False):
        event = LinkEvent.objects.filter(
            company_id=company_id, pk=link_event_id, kind="merge"
        ).first()
        if event is None:
            raise MergeUnknown
        if event.undone_by is not None:
            raise AlreadySeparated
        event.reviewed_by, event.reviewed_at = person_id, now
        event.save(update_fields=["reviewed_by", "reviewed_at"])


def _get(company_id: int, proposal_id: int) -> MatchProposal:
    found = MatchProposal.objects.filter(company_id=company_id, pk=proposal_id).first()
    if found is None:
        raise ProposalUnknown
    return found


def _open_among(company_id: int, proposal_ids: Collection[int]) -> list[MatchProposal]:
    found = MatchProposal.objects.filter(
        company_id=company_id, pk__in=proposal_ids, status="open"
    ).order_by("-weight", "pk")
    return [one for one in found if len(set(_roots(one))) > 1]


def _roots(proposal: MatchProposal) -> tuple[int, int]:
    """Where the two ends lead today: each to itself, or to what it was merged into."""
    leads = dict(
        Redirect.objects.filter(
            company_id=proposal.company_id, from_id__in=(proposal.a, proposal.b)
        ).values_list("from_id", "to_id")
    )
    return leads.get(proposal.a, proposal.a), leads.get(proposal.b, proposal.b)


def _open_pair(proposal: MatchProposal) -> tuple[int, int]:
    """The two records of an open proposal; one whose record is gone is put aside."""
    pair = _roots(proposal)
    if proposal.status != "open" or pair[0] == pair[1]:
        raise PairSettled
    alive = model_of(proposal.entity).objects.filter(
        company_id=proposal.company_id, pk__in=pair, deleted_at=None
    )
    if alive.count() < len(pair):
        MatchProposal.objects.filter(pk=proposal.pk, status="open").update(status="stale")
        raise PairGone
    return pair


def _refuse(
    proposal: MatchProposal, pair: tuple[int, int], person_id: int, now: dt.datetime
) -> None:
    proposal.status, proposal.decided_by, proposal.decided_at = "refused", person_id, now
    proposal.save(update_fields=["status", "decided_by", "decided_at"])
    NeverMatch.objects.get_or_create(
        company_id=proposal.company_id,
        a=min(pair),
        b=max(pair),
        defaults={"person_id": person_id},
    )
