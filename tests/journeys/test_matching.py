"""When duplicates are searched."""

from __future__ import annotations

import datetime as dt

import pytest
from procrastinate.contrib.django import app

from palier.database.isolation import company_scope
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.journeys.matching import TASK, ask_search, search_duplicates

COMPANY = 900_001
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def write(*records: Record) -> None:
    write_records(
        company_id=COMPANY,
        tool=Tool("crm", "CRM", "crm"),
        object_name="customer",
        entity="customer",
        records=records,
    )


def person(external_id: str, **fields: str) -> Record:
    return Record(
        external_id,
        {"name": "Zoé Fictive", "kind": "individual", "phone": "+33699000001", **fields},
    )


class TestSearchDuplicates:
    def test_searches_customers_then_contacts(self):
        with company_scope(COMPANY):
            found = search_duplicates(company_id=COMPANY, now=NOW)

        assert [one.entity for one in found] == ["customer", "contact"]

    def test_looks_again_at_what_it_merged(self):
        with company_scope(COMPANY):
            write(person("a"), person("b", city="Clairval"))

            found = search_duplicates(company_id=COMPANY, now=NOW)

        assert [(one.entity, one.merged) for one in found] == [
            ("customer", 1),
            ("customer", 0),
            ("contact", 0),
        ]

    def test_only_looks_at_what_is_new(self):
        with company_scope(COMPANY):
            write(person("a"))
            search_duplicates(company_id=COMPANY, now=NOW)

            found = search_duplicates(company_id=COMPANY, now=NOW)

        assert [one.compared for one in found] == [0, 0]


class TestAskSearch:
    def test_asks_once(self):
        assert ask_search(company_id=COMPANY) is not None
        assert ask_search(company_id=COMPANY) is None


class TestTasks:
    def test_are_known_to_the_worker(self):
        assert {TASK, "matching.search_of_the_night"} <= set(app.tasks)
