"""The canonical entities, in one place: field names, types and how they survive a fold.

Models, imports, the fold and the facts all read this table, so that a field is declared once.
Source: hub.md §0.11 and §4 of the specification.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal[
    "text",  # str
    "int",  # whole number
    "money",  # whole minor units of the record's `currency`
    "decimal",  # exact decimal, as a JSON string
    "share",  # exact decimal between 0 and 1, as a JSON string
    "date",  # ISO day, local to the company
    "datetime",  # ISO instant in UTC
    "bool",
    "choice",  # one of `choices`
    "json",  # any JSON object
    "ref",  # reference to another entity: [object, external id] or ["@key kind", value]
]
Survival = Literal["owner", "most_recent", "longest", "max", "min"]


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `personal` fields are wiped when a person is erased."""

    name: str
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    target: str = ""
    survival: Survival = "owner"
    personal: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """One canonical entity: its code name, public id prefix and fields.

    `appended` entities (events) are never folded: the row is its own source record.
    """

    name: str
    prefix: str
    fields: tuple[Field, ...]
    appended: bool = False

    def field(self, name: str) -> Field:
        """The field of that name, or `KeyError`."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)


def _ref(name: str, target: str, *, required: bool = False) -> Field:
    return Field(name, "ref", target=target, required=required)


CURRENCY = Field("currency")

CUSTOMER = Entity(
    "customer",
    "cus",
    (
        Field("kind", "choice", ("company", "individual")),
        Field("name", required=True, personal=True),
        Field("legal_name", personal=True),
        Field("siren"),
        Field("siret"),
        Field("vat_no"),
        Field("iban", personal=True),
        Field("naf"),
        Field("headcount_band"),
        Field("domain"),
        Field("email", personal=True),
        Field("phone", personal=True),
        Field("address_line", personal=True),
        Field("postcode"),
        Field("city"),
        Field("country"),
        Field("stage", "choice", ("prospect", "customer", "churned")),
        Field("owner"),
        Field("segment"),
        Field("industry"),
        Field("acquisition_channel"),
        Field("first_won_on", "date", survival="min"),
        Field("churned_on", "date", survival="max"),
    ),
)
CONTACT = Entity(
    "contact",
    "con",
    (
        _ref("customer", "customer"),
        Field("first_name", personal=True),
        Field("last_name", personal=True),
        Field("email", personal=True),
        Field("phone", personal=True),
        Field("job_title"),
        Field("opt_in_email", "bool"),
        Field("opt_in_proof"),
        Field("is_shared_mailbox", "bool"),
    ),
)
PRODUCT = Entity(
    "product",
    "pro",
    (
        Field("name", required=True),
        Field("sku"),
        Field("family"),
        Field("price_minor", "money"),
        CURRENCY,
    ),
)
DEAL_STATUSES = ("open", "won", "lost")
DEAL = Entity(
    "deal",
    "dea",
    (
        _ref("customer", "customer"),
        _ref("contact", "contact"),
        _ref("product", "product"),
        Field("name"),
        Field("amount_minor", "money"),
        CURRENCY,
        Field("stage"),
        Field("status", "choice", DEAL_STATUSES),
        Field("pipeline"),
        Field("probability", "share"),
        Field("source_channel"),
        Field("opened_on", "date"),
        Field("demo_on", "date"),
        Field("won_on", "date"),
        Field("lost_on", "date"),
        Field("lost_reason"),
        Field("owner"),
        Field("won_by_founder", "bool"),
    ),
)
DEAL_EVENT_KINDS = (
    "created",
    "qualified",
    "demo_held",
    "demo_no_show",
    "proposal",
    "won",
    "lost",
    "reopened",
    "owner_changed",
    "stage_changed",
    "merged",
    "first_payment",
    "refunded",
)
DEAL_EVENT = Entity(
    "deal_event",
    "dev",
    (
        _ref("deal", "deal", required=True),
        Field("kind", "choice", DEAL_EVENT_KINDS, required=True),
        Field("from_stage"),
        Field("to_stage"),
        Field("at", "datetime", required=True),
        Field("actor"),
        Field("inferred", "bool"),
    ),
)
SUBSCRIPTION = Entity(
    "subscription",
    "sub",
    (
        _ref("customer", "customer"),
        _ref("product", "product"),
        Field("plan"),
        Field("quantity", "int"),
        Field("mrr_minor", "money"),
        CURRENCY,
        Field("billing_period", "choice", ("day", "week", "month", "quarter", "half", "year")),
        Field("status", "choice", ("trial", "active", "paused", "past_due", "ended")),
        Field("started_on", "date"),
        Field("trial_end_on", "date"),
        Field("cancel_on", "date"),
        Field("ended_on", "date"),
        Field("end_reason"),
        Field("channel"),
    ),
)
RECURRING_LINE = Entity(
    "recurring_line",
    "rec",
    (
        _ref("customer", "customer", required=True),
        _ref("subscription", "subscription"),
        Field("starts_on", "date", required=True),
        Field("ends_on", "date"),  # exclusive: first day without the service
        Field("amount_minor", "money", required=True),
        CURRENCY,
        Field(
            "interval", "choice", ("day", "week", "month", "quarter", "half", "year"), required=True
        ),
        Field("interval_count", "int"),
        Field("quantity", "int"),
        Field("discount_percent", "decimal"),
        Field("status", "choice", ("trial", "active", "paused")),
        Field("plan"),
        Field("channel"),
        Field("end_reason"),
        Field("recorded_at", "datetime"),
        Field(
            "annual_units", "int"
        ),  # revenue.md §3.1: annualised minor units × 6,000, set when written
    ),
)
INVOICE = Entity(
    "invoice",
    "inv",
    (
        _ref("customer", "customer"),
        _ref("subscription", "subscription"),
        Field("number"),
        Field("kind", "choice", ("invoice", "credit_note", "order")),
        Field("issued_on", "date", required=True),
        Field("due_on", "date"),
        Field("settled_on", "date"),
        Field("net_minor", "money"),
        Field("tax_minor", "money"),
        Field("gross_minor", "money"),
        Field("paid_minor", "money"),
        CURRENCY,
        Field("status", "choice", ("draft", "issued", "paid", "cancelled")),
        Field("e_invoice_status"),
        Field("pdf_ref"),
    ),
)
INVOICE_LINE = Entity(
    "invoice_line",
    "inl",
    (
        _ref("invoice", "invoice", required=True),
        _ref("product", "product"),
        Field("label"),
        Field("quantity", "decimal"),
        Field("net_minor", "money"),
        CURRENCY,
    ),
)
PAYMENT = Entity(
    "payment",
    "pay",
    (
        _ref("invoice", "invoice"),
        _ref("customer", "customer"),
        Field("paid_on", "date", required=True),
        Field("amount_minor", "money", required=True),
        CURRENCY,
        Field("method"),
        Field("status"),
        Field("fee_minor", "money"),
        Field("bank_ref"),
    ),
)
SPEND_KINDS = ("media", "tools", "salaries", "founder_time")
MARKETING_SPEND = Entity(
    "marketing_spend",
    "spd",
    (
        Field("kind", "choice", SPEND_KINDS),
        Field("channel", required=True),
        Field("campaign"),
        Field("day", "date", required=True),
        Field("spend_minor", "money", required=True),
        CURRENCY,
        Field("impressions", "int"),
        Field("clicks", "int"),
        Field("conversions", "decimal"),
        Field("attributed_value_minor", "money"),
        Field("is_final", "bool"),
    ),
)
EVENT = Entity(
    "event",
    "evt",
    (
        _ref("customer", "customer"),
        _ref("contact", "contact"),
        Field("name", required=True),
        Field("occurred_at", "datetime", required=True),
        Field("value_minor", "money"),
        CURRENCY,
        Field("props", "json", personal=True),
        Field("anonymous_id", personal=True),
    ),
    appended=True,
)

SOURCE_KINDS = ("crm", "billing", "subscriptions", "ads", "support", "shop", "other")
"""Kinds of tool, which decide whom to believe for a field (survivorship)."""

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        CUSTOMER,
        CONTACT,
        PRODUCT,
        DEAL,
        DEAL_EVENT,
        SUBSCRIPTION,
        RECURRING_LINE,
        INVOICE,
        INVOICE_LINE,
        PAYMENT,
        MARKETING_SPEND,
        EVENT,
    )
}
"""In the order in which a batch writes them: parents before children."""
