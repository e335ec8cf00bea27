"""A scratch installation for a benchmark: its own folder, process and database, removed afterwards."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def environment(folder: Path) -> dict[str, str]:
    """The environment of an installation in `folder`: nothing of the one at hand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PALIER_")}
    return {
        **kept,
        "PALIER_DATA_DIR": str(folder),
        "PALIER_SECRET_KEY": "for-the-benchmark-only",
        "DJANGO_SETTINGS_MODULE": "palier.config.settings",
    }


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can pass through, as it must when we are root."""
    with tempfile.TemporaryDirectory(prefix="palier-bench-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


def measured_apart(module: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module` prints as JSON, run in a scratch installation."""
    with folder() as home:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment(home / "data"),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout)
        return result


@contextlib.contextmanager
def running() -> Iterator[str]:
    """The installation of this process's environment, up to date; the owner's connection string."""
    import django
    from django.conf import settings

    from palier.database import installation, roles

    django.setup()
    with installation.running(Path(settings.DATA_DIR)) as server:
        assert server is not None  # noqa: S101 - the embedded one, since no address is given
        owner = roles.embedded_target(server.location.socket_dir, owner=True).conninfo()
        installation.bring_up_to_date(owner_conninfo=owner)
        from django.db import connections

        try:
            yield owner
        finally:
            connections.close_all()


def say(text: str) -> None:
    """Tell how far a long measure is, beside its result."""
    print(text, file=sys.stderr, flush=True)


def migrate(owner_conninfo: str, environment: dict[str, str]) -> None:
    """The tables, made in a process of the scratch installation."""
    code = f"from palier.database import installation as i; i.bring_up_to_date(owner_conninfo={owner_conninfo!r})"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def tell(environment: dict[str, str], code: str) -> dict[str, Any]:
    """What a few lines, run in the scratch installation, print as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.PIPE
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def found_company(environment: dict[str, str], *, tools: tuple[str, ...]) -> dict[str, Any]:
    """A company whose tools may do everything: its number, and the secret of each tool's token."""
    return tell(environment, _FOUND % (tools,))


_FOUND = """
import datetime as dt, json, django
django.setup()
from palier.accounts import operations, tokens
from palier.database.isolation import company_scope
now = dt.datetime.now(dt.UTC)
operations.create_person(email="bench@palier.example", name="Banc", password="une longue phrase")
made = operations.create_company(name="Banc", owner_email="bench@palier.example", now=now)
with company_scope(made.company.id):
    secrets = {tool: tokens.make_token(author=made.leader, name=tool, scopes=list(tokens.Scope), now=now,
                                       tool=tool).secret for tool in %r}
print(json.dumps({"company": made.company.id, "secrets": secrets}))
"""
