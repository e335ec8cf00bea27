"""Who connects: the owner migrates, the application works under row-level security.

The application role owns nothing, is no superuser and cannot bypass policies, so the database
itself refuses another company's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from palier.kernel.refusals import Refusal

OWNER = "palier_owner"
_PREPARING = 0x524F4C45
"""Advisory lock of whoever makes roles and databases: the letters ROLE."""
APPLICATION = "palier_app"
DATABASE = "palier"

_SESSION = "-c temp_buffers=64MB -c client_connection_check_interval=2s"
"""Every session: staged rows stay in memory, and a query whose client died ends by itself within
seconds instead of holding its company's lock."""


class BadDatabaseUrl(Refusal):
    code = "database.bad-url"
    message = (
        "PALIER_DATABASE_URL must look like postgresql://user:password@host:5432/name, not %(url)s"
    )


@dataclass(frozen=True, slots=True)
class Target:
    """One way to reach a database."""

    host: str
    user: str
    name: str
    password: str = ""
    port: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def django(self) -> dict[str, Any]:
        """As Django's `DATABASES` entry, without pool."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": self.host,
            "PORT": self.port,
            "USER": self.user,
            "PASSWORD": self.password,
            "NAME": self.name,
            "OPTIONS": {"options": _SESSION, **dict(self.options)},
        }

    def conninfo(self, **changes: str) -> str:
        """As a libpq connection string."""
        from psycopg.conninfo import make_conninfo

        values = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.name,
            **dict(self.options),
            **changes,
        }
        return make_conninfo("", **{key: value for key, value in values.items() if value})


def from_url(url: str) -> Target:
    """Read a `postgresql://` address; options after `?` go to libpq (sslmode…). Raises: `BadDatabaseUrl`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise BadDatabaseUrl(url=f"{parts.scheme}://…")
    options = dict(parse_qsl(parts.query))
    return Target(
        host=options.pop("host", "") or parts.hostname or "",
        port=str(parts.port or ""),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        name=unquote(parts.path.strip("/")),
        options=tuple(sorted(options.items())),
    )


def embedded_target(socket_dir: Path, *, owner: bool = False, name: str = DATABASE) -> Target:
    """The embedded server's database, as the application or as the owner."""
    return Target(host=str(socket_dir), user=OWNER if owner else APPLICATION, name=name)


def prepare(superuser_conninfo: str, *, name: str = DATABASE) -> bool:
    """Create roles and database where they are missing; True when the database was created."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(superuser_conninfo, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_PREPARING])  # several may start at once
        for role in (OWNER, APPLICATION):
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [role]
            ).fetchone():
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"
                    ).format(sql.Identifier(role))
                )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        return True


def grant(owner_conninfo: str, *, application: str = APPLICATION) -> None:
    """Let the application role read and write every table of the schema, now and later."""
    import psycopg
    from psycopg import sql

    role = sql.Identifier(application)
    with psycopg.connect(owner_conninfo, autocommit=True) as connection:
        name = connection.info.dbname
        for statement in (
            "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(database=sql.Identifier(name), role=role))
