"""From records to rows ready for COPY: checked, digested, in chunks that a second thread prepares."""

from __future__ import annotations

import datetime as dt
import hashlib
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import orjson

from palier.hub.identity import digest, keys_of, reference_value
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import ENTITIES, Entity, Field

CHUNK_ROWS = 50_000
"""Rows staged at a time: large enough for set-based SQL, small enough for bounded memory [ours]."""
UNITS = 6_000
"""Annualised minor units are kept 6,000-fold so that every usual term divides exactly (revenue.md §3.1)."""
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12, "quarter": 4, "half": 2, "year": 1}
_INT64 = 2**63
_DIRECT = re.compile(r"[\\\t\n\r]")

Check = Callable[[JSON], str | None]


@dataclass(slots=True)
class Chunk:
    """Rows in COPY text form, with what the SQL needs to know about them."""

    lines: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    superseded: int = 0
    has_custom: bool = False
    has_key_references: bool = False
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
    good = isinstance(value, list) and len(value) in {2, 3} and all(isinstance(part, str) and part for part in value)
    return None if good else "hub.not-a-reference"


_CHECKS: dict[str, Check] = {
    "text": _check_text, "int": _check_int, "money": _check_int, "decimal": _check_decimal,
    "share": _check_share, "date": _check_date, "datetime": _check_datetime, "bool": _check_bool,
    "json": lambda value: None if isinstance(value, dict) else "hub.not-an-object", "ref": _check_reference,
}


def _check_of(spec: Field) -> Check:
    if spec.type == "choice":
        allowed = frozenset(spec.choices)
        return lambda value: None if value in allowed else "hub.not-a-choice"
    return _CHECKS[spec.type]


def annual_units(fields: Mapping[str, JSON]) -> int:
    """U of revenue.md §3.1: annualised minor units × 6,000; exact for the usual terms, else half-even."""
    whole = int(str(fields["amount_minor"])) * int(str(fields.get("quantity", 1) or 1))
    kept = Decimal(100) - Decimal(str(fields.get("discount_percent") or 0))
    periods = PERIODS_A_YEAR[str(fields["interval"])]
    count = int(str(fields.get("interval_count", 1) or 1))
    return int((whole * kept * periods * (UNITS // 100) / count).to_integral_value())


class Stager:
    """Turns records of one entity into chunks of COPY lines."""

    def __init__(
        self, *, company_id: int, entity: Entity, resolve_object: Callable[[str, str | None, str], int]
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self._checks = {spec.name: _check_of(spec) for spec in entity.fields}
        self._required = tuple(spec.name for spec in entity.fields if spec.required)
        self._references = {spec.name: spec for spec in entity.fields if spec.type == "ref"}
        self._resolve_object = resolve_object

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
        leaders: dict[str, int] = {}
        for record in records:
            problem = self._problem(record)
            if problem is not None:
                chunk.rejections.append(problem)
                continue
            line = self._line(record, len(chunk.lines), leaders, chunk)
            if line is None:
                chunk.rejections.append(Rejection(record.line, None, "hub.nul", {"id": record.external_id[:80]}))
                continue
            chunk.lines.append(line)
        return chunk

    def _problem(self, record: Record) -> Rejection | None:
        if not record.external_id:
            return Rejection(record.line, None, "hub.no-identifier")
        fields, checks = record.fields, self._checks
        for name, value in fields.items():
            check = checks.get(name)
            if check is None:
                if name.startswith("custom."):
                    continue
                return Rejection(record.line, name, "hub.unknown-field", {"field": name})
            if value is not None and (code := check(value)) is not None:
                return Rejection(record.line, name, code, {"field": name, "value": str(value)[:80]})
        for name in self._required:
            if fields.get(name) in (None, ""):
                return Rejection(record.line, name, "hub.missing-field", {"field": name})
        if self.entity.name == "recurring_line" and int(str(fields.get("interval_count", 1) or 0)) < 1:
            return Rejection(record.line, "interval_count", "hub.empty-term")
        return None

    def _line(self, record: Record, ord_: int, leaders: dict[str, int], chunk: Chunk) -> str | None:
        fields: Mapping[str, JSON] = record.fields
        if self._references or self.entity.name == "recurring_line":
            fields = self._stored(fields, chunk)
        encoded = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        payload = b"" if record.payload is None else orjson.dumps(record.payload)
        if b"\\u0000" in encoded or b"\\u0000" in payload or "\x00" in record.external_id:
            return None
        if b'"custom.' in encoded:
            chunk.has_custom = True
        hashed = hashlib.blake2b(encoded + b"\x00" + payload, digest_size=16).hexdigest()
        keys = keys_of(company_id=self.company_id, entity=self.entity.name, fields=record.fields, declared=record.keys)
        leader = "\\N"
        if keys.strong:
            first = leaders.setdefault(keys.strong[0], ord_)
            if first != ord_:
                leader = str(first)
                chunk.has_followers = True
        elif keys.weak:
            chunk.has_lonely = True
        updated = record.source_updated_at
        return "\t".join((
            str(ord_), _escape(record.external_id), encoded.decode().replace("\\", "\\\\"),
            payload.decode().replace("\\", "\\\\") if payload else "\\N", hashed,
            _array(keys.strong), _array(keys.weak), _array(keys.lookup), leader,
            updated.isoformat() if updated else "\\N",
        ))

    def _stored(self, fields: Mapping[str, JSON], chunk: Chunk) -> Mapping[str, JSON]:
        """Fields as they are kept: references by number, recurring lines with their annual units."""
        stored = dict(fields)
        for name, spec in self._references.items():
            value = fields.get(name)
            if isinstance(value, list):
                stored[name] = self._reference(value, spec, chunk)
        if self.entity.name == "recurring_line":
            stored["annual_units"] = annual_units(fields)
        return stored

    def _reference(self, value: list[JSON], spec: Field, chunk: Chunk) -> JSON:
        kind, text = str(value[0]), str(value[1])
        if kind.startswith("@"):
            chunk.has_key_references = True
            return {"k": digest(self.company_id, spec.target, kind[1:], reference_value(kind[1:], text))}
        source = str(value[2]) if len(value) == 3 else None
        return {"o": self._resolve_object(kind, source, spec.target), "x": text}


def _escape(text: str) -> str:
    if _DIRECT.search(text) is None:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(values: tuple[str, ...]) -> str:
    return "{" + ",".join(values) + "}" if values else "\\N"


def entity_of(name: str) -> Entity:
    """The entity of that name, or `KeyError`."""
    return ENTITIES[name]


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
