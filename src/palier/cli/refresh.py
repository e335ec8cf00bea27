"""`palier refresh`: snapshot and recompute readings now."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated

import typer

from palier.cli.app import app, emit, guarded, installation


@app.command("refresh")
def refresh(
    company: Annotated[str, typer.Option("--company", help="Slug of the company.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring the analytical file and the readings up to date."""

    def work() -> None:
        from palier.accounts import queries
        from palier.database.isolation import company_scope
        from palier.journeys.refresh import refresh_figures

        with installation():
            found = queries.get_company_by_slug(slug=company)
            with company_scope(found.id):
                info = refresh_figures(company_id=found.id, now=dt.datetime.now(dt.UTC))
            answer = dataclasses.asdict(info)
            emit(answer) if as_json else print(
                "\n".join(f"{key}: {value}" for key, value in answer.items())
            )

    guarded(work, as_json=as_json)
