"""`palier metrics`: the catalogue and its values."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from palier.cli.app import app, emit, guarded, installation, set_up

if TYPE_CHECKING:
    from palier.metrics.periods import Grain

metrics_app = typer.Typer(no_args_is_help=True, help="Metrics: definitions and values.")
app.add_typer(metrics_app, name="metrics")


@metrics_app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the catalogue."""

    def work() -> None:
        set_up()
        from palier.metrics import catalogue

        rows = [
            {
                "key": one.key,
                "unit": one.unit,
                "polarity": one.polarity,
                "label_fr": one.label_fr,
                "label_en": one.label_en,
                "definition_version": one.definition_version,
                "definition_fr": one.definition_fr,
                "definition_en": one.definition_en,
            }
            for one in catalogue.all_metrics()
        ]
        if as_json:
            emit({"metrics": rows})
            return
        for row in rows:
            print(f"{row['key']}\t{row['unit']}\t{row['label_fr']}")

    guarded(work, as_json=as_json)


@metrics_app.command("show")
def show(
    keys: Annotated[list[str], typer.Argument(help="Metric keys, such as mrr.total.")],
    company: Annotated[str, typer.Option("--company", help="Slug of the company.")],
    by: Annotated[str, typer.Option("--by", help="Dimension, such as channel.")] = "",
    grain: Annotated[str, typer.Option("--grain", help="week, month, quarter or year.")] = "",
    start: Annotated[dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"])] = None,
    end: Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"])] = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb")] = "duckdb",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Values from the catalogue; without --grain one point over the whole range."""

    def work() -> None:
        from palier.accounts import queries as accounts
        from palier.database.isolation import company_scope
        from palier.journeys.load import today_in
        from palier.metrics import queries

        with installation():
            found = accounts.get_company_by_slug(slug=company)
            now = dt.datetime.now(dt.UTC)
            with company_scope(found.id):
                answer: dict[str, Any] = queries.show(
                    company=found,
                    keys=keys,
                    by=by or None,
                    grain=cast("Grain | None", grain or None),
                    start=start.date() if start else None,
                    end=end.date() if end else None,
                    engine=engine,
                    today=today_in(found, now),
                )
            if as_json:
                emit(answer)
                return
            for result in answer["results"]:
                for point in result["points"]:
                    print(
                        result["metric"],
                        point["period_start"],
                        point["period_end"],
                        point["dimensions"] or "",
                        point["value"],
                        sep="\t",
                    )

    guarded(work, as_json=as_json)
