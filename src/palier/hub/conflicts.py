"""Where tools disagree: a question to the source records, never a log, so that what is settled is gone.

Two records of one thing, from two tools, that both say something of a field and not the same. What a
person fixed is no conflict any more. Counting all of them reads every record, so the counts are kept
with the position of the feed they were made at; the records behind a count are asked for page by page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import F

from palier.hub import feed
from palier.hub.models import ConflictSurvey, FieldRule, Source, SourceObject, SourceRecord
from palier.hub.ownership import GOVERNED, get_owned, is_governed, set_rule
from palier.hub.pins import pin_field
from palier.hub.queries.values import Value, field_of, label_of, model_of, typed
from palier.hub.records import JSON
from palier.kernel.refusals import Refusal

PAGE = 50


class ConflictUnknown(Refusal):
    code = "conflicts.conflict-unknown"
    message = "These tools do not disagree on this field."


@dataclass(frozen=True, slots=True)
class Count:
    """A field on which two tools disagree, for how many records; `ruled` when the company said whom to believe."""

    entity: str
    field: str
    sources: tuple[int, int]
    records: int
    ruled: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """Every count, the instant they were made, and whether something has changed since."""

    counts: tuple[Count, ...]
    at: dt.datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class Side:
    """What one tool says: the value, as canonical JSON too, and since when."""

    value: Value
    raw: JSON
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """One record on which two tools disagree, what each says, and what is believed."""

    entity_id: int
    public_id: UUID
    label: str
    kept: Value
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class Page:
    """Some conflicts, and the number after which the next page begins; None on the last."""

    conflicts: tuple[Conflict, ...]
    next: int | None


_DISAGREE = """
    a.fields->f.field <> b.fields->f.field AND a.fields->f.field NOT IN ('null'::jsonb, '""'::jsonb)
    AND b.fields->f.field NOT IN ('null'::jsonb, '""'::jsonb)
"""


def survey(*, company_id: int) -> Survey | None:
    """The counts as they were last made; None when they never were."""
    kept = ConflictSurvey.objects.filter(company_id=company_id).first()
    if kept is None:
        return None
    head = feed.head(company_id=company_id)
    ruled = set(FieldRule.objects.filter(company_id=company_id).values_list("entity", "field"))
    counts = tuple(
        Count(entity, field, (a, b), records, (entity, field) in ruled)
        for entity, field, a, b, records in kept.counts
        if is_governed(entity=entity, field=field)
    )
    return Survey(counts, kept.at, stale=kept.position != head.position)


def count_all(*, company_id: int, now: dt.datetime) -> None:
    """Count every disagreement anew: one pass over the records of several tools."""
    position = feed.head(company_id=company_id).position
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH told AS MATERIALIZED (
              SELECT r.entity_id, r.fields, o.source_id, o.entity
              FROM hub_source_object o JOIN hub_source_record r ON r.object_id = o.id
              WHERE o.company_id = %(company)s AND r.company_id = %(company)s AND o.entity = ANY(%(entities)s)
                AND r.deleted_at IS NULL
            )
            SELECT a.entity, f.field, a.source_id, b.source_id, count(DISTINCT a.entity_id)
            FROM told a JOIN told b ON b.entity_id = a.entity_id AND b.source_id > a.source_id
            CROSS JOIN LATERAL jsonb_object_keys(a.fields) f(field)
            WHERE {_DISAGREE} AND NOT EXISTS (
              SELECT 1 FROM hub_field_pin p WHERE p.entity_id = a.entity_id AND p.field = f.field)
            GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4
            """,
            {"company": company_id, "entities": list(GOVERNED)},
        )
        counts = [list(row) for row in cursor.fetchall()]
    ConflictSurvey.objects.update_or_create(
        company_id=company_id, defaults={"position": position, "counts": counts, "at": now}
    )


def list_conflicts(
    *, company_id: int, entity: str, field: str, sources: tuple[int, int], after: int = 0
) -> Page:
    """Records on which two tools disagree, in the order of their numbers: one page after a number.

    It walks the records in that order and stops at the end of the page, however many there are.
    Raises: `ConflictUnknown`.
    """
    if not is_governed(entity=entity, field=field):
        raise ConflictUnknown
    objects = [_objects(company_id, entity, one) for one in sources]
    if not all(objects):
        raise ConflictUnknown
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(
            f"""
            SELECT DISTINCT ON (a.entity_id) a.entity_id, a.fields->%(field)s, coalesce(a.source_updated_at, a.written_at),
                   b.said, b.at
            FROM hub_source_record a CROSS JOIN LATERAL (
              SELECT b.fields->f.field AS said, coalesce(b.source_updated_at, b.written_at) AS at
              FROM (SELECT %(field)s::text AS field) f, (
                SELECT r.* FROM hub_source_record r
                WHERE r.entity_id = a.entity_id AND r.deleted_at IS NULL OFFSET 0
              ) b WHERE b.object_id = ANY(%(theirs)s) AND {_DISAGREE} ORDER BY b.id LIMIT 1
            ) b
            WHERE a.company_id = %(company)s AND a.object_id = ANY(%(ours)s)
              AND a.deleted_at IS NULL AND a.entity_id > %(after)s AND NOT EXISTS (
                SELECT 1 FROM hub_field_pin p WHERE p.entity_id = a.entity_id AND p.field = %(field)s OFFSET 0)
            ORDER BY a.entity_id LIMIT %(limit)s
            """,
            {
                "company": company_id,
                "field": field,
                "ours": objects[0],
                "theirs": objects[1],
                "after": after,
                "limit": PAGE + 1,
            },
        )
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_sort TO DEFAULT")
    shown = rows[:PAGE]
    return Page(
        _conflicts(company_id, entity, field, shown), shown[-1][0] if len(rows) > PAGE else None
    )


def believe_for_record(
    *,
    company_id: int,
    entity: str,
    public_id: UUID,
    field: str,
    source_id: int,
    person_id: int,
) -> int:
    """Keep what a tool says of one record's field, on a person's word; the number of changes this made.

    Raises: `ConflictUnknown`, and what `pin_field` raises.
    """
    row = model_of(entity).objects.filter(company_id=company_id, public_id=public_id).first()
    if row is None or not is_governed(entity=entity, field=field):
        raise ConflictUnknown
    record = SourceRecord.objects.filter(
        company_id=company_id,
        entity_id=row.pk,
        object_id__in=_objects(company_id, entity, source_id),
        deleted_at=None,
        fields__has_key=field,
    )
    said = record.order_by(
        F("source_updated_at").desc(nulls_last=True), "-written_at", "-pk"
    ).first()
    if said is None:
        raise ConflictUnknown
    return pin_field(
        company_id=company_id,
        entity=entity,
        public_id=public_id,
        field=field,
        value=said.fields[field],
        person_id=person_id,
    )


def believe_for_all(
    *, company_id: int, entity: str, field: str, tool: str, person_id: int | None
) -> None:
    """Believe a tool first for this field of every record; the others follow in the order they had.

    `refold` is the caller's next step. Raises: what `set_rule` raises.
    """
    now = get_owned(company_id=company_id, entity=entity, field=field)
    set_rule(
        company_id=company_id,
        entity=entity,
        field=field,
        survival=now.survival,
        tools=[tool, *(one for one in now.tools if one != tool)],
        person_id=person_id,
    )


def tool_labels(*, company_id: int) -> dict[int, str]:
    """What people call each tool, by its number."""
    found = Source.objects.filter(company_id=company_id).values_list("pk", "label", "name")
    return {number: label or name for number, label, name in found}


def tool_of(*, company_id: int, source_id: int) -> str:
    """The stable name of a tool. Raises: `ConflictUnknown`."""
    found = Source.objects.filter(company_id=company_id, pk=source_id)
    name = found.values_list("name", flat=True).first()
    if name is None:
        raise ConflictUnknown
    return name


def _objects(company_id: int, entity: str, source_id: int) -> list[int]:
    found = SourceObject.objects.filter(company_id=company_id, source_id=source_id, entity=entity)
    return list(found.values_list("pk", flat=True))


def _json(raw: object) -> JSON:
    return orjson.loads(raw) if isinstance(raw, str | bytes) else raw  # type: ignore[return-value]


def _conflicts(
    company_id: int,
    entity: str,
    field: str,
    rows: Sequence[tuple[int, str, dt.datetime, str, dt.datetime]],
) -> tuple[Conflict, ...]:
    golden = model_of(entity).objects.filter(
        company_id=company_id, pk__in=[row[0] for row in rows], deleted_at=None
    )
    by_id = {one.pk: one for one in golden}
    declared = field_of(entity, field)
    found = []
    for entity_id, ours, ours_at, theirs, theirs_at in rows:
        row = by_id.get(entity_id)
        if row is None:
            continue
        sides = tuple(
            Side(typed(declared, raw), raw, at)
            for raw, at in ((_json(ours), ours_at), (_json(theirs), theirs_at))
        )
        found.append(
            Conflict(
                entity_id,
                row.public_id,
                label_of(entity, row),
                getattr(row, field),
                (sides[0], sides[1]),
            )
        )
    return tuple(found)
