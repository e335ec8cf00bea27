"""Short words to write a company's rows in spec tables; what is not said takes an ordinary value."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from palier.hub.staging import annual_units


def day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def line(
    customer: int, start: str, end: str | None = None, amount: str | int = 100, **more: object
) -> dict[str, object]:
    """A recurring line: `amount` in euros per interval, a month unless said."""
    fields = {"interval": "month", "amount_minor": int(Decimal(str(amount)) * 100), **more}
    kept = {
        name: Decimal(str(value)) if name == "discount_percent" else value
        for name, value in fields.items()
    }
    return {
        "customer_id": customer,
        "starts_on": day(start),
        "ends_on": day(end),
        "currency": "EUR",
        "status": "active",
        **kept,
        "annual_units": annual_units(fields),
    }


def invoice(
    customer: int | None, issued: str, amount: int = 100, **more: object
) -> dict[str, object]:
    """An invoice of `amount` euros net and gross; days are given as text."""
    dated = {
        name: day(str(value)) if name.endswith("_on") else value for name, value in more.items()
    }
    return {
        "customer_id": customer,
        "issued_on": day(issued),
        "kind": "invoice",
        "status": "issued",
        "net_minor": amount * 100,
        "gross_minor": amount * 100,
        "currency": "EUR",
        **dated,
    }


def deal(customer: int | None, status: str = "open", **more: object) -> dict[str, object]:
    """A deal; days are given as text."""
    dated = {
        name: day(str(value)) if name.endswith("_on") else value for name, value in more.items()
    }
    return {
        "customer_id": customer,
        "status": status,
        "amount_minor": 10_000,
        "currency": "EUR",
        **dated,
    }


def step(deal: int, kind: str, on: str, **more: object) -> dict[str, object]:
    """One step of a deal's log."""
    return {"deal_id": deal, "kind": kind, "day": day(on), **more}


def spend(on: str, amount: int, channel: str = "search", **more: object) -> dict[str, object]:
    return {
        "day": day(on),
        "spend_minor": amount * 100,
        "channel": channel,
        "kind": "media",
        "currency": "EUR",
        **more,
    }


def euros(minor: Decimal | None) -> Decimal | None:
    """Minor units as euros and cents, as a page would show them."""
    return None if minor is None else (minor / 100).quantize(Decimal("0.01"))
