"""Open deals by stage, and moving one from stage to stage by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from palier.hub.operations import write_records
from palier.hub.pins import pin_field, unpin_field
from palier.hub.queries.finding import list_handles
from palier.hub.queries.records import get_record_fields
from palier.hub.queries.values import amounts
from palier.hub.records import Record, Tool
from palier.kernel.money import Money
from palier.kernel.refusals import Refusal

OURSELVES = Tool("palier", "Palier", "crm")
"""The tool by which the product itself tells what was done in it."""
CARDS = 20
"""Cards of a stage on the board; the list has them all [ours]."""
_STEPS_READ = 20_000
"""Latest steps by which the order of stages is told [ours]."""
_OPEN = (
    "d.company_id = %(company)s AND d.deleted_at IS NULL "
    "AND (d.status = 'open' OR d.status IS NULL AND d.won_on IS NULL AND d.lost_on IS NULL)"
)


class StageNeeded(Refusal):
    code = "hub.stage-needed"
    message = "Choose the stage to move the deal to."


@dataclass(frozen=True, slots=True)
class Card:
    """An open deal on the board; `since` is when it came to its stage."""

    id: int
    public_id: UUID
    name: str
    customer: str
    amount: Money | None
    owner: str
    since: dt.date | None


@dataclass(frozen=True, slots=True)
class Lane:
    """A stage: how many open deals, their amounts by currency, and the largest of them."""

    stage: str
    count: int = 0
    amounts: tuple[Money, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """The stages of a pipeline in the order in which deals pass through them; all pipelines and owners of open deals."""

    lanes: tuple[Lane, ...] = ()
    pipelines: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(slots=True)
class _Filling:
    count: int = 0
    sums: list[tuple[int | None, str | None]] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)


def get_board(*, company_id: int, currency: str, pipeline: str = "", owner: str = "") -> Board:
    """Open deals by stage, of one pipeline or owner if asked for. Four queries whatever their number."""
    where = _OPEN
    parameters: dict[str, Any] = {"company": company_id, "pipeline": pipeline, "owner": owner}
    where += " AND d.pipeline = %(pipeline)s" if pipeline else ""
    where += " AND d.owner = %(owner)s" if owner else ""
    found: dict[str, _Filling] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT d.pipeline, d.owner FROM hub_deal d WHERE {_OPEN}", parameters
        )
        chosen = cursor.fetchall()
        cursor.execute(
            f"SELECT coalesce(d.stage, ''), d.currency, count(*), sum(d.amount_minor)::bigint FROM hub_deal d "
            f"WHERE {where} GROUP BY 1, 2",
            parameters,
        )
        for stage, said, count, minor in cursor.fetchall():
            filling = found.setdefault(stage, _Filling())
            filling.count += count
            filling.sums.append((minor, said))
        for stage, card in _cards(cursor, where, parameters, currency):
            found[stage].cards.append(card)
        order = _order(cursor, parameters)
    stages = sorted(
        {*found, *(() if pipeline or owner else order)},
        key=lambda stage: (stage != "", order.get(stage, 1e9), stage),
    )
    lanes = (
        Lane(
            stage,
            found[stage].count,
            amounts(found[stage].sums, currency=currency),
            tuple(found[stage].cards),
        )
        if stage in found
        else Lane(stage)
        for stage in stages
    )
    return Board(
        tuple(lanes),
        tuple(sorted({row[0] for row in chosen if row[0]})),
        tuple(sorted({row[1] for row in chosen if row[1]})),
    )


def _cards(
    cursor: Any, where: str, parameters: dict[str, Any], currency: str
) -> Sequence[tuple[str, Card]]:
    """The largest deals of each stage; when each came there, from its steps, else from its opening."""
    cursor.execute(
        f"""
        SELECT d.stage, d.id, d.public_id, d.name, c.name, d.amount_minor, d.currency, d.owner, coalesce(s.at::date, d.opened_on)
        FROM (
          SELECT * FROM (
            SELECT d.id, d.public_id, d.name, coalesce(d.stage, '') AS stage, d.amount_minor, d.currency, d.owner,
                   d.opened_on, d.customer_id,
                   row_number() OVER (PARTITION BY d.stage ORDER BY d.amount_minor DESC NULLS LAST, d.id) AS place
            FROM hub_deal d WHERE {where}
          ) d WHERE d.place <= {CARDS} OFFSET 0
        ) d
        LEFT JOIN LATERAL (SELECT c.name FROM hub_customer c WHERE c.id = d.customer_id OFFSET 0) c ON true
        LEFT JOIN LATERAL (
          SELECT max(e.at) AS at FROM hub_deal_event e
          WHERE e.deal_id = d.id AND e.deleted_at IS NULL AND e.to_stage = d.stage OFFSET 0
        ) s ON true
        ORDER BY d.stage, d.place
        """,
        parameters,
    )
    return [
        (
            row[0],
            Card(
                row[1],
                row[2],
                row[3] or "",
                row[4] or "",
                None if row[5] is None else Money(row[5], row[6] or currency),
                row[7] or "",
                row[8],
            ),
        )
        for row in cursor.fetchall()
    ]


def _order(cursor: Any, parameters: dict[str, Any]) -> dict[str, float]:
    """Stages by their mean place among a deal's steps; without steps by the deals' mean probability."""
    cursor.execute(
        f"""
        SELECT e.to_stage, avg(e.place)::float FROM (
          SELECT e.to_stage, row_number() OVER (PARTITION BY e.deal_id ORDER BY e.at, e.id) AS place FROM (
            SELECT e.to_stage, e.deal_id, e.at, e.id FROM hub_deal_event e
            WHERE e.company_id = %(company)s AND e.deleted_at IS NULL AND e.to_stage IS NOT NULL
            ORDER BY e.id DESC LIMIT {_STEPS_READ}
          ) e
        ) e GROUP BY 1
        """,
        parameters,
    )
    told = dict(cursor.fetchall())
    if told:
        return told
    cursor.execute(
        f"SELECT d.stage, avg(d.probability)::float FROM hub_deal d WHERE {_OPEN} AND d.stage IS NOT NULL "
        "GROUP BY 1 HAVING avg(d.probability) IS NOT NULL",
        parameters,
    )
    return dict(cursor.fetchall())


def move_deal(
    *, company_id: int, public_id: UUID, stage: str, person_id: int, actor: str, now: dt.datetime
) -> str:
    """Fix a deal's stage and tell the step, both or neither; the stage it was in.

    Raises: `StageNeeded`, `RecordUnknown`, `PinInvalid`, `AnotherWriteRunning`.
    """
    if not stage:
        raise StageNeeded
    with transaction.atomic():
        before = _stage(company_id, public_id)
        if before != stage:
            _pin(company_id, public_id, stage, person_id)
            _tell(
                company_id=company_id,
                public_id=public_id,
                before=before,
                stage=stage,
                person_id=person_id,
                actor=actor,
                now=now,
            )
    return before


def move_back(
    *, company_id: int, public_id: UUID, stage: str, person_id: int, actor: str, now: dt.datetime
) -> None:
    """Undo a move: the sources speak again where they say that stage, else it is fixed by hand.

    Raises: `StageNeeded`, `RecordUnknown`, `AnotherWriteRunning`.
    """
    if not stage:
        raise StageNeeded
    with transaction.atomic():
        before = _stage(company_id, public_id)
        if before == stage:
            return
        unpin_field(
            company_id=company_id,
            entity="deal",
            public_id=public_id,
            field="stage",
            person_id=person_id,
        )
        if _stage(company_id, public_id) != stage:
            _pin(company_id, public_id, stage, person_id)
        _tell(
            company_id=company_id,
            public_id=public_id,
            before=before,
            stage=stage,
            person_id=person_id,
            actor=actor,
            now=now,
        )


def _stage(company_id: int, public_id: UUID) -> str:
    record = get_record_fields(company_id=company_id, entity="deal", public_id=public_id)
    found = record.field("stage")
    return str(found.value or "") if found else ""


def _pin(company_id: int, public_id: UUID, stage: str, person_id: int) -> None:
    pin_field(
        company_id=company_id,
        entity="deal",
        public_id=public_id,
        field="stage",
        value=stage,
        person_id=person_id,
    )


def _tell(
    *,
    company_id: int,
    public_id: UUID,
    before: str,
    stage: str,
    person_id: int,
    actor: str,
    now: dt.datetime,
) -> None:
    """Record the step as what this product says of the deal."""
    handles = list_handles(
        company_id=company_id, entity="deal", public_ids=[public_id], tool=OURSELVES.name
    )
    handle = handles[public_id]
    write_records(
        company_id=company_id,
        tool=OURSELVES,
        object_name="deal_event",
        entity="deal_event",
        records=[
            Record(
                uuid4().hex,
                {
                    "deal": [handle.object, handle.external_id, handle.tool],
                    "kind": "stage_changed",
                    "from_stage": before or None,
                    "to_stage": stage,
                    "at": now.isoformat(),
                    "actor": actor,
                },
                source_updated_at=now,
            )
        ],
        person_id=person_id,
        origin="pin",
        wait=False,
    )
