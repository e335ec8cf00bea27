"""What must hold before a version is published."""

from __future__ import annotations

from typing import Any, ClassVar

from palier.kernel.refusals import Refusal


class RowsMissing(Refusal):
    """The file does not hold the rows that the database holds."""

    code: ClassVar[str] = "metrics.rows-missing"
    message: ClassVar[str] = (
        "The analytical file has %(found)s rows of %(fact)s where the database has %(expected)s. "
        "The previous figures are kept; the next refresh reads everything again."
    )


class MovementsDoNotAddUp(Refusal):
    """Opening plus movements differs from closing for some customers."""

    code: ClassVar[str] = "metrics.movements-do-not-add-up"
    message: ClassVar[str] = (
        "The movements of %(customers)s customers do not lead from opening to closing revenue. "
        "The previous figures are kept."
    )


def check_counts(link: Any, *, expected: dict[str, int]) -> dict[str, int]:
    """Compare rows by table with what the database sent.

    Raises: `RowsMissing`.
    """
    found: dict[str, int] = {}
    for fact, rows in expected.items():
        found[fact] = link.execute(f'SELECT count(*) FROM "{fact}"').fetchall()[0][0]
        if found[fact] != rows:
            raise RowsMissing(fact=fact, found=found[fact], expected=rows)
    return found


def check_movements(link: Any, *, touched_only: bool) -> None:
    """Follow each customer: every movement starts where the one before ended, and is their difference.

    Source: revenue.md §3.4. Raises: `MovementsDoNotAddUp`.
    """
    only = "WHERE customer_id IN (SELECT customer_id FROM touched_customer)" if touched_only else ""
    broken = link.execute(
        f"""
        SELECT count(DISTINCT customer_id) FROM (
          SELECT customer_id, before, "after", delta,
                 lag("after", 1, 0) OVER (PARTITION BY company_id, customer_id ORDER BY day) AS expected
          FROM movement {only}
        ) WHERE before <> expected OR "after" - before <> delta OR "after" < 0
        """
    ).fetchall()[0][0]
    if broken:
        raise MovementsDoNotAddUp(customers=broken)
