"""The analytical file when something goes wrong: full disk, damage, readers, rivals, kill -9."""

from __future__ import annotations

import os
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
from life import COMPANY, again, invoice, opened, rows, write

from palier.database.isolation import company_scope
from palier.hub import checks
from palier.hub.records import Record
from palier.metrics.snapshot import (
    AnotherRefreshRunning,
    DiskFull,
    SnapshotInfo,
    checking,
    current,
    derived,
    loading,
    source,
)
from palier.metrics.snapshot.folder import Folder


@pytest.fixture
def company(db: None, settings, tmp_path: Path) -> Iterator[int]:
    settings.DATA_DIR = tmp_path
    with company_scope(COMPANY):
        yield COMPANY


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
        write(
            "recurring_line",
            Record(
                "L1",
                {
                    "customer": ["customer", "C1"],
                    "starts_on": "2026-01-01",
                    "amount_minor": 100,
                    "interval": "month",
                },
            ),
        )
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

    @pytest.mark.parametrize(
        ("entity", "fields", "column", "held"),
        [
            (
                "invoice_line",
                {"quantity": "999999999999.999999"},
                "quantity",
                "999999999999.999999",
            ),
            ("invoice_line", {"quantity": "10000000000000"}, "quantity", None),
            ("invoice_line", {"quantity": "-1000000000000"}, "quantity", None),
            ("event", {"occurred_at": "0001-01-01T00:00:00+02:00"}, "occurred_at", None),
            (
                "event",
                {"occurred_at": "0001-01-02T00:00:00Z"},
                "occurred_at",
                "0001-01-02 00:00:00",
            ),
            (
                "event",
                {"occurred_at": "9999-12-31T23:00:00-05:00"},
                "occurred_at",
                "10000-01-01 04:00:00",
            ),
            ("invoice", {"issued_on": "0001-01-01"}, "issued_on", "0001-01-01"),
            ("invoice", {"due_on": "9999-12-31"}, "due_on", "9999-12-31"),
        ],
    )
    def test_never_lets_one_value_stop_a_company(
        self, company, entity, fields, column, held, monkeypatch
    ):
        monkeypatch.setattr(checks, "MOST_DECIMAL", 10**17)  # written before the door refused it
        write("invoice", invoice(1))
        kept = {
            "invoice_line": {"invoice": ["invoice", "F1"]},
            "event": {"name": "visit"},
            "invoice": {"issued_on": "2026-01-05"},
        }
        write(entity, Record("X", {**kept[entity], **fields}))

        made = again()

        assert rows(
            made,
            f"SELECT cast({column} AS varchar) FROM {entity} ORDER BY {entity}_id DESC LIMIT 1",
        ) == [(held,)]
        assert rows(made, "SELECT count(*) FROM invoice WHERE net_minor = 100") == [(1,)]

    def test_says_which_value_is_too_large(self, company, monkeypatch):
        monkeypatch.setattr(checks, "MOST_DECIMAL", 10**17)
        monkeypatch.setattr(source, "DECIMAL_BOUND", 10**20)
        write("invoice", invoice(1))
        write(
            "invoice_line",
            Record("L", {"invoice": ["invoice", "F1"], "quantity": "10000000000000"}),
        )

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
        assert rows(second, "SELECT count(*) FROM invoice") == [
            (51 if damage == "overwritten" else 50,)
        ]


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
                        counts = link.execute(
                            "SELECT rows FROM snapshot_count WHERE fact = 'invoice'"
                        ).fetchall()
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
            [
                sys.executable,
                "-c",
                KILLED,
                str(tmp_path),
                django_settings.DATABASES["default"]["NAME"],
                str(company),
            ],
            stdout=subprocess.PIPE,
            text=True,
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
