"""The analytical file: full, incremental, swapped under readers, killed and damaged."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections

from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.operations import Tool, write_records
from palier.hub.records import Record
from palier.hub.undo import undo_records
from palier.metrics.questions import DERIVED
from palier.metrics.snapshot import (
    AnotherRefreshRunning,
    DiskFull,
    SnapshotInfo,
    checking,
    current,
    derived,
    loading,
    refresh,
    refreshing,
    source,
)
from palier.metrics.snapshot.folder import Folder

COMPANY = 900_011
NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@pytest.fixture
def company(db: None, settings, tmp_path: Path) -> Iterator[int]:
    settings.DATA_DIR = tmp_path
    with company_scope(COMPANY):
        yield COMPANY


def write(entity: str, *records: Record, batch: int | None = None) -> None:
    report = write_records(
        company_id=COMPANY, tool=Tool("billing", kind="billing"), object_name=entity, entity=entity,
        records=records, batch_id=batch,
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
        names = [row[0] for row in link.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {
            name: link.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall()
            for name in names if name != "snapshot_meta"
        }


def invoice(number: int, **fields: object) -> Record:
    return Record(f"F{number}", {"issued_on": "2026-01-05", "net_minor": 100, "kind": "invoice", **fields})


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
        return Record(f"L{self.chance.randrange(40)}", {
            "customer": self.customer(), "starts_on": starts, "ends_on": self.chance.choice([ends, None]),
            "amount_minor": self.chance.randrange(-500, 9_000), "interval": self.chance.choice(["month", "year"]),
            "status": self.chance.choice(["active", "paused", "trial"]), "currency": "EUR",
        })

    def a_invoice(self) -> Record:
        return invoice(self.chance.randrange(40), customer=self.customer(), issued_on=self.day(),
                       gross_minor=self.chance.randrange(1, 5) * 100,
                       kind=self.chance.choice(["invoice", "credit_note"]), due_on=self.day())

    def a_payment(self) -> Record:
        return Record(f"P{self.chance.randrange(40)}", {
            "invoice": ["invoice", f"F{self.chance.randrange(40)}"], "paid_on": self.day(),
            "amount_minor": self.chance.randrange(1, 5) * 100,
        })

    def a_deal(self) -> Record:
        status = self.chance.choice(["won", "lost", "open"])
        return Record(f"D{self.chance.randrange(20)}", {
            "name": "Projet", "customer": self.customer(), "status": status, "opened_on": self.day(),
            "won_on": self.day() if status == "won" else None, "amount_minor": 5_000,
        })

    def step(self, entities: tuple[str, ...]) -> None:
        if self.batch > 2 and self.chance.random() < 0.25:
            undo_records(company_id=COMPANY, batch_id=self.chance.randrange(1, self.batch + 1), person_id=None)
            return
        self.batch += 1
        for entity in self.chance.sample(entities, k=2):
            write(entity, *self.records(entity), batch=self.batch)


class TestRefresh:
    def test_makes_an_empty_file_for_an_empty_company(self, company):
        made = again()

        assert (made.kind, made.version, made.position) == ("full", 1, 0)
        assert set(made.rows.values()) == {0}
        assert rows(made, "SELECT count(*) FROM movement") == [(0,)]

    def test_keeps_every_text_as_it_was_written(self, company):
        texts = ['dit "oui"', "deux\nlignes", "retour\r\nchariot", "\\.", "\\N", "NULL", "", "a,b;c\td", " bords ", "é’\u202f€", "x" * 3_000_000]
        write("product", *(Record(f"P{n}", {"name": "x", "sku": text}) for n, text in enumerate(texts)))
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, sku FROM hub_product ORDER BY id")
            stored = cursor.fetchall()

        made = again()

        assert rows(made, "SELECT product_id, sku FROM product ORDER BY 1") == stored
        assert "" in dict(stored).values() or None in dict(stored).values()

    def test_gives_every_type_its_value(self, company):
        write("customer", Record("C1", {"name": "Atelier"}))
        write("event", Record("E1", {"name": "visit", "occurred_at": "2026-03-29T01:30:00+02:00", "customer": ["customer", "C1"]}))
        write("deal", Record("D1", {"name": "Projet", "probability": "0.125", "won_by_founder": True, "won_on": "2026-02-28"}))
        write("contact", Record("K1", {"opt_in_email": False}))

        made = again()

        assert rows(made, "SELECT occurred_at FROM event") == [(dt.datetime(2026, 3, 28, 23, 30),)]  # noqa: DTZ001 - stored in UTC without zone
        assert rows(made, "SELECT cast(probability AS varchar), won_by_founder, won_on FROM deal") == [
            ("0.125000", True, dt.date(2026, 2, 28))]
        assert rows(made, "SELECT opt_in_email, is_shared_mailbox FROM contact") == [(False, None)]
        assert rows(made, "SELECT c.company_id, e.customer_id = c.customer_id FROM customer c, event e") == [(COMPANY, True)]

    def test_keeps_the_version_when_nothing_changed(self, company):
        write("invoice", invoice(1))
        first = again()

        second = again()

        assert (second.kind, second.version, second.path) == ("unchanged", first.version, first.path)

    def test_reads_only_what_changed(self, company):
        write("invoice", *(invoice(n) for n in range(5)))
        again()
        write("invoice", invoice(1, net_minor=900), invoice(7, net_minor=50))

        made = again()

        assert (made.kind, made.version, made.rows["invoice"]) == ("incremental", 2, 6)
        assert rows(made, "SELECT sum(net_minor) FROM invoice") == [(4 * 100 + 900 + 50,)]

    def test_drops_what_was_undone(self, company):
        write("invoice", invoice(1), batch=1)
        write("invoice", invoice(1, net_minor=900), invoice(2), batch=2)
        again()
        undo_records(company_id=company, batch_id=2, person_id=None)

        made = again()

        assert made.kind == "incremental"
        assert rows(made, "SELECT net_minor FROM invoice") == [(100,)]

    @pytest.mark.parametrize("seed", range(3))
    def test_ends_up_the_same_by_steps_as_at_once(self, company, seed):
        history = History(seed)
        kinds = ("customer", "invoice", "payment", "deal")
        kinds_by_step = [("customer", "deal")] * 2 + [kinds] * 5 + [("customer", "recurring_line")] * 4 + [(*kinds, "recurring_line")] * 4
        made = again()
        most = 0
        for entities in kinds_by_step:
            history.step(entities)
            made = again()
            assert made.kind != "full"
            if "recurring_line" not in entities:
                continue
            most = max(most, rows(made, "SELECT count(*) FROM movement")[0][0])

        assert contents(made) == contents(again(full=True))
        assert most > 3

    def test_reads_everything_again_when_the_feed_starts_over(self, company):
        write("invoice", invoice(1))
        again()
        feed.restart(company_id=company)

        assert again().kind == "full"

    def test_reads_everything_again_when_the_shape_changed(self, company, monkeypatch):
        again()
        monkeypatch.setattr(source, "digest", lambda *_, **__: "another")

        assert again().kind == "full"

    def test_reads_everything_again_rather_than_replace_a_quarter(self, company, monkeypatch):
        monkeypatch.setattr(refreshing, "SMALL_FILE_ROWS", 0)
        write("invoice", *(invoice(n) for n in range(8)))
        again()
        write("invoice", invoice(1, net_minor=1), invoice(2, net_minor=1))
        assert again().kind == "incremental"
        write("invoice", invoice(3, net_minor=1))

        assert again().kind == "full"

    def test_keeps_three_versions(self, company):
        for n in range(5):
            write("invoice", invoice(n))
            again()

        kept = sorted(path.name for path in Folder.of(company_id=company).path.glob("*.duckdb"))
        assert kept == [f"v{n:09d}.duckdb" for n in (3, 4, 5)]

    def test_holds_nothing_of_another_company(self, company):
        with company_scope(COMPANY + 1):
            write_records(company_id=COMPANY + 1, tool=Tool("x"), object_name="customer", entity="customer",
                          records=[Record("Z", {"name": "Autre"})])
            connection.cursor().execute("SELECT 1")

        assert again().rows["customer"] == 0

    def test_reads_many_pieces_as_one(self, company, monkeypatch):
        monkeypatch.setattr(loading.Loader.__init__, "__kwdefaults__", {"piece_bytes": 1_000})
        monkeypatch.setattr(source, "_LINES_BETWEEN_PAUSES", 7)
        write("invoice", *(invoice(n) for n in range(300)))

        made = again()

        assert rows(made, "SELECT count(*), count(DISTINCT invoice_id) FROM invoice") == [(300, 300)]


class TestFailures:
    def test_publishes_nothing_when_rows_are_missing(self, company, monkeypatch):
        write("invoice", invoice(1))
        before = again()
        write("invoice", invoice(2))
        real = source.copy_csv
        monkeypatch.setattr(source, "copy_csv", lambda *arguments: real(*arguments) + 1)

        with pytest.raises(checking.RowsMissing):
            again(full=True)

        assert current(company_id=company).version == before.version

    def test_publishes_nothing_when_movements_do_not_add_up(self, company, monkeypatch):
        write("customer", Record("C1", {"name": "Atelier"}))
        write("recurring_line", Record("L1", {
            "customer": ["customer", "C1"], "starts_on": "2026-01-01", "amount_minor": 100, "interval": "month"}))
        before = again()
        real = derived.write_all

        def wrong(link):
            real(link)
            link.execute("UPDATE movement SET delta = delta + 1")

        monkeypatch.setattr(derived, "write_all", wrong)
        with pytest.raises(checking.MovementsDoNotAddUp):
            again(full=True)

        assert current(company_id=company).version == before.version
        assert not list(Folder.of(company_id=company).path.glob(".draft-*"))

    @pytest.mark.parametrize("lines", [1, 4_096])
    def test_says_when_the_disk_is_full(self, company, monkeypatch, lines):
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        write("invoice", *(invoice(n) for n in range(20)))
        monkeypatch.setattr(source, "_LINES_BETWEEN_PAUSES", lines)
        monkeypatch.setattr(loading.Receiver, "pause", lambda *_, **__: full())

        with pytest.raises(DiskFull):
            again()

        assert current(company_id=company) is None
        monkeypatch.undo()
        assert connection.is_usable()

    def test_says_which_value_is_too_large(self, company):
        write("invoice", invoice(1))
        write("invoice_line", Record("L", {"invoice": ["invoice", "F1"], "quantity": "10000000000000"}))

        with pytest.raises(loading.ValueOutOfRange, match="invoice_line"):
            again()

    @pytest.mark.parametrize("damage", ["truncated", "overwritten", "removed", "pointer"])
    def test_reads_everything_again_when_the_file_is_damaged(self, company, damage):
        write("invoice", *(invoice(n) for n in range(50)))
        first = again()
        if damage == "removed":
            first.path.unlink()
        elif damage == "pointer":
            (first.path.parent / "CURRENT").write_text("{")
        elif damage == "truncated":
            os.truncate(first.path, first.path.stat().st_size // 2)
        else:
            first.path.write_bytes(os.urandom(first.path.stat().st_size))
            write("invoice", invoice(50))

        second = again()

        assert second.kind == "full"
        assert second.version > first.version or damage == "removed"
        assert rows(second, "SELECT count(*) FROM invoice") == [(51 if damage == "overwritten" else 50,)]


@pytest.mark.django_db(transaction=True)
class TestConcurrency:
    def test_lets_readers_see_whole_versions_while_they_change(self, company):
        write("invoice", *(invoice(n) for n in range(20)))
        again()
        stop, wrong, seen = threading.Event(), [], set()

        def read() -> None:
            folder = Folder.of(company_id=company)
            while not stop.is_set():
                version = folder.current()
                try:
                    with opened(version.path) as link:
                        counts = link.execute("SELECT rows FROM snapshot_count WHERE fact = 'invoice'").fetchall()
                        found = link.execute("SELECT count(*) FROM invoice").fetchall()
                except duckdb.IOException as failure:
                    if version.path.exists():
                        wrong.append(failure)
                    continue
                seen.add(version.number)
                if counts != found:
                    wrong.append((version.number, counts, found))

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            for n in range(20, 32):
                write("invoice", invoice(n))
                again()
        finally:
            stop.set()
            for reader in readers:
                reader.join()

        assert wrong == []
        assert len(seen) > 3

    def test_lets_one_of_two_refreshes_do_the_work(self, company):
        write("invoice", *(invoice(n) for n in range(20)))
        made: list[SnapshotInfo | BaseException] = []
        ready = threading.Barrier(2)

        def run() -> None:
            try:
                with company_scope(company):
                    ready.wait()
                    made.append(again())
            except BaseException as failure:  # noqa: BLE001
                made.append(failure)
            finally:
                connections.close_all()

        workers = [threading.Thread(target=run) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert sorted(info.kind for info in made) == ["full", "unchanged"]
        assert {info.version for info in made} == {1}

    def test_refuses_a_second_one_that_does_not_wait(self, company):
        with Folder.of(company_id=company).writing(wait=True), pytest.raises(AnotherRefreshRunning):
            again(wait=False)

    def test_survives_being_killed_in_the_middle(self, company, tmp_path):
        write("invoice", *(invoice(n) for n in range(20)))
        before = again()
        write("invoice", invoice(20))
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), django_settings.DATABASES["default"]["NAME"], str(company)],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "palier.config.test_settings"},
        )
        assert child.stdout.readline() == "in the middle\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        folder = Folder.of(company_id=company)
        assert list(folder.path.glob(".draft-*"))
        assert current(company_id=company).version == before.version

        after = again()

        assert (after.kind, after.rows["invoice"]) == ("incremental", 21)
        assert not list(folder.path.glob(".draft-*"))


KILLED = """
import datetime, pathlib, sys, time
import django
django.setup()
from django.conf import settings
from django.db import connection
from palier.database import roles
from palier.database.isolation import company_scope
from palier.metrics.snapshot import refresh, refreshing
settings.DATA_DIR = pathlib.Path(sys.argv[1])
connection.settings_dict.update(NAME=sys.argv[2], USER=roles.APPLICATION)

def stay(*_, **__):
    print("in the middle", flush=True)
    time.sleep(120)

refreshing.check_movements = stay
with company_scope(int(sys.argv[3])):
    refresh(company_id=int(sys.argv[3]), now=datetime.datetime.now(datetime.UTC))
"""


class TestSources:
    @pytest.mark.parametrize("name", [one.table for one in DERIVED])
    def test_name_exactly_the_tables_a_derived_one_is_computed_from(self, name):
        import sqlglot

        from palier.metrics import compile as compiler

        text = sqlglot.parse_one(compiler.derived_sql(name=name), dialect="duckdb")
        known = {one.table for one in DERIVED} | {"customer", "recurring_line", "invoice", "deal", "payment", "marketing_spend"}
        assert {table.name for table in text.find_all(sqlglot.exp.Table)} & known == derived.SOURCES[name]
