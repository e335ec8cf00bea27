"""`palier bench ingest`: the whole hub write beside a bare load of the same rows.

The peer is COPY to a temporary table and INSERT … ON CONFLICT DO UPDATE into a table with a key of
source and external id. Both sides run in one process and one data folder of their own, the peer
first; rates are rows a second of wall time, ratios are ours over the peer's rate for new rows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from palier.hub.records import Record

COMPANY = 1
CUSTOMERS, EVENTS = 1_000_000, 5_000_000
"""Rows at scale 1. Source: the issue, “Speed and size”."""
BARS = {"new": (0.30, 0.22), "identical": (0.60, 0.48), "events": (0.50, 0.35)}
"""Target and floor of each ratio, of the same source."""
CHUNK = 50_000
FIELDS = ("name", "email", "phone", "siren", "city", "postcode", "segment")
WORDS = ("Atelier", "Maison", "Groupe", "Studio", "Forge", "Comptoir", "Scierie", "Cabinet")
Row = tuple[str, ...]


def run(*, scale: float = 1.0) -> dict[str, Any]:
    """Measure in a scratch installation, removed afterwards; rates and ratios, as JSON values."""
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    home.chmod(0o711)  # PostgreSQL runs as another user when we are root
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PALIER_")
    }
    environment |= {
        "PALIER_DATA_DIR": str(home / "data"),
        "PALIER_SECRET_KEY": "for-the-benchmark-only",
        "DJANGO_SETTINGS_MODULE": "palier.config.settings",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "palier.bench.ingest", "--scale", str(scale)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout)
        return result
    finally:
        shutil.rmtree(home, ignore_errors=True)


def customers(count: int, *, changed: bool = False) -> Iterator[Row]:
    """Eight text columns; `changed` gives every second row another city."""
    chance = random.Random(1)
    for number in range(count):
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


def events(count: int) -> Iterator[Row]:
    """External id, name, instant, anonymous visitor."""
    for number in range(count):
        day, second = 1 + number % 28, number % 60
        yield (
            f"e{number:09d}",
            "app.opened",
            f"2026-05-{day:02d}T08:00:{second:02d}+00:00",
            f"v{number % 90_000}",
        )


def _bare(owner: str, table: str, columns: tuple[str, ...], rows: Iterator[Row]) -> float:
    """Seconds of a bare load in chunks, one transaction."""
    import psycopg

    declared = ", ".join(f"{column} text" for column in columns)
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    with psycopg.connect(owner) as connection:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (source text, {declared}, PRIMARY KEY (source, {columns[0]}))"
        )
        connection.execute(f"CREATE TEMP TABLE bare_stage ({declared})")
        began, more = time.perf_counter(), True
        while more:
            more = False
            connection.execute("TRUNCATE bare_stage")
            with connection.cursor().copy("COPY bare_stage FROM STDIN") as copy:
                for _, row in zip(range(CHUNK), rows, strict=False):
                    copy.write_row(row)
                    more = True
            connection.execute(
                f"INSERT INTO {table} SELECT 'x', * FROM bare_stage ON CONFLICT (source, {columns[0]}) DO UPDATE SET {updates}"
            )
        connection.commit()
        return time.perf_counter() - began


def _hub(
    entity: str, tool: str, columns: tuple[str, ...], rows: Iterator[Row]
) -> tuple[float, dict[str, int]]:
    """Seconds of the whole hub write, and what it counted."""
    from palier.database.isolation import company_scope
    from palier.hub.operations import Tool, write_records

    records = (Record(row[0], dict(zip(columns, row[1:], strict=True))) for row in rows)
    began = time.perf_counter()
    with company_scope(COMPANY):
        report = write_records(
            company_id=COMPANY,
            tool=Tool(tool, kind="crm"),
            object_name=entity,
            entity=entity,
            records=records,
        )
    counted = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
    return time.perf_counter() - began, counted


def _results(owner: str, scale: float) -> dict[str, Any]:
    count, many = int(CUSTOMERS * scale), int(EVENTS * scale)
    bare_columns = ("external_id", *FIELDS)
    bare = _bare(owner, "bare_customer", bare_columns, customers(count))
    found: dict[str, Any] = {
        "scale": scale,
        "bars": BARS,
        "customers": {"rows": count, "bare_new_rows_s": count / bare},
    }
    for name, tool, changed in (
        ("new", "crm", False),
        ("identical", "crm", False),
        ("half_changed", "crm", True),
        ("second_tool", "other", False),
    ):
        seconds, counted = _hub("customer", tool, FIELDS, customers(count, changed=changed))
        found["customers"][name] = {"rows_s": count / seconds, "ratio": bare / seconds, **counted}
    event_columns = ("external_id", "name", "occurred_at", "anonymous_id")
    bare = _bare(owner, "bare_event", event_columns, events(many))
    seconds, counted = _hub("event", "app", event_columns[1:], events(many))
    found["events"] = {
        "rows": many,
        "bare_new_rows_s": many / bare,
        "rows_s": many / seconds,
        "ratio": bare / seconds,
        **counted,
    }
    found["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return found


def _measure(scale: float) -> dict[str, Any]:
    import django
    from django.conf import settings

    from palier.database import installation, roles

    django.setup()
    with installation.running(Path(settings.DATA_DIR)) as server:
        assert server is not None  # noqa: S101 - the embedded one, since no address is given
        owner = roles.embedded_target(server.location.socket_dir, owner=True).conninfo()
        installation.bring_up_to_date(owner_conninfo=owner)
        from django.db import connections

        try:
            return _results(owner, scale)
        finally:
            connections.close_all()


def main() -> None:
    """Measure in this process, whose data folder is a scratch one; print JSON."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scale", type=float, default=1.0)
    print(json.dumps(_measure(arguments.parse_args().scale)))


if __name__ == "__main__":
    main()
