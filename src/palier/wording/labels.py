"""Words for everything the hub stores as codes: entities, fields, choices, parsers, events.

French has one word for each thing; where English uses one word for two, a context tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Word = str | Promise
OwnLabels = Mapping[tuple[str, str], str]
"""What a company calls its own fields, by entity and whole name (`custom.vintage`): `hub.custom.list_labels`."""
NO_LABELS: OwnLabels = {}

ENTITIES: dict[str, tuple[Word, Word]] = {
    "customer": (_("Customer"), _("Customers")),
    "contact": (_("Contact"), _("Contacts")),
    "product": (_("Product"), _("Products")),
    "deal": (_("Deal"), _("Deals")),
    "deal_event": (_("Step of a deal"), _("Steps of deals")),
    "subscription": (_("Subscription"), _("Subscriptions")),
    "recurring_line": (_("Subscription line"), _("Subscription lines")),
    "invoice": (_("Invoice"), _("Invoices")),
    "invoice_line": (_("Invoice line"), _("Invoice lines")),
    "payment": (_("Payment"), _("Payments")),
    "marketing_spend": (_("Marketing spend"), pgettext_lazy("plural", "Marketing spend")),
    "event": (_("Event"), _("Events")),
}
"""One and several, as titles."""

FIELDS: dict[str, Word] = {
    "kind": _("Kind"),
    "name": _("Name"),
    "legal_name": _("Legal name"),
    "siren": _("SIREN"),
    "siret": _("SIRET"),
    "vat_no": _("VAT number"),
    "iban": _("IBAN"),
    "naf": _("NAF code"),
    "headcount_band": _("Headcount"),
    "domain": _("Website"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "address_line": _("Address"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "country": _("Country"),
    "stage": _("Stage"),
    "owner": _("Owner"),
    "segment": _("Segment"),
    "industry": _("Industry"),
    "acquisition_channel": _("Acquisition channel"),
    "first_won_on": _("Customer since"),
    "churned_on": _("Lost on"),
    "customer": _("Customer"),
    "contact": _("Contact"),
    "product": _("Product"),
    "deal": _("Deal"),
    "subscription": _("Subscription"),
    "invoice": _("Invoice"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "job_title": _("Job title"),
    "opt_in_email": _("Agrees to e-mails"),
    "opt_in_proof": _("Proof of agreement"),
    "is_shared_mailbox": _("Shared mailbox"),
    "sku": _("Product code"),
    "family": _("Product family"),
    "price_minor": _("Price"),
    "currency": _("Currency"),
    "amount_minor": _("Amount"),
    "status": _("Status"),
    "pipeline": _("Pipeline"),
    "probability": _("Probability"),
    "source_channel": _("Source channel"),
    "opened_on": _("Opened on"),
    "demo_on": _("Demo on"),
    "won_on": _("Won on"),
    "lost_on": _("Lost on"),
    "lost_reason": _("Reason for loss"),
    "won_by_founder": _("Won by the founder"),
    "from_stage": _("From stage"),
    "to_stage": _("To stage"),
    "at": _("Moment"),
    "actor": _("By whom"),
    "inferred": _("Inferred"),
    "plan": _("Plan"),
    "quantity": _("Quantity"),
    "mrr_minor": _("Monthly amount"),
    "billing_period": _("Billing period"),
    "started_on": _("Started on"),
    "trial_end_on": _("End of trial"),
    "cancel_on": _("Cancellation on"),
    "ended_on": _("Ended on"),
    "end_reason": _("Reason for the end"),
    "channel": _("Channel"),
    "starts_on": _("From"),
    "ends_on": _("Until (excluded)"),
    "interval": _("Period"),
    "interval_count": _("Number of periods"),
    "discount_percent": _("Discount (%)"),
    "recorded_at": _("Recorded at"),
    "annual_units": _("Annual units"),
    "number": _("Number"),
    "issued_on": _("Issued on"),
    "due_on": _("Due on"),
    "settled_on": _("Settled on"),
    "net_minor": _("Amount without tax"),
    "tax_minor": _("Tax"),
    "gross_minor": _("Amount with tax"),
    "paid_minor": _("Amount paid"),
    "e_invoice_status": _("E-invoice status"),
    "pdf_ref": _("PDF file"),
    "label": _("Description"),
    "paid_on": _("Paid on"),
    "method": _("Means of payment"),
    "fee_minor": _("Fees"),
    "bank_ref": _("Bank reference"),
    "campaign": _("Campaign"),
    "day": _("Day"),
    "spend_minor": _("Spend"),
    "impressions": _("Impressions"),
    "clicks": _("Clicks"),
    "conversions": _("Conversions"),
    "attributed_value_minor": _("Attributed value"),
    "is_final": _("Final figure"),
    "occurred_at": _("Moment"),
    "value_minor": _("Value"),
    "props": _("Details"),
    "anonymous_id": _("Anonymous visitor"),
}
SPECIFIC: dict[tuple[str, str], Word] = {
    ("customer", "stage"): pgettext_lazy("customer", "Status"),
    ("deal", "stage"): pgettext_lazy("deal", "Stage"),
    ("deal_event", "kind"): pgettext_lazy("deal", "Step"),
    ("deal", "won_on"): pgettext_lazy("deal", "Won on"),
    ("deal", "lost_on"): pgettext_lazy("deal", "Lost on"),
    ("event", "name"): _("What happened"),
}
"""Fields whose word differs from that of other entities."""

CHOICES: dict[str, dict[str, Word]] = {
    "customer.kind": {
        "company": pgettext_lazy("customer", "Company"),
        "individual": _("Individual"),
    },
    "customer.stage": {
        "prospect": _("Prospect"),
        "customer": _("Customer"),
        "churned": _("Former customer"),
    },
    "deal.status": {
        "open": pgettext_lazy("deal", "In progress"),
        "won": pgettext_lazy("deal", "Won"),
        "lost": pgettext_lazy("deal", "Lost"),
    },
    "deal_event.kind": {
        "created": pgettext_lazy("deal", "Created"),
        "qualified": _("Qualified"),
        "demo_held": _("Demo held"),
        "demo_no_show": _("Demo missed"),
        "proposal": _("Proposal"),
        "won": pgettext_lazy("deal", "Won"),
        "lost": pgettext_lazy("deal", "Lost"),
        "reopened": _("Reopened"),
        "owner_changed": _("Owner changed"),
        "stage_changed": _("Stage changed"),
        "merged": _("Merged"),
        "first_payment": _("First payment"),
        "refunded": _("Refunded"),
    },
    "subscription.status": {
        "trial": _("Trial"),
        "active": pgettext_lazy("subscription", "Active"),
        "paused": pgettext_lazy("subscription", "Paused"),
        "past_due": _("Payment overdue"),
        "ended": pgettext_lazy("subscription", "Ended"),
    },
    "invoice.kind": {"invoice": _("Invoice"), "credit_note": _("Credit note"), "order": _("Order")},
    "invoice.status": {
        "draft": pgettext_lazy("invoice", "Draft"),
        "issued": pgettext_lazy("invoice", "Issued"),
        "paid": pgettext_lazy("invoice", "Paid"),
        "cancelled": pgettext_lazy("invoice", "Cancelled"),
    },
    "marketing_spend.kind": {
        "media": _("Media"),
        "tools": _("Tools"),
        "salaries": _("Salaries"),
        "founder_time": _("Founder’s time"),
    },
}
PERIODS: dict[str, Word] = {
    "day": pgettext_lazy("period", "Day"),
    "week": pgettext_lazy("period", "Week"),
    "month": pgettext_lazy("period", "Month"),
    "quarter": pgettext_lazy("period", "Quarter"),
    "half": pgettext_lazy("period", "Half-year"),
    "year": pgettext_lazy("period", "Year"),
}
CHOICES["subscription.billing_period"] = CHOICES["recurring_line.interval"] = PERIODS
CHOICES["recurring_line.status"] = CHOICES["subscription.status"]

PARSERS: dict[str, Word] = {
    "text": _("text"),
    "id": _("identifier"),
    "whole": _("identifier written as a number"),
    "int": _("whole number"),
    "money": _("amount"),
    "minor": _("amount in cents"),
    "decimal": _("number"),
    "percent": _("percentage"),
    "share": _("share between 0 and 1"),
    "date": _("date"),
    "datetime": _("date and time"),
    "epoch": _("seconds since 1970"),
    "epoch_date": _("seconds since 1970"),
    "bool": _("yes or no"),
    "choice": _("one of a list"),
    "email": _("e-mail address"),
    "phone": _("phone number"),
    "siren": _("SIREN"),
    "siret": _("SIRET"),
    "vat": _("VAT number"),
    "iban": _("IBAN"),
    "country": _("country"),
    "currency": _("currency code"),
    "domain": _("site address"),
    "json": _("structured data"),
    "ref": _("link"),
}
"""How the cells of a column are read, in plain words."""

DATE_ORDERS: dict[str, Word] = {
    "auto": _("Let Palier tell from the column"),
    "dmy": _("day/month/year (31/12/2025)"),
    "mdy": _("month/day/year (12/31/2025)"),
    "ymd": _("year-month-day (2025-12-31)"),
}
DECIMAL_MARKS: dict[str, Word] = {
    "auto": _("Let Palier tell from the column"),
    ",": _("comma (1 234,50)"),
    ".": _("point (1,234.50)"),
}
SOURCE_KINDS: dict[str, Word] = {
    "crm": _("CRM"),
    "billing": _("Invoicing"),
    "subscriptions": _("Subscriptions"),
    "ads": _("Advertising"),
    "support": _("Support"),
    "shop": _("Shop"),
    "other": _("Other"),
}
SCOPES: dict[str, Word] = {
    "records:read": _("Read records, fields and tools"),
    "records:write": _("Write and withdraw records, in the name of its tool"),
    "changes:read": _("Follow every change of every record"),
    "fields:write": _("Add fields of the company’s own, and archive them"),
}
"""What a token may do, by scope (`accounts.tokens.Scope`)."""
EVENTS: dict[str, Word] = {
    "support.ticket": _("Support request"),
    "support.ticket_opened": _("Support request opened"),
    "support.ticket_solved": _("Support request solved"),
}
"""Events that tools commonly send; another one shows under its own name."""


def entity(name: str, *, many: bool = False) -> str:
    """An entity as a title: «Client», «Clients»."""
    words = ENTITIES.get(name)
    return str(words[many]) if words else name


def field(entity_name: str, name: str, own: OwnLabels = NO_LABELS) -> str:
    """A field as a label; one of the company's own under the name it gave, or made from its code."""
    if name.startswith("custom."):
        return (
            own.get((entity_name, name))
            or name.removeprefix("custom.").replace("_", " ").capitalize()
        )
    return str(SPECIFIC.get((entity_name, name)) or FIELDS.get(name, name))


def column(name: str) -> str:
    """A column of a file under its header; one without header by its place."""
    number = name.removeprefix("col_")
    if number != name and number.isdigit():
        return str(_("Column %(number)s")) % {"number": number}
    return name


def choice(entity_name: str, name: str, value: str) -> str:
    """A stored choice as a word."""
    return str(CHOICES.get(f"{entity_name}.{name}", {}).get(value, value))


def parser(name: str) -> str:
    """How cells are read."""
    return str(PARSERS.get(name, name))


def event(name: str) -> str:
    """An event as its title."""
    return str(EVENTS.get(name, name))
