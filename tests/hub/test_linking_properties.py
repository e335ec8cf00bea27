"""Whatever was merged, imported and undone: once all is separated, nothing tells that it ever was merged."""

from __future__ import annotations

import random

import pytest

from palier.database.isolation import company_scope
from palier.hub import feed, linking, pins
from palier.hub.models import (
    Contact,
    Customer,
    Deal,
    DealEvent,
    Event,
    Invoice,
    LinkEvent,
    PendingReference,
    Redirect,
    SourceObject,
    SourceRecord,
)
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records

pytestmark = pytest.mark.django_db

MERGED, PLAIN = 900_001, 900_002
FOLDED = {"customer": Customer, "contact": Contact, "deal": Deal, "invoice": Invoice}
TABLES = {**FOLDED, "deal_event": DealEvent, "event": Event}
PARENTS = [
    (Contact, "customer_id"),
    (Invoice, "customer_id"),
    (Deal, "customer_id"),
    (Deal, "contact_id"),
    (Event, "customer_id"),
    (Event, "contact_id"),
]
SIRENS = {"C1": "552100554", "C2": "443061841", "C3": "", "C4": "", "C5": ""}
PLACES = 5


class World:
    """Two companies told the same; only in the first one are records merged and separated."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.batch = 0
        self.undone: set[int] = set()
        self.known: dict[tuple[str, int], int] = {}
        self.position = 0

    def import_some(self) -> None:
        self.batch += 1
        tool = self.random.choice(("crm", "billing"))
        entity = self.random.choice(("customer", "customer", "contact", "deal", "invoice", "event"))
        records = [getattr(self, f"_{entity}")(tool, n) for n in self._some()]
        records = [one for one in records if one and not self._joins_a_merge(tool, entity, one)]
        for company in (MERGED, PLAIN):
            with company_scope(company):
                write_records(
                    company_id=company,
                    tool=Tool(tool, kind=tool),
                    object_name=entity,
                    entity=entity,
                    records=records,
                    batch_id=self.batch,
                )

    def _some(self) -> list[int]:
        return self.random.sample(range(1, PLACES + 1), self.random.randint(1, 3))

    def _joins_a_merge(self, tool: str, entity: str, record: Record) -> bool:
        """What arrives at a survivor by its key stays there: that is no difference to look for."""
        if entity not in {"customer", "contact"}:
            return False
        with company_scope(MERGED):
            if entity == "customer" and not record.fields.get("siren"):
                return False
            known = SourceRecord.objects.filter(external_id=record.external_id)
            if SourceObject.objects.filter(pk__in=known.values("object_id"), name=entity).exists():
                return False
            return LinkEvent.objects.filter(kind="merge", undone_by=None, entity=entity).exists()

    def _value(self, name: str) -> str:
        return f"{name} {self.random.randint(1, 4)}"

    def _customer(self, tool: str, n: int) -> Record:
        fields = {"name": self._value("Atelier")}
        if self.random.random() < 0.6:
            fields["city"] = self.random.choice(("Lyon", "Nantes", ""))
        if tool == "crm":
            fields["domain"] = f"c{n}.example"
        if siren := SIRENS[f"C{n}"]:
            fields["siren"] = siren
        return Record(f"{tool[0].upper()}{n}", fields)

    def _parent(self, tool: str) -> list[str]:
        n = self.random.randint(1, PLACES)
        if self.random.random() < 0.3:
            return ["@domain", f"c{n}.example"]
        return ["customer", f"{tool[0].upper()}{n}"]

    def _contact(self, tool: str, n: int) -> Record:
        return Record(
            f"{tool}P{n}",
            {"first_name": self._value("Lou"), "last_name": "Brun", "customer": self._parent(tool)},
        )

    def _deal(self, tool: str, n: int) -> Record:
        return Record(
            f"{tool}D{n}",
            {
                "name": self._value("Projet"),
                "opened_on": f"2026-01-0{self.random.randint(1, 9)}",
                "customer": self._parent(tool),
                "contact": ["contact", f"{tool}P{self.random.randint(1, PLACES)}"],
            },
        )

    def _invoice(self, tool: str, n: int) -> Record:
        return Record(
            f"{tool}I{n}",
            {
                "issued_on": "2026-02-01",
                "net_minor": self.random.randint(1, 4),
                "customer": self._parent(tool),
            },
        )

    def _event(self, tool: str, n: int) -> Record:
        return Record(
            f"{tool}E{n}",
            {
                "name": self._value("ticket"),
                "occurred_at": "2026-02-01T00:00:00+00:00",
                "customer": self._parent(tool),
                "contact": ["contact", f"{tool}P{self.random.randint(1, PLACES)}"],
            },
        )

    def undo_one(self) -> None:
        left = sorted(set(range(1, self.batch + 1)) - self.undone)
        if not left:
            return
        chosen = self.random.choice(left)
        self.undone.add(chosen)
        for company in (MERGED, PLAIN):
            with company_scope(company):
                undo_records(company_id=company, batch_id=chosen, person_id=None)

    def merge_some(self) -> None:
        with company_scope(MERGED):
            entity = self.random.choice(("customer", "customer", "contact", "deal", "invoice"))
            ids = sorted(
                FOLDED[entity].objects.filter(deleted_at=None).values_list("pk", flat=True)
            )
            if len(ids) < 2:
                return
            chosen = self.random.sample(ids, 2)
            linking.merge(
                company_id=MERGED,
                entity=entity,
                survivor=chosen[0],
                others=chosen[1:],
                person_id=1,
            )

    def separate_one(self) -> bool:
        with company_scope(MERGED):
            active = sorted(
                LinkEvent.objects.filter(kind="merge", undone_by=None).values_list("pk", flat=True)
            )
            if not active:
                return False
            linking.unmerge(
                company_id=MERGED, link_event_id=self.random.choice(active), person_id=1
            )
            return True

    def pin_one(self) -> None:
        with company_scope(MERGED):
            rows = Customer.objects.filter(deleted_at=None).order_by("pk")
            own = [row for row in rows if SourceRecord.objects.filter(entity_id=row.pk).exists()]
            if not own:
                return
            row = self.random.choice(own)
            record = self._home_record(row.pk)
            if record is None:
                return
        field, value = self.random.choice(("city", "phone")), self._value("épinglé")
        forget = self.random.random() < 0.3
        with company_scope(PLAIN):
            entity_id = _records(PLAIN)[record]
        for company, id_ in ((MERGED, row.pk), (PLAIN, entity_id)):
            with company_scope(company):
                common = {
                    "company_id": company,
                    "entity": "customer",
                    "public_id": Customer.objects.get(pk=id_).public_id,
                    "field": field,
                    "person_id": 1,
                }
                if forget:
                    pins.unpin_field(**common)
                else:
                    pins.pin_field(**common, value=value)

    def _home_record(self, entity_id: int) -> tuple[str, str] | None:
        """A record that was this entity's own before any merge."""
        moved = {
            id_
            for ids in LinkEvent.objects.filter(kind="merge", undone_by=None).values_list(
                "record_ids", flat=True
            )
            for id_ in ids
        }
        names = {id_: name for name, id_ in _record_ids(MERGED).items()}
        own = SourceRecord.objects.filter(entity_id=entity_id).exclude(pk__in=moved).order_by("pk")
        return names[own[0].pk] if own else None

    def check(self) -> None:
        """The feed tells the tables; each child hangs where the plain company's leads."""
        with company_scope(MERGED):
            while items := feed.read(company_id=MERGED, after=self.position, limit=50):
                for item in items:
                    self.position = item.position
                    if item.op in {"delete", "merge"}:
                        self.known.pop((item.entity, item.entity_id))
                    else:
                        self.known[item.entity, item.entity_id] = item.version
            live = {
                (name, row.pk): row.version
                for name, table in TABLES.items()
                for row in table.objects.filter(deleted_at=None)
            }
            assert self.known == live
            leads = _records(MERGED)
            several = set(Redirect.objects.values_list("to_id", flat=True))
            children = {
                place: parent
                for place, parent in _children(MERGED).items()
                if leads.get(place[:2]) not in several
            }
        with company_scope(PLAIN):
            homes: dict[int, tuple[str, str]] = {}
            for name, entity_id in _records(PLAIN).items():
                homes.setdefault(entity_id, name)
            for place, parent in _children(PLAIN).items():
                if parent in homes and place in children:
                    assert children[place] == leads[homes[parent]], place


def _record_ids(company: int) -> dict[tuple[str, str], int]:
    objects = dict(SourceObject.objects.values_list("pk", "name"))
    return {(objects[one.object_id], one.external_id): one.pk for one in SourceRecord.objects.all()}


def _records(company: int) -> dict[tuple[str, str], int]:
    objects = dict(SourceObject.objects.values_list("pk", "name"))
    return {
        (objects[one.object_id], one.external_id): one.entity_id
        for one in SourceRecord.objects.all()
    }


def _children(company: int) -> dict[tuple[str, str, str], int | None]:
    """(entity, external id, field) → parent, of live children."""
    found = {}
    for name, entity_id in _records(company).items():
        for table, column in PARENTS:
            if table is Event:
                continue
            row = table.objects.filter(pk=entity_id, deleted_at=None).values(column).first()
            if row:
                found[(*name, column)] = row[column]
    for event in Event.objects.filter(deleted_at=None):
        found["event", event.external_id, "customer_id"] = event.customer_id
        found["event", event.external_id, "contact_id"] = event.contact_id
    return found


def state(company: int) -> dict[str, object]:
    """Everything the tables hold, told by the tools' identifiers instead of numbers."""
    with company_scope(company):
        records = {id_: name for name, id_ in _record_ids(company).items()}
        names: dict[int, object] = {}
        for name, entity_id in sorted(_records(company).items()):
            names.setdefault(entity_id, name)
        for event in Event.objects.all():
            names[event.pk] = ("event", event.external_id)
        found: dict[str, object] = {}
        for entity, table in TABLES.items():
            rows = []
            for row in table.objects.filter(deleted_at=None):
                told = {
                    one.attname: getattr(row, one.attname)
                    for one in table._meta.concrete_fields
                    if one.attname
                    not in {
                        "id", "company_id", "public_id", "version", "created_at", "updated_at",
                        "object_id", "hash",
                    }
                }  # fmt: skip
                for column in ("customer_id", "contact_id", "deal_id"):
                    if told.get(column):
                        told[column] = names[told[column]]
                told["prov"] = {
                    field: records.get(by, by) for field, by in (row.prov or {}).items()
                }
                rows.append((str(names.get(row.pk)), str(sorted(told.items(), key=str))))
            found[entity] = sorted(rows)
        found["waiting"] = sorted(
            (str(names[one.entity_id]), one.field) for one in PendingReference.objects.all()
        )
        return found


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 40))]
)
def test_separating_everything_leaves_no_trace_of_the_merges(db, seed):
    world = World(seed)
    steps = [
        *[world.import_some] * 9,
        *[world.merge_some] * 5,
        *[world.separate_one] * 2,
        *[world.undo_one] * 2,
        *[world.pin_one] * 2,
    ]
    for _ in range(30):
        world.random.choice(steps)()
        world.check()

    while world.separate_one():
        world.check()

    merged, plain = state(MERGED), state(PLAIN)
    for name, rows in plain.items():
        assert merged[name] == rows, name
