"""Another kind of tool has whom to believe chosen again, and nothing else."""

from __future__ import annotations

import pytest

from palier.hub import pins
from palier.hub.models import Change, Customer, Source
from palier.hub.operations import write_records
from palier.hub.queries.tools import COUNTED, ToolUnknown, get_tool_state, list_tool_states
from palier.hub.records import Record, Tool
from palier.hub.tools import ToolKindUnknown, change_tool, refold_tool


@pytest.fixture
def told(company):
    """A customer of whom the CRM and the invoicing tool say different things, and one that the CRM alone knows."""

    def write(tool: str, *records: Record) -> None:
        write_records(
            company_id=company,
            tool=Tool(tool, tool.title(), tool),
            object_name="customer",
            entity="customer",
            records=list(records),
        )

    siren = {"siren": "732829320"}
    write("crm", Record("C1", {"name": "Lumen", "city": "Lyon", "owner": "Nora", **siren}))
    write("crm", Record("C2", {"name": "Seule", "city": "Nice"}))
    write("billing", Record("F1", {"name": "LUMEN SARL", "city": "Paris", **siren}))
    return {row.name: row.pk for row in Source.objects.all()}


@pytest.fixture
def become(company, told):
    """Give a tool another kind and choose again."""

    def act(tool: str, kind: str) -> int:
        changed = change_tool(company_id=company, tool_id=told[tool], label=tool, kind=kind)
        assert changed
        return refold_tool(company_id=company, tool_id=told[tool], person_id=None)

    return act


class TestRefoldTool:
    def test_believes_the_other_tool(self, become):
        assert Customer.objects.get(siren="732829320").city == "Paris"
        assert become("billing", "support") == 1
        assert Customer.objects.get(siren="732829320").city == "Lyon"
        assert become("billing", "billing") == 1
        assert Customer.objects.get(siren="732829320").city == "Paris"

    def test_leaves_alone_what_one_tool_says_alone(self, become):
        before = Customer.objects.get(name="Seule").version
        become("crm", "ads")
        assert Customer.objects.get(name="Seule").version == before

    def test_goes_through_every_slice(self, become, company, monkeypatch):
        monkeypatch.setattr("palier.hub.tools.SLICE", 1)
        for number in range(3):
            siren = {"siren": ("552100554", "542065479", "552081317")[number]}
            for tool, city in (("crm", "Lyon"), ("billing", "Paris")):
                write_records(
                    company_id=company,
                    tool=Tool(tool, tool.title(), tool),
                    object_name="customer",
                    entity="customer",
                    records=[Record(f"{tool}{number}", {"name": "Lot", "city": city, **siren})],
                )
        assert become("billing", "support") == 4
        assert set(Customer.objects.values_list("city", flat=True)) == {"Lyon", "Nice"}

    def test_changes_nothing_the_second_time(self, company, become, told):
        become("billing", "support")
        before = Change.objects.count()
        assert refold_tool(company_id=company, tool_id=told["billing"], person_id=None) == 0
        assert Change.objects.count() == before

    def test_leaves_what_people_have_set(self, company, become):
        public_id = Customer.objects.get(siren="732829320").public_id
        pins.pin_field(
            company_id=company,
            entity="customer",
            public_id=public_id,
            field="city",
            value="Metz",
            person_id=1,
        )
        become("billing", "support")
        assert Customer.objects.get(siren="732829320").city == "Metz"


class TestChangeTool:
    def test_refuses_an_unknown_kind_or_tool(self, company, told):
        with pytest.raises(ToolKindUnknown):
            change_tool(company_id=company, tool_id=told["crm"], label="CRM", kind="magic")
        with pytest.raises(ToolUnknown):
            change_tool(company_id=company, tool_id=0, label="CRM", kind="crm")

    def test_keeps_the_name_when_the_label_is_empty(self, company, told):
        assert not change_tool(company_id=company, tool_id=told["crm"], label=" ", kind="crm")
        assert get_tool_state(company_id=company, tool_id=told["crm"]).label == "crm"


class TestListToolStates:
    def test_counts_up_to_a_bound(self, company, told, monkeypatch):
        monkeypatch.setattr("palier.hub.queries.tools.COUNTED", 1)
        held = {one.name: one.held["customer"] for one in list_tool_states(company_id=company)}
        assert (held["crm"].count, held["crm"].exact) == (1, False)
        assert (held["billing"].count, held["billing"].exact) == (1, True)
        assert COUNTED > 1

    def test_puts_retired_tools_last(self, company, told):
        Source.objects.filter(name="billing").update(retired_at="2026-11-01T00:00:00Z")
        assert [one.name for one in list_tool_states(company_id=company)] == ["crm", "billing"]
