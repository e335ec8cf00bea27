"""docs/rules.md: the signatures of the rules and their tables of cases, computed by the rules themselves.

`python -m palier.metrics.rules_document` rewrites it; a test fails when it differs. The expected
values are held by the rules' own tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from palier.metrics import rules

_D = Decimal
_CASES: tuple[tuple[Callable[..., object], tuple[Mapping[str, object], ...]], ...] = (
    (
        rules.wilson,
        tuple(
            {"successes": k, "trials": n}
            for k, n in ((0, 0), (1, 5), (0, 10), (20, 100), (27, 100), (4238, 6711))
        ),
    ),
    (
        rules.garwood,
        tuple(
            {"events": k, "exposure": n} for k, n in ((0, 0), (0, 40), (1, 5), (3, 100), (18, 600))
        ),
    ),
    (rules.ltv_simple, tuple({"arpa": _D(500), "churn": _D(c)} for c in ("0.03", "0.02", "0"))),
    (rules.ltv_capped, tuple({"arpa": _D(500), "churn": _D(c)} for c in ("0.03", "0.005", "0"))),
    (
        rules.ltv_horizon,
        tuple({"arpa": _D(500), "churn": _D("0.03"), "months": m} for m in (1, 12, 60)),
    ),
    (
        rules.ltv_discounted,
        tuple(
            {"arpa": _D(500), "churn": _D("0.03"), "annual_discount": _D(d)} for d in ("0", "0.10")
        ),
    ),
    (
        rules.cac,
        tuple({"cost": c, "new_customers": n} for c, n in ((100_000, 20), (0, 5), (100_000, 0))),
    ),
    (
        rules.payback_months,
        tuple(
            {"acquisition_cost": _D(a), "monthly_revenue": _D(r)}
            for a, r in ((1000, 100), (1000, 0))
        ),
    ),
    (
        rules.payback_months_with_churn,
        tuple(
            {"acquisition_cost": _D(a), "monthly_revenue": _D(100), "churn": _D(c)}
            for a, c in ((1000, "0"), (1000, "0.03"), (3333, "0.03"), (3334, "0.03"))
        ),
    ),
    (rules.annual_churn, tuple({"monthly": _D(c)} for c in ("0.03", "0.02"))),
)


def rules_text() -> str:
    """The text of docs/rules.md."""
    return "\n".join(_rules()) + "\n"


def _rules() -> Iterator[str]:
    yield from (
        "# Rules",
        "",
        "<!-- Written by `python -m palier.metrics.rules_document`; a test checks that it is fresh. -->",
        "",
    )
    yield (
        "Pure arithmetic that other domains call: keyword-only, exact decimals, no Django, no database. `–` means that "
        "there is no such figure. Results are rounded here to six decimals, never in the code."
    )
    yield from ("", "## `palier.metrics.rules`")
    for function, cases in _CASES:
        names = list(cases[0])
        yield from (
            "",
            f"### `{function.__name__}`",
            "",
            f"{(inspect.getdoc(function) or '').splitlines()[0]}",
            "",
        )
        yield f"| {' | '.join(names)} | result |"
        yield f"|{'---|' * (len(names) + 1)}"
        for case in cases:
            given = " | ".join(str(case[name]) for name in names)
            yield f"| {given} | {_shown(function(**case))} |"


def _shown(result: object) -> str:
    if isinstance(result, tuple):
        return " to ".join(_shown(bound) for bound in result)
    if isinstance(result, Decimal):
        return (
            f"{round(result, 6):f}".rstrip("0").rstrip(".")
            if "." in f"{round(result, 6):f}"
            else f"{result:f}"
        )
    return "–" if result is None else str(result)


if __name__ == "__main__":
    Path("docs/rules.md").write_text(rules_text(), encoding="utf-8")
