"""What changed elsewhere, sent to a tool that can be written to: the change feed, read from a kept position.

Never sent: what the tool said itself (its echo), what it already has, and what it owns, unless a
person has set it by hand. The
position is kept after each object, and each object is written whole from its present state, so
that a repeated call changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from palier.hub import feed
from palier.hub.connectors.answers import CallRefused
from palier.hub.connectors.asking import Caller
from palier.hub.connectors.connecting import caller_of, get_connector, manifest_of
from palier.hub.connectors.gone import entities_of
from palier.hub.connectors.manifest import Manifest, Stream, WriteBack
from palier.hub.connectors.paths import at, put
from palier.hub.imports.batches import as_kept
from palier.hub.imports.messages import Notice
from palier.hub.models import (
    Connector,
    ConnectorRun,
    ConnectorStream,
    FieldPin,
    FieldRule,
    Source,
    SourceObject,
    SourceRecord,
)
from palier.hub.queries.values import model_of
from palier.hub.schema import ENTITIES
from palier.hub.survivorship import standings
from palier.kernel.refusals import Refusal

PAGE = 500
STATE = "@push"
"""Name under which the position in the feed is kept, beside the streams."""


@dataclass(slots=True)
class Pushed:
    """What a push did: objects written, already right, refused by the tool with the reason."""

    written: int = 0
    unchanged: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the tool has otherwise than the hub."""

    external_id: str
    field: str
    hub: str
    tool: str


def enable(*, company_id: int, connector_id: int) -> None:
    """Send changes to this tool from now on: those made before stay where they are."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    head = feed.head(company_id=company_id)
    ConnectorStream.objects.update_or_create(
        company_id=company_id,
        connector=connector,
        name=STATE,
        defaults={"state": {"after": head.position, "generation": str(head.generation)}},
    )


def disable(*, company_id: int, connector_id: int) -> None:
    """Send nothing to this tool any more."""
    ConnectorStream.objects.filter(
        company_id=company_id, connector_id=connector_id, name=STATE
    ).delete()


def push(
    *,
    company_id: int,
    connector_id: int,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
) -> Pushed | None:
    """Send what changed since the last time; None where nothing is ever sent. A failure is told in the ledger."""
    row = ConnectorStream.objects.filter(
        company_id=company_id, connector_id=connector_id, name=STATE
    ).first()
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    if row is None or connector.paused_at or connector.disconnected_at:
        return None
    manifest = manifest_of(connector)
    writing = {s.write_back.entity: s for s in manifest.streams if s.write_back is not None}
    run = ConnectorRun(company_id=company_id, connector=connector, kind="push", started_at=now())
    caller = caller_of(connector=connector, manifest=manifest, now=now, sleep=sleep)
    pushed, failure = Pushed(), None
    try:
        _follow(connector, manifest, caller, row, writing, pushed=pushed)
    except Refusal as refusal:
        failure = as_kept(Notice.of(refusal))
    if pushed.written or pushed.refused or failure:
        run.status = "failed" if failure else "to_check" if pushed.refused else "done"
        run.updated, run.unchanged, run.rejected = (
            pushed.written,
            pushed.unchanged,
            len(pushed.refused),
        )
        run.rejects, run.failure, run.finished_at = pushed.refused, failure, now()
        run.log, run.requests = list(caller.log), caller.requests
        run.save()
    return pushed


def _follow(
    connector: Connector,
    manifest: Manifest,
    caller: Caller,
    row: ConnectorStream,
    writing: dict[str, Stream],
    *,
    pushed: Pushed,
) -> None:
    company_id = connector.company_id
    source = Source.objects.filter(company_id=company_id, name=connector.tool).first()
    while True:
        items = feed.read(
            company_id=company_id,
            after=row.state["after"],
            generation=uuid.UUID(row.state["generation"]),
            limit=PAGE,
        )
        if not items:
            return
        changed: dict[tuple[str, int], set[str]] = {}
        for item in items:
            echo = source is not None and item.source_id == source.pk
            if item.entity in writing and item.op in {"create", "update"} and not echo:
                changed.setdefault((item.entity, item.entity_id), set()).update(
                    item.fields or (one.name for one in ENTITIES[item.entity].fields)
                )
        for (entity, entity_id), fields in changed.items():
            stream = writing[entity]
            owned = _owned(company_id=company_id, entity=entity, tool=connector.tool)
            theirs = owned - _decided(company_id=company_id, entity_id=entity_id)
            _send(connector, caller, stream, entity_id, fields - theirs, pushed=pushed)
        row.state["after"] = items[-1].position
        row.save()


def _owned(*, company_id: int, entity: str, tool: str) -> set[str]:
    """Fields of which this tool is believed first: they are read from it, never written to it."""
    sources = list(Source.objects.filter(company_id=company_id).values_list("id", "name", "kind"))
    rules = {
        name: (survival, tuple(names))
        for name, survival, names in FieldRule.objects.filter(
            company_id=company_id, entity=entity
        ).values_list("field", "survival", "sources")
    }
    mine = next((one[0] for one in sources if one[1] == tool), None)
    best: dict[str, tuple[int, bool]] = {}
    for one in standings(entity=ENTITIES[entity], sources=sources, rules=rules):
        rank, held = best.get(one.field, (1000, False))
        if one.rank < rank:
            best[one.field] = (one.rank, one.source_id == mine)
        elif one.rank == rank:
            best[one.field] = (rank, held and one.source_id == mine)
    return {name for name, (rank, held) in best.items() if held and rank < 1000}


def _decided(*, company_id: int, entity_id: int) -> set[str]:
    """Fields that a person has set by hand: they are right everywhere, whoever owns them."""
    pins = FieldPin.objects.filter(company_id=company_id, entity_id=entity_id)
    return set(pins.values_list("field", flat=True))


def _send(
    connector: Connector,
    caller: Caller,
    stream: Stream,
    entity_id: int,
    fields: set[str],
    *,
    pushed: Pushed,
) -> None:
    back = stream.write_back
    assert back is not None  # noqa: S101 - only such streams are written
    golden = (
        model_of(back.entity)
        .objects.filter(company_id=connector.company_id, pk=entity_id, deleted_at=None)
        .first()
    )
    if golden is None:
        return
    names = [name for name in back.fields if name in fields]
    for record in _records(connector, stream, entity_id):
        said = {name: _text(record.fields.get(name)) for name in names}
        due = {name: _text(getattr(golden, name)) for name in names}
        due = {
            name: value for name, value in due.items() if value != said[name] and value is not None
        }
        if not due:
            pushed.unchanged += 1
            continue
        changes: dict[str, Any] = {}
        for name, value in due.items():
            put(changes, back.fields[name], value)
        key = hashlib.sha256(f"{connector.pk}:{entity_id}:{golden.version}".encode()).hexdigest()[
            :32
        ]
        identifier = record.external_id
        try:
            caller.ask(back.update, values=_values(identifier, changes), key=key)
            pushed.written += 1
        except CallRefused as refusal:  # this object alone: the others are written
            pushed.refused.append(
                {
                    "stream": stream.name,
                    "id": identifier,
                    "column": ", ".join(due),
                    "code": refusal.code,
                    "params": {k: str(v) for k, v in refusal.details.items()},
                }
            )


def _values(identifier: str, changes: dict[str, Any]) -> dict[str, Any]:
    whole = int(identifier) if identifier.isdigit() else None
    return {"id": identifier, "id_int": whole, "changes": changes}


def _records(connector: Connector, stream: Stream, entity_id: int) -> list[SourceRecord]:
    """What the tool says of an entity: one of its objects, or several."""
    objects = [
        e.object
        for e in entities_of(stream)
        if stream.write_back and e.entity == stream.write_back.entity
    ]
    numbers = list(
        SourceObject.objects.filter(
            company_id=connector.company_id, source__name=connector.tool, name__in=objects
        ).values_list("pk", flat=True)
    )
    return list(
        SourceRecord.objects.filter(
            company_id=connector.company_id,
            entity_id=entity_id,
            object_id__in=numbers,
            deleted_at=None,
        ).order_by("pk")
    )


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def compare(
    *,
    company_id: int,
    connector_id: int,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
    limit: int = 200,
) -> list[Difference]:
    """Read objects again from the tool and list the fields that it has otherwise than the hub."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    manifest = manifest_of(connector)
    caller = caller_of(connector=connector, manifest=manifest, now=now, sleep=sleep)
    found: list[Difference] = []
    for stream in manifest.streams:
        back = stream.write_back
        if back is None or back.read is None:
            continue
        owned = _owned(company_id=company_id, entity=back.entity, tool=connector.tool)
        with transaction.atomic():
            rows = _pairs(connector, stream, back, limit)
        for record, golden in rows:
            answer = caller.ask(back.read, values=_values(record.external_id, {}), missing_ok=True)
            item = at(answer.data, back.read_at) if answer else None
            theirs = owned - _decided(company_id=company_id, entity_id=golden.pk)
            for name in sorted(back.fields.keys() - theirs):
                hub, tool = _text(getattr(golden, name)), _text(at(item, back.fields[name]))
                if hub is not None and hub != tool:
                    found.append(Difference(record.external_id, name, hub, tool or ""))
    return found


def _pairs(
    connector: Connector, stream: Stream, back: WriteBack, limit: int
) -> list[tuple[SourceRecord, Any]]:
    model = model_of(back.entity)
    goldens = model.objects.filter(company_id=connector.company_id, deleted_at=None).order_by("pk")[
        :limit
    ]
    return [
        (record, golden) for golden in goldens for record in _records(connector, stream, golden.pk)
    ]
