"""Tables of another database, on a real local server and in a file."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from django.conf import settings

from palier.database import roles
from palier.hub.models import Customer

pytestmark = pytest.mark.django_db

MANIFEST = """
tool = "erp_maison"
kind = "billing"
label = {{ fr = "ERP maison", en = "In-house ERP" }}
base_url = "{address}"
check = {{ path = "/" }}

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
        self.address, self.table = f"sqlite:///{path}".replace("////", "///"), "clients"
        self.address = f"sqlite://{path}"
        self.run(
            "CREATE TABLE clients (id INTEGER PRIMARY KEY, nom TEXT, ville TEXT, modifie_le TEXT)"
        )

    def run(self, sql: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute(sql)
        connection.close()


class PostgresTable:
    def __init__(self, server) -> None:
        target = roles.embedded_target(
            server.location.socket_dir, owner=True, name=settings.DATABASES["default"]["NAME"]
        )
        self.conninfo = target.conninfo()
        self.table = "erp.clients"
        self.run("DROP SCHEMA IF EXISTS erp CASCADE; CREATE SCHEMA erp")
        self.run(
            "CREATE TABLE erp.clients (id bigint PRIMARY KEY, nom text, ville text, modifie_le timestamptz)"
        )

    def run(self, sql: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            connection.execute(sql)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("PALIER_WATCHED_FOLDERS", str(tmp_path))
    return SqliteTable(tmp_path / "erp.sqlite")


def fill(table, count=10) -> None:
    for n in range(1, count + 1):
        table.run(
            f"INSERT INTO clients VALUES ({n}, 'Atelier fictif {n}', 'Lyon', '2026-11-01 10:00:00')"
        )


class TestTableReader:
    @pytest.fixture
    def connector(self, table, connect):
        fill(table)
        return connect(MANIFEST.format(address=table.address, table=table.table))

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

    def test_says_that_a_table_is_gone(self, connector, sync, table):
        table.run("DROP TABLE clients")

        run = sync(connector)

        assert (run.status, run.failure["code"]) == ("failed", "connector.call-refused")

    @pytest.mark.parametrize("name", ["clients; DROP TABLE clients", 'a"b', "a.b.c"])
    def test_refuses_what_is_not_a_name(self, table, connect, sync, name):
        fill(table, 1)
        text = MANIFEST.format(address=table.address, table="NOM").replace('"NOM"', repr(name))

        run = sync(connect(text))

        assert (run.status, run.failure["code"]) == ("failed", "connector.name-invalid")
