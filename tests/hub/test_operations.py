"""Writing through the one door."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from palier.hub.models import (
    Change,
    ChangeSet,
    Customer,
    Deal,
    DealEvent,
    Event,
    Invoice,
    LookupKey,
    RecurringLine,
    SourceRecord,
)
from palier.hub.operations import WriteReport, write_records
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db

CRM = Tool("crm", "CRM", "crm")
BILLING = Tool("billing", "Facturation", "billing")


def write(
    company: int, tool: Tool, entity: str, *records: Record, object_name: str = ""
) -> WriteReport:
    return write_records(
        company_id=company,
        tool=tool,
        object_name=object_name or entity,
        entity=entity,
        records=records,
    )


def customer(external_id: str, name: str, **fields: str) -> Record:
    return Record(external_id, {"name": name, **fields})


class TestWriteRecords:
    def test_creates_an_entity_with_its_provenance(self, company):
        report = write(
            company, CRM, "customer", customer("C1", "Atelier Fictif", siren="552100554")
        )

        saved = Customer.objects.get()
        assert (report.created, report.updated, report.unchanged) == (1, 0, 0)
        assert saved.name == "Atelier Fictif"
        assert saved.prov == {"*": SourceRecord.objects.get().id}

    def test_changes_nothing_the_second_time(self, company):
        write(company, CRM, "customer", customer("C1", "Atelier Fictif"))
        before = Change.objects.count()

        report = write(company, CRM, "customer", customer("C1", "Atelier Fictif"))

        assert (report.created, report.updated, report.unchanged) == (0, 0, 1)
        assert Change.objects.count() == before
        assert Customer.objects.get().version == 1

    def test_makes_a_version_that_names_the_changed_field(self, company):
        write(company, CRM, "customer", customer("C1", "Atelier Fictif", city="Lyon"))

        report = write(company, CRM, "customer", customer("C1", "Atelier Fictif", city="Paris"))

        assert report.updated == 1
        assert Customer.objects.get().version == 2
        assert Change.objects.get(op="update").fields == ["city"]

    def test_links_two_tools_by_siren_and_believes_the_owner_of_each_field(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier fictif", siren="552100554", stage="customer"),
        )

        write(
            company,
            BILLING,
            "customer",
            Record(
                "B7",
                {
                    "name": "ATELIER FICTIF SAS",
                    "legal_name": "Atelier Fictif SAS",
                    "siren": "552100554",
                    "city": "Lyon",
                },
            ),
        )

        saved = Customer.objects.get()
        assert (saved.name, saved.legal_name, saved.city) == (
            "Atelier fictif",
            "Atelier Fictif SAS",
            "Lyon",
        )
        billing = SourceRecord.objects.get(external_id="B7")
        assert saved.prov["legal_name"] == billing.id
        assert saved.prov["name"] != billing.id

    def test_links_rows_of_one_file_that_share_a_siren(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier", siren="552100554"),
            customer("C2", "ATELIER", siren="552100554"),
        )

        assert Customer.objects.count() == 1
        assert SourceRecord.objects.count() == 2

    def test_links_by_name_and_postcode(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier SARL", postcode="69001", siren="552100554"),
            customer("C2", "atelier", postcode="69001"),
        )

        assert Customer.objects.count() == 1

    def test_keeps_apart_what_a_siren_says_is_different(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier SARL", postcode="69001", siren="552100554"),
        )
        write(
            company, CRM, "customer", customer("C3", "Atelier", postcode="69001", siren="732829320")
        )

        assert Customer.objects.count() == 2

    def test_links_by_name_and_postcode_rows_that_only_have_an_identifier_from_elsewhere(
        self, company
    ):
        write(
            company,
            CRM,
            "customer",
            Record("C1", {"name": "Atelier SARL", "postcode": "69001"}, keys=(("former", "1"),)),
            Record("C2", {"name": "atelier", "postcode": "69001"}, keys=(("former", "2"),)),
        )

        assert Customer.objects.count() == 1

    def test_takes_the_same_values_under_other_headers_as_the_same_record(self, company):
        write(
            company, CRM, "customer", Record("C1", {"name": "Atelier"}, payload={"nom": "Atelier"})
        )

        report = write(
            company,
            CRM,
            "customer",
            Record("C1", {"name": "Atelier"}, payload={"company": "Atelier"}),
        )

        assert (report.updated, report.unchanged) == (0, 1)

    def test_keeps_what_a_tool_said_later_when_an_older_export_comes_back(self, company):
        new, old = dt.datetime(2026, 5, 2, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
        write(company, CRM, "customer", Record("C1", {"name": "Nouveau"}, source_updated_at=new))

        report = write(
            company, CRM, "customer", Record("C1", {"name": "Ancien"}, source_updated_at=old)
        )

        assert (report.updated, report.unchanged) == (0, 1)
        assert Customer.objects.get().name == "Nouveau"

    def test_guesses_nothing_when_two_companies_could_be_meant(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier SARL", postcode="69001", siren="552100554"),
            customer("C2", "atelier", postcode="69001"),
            customer("C3", "Atelier", postcode="69001", siren="732829320"),
        )

        assert Customer.objects.count() == 3

    def test_finds_the_same_entities_whatever_the_order(self, company):
        write(company, CRM, "customer", customer("C2", "atelier", postcode="69001"))
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier SARL", postcode="69001", siren="552100554"),
        )

        assert Customer.objects.count() == 1

    def test_resolves_a_parent_that_arrives_after_its_child(self, company):
        write(
            company, CRM, "deal", Record("D1", {"name": "Projet", "customer": ["customer", "C1"]})
        )
        assert Deal.objects.get().customer_id is None

        write(company, CRM, "customer", customer("C1", "Atelier"))

        assert Deal.objects.get().customer_id == Customer.objects.get().id

    def test_resolves_a_parent_by_one_of_its_keys(self, company):
        write(company, CRM, "customer", customer("C1", "Atelier", domain="atelier.example"))

        write(
            company,
            Tool("support"),
            "event",
            Record(
                "T1",
                {
                    "name": "support.ticket",
                    "occurred_at": "2026-01-05T09:00:00+00:00",
                    "customer": ["@domain", "atelier.example"],
                },
            ),
        )

        assert Event.objects.get().customer_id == Customer.objects.get().id

    def test_writes_look_up_keys_only_once_a_reference_uses_their_kind(self, company):
        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier", domain="atelier.example", email="a@atelier.example"),
        )
        assert not LookupKey.objects.exists()

        ticket = {"name": "support.ticket", "occurred_at": "2026-01-05T09:00:00+00:00"}
        write(
            company,
            Tool("support"),
            "event",
            Record("T1", {**ticket, "customer": ["@domain", "atelier.example"]}),
            Record("T2", {**ticket, "customer": ["@domain", "forge.example"]}),
        )
        assert LookupKey.objects.count() == 1

        write(
            company,
            CRM,
            "customer",
            customer("C2", "Forge", domain="forge.example", email="f@forge.example"),
        )
        assert LookupKey.objects.count() == 2
        assert set(Event.objects.values_list("customer_id", flat=True)) == set(
            Customer.objects.values_list("id", flat=True)
        )

    def test_follows_a_look_up_key_that_changes(self, company):
        ticket = {"name": "support.ticket", "occurred_at": "2026-01-05T09:00:00+00:00"}
        write(company, CRM, "customer", customer("C1", "Atelier", domain="atelier.example"))
        write(
            company,
            Tool("support"),
            "event",
            Record("T1", {**ticket, "customer": ["@domain", "atelier.example"]}),
        )

        write(company, CRM, "customer", customer("C1", "Atelier", domain="nouveau.example"))
        write(
            company,
            Tool("support"),
            "event",
            Record("T2", {**ticket, "customer": ["@domain", "atelier.example"]}),
            Record("T3", {**ticket, "customer": ["@domain", "nouveau.example"]}),
        )

        assert Event.objects.get(external_id="T2").customer_id is None
        assert Event.objects.get(external_id="T3").customer_id == Customer.objects.get().id

    def test_names_one_origin_when_one_record_tells_everything(self, company):
        write(
            company,
            BILLING,
            "customer",
            Record("B7", {"name": "Atelier", "siren": "552100554", "city": "Lyon"}),
        )
        write(company, CRM, "customer", customer("C1", "Atelier", siren="552100554", city="Lyon"))

        write(
            company,
            CRM,
            "customer",
            customer("C1", "Atelier fictif", siren="552100554", city="Lyon"),
        )

        ids = dict(SourceRecord.objects.values_list("external_id", "id"))
        assert Customer.objects.get().prov == {
            "name": ids["C1"],
            "siren": ids["B7"],
            "city": ids["B7"],
        }
        write(
            company,
            CRM,
            "customer",
            Record("C1", {"name": "Atelier", "city": "Nice", "segment": ""}),
        )
        write(
            company, BILLING, "customer", Record("B7", {"name": "", "siren": "552100554"}, line=4)
        )
        assert Customer.objects.get().prov == {
            "name": ids["C1"],
            "siren": ids["B7"],
            "city": ids["B7"],
        }

    def test_refuses_half_a_character(self, company):
        report = write(
            company, CRM, "customer", customer("C1", "Atelier \ud800"), customer("C2", "Forge")
        )

        assert [(r.code, r.line) for r in report.rejections] == [("hub.not-text", None)]
        assert Customer.objects.get().name == "Forge"

    def test_refuses_an_identifier_no_index_holds(self, company):
        report = write(
            company, CRM, "customer", customer("C" * 5000, "Atelier"), customer("C2", "Forge")
        )

        assert [r.code for r in report.rejections] == ["hub.identifier-too-long"]

    def test_keeps_text_that_looks_like_the_wire_format(self, company):
        odd = "a\\b\tc\nd\\N"
        write(company, CRM, "customer", Record(odd, {"name": odd}, payload={"Nom": odd}))

        saved = SourceRecord.objects.get()
        assert (saved.external_id, saved.fields, saved.payload) == (
            odd,
            {"name": odd},
            '{"Nom":"a\\\\b\\tc\\nd\\\\N"}',
        )

    def test_infers_the_steps_of_a_deal_until_its_tool_tells_them(self, company):
        deal = Record(
            "D1",
            {"name": "Projet", "status": "won", "opened_on": "2026-01-05", "won_on": "2026-02-10"},
        )
        write(company, CRM, "deal", deal)
        assert sorted(DealEvent.objects.values_list("kind", "inferred")) == [
            ("created", True),
            ("won", True),
        ]

        write(
            company,
            CRM,
            "deal_event",
            Record(
                "E1",
                {
                    "deal": ["deal", "D1"],
                    "kind": "won",
                    "at": "2026-02-10T15:00:00+00:00",
                },
            ),
        )

        live = DealEvent.objects.filter(deleted_at=None)
        assert sorted(live.values_list("kind", "inferred")) == [("created", True), ("won", None)]

    def test_refuses_a_record_that_lacks_a_required_field_and_keeps_the_others(self, company):
        report = write(
            company,
            CRM,
            "customer",
            Record("C1", {"city": "Lyon"}, line=2),
            customer("C2", "Atelier"),
        )

        assert [(r.code, r.line) for r in report.rejections] == [("hub.missing-field", 2)]
        assert Customer.objects.get().name == "Atelier"

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("amount_minor", "12", "hub.not-a-whole-number"),
            ("amount_minor", 2**63, "hub.out-of-range"),
            ("amount_minor", 10**15, "hub.out-of-range"),
            ("won_on", "2026-02-30", "hub.not-a-date"),
            ("probability", "1.2", "hub.not-a-share"),
            ("status", "perhaps", "hub.not-a-choice"),
            ("customer", "C1", "hub.not-a-reference"),
            ("nonsense", "x", "hub.unknown-field"),
            ("name", "a\x00b", "hub.nul"),
        ],
    )
    def test_names_what_is_wrong_with_a_value(self, company, field, value, code):
        report = write(company, CRM, "deal", Record("D1", {field: value}))

        assert [r.code for r in report.rejections] == [code]
        assert not Deal.objects.exists()

    @pytest.mark.parametrize(
        ("more", "units"),
        [
            ({"quantity": 0}, 0),
            ({"quantity": None, "interval_count": None}, 1_000 * 12 * 6_000),
            ({"quantity": 3, "interval_count": 2}, 1_000 * 3 * 6 * 6_000),
            ({"interval_count": 0}, "hub.empty-term"),
            ({"amount_minor": 10**14}, "hub.out-of-range"),
        ],
    )
    def test_counts_what_a_recurring_line_earns_in_a_year(self, company, more, units):
        line = {
            "customer": ["customer", "C1"],
            "starts_on": "2026-01-01",
            "amount_minor": 1_000,
            "interval": "month",
        }

        report = write(company, CRM, "recurring_line", Record("L1", {**line, **more}))

        found = list(RecurringLine.objects.values_list("annual_units", flat=True))
        assert [*found, *(one.code for one in report.rejections)] == [units]
        assert all(
            one.params["value"] == str(10**14)
            for one in report.rejections
            if one.code == "hub.out-of-range"
        )

    def test_keeps_custom_fields(self, company):
        write(company, CRM, "customer", Record("C1", {"name": "Atelier", "custom.secteur": "bois"}))

        assert Customer.objects.get().custom == {"secteur": "bois"}

    def test_numbers_its_changes_without_gap(self, company):
        write(
            company,
            CRM,
            "invoice",
            *(Record(f"F{n}", {"issued_on": "2026-01-05"}) for n in range(5)),
        )

        change_set = ChangeSet.objects.get()
        assert list(Change.objects.values_list("ord", "span", "op")) == [(0, 5, "create")]
        assert change_set.rows == 5
        assert Invoice.objects.count() == 5

    def test_rolls_back_whole_when_the_source_of_records_fails(self, company):
        def records():
            yield customer("C1", "Atelier")
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            write_records(
                company_id=company,
                tool=CRM,
                object_name="customer",
                entity="customer",
                records=records(),
            )

        assert not Customer.objects.exists()

    def test_shows_nothing_to_another_company(self, company):
        write(company, CRM, "customer", customer("C1", "Atelier"))

        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('palier.company_id', '900002', false)")

        assert not Customer.objects.exists()
        assert not SourceRecord.objects.exists()
