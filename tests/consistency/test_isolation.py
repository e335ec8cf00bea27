"""Companies are kept apart on every table and at every address, those still to be written included."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from exhibits import COMMON, EXHIBITS
from psycopg import sql

from palier.accounts import operations
from palier.accounts.models import Person
from palier.accounts.permissions import GRANTED, READING, Access, Permission, Role, access_of
from palier.database import roles
from palier.database.installation import superuser_conninfo

ROOT = "accounts_company"
"""The companies themselves: their own number is the company's."""

WITHOUT_COMPANY = {
    "accounts_person": "a person signs in before any company is known, and may belong to several",
    "account_emailaddress": "the addresses of a person",
    "account_emailconfirmation": "proof of a person's address",
    "mfa_authenticator": "how a person signs in",
    "django_session": "whose browser it is; holds the number of a company the person is a member of",
    "django_migrations": "the state of the schema",
    "django_content_type": "names of tables",
    "auth_permission": "made by Django, not used",
    "auth_group": "made by Django, not used",
    "auth_group_permissions": "made by Django, not used",
    "palier_cache": "counters of attempts to sign in, before any company is known",
    "procrastinate_jobs": "the queue: numbers only, the worker opens the company's scope itself",
    "procrastinate_events": "the history of the queue",
    "procrastinate_periodic_defers": "the schedule of the queue",
    "procrastinate_workers": "the worker processes alive",
}
"""Tables that belong to no company, each with the reason."""

LIBRARY = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}
"""Addresses of the account library: it guards them itself, and none shows a company."""

OPEN_WRITES = {
    "accounts:switch_company",
    "accounts:profile",
    "accounts:end_other_sessions",
    "accounts:no_company",
    "design:gallery",
}
"""Pages of one's own, which every signed-in person may use, readers included."""


def _tables() -> list[tuple[str, bool]]:
    """Every table of the schema and whether it carries a company."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, EXISTS (
                SELECT 1 FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'company_id' AND NOT a.attisdropped)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1
            """
        )
        return [(name, carries) for name, carries in cursor.fetchall()]


@pytest.mark.django_db
class TestConnection:
    def test_is_bound_by_the_policies(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper, rolbypassrls, pg_has_role(current_user, %s, 'MEMBER') "
                "FROM pg_roles WHERE rolname = current_user",
                [roles.OWNER],
            )
            assert cursor.fetchone() == (roles.APPLICATION, False, False, False)
            cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db
class TestEveryTable:
    def test_carries_a_company_or_says_why_not(self):
        silent = (
            {name for name, carries in _tables() if not carries} - WITHOUT_COMPANY.keys() - {ROOT}
        )
        assert silent == set(), "add company_id and EnableCompanyIsolation, or a reason above"

    def test_has_no_reason_left_over(self):
        assert WITHOUT_COMPANY.keys() <= {name for name, _carries in _tables()}

    def test_is_isolated_and_forced_when_it_carries_a_company(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relrowsecurity AND c.relforcerowsecurity"
            )
            bound = {name for (name,) in cursor.fetchall()}
        assert {name for name, carries in _tables() if carries or name == ROOT} - bound == set()

    def test_has_the_common_policy_and_only_reading_exceptions(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public'"
            )
            rows = cursor.fetchall()
        common = {row[0]: row for row in rows if row[1] == "company_isolation"}
        assert {name for name, carries in _tables() if carries or name == ROOT} == common.keys()
        for table, _name, command, using, check in common.values():
            assert command == "ALL", table
            assert using == check, table
            assert "palier.company_id" in using, table
            assert " OR " not in using, table
        others = {(row[1], row[2]) for row in rows if row[1] != "company_isolation"}
        assert {name for name, command in others if command != "SELECT"} == {"founding"}


@pytest.fixture
def superuser(server, django_db_setup) -> Iterator[psycopg.Connection]:
    """A connection that may lift constraints; everything it does is rolled back."""
    conninfo = superuser_conninfo(server, database=settings.DATABASES["default"]["NAME"])
    with psycopg.connect(conninfo) as raw:
        yield raw
        raw.rollback()


SAMPLES = {
    "int8": "7",
    "int4": "7",
    "int2": "7",
    "text": "x",
    "varchar": "x",
    "uuid": "0" * 32,
    "bool": "t",
    "timestamptz": "2026-01-01",
    "date": "2026-01-01",
    "jsonb": "{}",
    "numeric": "7",
}
MINE, THEIRS = 900_001, 900_002


class Exhibit:
    """One row of a company in a table, whatever the table asks for: made for the trial alone."""

    def __init__(self, raw: psycopg.Connection, table: str) -> None:
        self.raw, self.table = raw, sql.Identifier(table)
        self.column = sql.Identifier("id" if table == ROOT else "company_id")
        self.values: dict[str, str] = {}
        raw.execute("SET LOCAL session_replication_role = replica")
        for (name,) in raw.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            [table],
        ).fetchall():
            raw.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    self.table, sql.Identifier(name)
                )
            )
        columns = raw.execute(
            """
            SELECT a.attname, t.typname, a.atthasdef OR a.attidentity <> '', a.attnotnull
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
            """,
            [table],
        ).fetchall()
        for name, kind, has_default, required in columns:
            if required and not has_default:
                self.values[name] = SAMPLES.get(kind, "{}")

    def insert(self, company: int) -> None:
        values = {**self.values, self.column.as_string().strip('"'): str(company)}
        self.raw.execute(
            sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                self.table,
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join(map(sql.Literal, values.values())),
            )
        )

    def count(self, statement: str) -> int:
        done = self.raw.execute(sql.SQL(statement).format(table=self.table, column=self.column))
        return done.rowcount if done.description is None else len(done.fetchall())

    def work_as(self, company: int | None) -> None:
        self.raw.execute(
            "SELECT set_config('palier.company_id', %s, true)",
            ["" if company is None else str(company)],
        )


@pytest.fixture
def isolated_tables(django_db_setup, django_db_blocker) -> list[str]:
    with django_db_blocker.unblock():
        return [name for name, carries in _tables() if carries or name == ROOT]


class TestEveryTableOfACompany:
    def test_shows_and_gives_nothing_to_another(self, superuser, isolated_tables):
        assert {ROOT, "accounts_membership", "accounts_org_unit"} <= set(isolated_tables)
        for table in isolated_tables:
            with superuser.transaction(force_rollback=True):
                trial = Exhibit(superuser, table)
                trial.insert(MINE)
                superuser.execute(
                    sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(roles.APPLICATION))
                )
                for elsewhere in (THEIRS, None):
                    trial.work_as(elsewhere)
                    assert trial.count("SELECT 1 FROM {table}") == 0, table
                    assert trial.count("UPDATE {table} SET {column} = {column}") == 0, table
                    assert trial.count("DELETE FROM {table}") == 0, table
                    with (
                        pytest.raises(
                            psycopg.errors.InsufficientPrivilege, match="row-level security"
                        ),
                        superuser.transaction(),
                    ):
                        trial.insert(MINE)
                trial.work_as(MINE)
                assert trial.count("SELECT 1 FROM {table}") == 1, table
                with (
                    pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
                    superuser.transaction(),
                ):
                    trial.count(f"UPDATE {{table}} SET {{column}} = {THEIRS}")


def _addresses(
    patterns: list[URLPattern | URLResolver] | None = None, space: str = "", route: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """Every address: full name, route, pattern."""
    for item in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(item, URLResolver):
            inner = f"{space}{item.namespace}:" if item.namespace else space
            yield from _addresses(item.url_patterns, inner, route + str(item.pattern))
        else:
            yield f"{space}{item.name or ''}", route + str(item.pattern), item


def _stated() -> list[tuple[str, URLPattern, Access]]:
    return [
        (name, pattern, access)
        for name, _route, pattern in _addresses()
        if (access := access_of(pattern.callback)) is not None
    ]


class TestEveryAddress:
    def test_states_who_may_call_it(self):
        silent = {
            name or route
            for name, route, pattern in _addresses()
            if access_of(pattern.callback) is None and name not in LIBRARY
        }
        assert silent == set(), "decorate the view with public, signed_in or require"

    def test_has_a_name(self):
        assert [
            route for name, route, _pattern in _addresses() if not name.rpartition(":")[2]
        ] == []

    def test_offers_what_the_library_list_says_and_no_more(self):
        assert {name for name, _route, _pattern in _addresses()} >= LIBRARY

    def test_never_lets_a_reader_write(self):
        for name, _pattern, access in _stated():
            if access.audience == "MEMBER":
                assert access.writing not in GRANTED[Role.READER], name
                assert access.writing not in READING, name
        assert GRANTED[Role.READER] <= READING

    def test_is_one_of_the_few_pages_of_ones_own_when_any_role_may_write(self):
        assert {
            name for name, _pattern, access in _stated() if access.audience == "SIGNED_IN"
        } == OPEN_WRITES

    def test_says_how_to_try_it_from_another_company(self):
        missing = {
            name
            for name, pattern, access in _stated()
            if access.audience == "MEMBER" and pattern.pattern.converters and name not in EXHIBITS
        }
        assert missing == set(), (
            "make one thing of another company in tests/consistency/exhibits.py"
        )


SECRET = "Chasse-Neige"
"""A word that only the first company's rows hold."""


@pytest.fixture
def two_companies(db):
    """A company full of secrets, and the leader of another one signed in."""
    now = timezone.now()
    founded = {}
    for name in (f"{SECRET} SA", "Verger Vert"):
        email = f"leader@{operations.slug_of(name)}.example"
        operations.create_person(email=email, name=name, password="une longue phrase")
        founded[name] = operations.create_company(name=name, owner_email=email, now=now)
    mine, theirs = founded.values()
    client = Client()
    client.force_login(Person.objects.get(pk=theirs.leader.person_id))
    return mine.leader, theirs.leader, client


class TestEveryAddressOfTheApi:
    def test_answers_nobody_without_a_token_whoever_is_signed_in(self, two_companies):
        _mine, _theirs, client = two_companies
        tried = 0
        for name, pattern, access in _stated():
            if access.audience == "TOKEN":
                values = dict.fromkeys(pattern.pattern.converters, "x")
                answer = client.get(reverse(name, kwargs=values))
                assert answer.status_code == 401, name
                tried += 1
        assert tried > 40


class TestEveryPage:
    def test_shows_nothing_of_another_company(self, two_companies):
        mine, _theirs, client = two_companies
        tried = 0
        for name, pattern, access in _stated():
            if access.audience in {"PUBLIC", "TOKEN"} or pattern.pattern.converters:
                continue
            answer = client.get(reverse(name))
            assert answer.status_code in {200, 302, 403, 404, 405}, name
            assert SECRET.lower() not in b"".join(answer).decode(errors="replace").lower(), name
            tried += 1
        assert tried > 4
        assert mine.company.name == f"{SECRET} SA"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_does_not_find_the_things_of_another_company(self, two_companies, method):
        mine, _theirs, client = two_companies
        for name, pattern, access in _stated():
            if access.audience == "MEMBER" and pattern.pattern.converters:
                url, data = EXHIBITS[name](mine)
                answer = getattr(client, method)(url, data)
                if name not in COMMON:
                    assert answer.status_code in {403, 404, 405}, (name, answer.status_code)
                assert SECRET.lower() not in answer.getvalue().decode(errors="replace").lower(), (
                    name
                )

    def test_refuses_every_write_to_a_reader(self, two_companies):
        mine, theirs, _client = two_companies
        from palier.database.isolation import company_scope

        with company_scope(theirs.company.id):
            reader = operations.create_person(email="reader@verger.example")
            operations.add_member(
                company=theirs.company, person_id=reader.pk, role=Role.READER, now=timezone.now()
            )
        client = Client()
        client.force_login(reader)
        for name, pattern, access in _stated():
            if access.audience == "MEMBER":
                url = EXHIBITS[name](mine)[0] if pattern.pattern.converters else reverse(name)
                assert client.post(url).status_code in {403, 405}, name
        assert Permission.VIEW_FIGURES in GRANTED[Role.READER]

    def test_asks_a_visitor_to_sign_in(self, two_companies):
        mine, _theirs, _client = two_companies
        for name, pattern, access in _stated():
            if access.audience in {"PUBLIC", "TOKEN"}:
                continue
            url = EXHIBITS[name](mine)[0] if pattern.pattern.converters else reverse(name)
            answer = Client().get(url)
            assert answer.status_code == 302, name
            assert re.match("/account/login/", answer["Location"]), name
