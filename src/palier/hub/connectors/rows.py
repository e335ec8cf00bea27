"""Items of a tool read with the mapping language of imports: records, and rows refused with their reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from palier.hub.connectors.manifest import Manifest, Stream
from palier.hub.connectors.paging import identifier
from palier.hub.connectors.paths import at, has, row
from palier.hub.imports.decode.tables import Batch, Table
from palier.hub.imports.mapping import EntityMapping, FileMapping
from palier.hub.imports.messages import _
from palier.hub.imports.reading import read
from palier.hub.records import Record, Rejection

MESSAGES: dict[str, str] = {
    "connector.field-changed": _(
        "The tool no longer gives “%(path)s” as before: the row is refused until the connection knows the new form."
    ),
    "connector.no-identifier": _("The tool sent an item without its identifier (%(path)s)."),
    "connector.not-an-object": _("The tool sent something that is not an object."),
}
"""Why an item is refused before its values are looked at."""


@dataclass(slots=True)
class Reading:
    """The items of a page as records by entity, the refused ones with their identifiers, what nobody maps."""

    entities: list[tuple[EntityMapping, list[Record]]] = field(default_factory=list)
    children: list[tuple[EntityMapping, list[Record]]] = field(default_factory=list)
    rejections: list[tuple[str, Rejection]] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


def read_items(
    *, manifest: Manifest, stream: Stream, items: Sequence[Any], timezone: str
) -> Reading:
    """What a page of items means."""
    found = Reading()
    good: list[tuple[str, Mapping[str, Any]]] = []
    for item in items:
        if not isinstance(item, dict):
            found.rejections.append(("", Rejection(None, None, "connector.not-an-object")))
            continue
        name = identifier(item, stream.listing.id)
        if name is None:
            params = {"path": ", ".join(stream.listing.id)}
            found.rejections.append(("", Rejection(None, None, "connector.no-identifier", params)))
            continue
        found.identifiers.append(name)
        found.keys.update(item)
        good.append((name, item))
    if stream.mapping is not None:
        found.entities = list(
            _read(manifest, stream, stream.mapping, good, timezone=timezone, found=found)
        )
    for child in stream.children:
        inside = [
            (name, {**element, "parent": item})
            for name, item in good
            for element in (at(item, child.each) or ())
            if isinstance(element, dict)
        ]
        found.children += list(
            _read(manifest, stream, child.mapping, inside, timezone=timezone, found=found)
        )
    return found


def _read(
    manifest: Manifest,
    stream: Stream,
    mapping: FileMapping,
    items: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    timezone: str,
    found: Reading,
) -> Iterator[tuple[EntityMapping, list[Record]]]:
    needed = [name for name in mapping.required_columns() if name not in _json_columns(mapping)]
    names: list[str] = []
    kept: list[Mapping[str, Any]] = []
    for name, item in items:
        changed = next((path for path in needed if not has(item, path)), None)
        if changed is None:
            names.append(name)
            kept.append(item)
        else:
            reason = Rejection(None, changed, "connector.field-changed", {"path": changed})
            found.rejections.append((name, reason))
    columns = _columns(mapping)
    table = _table(manifest, stream, columns, kept)
    reading = read(mapping=mapping, table=table, timezone=timezone)
    for entity in mapping.entities:
        records: list[Record] = []
        for one in reading.records(entity=entity):
            if isinstance(one, Record):
                records.append(one)
            else:
                found.rejections.append((names[(one.line or 1) - 1], one))
        yield entity, records


def _table(
    manifest: Manifest, stream: Stream, columns: tuple[str, ...], items: Sequence[Mapping[str, Any]]
) -> Table:
    rows = []
    for item in items:
        cells = row(
            item,
            columns=columns,
            false_is_empty=manifest.false_is_empty,
            flags=stream.flags,
            scaled=stream.scaled,
        )
        rows.append([cells.get(name) for name in columns])
    batches = [Batch(range(1, len(rows) + 1), rows)] if rows else []
    return Table(stream.name, columns, lambda: iter(batches), machine=True, kind="json")


def _columns(mapping: FileMapping) -> tuple[str, ...]:
    names = list(mapping.required_columns())
    for entity in mapping.entities:
        for one in entity.fields:
            names += one.columns()
        if entity.updated_at is not None:
            names += entity.updated_at.columns()
    return tuple(dict.fromkeys(names))


def _json_columns(mapping: FileMapping) -> set[str]:
    return {
        one.column for entity in mapping.entities for one in entity.fields if one.parser == "json"
    }
