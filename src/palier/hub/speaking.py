"""One record at a time, as a tool says it through the API: upsert, create, correct, withdraw.

What a tool says is its own source record; which value the company keeps is decided by the same fold
as ever. A precondition (the version that the tool has read) is checked under the company's write
lock, so that nothing comes between it and the write.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from palier.hub.operations import Delivery, bring, exclusive_write
from palier.hub.queries.finding import Found, find_by_external_id, get_live
from palier.hub.queries.records import RecordUnknown
from palier.hub.records import JSON, Record, Rejection, Tool
from palier.hub.retiring import retire
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

PATIENCE_S = 10.0
"""How long a tool's write waits for a long import of its company before it is told to come back [ours]."""


class ExternalIdTaken(Refusal):
    code = "hub.external-id-taken"
    message = (
        "There is already a record “%(external_id)s” of this tool. Send it with PUT to change it."
    )


class VersionConflict(Refusal):
    code = "hub.version-conflict"
    message = "This record has changed since you read it: version %(version)s, fields: %(fields)s."


class NotAmendable(Refusal):
    code = "hub.not-amendable"
    message = (
        "What happened is not corrected in place: send the event again under its own identifier."
    )


class NothingToWithdraw(Refusal):
    code = "hub.nothing-to-withdraw"
    message = (
        "Your tool says nothing of this record: only the tools that speak of it can withdraw it."
    )


class RecordRejected(Refusal):
    """A record that the door refuses: `rejection` says which field and why."""

    code = "hub.record-rejected"
    message = "This record cannot be kept."

    def __init__(self, rejection: Rejection) -> None:
        self.rejection = rejection
        super().__init__()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: `created`, `updated` or `unchanged` says what its tool's words did."""

    status: str
    id: int
    public_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """The tool that speaks, for which company, and the version of the record that it has read, if it says so."""

    company_id: int
    tool: str
    expected_version: int | None = None

    def delivery(self, entity: str, object_name: str) -> Delivery:
        """What the door wants to know."""
        return Delivery(self.company_id, Tool(self.tool), object_name, entity, origin="api")


def put_record(
    *, speaker: Speaker, entity: str, object_name: str, record: Record, now: dt.datetime
) -> Outcome:
    """Say a record under its identifier, whether it is known or not.

    Raises: `RecordRejected`, `VersionConflict`, `AnotherWriteRunning`.
    """
    with _write(speaker) as cursor:
        known = _known(speaker, entity, object_name, record.external_id)
        _check_version(cursor, speaker, entity, known)
        return _bring(cursor, speaker.delivery(entity, object_name), _dated(record, now), {})


def create_record(
    *, speaker: Speaker, entity: str, object_name: str, record: Record, now: dt.datetime
) -> Outcome:
    """Say a record that must be new to this tool.

    Raises: `ExternalIdTaken`, `RecordRejected`, `AnotherWriteRunning`.
    """
    with _write(speaker) as cursor:
        if _known(speaker, entity, object_name, record.external_id) is not None:
            raise ExternalIdTaken(external_id=record.external_id)
        return _bring(cursor, speaker.delivery(entity, object_name), _dated(record, now), {})


def amend_record(
    *, speaker: Speaker, entity: str, public_id: UUID, fields: Mapping[str, JSON], now: dt.datetime
) -> Outcome:
    """Change what this tool says of a record, or let it say something for the first time.

    Raises: `RecordUnknown`, `NotAmendable`, `RecordRejected`, `VersionConflict`, `AnotherWriteRunning`.
    """
    if ENTITIES[entity].appended:
        raise NotAmendable
    with _write(speaker) as cursor:
        found = get_live(company_id=speaker.company_id, entity=entity, public_id=public_id)
        _check_version(cursor, speaker, entity, found)
        said = _last_said(cursor, speaker, found)
        if said is None:
            record = Record(str(found.public_id), dict(fields))
            return _bring(
                cursor,
                speaker.delivery(entity, entity),
                _dated(record, now),
                {record.external_id: found.id},
            )
        object_name, record = said
        told = {
            name: value
            for name, value in {**record.fields, **fields}.items()
            if name != "annual_units"
        }
        record = record._replace(fields=told, source_updated_at=None)
        return _bring(cursor, speaker.delivery(entity, object_name), _dated(record, now), {})


def withdraw_record(*, speaker: Speaker, entity: str, public_id: UUID) -> None:
    """Take back everything this tool says of a record; without another tool that knows it, it is gone.

    Raises: `RecordUnknown`, `NothingToWithdraw`, `VersionConflict`, `AnotherWriteRunning`.
    """
    with _write(speaker) as cursor:
        found = get_live(company_id=speaker.company_id, entity=entity, public_id=public_id)
        _check_version(cursor, speaker, entity, found)
        objects = _spoken_of(cursor, speaker, entity, found)
        if not objects:
            raise NothingToWithdraw
        for object_name, external_ids in objects.items():
            retire(cursor, speaker.delivery(entity, object_name), external_ids)


def withdraw_external(*, speaker: Speaker, entity: str, object_name: str, external_id: str) -> None:
    """Take back the record that this tool knows by an identifier.

    Raises: `RecordUnknown`, `VersionConflict`, `AnotherWriteRunning`.
    """
    with _write(speaker) as cursor:
        known = _known(speaker, entity, object_name, external_id)
        if known is None:
            raise RecordUnknown
        _check_version(cursor, speaker, entity, known)
        retire(cursor, speaker.delivery(entity, object_name), [external_id])


def _write(speaker: Speaker) -> Any:
    return exclusive_write(
        company_id=speaker.company_id, wait=True, few=True, patience_s=PATIENCE_S
    )


def _dated(record: Record, now: dt.datetime) -> Record:
    """What a tool says now is said now; a clock that runs ahead does not win every comparison to come."""
    at = record.source_updated_at
    return record._replace(source_updated_at=now if at is None or at > now else at)


def _known(speaker: Speaker, entity: str, object_name: str, external_id: str) -> Found | None:
    return find_by_external_id(
        company_id=speaker.company_id,
        entity=entity,
        tool=speaker.tool,
        object_name=object_name,
        external_id=external_id,
    )


def _check_version(cursor: Any, speaker: Speaker, entity: str, found: Found | None) -> None:
    expected = speaker.expected_version
    if expected is None or (found is not None and found.version == expected):
        return
    if found is None:
        raise VersionConflict(version=0, fields="")
    cursor.execute(
        "SELECT DISTINCT unnest(c.fields) FROM hub_change c WHERE c.entity = %s AND c.entity_id = %s "
        "AND c.version > %s ORDER BY 1",
        [entity, found.id, expected],
    )
    fields = ", ".join(name for (name,) in cursor.fetchall())
    raise VersionConflict(version=found.version, fields=fields)


def _bring(cursor: Any, delivery: Delivery, record: Record, given: Mapping[str, int]) -> Outcome:
    report = bring(cursor, delivery, [record], given=given)
    if report.rejections:
        raise RecordRejected(replace(report.rejections[0], line=None))
    found = find_by_external_id(
        company_id=delivery.company_id,
        entity=delivery.entity,
        tool=delivery.tool.name,
        object_name=delivery.object_name,
        external_id=record.external_id,
    )
    if found is None:  # an older word than the one that withdrew it
        raise RecordUnknown
    status = "created" if report.created else "updated" if report.updated else "unchanged"
    return Outcome(status, found.id, found.public_id, found.version)


def _last_said(cursor: Any, speaker: Speaker, found: Found) -> tuple[str, Record] | None:
    """The record by which this tool last spoke of an entity, and its object."""
    cursor.execute(
        """
        SELECT o.name, r.external_id, r.fields::text, r.payload FROM hub_source_record r
        JOIN hub_source_object o ON o.id = r.object_id JOIN hub_source s ON s.id = o.source_id
        WHERE r.entity_id = %s AND r.deleted_at IS NULL AND s.name = %s
        ORDER BY r.written_at DESC, r.id DESC LIMIT 1
        """,
        [found.id, speaker.tool],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    object_name, external_id, fields, payload = row
    return object_name, Record(
        external_id, orjson.loads(fields), None if payload is None else orjson.loads(payload)
    )


def _spoken_of(cursor: Any, speaker: Speaker, entity: str, found: Found) -> dict[str, list[str]]:
    """The identifiers under which this tool speaks of an entity, by object."""
    held = "hub_event" if ENTITIES[entity].appended else "hub_source_record"
    whose = "r.id" if ENTITIES[entity].appended else "r.entity_id"
    cursor.execute(
        f"""
        SELECT o.name, r.external_id FROM {held} r
        JOIN hub_source_object o ON o.id = r.object_id JOIN hub_source s ON s.id = o.source_id
        WHERE {whose} = %s AND r.deleted_at IS NULL AND s.name = %s
        """,
        [found.id, speaker.tool],
    )
    objects: dict[str, list[str]] = {}
    for object_name, external_id in cursor.fetchall():
        objects.setdefault(object_name, []).append(external_id)
    return objects
