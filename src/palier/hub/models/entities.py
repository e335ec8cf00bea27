"""The canonical entities as tables; `palier.hub.schema` declares the same fields and a test compares."""

from __future__ import annotations

from django.db import models

from palier.hub.models.base import (
    Canonical,
    choice,
    day,
    exact,
    flag,
    instant,
    minor,
    parent,
    sorted_text,
    text,
    whole,
)
from palier.hub.schema import DEAL_EVENT_KINDS, DEAL_STATUSES, SPEND_KINDS


class Customer(Canonical):
    """A company or an individual we sell to, or might."""

    kind = choice("company", "individual")
    name = text()
    legal_name = text()
    siren = text()
    siret = text()
    vat_no = text()
    iban = text()
    naf = text()
    headcount_band = text()
    domain = text()
    email = text()
    phone = text()
    address_line = text()
    postcode = text()
    city = text()
    country = text()
    stage = choice("prospect", "customer", "churned")
    owner = text()
    segment = text()
    industry = text()
    acquisition_channel = text()
    first_won_on = day()
    churned_on = day()
    name_sort = sorted_text("name")

    class Meta(Canonical.Meta):
        db_table = "hub_customer"
        indexes = [
            *Canonical.Meta.indexes,
            # the one order in which people leaf through a million customers; live ones alone
            models.Index(
                fields=["company_id", "name_sort", "id"],
                name="customer_by_name",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]


class Contact(Canonical):
    """A person at a customer."""

    customer_id = parent()
    first_name = text()
    last_name = text()
    email = text()
    phone = text()
    job_title = text()
    opt_in_email = flag()
    opt_in_proof = text()
    is_shared_mailbox = flag()

    class Meta(Canonical.Meta):
        db_table = "hub_contact"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="contact_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class Product(Canonical):
    """Something sold."""

    name = text()
    sku = text()
    family = text()
    price_minor = minor()
    currency = text()

    class Meta(Canonical.Meta):
        db_table = "hub_product"


class Deal(Canonical):
    """An opportunity, open, won or lost."""

    customer_id = parent()
    contact_id = parent()
    product_id = parent()
    name = text()
    amount_minor = minor()
    currency = text()
    stage = text()
    status = choice(*DEAL_STATUSES)
    pipeline = text()
    probability = exact()
    source_channel = text()
    opened_on = day()
    demo_on = day()
    won_on = day()
    lost_on = day()
    lost_reason = text()
    owner = text()
    won_by_founder = flag()

    class Meta(Canonical.Meta):
        db_table = "hub_deal"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="deal_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class DealEvent(Canonical):
    """One dated step of a deal; append-only, `inferred` when the tool keeps no history."""

    deal_id = parent()
    kind = choice(*DEAL_EVENT_KINDS)
    from_stage = text()
    to_stage = text()
    at = instant()
    actor = text()
    inferred = flag()

    class Meta(Canonical.Meta):
        db_table = "hub_deal_event"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["deal_id"],
                name="deal_event_by_deal",
                condition=models.Q(deal_id__isnull=False),
            ),
        ]


class Subscription(Canonical):
    """A contract that recurs."""

    customer_id = parent()
    product_id = parent()
    plan = text()
    quantity = whole()
    mrr_minor = minor()
    currency = text()
    billing_period = choice("day", "week", "month", "quarter", "half", "year")
    status = choice("trial", "active", "paused", "past_due", "ended")
    started_on = day()
    trial_end_on = day()
    cancel_on = day()
    ended_on = day()
    end_reason = text()
    channel = text()

    class Meta(Canonical.Meta):
        db_table = "hub_subscription"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="subscription_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class RecurringLine(Canonical):
    """A stretch of a subscription at one price: MRR is computed from these (revenue.md §3)."""

    customer_id = parent()
    subscription_id = parent()
    starts_on = day()
    ends_on = day()
    amount_minor = minor()
    currency = text()
    interval = choice("day", "week", "month", "quarter", "half", "year")
    interval_count = whole()
    quantity = whole()
    discount_percent = exact()
    status = choice("trial", "active", "paused")
    plan = text()
    channel = text()
    end_reason = text()
    recorded_at = instant()
    annual_units = whole()

    class Meta(Canonical.Meta):
        db_table = "hub_recurring_line"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="recurring_line_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class Invoice(Canonical):
    """An invoice, a credit note, or an order where there is no invoicing."""

    customer_id = parent()
    subscription_id = parent()
    number = text()
    kind = choice("invoice", "credit_note", "order")
    issued_on = day()
    due_on = day()
    settled_on = day()
    net_minor = minor()
    tax_minor = minor()
    gross_minor = minor()
    paid_minor = minor()
    currency = text()
    status = choice("draft", "issued", "paid", "cancelled")
    e_invoice_status = text()
    pdf_ref = text()

    class Meta(Canonical.Meta):
        db_table = "hub_invoice"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="invoice_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class InvoiceLine(Canonical):
    """One line of an invoice."""

    invoice_id = parent()
    product_id = parent()
    label = text()
    quantity = exact()
    net_minor = minor()
    currency = text()

    class Meta(Canonical.Meta):
        db_table = "hub_invoice_line"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["invoice_id"],
                name="invoice_line_by_invoice",
                condition=models.Q(invoice_id__isnull=False),
            ),
        ]


class Payment(Canonical):
    """Money received."""

    invoice_id = parent()
    customer_id = parent()
    paid_on = day()
    amount_minor = minor()
    currency = text()
    method = text()
    status = text()
    fee_minor = minor()
    bank_ref = text()

    class Meta(Canonical.Meta):
        db_table = "hub_payment"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["invoice_id"],
                name="payment_by_invoice",
                condition=models.Q(invoice_id__isnull=False),
            ),
            models.Index(
                fields=["customer_id"],
                name="payment_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]


class MarketingSpend(Canonical):
    """What acquisition cost on one day: media, tools, salaries or founder’s time."""

    kind = choice(*SPEND_KINDS)
    channel = text()
    campaign = text()
    day = day()
    spend_minor = minor()
    currency = text()
    impressions = whole()
    clicks = whole()
    conversions = exact()
    attributed_value_minor = minor()
    is_final = flag()

    class Meta(Canonical.Meta):
        db_table = "hub_marketing_spend"


class Event(Canonical):
    """Something that happened (usage, support, visit); it is its own source record."""

    object_id = models.BigIntegerField()
    external_id = models.TextField()
    hash = models.UUIDField()
    batch_id = models.BigIntegerField(null=True)
    customer_id = parent()
    contact_id = parent()
    name = text()
    occurred_at = instant()
    value_minor = minor()
    currency = text()
    props = models.JSONField(null=True)
    anonymous_id = text()

    class Meta(Canonical.Meta):
        db_table = "hub_event"
        indexes = [
            *Canonical.Meta.indexes,
            models.Index(
                fields=["customer_id"],
                name="event_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["object_id", "external_id"], name="event_once")
        ]
