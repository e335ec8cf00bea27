"""A workshop with some customers and deals, for the pages of data."""

from __future__ import annotations

import pytest

from palier.hub.records import Record


@pytest.fixture
def atelier(workshop):
    workshop.write(
        "customer",
        Record("C1", {"name": "Épicerie du Port", "city": "Nantes", "siren": "552100554"}),
        Record("C2", {"name": "Boulangerie Lune", "stage": "customer", "owner": "=Aline"}),
    )
    workshop.write(
        "deal",
        Record(
            "D1",
            {
                "name": "Halle",
                "customer": ["customer", "C1"],
                "amount_minor": 1_234_50,
                "status": "open",
                "stage": "Devis",
                "opened_on": "2026-03-01",
            },
        ),
        Record(
            "D2",
            {
                "name": "Quai",
                "customer": ["customer", "C2"],
                "amount_minor": 99_00,
                "stage": "Contact",
                "owner": "Bob",
            },
        ),
    )
    return workshop
