"""Imports as batches: what is kept of them, and what becomes of them when the machine fails."""

from __future__ import annotations

import datetime as dt
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from django.conf import settings as project
from django.db import connections
from django.utils import translation
from pyarrow import parquet

from palier.accounts.queries import CompanyInfo
from palier.database.embedded import EmbeddedServer
from palier.database.installation import superuser_conninfo
from palier.database.isolation import company_scope
from palier.hub.imports import batches
from palier.hub.imports import run as run_module
from palier.hub.imports.decode.refusals import NoSpace
from palier.hub.imports.mapping_json import from_json
from palier.hub.imports.plan import make_plan
from palier.hub.imports.run import BrokenMidway, ConnectionLost
from palier.hub.models import Customer, ImportBatch, ImportMapping, SourceRecord
from palier.wording.sentences import explain, sentence

NOW = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
CLIENTS = "id;nom;ville\nA1;Boulangerie du Port;Nantes\nA2;Menuiserie Élan;Rennes\n"
IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def company(transactional_db: None, settings, tmp_path: Path) -> Iterator[CompanyInfo]:
    """A company whose imports really commit."""
    settings.MEDIA_ROOT = tmp_path / "files"
    info = CompanyInfo(900_077, "essai", "Essai", "EUR", "Europe/Paris", "FR", False, 1)
    with company_scope(info.id):
        yield info


@pytest.fixture
def lay(company: CompanyInfo) -> Callable[..., ImportBatch]:
    """An import of these files, not started."""

    def act(**files: str | bytes) -> ImportBatch:
        batch = batches.create_batch(company_id=company.id, person_id=None)
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            batches.add_file(batch=batch, name=name.replace("__", "."), chunks=[data])
        return batch

    return act


def run(company: CompanyInfo, batch: ImportBatch, **more: object) -> object:
    return batches.run_batch(company=company, batch=batch, now=NOW, explain=explain, **more)


def many(count: int, prefix: str = "K") -> str:
    return "id;nom;ville\n" + "".join(f"{prefix}{n};Client {n};Lyon\n" for n in range(count))


class TestReport:
    def test_keeps_codes_that_each_reader_s_language_says(self, company, lay):
        batch = lay(clients__csv=CLIENTS, logo__csv=IMAGE, noms__csv="id;nom;nom\n1;a;b\n")
        with translation.override("en"):
            run(company, batch)
        image, names = (batch.report["files"][at]["skipped"] for at in (1, 2))
        assert image == {"code": "import.not_a_table", "params": {"kind": "an image"}}
        assert names["code"] == "import.duplicate_header"
        with translation.override("fr"):
            assert "une image" in sentence(image["code"], image["params"])
        with translation.override("en"):
            assert "an image" in sentence(image["code"], image["params"])

    def test_names_a_table_damaged_further_down_and_takes_the_others(self, company, lay):
        sink = io.BytesIO()
        table = pa.table({"id": [f"P{n}" for n in range(1000)], "nom": ["x" * 20] * 1000})
        parquet.write_table(table, sink)
        content = bytearray(sink.getvalue())
        content[200:400] = b"\xff" * 200
        batch = lay(clients__csv=CLIENTS, abime__parquet=bytes(content))
        run(company, batch)
        assert batch.report["totals"]["created"] == 2
        assert batch.report["files"][1]["skipped"]["code"] == "import.broken_parquet"

    def test_of_an_empty_file_teaches_nothing_for_the_next_one(self, company, lay):
        run(company, lay(clients__csv="id;nom;ville;surnom\n"))
        assert not ImportMapping.objects.exists()
        run(company, lay(clients__csv="id;nom;ville;surnom\nA1;Port;Nantes;Popo\n"))
        assert Customer.objects.get().custom == {"surnom": "Popo"}


class TestFailure:
    def test_says_what_keeps_each_file_out_when_none_can_be_read(self, company, lay):
        batch = lay(logo__csv=IMAGE, rien__csv="")
        with pytest.raises(batches.NothingReady):
            run(company, batch)
        batch.refresh_from_db()
        assert batch.status == "failed"
        assert [one["params"]["why"]["code"] for one in batch.failure["params"]["reasons"]] == [
            "import.not_a_table",
            "import.empty",
        ]
        with translation.override("fr"):
            said = sentence(batch.failure["code"], batch.failure["params"])
        assert "logo.csv" in said
        assert "une image" in said
        assert "Ce fichier est vide." in said

    def test_asks_what_a_file_without_known_column_means(self, company, lay):
        with pytest.raises(batches.NothingReady) as refused:
            run(company, lay(x__csv="F1;Alpha;12,50\nF2;Beta;13,50\n"))
        (reason,) = refused.value.reasons
        assert reason.params["why"].code == "import.nothing_recognised"

    def test_names_the_file_that_broke_while_it_was_written(self, company, lay, tmp_path):
        path = tmp_path / "casse.csv"
        rows = [f"{n};Client {n}" for n in range(2000)]
        rows[1000:1200] = [f'{n};"ouvert' for n in range(200)]
        path.write_text("id;nom\n" + "\n".join(rows) + "\n", encoding="utf-8")
        by_rank = {"entity": "customer", "id": ["nom", "#"], "fields": {"name": "nom"}}
        plan = make_plan(
            company=company,
            files=[(path, path.name)],
            mapping=from_json({"entities": [by_rank]}),
        )
        batch = lay()
        with pytest.raises(BrokenMidway) as refused:
            run(company, batch, plan=plan)
        assert "casse.csv" in str(refused.value)
        assert not Customer.objects.exists()
        assert batch.status == "failed"

    def test_of_the_disk_writes_nothing(self, company, lay):
        batch = lay(clients__csv=CLIENTS + "A3;" + ";".join("abc") + "\n")
        folder = batches.folder_of(company_id=company.id, batch_id=batch.pk)
        (folder / "clients.csv.rejets.csv").symlink_to("/dev/full")
        with pytest.raises(NoSpace):
            run(company, batch)
        batch.refresh_from_db()
        assert (batch.status, batch.failure["code"]) == ("failed", "import.no_space")
        assert not SourceRecord.objects.exists()

    def test_of_the_disk_keeps_no_file_that_was_laid_down(self, company, lay):
        batch = lay()
        folder = batches.folder_of(company_id=company.id, batch_id=batch.pk)
        folder.mkdir(parents=True)
        (folder / "000.csv").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left"):
            batches.add_file(batch=batch, name="clients.csv", chunks=[b"x" * 100_000])
        assert not batch.files.exists()

    def test_of_the_connection_writes_nothing_and_starts_again(self, company, lay, server):
        batch = lay(clients__csv=many(3000))

        def cut(_rows: int) -> None:
            end_connections(server)

        with pytest.raises(ConnectionLost):
            run(company, batch, on_progress=cut)
        with company_scope(company.id):
            batch.refresh_from_db()
            assert (batch.status, batch.failure["code"]) == ("failed", "import.connection_lost")
            assert not Customer.objects.exists()
            run(company, lay(clients__csv=many(3000)))
            assert Customer.objects.count() == 3000

    def test_of_the_connection_is_told_in_the_middle_of_a_copy(self, company, server):
        with pytest.raises(ConnectionLost):
            copy_until_cut(server)
        connections["default"].close()

    def test_of_a_database_that_filled_the_disk_says_so(self, company, lay, server, monkeypatch):
        monkeypatch.setattr(run_module, "LOW_SPACE", 10**18)
        batch = lay(clients__csv=CLIENTS)
        with pytest.raises(NoSpace):
            run(company, batch, on_progress=lambda _rows: end_connections(server))
        with company_scope(company.id):
            assert not Customer.objects.exists()


def copy_until_cut(server: EmbeddedServer) -> None:
    with run_module.faults_told(), connections["default"].cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied (a text)")
        end_connections(server)
        with cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write_row(["a"])


def end_connections(server: EmbeddedServer) -> None:
    """Every connection of the tests' database ends, as when PostgreSQL restarts."""
    name = project.DATABASES["default"]["NAME"]
    with psycopg.connect(superuser_conninfo(server), autocommit=True) as outside:
        outside.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


class Aside(threading.Thread):
    """Work of another process: a thread with a connection of its own, whose error is not lost."""

    def __init__(self, company: CompanyInfo, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.company, self.work = company, work
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            with company_scope(self.company.id):
                self.work()
        except BaseException as error:  # noqa: BLE001 - told by `done`
            self.error = error
        finally:
            connections.close_all()

    def done(self) -> None:
        self.join(60)
        assert not self.is_alive()
        if self.error is not None:
            raise self.error


class TestTwoAtOnce:
    def test_of_one_company_follow_each_other_and_write_nothing_twice(self, company, lay):
        first, second = lay(a__csv=many(600)), lay(b__csv=many(900))
        both = [Aside(company, lambda one=one: run(company, one)) for one in (first, second)]
        for one in both:
            one.done()
        for one in (first, second):
            one.refresh_from_db()
        assert Customer.objects.count() == SourceRecord.objects.count() == 900
        made = [one.report["totals"]["created"] for one in (first, second)]
        assert sum(made) == 900

    def test_undoing_waits_for_the_import_that_runs(self, company, lay):
        before = lay(a__csv=many(50, "A"))
        run(company, before)
        reached, free = threading.Event(), threading.Event()

        def hold(_rows: int) -> None:
            reached.set()
            assert free.wait(30)

        during = lay(b__csv=many(40, "B"))
        importing = Aside(company, lambda: run(company, during, on_progress=hold))
        assert reached.wait(30)
        undoing = Aside(company, lambda: undo(company, before))
        time.sleep(0.5)
        assert undoing.is_alive()
        free.set()
        importing.done()
        undoing.done()
        assert Customer.objects.filter(deleted_at=None).count() == 40


def undo(company: CompanyInfo, batch: ImportBatch) -> int:
    return batches.undo_batch(company_id=company.id, batch_id=batch.pk, person_id=None, now=NOW)


class TestUndo:
    def test_is_done_once(self, company, lay):
        batch = lay(clients__csv=CLIENTS)
        run(company, batch)
        assert undo(company, batch) > 0
        with pytest.raises(batches.BatchNotUndoable):
            undo(company, batch)

    def test_asked_twice_at_once_is_done_once(self, company, lay):
        batch = lay(clients__csv=many(300))
        run(company, batch)
        both = [Aside(company, lambda: undo(company, batch)) for _ in range(2)]
        for one in both:
            one.join(60)
        refused = [one.error for one in both if one.error is not None]
        assert [type(one) for one in refused] == [batches.BatchNotUndoable]
        assert not Customer.objects.filter(deleted_at=None).exists()


class TestRehearsal:
    def test_leaves_no_file_behind(self, company, lay):
        batch = lay(clients__csv=CLIENTS + "A3;x;y;z\n")
        folder = batches.folder_of(company_id=company.id, batch_id=batch.pk)
        laid = sorted(folder.rglob("*"))
        report = run(company, batch, dry_run=True)
        assert report.total("rejected") == 1
        assert sorted(folder.rglob("*")) == laid
        assert batch.status == "draft"
