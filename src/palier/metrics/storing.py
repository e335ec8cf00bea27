"""Readings into PostgreSQL, in sets: what changed is written, what vanished is removed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from django.db import connection, transaction

from palier.metrics.catalogue import metric
from palier.metrics.computing import Computation, Computed

_KEY = ("company_id", "metric", "grain", "dimension", "dimension_value", "period_start")
_VALUES = (
    "definition_version",
    "period_end",
    "value",
    "numerator",
    "denominator",
    "low",
    "high",
    "n",
    "flags",
    "currency",
    "beside",
)
_COLUMNS = (*_KEY, *_VALUES)


def store(*, company_id: int, computation: Computation, version: int, now: dt.datetime) -> int:
    """Make the company's readings those of the computation; how many rows were written or removed.

    Readings of metrics that could not be computed stay as they were.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS metrics_computed")
        cursor.execute(
            f"CREATE TEMP TABLE metrics_computed ON COMMIT DROP AS "
            f"SELECT {', '.join(_COLUMNS)} FROM metrics_reading WITH NO DATA"
        )
        with cursor.copy(f"COPY metrics_computed ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for row in _rows(company_id, computation.points):
                copy.write_row(row)
        cursor.execute(
            f"""
            INSERT INTO metrics_reading AS r ({", ".join(_COLUMNS)}, snapshot_version, computed_at)
            SELECT {", ".join(_COLUMNS)}, %s, %s FROM metrics_computed
            ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET
              {", ".join(f"{name} = excluded.{name}" for name in (*_VALUES, "snapshot_version", "computed_at"))}
            WHERE ({", ".join(f"r.{name}" for name in _VALUES)})
              IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _VALUES)})
            """,
            [version, now],
        )
        written = cursor.rowcount
        cursor.execute(
            f"""
            DELETE FROM metrics_reading r WHERE r.company_id = %s AND r.metric <> ALL(%s) AND NOT EXISTS (
              SELECT 1 FROM metrics_computed c WHERE {" AND ".join(f"c.{name} = r.{name}" for name in _KEY)})
            """,
            [company_id, list(computation.failures)],
        )
        return int(written + cursor.rowcount)


def _rows(company_id: int, points: Iterable[Computed]) -> Iterable[tuple[object, ...]]:
    for one in points:
        point = one.point
        value = (point.dimensions[one.dimension] or "") if one.dimension else ""
        beside = {
            name: None if number is None else float(number) for name, number in point.beside.items()
        }
        yield (
            company_id,
            point.metric,
            one.grain,
            one.dimension,
            value,
            point.period_start,
            metric(point.metric).definition_version,
            point.period_end,
            point.value,
            point.numerator,
            point.denominator,
            point.low,
            point.high,
            point.n,
            list(dict.fromkeys(point.flags)),
            point.currency or "",
            json.dumps(beside),
        )
