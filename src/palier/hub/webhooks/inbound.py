"""What tools told us, brought into the hub by the mappings that imports already know.

A body is taken apart like a JSON file of one tool: the objects at the hook's place become rows, the
mapping that a person or a preset gave for this tool reads them, and the one door writes them.
Without such a mapping nothing is guessed: the message waits for a person, with the reason.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import replace
from typing import Any
from uuid import UUID

from palier.accounts.queries import CompanyInfo
from palier.hub.imports.batches import add_file, as_kept, create_batch
from palier.hub.imports.decode.objects import DECODER, table_of_objects
from palier.hub.imports.decode.tables import Table, same_column
from palier.hub.imports.mapping import EntityMapping, FieldMapping, FileMapping
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.messages import Notice
from palier.hub.imports.plan import signature
from palier.hub.imports.presets import list_presets
from palier.hub.imports.reading import Reading, read
from palier.hub.models import ImportMapping, InboundMessage, Source, SourceObject, SourceRecord
from palier.hub.operations import Tool, WriteReport, exclusive_write, write_records
from palier.hub.records import JSON, Record, Rejection
from palier.hub.schema import ENTITIES
from palier.hub.webhooks.hooks import ReceivedUnknown
from palier.kernel.refusals import Refusal

AT_ONCE = 200
"""Messages brought in by one job, so that an import of the same company has its turn [ours]."""
COVERED = 0.5
"""Share of a mapping's columns that a body must have for the mapping to fit [ours]."""

logger = logging.getLogger(__name__)
_ORDER = {name: place for place, name in enumerate(ENTITIES)}


class BodyUnreadable(Refusal):
    code = "hooks.body-unreadable"
    message = "The body is not JSON."


class NothingThere(Refusal):
    code = "hooks.nothing-there"
    message = "There is no record at “%(place)s” in this body."


class NoMapping(Refusal):
    code = "hooks.no-mapping"
    message = "Nobody has said yet what the fields of this message mean."


class RecordsRefused(Refusal):
    code = "hooks.records-refused"
    message = "The records of this message were refused. %(why)s"


class OursToMend(Refusal):
    code = "hooks.bug"
    message = "Something went wrong on our side. The details are in the server’s log."


def is_waiting(*, company_id: int) -> bool:
    """Whether something a tool told has not been brought in yet."""
    return InboundMessage.objects.filter(company_id=company_id, state="waiting").exists()


def process_waiting(*, company: CompanyInfo, now: dt.datetime, limit: int = AT_ONCE) -> int:
    """Bring in what waits, in the order it came; how many records this created or changed.

    The connection must be scoped to the company. It waits for an import that is running.
    """
    waiting = InboundMessage.objects.filter(company_id=company.id, state="waiting")
    changed = 0
    for message in waiting.select_related("hook").order_by("pk")[:limit]:
        changed += _process(company, message, now)
    return changed


def open_as_import(*, company_id: int, public_id: UUID, number: int, person_id: int | None) -> int:
    """Lay an unsettled message down as a file to import, so that a person says what its fields mean.

    The mapping is then remembered for the tool, and later messages are read with it. The number of
    the import. Raises: `ReceivedUnknown`, `BodyUnreadable`, `NothingThere`.
    """
    message = (
        InboundMessage.objects.select_related("hook")
        .filter(company_id=company_id, hook__public_id=public_id, pk=number)
        .first()
    )
    if message is None or not message.size or not bytes(message.body):
        raise ReceivedUnknown
    body = bytes(message.body)
    objects_in(body=body, place=message.hook.place)
    text = json.dumps(_listed(_at(json.loads(body), message.hook.place)), ensure_ascii=False)
    batch = create_batch(company_id=company_id, person_id=person_id, tool=message.hook.tool)
    add_file(batch=batch, name=f"{message.hook.name}.json", chunks=[text.encode()])
    return int(batch.pk)


def objects_in(*, body: bytes, place: str) -> list[dict[str, JSON]]:
    """The records of a body: the objects at a place in it. Raises: `BodyUnreadable`, `NothingThere`."""
    try:
        whole = DECODER.decode(body.decode("utf-8-sig").strip())
    except (ValueError, RecursionError) as error:
        raise BodyUnreadable from error
    listed = _listed(_at(whole, place))
    objects = [one for one in listed if isinstance(one, dict) and one]
    if not objects or len(objects) != len(listed):
        raise NothingThere(place=place or "/")
    return objects


def fitting(*, company_id: int, tool: str, table: Table) -> FileMapping | None:
    """The mapping that reads a table of this tool: the one remembered for its very columns, else the
    remembered or preset one that knows most of them; None when no single one does.
    """
    remembered = ImportMapping.objects.filter(company_id=company_id, tool=tool)
    exact = remembered.filter(signature=signature(table)).first()
    if exact is not None and (known := _readable(exact.mapping)) is not None:
        return known
    candidates = [_readable(one.mapping) for one in remembered.order_by("-updated_at", "-pk")]
    for preset in list_presets():
        if preset.tool == tool:
            candidates += [shape.mapping for shape in preset.files]
    best: FileMapping | None = None
    best_share, tied = 0.0, False
    for mapping in candidates:
        share = _share(mapping, table)
        if mapping is None or share < COVERED or share < best_share:
            continue
        tied = share == best_share and best is not None and best.entities != mapping.entities
        best, best_share = mapping, share
    return None if best is None or tied else _lenient(best, table)


def _process(company: CompanyInfo, message: InboundMessage, now: dt.datetime) -> int:
    """Bring one message in, or say why not; how many records it created or changed."""
    try:
        report = _bring_in(company, message)
    except Refusal as refusal:
        message.state, message.reason = "unsettled", as_kept(Notice.of(refusal))
    except Exception:  # one message that we cannot read must not hold up those behind it
        logger.exception("message %s of hook %s", message.pk, message.hook_id)
        message.state, message.reason = "unsettled", as_kept(Notice.of(OursToMend()))
    else:
        message.state, message.reason = "done", None
        message.created, message.updated = report.created, report.updated
        message.unchanged, message.rejected = report.unchanged, report.rejected
        if report.rejections:
            first = report.rejections[0]
            why = Notice(first.code, dict(first.params))
            message.state = "unsettled"
            message.reason = as_kept(Notice.of(RecordsRefused(why=why)))
    message.settled_at = now
    message.save()
    return message.created + message.updated


def _bring_in(company: CompanyInfo, message: InboundMessage) -> WriteReport:
    """Write what a message says, all of it or nothing. Raises: the refusals of reading."""
    hook = message.hook
    table = table_of_objects(
        name=hook.name, objects=objects_in(body=bytes(message.body), place=hook.place)
    )
    mapping = fitting(company_id=company.id, tool=hook.tool, table=table)
    if mapping is None:
        raise NoMapping
    known = Source.objects.filter(company_id=company.id, name=hook.tool).first()
    tool = Tool(hook.tool, known.label, known.kind) if known else Tool(hook.tool, hook.tool)
    reading = read(mapping=mapping, table=table, timezone=mapping.timezone or company.time_zone)
    total = WriteReport()
    with exclusive_write(company_id=company.id, wait=True):
        for entity in sorted(mapping.entities, key=lambda one: _ORDER[one.entity]):
            records, rejections = _read(company.id, tool, entity, table, reading)
            written = write_records(
                company_id=company.id,
                tool=tool,
                object_name=entity.object,
                entity=entity.entity,
                records=records,
            )
            total.created += written.created
            total.updated += written.updated
            total.unchanged += written.unchanged
            total.rejections += rejections + written.rejections
    return total


def _read(
    company_id: int, tool: Tool, entity: EntityMapping, table: Table, reading: Reading
) -> tuple[list[Record], list[Rejection]]:
    """The records of one entity, with what the tool said before of the fields that this body leaves out.

    A tool's record is replaced whole by the next one, and a message may tell of one field only.
    """
    records: list[Record] = []
    rejections: list[Rejection] = []
    for item in reading.records(entity=entity):
        if isinstance(item, Rejection):
            rejections.append(item)
        else:
            records.append(item)
    there = set(map(same_column, table.columns))
    said = {field.field for field in entity.fields if _columns(field) <= there}
    left_out = {field.field for field in entity.fields} - said
    if not left_out:
        return records, rejections
    before = dict(
        SourceRecord.objects.filter(
            object_id__in=SourceObject.objects.filter(
                company_id=company_id, source__name=tool.name, name=entity.object
            ).values_list("pk", flat=True),
            external_id__in=[record.external_id for record in records],
            deleted_at=None,
        ).values_list("external_id", "fields")
    )
    return [
        record._replace(
            fields={
                **{k: v for k, v in before.get(record.external_id, {}).items() if k in left_out},
                **record.fields,
            }
        )
        for record in records
    ], rejections


def _at(value: Any, place: str) -> Any:
    """What stands at a dotted place of a body; a list on the way gives what its elements hold there."""
    for name in place.split(".") if place else ():
        if isinstance(value, list):
            value = [one.get(name) if isinstance(one, dict) else None for one in value]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _readable(kept: dict[str, Any]) -> FileMapping | None:
    try:
        return from_json(kept)
    except MappingInvalid:
        return None  # kept by an earlier version, with other fields


def _needed(entity: EntityMapping) -> set[str]:
    """The columns without which a record of this entity cannot be told from another."""
    columns = {part.column for part in entity.id if part.column and not part.is_ordinal}
    return set(map(same_column, columns | {condition.column for condition in entity.when}))


def _share(mapping: FileMapping | None, table: Table) -> float:
    """How much of a mapping a table has; nothing when an identifier is missing."""
    if mapping is None or not mapping.entities:
        return 0.0
    there = set(map(same_column, table.columns))
    if not all(_needed(entity) <= there for entity in mapping.entities):
        return 0.0
    columns = {
        name
        for entity in mapping.entities
        for name in (*_needed(entity), *(c for field in entity.fields for c in _columns(field)))
    }
    return len(columns & there) / len(columns)


def _columns(field: FieldMapping) -> set[str]:
    return set(map(same_column, field.columns()))


def _lenient(mapping: FileMapping, table: Table) -> FileMapping:
    """The mapping for a body that leaves fields out: what it does not say stays as it is."""
    there = set(map(same_column, table.columns))
    entities = tuple(
        replace(
            entity,
            fields=tuple(
                field if _columns(field) <= there else replace(field, optional=True)
                for field in entity.fields
            ),
            keys=tuple(key for key in entity.keys if same_column(key.column) in there),
            updated_at=entity.updated_at
            if entity.updated_at is None or _columns(entity.updated_at) <= there
            else None,
        )
        for entity in mapping.entities
    )
    return replace(mapping, entities=entities)
