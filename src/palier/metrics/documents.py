"""docs/metrics.md and docs/facts.md, written from the catalogue and the table specs.

`python -m palier.metrics.documents` rewrites them in the current repository; a test fails when they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from palier.metrics import catalogue, facts
from palier.metrics.flags import FLAGS
from palier.metrics.metric import Metric
from palier.metrics.questions import QUESTIONS

_UNITS = {
    "customers": "customers",
    "money_minor": "minor units of the company's currency",
    "share": "share between 0 and 1",
    "ratio": "ratio",
    "months": "months",
    "days": "days",
}
_POLARITIES = {"up": "higher is better", "down": "lower is better", "neutral": "neither"}
_ROLES = {
    "entity": "## Entities\n\nOne row per live canonical record; the key is the record's id.",
    "derived": "## Derived tables\n\nWritten once per refresh by the same compiled definitions.",
    "frame": "## Frame tables\n\nA few rows that come with each query or refresh; never stored.",
}
_NOTICE = (
    "<!-- Written by `python -m palier.metrics.documents`; a test checks that it is fresh. -->"
)


def metrics_text() -> str:
    """The text of docs/metrics.md."""
    return "\n".join(_metrics()) + "\n"


def facts_text() -> str:
    """The text of docs/facts.md."""
    return "\n".join(_facts()) + "\n"


def _metrics() -> Iterator[str]:
    yield from ("# Metrics", "", _NOTICE, "")
    yield (
        "Every metric has one definition, compiled to SQL that is kept in `src/palier/metrics/golden/`. Periods are "
        "half-open. Shares are between 0 and 1. A missing figure is null, with a flag that says why."
    )
    for family in catalogue.families():
        yield from ("", f"## {family}")
        for metric in catalogue.all_metrics():
            if metric.family == family:
                yield from _metric(metric)
    yield from ("", "## Flags", "", "| flag | meaning | en français | value |", "|---|---|---|---|")
    for flag in FLAGS.values():
        yield f"| `{flag.code}` | {flag.label_en} | {flag.label_fr} | {'null' if flag.withholds else 'given'} |"


def _metric(metric: Metric) -> Iterator[str]:
    golden = ", ".join(f"`{name}.sql`" for name in metric.questions)
    dimensions = ", ".join(f"`{name}`" for name in metric.dimensions)
    nature = f"{_UNITS[metric.unit]}, {_POLARITIES[metric.polarity]}, {metric.kind}"
    yield from (
        "",
        f"### `{metric.key}`",
        "",
        f"**{metric.label_en}** · **{metric.label_fr}** — {nature}, definition version {metric.definition_version}.",
        "",
        metric.definition_en,
        "",
        f"> {metric.definition_fr}",
        "",
        f"Breakdowns: {dimensions}. Reads: {', '.join(f'`{name}`' for name in metric.reads)}. SQL: {golden}.",
    )


def _facts() -> Iterator[str]:
    yield from ("# Facts", "", _NOTICE, "")
    yield (
        "The tables of a company's analytical file. Amounts are whole minor units, days are local dates, decimals have "
        "six places. Every key carries `company_id`, constant in a file and a partition when files are put together."
    )
    for role, title in _ROLES.items():
        yield from ("", title)
        for spec in facts.TABLES.values():
            if spec.role == role:
                yield from (
                    "",
                    f"### `{spec.name}`",
                    "",
                    f"{spec.text[0].upper()}{spec.text[1:]}.",
                    "",
                )
                yield from ("| column | type | |", "|---|---|---|")
                yield from (
                    f"| `{column.name}` | {column.type} | {column.text} |"
                    for column in spec.columns
                )
    yield from ("", "## Who reads what", "", "| table | questions |", "|---|---|")
    for spec in facts.TABLES.values():
        readers = [
            f"`{question.name}`" for question in QUESTIONS.values() if spec.name in question.reads
        ]
        if readers:
            yield f"| `{spec.name}` | {', '.join(readers)} |"


def rewrite(folder: Path) -> None:
    """Write both pages into the folder."""
    (folder / "metrics.md").write_text(metrics_text(), encoding="utf-8")
    (folder / "facts.md").write_text(facts_text(), encoding="utf-8")


if __name__ == "__main__":
    rewrite(Path("docs"))
