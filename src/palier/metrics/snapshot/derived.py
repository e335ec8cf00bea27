"""The derived tables of a snapshot: whole after a full load, by touched customer or invoice otherwise.

A customer's movements depend on that customer's lines alone, and an invoice's settlement on its
own payments (revenue.md §5), so replacing the touched ones gives exactly what a full load gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from palier.kernel.registries import Fact
from palier.metrics import facts
from palier.metrics.questions import DERIVED, Derived

SOURCES: dict[str, frozenset[str]] = {
    "inventory": frozenset(
        {"recurring_line", "invoice", "deal", "deal_event", "payment", "marketing_spend"}
    ),
    "company_basis": frozenset({"inventory"}),
    "movement": frozenset({"recurring_line"}),
    "purchase": frozenset({"invoice", "deal", "company_basis"}),
    "presence": frozenset({"movement", "purchase"}),
    "settlement": frozenset({"invoice", "payment"}),
}
"""What each derived table is computed from; a test compares it with the compiled SQL."""
BY_CUSTOMER = ("recurring_line", "invoice", "deal")
BY_INVOICE = ("invoice", "payment")


def shape() -> list[str]:
    """The text of every derived table's query: another text means another file."""
    from palier.metrics import compile as compiler

    return [f"{one.table}:{compiler.derived_sql(name=one.table)}" for one in DERIVED]


def write_all(link: Any) -> None:
    """Write every derived table from the facts."""
    from palier.metrics import compile as compiler

    for one in DERIVED:
        link.execute(
            f'CREATE OR REPLACE TABLE "{one.table}" AS {compiler.derived_sql(name=one.table)}'
        )


@dataclass(slots=True)
class Touched:
    """Collects whose rows change during an incremental refresh, then rewrites what follows from them."""

    link: Any

    def begin(self) -> None:
        """Create the working tables."""
        for name in ("touched_customer", "touched_invoice"):
            columns = ", ".join(f'"{c.name}" {c.duckdb_type}' for c in facts.table(name).columns)
            self.link.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" ({columns})')

    def note(self, fact: Fact, *, ids: str) -> None:
        """Note the customers and invoices of the rows whose ids are in the table `ids`, as they are now."""
        keys = []
        if fact.name in BY_CUSTOMER:
            keys.append("customer")
        if fact.name in BY_INVOICE:
            keys.append("invoice")
        for key in keys:
            self.link.execute(
                f'INSERT INTO touched_{key} SELECT company_id, {key}_id FROM "{fact.name}" '
                f"WHERE {fact.name}_id IN (SELECT id FROM {ids}) AND {key}_id IS NOT NULL"
            )

    def rewrite(self, *, changed: set[str]) -> None:
        """Bring the derived tables up to date with the facts that changed."""
        from palier.metrics import compile as compiler

        basis = self._basis()
        done = set(changed)
        whole: set[str] = set()
        for one in DERIVED:
            if not SOURCES[one.table] & done:
                continue
            if one.key and not SOURCES[one.table] & whole:
                self._replace(one, compiler.derived_sql(name=one.table, touched=True))
            else:
                self.link.execute(
                    f'CREATE OR REPLACE TABLE "{one.table}" AS {compiler.derived_sql(name=one.table)}'
                )
                if one.table == "company_basis" and self._basis() == basis:
                    continue
                if one.table != "inventory":
                    whole.add(one.table)
            done.add(one.table)

    def _basis(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.link.execute(
            "SELECT * FROM company_basis ORDER BY ALL"
        ).fetchall()
        return rows

    def _replace(self, one: Derived, sql: str) -> None:
        key = f"{one.key}_id"
        self.link.execute(
            f'DELETE FROM "{one.table}" WHERE {key} IN (SELECT {key} FROM touched_{one.key})'
        )
        self.link.execute(f'INSERT INTO "{one.table}" {sql}')
