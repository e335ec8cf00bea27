"""From records to rows ready for COPY: checked, digested, in chunks that a second thread prepares.

A tool mostly sends again what it said before. So a chunk is first made into `told` lines, enough
to compare each row with what is known; whole lines, with keys, are made for the rows that differ.
Where rows are expected to be new, both are made at once, beside the database's work.
"""

from __future__ import annotations

import queue
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from palier.hub.checks import MOST_YEARLY, Shape, annual_units
from palier.hub.identity import KeyMaker, digest, reference_value
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import Entity, Field

CHUNK_ROWS = 20_000
"""Rows staged at a time: large enough for set-based SQL, small enough to stay in memory (palier bench ingest)."""
PROBE_ROWS = 1_000
"""Rows of the first chunk, which tells whether the others are new: that decides how they are prepared [ours]."""
LONGEST_IDENTIFIER = 1_000
"""Characters of an external id: an index entry of PostgreSQL holds 2,700 bytes."""
SWITCH_INTERVAL_S = 0.000_2
"""How often the two threads of an import take turns. With Python's 5 ms, the one that talks to the database waited for
its turn at each piece it sent: sending a chunk took three times the server's own time (palier bench ingest)."""
_USUAL_INTERVAL_S = sys.getswitchinterval()
_DIRECT = re.compile(r"[\\\t\n\r\x00]")
_NO_KEYS = "\\N\t0\t0\t\\N"


@dataclass(slots=True)
class Chunk:
    """Rows in COPY text form, with what the SQL needs to know about them.

    `told`, `said` and `records` have one item a row: its place, identifier and digest; its fields
    and payload; where it comes from. `lines` are whole rows, None until they are made.
    `names` are the fields that occur; `referenced` the (entity, kind of key) pairs that references use.
    """

    told: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    lines: list[str] | None = None
    rejections: list[Rejection] = field(default_factory=list)
    superseded: int = 0
    names: set[str] = field(default_factory=set)
    referenced: set[tuple[str, str]] = field(default_factory=set)
    has_custom: bool = False
    has_keys: bool = False
    has_followers: bool = False
    has_lonely: bool = False


class Stager:
    """Turns records of one entity into chunks of COPY lines."""

    def __init__(
        self,
        *,
        company_id: int,
        entity: Entity,
        resolve_object: Callable[[str, str | None, str], int],
        lookup_kinds: frozenset[str] = frozenset(),
        expect_new: bool = True,
    ) -> None:
        self.expect_new = expect_new
        self.company_id = company_id
        self.entity = entity
        self._references = {spec.name: spec for spec in entity.fields if spec.type == "ref"}
        self._recurring = entity.name == "recurring_line"
        self._rewritten = bool(self._references) or self._recurring
        self._resolve_object = resolve_object
        self._key_maker = KeyMaker(
            company_id=company_id, entity=entity.name, lookup_kinds=lookup_kinds
        )
        self._shapes: dict[tuple[str, ...], Shape] = {}

    def chunks(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Chunks in order; the same external id twice in a chunk keeps its last row."""
        batch: dict[str, Record] = {}
        superseded, size = 0, PROBE_ROWS
        for record in records:
            if record.external_id in batch:
                superseded += 1
                del batch[record.external_id]
            batch[record.external_id] = record
            if len(batch) >= size:
                yield self._chunk(batch.values(), superseded)
                batch, superseded, size = {}, 0, CHUNK_ROWS
        if batch or superseded:
            yield self._chunk(batch.values(), superseded)

    def _chunk(self, records: Iterable[Record], superseded: int) -> Chunk:
        chunk = Chunk(superseded=superseded)
        seen: set[tuple[str, ...]] = set()
        rejections, shapes = chunk.rejections, self._shapes
        for record in records:
            names = tuple(record.fields)
            shape = shapes.get(names)
            if shape is None:
                shape = shapes[names] = Shape(names, self.entity)
            problem = (
                shape.problem(record) or self._further_problem(record) or self._tell(record, chunk)
            )
            if problem is not None:
                rejections.append(problem)
            elif names not in seen:
                seen.add(names)
                chunk.names.update(names)
                chunk.has_custom = chunk.has_custom or shape.custom
        if self._recurring:
            chunk.names.add("annual_units")
        if self.expect_new:
            self.complete(chunk, range(len(chunk.told)))
        return chunk

    def _further_problem(self, record: Record) -> Rejection | None:
        identifier = record.external_id
        if not identifier:
            return Rejection(record.line, None, "hub.no-identifier")
        if len(identifier) > LONGEST_IDENTIFIER:
            return Rejection(
                record.line, None, "hub.identifier-too-long", {"limit": str(LONGEST_IDENTIFIER)}
            )
        if self._recurring:
            count = record.fields.get("interval_count")
            if count is not None and int(str(count)) < 1:
                return Rejection(record.line, "interval_count", "hub.empty-term")
        return None

    def _tell(self, record: Record, chunk: Chunk) -> Rejection | None:
        """Add a row to the chunk, or say why it cannot be stored."""
        fields, identifier = record.fields, record.external_id
        if self._rewritten:
            fields = self._stored(fields, chunk)
        if self._recurring and abs(int(str(fields["annual_units"]))) >= MOST_YEARLY:
            told = {"field": "amount_minor", "value": str(fields["amount_minor"])}
            return Rejection(record.line, "amount_minor", "hub.out-of-range", told)
        try:
            encoded = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
            payload = b"" if record.payload is None else orjson.dumps(record.payload)
            identifier.encode()
        except (TypeError, UnicodeEncodeError):  # half a character, from a damaged file
            return Rejection(record.line, None, "hub.not-text", {"id": ascii(identifier[:80])})
        text, payload_text = encoded.decode(), payload.decode() if payload else "\\N"
        if b"\\" in encoded or b"\\" in payload:
            if b"\\u0000" in encoded or b"\\u0000" in payload:
                return Rejection(record.line, None, "hub.nul", {"id": identifier[:80]})
            text = text.replace("\\", "\\\\")
            payload_text = payload_text.replace("\\", "\\\\") if payload else payload_text
        if _DIRECT.search(identifier) is not None:
            if "\x00" in identifier:
                return Rejection(record.line, None, "hub.nul", {"id": identifier[:80]})
            identifier = _escape(identifier)
        hashed = sha256(encoded + repr(record.keys).encode() if record.keys else encoded)
        at = record.source_updated_at
        updated = "\\N" if at is None else at.isoformat()
        chunk.told.append(f"{len(chunk.told)}\t{identifier}\t{hashed.hexdigest()[:32]}\t{updated}")
        chunk.said.append(f"{text}\t{payload_text}")
        chunk.records.append(record)
        return None

    def complete(self, chunk: Chunk, places: Iterable[int]) -> None:
        """Make the whole lines of these rows, and note what their keys ask for."""
        told, said, records = chunk.told, chunk.said, chunk.records
        idle, leading = self._key_maker.idle, set[int]()
        chunk.lines = []
        for place in places:
            record = records[place]
            keys = _NO_KEYS if idle and not record.keys else self._keys(record, leading, chunk)
            chunk.lines.append(f"{told[place]}\t{said[place]}\t{keys}")

    def _keys(self, record: Record, leading: set[int], chunk: Chunk) -> str:
        """Columns `keys`, `strong`, `sure` and `lookup` of a line."""
        keys = self._key_maker.keys(record.fields, record.keys)
        identity = keys.identity
        if identity:
            chunk.has_keys = True
            if not keys.sure:
                chunk.has_lonely = True
            if keys.strong and identity[0] in leading:
                chunk.has_followers = True
            elif keys.strong:
                leading.add(identity[0])
        return f"{_array(identity)}\t{keys.strong}\t{keys.sure}\t{_array(keys.lookup)}"

    def _stored(self, fields: Mapping[str, JSON], chunk: Chunk) -> Mapping[str, JSON]:
        """Fields as they are kept: references by number, recurring lines with their annual units."""
        stored = dict(fields)
        for name, spec in self._references.items():
            value = fields.get(name)
            if isinstance(value, list):
                stored[name] = self._reference(value, spec, chunk)
        if self._recurring:
            stored["annual_units"] = annual_units(fields)
        return stored

    def _reference(self, value: list[JSON], spec: Field, chunk: Chunk) -> JSON:
        kind, text = str(value[0]), str(value[1])
        if kind.startswith("@"):
            kind = kind[1:]
            chunk.referenced.add((spec.target, kind))
            made_from = reference_value(kind, text, target=spec.target)
            return {"k": digest(self.company_id, spec.target, kind, made_from)}
        source = str(value[2]) if len(value) == 3 else None
        return {"o": self._resolve_object(kind, source, spec.target), "x": text}


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(values: tuple[int, ...]) -> str:
    return f"{{{','.join(map(str, values))}}}" if values else "\\N"


def prepared_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one being prepared by a second thread while the database works.

    The first one is written before the second is prepared: what became of it tells how.
    """
    if (first := next(chunks, None)) is None:
        return
    yield first
    waiting: queue.Queue[Chunk | BaseException | None] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def produce() -> None:
        try:
            for chunk in chunks:
                while not stopped.is_set():
                    try:
                        waiting.put(chunk, timeout=0.2)
                        break
                    except queue.Full:
                        continue
                if stopped.is_set():
                    return
            last: BaseException | None = None
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            last = error
        while not stopped.is_set():
            try:
                waiting.put(last, timeout=0.2)
                return
            except queue.Full:
                continue

    thread = threading.Thread(target=produce, name="hub-staging", daemon=True)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
        sys.setswitchinterval(_USUAL_INTERVAL_S)
