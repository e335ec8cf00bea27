"""`palier demo`: the demonstration company."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from palier.cli.app import app, emit, guarded, installation


@app.command("demo")
def demo(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Load the demonstration company from raw tool exports; what it held before is replaced."""

    def work() -> None:
        from palier.cli.imports import shown
        from palier.demo import load

        with installation():
            loaded = load.load_demo(now=dt.datetime.now(dt.UTC))
            answer = {
                "slug": loaded.company.slug,
                "login": load.LEADER,
                "password": load.PASSWORD,
                **shown(loaded.report),
            }
            if as_json:
                emit(answer)
            else:
                totals = answer["totals"]
                print(
                    f"{loaded.company.name}: {totals['created']} created, {totals['updated']} updated, "
                    f"{totals['unchanged']} unchanged, {totals['rejected']} rejected"
                )
                print(f"{load.LEADER} / {load.PASSWORD}")

    guarded(work, as_json=as_json)
