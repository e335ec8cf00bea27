"""What happened in the fictional company: plain objects that the exports, and the truth, are read from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

COMPANY_NAME = "Chronofable"
COMPANY_DESCRIPTION = {
    "fr": "Entreprise fictive d’une quinzaine de personnes : logiciel de planification pour ateliers, et services.",
    "en": "Fictional company of fifteen people: planning software for workshops, and services.",
}
DEFAULT_SEED = 2024
MONTHS = 36
"""Whole months of history before the month of `until`."""
CRM_REPLACED = 20
"""Month (from 0) whose first day is the first day of the second CRM."""

FOUNDER = "Hélène Vasseur"
FIRST_HIRE = "Karim Benali"
SECOND_HIRE = "Julie Moreau"
FIRST_HIRE_MONTH, SECOND_HIRE_MONTH = 14, 26

Status = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Period:
    """The three years: first day, first day after the data, and its months."""

    until: dt.date

    @property
    def first(self) -> dt.date:
        """First day of the history."""
        return dt.date(self.until.year - MONTHS // 12, self.until.month, 1)

    @property
    def last(self) -> dt.date:
        """Last day with data."""
        return self.until - dt.timedelta(days=1)

    @property
    def months(self) -> list[dt.date]:
        """First day of every month with at least one day of data."""
        found = [month_after(self.first, n) for n in range(MONTHS + 1)]
        return [month for month in found if month < self.until]

    @property
    def crm_replaced_on(self) -> dt.date:
        """First day of the second CRM."""
        return month_after(self.first, CRM_REPLACED)

    def month_number(self, day: dt.date) -> int:
        """Whole months between the first month and that of `day`."""
        return (day.year - self.first.year) * 12 + day.month - self.first.month


def month_after(day: dt.date, count: int = 1) -> dt.date:
    """First day of the month, `count` months later."""
    index = day.year * 12 + day.month - 1 + count
    return dt.date(index // 12, index % 12 + 1, 1)


def year_after(day: dt.date, count: int = 1) -> dt.date:
    """The same day, `count` years later; 29 February becomes the 28th."""
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + count)


@dataclass(slots=True)
class Contact:
    """A person at a company."""

    number: int
    first_name: str
    last_name: str
    job_title: str
    email: str
    phone: str
    opt_in: bool
    created_on: dt.date


@dataclass(slots=True, eq=False)
class Company:
    """A company that the fictional one has met. `siren` is None for those that have none."""

    number: int
    name: str
    legal_form: str
    siren: str | None
    address: str
    postcode: str
    city: str
    domain: str
    phone: str
    industry: str
    headcount: str
    channel: str
    created_on: dt.date
    renamed: str = ""
    billing_number: int = 0
    contacts: list[Contact] = field(default_factory=list)

    @property
    def legal_name(self) -> str:
        """Its present name with the legal form."""
        return f"{self.renamed or self.name} {self.legal_form}".strip()


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a deal's stage. `kind` is a deal event kind of the hub."""

    kind: str
    from_stage: str
    to_stage: str
    at: dt.datetime
    actor: str


@dataclass(slots=True, eq=False)
class Deal:
    """An opportunity, as known on the last day."""

    number: int
    company: Company
    contact: Contact
    title: str
    amount: int
    channel: str
    owner: str
    opened_on: dt.date
    status: Status = "open"
    stage: str = "Nouveau"
    demo_on: dt.date | None = None
    closed_on: dt.date | None = None
    lost_reason: str = ""
    seats: int = 0
    steps: list[Step] = field(default_factory=list)

    @property
    def last_change(self) -> dt.datetime:
        """When its last step was made."""
        return self.steps[-1].at


@dataclass(slots=True)
class Line:
    """A recurring line: price per seat and interval, in cents; `ends_on` is exclusive."""

    starts_on: dt.date
    amount: int
    quantity: int
    interval: Literal["month", "year"]
    plan: str
    ends_on: dt.date | None = None
    discount: int = 0
    status: Literal["trial", "active", "paused"] = "active"
    end_reason: str = ""

    @property
    def annual_units(self) -> int:
        """Annualised cents × 6,000 (the revenue specification's unit, exact)."""
        if self.status != "active":
            return 0
        per_year = 12 if self.interval == "month" else 1
        return self.amount * self.quantity * (100 - self.discount) * per_year * 60

    def covers(self, day: dt.date) -> bool:
        """Whether the service runs on that day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription and its successive lines."""

    number: int
    company: Company
    lines: list[Line]
    cancel_on: dt.date | None = None

    @property
    def ended_on(self) -> dt.date | None:
        """First day without it."""
        return self.lines[-1].ends_on

    def change(self, on: dt.date, **values: object) -> Line:
        """Close the running line on that day and open its successor with `values` changed."""
        last = self.lines[-1]
        changed = Line(
            on,
            last.amount,
            last.quantity,
            last.interval,
            last.plan,
            discount=last.discount,
            status=last.status,
        )
        for name, value in values.items():
            setattr(changed, name, value)
        if last.starts_on >= on:
            changed.starts_on = last.starts_on
            self.lines[-1] = changed
        else:
            last.ends_on = on
            self.lines.append(changed)
        return changed

    def end(self, on: dt.date, reason: str) -> None:
        """Stop it: `on` is the first day without service."""
        self.lines[-1].ends_on = max(on, self.lines[-1].starts_on + dt.timedelta(days=1))
        self.lines[-1].end_reason = reason


@dataclass(slots=True)
class InvoiceLine:
    """One line of an invoice, in cents before tax."""

    product: str
    label: str
    quantity: int
    net: int


@dataclass(slots=True, eq=False)
class Payment:
    """Money received (or given back, negative), in cents."""

    number: int
    invoice: Invoice
    paid_on: dt.date
    amount: int
    method: str


@dataclass(slots=True, eq=False)
class Invoice:
    """An invoice or, with negative amounts, a credit note."""

    company: Company
    issued_on: dt.date
    due_on: dt.date
    lines: list[InvoiceLine]
    number: str = ""
    credits: str = ""
    settled_on: dt.date | None = None
    payments: list[Payment] = field(default_factory=list)

    @property
    def net(self) -> int:
        """Total before tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """VAT at 20 %, half away from zero as invoicing tools round it."""
        net = self.net
        return (abs(net) + 2) // 5 * (1 if net >= 0 else -1)

    @property
    def gross(self) -> int:
        """Total with tax."""
        return self.net + self.tax

    @property
    def paid(self) -> int:
        """What has been paid."""
        return sum(payment.amount for payment in self.payments)


@dataclass(frozen=True, slots=True)
class AdDay:
    """What one campaign cost and brought on one day."""

    day: dt.date
    channel: str
    campaign: str
    spend: int
    impressions: int
    clicks: int
    conversions: int
    final: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of the monthly sheet of acquisition costs, in cents. `kind` is the hub's spend kind."""

    month: dt.date
    kind: str
    label: str
    channel: str
    amount: int


@dataclass(slots=True)
class Ticket:
    """A support request."""

    number: int
    company: Company | None
    email: str
    domain: str
    subject: str
    category: str
    priority: str
    opened_at: dt.datetime
    first_reply_minutes: int
    solved_at: dt.datetime | None
    score: int | None


@dataclass(slots=True)
class World:
    """Everything that happened."""

    period: Period
    seed: int
    companies: list[Company] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    ads: list[AdDay] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
