"""A company's analytical file in tests: writing records, refreshing, looking inside, a life at random."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb

from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records
from palier.metrics.snapshot import SnapshotInfo, refresh

COMPANY = 900_011
NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


def write(entity: str, *records: Record, batch: int | None = None) -> None:
    report = write_records(
        company_id=COMPANY,
        tool=Tool("billing", kind="billing"),
        object_name=entity,
        entity=entity,
        records=records,
        batch_id=batch,
    )
    assert report.rejections == []


def again(*, full: bool = False, wait: bool = True) -> SnapshotInfo:
    return refresh(company_id=COMPANY, now=NOW, full=full, wait=wait)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    link = duckdb.connect(str(path), read_only=True)
    try:
        yield link
    finally:
        link.close()


def rows(info: SnapshotInfo, query: str) -> list[tuple]:
    with opened(info.path) as link:
        return link.execute(query).fetchall()


def contents(info: SnapshotInfo) -> dict[str, list[tuple]]:
    with opened(info.path) as link:
        names = [
            row[0]
            for row in link.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
        ]
        return {
            name: link.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall()
            for name in names
            if name != "snapshot_meta"
        }


def invoice(number: int, **fields: object) -> Record:
    return Record(
        f"F{number}", {"issued_on": "2026-01-05", "net_minor": 100, "kind": "invoice", **fields}
    )


class History:
    """A company's life at random, always the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.batch = 0

    def day(self) -> str:
        return (dt.date(2025, 1, 1) + dt.timedelta(days=self.chance.randrange(500))).isoformat()

    def customer(self) -> list[str]:
        return ["customer", f"C{self.chance.randrange(12)}"]

    def records(self, entity: str) -> list[Record]:
        made = (getattr(self, f"a_{entity}")() for _ in range(self.chance.randrange(1, 9)))
        return list({record.external_id: record for record in made}.values())

    def a_customer(self) -> Record:
        number = self.chance.randrange(12)
        channel = self.chance.choice(["search", "word of mouth", None])
        return Record(f"C{number}", {"name": f"Atelier {number}", "acquisition_channel": channel})

    def a_recurring_line(self) -> Record:
        starts, ends = sorted((self.day(), self.day()))
        return Record(
            f"L{self.chance.randrange(40)}",
            {
                "customer": self.customer(),
                "starts_on": starts,
                "ends_on": self.chance.choice([ends, None]),
                "amount_minor": self.chance.randrange(-500, 9_000),
                "interval": self.chance.choice(["month", "year"]),
                "status": self.chance.choice(["active", "paused", "trial"]),
                "currency": "EUR",
            },
        )

    def a_invoice(self) -> Record:
        return invoice(
            self.chance.randrange(40),
            customer=self.customer(),
            issued_on=self.day(),
            gross_minor=self.chance.randrange(1, 5) * 100,
            kind=self.chance.choice(["invoice", "credit_note"]),
            due_on=self.day(),
        )

    def a_payment(self) -> Record:
        return Record(
            f"P{self.chance.randrange(40)}",
            {
                "invoice": ["invoice", f"F{self.chance.randrange(40)}"],
                "paid_on": self.day(),
                "amount_minor": self.chance.randrange(1, 5) * 100,
            },
        )

    def a_deal(self) -> Record:
        status = self.chance.choice(["won", "lost", "open"])
        return Record(
            f"D{self.chance.randrange(20)}",
            {
                "name": "Projet",
                "customer": self.customer(),
                "status": status,
                "opened_on": self.day(),
                "won_on": self.day() if status == "won" else None,
                "amount_minor": 5_000,
            },
        )

    def step(self, entities: tuple[str, ...]) -> None:
        if self.batch > 2 and self.chance.random() < 0.25:
            undo_records(
                company_id=COMPANY,
                batch_id=self.chance.randrange(1, self.batch + 1),
                person_id=None,
            )
            return
        self.batch += 1
        for entity in self.chance.sample(entities, k=2):
            write(entity, *self.records(entity), batch=self.batch)
