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
    return roles.Target(host=str(server.location.socket_dir), user=SUPERUSER, name=database).conninfo()


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
        env=environment, capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        raise MigrationFailed(log=done.stderr.strip()[-1500:])
    roles.grant(owner_conninfo, application=application)
