"""Rows that are made whole at once and rows that are sifted first: the same hub comes of both."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from palier.database.isolation import company_scope
from palier.hub import feed, operations
from palier.hub.models import Contact, Customer, Event, SourceRecord, SourceRecordVersion
from palier.hub.operations import write_records
from palier.hub.queries.history import list_history
from palier.hub.records import Record, Tool

CRM = Tool("crm", kind="crm")
SIFTED, WHOLE = 900_021, 900_022


def story(chance: random.Random) -> list[tuple[str, list[Record]]]:
    """Loads of three entities: first ones, identical ones, changed ones, late ones, with followers and orphans."""
    loads: list[tuple[str, list[Record]]] = []
    for _ in range(12):
        entity = chance.choice(("customer", "contact", "event"))
        numbers = chance.sample(range(30), chance.randint(1, 25))
        loads.append((entity, [record(entity, number, chance.randrange(3)) for number in numbers]))
        if chance.random() < 0.5:
            loads.append(loads[-1])
    return loads


def record(entity: str, number: int, turn: int) -> Record:
    """`turn` varies what is said; some customers share a SIREN, some contacts have no customer yet."""
    name = f"{entity}{number}"
    if entity == "customer":
        fields = {"name": f"Atelier {number} {turn}", "siren": f"{number // 2:09d}", "city": "Lyon"}
    elif entity == "contact":
        fields = {
            "last_name": name,
            "email": f"p{number}@atelier.example",
            "phone": f"+3319900{turn:04d}",
            "customer": ["customer", f"customer{number}"],
        }
    else:
        fields = {
            "name": "app.opened",
            "occurred_at": f"2026-05-0{turn + 1}T08:00:00+00:00",
            "customer": ["customer", f"customer{number}"],
        }
    return Record(name, fields)  # type: ignore[arg-type]


def write(company_id: int, entity: str, records: list[Record]) -> tuple[int, int, int]:
    report = write_records(
        company_id=company_id, tool=CRM, object_name=entity, entity=entity, records=records
    )
    return report.created, report.updated, report.unchanged


def picture(company_id: int) -> dict[str, list[tuple[object, ...]]]:
    """What a company's hub holds, without the numbers that differ from company to company."""
    names = dict(
        SourceRecord.objects.filter(company_id=company_id)
        .order_by("external_id")
        .values_list("entity_id", "external_id")
    )
    customers = Customer.objects.filter(company_id=company_id).values_list(
        "id", "name", "siren", "version"
    )
    contacts = Contact.objects.filter(company_id=company_id).values_list(
        "email", "phone", "customer_id", "version"
    )
    events = Event.objects.filter(company_id=company_id).values_list(
        "external_id", "occurred_at", "customer_id", "version"
    )
    past = SourceRecordVersion.objects.filter(company_id=company_id).values_list(
        "entity", "fields__email", "fields__city", "fields__occurred_at"
    )
    items = feed.read(company_id=company_id, after=0, limit=10_000)
    return {
        "customers": sorted((names[row[0]], *row[1:]) for row in customers),
        "contacts": sorted((*row[:2], names.get(row[2] or 0, ""), row[3]) for row in contacts),
        "events": sorted((*row[:2], names.get(row[2] or 0, ""), row[3]) for row in events),
        "past": sorted(tuple(map(str, row)) for row in past),
        "changes": sorted((item.entity, item.op, item.version) for item in items),
    }


@pytest.mark.django_db
class TestWriteRecords:
    @pytest.mark.parametrize("seed", range(4))
    def test_writes_the_same_whether_rows_are_sifted_or_made_whole(self, seed, monkeypatch):
        loads, pictures, counts = story(random.Random(seed)), {}, {}
        for company_id, known in ((SIFTED, True), (WHOLE, False)):
            monkeypatch.setattr(operations, "is_known", lambda *_, known=known, **__: known)
            with company_scope(company_id):
                counts[company_id] = [write(company_id, entity, rows) for entity, rows in loads]
                pictures[company_id] = picture(company_id)
        assert counts[SIFTED] == counts[WHOLE]
        assert pictures[SIFTED] == pictures[WHOLE]
        assert pictures[WHOLE]["customers"]

    def test_logs_each_creation_once_and_reads_it_from_any_place(self):
        chance = random.Random(5)
        with company_scope(WHOLE):
            for entity, rows in story(chance):
                write(WHOLE, entity, rows)
            whole = feed.read(company_id=WHOLE, after=0, limit=10_000)
            assert [item.position for item in whole] == list(range(1, len(whole) + 1))
            for after in range(len(whole)):
                limit = chance.randint(1, 9)
                assert (
                    feed.read(company_id=WHOLE, after=after, limit=limit)
                    == whole[after : after + limit]
                )
            born = {(item.entity, item.entity_id) for item in whole if item.op == "create"}
            for model, entity in ((Customer, "customer"), (Contact, "contact"), (Event, "event")):
                ids = set(model.objects.values_list("id", flat=True))
                assert ids == {number for name, number in born if name == entity}

    def test_tells_the_history_of_an_entity_created_among_others(self):
        with company_scope(WHOLE):
            write(WHOLE, "event", [record("event", number, 0) for number in range(9)])
            write(WHOLE, "customer", [record("customer", number, 0) for number in range(0, 18, 2)])
            write(WHOLE, "customer", [record("customer", 8, 1)])
            ids = sorted(Customer.objects.values_list("id", flat=True))
            assert all(after - before == 1 for before, after in pairwise(ids))
            told = [
                [
                    entry.op
                    for entry in list_history(company_id=WHOLE, entity="customer", entity_id=one)
                ]
                for one in ids
            ]
            assert told == [["create"]] * 4 + [["update", "create"]] + [["create"]] * 4
