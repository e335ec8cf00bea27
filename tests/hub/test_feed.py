"""The change feed."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from django.db import connection

from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.models import ChangeSet, Customer
from palier.hub.operations import write_records
from palier.hub.queries.history import list_history
from palier.hub.records import Record, Tool

COMPANY = 900_003


def write(*external_ids: str, name: str = "Atelier") -> None:
    write_records(
        company_id=COMPANY,
        tool=Tool("crm"),
        object_name="customer",
        entity="customer",
        records=[Record(external_id, {"name": name}) for external_id in external_ids],
    )


@pytest.mark.django_db
class TestRead:
    @pytest.fixture(autouse=True)
    def scope(self, db):
        with company_scope(COMPANY):
            yield

    def test_gives_every_change_once_and_in_order(self):
        write("C1", "C2")
        write("C3")
        write("C1", name="Autre")

        items = feed.read(company_id=COMPANY, after=0)

        assert [item.position for item in items] == [1, 2, 3, 4]
        assert [item.op for item in items] == ["create", "create", "create", "update"]
        assert items[-1].fields == ("name",)

    def test_continues_from_any_position(self):
        write("C1", "C2", "C3")

        assert [item.position for item in feed.read(company_id=COMPANY, after=2)] == [3]
        assert [item.position for item in feed.read(company_id=COMPANY, after=0, limit=2)] == [1, 2]

    def test_tells_a_reader_of_an_earlier_generation_to_start_over(self):
        write("C1")

        with pytest.raises(feed.StartOver):
            feed.read(company_id=COMPANY, after=0, generation=uuid.uuid4())
        with pytest.raises(feed.StartOver):
            feed.read(company_id=COMPANY, after=99)


@pytest.mark.django_db(transaction=True)
class TestConcurrentWriters:
    def test_lose_nothing_and_repeat_nothing(self):
        seen: list[feed.Item] = []
        done = threading.Event()

        def writer(number: int) -> None:
            with company_scope(COMPANY):
                for turn in range(8):
                    write(f"{number}-{turn}", f"{number}-{turn}-b")
            connection.close()

        def reader() -> None:
            with company_scope(COMPANY):
                while True:
                    last = done.is_set()
                    while items := feed.read(
                        company_id=COMPANY, after=seen[-1].position if seen else 0, limit=7
                    ):
                        seen.extend(items)
                    if last:
                        break
            connection.close()

        writers = [threading.Thread(target=writer, args=(number,)) for number in range(4)]
        reading = threading.Thread(target=reader)
        for thread in [*writers, reading]:
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        reading.join()

        with company_scope(COMPANY):
            written = set(Customer.objects.values_list("id", flat=True))
        assert [item.position for item in seen] == list(range(1, 65))
        assert {item.entity_id for item in seen} == written


class Follower:
    """A reader that keeps the version of each record, as any that follows the feed would."""

    def __init__(self) -> None:
        self.position = 0
        self.versions: dict[tuple[str, int], int] = {}

    def catch_up(self, limit: int) -> Follower:
        while True:
            page = feed.read_page(company_id=COMPANY, after=self.position, limit=limit)
            for item in page.items:
                key = (item.entity, item.entity_id)
                if item.op == "delete":
                    self.versions.pop(key, None)
                else:
                    self.versions[key] = item.version
            self.position = page.position
            if not page.has_more:
                return self


@pytest.mark.django_db
class TestCompact:
    @pytest.fixture(autouse=True)
    def scope(self, db):
        with company_scope(COMPANY):
            yield

    def compact(self) -> int:
        return feed.compact(
            company_id=COMPANY, before=dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        )

    def live(self) -> dict[tuple[str, int], int]:
        rows = Customer.objects.filter(company_id=COMPANY, deleted_at=None)
        return {("customer", row.pk): row.version for row in rows}

    @pytest.mark.parametrize("limit", [1, 2, 1000])
    def test_leaves_a_reader_from_zero_with_todays_records(self, limit):
        write("C1", "C2", "C3")
        for name in ("Deux", "Trois", "Quatre"):
            write("C1", name=name)
        write("C4")
        feed.number(company_id=COMPANY)

        assert self.compact() == 2

        assert Follower().catch_up(limit).versions == self.live()
        assert feed.head(company_id=COMPANY).position == 7

    def test_lets_a_run_of_creations_go_once_each_record_has_changed(self):
        write("C1", "C2")
        write("C1", name="Un")
        feed.number(company_id=COMPANY)
        assert self.compact() == 0
        write("C2", name="Deux")
        feed.number(company_id=COMPANY)

        ChangeSet.objects.update(compacted_at=None)

        assert self.compact() == 1
        assert [item.op for item in feed.read(company_id=COMPANY, after=0)] == ["update", "update"]

    def test_takes_out_what_an_aged_change_has_replaced(self):
        write("C1")
        write("C1", name="Un")
        feed.number(company_id=COMPANY)
        self.compact()
        write("C1", name="Deux")
        feed.number(company_id=COMPANY)

        self.compact()

        assert [item.fields for item in feed.read(company_id=COMPANY, after=0)] == [("name",)]

    def test_keeps_the_history_of_records(self):
        write("C1")
        for name in ("Un", "Deux"):
            write("C1", name=name)
        feed.number(company_id=COMPANY)
        customer = Customer.objects.get(company_id=COMPANY)
        before = list_history(company_id=COMPANY, entity="customer", entity_id=customer.pk)

        self.compact()

        after = list_history(company_id=COMPANY, entity="customer", entity_id=customer.pk)
        assert [entry.op for entry in before] == [entry.op for entry in after]
        assert len(after) == 3

    def test_leaves_recent_changes_alone(self):
        write("C1")
        write("C1", name="Un")
        feed.number(company_id=COMPANY)

        assert feed.compact(company_id=COMPANY, before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == 0


@pytest.mark.django_db
class TestReadPage:
    @pytest.fixture(autouse=True)
    def scope(self, db):
        with company_scope(COMPANY):
            yield

    def test_passes_over_other_entities(self):
        write("C1")
        write_records(
            company_id=COMPANY,
            tool=Tool("crm"),
            object_name="product",
            entity="product",
            records=[Record(f"P{number}", {"name": "Vis"}) for number in range(3)],
        )
        write("C2")

        page = feed.read_page(company_id=COMPANY, after=0, limit=1, entities=["customer"])
        assert [item.position for item in page.items] == [1]
        assert page.has_more

        page = feed.read_page(company_id=COMPANY, after=page.position, entities=["customer"])
        assert [item.position for item in page.items] == [5]
        assert not page.has_more
