"""Reading the hub: lists, one record in full, where each value comes from, what happened to it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from palier.database.isolation import company_scope
from palier.hub import queries
from palier.hub.models import Customer, ImportBatch, Invoice
from palier.hub.operations import write_records
from palier.hub.pins import pin_field, unpin_field
from palier.hub.queries import listing
from palier.hub.queries.conditions import Condition, FilterUnknown, FilterValueUnusable
from palier.hub.queries.listing import (
    Asked,
    CursorUnusable,
    SortUnusable,
    count_rows,
    iterate_rows,
    list_ids,
    list_rows,
)
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records
from palier.kernel.money import Money

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)


def write(company, entity, *records, tool="crm", batch=None):
    return write_records(
        company_id=company,
        tool=Tool(tool, tool.title(), tool),
        object_name=entity,
        entity=entity,
        records=records,
        batch_id=batch,
    )


def page(company, entity="customer", fields=("name",), **options):
    return list_rows(
        company_id=company,
        entity=entity,
        asked=Asked(**{"sort": "name"} | options),
        custom={},
        fields=fields,
    )


def count(company, **options):
    return count_rows(company_id=company, entity="customer", asked=Asked(**options), custom={})


def names(found):
    return [row.values["name"] for row in found.rows]


def full(company, **options):
    public_id = Customer.objects.get(company_id=company, deleted_at=None).public_id
    return queries.get_customer(company_id=company, public_id=public_id, today=TODAY, **options)


def field(record, name):
    return next(one for one in record.fields if one.name == name)


@pytest.fixture
def directory(company):
    write(
        company,
        "customer",
        Record(
            "1",
            {
                "name": "Épicerie du Port",
                "city": "Nantes",
                "stage": "customer",
                "first_won_on": "2025-03-01",
                "siren": "552100554",
            },
        ),
        Record(
            "2",
            {
                "name": "Atelier Brun",
                "city": "Lyon",
                "stage": "prospect",
                "email": "contact@atelier-brun.example",
            },
        ),
        Record(
            "3",
            {
                "name": "zinguerie Morel",
                "stage": "customer",
                "first_won_on": "2024-01-15",
                "domain": "morel.example",
            },
        ),
        Record("4", {"name": "Eau & Fils 100 %", "stage": "churned"}),
    )
    return company


class TestListRows:
    def test_sorts_names_as_french_readers_do(self, directory):
        assert names(page(directory)) == [
            "Atelier Brun",
            "Eau & Fils 100 %",
            "Épicerie du Port",
            "zinguerie Morel",
        ]
        assert names(page(directory, sort="-name"))[0] == "zinguerie Morel"

    def test_sorts_by_day_with_the_unknown_first(self, directory):
        assert names(page(directory, sort="-first_won_on"))[:2] == [
            "Épicerie du Port",
            "zinguerie Morel",
        ]

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            ("epicerie", ["Épicerie du Port"]),
            ("PORT épi", ["Épicerie du Port"]),
            ("552 100", ["Épicerie du Port"]),
            ("atelier-brun.ex", ["Atelier Brun"]),
            ("morel.example", ["zinguerie Morel"]),
            ("100 %", ["Eau & Fils 100 %"]),
            ("_", []),
            ("personne", []),
        ],
    )
    def test_finds_by_part_of_a_name_address_site_or_number(self, directory, search, expected):
        assert names(page(directory, search=search)) == expected

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (Condition("stage", "is", "customer"), ["Épicerie du Port", "zinguerie Morel"]),
            (Condition("first_won_on", "from", "2025-01-01"), ["Épicerie du Port"]),
            (Condition("city", "known", "false"), ["Eau & Fils 100 %", "zinguerie Morel"]),
            (Condition("city", "contains", "NANT"), ["Épicerie du Port"]),
        ],
    )
    def test_filters_and_counts_what_is_left(self, directory, condition, expected):
        assert names(page(directory, conditions=[condition])) == expected
        assert count(directory, conditions=[condition]) == (len(expected), True)

    @pytest.mark.parametrize(
        ("options", "refusal"),
        [
            ({"conditions": [Condition("nonsense", "is", "x")]}, FilterUnknown),
            ({"conditions": [Condition("stage", "is", "'; drop")]}, FilterValueUnusable),
            ({"sort": "nonsense"}, SortUnusable),
            ({"sort": "-prov"}, SortUnusable),
        ],
    )
    def test_refuses_what_it_does_not_know(self, directory, options, refusal):
        with pytest.raises(refusal):
            page(directory, **options)

    def test_names_parents_and_finds_by_their_name(self, directory):
        write(
            directory,
            "deal",
            Record("D1", {"name": "Halle", "customer": ["customer", "1"], "amount_minor": 5}),
            Record("D2", {"name": "Quai", "customer": ["customer", "2"]}),
        )
        found = page(
            directory,
            "deal",
            ("name", "customer", "amount_minor"),
            conditions=[Condition("customer", "contains", "epicerie")],
        )
        (row,) = found.rows
        assert (row.values["name"], row.values["customer"].label, row.values["amount_minor"]) == (
            "Halle",
            "Épicerie du Port",
            5,
        )

    @pytest.mark.parametrize(
        "sort",
        ["name", "-name", "first_won_on", "-first_won_on", "city", "owner", "-id", "-updated_at"],
    )
    def test_turns_pages_both_ways_without_losing_anybody(self, company, sort):
        write(
            company,
            "customer",
            *(
                Record(str(n), {"name": f"Client {n % 4}", "first_won_on": f"2025-01-0{1 + n % 3}"})
                for n in range(11)
            ),
        )
        whole = [row.id for row in page(company, sort=sort).rows]
        first = page(company, sort=sort, limit=4)
        second = page(company, sort=sort, limit=4, cursor=first.next)
        third = page(company, sort=sort, limit=4, cursor=second.next)
        back = page(company, sort=sort, limit=4, cursor=third.previous)

        assert [row.id for turned in (first, second, third) for row in turned.rows] == whole
        assert (first.previous, third.next) == ("", "")
        assert [row.id for row in back.rows] == [row.id for row in second.rows]
        assert page(company, sort=sort, limit=4, cursor=second.previous).previous == ""

    @pytest.mark.parametrize("cursor", ["x", "é", "W10", "W10.x", "WyJuIiwxXQ.0000000000000000"])
    def test_refuses_a_spoilt_cursor(self, directory, cursor):
        with pytest.raises(CursorUnusable):
            page(directory, cursor=cursor)

    def test_refuses_the_cursor_of_another_list(self, directory):
        following = page(directory, limit=2).next
        with pytest.raises(CursorUnusable):
            page(directory, limit=2, sort="city", cursor=following)

    def test_estimates_beyond_what_is_worth_counting(self, directory, monkeypatch):
        monkeypatch.setattr(listing, "COUNTED", 2)
        total, exact = count(directory)
        assert not exact
        assert total >= 3

    def test_asks_one_question_whatever_the_number(self, directory):
        with CaptureQueriesContext(connection) as asked:
            page(directory)
        assert len(asked) == 1

    def test_goes_through_all_in_order(self, directory):
        options = {"company_id": directory, "entity": "customer", "custom": {}}
        asked = Asked(sort="-name")
        found = iterate_rows(**options, asked=asked, fields=["name"])
        assert [row.values["name"] for row in found] == names(page(directory, sort="-name"))
        assert len(list_ids(**options, asked=asked, limit=3)) == 3


class TestMonthlyByCustomer:
    def test_tells_the_recurring_revenue_of_today(self, company):
        write(company, "customer", Record("1", {"name": "Atelier"}))
        write(
            company,
            "recurring_line",
            Record(
                "a",
                {
                    "customer": ["customer", "1"],
                    "starts_on": "2026-01-01",
                    "amount_minor": 120_000,
                    "interval": "year",
                },
            ),
            Record(
                "b",
                {
                    "customer": ["customer", "1"],
                    "starts_on": "2026-01-01",
                    "ends_on": "2026-11-24",
                    "amount_minor": 5_000,
                    "interval": "month",
                },
            ),
            Record(
                "c",
                {
                    "customer": ["customer", "1"],
                    "starts_on": "2026-01-01",
                    "ends_on": "2026-11-23",
                    "amount_minor": 9_999,
                    "interval": "month",
                },
            ),
            Record(
                "d",
                {
                    "customer": ["customer", "1"],
                    "starts_on": "2026-01-01",
                    "amount_minor": 9_999,
                    "interval": "month",
                    "status": "paused",
                },
            ),
            Record(
                "e",
                {
                    "customer": ["customer", "1"],
                    "starts_on": "2026-11-24",
                    "amount_minor": 9_999,
                    "interval": "month",
                },
            ),
        )
        number = Customer.objects.get().pk
        found = queries.monthly_by_customer(
            company_id=company, ids=[number], today=TODAY, currency="EUR"
        )
        assert found == {number: (Money(15_000, "EUR"),)}

    def test_shows_nobody_of_another_company(self, directory):
        with company_scope(900_002):
            assert page(900_002).rows == page(directory).rows == ()
            assert count(directory) == (0, True)


class TestGetCustomer:
    def test_tells_where_each_field_comes_from(self, company):
        write(
            company,
            "customer",
            Record(
                "C1", {"name": "Atelier", "city": "Lyon", "siren": "552100554"}, {"Nom": "Atelier"}
            ),
        )
        write(
            company,
            "customer",
            Record("F1", {"name": "ATELIER SARL", "city": "Nantes", "siren": "552100554"}),
            tool="billing",
        )

        found = full(company)

        name, city = field(found, "name"), field(found, "city")
        assert (name.value, name.origin.tool_label, name.origin.external_id) == (
            "Atelier",
            "Crm",
            "C1",
        )
        assert (city.value, city.origin.tool_label) == ("Nantes", "Billing")
        assert {(one.tool_label, one.value, one.chosen) for one in city.said} == {
            ("Billing", "Nantes", True),
            ("Crm", "Lyon", False),
        }
        assert city.disputed
        assert not field(found, "siren").disputed
        assert field(found, "domain").origin is None
        assert [(one.tool, one.payload) for one in found.sources if one.payload] == [
            ("crm", {"Nom": "Atelier"})
        ]

    def test_gathers_what_hangs_on_it(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier"}))
        to = ["customer", "C1"]
        write(
            company,
            "contact",
            Record("K1", {"customer": to, "first_name": "Zoé", "last_name": "Petit"}),
        )
        write(
            company,
            "deal",
            Record(
                "D1",
                {
                    "customer": to,
                    "name": "Projet",
                    "status": "won",
                    "won_on": "2026-02-01",
                    "amount_minor": 100,
                },
            ),
        )
        write(company, "subscription", Record("S1", {"customer": to, "plan": "Pro"}))
        write(
            company,
            "recurring_line",
            Record(
                "L1",
                {
                    "customer": to,
                    "subscription": ["subscription", "S1"],
                    "starts_on": "2026-01-01",
                    "amount_minor": 100,
                    "interval": "month",
                },
            ),
        )
        write(
            company,
            "event",
            Record(
                "E1",
                {
                    "customer": to,
                    "name": "support.ticket",
                    "occurred_at": "2026-01-01T00:00:00+00:00",
                },
            ),
        )

        found = full(company)

        assert [one.name for one in found.contacts.rows] == ["Zoé Petit"]
        assert (found.deals.total, found.deals.rows[0].closed_on) == (1, dt.date(2026, 2, 1))
        assert [len(one.lines) for one in found.subscriptions.rows] == [1]
        assert found.loose_lines == ()
        assert [one.name for one in found.events.rows] == ["support.ticket"]

    def test_computes_what_is_invoiced_owed_and_late(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier"}))
        to = ["customer", "C1"]
        write(
            company,
            "invoice",
            Record(
                "paid",
                {
                    "customer": to,
                    "issued_on": "2026-01-10",
                    "net_minor": 10_000,
                    "gross_minor": 12_000,
                },
            ),
            Record(
                "part",
                {
                    "customer": to,
                    "issued_on": "2026-02-10",
                    "due_on": "2026-03-10",
                    "net_minor": 10_000,
                    "gross_minor": 12_000,
                },
            ),
            Record(
                "open",
                {
                    "customer": to,
                    "issued_on": "2026-11-10",
                    "due_on": "2026-12-10",
                    "net_minor": 1_000,
                    "gross_minor": 1_200,
                },
            ),
            Record(
                "credit",
                {
                    "customer": to,
                    "kind": "credit_note",
                    "issued_on": "2026-11-11",
                    "settled_on": "2026-11-11",
                    "net_minor": 500,
                    "gross_minor": 600,
                },
            ),
            Record(
                "old",
                {
                    "customer": to,
                    "issued_on": "2025-11-23",
                    "settled_on": "2025-11-30",
                    "net_minor": 7_777,
                },
            ),
            Record(
                "draft",
                {"customer": to, "issued_on": "2026-11-12", "net_minor": 9_999, "status": "draft"},
            ),
        )
        write(
            company,
            "payment",
            Record(
                "p1",
                {"invoice": ["invoice", "paid"], "paid_on": "2026-02-01", "amount_minor": 12_000},
            ),
            Record(
                "p2",
                {"invoice": ["invoice", "part"], "paid_on": "2026-04-01", "amount_minor": 5_000},
            ),
            Record(
                "p3",
                {
                    "invoice": ["invoice", "part"],
                    "paid_on": "2026-04-02",
                    "amount_minor": 7_000,
                    "status": "failed",
                },
            ),
        )
        found = full(company)

        assert found.figures.revenue == (Money(20_500, "EUR"),)
        assert found.figures.owed == (Money(8_200, "EUR"),)
        assert found.figures.late == (Money(7_000, "EUR"),)
        assert found.figures.monthly == ()
        assert (found.figures.invoiced, found.figures.recurring) == (True, False)
        assert [
            len(one.paid) for one in found.invoices.rows if one.net == Money(10_000, "EUR")
        ] == [2, 1]

    def test_shows_few_rows_until_all_are_asked_for(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier"}))
        write(
            company,
            "invoice",
            *(
                Record(
                    str(n), {"customer": ["customer", "C1"], "issued_on": f"2026-01-{n + 1:02d}"}
                )
                for n in range(15)
            ),
        )
        few, whole = full(company).invoices, full(company, whole="invoices").invoices

        assert (len(few.rows), few.total, len(whole.rows)) == (10, 15, 15)
        assert few.rows[0].issued_on == dt.date(2026, 1, 15)

    def test_asks_as_many_questions_for_much_as_for_little(self, company):
        def fill(count):
            write(
                company,
                "customer",
                Record("C1", {"name": f"Atelier {count}", "siren": "552100554"}),
            )
            for entity, extra in (
                ("contact", {}),
                ("deal", {}),
                ("invoice", {"issued_on": "2026-01-01"}),
                ("payment", {"paid_on": "2026-01-01", "amount_minor": 5}),
            ):
                write(
                    company,
                    entity,
                    *(
                        Record(str(n), {"customer": ["customer", "C1"], **extra})
                        for n in range(count)
                    ),
                )

        fill(1)
        with CaptureQueriesContext(connection) as little:
            full(company)
        fill(9)
        with CaptureQueriesContext(connection) as much:
            full(company)
        assert (
            len(much) <= len(little) + 3
        )  # past states and merges are read once there are several sources
        assert len(much) < 25

    def test_refuses_what_is_gone_or_not_ours(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier"}), batch=1)
        public_id = Customer.objects.get().public_id
        with pytest.raises(queries.CustomerUnknown):
            queries.get_customer(company_id=company, public_id=uuid.uuid4(), today=TODAY)
        with company_scope(900_002), pytest.raises(queries.CustomerUnknown):
            queries.get_customer(company_id=900_002, public_id=public_id, today=TODAY)
        undo_records(company_id=company, batch_id=1, person_id=None)
        with pytest.raises(queries.CustomerUnknown):
            queries.get_customer(company_id=company, public_id=public_id, today=TODAY)


def told(found):
    return [
        (entry.op, entry.origin, [(c.field, c.before, c.after, c.known) for c in entry.changes])
        for entry in found.history
    ]


class TestHistory:
    def test_tells_old_and_new_values_through_several_imports(self, company):
        for city in ("Lyon", "Nantes", "Brest"):
            write(company, "customer", Record("C1", {"name": "Atelier", "city": city}))
        assert told(full(company)) == [
            ("update", "import", [("city", "Nantes", "Brest", True)]),
            ("update", "import", [("city", "Lyon", "Nantes", True)]),
            ("create", "import", []),
        ]

    def test_names_tool_import_and_person(self, company):
        batch = ImportBatch.objects.create(company_id=company, status="undone")
        write(company, "customer", Record("C1", {"name": "Atelier"}), batch=batch.pk)
        (entry,) = full(company).history
        assert (entry.tool_label, entry.batch_id, entry.batch_undone, entry.person) == (
            "Crm",
            batch.pk,
            True,
            "",
        )

    def test_says_only_the_field_when_sources_disagreed(self, company):
        write(
            company,
            "customer",
            Record("C1", {"name": "Atelier", "siren": "552100554", "city": "Lyon"}),
        )
        write(
            company,
            "customer",
            Record("F1", {"name": "Atelier", "siren": "552100554", "city": "Nantes"}),
            tool="billing",
        )
        write(
            company,
            "customer",
            Record("F1", {"name": "Atelier", "siren": "552100554", "city": "Brest"}),
            tool="billing",
        )

        assert told(full(company))[0] == ("update", "import", [("city", None, None, False)])

    def test_tells_a_correction_and_its_author_but_invents_nothing_after(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier", "city": "Lyon"}))
        public_id = Customer.objects.get().public_id
        pin_field(
            company_id=company,
            entity="customer",
            public_id=public_id,
            field="city",
            value="Nantes",
            person_id=7,
        )
        assert told(full(company))[0] == ("update", "pin", [("city", "Lyon", "Nantes", True)])
        unpin_field(
            company_id=company, entity="customer", public_id=public_id, field="city", person_id=7
        )
        assert [entry[2] for entry in told(full(company))][:2] == [
            [("city", None, None, False)],
            [("city", None, None, False)],
        ]


class TestGetRecord:
    def test_gives_an_invoice_with_its_parent_and_its_row(self, company):
        write(company, "customer", Record("C1", {"name": "Atelier"}))
        write(
            company,
            "invoice",
            Record(
                "F1",
                {
                    "customer": ["customer", "C1"],
                    "number": "F-1",
                    "issued_on": "2026-01-01",
                    "currency": "CHF",
                },
                {"Numéro": "F-1"},
            ),
            batch=4,
        )

        found = queries.get_record(
            company_id=company, entity="invoice", record_id=Invoice.objects.get().pk
        )

        assert (found.label, found.currency) == ("F-1", "CHF")
        assert field(found, "customer").value.label == "Atelier"
        assert (found.sources[0].payload, found.sources[0].batch_id) == ({"Numéro": "F-1"}, 4)

    @pytest.mark.parametrize("entity", ["customer", "invoice", "nonsense"])
    def test_refuses_what_does_not_exist(self, company, entity):
        with pytest.raises(queries.RecordUnknown):
            queries.get_record(company_id=company, entity=entity, record_id=1)

    def test_reads_every_entity(self, company):
        from palier.hub.schema import ENTITIES

        sample = {
            "text": "x",
            "int": 1,
            "money": 1,
            "decimal": "1",
            "share": "0.5",
            "date": "2026-01-01",
            "datetime": "2026-01-01T00:00:00+00:00",
            "bool": False,
            "json": {"a": 1},
            "ref": ["customer", "x"],
        }
        for entity in ENTITIES.values():
            fields = {
                one.name: one.choices[0] if one.type == "choice" else sample[one.type]
                for one in entity.fields
            }
            assert (
                write(
                    company, entity.name, Record("x", {**fields, "custom.extra": "plus"})
                ).rejections
                == []
            )
            from palier.hub.queries.values import model_of

            row = model_of(entity.name).objects.filter(custom__isnull=False).order_by("pk").last()
            found = queries.get_record(company_id=company, entity=entity.name, record_id=row.pk)
            assert len(found.fields) == len(entity.fields) + 1, entity.name
            assert found.sources, entity.name
            assert all(one.origin for one in found.fields if one.value is not None), entity.name
            assert field(found, "custom.extra").value == "plus"
