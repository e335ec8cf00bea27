"""Sources and their objects, by name: known ones from the database, new ones made on the way.

Records are prepared in a second thread that must not touch the connection, so new rows get their
numbers from a reserve and are inserted by the thread that owns the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from palier.hub.models import Source, SourceObject

RESERVE = 64
"""Numbers fetched ahead for new sources and objects of one operation [ours]."""


class ObjectBook:
    """The (source, object) pairs of one company during one operation."""

    def __init__(
        self, *, company_id: int, source: str, label: str = "", kind: str = "other"
    ) -> None:
        self.company_id = company_id
        self.source = source
        self._sources = dict(Source.objects.filter(company_id=company_id).values_list("name", "id"))
        self._objects = {
            (row[0], row[1]): row[2]
            for row in SourceObject.objects.filter(company_id=company_id).values_list(
                "source_id", "name", "id"
            )
        }
        self._reserve = {
            "hub_source": self._numbers("hub_source"),
            "hub_source_object": self._numbers("hub_source_object"),
        }
        self._new_sources: list[tuple[int, str, str, str]] = []
        self._new_objects: list[tuple[int, int, str, str]] = []
        self.source_id = self._source_id(source, label or source, kind)

    @staticmethod
    def _numbers(table: str) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)",
                [RESERVE],
            )
            return iter([row[0] for row in cursor.fetchall()])

    def _source_id(self, name: str, label: str, kind: str) -> int:
        known = self._sources.get(name)
        if known is None:
            known = self._sources[name] = next(self._reserve["hub_source"])
            self._new_sources.append((known, name, label, kind))
        return known

    def object_id(self, name: str, source: str | None, entity: str) -> int:
        """The number of an object of this source (or of another one named), made when it is new."""
        source_id = self.source_id if source is None else self._source_id(source, source, "other")
        known = self._objects.get((source_id, name))
        if known is None:
            known = self._objects[source_id, name] = next(self._reserve["hub_source_object"])
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
