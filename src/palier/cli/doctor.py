"""`palier doctor`: checks the installation and says how to mend it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from palier.cli.app import EXIT_DONE, EXIT_UNUSABLE, app, emit, installation
from palier.kernel import environment
from palier.kernel.refusals import Refusal

FREE_BYTES = 2 * 1024**3
"""Free disk below which imports and snapshots may fail [ours]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `status` is ok, warning or problem; `mend` says what to do."""

    check: str
    status: str
    detail: str
    mend: str = ""


@app.command("doctor")
def doctor(
    production: Annotated[
        bool, typer.Option("--production", help="Also check what a public installation needs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the installation and say how to mend it."""
    checks: list[Callable[[], list[Finding]]] = [_python, _data_folder, _database]
    if production:
        checks.append(_production)
    findings = [finding for check in checks for finding in check()]
    settings = {
        f"PALIER_{one.name}": "***"
        if one.secret and environment.read(one.name)
        else environment.read(one.name) or one.default
        for one in environment.VARIABLES
    }
    bad = any(finding.status == "problem" for finding in findings)
    if as_json:
        emit({"ok": not bad, "findings": [asdict(one) for one in findings], "settings": settings})
    else:
        marks = {"ok": "✓", "warning": "!", "problem": "✗"}
        for finding in findings:
            print(f"{marks[finding.status]} {finding.check}: {finding.detail}")
            if finding.mend:
                print(f"    → {finding.mend}")
        print()
        for name, value in settings.items():
            print(f"  {name:<26} {value}")
    raise typer.Exit(EXIT_UNUSABLE if bad else EXIT_DONE)


def _python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036 - doctor may be run by whatever Python is there
        return [
            Finding(
                "Python",
                "problem",
                version,
                "Install Python 3.11 or later, remove .venv, run make again.",
            )
        ]
    return [Finding("Python", "ok", version)]


def _data_folder() -> list[Finding]:
    folder = environment.data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        return [
            Finding(
                "Data folder",
                "problem",
                f"{folder}: {error.strerror}",
                "Choose another with PALIER_DATA_DIR.",
            )
        ]
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        return [
            Finding(
                "Data folder",
                "warning",
                f"{folder}: {free // 1024**2} MiB free",
                "Make room, or move PALIER_DATA_DIR.",
            )
        ]
    return [Finding("Data folder", "ok", f"{folder}, {free // 1024**3} GiB free")]


def _database() -> list[Finding]:
    try:
        with installation():
            from django.db import connection

            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('server_version'), current_user, rolsuper OR rolbypassrls "
                    "FROM pg_roles WHERE rolname = current_user"
                )
                version, user, escapes = cursor.fetchone()
                cursor.execute(
                    "SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'company_id' "
                    "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
                )
                open_tables = cursor.fetchone()[0]
            found = [Finding("PostgreSQL", "ok", f"{version}, as {user}")]
            if escapes:
                found.append(
                    Finding(
                        "Isolation",
                        "problem",
                        f"{user} is a superuser or bypasses policies",
                        "Give PALIER_DATABASE_URL a plain role, and the owner in PALIER_DATABASE_OWNER_URL.",
                    )
                )
            elif open_tables:
                found.append(
                    Finding(
                        "Isolation",
                        "problem",
                        f"{open_tables} tables without a policy",
                        "Run palier start to migrate.",
                    )
                )
            else:
                found.append(
                    Finding(
                        "Isolation",
                        "ok",
                        "every company table has its policy, and this role obeys it",
                    )
                )
            return found
    except Refusal as refusal:
        return [Finding("PostgreSQL", "problem", str(refusal), _mend_database(refusal.code))]
    except Exception as error:  # noqa: BLE001 - doctor explains whatever went wrong
        return [
            Finding("PostgreSQL", "problem", f"{type(error).__name__}: {error}", _mend_database(""))
        ]


def _mend_database(code: str) -> str:
    if environment.read("DATABASE_URL"):
        return "Check PALIER_DATABASE_URL: host, port, name and password, and that PostgreSQL is 15 or later."
    if code == "database.migration-failed":
        return "Keep the data folder as it is and report the lines above."
    return (
        "Look at postgres.log beside the cluster; free disk space and memory are the usual reasons."
    )


def _production() -> list[Finding]:
    found = []
    base = environment.read("BASE_URL")
    if not base.startswith("https://"):
        found.append(
            Finding(
                "HTTPS",
                "problem",
                base or "PALIER_BASE_URL is not set",
                "Set PALIER_BASE_URL to the public https:// address.",
            )
        )
    if environment.flag("DEBUG"):
        found.append(Finding("Debug", "problem", "PALIER_DEBUG is on", "Unset PALIER_DEBUG."))
    if not environment.read("EMAIL_URL"):
        found.append(
            Finding(
                "E-mail", "warning", "messages are kept as files", "Set PALIER_EMAIL_URL=smtp://…"
            )
        )
    if not environment.read("DATABASE_URL"):
        from palier.database.location import locate

        location = locate(environment.data_dir())
        mode = location.socket_dir.stat().st_mode & 0o777 if location.socket_dir.exists() else 0o700
        status = "ok" if mode == 0o700 else "problem"
        found.append(
            Finding(
                "Socket",
                status,
                f"{location.socket_dir} ({mode:o}): whoever reaches it is trusted",
                "" if status == "ok" else f"Run: chmod 700 {location.socket_dir}",
            )
        )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append(
            Finding("User", "warning", "Palier runs as root", "Run it as a user of its own.")
        )
    return found
