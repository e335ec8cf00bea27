"""The search for records of one and the same thing: weigh, propose, merge what is sure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from palier.hub import feed
from palier.hub.matching.engines import Engine, duckdb_engine, one_row
from palier.hub.matching.groups import Pair, rounds, whole_groups
from palier.hub.matching.proposing import RULE, Desk, leave_to_review
from palier.hub.matching.reading import PROFILES, changed_records, load_ids, load_records
from palier.hub.matching.scoring import AUTOMATIC, LeftOut, Scorer
from palier.hub.models import MatchRun
from palier.kernel.refusals import Refusal

Merge = Callable[[list[Pair]], int]
"""Merges pairs, no entity twice among them; how many were."""
MATCHED = tuple(PROFILES)
"""Entities whose records are compared."""
_MOST_CHANGED = 0.3
"""Share of changed records from which looking at all of them costs no more [ours]."""


class NotMatched(Refusal):
    code = "hub.not-matched"
    message = "Records of this kind are not compared."


@dataclass(slots=True)
class MatchReport:
    """What one search found."""

    entity: str
    full: bool
    records: int = 0
    compared: int = 0
    found: int = 0
    opened: int = 0
    stale: int = 0
    merged: int = 0
    chained: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def match_company(
    *,
    company_id: int,
    entity: str,
    now: dt.datetime,
    only_new: bool = False,
    merge: Merge | None = None,
    engine: Callable[[], AbstractContextManager[Engine]] | None = None,
) -> MatchReport:
    """Look for records of an entity that are one and the same; merge the sure ones, propose the others.

    The connection must be scoped to the company. With `only_new`, only pairs with a record that
    changed since the last search are weighed; without an earlier search all are.
    Raises: `NotMatched`.
    """
    if entity not in PROFILES:
        raise NotMatched
    head = feed.head(company_id=company_id)
    last = MatchRun.objects.filter(company_id=company_id, entity=entity).first()
    since = last.position if last and last.generation == head.generation else None
    if not only_new:
        since = None
    report = MatchReport(entity, full=since is None)
    if since is None or since < head.position:
        with (engine or chosen_engine)() as opened:
            search = _Search(opened, company_id=company_id, entity=entity, now=now, report=report)
            sure = search.run(since=since)
        _merge_sure(company_id, entity, sure, report, merge)
    MatchRun.objects.update_or_create(
        company_id=company_id,
        entity=entity,
        defaults={
            "generation": head.generation,
            "position": head.position,
            "at": now,
            "report": asdict(report),
        },
    )
    return report


def chosen_engine() -> AbstractContextManager[Engine]:
    """Spark where the installation names one, else DuckDB."""
    if not settings.SPARK_URL:
        return duckdb_engine()
    from palier.hub.matching.spark import spark_engine

    return spark_engine(url=settings.SPARK_URL, folder=Path(settings.SPARK_FOLDER))


class _Search:
    """One search in one engine."""

    def __init__(
        self, engine: Engine, *, company_id: int, entity: str, now: dt.datetime, report: MatchReport
    ) -> None:
        self.engine = engine
        self.company_id = company_id
        self.entity = entity
        self.now = now
        self.report = report

    def run(self, *, since: int | None) -> list[Pair]:
        """Weigh and propose; the sure pairs, and with a partial search those of their partners."""
        changed: set[int] | None = None
        if since is not None:
            with connection.cursor() as cursor:
                changed = changed_records(
                    cursor, company_id=self.company_id, entity=self.entity, after=since
                )
            if not changed:
                return []
        load_records(self.engine, company_id=self.company_id, entity=self.entity, table="record")
        scorers = [Scorer(self.engine, profile, "record") for profile in PROFILES[self.entity]]
        self.report.records = int(one_row(self.engine, "SELECT count(*) FROM record")[0])
        if changed is not None and len(changed) > _MOST_CHANGED * self.report.records:
            changed = None
            self.report.full = True
        self.report.compared = self.report.records if changed is None else len(changed)
        self._score(scorers, changed)
        sure = self._propose(scorers, changed)
        return sure if changed is None else [*sure, *self._beside(scorers, sure, changed)]

    def _score(self, scorers: Iterable[Scorer], ids: Iterable[int] | None) -> None:
        table = ""
        if ids is not None:
            table = "changed"
            load_ids(self.engine, ids=ids, table=table)
        for scorer in scorers:
            if not scorer.prior:
                scorer.prepare()
            scorer.score(changed=table)
            if ids is None:
                scorer.rest()
            self.report.left_out += scorer.left_out
            scorer.left_out = []

    def _propose(self, scorers: Iterable[Scorer], changed: set[int] | None) -> list[Pair]:
        with transaction.atomic(), connection.cursor() as cursor:
            desk = Desk(cursor, company_id=self.company_id, entity=self.entity, now=self.now)
            for scorer in scorers:
                self.report.found += desk.take(
                    scorer.profile, prior=scorer.prior, found=scorer.found()
                )
            proposed = desk.propose(changed=changed)
        self.report.opened, self.report.stale = proposed.opened, proposed.stale
        return list(proposed.sure)

    def _beside(
        self, scorers: Iterable[Scorer], sure: list[Pair], changed: set[int]
    ) -> Iterator[Pair]:
        """Sure pairs of unchanged partners among themselves: without them a chain would not show."""
        partners = {one for pair in sure for one in pair} - changed
        if not partners:
            return
        self._score(scorers, partners)
        for scorer in scorers:
            for found in scorer.found(least=AUTOMATIC):
                if found.guarded and not {found.a, found.b} & changed:
                    yield found.a, found.b


def _merge_sure(
    company_id: int, entity: str, sure: list[Pair], report: MatchReport, merge: Merge | None
) -> None:
    """Merge the groups in which everyone is sure of everyone; leave the others to people."""
    groups = whole_groups(sure)
    chosen = {one for group in groups for one in group}
    chained = [pair for pair in sure if pair[0] not in chosen]
    report.chained = len(chained)
    if chained:
        with transaction.atomic(), connection.cursor() as cursor:
            leave_to_review(cursor, pairs=chained)
    work = merge or _merging(company_id, entity)
    for batch in rounds(groups):
        report.merged += work(batch)


def _merging(company_id: int, entity: str) -> Merge:
    from palier.hub.linking import merge_pairs

    def work(pairs: list[Pair]) -> int:
        done: Any = merge_pairs(company_id=company_id, entity=entity, pairs=pairs, rule=RULE)
        return int(done.merged)

    return work
