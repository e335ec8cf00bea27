"""The scope of a connection: opened, put back, and never left to whoever borrows the connection next."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from psycopg_pool import ConnectionPool

from palier.database import roles
from palier.database.isolation import (
    COMPANY,
    DIRECTORY,
    HOOK,
    INVITATION,
    PERSON,
    company_scope,
    directory_scope,
    person_scope,
    wipe,
)

MINE, THEIRS = 900_041, 900_042
SCOPES = (COMPANY, PERSON, INVITATION, DIRECTORY, HOOK)


def company() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [COMPANY])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
class TestScope:
    def test_is_put_back_when_it_ends(self):
        with company_scope(MINE):
            with company_scope(THEIRS), person_scope(7), directory_scope():
                assert company() == str(THEIRS)
            assert company() == str(MINE)
        assert company() == ""

    def test_is_put_back_after_an_error(self):
        with pytest.raises(ZeroDivisionError), company_scope(MINE):
            raise ZeroDivisionError
        assert company() == ""

    def test_is_put_back_when_the_database_refuses_a_statement(self):
        def refused() -> None:
            with company_scope(MINE), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

        with pytest.raises(Exception, match="division by zero"):
            refused()
        assert company() == ""

    def test_is_put_back_by_the_rollback_around_it(self):
        def refused() -> None:
            with transaction.atomic(), company_scope(MINE), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

        with pytest.raises(Exception, match="division by zero"):
            refused()
        assert company() == ""


@pytest.fixture
def pool(server, django_db_setup: None) -> Iterator[ConnectionPool]:
    """A pool of one connection, reset as the installation resets its own."""
    name = settings.DATABASES["default"]["NAME"]
    target = roles.embedded_target(server.location.socket_dir, owner=False, name=name)
    with ConnectionPool(target.conninfo(), min_size=1, max_size=1, reset=wipe) as made:
        yield made


def scopes(raw: psycopg.Connection) -> set[str]:
    found = raw.execute(
        "SELECT coalesce(current_setting(n, true), '') FROM unnest(%s::text[]) n", [list(SCOPES)]
    )
    return {row[0] for row in found.fetchall()}


class TestWipe:
    @pytest.mark.parametrize("ending", ["committed", "rolled back", "broken"])
    def test_leaves_no_scope_to_the_next_borrower(self, pool, ending):
        with pool.connection() as raw:
            number = raw.info.backend_pid
            for name in SCOPES:
                raw.execute("SELECT set_config(%s, %s, false)", [name, str(MINE)])
            raw.commit()
            assert scopes(raw) == {str(MINE)}
            if ending == "rolled back":
                raw.rollback()
            elif ending == "broken":
                with pytest.raises(psycopg.errors.DivisionByZero):
                    raw.execute("SELECT 1 / 0")

        with pool.connection() as raw:
            assert raw.info.backend_pid == number
            assert scopes(raw) == {""}
            assert raw.execute("SELECT count(*) FROM hub_customer").fetchone() == (0,)
