"""From the feed to the queues."""

from __future__ import annotations

import json
import threading
import uuid

import pytest
from django.db import connection
from receivers import COMPANY, NOW, customer, write

from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.models import Customer, WebhookEndpoint, WebhookMessage
from palier.hub.webhooks import endpoints
from palier.hub.webhooks.dispatch import MAX_WAITING, dispatch, is_behind

URL = "https://hooks.example/palier"


def tell(url: str = URL, **chosen) -> uuid.UUID:
    return endpoints.create_endpoint(
        company_id=COMPANY,
        url=url,
        description="",
        entities=chosen.get("entities", ()),
        ops=chosen.get("ops", ()),
        person_id=None,
    ).public_id


def bodies() -> list[dict]:
    return [json.loads(one.body) for one in WebhookMessage.objects.order_by("pk")]


def run() -> int:
    return dispatch(company_id=COMPANY, now=NOW)


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestDispatch:
    def test_tells_what_changed_since_the_endpoint_was_opened_and_nothing_personal(self):
        write(customer("C0"))
        tell()
        write(customer("C1", email="rosa@fictif.example", city="Lyon"))
        write(customer("C1", email="rosa@fictif.example", city="Paris"))

        assert run() == 1
        body = bodies()[0]
        row = Customer.objects.get(name="Atelier C1")
        assert body["type"] == "records.changed"
        assert body["timestamp"] == "2026-11-25T09:00:00Z"
        created, updated = body["data"]["changes"]
        assert created.keys() == {"position", "entity", "id", "op", "version", "origin", "at"}
        assert (created["op"], created["id"], created["origin"]) == (
            "create",
            str(row.public_id),
            "crm",
        )
        assert (updated["op"], updated["version"], updated["changed"]) == ("update", 2, ["city"])
        assert body["data"]["next"] == f"{feed.head(company_id=COMPANY).generation}:3"
        assert "rosa" not in json.dumps(body)
        assert "Paris" not in json.dumps(body)

    def test_makes_nothing_twice(self):
        tell()
        write(customer("C1"))
        assert (run(), run()) == (1, 0)

    def test_makes_small_messages_of_a_large_import(self):
        tell()
        write(*(customer(f"C{number}") for number in range(1, 1_001)))

        assert run() == 10
        made = list(WebhookMessage.objects.order_by("pk"))
        assert [one.changes for one in made] == [100] * 10
        assert [one.first_position for one in made] == list(range(1, 1_001, 100))
        assert max(len(one.body) for one in made) < 20_000

    def test_keeps_a_message_small_when_changes_are_long(self):
        tell()
        write(*(customer(f"C{number}") for number in range(100)))
        run()
        long = {f"custom.{name}_{'x' * 55}": "y" for name in "abcdef"}
        write(*(customer(f"C{number}", **long) for number in range(100)))
        run()
        assert all(len(one.body) < 20_000 for one in WebhookMessage.objects.all())
        assert sum(one.changes for one in WebhookMessage.objects.all()) == 200

    def test_tells_only_what_the_endpoint_asked_for_and_moves_past_the_rest(self):
        tell(entities=["contact"], ops=["update"])
        write(customer("C1"))
        write(customer("C1", city="Lyon"))

        assert run() == 0
        assert not is_behind(company_id=COMPANY)

    def test_does_not_make_messages_without_end_for_a_receiver_that_is_away(self):
        tell()
        endpoint = WebhookEndpoint.objects.get()
        write(*(customer(f"C{number}") for number in range(300)))
        run()
        waiting = WebhookMessage.objects.get(first_position=1)
        WebhookMessage.objects.bulk_create(
            WebhookMessage(
                company_id=COMPANY, endpoint=endpoint, message_id=f"msg_{number}", kind="ping",
                body="{}", changes=0, state="pending", attempts=0, next_attempt_at=NOW,
            )
            for number in range(MAX_WAITING)
        )  # fmt: skip
        write(customer("C1", city="Lyon"))

        assert run() == 0
        assert is_behind(company_id=COMPANY)
        WebhookMessage.objects.filter(pk__gt=waiting.pk, kind="ping").delete()
        assert run() == 1

    def test_tells_an_endpoint_to_start_over_after_a_restore(self):
        tell()
        write(customer("C1"))
        run()
        feed.restart(company_id=COMPANY)
        write(customer("C2"))

        assert run() == 1
        head = feed.head(company_id=COMPANY)
        assert bodies()[-1]["type"] == "feed.restarted"
        assert bodies()[-1]["data"] == {"next": f"{head.generation}:{head.position}"}

    def test_leaves_a_disabled_endpoint_where_it_stands(self):
        public_id = tell()
        endpoints.disable_endpoint(company_id=COMPANY, public_id=public_id, now=NOW)
        write(customer("C1"))
        assert run() == 0

        endpoints.enable_endpoint(company_id=COMPANY, public_id=public_id, now=NOW)
        assert run() == 1

    def test_writes_the_place_and_the_messages_together(self, monkeypatch):
        tell()
        write(customer("C1"))

        def torn(_drafts):
            message = "the disk is full"
            raise OSError(message)

        monkeypatch.setattr(WebhookMessage.objects, "bulk_create", torn)
        with pytest.raises(OSError, match="disk"):
            run()
        monkeypatch.undo()
        assert WebhookEndpoint.objects.get().position == 0
        assert run() == 1


@pytest.mark.django_db(transaction=True)
class TestTwoDispatchersAtOnce:
    def test_tell_every_change_once(self):
        with company_scope(COMPANY):
            tell()
            write(*(customer(f"C{number}") for number in range(500)))

        def act() -> None:
            with company_scope(COMPANY):
                dispatch(company_id=COMPANY, now=NOW)
            connection.close()

        threads = [threading.Thread(target=act) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with company_scope(COMPANY):
            told = [change["position"] for body in bodies() for change in body["data"]["changes"]]
        assert sorted(told) == list(range(1, 501))
