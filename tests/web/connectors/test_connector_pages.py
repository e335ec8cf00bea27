"""Pages of connected tools."""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources

import pytest
from django.urls import reverse
from standins.server import pointed
from standins.tools import TOOLS

from palier.accounts.permissions import Role
from palier.database.isolation import company_scope
from palier.hub.connectors import connecting
from palier.hub.models import Connector, ConnectorRun, Customer
from palier.journeys.tools import run_tool_job


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


@pytest.fixture
def leader(workshop):
    return workshop.browse(Role.LEADER)


@pytest.fixture
def tool(workshop, monkeypatch):
    """A connection of the workshop's company to a stand-in of Axonaut."""
    monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "1")
    standin = TOOLS["axonaut"]()
    path = resources.files("palier.hub.connectors").joinpath("manifests", "axonaut.toml")
    with company_scope(workshop.company.id):
        standin.connector = connecting.connect(
            company_id=workshop.company.id,
            tool="",
            given={"token": standin.token},
            person_id=None,
            manifest_toml=pointed(path.read_text(encoding="utf-8"), standin.url),
        )
    yield standin
    standin.close()


class TestList:
    def test_invites_to_connect_a_first_tool(self, leader):
        assert "No tool is connected yet" in text(leader.get(reverse("connectors:list")))

    def test_lets_members_look_and_leaders_connect(self, workshop, tool):
        page = text(workshop.browse(Role.MANAGER).get(reverse("connectors:list")))
        assert "Axonaut" in page
        assert reverse("connectors:choose") not in page


class TestConnect:
    def test_keeps_the_credentials_sealed(self, leader, workshop):
        answer = leader.post(
            reverse("connectors:connect", args=["pennylane"]), {"token": "secret-fictif"}
        )

        with company_scope(workshop.company.id):
            connector = Connector.objects.get()
        assert answer["Location"] == reverse("connectors:show", args=[connector.pk])
        assert "secret-fictif" not in connector.secrets
        assert "secret-fictif" not in text(leader.get(answer["Location"]))

    def test_says_what_is_missing(self, leader):
        answer = leader.post(reverse("connectors:connect", args=["pennylane"]), {})
        assert answer.status_code == 422

    def test_says_what_has_not_the_right_form(self, leader):
        answer = leader.post(reverse("connectors:connect", args=["stripe"]), {"token": "pk_live_x"})
        assert answer.status_code == 422
        assert "does not have the expected form" in text(answer)

    def test_knows_no_other_tool(self, leader):
        assert leader.get(reverse("connectors:connect", args=["licorne"])).status_code == 404

    def test_offers_every_ready_tool(self, leader):
        page = text(leader.get(reverse("connectors:choose")))
        assert all(label in page for label in ("Pennylane", "Sellsy", "Axonaut", "Odoo"))


class TestShow:
    def test_rehearses_before_anything_is_written(self, leader, tool, workshop):
        page = text(leader.post(reverse("connectors:rehearse", args=[tool.connector.pk])))

        assert "2 received; would create 2" in page
        assert "Atelier Brumaire" in page
        with company_scope(workshop.company.id):
            assert not Customer.objects.exists()

    def test_says_why_a_rehearsal_failed(self, leader, tool):
        tool.token = "un-autre"

        answer = leader.post(reverse("connectors:rehearse", args=[tool.connector.pk]))

        assert answer.status_code == 422
        assert "no longer accepts our access" in text(answer)

    def test_starts_reads_and_shows_the_ledger(self, leader, tool, workshop):
        url = reverse("connectors:act", args=[tool.connector.pk])
        leader.post(url, {"act": "start"})
        with company_scope(workshop.company.id):
            run_tool_job(company_id=workshop.company.id, connector_id=tool.connector.pk)
            run = ConnectorRun.objects.get()

        page = text(leader.get(reverse("connectors:show", args=[tool.connector.pk])))
        assert "up to date" in page
        detail = text(leader.get(reverse("connectors:run", args=[run.pk])))
        assert "GET /companies" in detail

        leader.post(reverse("connectors:undo", args=[run.pk]))
        with company_scope(workshop.company.id):
            assert not Customer.objects.filter(deleted_at=None).exists()

    def test_shows_what_to_check(self, leader, tool, workshop):
        tool.data["companies"][0].pop("name")
        with company_scope(workshop.company.id):
            now = dt.datetime.now(dt.UTC)
            connecting.start(
                company_id=workshop.company.id, connector_id=tool.connector.pk, now=now
            )
            run_tool_job(company_id=workshop.company.id, connector_id=tool.connector.pk)
            run = ConnectorRun.objects.get()

        detail = text(leader.get(reverse("connectors:run", args=[run.pk])))

        assert "The tool no longer gives “name” as before" in detail

    @pytest.mark.parametrize(
        ("act", "state"),
        [("pause", "on hold"), ("disconnect", "disconnected"), ("run", "not started")],
    )
    def test_does_what_is_asked(self, leader, tool, act, state):
        answer = leader.post(
            reverse("connectors:act", args=[tool.connector.pk]), {"act": act}, follow=True
        )
        assert state in text(answer)

    def test_refuses_what_it_does_not_know(self, leader, tool):
        url = reverse("connectors:act", args=[tool.connector.pk])
        assert leader.post(url, {"act": "explode"}).status_code == 404

    def test_leaves_others_no_hand(self, workshop, tool):
        url = reverse("connectors:act", args=[tool.connector.pk])
        assert workshop.browse(Role.MANAGER).post(url, {"act": "pause"}).status_code == 403
