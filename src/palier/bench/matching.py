"""`palier bench matching`: the search for duplicates among fictional French customers, from the hub's tables to its queue.

Fills a scratch hub, searches it once, then again after a thousand rows have come. The peer is
Splink 5 with the same blocks, levels and weights (docs/adr/0017); FEBRL is measured where its files are.
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import json
import resource
import time
from collections.abc import Iterable, Iterator
from typing import Any

from palier.bench import matching_febrl, scratch
from palier.bench.french import COLUMNS, Customer, Maker

COMPANY = 1
CUSTOMERS = 1_000_000
NEW = 1_000
BARS = {"seconds": 60, "memory_mb": 2_000, "automatic_precision": 0.99, "febrl4_f1": 0.993}
"""At scale 1. Source: the issue, “Speed and size”; hub.md §9."""
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
FIRST_ID = 1_000_000_000
"""Above the ids that the sequence gives to rows that come later."""
Pair = tuple[int, int]


def run(*, scale: float = 1.0) -> dict[str, Any]:
    """Measure in a scratch installation, removed afterwards; times, memory and quality, as JSON values."""
    return scratch.measured_apart("palier.bench.matching", "--scale", str(scale))


def fill(cursor: Any, *, company_id: int, rows: Iterable[Customer]) -> list[int]:
    """Write customers straight into their table; who each of them really is, by place."""
    things: list[int] = []
    names = ", ".join(COLUMNS)
    cursor.execute(
        f"CREATE TEMP TABLE filled (id bigint, {', '.join(f'{name} text' for name in COLUMNS)})"
    )
    with cursor.copy(f"COPY filled (id, {names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((FIRST_ID + len(things), *row.row()))
            things.append(row.thing)
    cursor.execute(
        f"INSERT INTO hub_customer (id, company_id, {names}) SELECT id, {company_id}, {names} FROM filled"
    )
    cursor.execute("DROP TABLE filled")
    return things


def quality(pairs: Iterable[Pair], things: list[int]) -> dict[str, float]:
    """Precision, recall and F1 of pairs of ids."""
    counted, right = 0, 0
    for a, b in pairs:
        counted += 1
        right += things[a - FIRST_ID] == things[b - FIRST_ID]
    true = sum(size * (size - 1) // 2 for size in collections.Counter(things).values())
    precision, recall = right / max(counted, 1), right / max(true, 1)
    return {
        "pairs": counted,
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def _proposed(cursor: Any, condition: str) -> Iterator[Pair]:
    cursor.execute(f"SELECT a, b FROM hub_match_proposal WHERE status = 'open' AND {condition}")
    yield from cursor.fetchall()


def _search(*, only_new: bool) -> dict[str, Any]:
    from palier.hub.matching.operations import match_company

    began, cpu = time.perf_counter(), time.process_time()
    report = match_company(
        company_id=COMPANY, entity="customer", now=NOW, only_new=only_new, merge=len
    )
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "compared": report.compared,
        "found": report.found,
        "merged": report.merged,
        "chained": report.chained,
        "blocks_left_out": len(report.left_out),
    }


def _arrive(maker: Maker) -> None:
    from palier.hub.operations import write_records
    from palier.hub.records import Record, Tool

    rows = [dict(zip(COLUMNS, row.row(), strict=True)) for row in maker.rows(NEW)]
    write_records(
        company_id=COMPANY,
        tool=Tool("crm", kind="crm"),
        object_name="customer",
        entity="customer",
        records=(
            Record(f"n{number}", {name: value for name, value in row.items() if value})
            for number, row in enumerate(rows)
        ),
    )


def _results(owner: str, scale: float) -> dict[str, Any]:
    import psycopg
    from django.db import connection

    from palier.database.isolation import company_scope

    count = int(CUSTOMERS * scale)
    with company_scope(COMPANY):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            things = fill(cursor, company_id=COMPANY, rows=Maker().rows(count))
        scratch.say(f"{count} rows made and written: {time.perf_counter() - began:.0f} s")
        with psycopg.connect(owner, autocommit=True) as administrator:
            administrator.execute("VACUUM ANALYZE")
        before = _peak_memory_mb()
        found: dict[str, Any] = {"scale": scale, "bars": BARS, "customers": count}
        found["search"] = _search(only_new=False)
        found["memory_mb"] = {"before": before, "peak": _peak_memory_mb()}
        with connection.cursor() as cursor:
            found["automatic"] = quality(_proposed(cursor, "tier = 'automatic'"), things)
            found["from_3"] = quality(_proposed(cursor, "weight >= 3"), things)
            found["from_0"] = quality(_proposed(cursor, "weight >= 0"), things)
        _arrive(Maker(seed=11))
        found["a_thousand_new"] = _search(only_new=True)
    source = matching_febrl.folder()
    if source is not None:
        found["febrl_f1"] = {
            name: matching_febrl.measure(name, source=source).f1 for name in matching_febrl.SETS
        }
    return found


def _peak_memory_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Measure in this process, whose data folder is a scratch one; print JSON."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scale", type=float, default=1.0)
    with scratch.running() as owner:
        print(json.dumps(_results(owner, arguments.parse_args().scale)))


if __name__ == "__main__":
    main()
