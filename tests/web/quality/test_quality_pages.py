"""Pages of the quality of data: what they show, to whom, and what they ask."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub import quality
from palier.hub.models import Customer, QualityCount
from palier.hub.records import Record

TODAY = dt.date(2026, 11, 25)
MEND = reverse("quality:mend", args=["customer", "form.email"])


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


@pytest.fixture
def wrong(workshop):
    """Write customers with a wrong e-mail."""

    def act(count, tool="crm"):
        records = [
            Record(f"{tool}{n}", {"name": f"{tool} {n}", "email": f"{tool}{n}"})
            for n in range(count)
        ]
        workshop.write("customer", *records, tool=tool)

    return act


@pytest.fixture
def recount(workshop):
    def act(today=TODAY):
        with workshop.scope():
            quality.recount(
                company_id=workshop.company.id, today=today, now=dt.datetime.now(dt.UTC)
            )

    return act


class TestOverview:
    def test_says_what_will_be_there(self, workshop):
        assert "Not counted yet" in text(workshop.browse().get(reverse("quality:overview")))

    def test_shows_shares_and_how_they_moved(self, workshop, wrong, recount):
        workshop.write("customer", Record("right", {"name": "R", "email": "r@client.example"}))
        recount(TODAY - dt.timedelta(days=7))
        wrong(1)
        recount()
        page = text(workshop.browse(Role.READER).get(reverse("quality:overview")))
        assert "50%" in page
        assert "−50\N{NO-BREAK SPACE}pt in 7 days" in page
        assert "Count now" not in page


class TestCount:
    def test_is_asked_of_the_worker_by_those_who_may(self, workshop):
        address = reverse("quality:count")
        assert workshop.browse(Role.MEMBER).post(address).status_code == 403
        answer = workshop.browse(Role.MANAGER).post(address, follow=True)
        assert "The count has been asked for" in text(answer)


class TestEntity:
    def test_lists_failing_checks_by_tool(self, workshop, wrong, recount):
        wrong(2)
        wrong(1, "billing")
        recount()
        page = text(workshop.browse().get(reverse("quality:entity", args=["customer"])))
        assert f"{MEND}?outil=billing" in page
        assert "E-mail: wrong form or key" in page

    def test_says_that_nothing_is_to_mend(self, workshop, recount):
        workshop.write(
            "payment", Record("1", {"paid_on": "2026-01-01", "amount_minor": 1, "currency": "EUR"})
        )
        recount()
        page = text(workshop.browse().get(reverse("quality:entity", args=["payment"])))
        assert "Nothing to mend" in page

    def test_does_not_exist_for_events(self, workshop):
        address = reverse("quality:entity", args=["event"])
        assert workshop.browse().get(address).status_code == 404


class TestMend:
    def test_leads_to_the_field_and_names_its_tool(self, workshop, wrong):
        wrong(1, "billing")
        page = text(workshop.browse().get(MEND))
        with workshop.scope():
            show = reverse("customers:show", args=[Customer.objects.get().public_id])
        assert f"{show}#champ-email" in page
        assert "Billing" in page
        assert "No connected tool receives this field" in page

    def test_offers_no_correction_to_a_reader(self, workshop, wrong):
        wrong(1)
        assert "#champ-email" not in text(workshop.browse(Role.READER).get(MEND))

    def test_keeps_to_a_tool_over_pages(self, workshop, wrong):
        wrong(quality.PAGE + 1)
        wrong(1, "billing")
        client = workshop.browse()
        first = text(client.get(MEND, {"outil": "crm"}))
        (after,) = re.findall(r"outil=crm&amp;apres=(\d+)", first)
        second = text(client.get(MEND, {"outil": "crm", "apres": after}))
        assert second.count("#champ-email") == 1
        assert "billing 0" not in second

    def test_takes_as_many_queries_whatever_the_records(self, workshop, wrong):
        wrong(1)
        client = workshop.browse()
        client.get(MEND)
        with CaptureQueriesContext(connection) as few:
            client.get(MEND)
        wrong(30)
        with CaptureQueriesContext(connection) as many:
            client.get(MEND)
        assert len(many) == len(few)

    def test_does_not_exist_for_another_check(self, workshop):
        address = reverse("quality:mend", args=["customer", "form.nothing"])
        assert workshop.browse().get(address).status_code == 404

    def test_shows_nothing_of_another_company(self, workshop, open_workshop, wrong, recount):
        wrong(1)
        recount()
        other = open_workshop("Atelier Blanc")
        assert "Nothing to mend" in text(other.browse().get(MEND))
        assert "Not counted yet" in text(other.browse().get(reverse("quality:overview")))
        with other.scope():
            assert not QualityCount.objects.exists()
