"""Weak keys are written once a record needs them, and link as if they had always been there."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from palier.database.isolation import company_scope
from palier.hub import staging, writing
from palier.hub.identity import WEAK_KEYS
from palier.hub.models import Customer, KeyKind, LookupKey, SourceObject, SourceRecord
from palier.hub.operations import write_records
from palier.hub.pins import pin_field
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records

CRM, BILLING = Tool("crm", kind="crm"), Tool("billing", kind="billing")
LAZY, EAGER = 900_031, 900_032
SIRENS = ("552100554", "732829320", "", "")


def customer(external_id: str, siren: str = "", *, name: str = "Atelier") -> Record:
    fields = {"name": name, "postcode": "69001"} | ({"siren": siren} if siren else {})
    return Record(external_id, fields)  # type: ignore[arg-type]


def write(company_id: int, records: list[Record], tool: Tool = CRM, batch_id: int | None = None):
    return write_records(
        company_id=company_id, tool=tool, object_name="customer", entity="customer",
        records=records, batch_id=batch_id,
    )  # fmt: skip


def together(company_id: int) -> set[tuple[frozenset[str], str | None, str | None]]:
    """Which records are one customer, and what is known of each."""
    groups = defaultdict(set)
    tools = dict(SourceObject.objects.values_list("id", "source__name"))
    for record in SourceRecord.objects.filter(company_id=company_id):
        groups[record.entity_id].add(f"{tools[record.object_id]} {record.external_id}")
    return {
        (frozenset(groups[one.id]), one.siren, one.name)
        for one in Customer.objects.filter(company_id=company_id, deleted_at=None)
    }


def story(chance: random.Random) -> list[tuple[Tool, list[Record]]]:
    """Loads of two tools: customers with a SIREN at first, then with and without, new and changed ones."""
    loads = []
    for turn in range(8):
        sirens = SIRENS[:2] if turn < 3 else SIRENS
        rows = [
            customer(f"C{number}", chance.choice(sirens), name=chance.choice(("Atelier", "Forge")))
            for number in chance.sample(range(40), chance.randint(1, 12))
        ]
        loads.append((chance.choice((CRM, BILLING)), rows))
    return loads


@pytest.mark.django_db
class TestWriteRecords:
    @pytest.mark.parametrize("seed", range(8))
    def test_links_the_same_whether_weak_keys_came_early_or_late(self, seed, monkeypatch):
        monkeypatch.setattr(staging, "PROBE_ROWS", 2)
        monkeypatch.setattr(staging, "CHUNK_ROWS", 4)
        loads, found = story(random.Random(seed)), {}
        for company_id in (LAZY, EAGER):
            with company_scope(company_id):
                if company_id == EAGER:
                    KeyKind.objects.create(
                        company_id=EAGER, entity="customer", kind=WEAK_KEYS["customer"].kind
                    )
                    monkeypatch.setattr(writing, "lies_apart", lambda *_, **__: False)
                for tool, rows in loads:
                    write(company_id, rows, tool)
                found[company_id] = together(company_id)
        assert found[LAZY] == found[EAGER]
        assert any(len(records) > 1 for records, *_ in found[LAZY])

    def test_writes_none_while_every_record_has_a_siren(self):
        with company_scope(LAZY):
            write(LAZY, [customer("C1", SIRENS[0]), customer("C2", SIRENS[1], name="Forge")])
            assert not LookupKey.objects.exists()
            write(LAZY, [customer("C3", name="Forge")], BILLING)
            assert LookupKey.objects.count() == 3
            assert Customer.objects.count() == 2

    def test_forgets_them_with_the_batch_that_brought_them(self):
        with company_scope(LAZY):
            write(LAZY, [customer("C1", SIRENS[0])], batch_id=1)
            write(LAZY, [customer("C2", name="Forge")], batch_id=2)
            undo_records(company_id=LAZY, batch_id=2, person_id=None)
            assert LookupKey.objects.count() == 1

    def test_links_to_a_customer_whose_siren_a_person_changed(self):
        with company_scope(LAZY):
            write(LAZY, [customer("C1", SIRENS[0])])
            one = Customer.objects.get()
            pin_field(
                company_id=LAZY, entity="customer", public_id=one.public_id, field="siren",
                value=SIRENS[1], person_id=1,
            )  # fmt: skip
            write(LAZY, [customer("C2", SIRENS[1])], BILLING)
            assert Customer.objects.count() == 1
