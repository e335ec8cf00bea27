"""Pages of rules, of conflicts and of fields that are held."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from palier.accounts.permissions import Role
from palier.hub import conflicts, loops
from palier.hub.models import Customer, FieldPin, FieldRule, Source
from palier.hub.ownership import set_rule
from palier.hub.records import Record
from palier.journeys.ownership import run_count, run_refold

SIREN = "552100554"


@pytest.fixture
def disputed(workshop):
    """One customer that two tools put in two cities: the CRM and the invoicing, which is believed."""
    for tool, city in (("crm", "Lyon"), ("billing", "Paris")):
        workshop.write(
            "customer", Record("1", {"name": "Élan", "siren": SIREN, "city": city}), tool=tool
        )
    with workshop.scope():
        conflicts.count_all(company_id=workshop.company.id, now=timezone.now())
        return dict(Source.objects.values_list("name", "pk"))


@pytest.fixture
def leader(workshop):
    return workshop.browse()


def city(workshop) -> str:
    with workshop.scope():
        return Customer.objects.get().city


def records(sources: dict[str, int]) -> str:
    args = ["customer", "city", *sorted(sources.values())]
    return reverse("ownership:records", args=args)


def refold(workshop) -> None:
    with workshop.scope():
        run_refold(company_id=workshop.company.id, entity="customer", person_id=None)


RULE = ["customer", "city"]


class TestRules:
    def test_tells_whom_palier_believes_for_each_field(self, leader, disputed):
        page = leader.get(reverse("ownership:list")).content.decode()
        assert "Billing → Crm" in page
        assert "By default" in page
        assert reverse("ownership:rule", args=RULE) in page

    def test_shows_other_records_and_what_the_law_decides(self, leader, disputed):
        page = leader.get(reverse("ownership:list") + "?fiche=contact").content.decode()
        assert "A refusal always wins" in page
        assert leader.get(reverse("ownership:list") + "?fiche=x").status_code == 200

    def test_shows_no_way_to_change_them_to_who_may_not(self, workshop, disputed):
        for role in (Role.MANAGER, Role.READER):
            page = workshop.browse(role).get(reverse("ownership:list")).content.decode()
            assert reverse("ownership:rule", args=RULE) not in page
            assert (
                workshop.browse(role).get(reverse("ownership:rule", args=RULE)).status_code == 403
            )

    def test_says_so_when_no_tool_has_come_yet(self, leader):
        assert (
            "No tool has fed Palier yet" in leader.get(reverse("ownership:list")).content.decode()
        )


class TestRule:
    def test_says_what_would_change_before_it_does(self, workshop, leader, disputed):
        data = {"place0": "crm", "place1": "", "survival": "owner", "preview": "1"}
        page = leader.post(reverse("ownership:rule", args=RULE), data).content.decode()
        assert "1 record would change" in page
        assert re.search(r'<option value="crm" selected', page)
        with workshop.scope():
            assert not FieldRule.objects.exists()

    def test_reaches_the_records_by_a_job(self, workshop, leader, disputed):
        data = {"place0": "crm", "survival": "owner", "apply": "1"}
        answer = leader.post(reverse("ownership:rule", args=RULE), data, follow=True)
        assert "The rule is saved" in answer.content.decode()
        assert city(workshop) == "Paris"
        refold(workshop)
        assert city(workshop) == "Lyon"
        with workshop.scope():
            page = leader.get(
                reverse("customers:show", args=[Customer.objects.get().public_id])
            ).content.decode()
        assert "Another tool is believed" in page

    def test_goes_back_to_the_default(self, workshop, leader, disputed):
        address = reverse("ownership:rule", args=RULE)
        leader.post(address, {"place0": "crm", "survival": "owner", "apply": "1"})
        assert "Go back to the default" in leader.get(address).content.decode()
        leader.post(address, {"reset": "1"})
        with workshop.scope():
            assert not FieldRule.objects.exists()

    def test_refuses_a_tool_that_is_not_there(self, leader, disputed):
        data = {"place0": "other", "survival": "owner", "apply": "1"}
        assert leader.post(reverse("ownership:rule", args=RULE), data).status_code == 422

    @pytest.mark.parametrize(
        "args", [["customer", "colour"], ["event", "name"], ["contact", "opt_in_email"]]
    )
    def test_exists_for_fields_that_have_rules_only(self, leader, args):
        assert leader.get(reverse("ownership:rule", args=args)).status_code == 404


class TestOverview:
    def test_counts_where_tools_disagree(self, leader, disputed):
        page = leader.get(reverse("ownership:conflicts")).content.decode()
        assert records(disputed) in page
        assert "every 3s" not in page

    def test_asks_for_the_count_and_looks_again(self, workshop, leader, disputed):
        workshop.write("customer", Record("2", {"name": "Autre"}))
        page = leader.get(reverse("ownership:conflicts")).content.decode()
        assert "counting again" in page
        assert "every 3s" in page
        with workshop.scope():
            run_count(company_id=workshop.company.id)
        part = leader.get(reverse("ownership:conflicts"), headers={"HX-Request": "true"})
        assert "counting again" not in part.content.decode()

    def test_says_that_all_agree(self, workshop, leader):
        assert "Counting where" in leader.get(reverse("ownership:conflicts")).content.decode()
        with workshop.scope():
            run_count(company_id=workshop.company.id)
        assert "Your tools agree" in leader.get(reverse("ownership:conflicts")).content.decode()


class TestRecords:
    def test_shows_what_each_tool_says(self, leader, disputed):
        page = leader.get(records(disputed)).content.decode()
        assert "Lyon" in page
        assert "Paris" in page
        assert "Always believe Crm" in page

    def test_keeps_the_value_of_a_tool_for_one_record(self, workshop, disputed):
        manager = workshop.browse(Role.MANAGER)
        with workshop.scope():
            public_id = Customer.objects.get().public_id
        data = {"believed": disputed["crm"], "record": str(public_id)}
        answer = manager.post(records(disputed), data, follow=True)
        assert "No record left" in answer.content.decode()
        assert city(workshop) == "Lyon"
        with workshop.scope():
            assert FieldPin.objects.get().person_id == workshop.people[Role.MANAGER].person_id

    def test_believes_a_tool_for_all(self, workshop, leader, disputed):
        leader.post(records(disputed), {"believed": disputed["crm"]})
        with workshop.scope():
            assert FieldRule.objects.get().sources == ["crm", "billing"]
        refold(workshop)
        assert city(workshop) == "Lyon"
        page = leader.get(reverse("ownership:conflicts")).content.decode()
        assert "Settled by a rule of yours" in page or "counting again" in page

    def test_leaves_rules_to_the_leader(self, workshop, disputed):
        manager = workshop.browse(Role.MANAGER)
        assert "Always believe" not in manager.get(records(disputed)).content.decode()
        assert manager.post(records(disputed), {"believed": disputed["crm"]}).status_code == 403

    @pytest.mark.parametrize(
        "data", [{}, {"believed": "x"}, {"believed": "0"}, {"believed": "9" * 30}]
    )
    def test_knows_these_two_tools_only(self, leader, disputed, data):
        assert leader.post(records(disputed), data).status_code == 404

    def test_knows_records_that_are_there_only(self, leader, disputed):
        for record in ("x", "0" * 32):
            data = {"believed": disputed["crm"], "record": record}
            assert leader.post(records(disputed), data).status_code == 404


class TestSettle:
    @pytest.fixture
    def held(self, workshop, disputed):
        with workshop.scope():
            set_rule(
                company_id=workshop.company.id, entity="customer", field="city",
                survival="owner", tools=(), person_id=None,
            )  # fmt: skip
        for number in range(6):
            at = timezone.now() + dt.timedelta(minutes=number)
            workshop.write(
                "customer",
                Record(
                    "1",
                    {"name": "Élan", "siren": SIREN, "city": f"Ville {number}"},
                    source_updated_at=at,
                ),
                tool=("crm", "billing")[number % 2],
            )
        with workshop.scope():
            assert loops.hold_loops(company_id=workshop.company.id, now=timezone.now()) == 1
            return loops.list_holds(company_id=workshop.company.id)[0]

    def test_shows_what_is_held_and_between_whom(self, workshop, leader, held):
        page = leader.get(reverse("ownership:conflicts")).content.decode()
        assert "Ville 5" in page
        assert "Crm · Billing" in page
        with workshop.scope():
            public_id = Customer.objects.get().public_id
        page = leader.get(reverse("customers:show", args=[public_id])).content.decode()
        assert "held by Palier" in page

    @pytest.mark.parametrize(("how", "pins"), [("keep", 1), ("release", 0)])
    def test_is_decided_by_a_person(self, workshop, leader, held, how, pins):
        leader.post(reverse("ownership:settle", args=[held.id]), {how: "1"})
        with workshop.scope():
            assert FieldPin.objects.exclude(person_id=0).count() == pins
            assert loops.list_holds(company_id=workshop.company.id) == ()
        assert leader.post(reverse("ownership:settle", args=[held.id])).status_code == 404


class TestHearing:
    def test_looks_for_loops_when_two_tools_have_written(self, workshop, disputed):
        from palier.journeys.webhooks import hear

        hear(company_id=workshop.company.id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'hub.hold_loops'"
            )
            assert cursor.fetchone()[0] == 0  # each has written once
        for tool in ("crm", "billing"):
            workshop.write("customer", Record("2", {"name": f"Autre de {tool}"}), tool=tool)
        hear(company_id=workshop.company.id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'hub.hold_loops'"
            )
            assert cursor.fetchone()[0] == 1
