"""`palier bench ingest`: the whole hub write beside a bare load of the same rows.

The peer is COPY to a temporary table and INSERT … ON CONFLICT DO UPDATE into a table with a key of
source and external id. Rows come in slices; of each slice the two sides take turns, and a ratio is
the median over slices of the peer's seconds for that slice as new rows over ours.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from palier.bench import scratch
from palier.hub.records import Record

COMPANY = 1
CUSTOMERS, EVENTS = 1_000_000, 5_000_000
"""Rows at scale 1. Source: the issue, “Speed and size”."""
SLICES = 10
BARS = {"new": (0.30, 0.22), "identical": (0.60, 0.48), "events": (0.50, 0.35), "memory_mb": 1_200}
"""Target and floor of each ratio, and the most memory, of the same source."""
CHUNK = 50_000
FIELDS = ("name", "email", "phone", "siren", "city", "postcode", "segment")
EVENT_FIELDS = ("name", "occurred_at", "anonymous_id")
WORDS = ("Atelier", "Maison", "Groupe", "Studio", "Forge", "Comptoir", "Scierie", "Cabinet")
Row = tuple[str, ...]
Rows = Callable[[], Iterator[Row]]


def run(*, scale: float = 1.0) -> dict[str, Any]:
    """Measure in a scratch installation, removed afterwards; rates and ratios, as JSON values."""
    return scratch.measured_apart("palier.bench.ingest", "--scale", str(scale))


def customers(numbers: range, *, changed: bool = False) -> Iterator[Row]:
    """Eight text columns; `changed` gives every second row another city."""
    for number in numbers:
        chance = random.Random(number)
        name = f"{chance.choice(WORDS)} {chance.randrange(10**6)} {number}"
        city = "Paris" if changed and number % 2 else "Lyon"
        yield (
            f"c{number:08d}",
            name,
            f"u{number}@e{number % 50_000}.example",
            f"+331990{number % 100_000:05d}",
            f"{number:09d}",
            city,
            f"{chance.randrange(1000, 95_999):05d}",
            f"s{number % 20}",
        )


def events(numbers: range) -> Iterator[Row]:
    """External id, name, instant, anonymous visitor."""
    for number in numbers:
        day, second = 1 + number % 28, number % 60
        at = f"2026-05-{day:02d}T08:00:{second:02d}+00:00"
        yield f"e{number:09d}", "app.opened", at, f"v{number % 90_000}"


@dataclass(slots=True)
class Bare:
    """The peer: one table, loaded slice by slice in transactions of their own."""

    owner: str
    table: str
    fields: tuple[str, ...]

    def load(self, rows: Sequence[Row]) -> float:
        """Seconds of loading these rows."""
        import psycopg

        names = ("external_id", *self.fields)
        declared = ", ".join(f"{name} text" for name in names)
        updates = ", ".join(f"{name} = excluded.{name}" for name in self.fields)
        with psycopg.connect(self.owner) as connection:
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {self.table} (source text, {declared}, PRIMARY KEY (source, external_id))"
            )
            connection.commit()
            began = time.perf_counter()
            connection.execute(f"CREATE TEMP TABLE bare_stage ({declared})")
            for start in range(0, len(rows), CHUNK):
                connection.execute("TRUNCATE bare_stage")
                with connection.cursor().copy("COPY bare_stage FROM STDIN") as copy:
                    for row in rows[start : start + CHUNK]:
                        copy.write_row(row)
                connection.execute(
                    f"INSERT INTO {self.table} SELECT 'x', * FROM bare_stage "
                    f"ON CONFLICT (source, external_id) DO UPDATE SET {updates}"
                )
            connection.commit()
            return time.perf_counter() - began


@dataclass(slots=True)
class Hub:
    """Our side: one operation of the one door for each slice."""

    entity: str
    tool: str
    fields: tuple[str, ...]
    counted: dict[str, int] = field(default_factory=dict)

    def load(self, rows: Sequence[Row]) -> float:
        """Seconds of the whole hub write of these rows."""
        from palier.database.isolation import company_scope
        from palier.hub.operations import write_records
        from palier.hub.records import Tool

        began = time.perf_counter()
        records = (Record(row[0], dict(zip(self.fields, row[1:], strict=True))) for row in rows)
        with company_scope(COMPANY):
            report = write_records(
                company_id=COMPANY,
                tool=Tool(self.tool, kind="crm"),
                object_name=self.entity,
                entity=self.entity,
                records=records,
            )
        seconds = time.perf_counter() - began
        for name in ("created", "updated", "unchanged"):
            self.counted[name] = self.counted.get(name, 0) + getattr(report, name)
        return seconds


def _compare(name: str, bare: Bare, hub: Hub, slices: Sequence[Rows]) -> dict[str, Any]:
    """Both sides over all slices, taking turns at going first."""
    seconds: dict[str, list[float]] = {"bare": [], "hub": []}
    rows = 0
    for turn, rows_of in enumerate(slices):
        given = list(rows_of())
        rows += len(given)
        sides: list[tuple[str, Bare | Hub]] = [("bare", bare), ("hub", hub)]
        for side, loader in sides if turn % 2 == 0 else sides[::-1]:
            seconds[side].append(loader.load(given))
        scratch.say(
            f"{name} {turn + 1}/{len(slices)}: {seconds['bare'][-1] / seconds['hub'][-1]:.2f}"
        )
    ratios = [one / other for one, other in zip(seconds["bare"], seconds["hub"], strict=True)]
    return {
        "rows": rows,
        "bare_new_rows_s": rows / sum(seconds["bare"]),
        "rows_s": rows / sum(seconds["hub"]),
        "ratio": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        **hub.counted,
    }


def _slices(count: int) -> list[range]:
    size = max(1, count // SLICES)
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def _results(owner: str, scale: float) -> dict[str, Any]:
    count, many = int(CUSTOMERS * scale), int(EVENTS * scale)
    found: dict[str, Any] = {"scale": scale, "slices": SLICES, "bars": BARS, "customers": {}}
    for name, tool, changed in (
        ("new", "crm", False),
        ("identical", "crm", False),
        ("half_changed", "crm", True),
        ("second_tool", "other", False),
    ):
        bare, hub = Bare(owner, f"bare_{name}", FIELDS), Hub("customer", tool, FIELDS)
        slices: list[Rows] = [
            lambda numbers=numbers, changed=changed: customers(numbers, changed=changed)  # type: ignore[misc]
            for numbers in _slices(count)
        ]
        found["customers"][name] = _compare(name, bare, hub, slices)
    event_slices: list[Rows] = [
        lambda numbers=numbers: events(numbers)  # type: ignore[misc]
        for numbers in _slices(many)
    ]
    bare, hub = Bare(owner, "bare_event", EVENT_FIELDS), Hub("event", "app", EVENT_FIELDS)
    found["events"] = _compare("events", bare, hub, event_slices)
    found["peak_memory_mb"] = _peak_memory_mb()
    return found


def _peak_memory_mb() -> dict[str, int]:
    """The most that this process and its server process held: pages of their own and shared buffers touched."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    return {"client": _high_water_mb(os.getpid()), "server": _high_water_mb(server)}


def _high_water_mb(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    return round(int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024)


def main() -> None:
    """Measure in this process, whose data folder is a scratch one; print JSON."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scale", type=float, default=1.0)
    with scratch.running() as owner:
        print(json.dumps(_results(owner, arguments.parse_args().scale)))


if __name__ == "__main__":
    main()
