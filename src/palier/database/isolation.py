"""Company isolation in the database: row-level policies and the scope of a connection.

Each connection carries the company (and the person) it works for in two settings of the session.
A policy compares them with the row, so a forgotten filter returns nothing. The scope is set by a
context manager and put back when it ends; a pooled connection is wiped once more when returned.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection, migrations

COMPANY = "palier.company_id"
PERSON = "palier.person_id"
INVITATION = "palier.invitation"
TOKEN = "palier.token"  # noqa: S105 - the name of a setting
DIRECTORY = "palier.directory"
HOOK = "palier.hook"

CURRENT_COMPANY = f"(SELECT NULLIF(current_setting('{COMPANY}', true), '')::bigint)"
CURRENT_PERSON = f"(SELECT NULLIF(current_setting('{PERSON}', true), '')::bigint)"
CURRENT_INVITATION = f"(SELECT NULLIF(current_setting('{INVITATION}', true), ''))"
CURRENT_TOKEN = f"(SELECT NULLIF(current_setting('{TOKEN}', true), ''))"
CURRENT_HOOK = f"(SELECT NULLIF(current_setting('{HOOK}', true), ''))"
IN_DIRECTORY = f"(SELECT current_setting('{DIRECTORY}', true) = 'on')"


@contextlib.contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT past.value, set_config(%s, %s, false) "
            "FROM (SELECT current_setting(%s, true) AS value OFFSET 0) past",
            [name, value, name],
        )
        row = cursor.fetchone()
        before = (row[0] if row else "") or ""
    try:
        yield
    finally:
        _put_back(name, before)


def _put_back(name: str, value: str) -> None:
    """Restore a setting; a connection that cannot do so is closed rather than kept with the wrong scope."""
    if connection.connection is None or connection.connection.closed:
        return
    if connection.needs_rollback or connection.connection.info.transaction_status == _IN_ERROR:
        if connection.in_atomic_block:
            return  # the rollback of the enclosing transaction restores it
        connection.close()
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


_IN_ERROR = 3  # psycopg.pq.TransactionStatus.INERROR, named here so that psycopg is not imported


def company_scope(company_id: int) -> contextlib.AbstractContextManager[None]:
    """Work for one company: only its rows are visible and writable until the scope ends."""
    return _setting(COMPANY, str(int(company_id)))


def person_scope(person_id: int) -> contextlib.AbstractContextManager[None]:
    """Let a signed-in person see their own memberships, in every company they belong to."""
    return _setting(PERSON, str(int(person_id)))


def invitation_scope(digest: str) -> contextlib.AbstractContextManager[None]:
    """Let the bearer of an invitation link see that invitation and nothing else."""
    return _setting(INVITATION, digest)


def token_scope(digest: str) -> contextlib.AbstractContextManager[None]:
    """Let the bearer of an API token see that token and nothing else."""
    return _setting(TOKEN, digest)


def hook_scope(token: str) -> contextlib.AbstractContextManager[None]:
    """Let a tool that calls one of our webhook addresses find that address and nothing else."""
    return _setting(HOOK, token)


def directory_scope() -> contextlib.AbstractContextManager[None]:
    """Let the installation itself list companies (commands, nightly jobs); opens no other table."""
    return _setting(DIRECTORY, "on")


def wipe(raw: Any) -> None:
    """Clear every scope of a raw psycopg connection that goes back to the pool."""
    for name in (COMPANY, PERSON, INVITATION, TOKEN, DIRECTORY, HOOK):
        raw.execute("SELECT set_config(%s, '', false)", [name])
    if not raw.autocommit:
        raw.commit()


class EnableCompanyIsolation(migrations.RunSQL):
    """Migration operation: bind a table's rows to the company (or to `using`), for every role.

    FORCE makes the policy hold for the owner too, so that an installation on one's own server
    with a single role is isolated as well; only a superuser escapes, and `palier doctor` says so.
    """

    def __init__(
        self, table: str, *, using: str = "", check: str = "", column: str = "company_id"
    ) -> None:
        using = using or f"{column} = {CURRENT_COMPANY}"
        check = check or using
        super().__init__(
            sql=[
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY company_isolation ON {table} USING ({using}) WITH CHECK ({check})",
            ],
            reverse_sql=[
                f"DROP POLICY company_isolation ON {table}",
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            ],
        )
        self._arguments = {"table": table, "using": using, "check": check}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [], self._arguments)
