"""`palier import`: files and folders of tool exports into the hub."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from palier.cli.app import EXIT_DONE, EXIT_REJECTED, EXIT_UNUSABLE, app, emit, guarded, installation

if TYPE_CHECKING:
    from palier.hub.imports.mapping import FileMapping
    from palier.hub.imports.run import EntityResult, ImportReport

SHOWN_REJECTIONS = 5
"""Refused rows printed for each file; all of them are in its file of refused rows [ours]."""
_COUNTED = ("created", "updated", "unchanged", "rejected")


@app.command("import")
def import_(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files or folders of exports (CSV, TSV, JSON, JSONL, Parquet, XLSX, zip)."
        ),
    ],
    company: Annotated[str, typer.Option("--company", help="Slug of the company.")],
    tool: Annotated[str, typer.Option("--tool", help="The tool the files come from.")] = "",
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A mapping written as JSON.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring exports in; the same files again change nothing. Refused rows go to a file with their reasons."""
    code = EXIT_DONE

    def work() -> None:
        nonlocal code
        from palier.accounts import queries
        from palier.database.isolation import company_scope
        from palier.journeys import load
        from palier.journeys.refresh import refresh_figures

        with installation():
            found = queries.get_company_by_slug(slug=company)
            now = dt.datetime.now(dt.UTC)
            with company_scope(found.id), _progress(as_json) as tell:
                report = load.load_files(
                    company=found,
                    paths=paths,
                    now=now,
                    tool=tool,
                    mapping=_mapping(mapping),
                    dry_run=dry_run,
                    on_progress=tell,
                )
                if not dry_run:
                    refresh_figures(company_id=found.id, now=now)
            answer = shown(report)
            emit(answer) if as_json else _print(answer)
            if not any(one.entity for one in report.results):
                code = EXIT_UNUSABLE
            elif report.total("rejected"):
                code = EXIT_REJECTED

    guarded(_hinting(work), as_json=as_json)
    raise typer.Exit(code)


def _hinting(work: Callable[[], None]) -> Callable[[], None]:
    """The work of the command; when columns are to be settled first, it says how from here."""

    def act() -> None:
        from django.utils.translation import gettext as _

        from palier.hub.imports.batches import NothingReady
        from palier.hub.imports.messages import SETTLED_BY_HAND, Notice

        try:
            work()
        except NothingReady as refusal:
            whys = [one.params["why"] for one in refusal.reasons]
            if any(isinstance(one, Notice) and one.code in SETTLED_BY_HAND for one in whys):
                print(
                    _(
                        "Give a mapping with --mapping FILE, or lay the file down on the page of imports to settle it there."
                    ),
                    file=sys.stderr,
                )
            raise

    return act


def _mapping(path: Path | None) -> FileMapping | None:
    """Raises: `MappingInvalid`."""
    from palier.hub.imports.mapping_json import MappingInvalid, from_json
    from palier.hub.imports.messages import Notice

    if path is None:
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        where = {"path": str(path), "line": error.lineno, "position": error.colno}
        raise MappingInvalid(Notice("mapping.not_json", where)) from error
    except (OSError, ValueError) as error:
        raise MappingInvalid(Notice("mapping.unreadable", {"path": str(path)})) from error
    return from_json(raw)


def shown(report: ImportReport) -> dict[str, Any]:
    """The report in the JSON shape that others rely on; its sentences are in the command's language."""
    return {
        "dry_run": report.dry_run,
        "files": [_item(one) for one in report.results],
        "totals": {
            "rows_read": report.rows_read,
            **{
                what: report.total(what) for what in ("created", "updated", "unchanged", "rejected")
            },
        },
    }


def _item(one: EntityResult) -> dict[str, Any]:
    from palier.wording.sentences import sentence

    return {
        "path": one.path,
        "name": one.name,
        "tool": one.tool,
        "entity": one.entity,
        "rows_read": one.rows_read,
        "created": one.created,
        "updated": one.updated,
        "unchanged": one.unchanged,
        "rejected": one.rejected,
        "rejects_file": one.rejects_file,
        "skipped": sentence(one.skipped.code, one.skipped.params) if one.skipped else None,
        "skipped_code": one.skipped.code if one.skipped else None,
        "notices": [sentence(notice.code, notice.params) for notice in one.notices],
        "rejections": [
            {
                "line": rejection.line,
                "column": rejection.column,
                "code": rejection.code,
                "reason": sentence(rejection.code, rejection.params),
            }
            for rejection in one.samples
        ],
    }


def _print(answer: dict[str, Any]) -> None:
    from django.utils.translation import gettext as _

    from palier.wording import labels
    from palier.wording.sentences import summary

    for one in answer["files"]:
        if one["skipped"]:
            print(
                _("%(name)s: not imported. %(why)s") % {"name": one["name"], "why": one["skipped"]}
            )
            continue
        what = {"name": one["name"], "entity": labels.entity(one["entity"], many=True)}
        print(
            _("%(name)s → %(entity)s: %(counts)s")
            % {**what, "counts": summary(**{name: one[name] for name in _COUNTED})}
        )
        for notice in one["notices"]:
            print(f"  {notice}")
        for rejection in one["rejections"][:SHOWN_REJECTIONS]:
            print(f"  {_placed(rejection)}")
        if one["rejects_file"]:
            where = {"path": one["rejects_file"]}
            print("  " + _("Refused rows, to be corrected and imported again: %(path)s") % where)
    totals = answer["totals"]
    print(
        _("%(rows)s read: %(counts)s")
        % {
            "rows": _rows(totals["rows_read"]),
            "counts": summary(**{name: totals[name] for name in _COUNTED}),
        }
    )


def _placed(rejection: dict[str, Any]) -> str:
    """The reason of a refused row, with where it is as far as it is known."""
    from django.utils.translation import gettext as _

    if not rejection["line"]:
        return str(rejection["reason"])
    if rejection["column"]:
        return _("line %(line)s, column “%(column)s”: %(reason)s") % rejection
    return _("line %(line)s: %(reason)s") % rejection


def _rows(count: int) -> str:
    from django.utils.translation import ngettext

    from palier.wording.sentences import number

    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": number(count)}


class _progress:  # noqa: N801 - reads as a function where it is used
    """A progress bar on a terminal, nothing when piped or in JSON."""

    def __init__(self, as_json: bool) -> None:
        self.wanted = sys.stderr.isatty() and not as_json
        self._bar: Any = None

    def __enter__(self) -> Any:
        if not self.wanted:
            return None
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bar.start()
        task = self._bar.add_task(_rows(0), total=None)
        return lambda rows: self._bar.update(task, completed=rows, description=_rows(rows))

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
