"""The one door: everything that writes the hub passes through here.

validate → source record → identify → fold by survivorship → change log, in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from palier.hub.deal_log import infer_steps
from palier.hub.events import EventWriter
from palier.hub.fold import GoldenWriter
from palier.hub.known import is_known, sift
from palier.hub.lookup import kinds_in_use, open_kinds
from palier.hub.models import ChangeSet
from palier.hub.objects import ObjectBook
from palier.hub.records import Record, Rejection
from palier.hub.references import resolve_waiting
from palier.hub.schema import ENTITIES
from palier.hub.staging import Stager, prepared_ahead
from palier.hub.writing import ChunkWriter
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


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool that speaks: its stable name, its label for people and its kind."""

    name: str
    label: str = ""
    kind: str = "other"


@contextmanager
def exclusive_write(*, company_id: int, wait: bool) -> Iterator[Any]:
    """One transaction that holds the company's write lock; yields a cursor.

    Raises: `AnotherWriteRunning` when `wait` is false and another writer holds it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [WRITE_LOCK, company_id])
        else:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [WRITE_LOCK, company_id])
            if not cursor.fetchone()[0]:
                raise AnotherWriteRunning
        cursor.execute("; ".join(f"SET LOCAL {setting} = {value}" for setting, value in _PLANNER))
        yield cursor
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
        cursor.execute("SELECT nextval('hub_sealed')")
        ChangeSet.objects.create(
            id=self.id,
            company_id=self.company_id,
            sealed=cursor.fetchone()[0],
            rows=self.next_ord,
            origin=origin,
            source_id=source_id,
            batch_id=batch_id,
            person_id=person_id,
        )
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANGES_CHANNEL, str(self.company_id)])


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
    spec = ENTITIES.get(entity)
    if spec is None:
        raise UnknownEntity(entity=entity, known=", ".join(ENTITIES))
    report = WriteReport()
    with exclusive_write(company_id=company_id, wait=wait) as cursor:
        book = ObjectBook(company_id=company_id, source=tool.name, label=tool.label, kind=tool.kind)
        object_id = book.object_id(object_name, None, entity)
        book.save()
        opened = OpenSet.begin(cursor, company_id=company_id)
        stager = Stager(
            company_id=company_id,
            entity=spec,
            resolve_object=book.object_id,
            kinds=kinds_in_use(company_id=company_id, entity=entity),
            expect_new=not is_known(cursor, entity=spec, object_id=object_id),
        )
        writer: ChunkWriter | EventWriter
        golden = GoldenWriter(company_id=company_id, entity=spec, set_id=opened.id)
        if spec.appended:
            writer = EventWriter(
                company_id=company_id, object_id=object_id, batch_id=batch_id, set_id=opened.id
            )
        else:
            writer = ChunkWriter(
                company_id=company_id,
                entity=spec,
                object_id=object_id,
                batch_id=batch_id,
                golden=golden,
            )
        done = 0
        for chunk in prepared_ahead(stager.chunks(records)):
            book.save()
            if chunk.lines is None:
                chunk.sent()
                chunk.places = sift(cursor, chunk, entity=spec, object_id=object_id)
            stager.complete(chunk)
            if needed := chunk.referenced | chunk.wanted:
                open_kinds(cursor, company_id=company_id, needed=needed)
            counts = writer.write(cursor, chunk)
            touched = counts.created + counts.updated
            stager.expect_new = 2 * touched > len(chunk.told)
            report.created += counts.created
            report.updated += counts.updated
            report.unchanged += len(chunk.told) - touched + chunk.superseded
            report.rejections.extend(chunk.rejections)
            done += len(chunk.told) + len(chunk.rejections) + chunk.superseded
            if progress is not None:
                progress(done)
        opened.next_ord = writer.next_ord if isinstance(writer, EventWriter) else golden.next_ord
        _finish(cursor, opened, entity)
        opened.seal(
            cursor, origin=origin, source_id=book.source_id, batch_id=batch_id, person_id=person_id
        )
    return report


def _finish(cursor: Any, opened: OpenSet, entity: str) -> None:
    """What follows from what was written: parents for those who waited, steps of deals."""
    if not opened.next_ord:
        return
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
