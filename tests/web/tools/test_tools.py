"""The page of tools: what feeds the hub, and of which kind each is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.models import Customer
from palier.hub.queries.tools import list_tool_states
from palier.hub.records import Record
from palier.journeys.believing import run_refold_job


def _tool_id(workshop, name: str) -> int:
    with workshop.scope():
        return next(
            one.id for one in list_tool_states(company_id=workshop.company.id) if one.name == name
        )


def _jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs")
        return [name for (name,) in cursor.fetchall()]


class TestTools:
    def test_tells_what_each_holds_and_when_it_spoke(self, workshop, lumen):
        event = {"name": "usage.login", "occurred_at": "2026-11-20T10:00:00.000Z"}
        workshop.write("event", Record("E1", event), tool="support")
        page = workshop.browse().get(reverse("tools:list")).content.decode()
        assert page.count("1 customer") == 2
        assert "1 event" in page
        assert "just now" in page

    def test_asks_the_same_number_of_queries_however_many_tools(self, workshop, lumen):
        browser = workshop.browse()
        browser.get(reverse("tools:list"))
        with CaptureQueriesContext(
            connection,
        ) as few:
            browser.get(reverse("tools:list"))
        for number in range(5):
            workshop.write("customer", Record("X", {"name": f"X{number}"}), tool=f"tool{number}")
        with CaptureQueriesContext(connection) as many:
            browser.get(reverse("tools:list"))
        assert len(many) == len(few)

    def test_says_how_to_begin_when_nothing_feeds(self, workshop):
        assert (
            "No tool feeds Palier yet"
            in workshop.browse().get(reverse("tools:list")).content.decode()
        )

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.READER])
    def test_lets_others_than_the_leader_read_only(self, workshop, lumen, role):
        browser, tool_id = workshop.browse(role), _tool_id(workshop, "crm")
        page = browser.get(reverse("tools:list")).content.decode()
        assert reverse("tools:show", args=[tool_id]) not in page
        assert browser.get(reverse("tools:show", args=[tool_id])).status_code == 403
        answer = browser.post(reverse("tools:show", args=[tool_id]), {"label": "X", "kind": "crm"})
        assert answer.status_code == 403


class TestTabs:
    def test_leave_out_what_the_member_may_not_open_and_what_does_not_exist(self, workshop):
        page = workshop.browse(Role.READER).get(reverse("tools:list")).content.decode()
        tabs = page[page.index('class="tabs"') :]
        assert reverse("tools:fields") in tabs
        assert reverse("api:docs") in tabs
        assert reverse("tools:tokens") not in tabs


class TestChangingATool:
    def test_renames_without_choosing_again(self, workshop, lumen):
        url = reverse("tools:show", args=[_tool_id(workshop, "crm")])
        answer = workshop.browse().post(url, {"label": "Notre CRM", "kind": "crm"}, follow=True)
        assert "“Notre CRM” is saved." in answer.content.decode()
        assert "hub.refold_tool" not in _jobs()

    def test_with_another_kind_has_whom_to_believe_chosen_again(self, workshop, lumen):
        with workshop.scope():
            assert Customer.objects.get().city == "Paris"
        tool_id = _tool_id(workshop, "billing")
        workshop.browse().post(
            reverse("tools:show", args=[tool_id]), {"label": "Billing", "kind": "support"}
        )
        assert "hub.refold_tool" in _jobs()
        with workshop.scope():
            run_refold_job(company_id=workshop.company.id, tool_id=tool_id)
            assert Customer.objects.get().city == "Lyon"
            public_id = Customer.objects.get().public_id
        page = workshop.browse().get(reverse("customers:show", args=[public_id])).content.decode()
        assert "Another tool is believed" in page

    def test_refuses_a_kind_that_does_not_exist(self, workshop, lumen):
        url = reverse("tools:show", args=[_tool_id(workshop, "crm")])
        answer = workshop.browse().post(url, {"label": "CRM", "kind": "magic"})
        assert answer.status_code == 422
