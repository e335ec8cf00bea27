"""`palier bench`: the benchmarks, as ratios to a peer in the same run."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from palier.cli.app import app, emit, fail, guarded

NAMES = ("api", "feed", "ingest", "matching", "metrics", "pages")


@app.command("bench")
def bench(
    name: Annotated[str, typer.Argument(help="api, feed, ingest, matching, metrics or pages.")],
    scale: Annotated[float, typer.Option("--scale", help="1 is the size the bars speak of.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure in a scratch data folder of its own; nothing of the installation is touched."""
    if name not in NAMES:
        fail(f"There is no benchmark named {name}. Known ones: {', '.join(NAMES)}", as_json=as_json)

    def work() -> None:
        module = importlib.import_module(f"palier.bench.{name}")
        result = module.run(scale=scale)
        if as_json:
            emit(result)
            return
        for key, value in _lines(result):
            print(f"{key:<56} {value}")

    guarded(work, as_json=as_json)


def _lines(value: object, prefix: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in _lines(one, f"{prefix}{key}  ")]
    return [(prefix.strip(), round(value, 3) if isinstance(value, float) else value)]
