"""Sources and their objects, by name: known ones from the database, new ones made on the way.

Records are prepared in a second thread that must not touch the connection, so new rows get their
numbers from a reserve and are inserted by the thread that owns the transaction.
"""

from __future__ import annotations

from collections import deque

from django.db import connection

from palier.hub.models import Source, SourceObject
from palier.hub.records import Tool

RESERVE = 64
"""New sources and objects that one operation may meet [ours]."""
_reserve: dict[str, deque[int]] = {"hub_source": deque(), "hub_source_object": deque()}
"""Numbers fetched ahead: of this process, since most operations meet nothing new and need none."""


def _fill(table: str) -> None:
    missing = RESERVE - len(_reserve[table])
    if missing <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)",
            [missing],
        )
        _reserve[table].extend(row[0] for row in cursor.fetchall())


class ObjectBook:
    """The (source, object) pairs of one company during one operation."""

    def __init__(
        self, *, company_id: int, source: str, label: str = "", kind: str = "other"
    ) -> None:
        self.company_id = company_id
        self.source = source
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.id, s.name, o.id, o.name FROM hub_source s "
                "LEFT JOIN hub_source_object o ON o.source_id = s.id WHERE s.company_id = %s",
                [company_id],
            )
            known = cursor.fetchall()
        self._sources = {name: id_ for id_, name, _, _ in known}
        self._objects = {(id_, object_name): object_ for id_, _, object_, object_name in known}
        for table in _reserve:
            _fill(table)
        self._new_sources: list[tuple[int, str, str, str]] = []
        self._new_objects: list[tuple[int, int, str, str]] = []
        self.source_id = self._source_id(source, label or source, kind)

    def _source_id(self, name: str, label: str, kind: str) -> int:
        known = self._sources.get(name)
        if known is None:
            known = self._sources[name] = _reserve["hub_source"].popleft()
            self._new_sources.append((known, name, label, kind))
        return known

    @classmethod
    def of(cls, tool: Tool, *, company_id: int) -> ObjectBook:
        """The pairs that records of this tool may speak of."""
        return cls(company_id=company_id, source=tool.name, label=tool.label, kind=tool.kind)

    def object_id(self, name: str, source: str | None, entity: str) -> int:
        """The number of an object of this source (or of another one named), made when it is new."""
        source_id = self.source_id if source is None else self._source_id(source, source, "other")
        known = self._objects.get((source_id, name))
        if known is None:
            known = self._objects[source_id, name] = _reserve["hub_source_object"].popleft()
            self._new_objects.append((known, source_id, name, entity))
        return known

    def save(self) -> None:
        """Insert what was met for the first time since the last call."""
        sources, self._new_sources = self._new_sources, []
        objects, self._new_objects = self._new_objects, []
        Source.objects.bulk_create(
            Source(id=id_, company_id=self.company_id, name=name, label=label, kind=kind)
            for id_, name, label, kind in sources
        )
        SourceObject.objects.bulk_create(
            SourceObject(
                id=id_, company_id=self.company_id, source_id=source_id, name=name, entity=entity
            )
            for id_, source_id, name, entity in objects
        )
