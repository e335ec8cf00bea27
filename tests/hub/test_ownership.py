"""Which tool is believed: rules of the company's own, tried out and applied; conflicts; loops."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from palier.hub import conflicts, ownership
from palier.hub.models import (
    Change,
    ChangeSet,
    Contact,
    Customer,
    FieldPin,
    FieldRule,
    Source,
    SourceRecord,
)
from palier.hub.operations import write_records
from palier.hub.pins import pin_field
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db

CRM = Tool("crm", "CRM", "crm")
BILLING = Tool("billing", "Facturation", "billing")
SHOP = Tool("shop", "Boutique", "shop")
SIREN = "552100554"


def write(company: int, tool: Tool, number: str = "1", **fields: str | None) -> None:
    at = fields.pop("at", None)
    write_records(
        company_id=company,
        tool=tool,
        object_name="customer",
        entity="customer",
        records=[
            Record(
                number,
                {"name": f"Atelier {number}", **fields},
                source_updated_at=dt.datetime.fromisoformat(at) if at else None,
            )
        ],
    )


def both(company: int, **fields: tuple[str, str]) -> Customer:
    """One customer of which two tools tell, each its own value."""
    write(company, CRM, siren=SIREN, **{name: pair[0] for name, pair in fields.items()})
    write(company, BILLING, siren=SIREN, **{name: pair[1] for name, pair in fields.items()})
    return Customer.objects.get()


def rule(company: int, field: str, *tools: str, survival: str = "owner") -> None:
    ownership.set_rule(
        company_id=company, entity="customer", field=field, survival=survival, tools=tools,
        person_id=7,
    )  # fmt: skip


def refold(company: int) -> int:
    return ownership.refold(company_id=company, entity="customer", person_id=7)


class TestListOwned:
    def test_tells_the_default_order_by_the_tools_that_are_there(self, company):
        both(company, city=("Lyon", "Paris"))
        owned = {
            one.field: one for one in ownership.list_owned(company_id=company, entity="customer")
        }
        assert owned["city"].tools == ("billing", "crm")
        assert owned["stage"].tools == ("crm", "billing")
        assert owned["first_won_on"].survival == "min"
        assert not owned["city"].by_company

    def test_tells_the_rule_of_the_company(self, company):
        both(company, city=("Lyon", "Paris"))
        rule(company, "city", "crm")
        found = ownership.get_owned(company_id=company, entity="customer", field="city")
        assert (found.tools, found.by_company) == (("crm",), True)

    def test_leaves_the_refusal_of_e_mails_to_the_law(self, company):
        fields = ownership.list_owned(company_id=company, entity="contact")
        assert [one.field for one in fields if one.fixed] == ["opt_in_email"]
        assert not ownership.is_governed(entity="contact", field="opt_in_email")


class TestRefold:
    def test_brings_a_new_rule_to_the_records_that_are_there(self, company):
        row = both(company, city=("Lyon", "Paris"))
        assert row.city == "Paris"
        rule(company, "city", "crm", "billing")

        assert refold(company) == 1
        row.refresh_from_db()
        assert (row.city, row.version) == ("Lyon", 3)
        last = ChangeSet.objects.order_by("-sealed").first()
        assert (last.origin, last.person_id) == ("rules", 7)
        assert Change.objects.get(set_id=last.pk).fields == ["city"]

    def test_changes_nothing_the_second_time(self, company):
        both(company, city=("Lyon", "Paris"))
        rule(company, "city", "crm")
        refold(company)
        assert refold(company) == 0

    def test_holds_for_what_is_written_afterwards(self, company):
        both(company, city=("Lyon", "Paris"))
        rule(company, "city", "crm")
        write(company, BILLING, siren=SIREN, city="Brest")
        assert Customer.objects.get().city == "Lyon"

    def test_goes_back_to_the_default(self, company):
        both(company, city=("Lyon", "Paris"))
        rule(company, "city", "crm")
        refold(company)
        ownership.reset_rule(company_id=company, entity="customer", field="city")
        refold(company)
        assert Customer.objects.get().city == "Paris"
        assert not FieldRule.objects.exists()

    def test_leaves_what_a_person_fixed(self, company):
        row = both(company, city=("Lyon", "Paris"))
        pin_field(
            company_id=company, entity="customer", public_id=row.public_id, field="city",
            value="Nice", person_id=7,
        )  # fmt: skip
        rule(company, "city", "crm")
        assert refold(company) == 0
        assert Customer.objects.get().city == "Nice"

    @pytest.mark.parametrize(
        ("survival", "city"), [("longest", "Clermont"), ("max", "Lyon"), ("min", "Clermont")]
    )
    def test_follows_a_strategy_where_no_tool_is_named(self, company, survival, city):
        both(company, city=("Lyon", "Clermont"))
        rule(company, "city", survival=survival)
        refold(company)
        assert Customer.objects.get().city == city


class TestCountChanges:
    def test_says_how_many_records_a_rule_would_change_and_changes_none(self, company):
        both(company, city=("Lyon", "Paris"))
        write(company, CRM, "2", city="Nantes")
        count = ownership.count_changes
        asked = {"company_id": company, "entity": "customer", "field": "city"}
        assert count(**asked, survival="owner", tools=["crm"]) == 1
        assert count(**asked, survival="owner", tools=["billing"]) == 0
        assert Customer.objects.order_by("pk").first().city == "Paris"
        assert not FieldRule.objects.exists()

    @pytest.mark.parametrize("survival", ownership.STRATEGIES)
    @pytest.mark.parametrize("tools", [[], ["crm"], ["shop", "crm"], ["billing", "shop"]])
    def test_says_what_applying_it_then_does(self, company, survival, tools):
        for number, cities in enumerate(
            [
                ("A", "B", "CCC"),
                ("A", "A", "B"),
                ("AA", None, "B"),
                (None, None, "B"),
                ("", "B", ""),
            ]
        ):
            siren = ("552100554", "443061841", "404833048", "732829320", "383474814")[number]
            for tool, city in zip((CRM, BILLING, SHOP), cities, strict=True):
                write(company, tool, str(number), siren=siren, city=city)
        asked = {"company_id": company, "entity": "customer", "field": "city"}
        before = dict(Customer.objects.values_list("pk", "city"))
        expected = ownership.count_changes(**asked, survival=survival, tools=tools)
        rule(company, "city", *tools, survival=survival)
        refold(company)
        after = dict(Customer.objects.values_list("pk", "city"))
        assert sum(before[one] != after[one] for one in before) == expected

    @pytest.mark.parametrize(
        ("entity", "field", "survival", "tools", "refusal"),
        [
            ("customer", "city", "coin", [], ownership.StrategyUnknown),
            ("customer", "city", "owner", ["other"], ownership.OwnerUnknown),
            ("customer", "colour", "owner", [], ownership.FieldNotGoverned),
            ("event", "name", "owner", [], ownership.FieldNotGoverned),
            ("contact", "opt_in_email", "owner", [], ownership.FieldNotGoverned),
            ("contact", "customer", "owner", [], ownership.FieldNotGoverned),
        ],
    )
    def test_refuses_what_cannot_be_a_rule(self, company, entity, field, survival, tools, refusal):
        with pytest.raises(refusal):
            ownership.set_rule(
                company_id=company, entity=entity, field=field, survival=survival, tools=tools,
                person_id=None,
            )  # fmt: skip


class TestTwoToolsInTheSameSecond:
    """What decides, in this order: the order of the tools, the tool's own time, arrival."""

    AT = "2026-11-25T09:00:00+00:00"

    def test_are_decided_by_ownership_first(self, company):
        write(company, BILLING, siren=SIREN, city="Paris", at="2020-01-01T00:00:00+00:00")
        write(company, CRM, siren=SIREN, city="Lyon", at=self.AT)
        assert Customer.objects.get().city == "Paris"

    def test_are_decided_by_their_own_time_when_neither_owns_the_field(self, company):
        rule(company, "city")
        write(company, BILLING, siren=SIREN, city="Paris", at="2026-11-25T09:00:01+00:00")
        write(company, CRM, siren=SIREN, city="Lyon", at=self.AT)
        assert Customer.objects.get().city == "Paris"

    @pytest.mark.parametrize(("first", "second"), [(CRM, BILLING), (BILLING, CRM)])
    def test_are_decided_by_arrival_when_their_times_are_the_same(self, company, first, second):
        rule(company, "city")
        write(company, first, siren=SIREN, city="Lyon", at=self.AT)
        write(company, second, siren=SIREN, city="Paris", at=self.AT)
        refold(company)
        assert Customer.objects.get().city == "Paris"
        assert (
            Customer.objects.get().prov["city"] == SourceRecord.objects.order_by("-pk").first().pk
        )


def surveyed(company: int) -> list[tuple[str, str, int, bool]]:
    conflicts.count_all(company_id=company, now=timezone.now())
    found = conflicts.survey(company_id=company)
    return [(one.entity, one.field, one.records, one.ruled) for one in found.counts]


def pair(company: int) -> tuple[int, int]:
    first, second = Source.objects.order_by("pk").values_list("pk", flat=True)
    return first, second


class TestSurvey:
    def test_counts_the_fields_on_which_tools_disagree(self, company):
        both(company, city=("Lyon", "Paris"), stage=("customer", "customer"))
        assert surveyed(company) == [("customer", "city", 1, False)]

    @pytest.mark.parametrize("values", [("Lyon", "Lyon"), ("Lyon", ""), ("", "Lyon")])
    def test_counts_no_silence_as_a_disagreement(self, company, values):
        both(company, city=values)
        assert surveyed(company) == []

    def test_counts_no_link_written_in_two_tools_words(self, company):
        both(company)
        for tool in (CRM, BILLING):
            write_records(
                company_id=company, tool=tool, object_name="contact", entity="contact",
                records=[Record("7", {"last_name": "Brun", "email": "rosa@brun.example",
                                      "customer": ["customer", "1"]})],
            )  # fmt: skip
        assert Contact.objects.count() == 1
        assert surveyed(company) == []

    def test_forgets_what_a_person_fixed(self, company):
        row = both(company, city=("Lyon", "Paris"))
        conflicts.believe_for_record(
            company_id=company, entity="customer", public_id=row.public_id, field="city",
            source_id=pair(company)[0], person_id=7,
        )  # fmt: skip
        assert surveyed(company) == []

    def test_says_where_the_company_has_decided_and_when_it_is_out_of_date(self, company):
        both(company, city=("Lyon", "Paris"))
        rule(company, "city", "crm")
        assert surveyed(company) == [("customer", "city", 1, True)]
        assert not conflicts.survey(company_id=company).stale
        write(company, CRM, siren=SIREN, city="Brest")
        assert conflicts.survey(company_id=company).stale


class TestListConflicts:
    def test_shows_what_each_tool_says_and_what_is_kept(self, company):
        both(company, city=("Lyon", "Paris"))
        page = conflicts.list_conflicts(
            company_id=company, entity="customer", field="city", sources=pair(company)
        )
        (one,) = page.conflicts
        assert [side.value for side in one.sides] == ["Lyon", "Paris"]
        assert (one.kept, one.label, page.next) == ("Paris", "Atelier 1", None)

    def test_goes_from_page_to_page(self, company, monkeypatch):
        monkeypatch.setattr(conflicts, "PAGE", 1)
        both(company, city=("Lyon", "Paris"))
        for tool, city in ((CRM, "Nice"), (BILLING, "Metz")):
            write(company, tool, "2", siren="443061841", city=city)
        seen, after = [], 0
        while after is not None:
            page = conflicts.list_conflicts(
                company_id=company, entity="customer", field="city", sources=pair(company),
                after=after,
            )  # fmt: skip
            seen += [one.kept for one in page.conflicts]
            after = page.next
        assert seen == ["Paris", "Metz"]

    @pytest.mark.parametrize(
        ("entity", "field"), [("customer", "colour"), ("event", "name"), ("deal", "name")]
    )
    def test_knows_no_other_conflict(self, company, entity, field):
        both(company, city=("Lyon", "Paris"))
        with pytest.raises(conflicts.ConflictUnknown):
            conflicts.list_conflicts(
                company_id=company, entity=entity, field=field, sources=pair(company)
            )


class TestBelieve:
    def test_keeps_a_tools_value_for_one_record(self, company):
        row = both(company, city=("Lyon", "Paris"))
        conflicts.believe_for_record(
            company_id=company, entity="customer", public_id=row.public_id, field="city",
            source_id=pair(company)[0], person_id=7,
        )  # fmt: skip
        assert Customer.objects.get().city == "Lyon"
        assert FieldPin.objects.get().person_id == 7

    def test_believes_a_tool_for_all_and_keeps_the_order_of_the_others(self, company):
        both(company, city=("Lyon", "Paris"))
        conflicts.believe_for_all(
            company_id=company, entity="customer", field="city", tool="crm", person_id=7
        )
        assert FieldRule.objects.get().sources == ["crm", "billing"]
