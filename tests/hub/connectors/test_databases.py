"""Tables of another database, on a real local server and in a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from palier.database import roles
from palier.hub.connectors.databases import TableReader
from palier.hub.connectors.manifest_toml import read_manifest
from palier.hub.models import Customer

pytestmark = pytest.mark.django_db

MANIFEST = """
tool = "erp_maison"
kind = "billing"
label = {{ fr = "ERP maison", en = "In-house ERP" }}
base_url = "{address}"
check = {{ path = "/" }}

[[settings]]
name = "user"
label = {{ fr = "Compte", en = "User" }}

[[streams]]
name = "clients"
path = "{table}"
params = {{ id = "id", updated = "modifie_le" }}
items = "items"
paging = {{ style = "keyset", limit = 4 }}
incremental = {{ field = "modifie_le" }}
deletion = {{ policy = "listing" }}

[[streams.entities]]
entity = "customer"
object = "client"
id = ["id"]
updated_at = {{ column = "modifie_le", optional = true }}

[streams.entities.fields]
name = "nom"
city = {{ column = "ville", optional = true }}
"""


class SqliteTable:
    def __init__(self, path) -> None:
        self.path = path
        self.address, self.table = f"sqlite://{path}", "clients"
        self.run(
            "CREATE TABLE clients (id INTEGER PRIMARY KEY, nom TEXT, ville TEXT, modifie_le TEXT)"
        )

    def run(self, sql: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute(sql)
        connection.close()

    def close(self) -> None:
        pass


class PostgresTable:
    """A table of the tests' own server, which has no port: a door forwards one to its socket."""

    def __init__(self, server) -> None:
        target = roles.embedded_target(
            server.location.socket_dir, owner=True, name=settings.DATABASES["default"]["NAME"]
        )
        self.conninfo = target.conninfo()
        self.socket = next(Path(server.location.socket_dir).glob(".s.PGSQL.*[0-9]"))
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._forward, daemon=True).start()
        port = self.door.getsockname()[1]
        self.address = f"postgresql://127.0.0.1:{port}/{settings.DATABASES['default']['NAME']}"
        self.table = "erp.clients"
        self.run("DROP SCHEMA IF EXISTS erp CASCADE; CREATE SCHEMA erp")
        self.run(
            "CREATE TABLE erp.clients (id bigint PRIMARY KEY, nom text, ville text, modifie_le timestamptz)"
        )

    def run(self, sql: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute("SET search_path = erp, public")
            connection.execute(sql)

    def close(self) -> None:
        self.run("DROP SCHEMA erp CASCADE")
        self.door.close()

    def _forward(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                outer, _ = self.door.accept()
                inner = socket.socket(socket.AF_UNIX)
                inner.connect(str(self.socket))
                for pair in ((outer, inner), (inner, outer)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _pump(source, target) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def table(request, server, tmp_path, monkeypatch):
    monkeypatch.setenv("PALIER_WATCHED_FOLDERS", str(tmp_path))
    found = (
        SqliteTable(tmp_path / "erp.sqlite") if request.param == "sqlite" else PostgresTable(server)
    )
    yield found
    found.close()


def fill(table, count=10) -> None:
    for n in range(1, count + 1):
        table.run(
            f"INSERT INTO clients VALUES ({n}, 'Atelier fictif {n}', 'Lyon', '2026-11-01 10:00:00')"
        )


class TestTableReader:
    @pytest.fixture
    def connector(self, table, connect):
        fill(table)
        return connect(MANIFEST.format(address=table.address, table=table.table), user=roles.OWNER)

    def test_reads_a_table_by_keyset(self, connector, sync):
        run = sync(connector)

        assert (run.status, run.created) == ("done", 10), run.failure
        assert run.pages == 4

    def test_changes_nothing_the_second_time(self, connector, sync):
        sync(connector)

        run = sync(connector)

        assert (run.status, run.created, run.updated) == ("done", 0, 0), run.failure

    def test_brings_changes_and_deletions(self, connector, sync, table, clock):
        sync(connector)
        table.run(
            "UPDATE clients SET ville = 'Nantes', modifie_le = '2026-11-20 10:00:00' WHERE id = 3"
        )

        assert sync(connector).updated == 1

        table.run("DELETE FROM clients WHERE id = 5")
        assert sync(connector, full=True).deleted == 1
        assert Customer.objects.filter(deleted_at=None).count() == 9

    @pytest.mark.parametrize("table", ["postgresql"], indirect=True)
    def test_writes_nothing(self, table):
        """The session itself is read-only, whatever a manifest might smuggle in."""
        reader = TableReader(
            manifest=read_manifest(MANIFEST.format(address=table.address, table=table.table)),
            settings={"user": roles.OWNER},
            secrets={},
            now=lambda: dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        )
        with (
            reader._opened(table.address) as (execute, _mark),
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        ):
            execute("DELETE FROM erp.clients", [])

    def test_says_that_a_table_is_gone(self, connector, sync, table):
        table.run("DROP TABLE clients")

        run = sync(connector)

        assert (run.status, run.failure["code"]) == ("failed", "connector.call-refused")

    @pytest.mark.parametrize("name", ["clients; DROP TABLE clients", 'a"b', "a.b.c"])
    def test_refuses_what_is_not_a_name(self, table, connect, sync, name):
        fill(table, 1)
        text = MANIFEST.format(address=table.address, table="NOM").replace('"NOM"', repr(name))

        run = sync(connect(text, user=roles.OWNER))

        assert (run.status, run.failure["code"]) == ("failed", "connector.name-invalid")
