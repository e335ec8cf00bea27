"""From records to rows ready for COPY: checked, digested, in chunks that a second thread prepares."""

from __future__ import annotations

import datetime as dt
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from hashlib import sha256

import orjson

from palier.hub.identity import KeyMaker, digest, reference_value
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import Entity, Field

CHUNK_ROWS = 20_000
"""Rows staged at a time: large enough for set-based SQL, small enough to stay in memory (palier bench ingest)."""
LONGEST_IDENTIFIER = 1_000
"""Characters of an external id: an index entry of PostgreSQL holds 2,700 bytes."""
UNITS = 6_000
"""Annualised minor units are kept 6,000-fold so that every usual term divides exactly (revenue.md §3.1)."""
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "half": 2, "year": 1}
_INT64 = 2**63
_DIRECT = re.compile(r"[\\\t\n\r\x00]")
_TEXT_OR_NONE = {str, type(None)}

Check = Callable[[JSON], str | None]


@dataclass(slots=True)
class Chunk:
    """Rows in COPY text form, with what the SQL needs to know about them.

    `names` are the fields that occur; `referenced` the (entity, kind of key) pairs that references use.
    """

    lines: list[str] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    superseded: int = 0
    names: set[str] = field(default_factory=set)
    referenced: set[tuple[str, str]] = field(default_factory=set)
    has_custom: bool = False
    has_keys: bool = False
    has_followers: bool = False
    has_lonely: bool = False


def _check_text(value: JSON) -> str | None:
    return None if isinstance(value, str) else "hub.not-text"


def _check_int(value: JSON) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None if -_INT64 <= value < _INT64 else "hub.out-of-range"
    return "hub.not-a-whole-number"


def _check_decimal(value: JSON) -> str | None:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return "hub.not-a-number"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "hub.not-a-number"
    return None if number.is_finite() and abs(number) < 10**17 else "hub.out-of-range"


def _check_share(value: JSON) -> str | None:
    code = _check_decimal(value)
    if code is None and not 0 <= Decimal(str(value)) <= 1:
        return "hub.not-a-share"
    return code


def _check_date(value: JSON) -> str | None:
    try:
        dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "hub.not-a-date"
    return None


def _check_datetime(value: JSON) -> str | None:
    try:
        dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "hub.not-an-instant"
    return None


def _check_bool(value: JSON) -> str | None:
    return None if isinstance(value, bool) else "hub.not-yes-or-no"


def _check_reference(value: JSON) -> str | None:
    good = (
        isinstance(value, list)
        and len(value) in {2, 3}
        and all(isinstance(part, str) and part for part in value)
    )
    return None if good else "hub.not-a-reference"


_CHECKS: dict[str, Check] = {
    "text": _check_text,
    "int": _check_int,
    "money": _check_int,
    "decimal": _check_decimal,
    "share": _check_share,
    "date": _check_date,
    "datetime": _check_datetime,
    "bool": _check_bool,
    "json": lambda value: None if isinstance(value, dict) else "hub.not-an-object",
    "ref": _check_reference,
}


def _check_of(spec: Field) -> Check:
    if spec.type == "choice":
        allowed = frozenset(spec.choices)
        return lambda value: (
            None if isinstance(value, str) and value in allowed else "hub.not-a-choice"
        )
    return _CHECKS[spec.type]


def annual_units(fields: Mapping[str, JSON]) -> int:
    """U of revenue.md §3.1: annualised minor units × 6,000; exact for the usual terms, else half-even."""
    whole = int(str(fields["amount_minor"])) * int(str(fields.get("quantity", 1) or 1))
    kept = Decimal(100) - Decimal(str(fields.get("discount_percent") or 0))
    periods = PERIODS_A_YEAR[str(fields["interval"])]
    count = int(str(fields.get("interval_count", 1) or 1))
    return int((whole * kept * periods * (UNITS // 100) / count).to_integral_value())


class _Shape:
    """What there is to check in records that carry the same fields."""

    __slots__ = ("all_text", "checks", "custom", "required", "unknown")

    def __init__(self, names: tuple[str, ...], entity: Entity) -> None:
        known = {spec.name: spec for spec in entity.fields}
        self.custom = any(name.startswith("custom.") for name in names)
        self.unknown = next(
            (name for name in names if name not in known and not name.startswith("custom.")), None
        )
        self.checks = tuple((name, _check_of(known[name])) for name in names if name in known)
        self.all_text = all(name in known and known[name].type == "text" for name in names)
        self.required = tuple(spec.name for spec in entity.fields if spec.required)

    def problem(self, record: Record) -> Rejection | None:
        """Why a record of this shape is refused, if it is."""
        fields = record.fields
        if self.unknown is not None:
            return Rejection(
                record.line, self.unknown, "hub.unknown-field", {"field": self.unknown}
            )
        if not self.all_text or not set(map(type, fields.values())) <= _TEXT_OR_NONE:
            for name, check in self.checks:
                value = fields[name]
                if value is not None and (code := check(value)) is not None:
                    return Rejection(
                        record.line, name, code, {"field": name, "value": str(value)[:80]}
                    )
        for name in self.required:
            value = fields.get(name)
            if value is None or value == "":
                return Rejection(record.line, name, "hub.missing-field", {"field": name})
        return None


class Stager:
    """Turns records of one entity into chunks of COPY lines."""

    def __init__(
        self,
        *,
        company_id: int,
        entity: Entity,
        resolve_object: Callable[[str, str | None, str], int],
        lookup_kinds: frozenset[str] = frozenset(),
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self._references = {spec.name: spec for spec in entity.fields if spec.type == "ref"}
        self._recurring = entity.name == "recurring_line"
        self._rewritten = bool(self._references) or self._recurring
        self._resolve_object = resolve_object
        self._key_maker = KeyMaker(
            company_id=company_id, entity=entity.name, lookup_kinds=lookup_kinds
        )
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def chunks(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Chunks in order; the same external id twice in a chunk keeps its last row."""
        batch: dict[str, Record] = {}
        superseded = 0
        for record in records:
            if record.external_id in batch:
                superseded += 1
                del batch[record.external_id]
            batch[record.external_id] = record
            if len(batch) >= CHUNK_ROWS:
                yield self._chunk(batch.values(), superseded)
                batch, superseded = {}, 0
        if batch or superseded:
            yield self._chunk(batch.values(), superseded)

    def _chunk(self, records: Iterable[Record], superseded: int) -> Chunk:
        chunk = Chunk(superseded=superseded)
        leading: set[int] = set()
        seen: set[tuple[str, ...]] = set()
        lines, rejections, shapes = chunk.lines, chunk.rejections, self._shapes
        for record in records:
            names = tuple(record.fields)
            shape = shapes.get(names)
            if shape is None:
                shape = shapes[names] = _Shape(names, self.entity)
            problem = shape.problem(record) or self._further_problem(record)
            if problem is not None:
                rejections.append(problem)
                continue
            if names not in seen:
                seen.add(names)
                chunk.names.update(names)
                chunk.has_custom = chunk.has_custom or shape.custom
            line = self._line(record, len(lines), leading, chunk)
            if isinstance(line, str):
                lines.append(line)
            else:
                rejections.append(line)
        if self._recurring:
            chunk.names.add("annual_units")
        return chunk

    def _further_problem(self, record: Record) -> Rejection | None:
        identifier = record.external_id
        if not identifier:
            return Rejection(record.line, None, "hub.no-identifier")
        if len(identifier) > LONGEST_IDENTIFIER:
            return Rejection(
                record.line, None, "hub.identifier-too-long", {"limit": str(LONGEST_IDENTIFIER)}
            )
        if self._recurring and int(str(record.fields.get("interval_count", 1) or 0)) < 1:
            return Rejection(record.line, "interval_count", "hub.empty-term")
        return None

    def _line(self, record: Record, ord_: int, leading: set[int], chunk: Chunk) -> str | Rejection:
        fields, identifier = record.fields, record.external_id
        if self._rewritten:
            fields = self._stored(fields, chunk)
        try:
            encoded = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
            payload = b"" if record.payload is None else orjson.dumps(record.payload)
            identifier.encode()
        except (TypeError, UnicodeEncodeError):  # half a character, from a damaged file
            return Rejection(record.line, None, "hub.not-text", {"id": ascii(identifier[:80])})
        told = encoded + b"\x00" + payload if payload else encoded
        text, payload_text = encoded.decode(), payload.decode() if payload else "\\N"
        if b"\\" in told:
            if b"\\u0000" in told:
                return Rejection(record.line, None, "hub.nul", {"id": identifier[:80]})
            text = text.replace("\\", "\\\\")
            payload_text = payload_text.replace("\\", "\\\\") if payload else payload_text
        if _DIRECT.search(identifier) is not None:
            if "\x00" in identifier:
                return Rejection(record.line, None, "hub.nul", {"id": identifier[:80]})
            identifier = _escape(identifier)
        hashed = sha256(
            encoded + repr(record.keys).encode() if record.keys else encoded
        ).hexdigest()[:32]
        updated = (
            "\\N" if record.source_updated_at is None else record.source_updated_at.isoformat()
        )
        keys = "\\N\t0\t0\t\\N"
        if record.keys or not self._key_maker.idle:
            keys = self._keys(record, leading, chunk)
        return f"{ord_}\t{identifier}\t{text}\t{payload_text}\t{hashed}\t{keys}\t{updated}"

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
    """The same chunks, the next one being prepared by a second thread while the database works."""
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
