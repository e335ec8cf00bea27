"""Bring an installation's database to life: server, roles, migrations, grants."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from palier.database import roles
from palier.database.embedded import SUPERUSER, EmbeddedServer
from palier.kernel.refusals import Refusal


class MigrationFailed(Refusal):
    code = "database.migration-failed"
    message = "The database could not be brought up to date. Nothing was changed. The last lines say: %(log)s"


@contextlib.contextmanager
def running(data_dir: Path, *, url: str = "") -> Iterator[EmbeddedServer | None]:
    """Hold the embedded server for the length of a command; nothing to hold with one's own server."""
    if url:
        yield None
        return
    server = EmbeddedServer(data_dir)
    server.start()
    try:
        roles.prepare(superuser_conninfo(server))
        yield server
    finally:
        server.release()


def superuser_conninfo(server: EmbeddedServer, *, database: str = "postgres") -> str:
    """How the installation itself connects to create roles and databases."""
    return roles.Target(
        host=str(server.location.socket_dir), user=SUPERUSER, name=database
    ).conninfo()


def bring_up_to_date(*, owner_conninfo: str, application: str = roles.APPLICATION) -> None:
    """Migrate when this version of Palier has not yet migrated this database; else one quick look.

    Raises: `MigrationFailed`.
    """
    import psycopg

    wanted = _fingerprint()
    with psycopg.connect(owner_conninfo, autocommit=True) as connection:
        found = connection.execute("SELECT to_regclass('palier_installed')").fetchone()
        if found and found[0] is not None:
            row = connection.execute("SELECT fingerprint FROM palier_installed").fetchone()
            if row and row[0] == wanted:
                return
    migrate(owner_conninfo=owner_conninfo, application=application)
    with psycopg.connect(owner_conninfo, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS palier_installed (fingerprint text NOT NULL)"
        )
        connection.execute("DELETE FROM palier_installed")
        connection.execute("INSERT INTO palier_installed VALUES (%s)", [wanted])


def _fingerprint() -> str:
    """A digest of the names and contents of our migrations and of the versions of others'."""
    import hashlib
    from importlib.metadata import version

    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(package.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    for name in ("django", "django-allauth", "procrastinate"):
        digest.update(f"{name}={version(name)}".encode())
    return digest.hexdigest()


def migrate(*, application: str = roles.APPLICATION, owner_conninfo: str) -> None:
    """Apply migrations as the owner, in a process of its own, then grant the application its rights.

    Raises: `MigrationFailed`.
    """
    environment = {
        **os.environ,
        "PALIER_DATABASE_ROLE": "owner",
        "PALIER_PROCESS": "command",
        "DJANGO_SETTINGS_MODULE": "palier.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--no-input", "--verbosity", "0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MigrationFailed(log=done.stderr.strip()[-1500:])
    roles.grant(owner_conninfo, application=application)
