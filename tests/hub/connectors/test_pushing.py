"""What changed elsewhere, sent to a tool that can be written to."""

from __future__ import annotations

from importlib import resources

import pytest
from standins.server import Fault, pointed
from standins.tools import TOOLS

from palier.hub.connectors import pushing
from palier.hub.models import ConnectorRun, Customer
from palier.hub.operations import write_records
from palier.hub.pins import pin_field
from palier.hub.records import Record, Tool

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["hubspot"])
def tool(request, stand, connect, sync):
    standin = stand(TOOLS[request.param]())
    path = resources.files("palier.hub.connectors").joinpath("manifests", f"{request.param}.toml")
    standin.connector = connect(
        pointed(path.read_text(encoding="utf-8"), standin.url), **standin.given
    )
    sync(standin.connector)
    pushing.enable(company_id=standin.connector.company_id, connector_id=standin.connector.pk)
    return standin


@pytest.fixture
def push(tool, clock):
    def run():
        return pushing.push(
            company_id=tool.connector.company_id,
            connector_id=tool.connector.pk,
            now=clock.now,
            sleep=clock.sleep,
        )

    return run


def correct(company, name, field, value):
    public_id = Customer.objects.get(name=name, deleted_at=None).public_id
    pin_field(
        company_id=company.id,
        entity="customer",
        public_id=public_id,
        field=field,
        value=value,
        person_id=7,
    )


class TestPush:
    def test_sends_a_correction_once(self, tool, push, company):
        correct(company, "Atelier Brumaire", "city", "Nantes")

        assert push().written == 1
        assert tool.written == [
            ("PATCH", "/crm/v3/objects/companies/1", {"properties": {"city": "Nantes"}})
        ]
        assert push().written == 0

    def test_does_not_send_back_what_the_tool_said(self, tool, push, sync, clock):
        clock.pass_(hours=2)
        tool.now = clock.now()
        tool.change()
        assert sync(tool.connector).updated == 1

        assert push().written == 0

    @pytest.mark.parametrize("tool", ["pennylane"], indirect=True)
    def test_sends_what_another_tool_owns_and_not_what_the_tool_owns(self, tool, push, company):
        told = {"name": "Brumaire & Fils", "siren": "552100554", "city": "Nantes"}
        write_records(
            company_id=company.id,
            tool=Tool("ventes", kind="crm"),
            object_name="client",
            entity="customer",
            records=[Record("V1", told)],
        )

        push()

        assert tool.written == [("PUT", "/company_customers/1", {"name": "Brumaire & Fils"})]

    def test_goes_on_after_a_failure(self, tool, push, company):
        correct(company, "Atelier Brumaire", "city", "Nantes")
        tool.always = Fault(500)
        assert push().written == 0
        assert ConnectorRun.objects.filter(kind="push").latest("pk").status == "failed"
        tool.always = None

        assert push().written == 1

    def test_tells_what_the_tool_refused_and_sends_the_rest(self, tool, push, company):
        correct(company, "Atelier Brumaire", "city", "Nantes")
        correct(company, "Verger Fictif", "city", "Rennes")
        tool.fail(Fault(400, body=b'{"message": "invalid"}'))

        pushed = push()

        assert (pushed.written, len(pushed.refused)) == (1, 1)
        assert ConnectorRun.objects.filter(kind="push").latest("pk").status == "to_check"

    def test_sends_nothing_before_it_was_asked_to(self, tool, push, company):
        pushing.disable(company_id=company.id, connector_id=tool.connector.pk)
        correct(company, "Atelier Brumaire", "city", "Nantes")

        assert push() is None

    def test_lists_what_differs(self, tool, push, company, clock):
        correct(company, "Atelier Brumaire", "city", "Nantes")

        found = pushing.compare(
            company_id=company.id, connector_id=tool.connector.pk, now=clock.now, sleep=clock.sleep
        )

        assert [(one.external_id, one.field, one.hub, one.tool) for one in found] == [
            ("1", "city", "Nantes", "Lyon")
        ]
        push()
        assert not pushing.compare(
            company_id=company.id, connector_id=tool.connector.pk, now=clock.now, sleep=clock.sleep
        )
