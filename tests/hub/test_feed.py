"""The change feed."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection

from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.models import Customer
from palier.hub.operations import write_records
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
