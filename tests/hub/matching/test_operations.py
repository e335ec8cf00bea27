"""Searching a company's records for duplicates."""

from __future__ import annotations

import datetime as dt

import pytest

from palier.hub.linking import unmerge
from palier.hub.matching.operations import MatchReport, NotMatched, match_company
from palier.hub.models import Customer, FieldPin, LinkEvent, MatchProposal, NeverMatch
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
CRM = Tool("crm", "CRM", "crm")
Fields = dict[str, object]


def write(company: int, entity: str, **records: Fields) -> None:
    write_records(
        company_id=company,
        tool=CRM,
        object_name=entity,
        entity=entity,
        records=[Record(name, fields) for name, fields in records.items()],
    )


def match(company: int, entity: str = "customer", *, only_new: bool = False) -> MatchReport:
    return match_company(company_id=company, entity=entity, now=NOW, only_new=only_new)


def person(name: str = "Zoé Fictive", **fields: object) -> Fields:
    return {"name": name, "kind": "individual", "phone": "+33699000001", **fields}


FIRST_NAMES = ("Marie", "Philippe", "Oumar", "Ingrid", "Bastien", "Louise", "Karim", "Juliette")


def strangers(count: int) -> dict[str, Fields]:
    """People who have nothing in common."""
    return {
        f"s{n}": person(
            f"{FIRST_NAMES[n % 8]} {FIRST_NAMES[n // 8 + 3]}{FIRST_NAMES[(n + 5) % 8]}",
            phone=f"+33611{n:02d}00{n:02d}",
        )
        for n in range(count)
    }


def pairs(status: str = "open") -> set[tuple[int, int]]:
    return set(MatchProposal.objects.filter(status=status).values_list("a", "b"))


def live() -> int:
    return Customer.objects.filter(deleted_at=None).count()


class TestMatchCompany:
    def test_merges_what_is_sure_and_explains_it(self, company):
        write(company, "customer", a=person(), b=person("FICTIVE Zoe", postcode="69001"))

        report = match(company)

        event = LinkEvent.objects.get(kind="merge")
        proposal = MatchProposal.objects.get()
        assert (report.merged, report.chained, live()) == (1, 0, 1)
        assert (event.rule, proposal.status) == ("weighted", "merged")
        reasons = {one["field"]: one for one in proposal.explanation}
        assert reasons["name"]["verdict"] == "equal"
        assert (reasons["phone"]["a"], reasons["phone"]["b"]) == ("+33699000001", "+33699000001")
        assert reasons["postcode"]["verdict"] == "missing"
        assert reasons["prior"]["weight"] < 0
        assert sum(one["weight"] for one in proposal.explanation) == pytest.approx(
            float(proposal.weight), abs=0.1
        )

    def test_proposes_what_is_likely_but_not_sure(self, company):
        same = {"postcode": "69001", "phone": None}
        write(company, "customer", a=person(**same), b=person("Zoe Fictive", **same))

        report = match(company)

        assert (report.merged, report.opened, live()) == (0, 1, 2)
        assert MatchProposal.objects.get().tier == "review"

    def test_never_merges_a_chain(self, company):
        mail = "zoe.fictive@orange.fr"
        write(
            company,
            "customer",
            a=person("Zoé Fictive"),
            b=person("Z Fictive", email=mail),
            c=person("Zoé Fictive", email=None, phone="+33699000001", iban=None),
            d=person("Zélie Fictive", email=None),
        )

        report = match(company)

        # a, b and c agree with one another; d shares the initial of b alone
        assert report.chained > 0
        assert live() == 4
        assert all(one.tier == "review" for one in MatchProposal.objects.filter(status="open"))

    def test_merges_a_whole_group(self, company):
        write(
            company, "customer", a=person(), b=person(city="Clairval"), c=person(postcode="69001")
        )

        report = match(company)

        assert (report.merged, live()) == (2, 1)
        assert pairs("open") == set()

    def test_asks_people_once_a_rule_has_merged_a_record(self, company):
        write(company, "customer", a=person(), b=person(city="Clairval"))
        match(company)
        write(company, "customer", c=person(postcode="69001"))

        report = match(company)

        assert (report.merged, report.opened) == (0, 1)

    def test_does_not_propose_what_people_said_to_be_different(self, company):
        write(company, "customer", a=person(), b=person(city="Clairval"))
        a, b = sorted(Customer.objects.values_list("id", flat=True))
        NeverMatch.objects.create(company_id=company, a=a, b=b)

        report = match(company)

        assert (report.merged, report.opened, pairs()) == (0, 0, set())

    def test_does_not_merge_again_what_was_separated(self, company):
        write(company, "customer", a=person(), b=person(city="Clairval"))
        match(company)
        unmerge(
            company_id=company,
            link_event_id=LinkEvent.objects.get(kind="merge").id,
            person_id=1,
        )

        report = match(company)

        assert (report.merged, live()) == (0, 2)

    def test_asks_again_after_a_refusal_only_with_stronger_evidence(self, company):
        likely = {"postcode": "69001", "phone": None}
        write(company, "customer", a=person(**likely), b=person(**likely))
        match(company)
        MatchProposal.objects.update(status="refused", decided_by=7, decided_at=NOW)

        match(company)
        assert pairs() == set()

        write(company, "customer", a=person(postcode="69001"), b=person(postcode="69001"))
        report = match(company)
        assert (len(pairs()), report.merged) == (1, 0)
        assert MatchProposal.objects.get().decided_by is None

    def test_closes_a_proposal_whose_evidence_is_gone(self, company):
        likely = {"postcode": "69001", "phone": None}
        write(company, "customer", a=person(**likely), b=person(**likely))
        match(company)

        write(company, "customer", b=person("Ida Autre", postcode="75002", phone=None))
        report = match(company, only_new=True)

        assert (report.stale, pairs("stale"), pairs()) == (1, pairs("stale"), set())
        assert len(pairs("stale")) == 1

    def test_leaves_records_with_different_fixed_values_to_people(self, company):
        write(company, "customer", a=person(), b=person(city="Clairval"))
        for number, one in enumerate(Customer.objects.order_by("id")):
            FieldPin.objects.create(
                company_id=company,
                entity="customer",
                entity_id=one.id,
                field="segment",
                value=f"S{number}",
                person_id=1,
            )

        report = match(company)

        assert (report.merged, report.opened) == (0, 1)

    def test_has_nothing_to_say_of_one_record_or_none(self, company):
        assert match(company).records == 0
        write(company, "customer", a=person())
        report = match(company)
        assert (report.records, report.found) == (1, 0)

    def test_refuses_an_entity_that_is_not_compared(self, company):
        with pytest.raises(NotMatched):
            match(company, "invoice")

    def test_bears_hostile_values(self, company):
        hostile = {
            "quotes": person('"; DROP TABLE x --', email="a'b\"@x.example"),
            "lines": person("Zoé\nFictive\r\n,\t", phone="++++"),
            "long": person("z" * 20_000, postcode="9" * 5_000),
            "signs": person("!!! ???", email="@", phone="0"),
            "right": person("زوي خيالية", city="\u202eabc"),
            "blank": person(" ", email=" ", phone=" ", postcode=" "),
        }
        write(company, "customer", **hostile, **{f"{k}2": v for k, v in hostile.items()})

        report = match(company)

        assert report.records == 11  # the two with quotes share their e-mail: one since they came


class TestOnlyNew:
    def test_finds_what_a_full_search_finds(self, company):
        first = {f"p{n}": person(f"Zoé Fictive{n}", phone=f"+3369900{n:04d}") for n in range(40)}
        again = {
            f"q{n}": person(f"Zoe FICTIVE{n}", phone=f"+3369900{n:04d}", postcode="69001")
            for n in range(0, 40, 3)
        }
        write(company, "customer", **first)
        match(company)
        write(company, "customer", **again)

        report = match(company, only_new=True)

        assert report.merged == len(again)
        after = live()
        assert match(company).merged == 0
        assert live() == after == 40

    def test_weighs_only_the_changed_records(self, company):
        write(company, "customer", **strangers(20))
        match(company)
        write(company, "customer", s3=person("Zoé Tout-Autre", phone="+33699000777"))

        report = match(company, only_new=True)

        assert (report.full, report.compared) == (False, 1)

    def test_does_nothing_when_nothing_changed(self, company):
        write(company, "customer", a=person(), b=person("Ida Autre", phone=None))
        match(company)

        report = match(company, only_new=True)

        assert (report.full, report.compared) == (False, 0)

    def test_sees_a_contact_again_when_its_customer_changed(self, company):
        write(company, "customer", x={"name": "Atelier"}, y={"name": "Scierie"})
        write(
            company,
            "contact",
            **{
                f"k{n}": {
                    "first_name": first,
                    "last_name": f"{first}ard",
                    "customer": ["customer", "x"],
                }
                for n, first in enumerate(FIRST_NAMES)
            },
            a={"first_name": "Ida", "last_name": "Seule", "customer": ["customer", "x"]},
            b={"first_name": "Ida", "last_name": "Seule", "customer": ["customer", "y"]},
        )
        match(company, "contact")
        before = pairs()

        write(company, "customer", y={"name": "Atelier"})
        report = match(company, "contact", only_new=True)

        assert before == set()
        assert (report.full, report.merged) == (False, 1)

    def test_sees_a_chain_through_records_that_did_not_change(self, company):
        write(
            company,
            "customer",
            **strangers(20),
            b=person("Z Fictive"),
            d=person("Zélie Fictive"),
        )
        match_company(company_id=company, entity="customer", now=NOW, merge=len)
        write(company, "customer", a=person("Zoé Fictive"))

        report = match(company, only_new=True)

        assert (report.merged, report.chained > 0) == (0, True)
