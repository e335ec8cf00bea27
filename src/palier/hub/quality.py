"""How good the records are: counted every day by check and tool, and the records to mend one page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from palier.hub.connectors.connecting import manifest_of
from palier.hub.connectors.pushing import STATE
from palier.hub.models import Connector, QualityCount, Source
from palier.hub.models.quality import MEASURES
from palier.hub.quality_checks import CHECKS, Check
from palier.hub.queries.duplicates import count_in_pairs
from palier.hub.queries.values import Link, label_of, model_of
from palier.hub.schema import ENTITIES
from palier.kernel.refusals import Refusal

PAGE = 50
"""Records to mend on a page [ours]."""
STALE_AFTER = dt.timedelta(days=30)
"""A tool silent for longer about a kind of record is no longer fresh: a month of invoices is missing [ours]."""
TREND_DAYS = 7
"""What today is compared with: the last count at least so many days before [ours]."""
COUNTED = tuple(name for name, entity in ENTITIES.items() if not entity.appended)


class CheckUnknown(Refusal):
    code = "quality.check-unknown"
    message = "There is no such check."


@dataclass(frozen=True, slots=True)
class Count:
    """Of the records looked at, how many failed."""

    entity: str
    tool: str
    measure: str
    code: str
    failing: int
    total: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A measure of one entity: today's share of good records, and the share to compare it with."""

    failing: int
    total: int
    share: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class EntityQuality:
    """One kind of record and its five measures."""

    entity: str
    measures: dict[str, Tally]

    @property
    def worst(self) -> float:
        """The lowest of its shares; a kind without any record is the best."""
        return min(
            (one.share for one in self.measures.values() if one.share is not None), default=1.0
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """What the last count found, the worst kind of record first."""

    day: dt.date
    entities: tuple[EntityQuality, ...]


@dataclass(frozen=True, slots=True)
class ToMend:
    """A record that fails a check: what it says now, and the tool it comes from."""

    link: Link
    value: str
    tool: str


@dataclass(frozen=True, slots=True)
class MendPage:
    """Some records to mend, by key; `next` is where the following page begins."""

    rows: tuple[ToMend, ...]
    next: int | None


def recount(*, company_id: int, today: dt.date, now: dt.datetime) -> int:
    """Count every check of the day again, in place of what was counted that day; how many lines it gave.

    The connection must be scoped to the company.
    """
    found = [count for check in CHECKS for count in _counted(company_id, check)]
    found += _duplicates(company_id) + _freshness(company_id, now)
    with transaction.atomic():
        QualityCount.objects.filter(company_id=company_id, day=today).delete()
        QualityCount.objects.bulk_create(
            QualityCount(
                company_id=company_id,
                day=today,
                entity=one.entity,
                tool=one.tool,
                measure=one.measure,
                code=one.code,
                failing=one.failing,
                total=one.total,
            )
            for one in found
        )
    return len(found)


def get_overview(*, company_id: int) -> Overview | None:
    """What the last count found; None before there is one. Three queries."""
    days = QualityCount.objects.filter(company_id=company_id).order_by("-day")
    day = days.values_list("day", flat=True).first()
    if day is None:
        return None
    limit = day - dt.timedelta(days=TREND_DAYS)
    before = days.filter(day__lte=limit).values_list("day", flat=True).first()
    sums = _sums(company_id, [one for one in (day, before) if one])
    entities = [
        EntityQuality(name, {m: _tally(sums, day, before, name, m) for m in MEASURES})
        for name in COUNTED
        if any((day, name, m) in sums for m in MEASURES)
    ]
    return Overview(day, tuple(sorted(entities, key=lambda one: (one.worst, one.entity))))


def list_counts(*, company_id: int, entity: str) -> tuple[Count, ...]:
    """The last count of every check of an entity, tool by tool, the most failures first."""
    rows = QualityCount.objects.filter(company_id=company_id)
    day = rows.order_by("-day").values_list("day", flat=True).first()
    if day is None:
        return ()
    return tuple(
        Count(one.entity, one.tool, one.measure, one.code, one.failing, one.total)
        for one in rows.filter(day=day, entity=entity).order_by("-failing", "code", "tool")
    )


def list_to_mend(
    *, company_id: int, entity: str, code: str, tool: str | None = None, after: int = 0
) -> MendPage:
    """Records that fail a check now, by key; of one tool alone when it is named, "" for none.

    Raises: `CheckUnknown`.
    """
    check = get_check(entity=entity, code=code)
    by_tool = "" if tool is None else "AND coalesce(s.name, '') = %(tool)s"
    is_ref = ENTITIES[entity].field(check.field).type == "ref"
    column = f"{check.field}_id" if is_ref else check.field
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT g.id, coalesce(g.{column}::text, ''), coalesce(s.name, '') FROM {_rows(check)} "
            f"AND ({check.fault}) AND g.id > %(after)s {by_tool} ORDER BY g.id LIMIT {PAGE + 1}",
            {"company": company_id, "after": after, "tool": tool},
        )
        found = cursor.fetchall()
    shown = found[:PAGE]
    rows = model_of(entity).objects.filter(company_id=company_id).in_bulk([one[0] for one in shown])
    return MendPage(
        tuple(
            ToMend(Link(entity, id_, rows[id_].public_id, label_of(entity, rows[id_])), value, name)
            for id_, value, name in shown
        ),
        shown[-1][0] if len(found) > PAGE else None,
    )


def get_check(*, entity: str, code: str) -> Check:
    """The check of that code. Raises: `CheckUnknown`."""
    for check in CHECKS:
        if (check.entity, check.code) == (entity, code):
            return check
    raise CheckUnknown


def list_receivers(*, company_id: int, entity: str, field: str) -> tuple[str, ...]:
    """Connected tools to which a correction of this field is sent."""
    connectors = Connector.objects.filter(
        company_id=company_id, paused_at=None, disconnected_at=None, streams__name=STATE
    )
    return tuple(
        connector.tool
        for connector in connectors.order_by("pk")
        if any(
            stream.write_back is not None
            and stream.write_back.entity == entity
            and field in stream.write_back.fields
            for stream in manifest_of(connector).streams
        )
    )


def tool_labels(*, company_id: int) -> dict[str, str]:
    """What each tool is called."""
    found = Source.objects.filter(company_id=company_id).values_list("name", "label")
    return {name: label or name for name, label in found}


def _rows(check: Check) -> str:
    """The live records to which a check applies, each with the tool its field comes from."""
    said = f"coalesce(g.prov->'{check.field}', g.prov->'*')"
    return (
        f"hub_{check.entity} g "
        f"LEFT JOIN hub_source_record r ON r.company_id = g.company_id "
        f"AND r.id = CASE WHEN jsonb_typeof({said}) = 'number' THEN ({said})::bigint END "
        "LEFT JOIN hub_source_object o ON o.id = r.object_id LEFT JOIN hub_source s ON s.id = o.source_id "
        f"WHERE g.company_id = %(company)s AND g.deleted_at IS NULL AND ({check.applies})"
    )


def _counted(company_id: int, check: Check) -> list[Count]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(s.name, ''), count(*) FILTER (WHERE {check.fault}), count(*) "
            f"FROM {_rows(check)} GROUP BY 1",
            {"company": company_id},
        )
        return [
            Count(check.entity, tool, check.measure, check.code, failing, total)
            for tool, failing, total in cursor.fetchall()
        ]


def _duplicates(company_id: int) -> list[Count]:
    """Records in a pair that waits for a decision, among those that are compared."""
    in_pairs = count_in_pairs(company_id=company_id)
    found = []
    for entity in ("customer", "contact"):
        live = model_of(entity).objects.filter(company_id=company_id, deleted_at=None).count()
        if live:
            found.append(
                Count(entity, "", "duplicates", "pairs", min(in_pairs.get(entity, 0), live), live)
            )
    return found


def _freshness(company_id: int, now: dt.datetime) -> list[Count]:
    """Each tool that speaks of an entity counts for one; it fails when its last word is too old."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.entity, s.name, max(greatest(r.written_at, r.source_updated_at))
            FROM hub_source_object o JOIN hub_source s ON s.id = o.source_id
            JOIN hub_source_record r ON r.object_id = o.id AND r.company_id = o.company_id
            WHERE o.company_id = %s AND s.retired_at IS NULL AND r.deleted_at IS NULL AND o.entity = ANY(%s)
            GROUP BY 1, 2
            """,
            [company_id, list(COUNTED)],
        )
        return [
            Count(entity, tool, "freshness", "silent", int(now - last > STALE_AFTER), 1)
            for entity, tool, last in cursor.fetchall()
        ]


def _sums(
    company_id: int, days: Collection[dt.date]
) -> dict[tuple[dt.date, str, str], tuple[int, int]]:
    found: dict[tuple[dt.date, str, str], tuple[int, int]] = {}
    rows: Any = QualityCount.objects.filter(company_id=company_id, day__in=days)
    for one in rows:
        failing, total = found.get((one.day, one.entity, one.measure), (0, 0))
        found[one.day, one.entity, one.measure] = failing + one.failing, total + one.total
    return found


def _tally(
    sums: dict[tuple[dt.date, str, str], tuple[int, int]],
    day: dt.date,
    before: dt.date | None,
    entity: str,
    measure: str,
) -> Tally:
    failing, total = sums.get((day, entity, measure), (0, 0))
    then = sums.get((before, entity, measure)) if before else None
    return Tally(
        failing,
        total,
        1 - failing / total if total else None,
        1 - then[0] / then[1] if then and then[1] else None,
    )
