"""Tokens of a workshop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from palier.accounts import tokens
from palier.accounts.permissions import Role
from palier.accounts.tokens import Scope, TokenMade
from palier.hub.records import Record


@pytest.fixture
def make_token(workshop) -> Callable[..., TokenMade]:
    """A token of the workshop's, made by its leader."""

    def act(name: str = "Boutique", **more) -> TokenMade:
        given = {"tool": "boutique", "scopes": [Scope.READ_RECORDS], "now": timezone.now(), **more}
        with workshop.scope():
            return tokens.make_token(author=workshop.people[Role.LEADER], name=name, **given)

    return act


@pytest.fixture
def lumen(workshop) -> None:
    """A customer that the CRM and the invoicing tool call differently."""
    siren = {"siren": "732829320"}
    workshop.write("customer", Record("C1", {"name": "Lumen", "city": "Lyon", **siren}), tool="crm")
    workshop.write(
        "customer", Record("F1", {"name": "LUMEN SARL", "city": "Paris", **siren}), tool="billing"
    )
