"""The one door: everything that writes the hub passes through here.

validate → source record → identify → fold by survivorship → change log, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from palier.hub import scratch
from palier.hub.checks import NO_FIELDS
from palier.hub.custom import PREFIX, declared
from palier.hub.deal_log import infer_steps
from palier.hub.events import EventWriter
from palier.hub.golden import GoldenWriter
from palier.hub.known import is_known, sift
from palier.hub.lookup import kinds_in_use, open_kinds
from palier.hub.objects import ObjectBook
from palier.hub.records import Record, Rejection, Tool
from palier.hub.references import resolve_waiting
from palier.hub.schema import ENTITIES, Entity
from palier.hub.staging import FEW_ROWS, Chunk, Stager, prepared_ahead
from palier.hub.writing import NOTHING_GIVEN, ChunkCounts, ChunkWriter
from palier.kernel.refusals import Refusal

WRITE_LOCK = 0x50414C49
"""First half of the advisory lock that serialises writers of one company: the letters PALI."""

CHANGES_CHANNEL = "palier_changes"
"""Where each commit that changed something of a company says that company's number (LISTEN)."""

_PLANNER = (
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_material", "off"),
    ("enable_memoize", "off"),
    ("join_collapse_limit", "1"),
    ("from_collapse_limit", "1"),
)
"""Rows written by this very transaction are in no statistics, so the planner would guess wrong by
orders of magnitude. Every statement of the door names its joins in order, staged rows first, and
each join has its index."""


class AnotherWriteRunning(Refusal):
    code = "hub.another-write-running"
    message = "Another import of this company is running. Try again when it has finished."


class UnknownEntity(Refusal):
    code = "hub.unknown-entity"
    message = "There is no entity named %(entity)s. Known ones: %(known)s"


_PLANNED = ", ".join(f"set_config('{setting}', '{value}', true)" for setting, value in _PLANNER)


@dataclass(slots=True)
class WriteReport:
    """What became of the records of one operation, and which were refused."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len(self.rejections)

    def add(self, chunk: Chunk, counts: ChunkCounts) -> bool:
        """Count what became of a chunk; whether most of it told something new."""
        touched = counts.created + counts.updated
        self.created += counts.created
        self.updated += counts.updated
        self.unchanged += len(chunk.told) - touched + chunk.superseded
        self.rejections.extend(chunk.rejections)
        return 2 * touched > len(chunk.told)


@contextmanager
def exclusive_write(
    *, company_id: int, wait: bool, few: bool = False, patience_s: float = 0
) -> Iterator[Any]:
    """One transaction that holds the company's write lock; yields a cursor. `few` tells that it is about a few records.

    `patience_s` is how long to wait at most, 0 for as long as it takes.
    Raises: `AnotherWriteRunning` when `wait` is false and another writer holds it, or longer than `patience_s`.
    """
    within = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        try:
            cursor.execute(
                f"SELECT {lock}(%s, %s), {scratch.ARE_THERE}, {_PLANNED} FROM "
                "(SELECT set_config('lock_timeout', %s, true) OFFSET 0) patience",
                [WRITE_LOCK, company_id, f"{patience_s * 1000:.0f}"],
            )
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise AnotherWriteRunning from error
            raise
        locked, has_scratch = cursor.fetchone()[:2]
        if locked is False:
            raise AnotherWriteRunning
        if not has_scratch:
            scratch.make(cursor)
        scratch.begin(cursor, few=few)
        yield cursor
        if within:  # else they end with the transaction
            cursor.execute("; ".join(f"SET LOCAL {setting} TO DEFAULT" for setting, _ in _PLANNER))


@dataclass(slots=True)
class OpenSet:
    """A change set being written: sealed last, so that its order follows the locks it took."""

    company_id: int
    id: int
    next_ord: int = 0

    @classmethod
    def begin(cls, cursor: Any, *, company_id: int) -> OpenSet:
        """Take a number for a new set."""
        cursor.execute("SELECT nextval('hub_change_set_id')")
        return cls(company_id, cursor.fetchone()[0])

    def seal(
        self,
        cursor: Any,
        *,
        origin: str,
        source_id: int | None,
        batch_id: int | None,
        person_id: int | None,
    ) -> None:
        """Record the set when it changed something."""
        if not self.next_ord:
            return
        cursor.execute(
            """
            WITH sealed AS (
              INSERT INTO hub_change_set (id, company_id, sealed, rows, origin, source_id, batch_id, person_id)
              SELECT %s, %s, nextval('hub_sealed'), %s, %s, %s, %s, %s
            )
            SELECT pg_notify(%s, %s)
            """,
            [
                self.id,
                self.company_id,
                self.next_ord,
                origin,
                source_id,
                batch_id,
                person_id,
                CHANGES_CHANNEL,
                str(self.company_id),
            ],
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who brings what: one object of one tool, the entity it feeds, and for the change log by which way and by whom."""

    company_id: int
    tool: Tool
    object_name: str
    entity: str
    origin: str = "import"
    batch_id: int | None = None
    person_id: int | None = None


def write_records(
    *,
    company_id: int,
    tool: Tool,
    object_name: str,
    entity: str,
    records: Iterable[Record],
    batch_id: int | None = None,
    person_id: int | None = None,
    origin: str = "import",
    wait: bool = True,
    progress: Callable[[int], None] | None = None,
) -> WriteReport:
    """Bring records of one object of one tool into the hub, all or nothing.

    The connection must be scoped to the company. Sending the same records again changes nothing
    and counts them as unchanged. `progress` receives the number of rows done so far.
    Raises: `UnknownEntity`, `AnotherWriteRunning`.
    """
    delivery = Delivery(company_id, tool, object_name, entity, origin, batch_id, person_id)
    with exclusive_write(company_id=company_id, wait=wait, few=are_few(records)) as cursor:
        return bring(cursor, delivery, records, progress=progress)


def are_few(records: Iterable[Record]) -> bool:
    """Whether these are known to be a few records: they are then looked up without more ado."""
    return isinstance(records, list) and len(records) <= FEW_ROWS


def bring(
    cursor: Any,
    delivery: Delivery,
    records: Iterable[Record],
    *,
    given: Mapping[str, int] = NOTHING_GIVEN,
    progress: Callable[[int], None] | None = None,
    written: Callable[[Any, Chunk], None] | None = None,
) -> WriteReport:
    """The same inside an `exclusive_write` that is open: its cursor is `cursor`.

    `given` names entities for identifiers that are new; `written` is called after each chunk.
    Raises: `UnknownEntity`.
    """
    if delivery.entity not in ENTITIES:
        raise UnknownEntity(entity=delivery.entity, known=", ".join(ENTITIES))
    spec = ENTITIES[delivery.entity]
    company_id, few = delivery.company_id, are_few(records)
    report = WriteReport()
    book = ObjectBook.of(delivery.tool, company_id=company_id)
    object_id = book.object_id(delivery.object_name, None, spec.name)
    book.save()
    opened = OpenSet.begin(cursor, company_id=company_id)
    stager = Stager(
        company_id=company_id,
        entity=spec,
        resolve_object=book.object_id,
        kinds=kinds_in_use(company_id=company_id, entity=spec.name),
        expect_new=few or not is_known(cursor, entity=spec, object_id=object_id),
        custom=declared(company_id=company_id, entity=spec.name)
        if not few or _have_custom(records)
        else NO_FIELDS,
    )
    writer = _writer(delivery, spec, object_id, opened, given)
    done = 0
    chunks = stager.chunks(records)
    for chunk in chunks if few else prepared_ahead(chunks):
        book.save()
        if chunk.lines is None:
            chunk.sent()
            chunk.places = sift(cursor, chunk, entity=spec, object_id=object_id)
        stager.complete(chunk)
        chunk.fates = None if written is None else {}
        if needed := chunk.referenced | chunk.wanted:
            open_kinds(cursor, company_id=company_id, needed=needed)
        stager.expect_new = report.add(chunk, writer.write(cursor, chunk))
        if written is not None:
            written(cursor, chunk)
        done += len(chunk.told) + len(chunk.rejections) + chunk.superseded
        if progress is not None:
            progress(done)
    opened.next_ord = writer.next_ord
    if report.created or report.updated:
        _finish(cursor, opened, spec.name)
    opened.seal(
        cursor,
        origin=delivery.origin,
        source_id=book.source_id,
        batch_id=delivery.batch_id,
        person_id=delivery.person_id,
    )
    return report


def _have_custom(records: Iterable[Record]) -> bool:
    return any(name.startswith(PREFIX) for record in records for name in record.fields)


def _writer(
    delivery: Delivery, spec: Entity, object_id: int, opened: OpenSet, given: Mapping[str, int]
) -> ChunkWriter | EventWriter:
    if spec.appended:
        return EventWriter(
            company_id=delivery.company_id,
            object_id=object_id,
            batch_id=delivery.batch_id,
            set_id=opened.id,
        )
    return ChunkWriter(
        company_id=delivery.company_id,
        entity=spec,
        object_id=object_id,
        batch_id=delivery.batch_id,
        golden=GoldenWriter(company_id=delivery.company_id, entity=spec, set_id=opened.id),
        given=given,
    )


def _finish(cursor: Any, opened: OpenSet, entity: str) -> None:
    """What follows from what was written: parents for those who waited, steps of deals.

    A record that only adds itself to what is known changes no entity, and yet may be waited for.
    """
    opened.next_ord = resolve_waiting(
        cursor,
        company_id=opened.company_id,
        parent=entity,
        set_id=opened.id,
        next_ord=opened.next_ord,
    )
    if entity in {"deal", "deal_event"}:
        opened.next_ord = infer_steps(
            cursor,
            company_id=opened.company_id,
            set_id=opened.id,
            next_ord=opened.next_ord,
            deals=entity == "deal",
        )
