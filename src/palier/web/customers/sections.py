"""The parts of a customer’s page: lead, figures, and the tables of what hangs on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from palier.hub.queries import Customer, InvoiceRow, LineRow, Some, SubscriptionRow
from palier.kernel.money import Money
from palier.web import formats
from palier.web.components import Cell, Column, Figure, Row, Status, Table
from palier.web.records.shown import TONES, sums, text_of, unbroken
from palier.wording import labels


@dataclass(frozen=True, slots=True)
class Section:
    """One table of related records, and how to see all of it."""

    code: str
    title: str
    table: Table
    nothing: str
    more: str = ""


def stage(code: str | None) -> Status:
    """A customer’s stage as a state."""
    return _state("customer", "stage", code)


def _state(entity: str, name: str, code: str | None) -> Status:
    if code is None:
        return Status(formats.UNKNOWN)
    tone = TONES.get(f"{entity}.{name}:{code}", "idle")
    icon = {"customer": "circle-check", "prospect": "circle", "churned": "circle-x"}.get(code, "")
    return Status(labels.choice(entity, name, code), tone, icon)


def lead(customer: Customer) -> str:
    """One line that says who this is."""
    values = {one.name: one.value for one in customer.fields}
    parts = [str(values[name]) for name in ("city", "industry", "owner") if values.get(name)]
    since = values.get("first_won_on")
    if isinstance(since, dt.date):
        parts.append(_("customer since %(day)s") % {"day": formats.day(since)})
    return " · ".join(parts)


def figures(customer: Customer, today: dt.date) -> list[Figure]:
    """Recurring revenue, revenue of a year, what is owed: from the hub’s own rows."""
    found, day = customer.figures, formats.day(today, form="medium")
    nothing = formats.money(0)
    monthly = sums(found.monthly) or nothing if found.recurring else None
    revenue = sums(found.revenue) or nothing if found.invoiced else None
    owed = sums(found.owed) or nothing if found.invoiced else None
    late = (
        Status(_("of which late: %(amount)s") % {"amount": sums(found.late)}, "bad")
        if found.late
        else None
    )
    return [
        Figure(
            _("Monthly recurring revenue"),
            monthly,
            pgettext("as at a day", "on %(day)s") % {"day": day},
            reason=_("No subscription is known for this customer."),
        ),
        Figure(
            _("Revenue invoiced"),
            revenue,
            _("over the last 12 months, without tax"),
            reason=_("No invoice is known for this customer."),
        ),
        Figure(
            _("Owed"),
            owed,
            _("on %(day)s, with tax") % {"day": day},
            reason=_("No invoice is known for this customer."),
            status=late,
        ),
    ]


def related(customer: Customer, today: dt.date) -> list[Section]:
    """The tables of the page, in the order of a customer’s life."""
    return [
        _contacts(customer),
        _deals(customer),
        _subscriptions(customer),
        _invoices(customer, today),
        _events(customer),
    ]


def _section(
    code: str,
    name: str,
    some: Some[object],
    *,
    columns: Sequence[Column],
    rows: Sequence[Row],
    nothing: str,
) -> Section:
    more = ""
    if some.total > len(some.rows):
        more = ngettext("Show the %(count)s row", "Show all %(count)s rows", some.total) % {
            "count": formats.number(some.total)
        }
    return Section(
        code, name, Table(name, columns, rows, compact=True, hide_caption=True), nothing, more
    )


def _record(entity: str, id_: int) -> str:
    return reverse("customers:record", args=[entity, id_])


def _amount(money: Money | None) -> str:
    return formats.money(money.minor, money.currency, cents=True) if money else formats.UNKNOWN


def _day(day: dt.date | None) -> SafeString:
    return unbroken(formats.day(day, form="medium"))


def _contacts(customer: Customer) -> Section:
    rows = [
        Row(
            [
                Cell(one.name or formats.UNKNOWN, _record("contact", one.id)),
                one.job_title or formats.UNKNOWN,
                one.email or formats.UNKNOWN,
                unbroken(text_of("contact", "phone", "text", one.phone, currency="")),
            ]
        )
        for one in customer.contacts.rows
    ]
    columns = [Column(_("Name")), Column(_("Job title")), Column(_("E-mail")), Column(_("Phone"))]
    return _section(
        "contacts",
        labels.entity("contact", many=True),
        customer.contacts,
        columns=columns,
        rows=rows,
        nothing=_("No contact is known."),
    )


def _deals(customer: Customer) -> Section:
    rows = [
        Row(
            [
                Cell(one.name or formats.UNKNOWN, _record("deal", one.id)),
                Cell(
                    status=_state("deal", "status", one.status),
                    note=one.lost_reason or (one.stage or "") if one.status != "won" else "",
                ),
                _day(one.opened_on),
                _day(one.closed_on),
                one.owner or formats.UNKNOWN,
                _amount(one.amount),
            ]
        )
        for one in customer.deals.rows
    ]
    columns = [
        Column(_("Deal")),
        Column(_("Status")),
        Column(_("Opened on")),
        Column(_("Closed on")),
        Column(_("Owner")),
        Column(_("Amount"), numeric=True),
    ]
    return _section(
        "deals",
        labels.entity("deal", many=True),
        customer.deals,
        columns=columns,
        rows=rows,
        nothing=_("No deal is known."),
    )


def _subscriptions(customer: Customer) -> Section:
    rows: list[Row] = []
    for one in customer.subscriptions.rows:
        rows.append(
            Row(
                [
                    Cell(
                        one.plan or labels.entity("subscription"), _record("subscription", one.id)
                    ),
                    Cell(status=_state("subscription", "status", one.status)),
                    _day(one.started_on),
                    _day(one.ended_on),
                    _subscribed(one),
                ]
            )
        )
        rows += [_line(line, indent=True) for line in one.lines]
    rows += [_line(line, indent=False) for line in customer.loose_lines]
    columns = [
        Column(_("Subscription")),
        Column(_("Status")),
        Column(_("From")),
        Column(_("Until (excluded)")),
        Column(_("Amount"), numeric=True),
    ]
    return _section(
        "subscriptions",
        labels.entity("subscription", many=True),
        customer.subscriptions,
        columns=columns,
        rows=rows,
        nothing=_("No subscription is known."),
    )


def _subscribed(one: SubscriptionRow) -> str:
    return _("%(amount)s a month") % {"amount": _amount(one.monthly)} if one.monthly else ""


def _line(line: LineRow, *, indent: bool) -> Row:
    amount = _amount(line.amount)
    if line.quantity != 1:
        amount = f"{formats.number(line.quantity)} × {amount}"
    word = labels.choice("recurring_line", "interval", line.interval or "").lower()
    if line.interval_count == 1:
        term = pgettext("price", "%(amount)s / %(period)s") % {"amount": amount, "period": word}
    else:
        term = pgettext("price", "%(amount)s / %(count)s × %(period)s") % {
            "amount": amount,
            "count": line.interval_count,
            "period": word,
        }
    name = line.plan or labels.entity("recurring_line")
    return Row(
        [
            Cell(f"– {name}" if indent else name, _record("recurring_line", line.id)),
            Cell(status=_state("subscription", "status", line.status))
            if line.status and line.status != "active"
            else "",
            _day(line.starts_on),
            _day(line.ends_on),
            term,
        ]
    )


def _invoices(customer: Customer, today: dt.date) -> Section:
    rows = [
        Row(
            [
                Cell(
                    unbroken(one.number or labels.choice("invoice", "kind", one.kind)),
                    _record("invoice", one.id),
                ),
                labels.choice("invoice", "kind", one.kind),
                _day(one.issued_on),
                _day(one.due_on),
                _paid(one, today),
                _amount(one.net),
                _amount(one.gross),
            ]
        )
        for one in customer.invoices.rows
    ]
    columns = [
        Column(_("Number")),
        Column(_("Kind")),
        Column(_("Issued on")),
        Column(_("Due on")),
        Column(_("Paid")),
        Column(_("Without tax"), numeric=True),
        Column(_("With tax"), numeric=True),
    ]
    return _section(
        "invoices",
        labels.entity("invoice", many=True),
        customer.invoices,
        columns=columns,
        rows=rows,
        nothing=_("No invoice is known."),
    )


def _paid(one: InvoiceRow, today: dt.date) -> Cell | str:
    """The day of the last payment, or where the invoice stands."""
    if one.settled_on:
        return _day(one.settled_on)
    if one.paid:
        last = one.paid[-1]
        return Cell(_day(last.paid_on), _record("payment", last.id))
    if one.status in {"paid", "cancelled", "draft"}:
        return labels.choice("invoice", "status", one.status)
    if one.kind == "invoice" and one.due_on and one.due_on < today:
        return Cell(status=Status(_("late"), "bad"))
    return formats.UNKNOWN


def _events(customer: Customer) -> Section:
    rows = [
        Row(
            [
                Cell(labels.event(one.name), _record("event", one.id)),
                unbroken(formats.instant(one.occurred_at)),
            ]
        )
        for one in customer.events.rows
    ]
    return _section(
        "events",
        labels.entity("event", many=True),
        customer.events,
        rows=rows,
        columns=[Column(_("What happened")), Column(_("When"))],
        nothing=_("No event is known."),
    )
