"""The command line: what every command shares, and the list of them.

Exit codes: 0 done, 2 unusable input or usage, 3 done with rejected rows, 1 bug.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import typer

from palier.kernel import environment
from palier.kernel.refusals import Refusal

EXIT_DONE = 0
EXIT_BUG = 1
EXIT_UNUSABLE = 2
EXIT_REJECTED = 3

app = typer.Typer(
    name="palier",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Palier: what the founder knows, turned into measured company systems.",
)


def set_up() -> None:
    """Make Django ready in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "palier.config.settings")
    import django

    django.setup()
    from django.utils import translation

    translation.activate(environment.read("LANGUAGE", "fr"))


@contextlib.contextmanager
def installation(*, migrate: bool = True) -> Iterator[None]:
    """The database running and up to date for one command, then left as it was found."""
    from palier.database import installation as database
    from palier.database import roles

    data_dir = environment.data_dir()
    data_dir.mkdir(parents=True, exist_ok=True)
    url = environment.read("DATABASE_URL")
    with database.running(data_dir, url=url) as server:
        if migrate:
            if server is not None:
                owner = roles.embedded_target(server.location.socket_dir, owner=True)
                database.bring_up_to_date(owner_conninfo=owner.conninfo())
            else:
                owner = roles.from_url(environment.read("DATABASE_OWNER_URL", url))
                database.bring_up_to_date(
                    owner_conninfo=owner.conninfo(), application=roles.from_url(url).user
                )
        set_up()  # for commands that do not go through `guarded`
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()


def said(refusal: Refusal) -> str:
    """A refusal in the language of the command line."""
    try:
        from palier.wording.sentences import said as in_words

        return in_words(refusal)
    except Exception:  # noqa: BLE001 - before Django is set up there is no catalogue
        return str(refusal)


def fail(
    message: str, *, code: int = EXIT_UNUSABLE, as_json: bool = False, reason: str = ""
) -> NoReturn:
    """End the command with a sentence on the error stream (and as JSON when asked)."""
    if as_json:
        print(json.dumps({"error": {"code": reason, "message": message}}, ensure_ascii=False))
    typer.secho(message, err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)
    raise typer.Exit(code)


def emit(value: Any) -> None:
    """Print data as JSON, one document."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def guarded(work: Callable[[], None], *, as_json: bool = False) -> None:
    """Run a command's work; an anticipated refusal becomes a sentence and exit code 2."""
    try:
        set_up()
        work()
    except Refusal as refusal:
        fail(said(refusal), as_json=as_json, reason=refusal.code)


def run() -> None:
    """Load every command and run the one asked for."""
    from palier.cli import bench, company, demo, doctor, imports, metrics, refresh, start, worker  # noqa: F401

    app()
