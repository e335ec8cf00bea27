"""One customer in full: the record, what hangs on it, what happened to it, and every source behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window

from palier.hub import models
from palier.hub.queries.figures import CustomerFigures, get_figures
from palier.hub.queries.history import HistoryEntry, list_history
from palier.hub.queries.provenance import FieldValue, Source, list_fields, list_sources
from palier.hub.queries.values import Link, label_of
from palier.kernel.money import Money
from palier.kernel.refusals import Refusal

FEW = 10
"""Related records shown at first [ours]."""
MANY = 500
"""Related records shown when all are asked for [ours]."""

T_co = TypeVar("T_co", covariant=True)


class CustomerUnknown(Refusal):
    code = "hub.customer-unknown"
    message = "This customer does not exist, or no longer does."


@dataclass(frozen=True, slots=True)
class Some(Generic[T_co]):
    """The latest of a list, and how many there are in all."""

    rows: tuple[T_co, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: int
    name: str
    job_title: str | None
    email: str | None
    phone: str | None
    opt_in_email: bool | None


@dataclass(frozen=True, slots=True)
class DealRow:
    id: int
    name: str
    status: str | None
    stage: str | None
    amount: Money | None
    owner: str | None
    source_channel: str | None
    opened_on: dt.date | None
    demo_on: dt.date | None
    closed_on: dt.date | None
    lost_reason: str | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A stretch of a subscription at one price; `ends_on` is the first day without."""

    id: int
    plan: str | None
    amount: Money | None
    interval: str | None
    interval_count: int
    quantity: int
    status: str | None
    starts_on: dt.date | None
    ends_on: dt.date | None


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    id: int
    plan: str
    status: str | None
    monthly: Money | None
    billing_period: str | None
    started_on: dt.date | None
    ended_on: dt.date | None
    end_reason: str | None
    lines: tuple[LineRow, ...]


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice with what was paid of it."""

    id: int
    number: str
    kind: str
    status: str | None
    issued_on: dt.date | None
    due_on: dt.date | None
    settled_on: dt.date | None
    net: Money | None
    gross: Money | None
    paid: tuple[PaymentRow, ...]


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: int
    paid_on: dt.date
    amount: Money
    method: str | None


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    name: str
    occurred_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """Everything the page of a customer shows."""

    id: int
    public_id: UUID
    name: str
    stage: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    fields: tuple[FieldValue, ...]
    figures: CustomerFigures
    contacts: Some[ContactRow]
    deals: Some[DealRow]
    subscriptions: Some[SubscriptionRow]
    loose_lines: tuple[LineRow, ...]
    invoices: Some[InvoiceRow]
    events: Some[EventRow]
    history: tuple[HistoryEntry, ...]
    sources: tuple[Source, ...]


def find_customer_page(*, company_id: int, customer_id: int) -> UUID | None:
    """The public identifier of a customer's number."""
    found: UUID | None = (
        models.Customer.objects.filter(company_id=company_id, pk=customer_id, deleted_at=None)
        .values_list("public_id", flat=True)
        .first()
    )
    return found


def find_customer(*, company_id: int, public_id: UUID) -> Link | None:
    """A customer's number and name; None when it does not exist, or no longer does."""
    try:
        row = _row(company_id, public_id)
    except CustomerUnknown:
        return None
    return Link("customer", row.pk, row.public_id, label_of("customer", row))


def get_customer(
    *, company_id: int, public_id: UUID, today: dt.date, currency: str = "EUR", whole: str = ""
) -> Customer:
    """One customer with all that hangs on it; `whole` names the list that is wanted beyond its first rows.

    A constant number of queries. Raises: `CustomerUnknown`.
    """
    row = _row(company_id, public_id)
    money = _Money(currency)
    sources = list_sources(company_id=company_id, entity="customer", row=row)
    fields = list_fields(company_id=company_id, entity="customer", row=row, sources=sources)
    lines = _lines(company_id, row.pk, money)
    subscriptions = _subscriptions(company_id, row.pk, money, lines, whole)
    shown = {one.id for one in subscriptions.rows}
    return Customer(
        id=row.pk,
        public_id=row.public_id,
        name=label_of("customer", row),
        stage=row.stage,
        created_at=row.created_at,
        updated_at=row.updated_at,
        fields=fields,
        figures=get_figures(
            company_id=company_id, customer_id=row.pk, today=today, currency=currency
        ),
        contacts=_contacts(company_id, row.pk, whole),
        deals=_deals(company_id, row.pk, money, whole),
        subscriptions=subscriptions,
        loose_lines=tuple(
            one for parent, found in lines.items() if parent not in shown for one in found
        ),
        invoices=_invoices(company_id, row.pk, money, whole),
        events=_events(company_id, row.pk, whole),
        history=list_history(
            company_id=company_id, entity="customer", entity_id=row.pk, now=fields
        ),
        sources=sources,
    )


def _row(company_id: int, public_id: UUID) -> models.Customer:
    row = models.Customer.objects.filter(
        company_id=company_id, public_id=public_id, deleted_at=None
    ).first()
    if row is None:
        raise CustomerUnknown
    return row


@dataclass(frozen=True, slots=True)
class _Money:
    """Amounts in the row's currency, or in the company's."""

    currency: str

    def __call__(self, minor: int | None, row: Any) -> Money | None:
        return None if minor is None else Money(minor, row.currency or self.currency)


def _of(model: Any, company_id: int, customer_id: int, *order: Any) -> Any:
    found: QuerySet[Any] = model.objects.filter(
        company_id=company_id, customer_id=customer_id, deleted_at=None
    )
    return found.annotate(total=Window(Count("pk"))).order_by(*order)


def _some(rows: list[Any], make: Any) -> Any:
    return Some(tuple(map(make, rows)), rows[0].total if rows else 0)


def _latest(name: str) -> Any:
    return F(name).desc(nulls_last=True)


def _contacts(company_id: int, customer_id: int, whole: str) -> Some[ContactRow]:
    rows = _of(models.Contact, company_id, customer_id, "last_name", "first_name", "pk")
    found: Some[ContactRow] = _some(
        list(rows[: MANY if whole == "contacts" else FEW]),
        lambda row: ContactRow(
            row.pk, label_of("contact", row), row.job_title, row.email, row.phone, row.opt_in_email
        ),
    )
    return found


def _deals(company_id: int, customer_id: int, money: _Money, whole: str) -> Some[DealRow]:
    rows = _of(models.Deal, company_id, customer_id, _latest("opened_on"), "-pk")
    found: Some[DealRow] = _some(
        list(rows[: MANY if whole == "deals" else FEW]),
        lambda row: DealRow(
            row.pk,
            label_of("deal", row),
            row.status,
            row.stage,
            money(row.amount_minor, row),
            row.owner,
            row.source_channel,
            row.opened_on,
            row.demo_on,
            row.won_on or row.lost_on,
            row.lost_reason,
        ),
    )
    return found


def _lines(company_id: int, customer_id: int, money: _Money) -> dict[int | None, list[LineRow]]:
    """Recurring lines by subscription, latest first."""
    found: dict[int | None, list[LineRow]] = {}
    for row in _of(models.RecurringLine, company_id, customer_id, _latest("starts_on"), "-pk")[
        :MANY
    ]:
        line = LineRow(
            row.pk,
            row.plan,
            money(row.amount_minor, row),
            row.interval,
            row.interval_count or 1,
            row.quantity or 1,
            row.status,
            row.starts_on,
            row.ends_on,
        )
        found.setdefault(row.subscription_id, []).append(line)
    return found


def _subscriptions(
    company_id: int,
    customer_id: int,
    money: _Money,
    lines: dict[int | None, list[LineRow]],
    whole: str,
) -> Some[SubscriptionRow]:
    rows = _of(models.Subscription, company_id, customer_id, _latest("started_on"), "-pk")
    found: Some[SubscriptionRow] = _some(
        list(rows[: MANY if whole == "subscriptions" else FEW]),
        lambda row: SubscriptionRow(
            row.pk,
            row.plan or "",
            row.status,
            money(row.mrr_minor, row),
            row.billing_period,
            row.started_on,
            row.ended_on,
            row.end_reason,
            tuple(lines.get(row.pk, ())),
        ),
    )
    return found


def _invoices(company_id: int, customer_id: int, money: _Money, whole: str) -> Some[InvoiceRow]:
    rows = list(
        _of(models.Invoice, company_id, customer_id, _latest("issued_on"), "-pk")[
            : MANY if whole == "invoices" else FEW
        ]
    )
    payments: dict[int, list[PaymentRow]] = {}
    ids = [row.pk for row in rows]
    for one in models.Payment.objects.filter(
        company_id=company_id, invoice_id__in=ids, deleted_at=None
    ).order_by("paid_on", "pk"):
        amount = money(one.amount_minor, one)
        if one.invoice_id is not None and one.paid_on is not None and amount is not None:
            payments.setdefault(one.invoice_id, []).append(
                PaymentRow(one.pk, one.paid_on, amount, one.method)
            )
    found: Some[InvoiceRow] = _some(
        rows,
        lambda row: InvoiceRow(
            row.pk,
            label_of("invoice", row),
            row.kind or "invoice",
            row.status,
            row.issued_on,
            row.due_on,
            row.settled_on,
            money(row.net_minor, row),
            money(row.gross_minor, row),
            tuple(payments.get(row.pk, ())),
        ),
    )
    return found


def _events(company_id: int, customer_id: int, whole: str) -> Some[EventRow]:
    rows = _of(models.Event, company_id, customer_id, "-occurred_at", "-pk")
    found: Some[EventRow] = _some(
        list(rows[: MANY if whole == "events" else FEW]),
        lambda row: EventRow(row.pk, row.name or "", row.occurred_at),
    )
    return found
