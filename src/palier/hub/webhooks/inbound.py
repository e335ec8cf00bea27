"""What tools told us, brought into the hub by the mappings that imports already know.

A body is taken apart like a JSON file of one tool: the objects at the hook's place become rows, the
mapping that a person or a preset gave for this tool reads them, and the one door writes them.
Without such a mapping nothing is guessed: the message waits for a person, with the reason.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any
from uuid import UUID

from palier.accounts.queries import CompanyInfo
from palier.hub.imports.batches import add_file, as_kept, create_batch
from palier.hub.imports.decode.objects import DECODER, table_of_objects
from palier.hub.imports.messages import Notice
from palier.hub.imports.reading import read
from palier.hub.models import InboundMessage, Source
from palier.hub.operations import WriteReport, exclusive_write, write_records
from palier.hub.records import JSON, Record, Rejection, Tool
from palier.hub.schema import ENTITIES
from palier.hub.webhooks.fitting import completed, fitting, lenient
from palier.hub.webhooks.hooks import ReceivedUnknown
from palier.kernel.refusals import Refusal

AT_ONCE = 200
"""Messages brought in by one job, so that an import of the same company has its turn [ours]."""

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
    total = WriteReport()
    with exclusive_write(company_id=company.id, wait=True):
        whole = completed(company=company, tool=hook.tool, mapping=mapping, table=table)
        mapping = lenient(mapping, whole)
        reading = read(mapping=mapping, table=whole, timezone=mapping.timezone or company.time_zone)
        for entity in sorted(mapping.entities, key=lambda one: _ORDER[one.entity]):
            items = list(reading.records(entity=entity))
            written = write_records(
                company_id=company.id,
                tool=tool,
                object_name=entity.object,
                entity=entity.entity,
                records=[one for one in items if isinstance(one, Record)],
            )
            total.created += written.created
            total.updated += written.updated
            total.unchanged += written.unchanged
            total.rejections += [one for one in items if isinstance(one, Rejection)]
            total.rejections += written.rejections
    return total


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
