"""`palier bench metrics`: the snapshot, the metrics and the refresh, each beside its bare peer.

Runs in a process and a data folder of its own. Both sides of a ratio alternate within one run;
figures are medians of wall seconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from palier.bench import scratch
from palier.bench.metrics_by_hand import HAND

COMPANY = 1
ROUNDS = 3
CHANGED_SHARE = 0.01
MONTHS = 12
TODAY = dt.date(2026, 10, 31)
BAR = 1.5
"""Most that any of the three may cost beside its peer. Source: the issue, “Speed and size”."""


def run(*, scale: float = 1.0, rounds: int = ROUNDS) -> dict[str, Any]:
    """Measure in a scratch installation, removed afterwards; the ratios, as JSON values."""
    return scratch.measured_apart(
        "palier.bench.metrics", "--scale", str(scale), "--rounds", str(rounds)
    )


def _results(owner: str, scale: float, rounds: int) -> dict[str, Any]:
    import psycopg
    from django.conf import settings
    from django.db import connection

    from palier.bench import metrics_data
    from palier.database.isolation import company_scope

    with company_scope(COMPANY):
        with connection.cursor() as cursor:
            rows = metrics_data.fill(cursor, company_id=COMPANY, scale=scale, say=scratch.say)
        with psycopg.connect(owner, autocommit=True) as administrator:
            administrator.execute("VACUUM ANALYZE")
        work = Path(settings.DATA_DIR) / "bare"
        work.mkdir()
        return {
            "scale": scale,
            "rounds": rounds,
            "rows": rows,
            "bar": BAR,
            "snapshot": _snapshot(work, rounds),
            "metrics": _metrics(rounds),
            "refresh": _refresh(work, rounds),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def _alternate(
    sides: dict[str, Callable[[], object]],
    rounds: int,
    *,
    before: Callable[[int], object] = lambda _: None,
) -> dict[str, Any]:
    """Median seconds of each side, taking turns at going first, and the ratio of the first to the second."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for round_ in range(rounds):
        before(round_)
        names = list(sides) if round_ % 2 == 0 else list(reversed(sides))
        for name in names:
            seconds[name].append(_timed(sides[name]))
            scratch.say(f"{name}: {seconds[name][-1][0]:.2f} s")
    ours, bare = (statistics.median(wall for wall, _ in seconds[name]) for name in sides)
    return {
        **{f"{name}_s": statistics.median(wall for wall, _ in seconds[name]) for name in sides},
        **{f"{name}_cpu_s": statistics.median(cpu for _, cpu in seconds[name]) for name in sides},
        "ratio": ours / bare,
        "within_bar": ours / bare <= BAR,
    }


def _declared(columns: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items()) + "}"


def _copy_to_file(query: str, path: Path) -> None:
    """COPY as anybody would write it: the driver's iterator into a file."""
    from django.db import connection

    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy,
        path.open("wb") as out,
    ):
        for line in copy:
            out.write(line)


def _bare_load(work: Path) -> None:
    import duckdb

    from palier.kernel.registries import facts
    from palier.metrics.snapshot import source

    target = work / "bare.duckdb"
    target.unlink(missing_ok=True)
    link = duckdb.connect(str(target))
    for fact in facts:
        path = work / "rows.csv"
        _copy_to_file(source.select_rows(fact, company_id=COMPANY), path)
        link.execute(
            f"CREATE TABLE {fact.name} AS SELECT * FROM read_csv(?, header=false, auto_detect=false, delim=',', quote='\"', "
            f"escape='\"', nullstr='', allow_quoted_nulls=false, columns={_declared(source.columns(fact))})",
            [str(path)],
        )
        path.unlink()
    link.execute("CHECKPOINT")
    link.close()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _snapshot(work: Path, rounds: int) -> dict[str, Any]:
    from palier.metrics.snapshot import refresh

    return _alternate(
        {
            "snapshot": lambda: refresh(company_id=COMPANY, now=_now(), full=True),
            "bare_copy": lambda: _bare_load(work),
        },
        rounds,
    )


def _metrics(rounds: int) -> dict[str, Any]:
    """All first metrics over the last twelve months, and the same questions by hand, on one engine."""
    from palier.metrics.catalogue import all_metrics
    from palier.metrics.engine import AnalyticalFiles, framed
    from palier.metrics.evaluate import Point, compute
    from palier.metrics.periods import frame, last_periods
    from palier.metrics.questions import QUESTIONS
    from palier.metrics.snapshot import current

    info = current(company_id=COMPANY)
    assert info is not None  # noqa: S101 - made by the measure before this one
    periods = last_periods(today=TODAY, grain="month", count=MONTHS)
    rows = frame(periods=periods, today=TODAY)
    keys = [metric.key for metric in all_metrics()]
    points: list[Point] = []
    with AnalyticalFiles(memory_limit="1GB", threads=2).reading(info.path) as engine:

        def by_hand() -> dict[str, tuple[tuple[str, ...], list[Any]]]:
            return {
                name: engine.fetch(
                    framed(sql, rows, dialect="duckdb", month_steps=QUESTIONS[name].month_steps)
                )
                for name, sql in HAND.items()
            }

        def catalogue() -> None:
            points[:] = compute(engine, keys=keys, periods=periods, today=TODAY)

        catalogue()
        answers = by_hand()
        return {
            **_alternate({"catalogue": catalogue, "by_hand": by_hand}, max(rounds, 5)),
            "metrics": len(keys),
            "periods": len(periods),
            "questions": len(HAND),
            "differences": _differences(points, answers),
        }


_COMPARED = {
    "customers.active": ("customer_flow", "closing", 1),
    "customers.new": ("customer_flow", "new", 1),
    "customers.lost": ("customer_flow", "lost", 1),
    "customers.churn": ("customer_churn", "gone", 1),
    "mrr.total": ("mrr_flow", "closing", 72_000),
    "mrr.new": ("mrr_flow", "new", 72_000),
    "mrr.churn": ("mrr_flow", "churn", 72_000),
    "mrr.nrr": ("mrr_retention", "kept", 72_000),
    "mrr.grr": ("mrr_retention", "kept_at_most", 72_000),
    "revenue.invoiced": ("revenue_invoiced", "net", 1),
    "revenue.arpa": ("revenue_per_customer", "units", 72_000),
    "unit.cac": ("acquisition_cost", "cost", 1),
    "sales.win_rate": ("deal_outcome", "won", 1),
    "sales.demo_conversion": ("demo_cohort", "successes", 1),
    "cash.dso_days": ("receivables", "open", 1),
    "cash.late_share": ("lateness", "late", 1),
}


def _differences(
    points: list[Any], answers: dict[str, tuple[tuple[str, ...], list[Any]]]
) -> list[str]:
    """Where the two sides do not say the same: they must, or the ratio means nothing."""
    found = []
    for key, (question, piece, scale) in _COMPARED.items():
        names, rows = answers[question]
        at = names.index(piece)
        by_hand = {row[names.index("period")]: (row[at] or 0) / scale for row in rows}
        for rank, point in enumerate(point for point in points if point.metric == key):
            mine = float(point.numerator if point.numerator is not None else 0)
            if abs(mine - float(by_hand.get(rank, 0))) > 1e-6 * max(1.0, abs(mine)):
                found.append(f"{key} {point.period_start}: {mine} against {by_hand.get(rank, 0)}")
    return found


def _refresh(work: Path, rounds: int) -> dict[str, Any]:
    """A refresh after a change of 1 %, and the least that any refresh must do."""
    from django.db import connection

    from palier.bench import metrics_data
    from palier.metrics.snapshot import current, refresh

    positions: list[int] = []
    changed: list[int] = []

    def before(round_: int) -> None:
        info = current(company_id=COMPANY)
        assert info is not None  # noqa: S101
        positions[:] = [info.position]
        shutil.copyfile(info.path, work / "bare.duckdb")
        with connection.cursor() as cursor:
            changed[:] = [
                metrics_data.change(cursor, company_id=COMPANY, share=CHANGED_SHARE, round_=round_)
            ]

    kinds: list[str] = []
    found = _alternate(
        {
            "refresh": lambda: kinds.append(refresh(company_id=COMPANY, now=_now()).kind),
            "bare_apply": lambda: _bare_apply(work, positions[0]),
        },
        rounds,
        before=before,
    )
    return {**found, "changed_rows": changed[0], "kinds": kinds}


def _bare_apply(work: Path, after: int) -> None:
    """Read the changed ids and rows, delete and insert them in a file that lies ready, checkpoint."""
    import duckdb
    from django.db import connection

    from palier.hub import feed
    from palier.hub.change_log import changed_ids
    from palier.kernel.registries import facts
    from palier.metrics.snapshot import source

    fact = facts.get("invoice_line")
    until = feed.number(company_id=COMPANY).position
    changed = changed_ids(entity="invoice_line")
    ids = f"SELECT id FROM ({changed % {'company': COMPANY, 'after': after, 'until': until}}) found"
    with connection.cursor() as cursor:
        cursor.execute(ids)
        (work / "ids.csv").write_text("".join(f"{row[0]}\n" for row in cursor.fetchall()))
    _copy_to_file(
        f"{source.select_rows(fact, company_id=COMPANY)} AND t.id IN ({ids})", work / "rows.csv"
    )
    link = duckdb.connect(str(work / "bare.duckdb"))
    link.execute(
        "DELETE FROM invoice_line WHERE invoice_line_id IN (SELECT id FROM read_csv(?, header=false, columns={'id': 'BIGINT'}))",
        [str(work / "ids.csv")],
    )
    link.execute(
        "INSERT INTO invoice_line SELECT * FROM read_csv(?, header=false, auto_detect=false, delim=',', quote='\"', escape='\"', "
        f"nullstr='', allow_quoted_nulls=false, columns={_declared(source.columns(fact))})",
        [str(work / "rows.csv")],
    )
    link.execute("CHECKPOINT")
    link.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with scratch.running() as owner:
        print(json.dumps(_results(owner, arguments.scale, arguments.rounds)))
