"""What each entity's list is like before anybody chooses: address, columns, order, views."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from palier.wording import labels

SLUGS = {
    "customer": "clients",
    "contact": "contacts",
    "product": "produits",
    "deal": "affaires",
    "deal_event": "etapes",
    "subscription": "abonnements",
    "recurring_line": "lignes-d-abonnement",
    "invoice": "factures",
    "invoice_line": "lignes-de-facture",
    "payment": "paiements",
    "marketing_spend": "depenses",
    "event": "evenements",
}
"""Entities in addresses."""
ENTITIES = {slug: entity for entity, slug in SLUGS.items()}
TABS = (
    "customer",
    "contact",
    "deal",
    "subscription",
    "invoice",
    "payment",
    "product",
    "marketing_spend",
    "event",
)
"""Entities that have a tab; steps and lines are reached from their parents."""
MONTHLY = "mrr"
"""The column of a customer's recurring revenue, which no field holds."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": ("name", "stage", "city", "owner", "acquisition_channel", MONTHLY, "updated_at"),
    "contact": ("last_name", "first_name", "customer", "job_title", "email", "phone"),
    "product": ("name", "sku", "family", "price_minor"),
    "deal": ("name", "customer", "status", "stage", "amount_minor", "owner", "opened_on"),
    "deal_event": ("kind", "deal", "from_stage", "to_stage", "at", "actor"),
    "subscription": ("plan", "customer", "status", "mrr_minor", "started_on", "ended_on"),
    "recurring_line": (
        "plan",
        "customer",
        "amount_minor",
        "interval",
        "starts_on",
        "ends_on",
        "status",
    ),
    "invoice": ("number", "customer", "kind", "status", "issued_on", "due_on", "gross_minor"),
    "invoice_line": ("label", "invoice", "product", "quantity", "net_minor"),
    "payment": ("paid_on", "customer", "invoice", "amount_minor", "method", "status"),
    "marketing_spend": ("channel", "campaign", "day", "kind", "spend_minor", "clicks"),
    "event": ("name", "customer", "contact", "occurred_at"),
}
SORTS = {"customer": "name", "contact": "last_name", "product": "name"}
"""The order of lists that people look names up in; the others begin with the latest record."""
LATEST = "-id"


@dataclass(frozen=True, slots=True)
class Ready:
    """A view that every company has."""

    label: str | Promise
    filters: tuple[str, ...] = ()


READY: dict[str, tuple[Ready, ...]] = {
    "customer": (
        Ready(_("Customers"), ("stage:is:customer",)),
        Ready(_("Prospects"), ("stage:is:prospect",)),
        Ready(_("Former customers"), ("stage:is:churned",)),
    ),
    "deal": (
        Ready(pgettext_lazy("deals", "In progress"), ("status:is:open",)),
        Ready(pgettext_lazy("deals", "Won"), ("status:is:won",)),
        Ready(pgettext_lazy("deals", "Lost"), ("status:is:lost",)),
    ),
    "subscription": (Ready(pgettext_lazy("subscriptions", "Active"), ("status:is:active",)),),
    "invoice": (
        Ready(_("To be paid"), ("status:is:issued",)),
        Ready(_("Credit notes"), ("kind:is:credit_note",)),
    ),
}
"""The whole list comes before them."""


def entity_of(slug: str) -> str:
    """The entity of an address. Raises: `Http404`."""
    found = ENTITIES.get(slug)
    if found is None:
        raise Http404
    return found


@functools.cache
def list_url(entity: str) -> str:
    """The address of an entity's list."""
    if entity == "customer":
        return reverse("customers:list")
    return reverse("records:list", args=[SLUGS[entity]])


def column_label(entity: str, name: str) -> str:
    """A column as a title."""
    words = {
        MONTHLY: _("MRR today"),
        "updated_at": _("Changed on"),
        "created_at": _("Known since"),
        "id": _("Latest"),
    }
    return str(words[name]) if name in words else labels.field(entity, name)
