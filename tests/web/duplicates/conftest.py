"""A company that has the same customer twice, and a pair to decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from palier.hub.models import Customer, MatchProposal, SourceRecord
from palier.hub.records import Record

REASONS = [
    {"field": "prior", "verdict": "", "weight": -12.0, "a": None, "b": None},
    {"field": "email", "verdict": "equal", "weight": 17.0, "a": "x", "b": "x"},
    {"field": "name", "verdict": "close", "weight": 4.3, "a": "a", "b": "b"},
    {"field": "postcode", "verdict": "different", "weight": -3.2, "a": "1", "b": "2"},
]


@pytest.fixture
def two(workshop, customer_of) -> tuple[Customer, Customer]:
    """The Épicerie, once from the CRM and once from the invoicing, each with an invoice."""
    mail = {"email": "bonjour@port.example"}
    workshop.write(
        "customer", Record("C1", {"name": "Épicerie du Port", "postcode": "44000", **mail})
    )
    workshop.write(
        "customer",
        Record("F9", {"name": "EPICERIE DU PORT", "postcode": "44100", **mail}),
        tool="billing",
    )
    for parent, tool in (("C1", "crm"), ("F9", "billing")):
        workshop.write(
            "invoice",
            Record(
                f"I-{parent}",
                {
                    "number": f"N-{parent}",
                    "issued_on": "2026-01-01",
                    "customer": ["customer", parent],
                },
            ),
            tool=tool,
        )
    return customer_of("C1"), customer_of("F9")


@pytest.fixture
def customer_of(workshop) -> Callable[[str], Customer]:
    """The customer that a tool’s record tells of."""

    def act(external_id: str) -> Customer:
        with workshop.scope():
            record = SourceRecord.objects.get(external_id=external_id)
            return Customer.objects.get(pk=record.entity_id)

    return act


@pytest.fixture
def propose(workshop) -> Callable[..., int]:
    """Propose a pair, as the nightly comparison does."""

    def act(a: Customer, b: Customer, **more: object) -> int:
        with workshop.scope():
            return MatchProposal.objects.create(
                company_id=workshop.company.id,
                entity="customer",
                a=min(a.pk, b.pk),
                b=max(a.pk, b.pk),
                weight=more.pop("weight", 6.1),
                explanation=REASONS,
                status="open",
                **more,
            ).pk

    return act
