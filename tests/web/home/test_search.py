from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations
from palier.accounts.models import Person
from palier.database.isolation import company_scope
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

SECRET = "Chasse-Neige"


def _company(name: str) -> Client:
    email = f"leader@{operations.slug_of(name)}.example"
    operations.create_person(email=email, name=name, password="une longue phrase")
    founded = operations.create_company(name=name, owner_email=email, now=timezone.now())
    with company_scope(founded.company.id):
        write_records(
            company_id=founded.company.id,
            tool=Tool("crm"),
            object_name="customer",
            entity="customer",
            records=[Record("C1", {"name": f"Épicerie de {name}"})],
        )
    client = Client()
    client.force_login(Person.objects.get(email=email))
    return client


@pytest.mark.django_db
class TestSearch:
    def test_finds_metrics_and_customers_without_case_or_accents(self):
        client = _company("Verger Vert")

        assert "Épicerie de Verger Vert" in self.ask(client, "EPICERIE")
        assert "/metrics/customers.churn/" in self.ask(client, "attrition")

    def test_shows_nothing_of_another_company(self):
        _company(f"{SECRET} SA")

        assert SECRET not in self.ask(_company("Verger Vert"), "epicerie")

    def test_says_when_nothing_is_found(self):
        assert "Aucun client ni indicateur" in self.ask(_company("Verger Vert"), "introuvable")

    def test_answers_the_results_alone_to_htmx(self):
        client = _company("Verger Vert")
        page = client.get(reverse("home:search"), {"q": "epicerie"}, headers={"HX-Request": "true"})

        assert b"<html" not in page.content
        assert "Épicerie" in page.content.decode()

    def test_is_empty_before_anything_is_asked(self):
        assert "Aucun client" not in self.ask(_company("Verger Vert"), " ")

    def ask(self, client: Client, words: str) -> str:
        return client.get(reverse("home:search"), {"q": words}).content.decode()
