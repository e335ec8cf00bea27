"""Imports as people see them: where each stands, its files, what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palier.accounts.models import Person
from palier.hub.imports.batches import BatchUnknown
from palier.hub.imports.plan import UNNAMED_TOOL
from palier.hub.models import ImportBatch
from palier.hub.models import Source as SourceModel

LATEST = 50
"""Imports listed [ours]."""


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file laid down with an import."""

    id: int
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows read and what became of the records they gave."""

    rows_read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class ImportInfo:
    """One import. `status` is draft, waiting, running, done, failed or undone.

    `report` is what `batches.as_json` kept, `failure` its code, message and details.
    """

    id: int
    status: str
    origin: str
    tool: str
    tool_labels: tuple[str, ...]
    files: tuple[FileInfo, ...]
    person: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    undone_at: dt.datetime | None
    undone_by: str
    rows_done: int
    totals: Totals
    report: Mapping[str, Any] | None
    failure: Mapping[str, Any] | None

    @property
    def named(self) -> tuple[str, ...]:
        """Names of the files, those read by a command included."""
        if self.files:
            return tuple(one.name for one in self.files)
        return tuple(dict.fromkeys(one["name"] for one in (self.report or {}).get("files", ())))


def list_imports(*, company_id: int, limit: int = LATEST) -> tuple[ImportInfo, ...]:
    """Imports of the company, latest first. Four queries."""
    rows = list(
        ImportBatch.objects.filter(company_id=company_id)
        .prefetch_related("files")
        .order_by("-pk")[:limit]
    )
    return _infos(company_id, rows)


def get_import(*, company_id: int, batch_id: int) -> ImportInfo:
    """One import of the company. Raises: `BatchUnknown`."""
    rows = list(
        ImportBatch.objects.filter(company_id=company_id, pk=batch_id).prefetch_related("files")
    )
    if not rows:
        raise BatchUnknown
    return _infos(company_id, rows)[0]


def find_running(*, company_id: int, besides: int | None = None) -> int | None:
    """The number of an import that is running, other than `besides`."""
    rows = ImportBatch.objects.filter(company_id=company_id, status="running").exclude(
        pk=besides or 0
    )
    return rows.order_by("pk").values_list("pk", flat=True).first()


def _infos(company_id: int, rows: Sequence[ImportBatch]) -> tuple[ImportInfo, ...]:
    ids = {one for row in rows for one in (row.person_id, row.undone_by) if one is not None}
    people = {person.pk: str(person) for person in Person.objects.filter(pk__in=ids)} if ids else {}
    labels = dict(SourceModel.objects.filter(company_id=company_id).values_list("name", "label"))
    return tuple(_info(row, people, labels) for row in rows)


def _info(row: ImportBatch, people: dict[int, str], labels: dict[str, str]) -> ImportInfo:
    totals = (row.report or {}).get("totals", {})
    tools = (
        [row.source_name]
        if row.source_name
        else [one.get("tool", "") for one in (row.report or {}).get("files", ())]
    )
    named = tuple(
        dict.fromkeys(labels.get(one, one) or one for one in tools if one and one != UNNAMED_TOOL)
    )
    return ImportInfo(
        id=row.pk,
        status=row.status,
        origin=row.origin,
        tool=row.source_name or "",
        tool_labels=named,
        files=tuple(
            FileInfo(one.pk, one.name, one.size)
            for one in sorted(row.files.all(), key=lambda file: file.pk)
        ),
        person=people.get(row.person_id or 0, ""),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
        undone_by=people.get(row.undone_by or 0, ""),
        rows_done=row.rows_done,
        totals=Totals(**{name: int(totals.get(name, 0)) for name in Totals.__slots__}),
        report=row.report,
        failure=row.failure,
    )
