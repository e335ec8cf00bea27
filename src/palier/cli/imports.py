"""`palier import`: files and folders of tool exports into the hub."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from palier.cli.app import EXIT_DONE, EXIT_REJECTED, EXIT_UNUSABLE, app, emit, guarded, installation
from palier.hub.imports.mapping import FileMapping


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

    guarded(work, as_json=as_json)
    raise typer.Exit(code)


def _mapping(path: Path | None) -> FileMapping | None:
    from palier.hub.imports.mapping_json import MappingInvalid, from_json

    if path is None:
        return None
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise MappingInvalid(problems=f"{path}: {error}") from error


def shown(report: Any) -> dict[str, Any]:
    """The report in the JSON shape that others rely on."""
    from palier.hub.imports.messages import sentence

    return {
        "dry_run": report.dry_run,
        "files": [
            {
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
                "skipped": one.skipped,
                "notices": [
                    sentence(code=notice.code, params=dict(notice.params)) for notice in one.notices
                ],
                "rejections": [
                    {
                        "line": rejection.line,
                        "column": rejection.column,
                        "code": rejection.code,
                        "reason": sentence(code=rejection.code, params=dict(rejection.params)),
                    }
                    for rejection in one.samples
                ],
            }
            for one in report.results
        ],
        "totals": {
            "rows_read": report.rows_read,
            **{
                what: report.total(what) for what in ("created", "updated", "unchanged", "rejected")
            },
        },
    }


def _print(answer: dict[str, Any]) -> None:
    for one in answer["files"]:
        if one["skipped"]:
            print(f"{one['name']}: {one['skipped']}")
            continue
        print(
            f"{one['name']} → {one['entity']}: {one['created']} + {one['updated']} ~ "
            f"{one['unchanged']} = {one['rejected']} !"
        )
        for rejection in one["rejections"][:5]:
            print(f"  {rejection['line'] or ''} {rejection['column'] or ''}: {rejection['reason']}")
        if one["rejects_file"]:
            print(f"  → {one['rejects_file']}")
    totals = answer["totals"]
    print(
        f"{totals['rows_read']} rows, {totals['created']} created (+), {totals['updated']} updated (~), "
        f"{totals['unchanged']} unchanged (=), {totals['rejected']} rejected (!)"
    )


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
            TextColumn("{task.completed:,.0f} rows"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._bar.start()
        task = self._bar.add_task("import", total=None)
        return lambda rows: self._bar.update(task, completed=rows)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
