"""What every test shares: one embedded PostgreSQL, one database used through the application role."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from palier.database import roles
from palier.database.embedded import EmbeddedServer
from palier.database.installation import superuser_conninfo
from palier.hub.listening import listener

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TEST_DATA = Path(
    os.environ.get("PALIER_TEST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")
)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    embedded = EmbeddedServer(settings.DATA_DIR)
    embedded.start()
    yield embedded
    embedded.release()


@pytest.fixture(scope="session")
def django_db_setup(
    server: EmbeddedServer, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """The owner makes and migrates the database; the tests then work as the application role."""
    name = settings.DATABASES["default"]["NAME"]
    superuser = superuser_conninfo(server)
    _drop(superuser, name)
    roles.prepare(superuser, name=name)
    default = connections["default"]
    with django_db_blocker.unblock():
        default.close()
        default.settings_dict["USER"] = roles.OWNER
        call_command("migrate", interactive=False, verbosity=0)
        default.close()
        owner = roles.embedded_target(server.location.socket_dir, owner=True, name=name)
        roles.grant(owner.conninfo())
        with psycopg.connect(owner.conninfo(), autocommit=True) as connection:
            # the test runner empties tables between transactional tests
            connection.execute(
                f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {roles.APPLICATION}"
            )
        default.settings_dict["USER"] = roles.APPLICATION
    yield
    listener.stop()
    with django_db_blocker.unblock():
        connections.close_all()
    _drop(superuser, name)


def _drop(superuser: str, name: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def owner_connection(
    server: EmbeddedServer, transactional_db: None
) -> Iterator[psycopg.Connection]:
    """A connection as the role that owns the tables, to see what policies hide."""
    name = settings.DATABASES["default"]["NAME"]
    target = roles.embedded_target(server.location.socket_dir, owner=True, name=name)
    with psycopg.connect(target.conninfo(), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it are skipped without it."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"real data not found in {TEST_DATA}: set PALIER_TEST_DATA to its folder")
    return TEST_DATA


@pytest.fixture(autouse=True)
def no_job_left(
    request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """Jobs that a committing test asked for are gone after it: the queue's tables are not Django's to empty."""
    yield
    if {"transactional_db", "live_server"} & set(request.fixturenames) or _commits(request):
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))
