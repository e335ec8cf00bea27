"""The questions that metrics share, by name: which definition answers each, and what it may be broken down by.

Several metrics read one question (the five movements are one query), so that a page asks few of them.
No Ibis here: a definition is named by module and function and imported when it is compiled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CUSTOMER_DIMENSIONS = ("channel", "segment", "industry", "country")


@dataclass(frozen=True, slots=True)
class Question:
    """One query over the periods asked for; `pieces` are its measures, zero where nothing happened."""

    name: str
    definition: str
    pieces: tuple[str, ...]
    dimensions: tuple[str, ...]
    reads: tuple[str, ...]
    month_steps: bool = False


@dataclass(frozen=True, slots=True)
class RowsQuestion:
    """The source rows behind a figure; `scale` divides a contribution into the metric's unit."""

    name: str
    definition: str
    dimensions: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    scale: int = 1
    month_steps: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived table and the definition that writes it; `key` names what an incremental refresh replaces."""

    table: str
    definition: str
    key: str = ""


MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation")

QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "customer_flow",
            "customers.customer_flow",
            ("opening", "closing", "new", "returned", "lost"),
            CUSTOMER_DIMENSIONS,
            ("presence", "customer"),
        ),
        Question(
            "customer_churn",
            "customers.customer_churn",
            ("at_risk", "gone"),
            CUSTOMER_DIMENSIONS,
            ("presence", "customer"),
        ),
        Question(
            "churn_exposure",
            "customers.churn_exposure",
            ("exposure", "losses"),
            CUSTOMER_DIMENSIONS,
            ("presence", "customer"),
            month_steps=True,
        ),
        Question(
            "mrr_flow",
            "recurring.mrr_flow",
            (
                "opening",
                "closing",
                "customers",
                "floored",
                *MOVEMENTS,
                *(f"{kind}_count" for kind in MOVEMENTS),
            ),
            CUSTOMER_DIMENSIONS,
            ("movement", "customer"),
        ),
        Question(
            "mrr_retention",
            "recurring.mrr_retention",
            ("base", "base_customers", "kept", "kept_at_most"),
            CUSTOMER_DIMENSIONS,
            ("movement", "customer"),
        ),
        Question(
            "revenue_invoiced",
            "revenue.revenue_invoiced",
            ("net", "documents"),
            (*CUSTOMER_DIMENSIONS, "kind"),
            ("invoice", "customer"),
        ),
        Question(
            "revenue_per_customer",
            "revenue.revenue_per_customer",
            ("units", "customers"),
            CUSTOMER_DIMENSIONS,
            ("movement", "purchase", "presence", "customer"),
        ),
        Question(
            "acquisition_cost",
            "spend.acquisition_cost",
            ("cost", "founder_cost", "team_cost"),
            ("channel", "campaign", "kind"),
            ("marketing_spend",),
        ),
        Question(
            "deal_outcome",
            "sales.deal_outcome",
            ("won", "lost"),
            ("channel", "owner", "pipeline", "product"),
            ("deal", "product"),
        ),
        Question(
            "sales_cycle",
            "sales.sales_cycle",
            ("won", "backwards", "median", "low_quartile", "high_quartile", "days"),
            ("channel", "owner", "pipeline", "product"),
            ("deal", "product"),
        ),
        Question(
            "demo_cohort",
            "sales.demo_cohort",
            ("demos", "trials", "successes", "late"),
            ("channel", "owner", "pipeline", "product"),
            ("deal", "deal_event", "presence", "product"),
        ),
        Question(
            "receivables",
            "cash.receivables",
            ("open", "sales", "unknown"),
            CUSTOMER_DIMENSIONS,
            ("settlement", "customer"),
        ),
        Question(
            "lateness",
            "cash.lateness",
            ("due", "late", "unknown", "late_minor", "due_minor"),
            CUSTOMER_DIMENSIONS,
            ("settlement", "customer"),
        ),
    )
}

_UNITS = 72_000

ROWS: dict[str, RowsQuestion] = {
    rows.name: rows
    for rows in (
        RowsQuestion("customers_active", "customers.active_rows", CUSTOMER_DIMENSIONS),
        RowsQuestion(
            "customers_new", "customers.event_rows", CUSTOMER_DIMENSIONS, (("kind", "new"),)
        ),
        RowsQuestion(
            "customers_lost", "customers.event_rows", CUSTOMER_DIMENSIONS, (("kind", "lost"),)
        ),
        RowsQuestion("customers_gone", "customers.churn_rows", CUSTOMER_DIMENSIONS),
        RowsQuestion(
            "exposure_losses", "customers.exposure_rows", CUSTOMER_DIMENSIONS, month_steps=True
        ),
        RowsQuestion("mrr_total", "recurring.total_rows", CUSTOMER_DIMENSIONS, scale=_UNITS),
        *(
            RowsQuestion(
                f"mrr_{kind}",
                "recurring.movement_rows",
                CUSTOMER_DIMENSIONS,
                (("kind", kind),),
                scale=_UNITS,
            )
            for kind in MOVEMENTS
        ),
        RowsQuestion(
            "mrr_retention", "recurring.retention_rows", CUSTOMER_DIMENSIONS, scale=_UNITS
        ),
        RowsQuestion("invoices", "revenue.invoice_rows", (*CUSTOMER_DIMENSIONS, "kind")),
        RowsQuestion(
            "revenue_per_customer", "revenue.per_customer_rows", CUSTOMER_DIMENSIONS, scale=_UNITS
        ),
        RowsQuestion("spend", "spend.spend_rows", ("channel", "campaign", "kind")),
        RowsQuestion(
            "deals_closed", "sales.outcome_rows", ("channel", "owner", "pipeline", "product")
        ),
        RowsQuestion("deals_won", "sales.cycle_rows", ("channel", "owner", "pipeline", "product")),
        RowsQuestion("demos", "sales.trial_rows", ("channel", "owner", "pipeline", "product")),
        RowsQuestion("invoices_open", "cash.open_rows", CUSTOMER_DIMENSIONS),
        RowsQuestion("invoices_due", "cash.due_rows", CUSTOMER_DIMENSIONS),
    )
}

DERIVED: tuple[Derived, ...] = (
    Derived("inventory", "inventory.inventory"),
    Derived("company_basis", "inventory.company_basis"),
    Derived("movement", "recurring.movement", "customer"),
    Derived("purchase", "revenue.purchase", "customer"),
    Derived("presence", "customers.presence", "customer"),
    Derived("settlement", "cash.settlement", "invoice"),
)
"""In the order in which they are written: each reads those before it."""
