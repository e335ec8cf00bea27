"""The change feed, asked for, waited for, streamed."""

from __future__ import annotations

import threading
import time

import orjson
import pytest
from django.db import connection

from palier.api import changes
from palier.hub import feed

RECORD = {"name": "Menuiserie Exemple", "siren": "732829320"}


class TestChanges:
    def test_tell_every_change_in_order(self, crm):
        made = crm.put("customer", "1", **RECORD)
        crm("PATCH", f"/customers/{made['id']}", {"city": "Lyon"})
        crm("DELETE", f"/customers/{made['id']}")
        answer = crm("GET", "/changes?after=0")
        assert [(one["position"], one["op"], one["version"], one["changed"]) for one in answer["items"]] == [
            (1, "create", 1, None),
            (2, "update", 2, ["city"]),
            (3, "delete", 3, None),
        ]  # fmt: skip
        assert {(one["id"], one["tool"], one["origin"]) for one in answer["items"]} == {
            (made["id"], "crm", "api")
        }
        assert answer["has_more"] is False

    def test_go_on_from_the_cursor(self, crm):
        for number in range(5):
            crm.put("customer", str(number), name=f"Client {number}")
        found, after = [], "0"
        while True:
            answer = crm("GET", f"/changes?after={after}&limit=2")
            found += [one["position"] for one in answer["items"]]
            after = answer["next"]
            if not answer["has_more"]:
                break
        assert found == [1, 2, 3, 4, 5]
        assert crm("GET", f"/changes?after={after}")["items"] == []

    def test_are_of_some_entities_with_the_record_as_it_is(self, crm):
        crm.put("customer", "1", **RECORD)
        crm.put("product", "1", name="Vis")
        crm.put("product", "1", name="Clou")
        items = crm("GET", "/changes?entities=product&include=data")["items"]
        assert [one["entity"] for one in items] == ["product", "product"]
        assert {one["data"]["name"] for one in items} == {"Clou"}

    def test_begin_now_for_who_asks(self, crm):
        crm.put("customer", "1", **RECORD)
        after = crm("GET", "/changes?after=now")["next"]
        crm.put("customer", "2", name="Autre")
        assert [one["position"] for one in crm("GET", f"/changes?after={after}")["items"]] == [2]

    def test_send_a_reader_of_an_earlier_state_back_to_the_beginning(self, shop, crm):
        crm.put("customer", "1", **RECORD)
        after = crm("GET", "/changes")["next"]
        with shop.scope():
            feed.restart(company_id=shop.company_id)
        answer = crm("GET", f"/changes?after={after}")
        assert (answer.status, answer["code"]) == (410, "hub.start-over")
        assert crm("GET", f"/changes/stream?after={after}").status == 410

    @pytest.mark.parametrize("after", ["x", "1", "-1", "zz-5", "0-", "é"])
    def test_refuse_a_cursor_that_is_none(self, crm, after):
        answer = crm("GET", f"/changes?after={after}")
        assert (answer.status, answer["code"]) == (400, "hub.cursor-unusable")

    @pytest.mark.parametrize("query", ["limit=0", "limit=10001", "wait=31", "entities=zz"])
    def test_refuse_what_is_out_of_bounds(self, crm, query):
        assert crm("GET", f"/changes?{query}").status == 400


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    def later(self, crm, delay: float = 0.4) -> threading.Thread:
        def write() -> None:
            time.sleep(delay)
            crm.put("customer", "1", **RECORD)
            connection.close()

        thread = threading.Thread(target=write)
        thread.start()
        return thread

    def test_ends_with_the_first_change(self, crm):
        after = crm("GET", "/changes?after=now")["next"]
        thread = self.later(crm)
        began = time.monotonic()
        answer = crm("GET", f"/changes?after={after}&wait=20")
        thread.join()
        assert [one["op"] for one in answer["items"]] == ["create"]
        assert time.monotonic() - began < 10

    def test_ends_by_itself(self, crm):
        answer = crm("GET", "/changes?after=now&wait=1")
        assert (answer.status, answer["items"]) == (200, [])

    def test_is_not_for_more_than_the_threads_can_bear(self, crm, monkeypatch):
        full = threading.BoundedSemaphore(1)
        full.acquire()
        monkeypatch.setattr(changes, "_waiting", full)
        began = time.monotonic()
        assert crm("GET", "/changes?after=now&wait=20")["items"] == []
        assert time.monotonic() - began < 10
        answer = crm("GET", "/changes/stream")
        assert (answer.status, answer["code"]) == (503, "api.too-many-streams")

    def test_streams_each_change_with_its_cursor(self, crm):
        crm.put("product", "1", name="Vis")
        after = crm("GET", "/changes")["next"]
        thread = self.later(crm)
        stream = crm("GET", f"/changes/stream?after={after}&for=3&include=data")
        thread.join()
        events = [
            block for block in stream.body.decode().split("\n\n") if block.startswith("event")
        ]
        assert len(events) == 1
        fields = dict(line.split(": ", 1) for line in events[0].splitlines())
        assert fields["event"] == "change"
        assert orjson.loads(fields["data"])["data"]["name"] == "Menuiserie Exemple"
        again = crm("GET", "/changes/stream?for=1", Last_Event_ID=fields["id"])
        assert b"event: change" not in again.body
