"""From records to rows ready for COPY: checked, digested, in chunks that a second thread prepares.

A tool mostly sends again what it said before. So a chunk is first made into `told` lines, enough
to compare each row with what is known; whole lines, with keys, are made for the rows that differ.
Where rows are expected to be new, both are made at once, beside the database's work.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import sha256

import orjson

from palier.hub.checks import MOST_YEARLY, NO_FIELDS, Shape, annual_units
from palier.hub.identity import KeyMaker, digest, reference_value
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import Entity, Field

CHUNK_ROWS = 20_000
"""Rows staged at a time: large enough for set-based SQL, small enough to stay in memory (palier bench ingest)."""
FEW_ROWS = 100
"""Rows that are looked up one by one without asking first whether all are new, or preparing others meanwhile [ours]."""
PROBE_ROWS = 1_000
"""Rows of the first chunk, which tells whether the others are new: that decides how they are prepared. Each of the next
ones doubles, so that the database never waits long for the first large one [ours]."""
LONGEST_IDENTIFIER = 1_000
"""Characters of an external id: an index entry of PostgreSQL holds 2,700 bytes."""
SWITCH_INTERVAL_S = 0.000_2
"""How often the two threads of an import take turns. With Python's 5 ms, the one that talks to the database waited for
its turn at each piece it sent: sending a chunk took three times the server's own time (palier bench ingest)."""
_USUAL_INTERVAL_S = sys.getswitchinterval()
_DIRECT = re.compile(r"[\\\t\n\r\x00]")
_NO_KEYS = "\\N\t0\t\\N\t\\N"


def _nothing_follows() -> None:
    """What `Chunk.sent` does where no chunk is prepared ahead."""


@dataclass(slots=True)
class Chunk:
    """Rows in COPY text form, with what the SQL needs to know about them.

    `told`, `said` and `records` have one item a row: its place, identifier and digest; its fields
    and payload; where it comes from. `lines` holds the whole rows at `places`, with the weak and look-up
    keys of `kinds`; None until they are made. `names` are the fields that occur; `referenced` the
    (entity, kind of key) pairs that references use, `wanted` those by which rows here might be linked.
    `fates`, where they are asked for, tell which of the rows written were new, by place.
    `sent` is to be called when this chunk is on its way: the next one is prepared from then on.
    """

    told: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    places: Sequence[int] = ()
    lines: bytes | None = None
    kinds: frozenset[str] = frozenset()
    fates: dict[int, bool] | None = None
    rejections: list[Rejection] = field(default_factory=list)
    superseded: int = 0
    names: set[str] = field(default_factory=set)
    referenced: set[tuple[str, str]] = field(default_factory=set)
    wanted: set[tuple[str, str]] = field(default_factory=set)
    sent: Callable[[], object] = _nothing_follows
    has_custom: bool = False
    has_keys: bool = False
    has_weak: bool = False
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
        kinds: frozenset[str] = frozenset(),
        expect_new: bool = True,
        custom: Mapping[str, Field] = NO_FIELDS,
    ) -> None:
        self.custom = custom
        self.expect_new = expect_new
        self.kinds = kinds
        self.company_id = company_id
        self.entity = entity
        self._references = {spec.name: spec for spec in entity.fields if spec.type == "ref"}
        self._recurring = entity.name == "recurring_line"
        self._rewritten = bool(self._references) or self._recurring
        self._resolve_object = resolve_object
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
                batch, superseded, size = {}, 0, min(2 * size, CHUNK_ROWS)
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
                shape = shapes[names] = Shape(names, self.entity, self.custom)
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
        chunk.places = range(len(chunk.told))
        if self.expect_new:
            self.complete(chunk)
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

    def complete(self, chunk: Chunk) -> None:
        """Make the whole lines of the rows at `places`, and note what their keys ask for.

        A row that shows that a kind of key is needed changes what is written of all: they are made
        again. So are those of a chunk prepared before that was known.
        """
        while chunk.lines is None or chunk.kinds != self.kinds:
            chunk.kinds = self.kinds
            chunk.has_keys = chunk.has_weak = chunk.has_followers = chunk.has_lonely = False
            maker = KeyMaker(company_id=self.company_id, entity=self.entity.name, kinds=chunk.kinds)
            chunk.lines = "\n".join([*self._lines(chunk, maker), ""]).encode()

    def _lines(self, chunk: Chunk, maker: KeyMaker) -> list[str]:
        told, said, records = chunk.told, chunk.said, chunk.records
        if maker.idle and not any(records[place].keys for place in chunk.places):
            return [f"{told[place]}\t{said[place]}\t{_NO_KEYS}" for place in chunk.places]
        leading = set[int]()
        return [
            f"{told[place]}\t{said[place]}\t{self._keys(records[place], leading, chunk, maker)}"
            for place in chunk.places
        ]

    def _keys(self, record: Record, leading: set[int], chunk: Chunk, maker: KeyMaker) -> str:
        """Columns `keys`, `sure`, `weak` and `lookup` of a line."""
        strong, sure, weak, lookup = maker.keys(record.fields, record.keys)
        if strong:
            chunk.has_keys = True
            if strong[0] in leading:
                chunk.has_followers = True
            else:
                leading.add(strong[0])
        if weak:
            chunk.has_weak = True
            if not sure:
                chunk.has_lonely = True
        elif kind := maker.wants_weak(record.fields):
            self.kinds = self.kinds | {kind}
            chunk.wanted.add((self.entity.name, kind))
        return f"{_array(strong)}\t{sure}\t{_array(weak)}\t{_array(lookup)}"

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
    if len(values) == 1:
        return f"{{{values[0]}}}"
    return f"{{{','.join(map(str, values))}}}" if values else "\\N"


def prepared_ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one being prepared by a second thread while the database works.

    The first one is written before the second is prepared: what became of it tells how. And each
    one is sent before the next is prepared: two threads that run Python at once only get in each
    other's way, while the database has work for longer than a chunk takes to prepare.
    """
    if (chunk := next(chunks, None)) is None:
        return
    yield chunk
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="hub-staging") as thread:
            following = thread.submit(next, chunks, None)
            while (chunk := following.result()) is not None:
                begin = cache(partial(thread.submit, next, chunks, None))
                chunk.sent = begin
                yield chunk
                following = begin()
    finally:
        sys.setswitchinterval(_USUAL_INTERVAL_S)
