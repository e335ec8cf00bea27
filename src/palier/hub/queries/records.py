"""One record of any entity, as its page shows it: what a figure is made of, down to the row as it came."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from palier.hub.models import Source as SourceModel
from palier.hub.queries.history import HistoryEntry, list_history
from palier.hub.queries.provenance import FieldValue, Source, list_fields, list_sources
from palier.hub.queries.values import label_of, model_of
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal


class RecordUnknown(Refusal):
    code = "hub.record-unknown"
    message = "This record does not exist, or no longer does."


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One canonical record: its fields with their provenance, its past, its sources as they came.

    `currency` is that of the record's amounts, None for an entity without any.
    """

    entity: str
    id: int
    public_id: UUID
    label: str
    currency: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    fields: tuple[FieldValue, ...]
    history: tuple[HistoryEntry, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """A tool that feeds the company's hub."""

    name: str
    label: str
    kind: str
    retired: bool


def get_record(*, company_id: int, entity: str, record_id: int) -> RecordPage:
    """One live record. A constant number of queries, plus one for each parent it points at.

    Raises: `RecordUnknown`.
    """
    if entity not in ENTITIES:
        raise RecordUnknown
    row = (
        model_of(entity)
        .objects.filter(company_id=company_id, pk=record_id, deleted_at=None)
        .first()
    )
    if row is None:
        raise RecordUnknown
    sources = list_sources(company_id=company_id, entity=entity, row=row)
    fields = list_fields(company_id=company_id, entity=entity, row=row, sources=sources)
    return RecordPage(
        entity=entity,
        id=row.pk,
        public_id=row.public_id,
        label=label_of(entity, row),
        currency=getattr(row, "currency", None),
        created_at=row.created_at,
        updated_at=row.updated_at,
        fields=fields,
        history=list_history(company_id=company_id, entity=entity, entity_id=row.pk, now=fields),
        sources=sources,
    )


def list_sources_by_id(*, company_id: int) -> dict[int, str]:
    """Names of the tools by their number."""
    return dict(SourceModel.objects.filter(company_id=company_id).values_list("id", "name"))


def list_tools(*, company_id: int) -> tuple[ToolInfo, ...]:
    """The tools that have fed the hub, by label."""
    rows = SourceModel.objects.filter(company_id=company_id).order_by("label", "pk")
    return tuple(
        ToolInfo(row.name, row.label or row.name, row.kind, row.retired_at is not None)
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class RecordFields:
    """What a record says, field by field; `currency` is that of its amounts."""

    id: int
    label: str
    currency: str | None
    fields: tuple[FieldValue, ...]

    def field(self, name: str) -> FieldValue | None:
        """The field of that name."""
        return next((one for one in self.fields if one.name == name), None)


def get_record_fields(*, company_id: int, entity: str, public_id: UUID) -> RecordFields:
    """The fields of one live record and where each comes from. Raises: `RecordUnknown`."""
    row = (
        model_of(entity)
        .objects.filter(company_id=company_id, public_id=public_id, deleted_at=None)
        .first()
    )
    if row is None:
        raise RecordUnknown
    sources = list_sources(company_id=company_id, entity=entity, row=row)
    return RecordFields(
        row.pk,
        label_of(entity, row),
        getattr(row, "currency", None),
        list_fields(company_id=company_id, entity=entity, row=row, sources=sources),
    )
