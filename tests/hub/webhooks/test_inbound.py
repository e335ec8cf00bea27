"""What tools tell, from the door-step into the hub."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from django.db import connection
from receivers import COMPANY, NOW, customer, write

from palier.accounts.queries import CompanyInfo
from palier.database.isolation import company_scope
from palier.hub.imports.mapping_json import from_json, to_json
from palier.hub.models import (
    Contact,
    Customer,
    Deal,
    ImportBatch,
    ImportMapping,
    InboundHook,
    InboundMessage,
)
from palier.hub.webhooks import hooks, inbound, keeping
from palier.hub.webhooks.verifying import Call

INFO = CompanyInfo(COMPANY, "atelier", "Atelier", "EUR", "Europe/Paris", "FR", False, 1)
MAPPING = {
    "entities": [
        {
            "entity": "customer",
            "object": "company",
            "id": ["id"],
            "fields": {
                "name": "name",
                "city": "address.city",
                "phone": {"column": "phone", "parser": "phone"},
            },
        }
    ]
}


def remember(mapping: dict = MAPPING, tool: str = "fichette", signature: str = "x") -> None:
    ImportMapping.objects.create(
        company_id=COMPANY, tool=tool, signature=signature, mapping=to_json(from_json(mapping))
    )


def open_hook(place: str = "", **more: str) -> hooks.Opened:
    return hooks.create_hook(
        company_id=COMPANY,
        name="Fichette",
        tool="fichette",
        scheme=more.get("scheme", "token"),
        secret=more.get("secret", ""),
        place=place,
        person_id=None,
    )


def post(hook: hooks.Opened, body: object, message_id: str = "m-1") -> hooks.Received:
    headers = {"x-palier-token": hook.secret, "webhook-id": message_id}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return hooks.receive(token=hook.token, call=Call(headers, raw, "https://x.example/", NOW))


def process() -> InboundMessage:
    inbound.process_waiting(company=INFO, now=NOW)
    return InboundMessage.objects.order_by("-pk").first()


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestReceive:
    def test_keeps_the_very_bytes(self):
        hook = open_hook()
        body = b'{"id": 1,\n "name":"\xc3\x89lan"}'
        kept = post(hook, body)
        assert (kept.company_id, kept.message_id, kept.is_new) == (COMPANY, "m-1", True)
        assert bytes(InboundMessage.objects.get().body) == body
        assert InboundHook.objects.get().received == 1

    def test_keeps_a_message_once(self):
        hook = open_hook()
        post(hook, {"id": 1})
        assert not post(hook, {"id": 1}).is_new
        assert InboundMessage.objects.count() == 1
        assert InboundHook.objects.get().received == 1

    def test_counts_what_it_refuses_and_keeps_none_of_it(self):
        hook = open_hook()
        call = Call({"x-palier-token": "wrong"}, b"{}", "https://x.example/", NOW)
        with pytest.raises(hooks.verifying.WronglySigned):
            hooks.receive(token=hook.token, call=call)
        row = InboundHook.objects.get()
        assert (row.refused, row.last_refused_at, row.last_refusal) == (
            1,
            NOW,
            "hooks.wrongly-signed",
        )
        assert not InboundMessage.objects.exists()

    @pytest.mark.parametrize("token", ["", "abc", "x" * 32, "%" * 32, "é" * 32])
    def test_knows_no_other_address(self, token):
        open_hook()
        with pytest.raises(hooks.HookUnknown):
            hooks.receive(token=token, call=Call({}, b"", "https://x.example/", NOW))

    def test_answers_nobody_once_closed_and_again_once_reopened(self):
        hook = open_hook()
        hooks.close_hook(company_id=COMPANY, public_id=hook.public_id, now=NOW)
        with pytest.raises(hooks.HookUnknown):
            post(hook, {})
        hooks.reopen_hook(company_id=COMPANY, public_id=hook.public_id)
        assert post(hook, {}).is_new

    def test_believes_a_new_secret_only(self):
        hook = open_hook()
        changed = hooks.change_secret(company_id=COMPANY, public_id=hook.public_id, secret="")
        assert post(changed, {}).is_new
        with pytest.raises(hooks.verifying.WronglySigned):
            post(hook, {}, "m-2")


@pytest.mark.django_db
class TestReceiveWithoutAScope:
    def test_finds_the_company_by_the_address_alone(self, scope):
        hook = open_hook()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('palier.company_id', '', false)")
        assert InboundHook.objects.count() == 0
        assert post(hook, {"id": 1}).company_id == COMPANY
        assert InboundMessage.objects.count() == 0
        with company_scope(COMPANY):
            assert InboundMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestReceiveAtOnce:
    def test_keeps_a_message_that_comes_twice_at_the_same_moment_once(self):
        with company_scope(COMPANY):
            hook = open_hook()
        new: list[bool] = []

        def act() -> None:
            new.append(post(hook, {"id": 1}).is_new)
            connection.close()

        threads = [threading.Thread(target=act) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(new) == [False, False, False, True]


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestProcessWaiting:
    def test_writes_the_record_by_the_mapping_of_the_tool(self):
        remember()
        post(open_hook(), {"id": 7, "name": "Élan", "address": {"city": "Brest"}, "x": [1]})
        message = process()
        row = Customer.objects.get()
        assert (row.name, row.city) == ("Élan", "Brest")
        assert (message.state, message.created, message.settled_at) == ("done", 1, NOW)

    def test_finds_the_records_at_the_place_of_the_hook(self):
        remember()
        hook = open_hook(place="data.objects")
        post(hook, {"type": "x", "data": {"objects": [{"id": n, "name": "A"} for n in (1, 2)]}})
        assert process().created == 2

    def test_leaves_alone_what_a_body_does_not_say(self):
        remember()
        hook = open_hook()
        post(hook, {"id": 7, "name": "Élan", "address": {"city": "Brest"}})
        process()
        post(hook, {"id": 7, "name": "Élan & fils"}, "m-2")
        process()
        assert Customer.objects.values_list("name", "city").get() == ("Élan & fils", "Brest")

    def test_leaves_a_link_alone_that_a_body_does_not_say(self):
        deal = {
            "entity": "deal",
            "object": "deal",
            "id": ["id"],
            "fields": {
                "name": "name",
                "status": {"column": "status", "others": "keep"},
                "customer": {"ref": "company", "id": ["company_id"]},
                "contact": {"ref": "@email", "column": "email"},
                "owner": "owner",
            },
        }
        remember()
        remember({"entities": [deal]}, signature="y")
        hook = open_hook()
        post(hook, {"id": 7, "name": "Élan"})
        said = {"id": 1, "name": "Toit", "status": "open", "owner": "Rosa"}
        post(hook, {**said, "company_id": 7, "email": "rosa@fictif.example"}, "m-2")
        process()
        before = Deal.objects.values("customer_id", "contact_id", "owner").get()
        post(hook, {"id": 1, "name": "Toit", "status": "won", "owner": "Rosa"}, "m-3")
        message = process()
        assert (message.state, message.updated) == ("done", 1), message.reason
        assert Deal.objects.get().status == "won"
        assert Deal.objects.values("customer_id", "contact_id", "owner").get() == before
        assert before["customer_id"] == Customer.objects.get().pk

    def test_keeps_a_long_number_as_written(self):
        remember()
        post(open_hook(), b'{"id": 12345678901234567890123, "name": "A"}')
        process()
        assert Customer.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"<xml/>", "hooks.body-unreadable"),
            (b"\xff\xfe", "hooks.body-unreadable"),
            (b"[" * 5_000, "hooks.body-unreadable"),
            (b"[]", "hooks.nothing-there"),
            (b"3", "hooks.nothing-there"),
            (b'[{"id":1},2]', "hooks.nothing-there"),
            (b'{"colour":"red"}', "hooks.no-mapping"),
        ],
    )
    def test_keeps_what_it_cannot_bring_in_with_the_reason(self, body, code):
        remember()
        post(open_hook(), body)
        message = process()
        assert (message.state, message.reason["code"]) == ("unsettled", code)
        assert bytes(message.body) == body

    def test_guesses_nothing_for_a_tool_nobody_has_explained(self):
        post(open_hook(), {"id": 7, "name": "Élan", "email": "a@elan.example"})
        assert process().reason["code"] == "hooks.no-mapping"
        assert not Customer.objects.exists()

    def test_keeps_refused_records_with_the_first_reason(self):
        remember()
        post(open_hook(), {"id": 7, "name": "Élan", "phone": "n'importe quoi"})
        message = process()
        assert message.reason["code"] == "hooks.records-refused"
        assert message.reason["params"]["why"]["code"] == "import.phone"

    def test_chooses_the_mapping_that_knows_most_of_the_body(self):
        remember()
        contact = {
            "entity": "contact",
            "object": "person",
            "id": ["id"],
            "fields": {"last_name": "name", "email": {"column": "email", "parser": "email"}},
        }
        remember({"entities": [contact]}, signature="y")
        post(open_hook(), {"id": 7, "name": "Rosa", "email": "rosa@fictif.example"})
        process()
        assert (Contact.objects.count(), Customer.objects.count()) == (1, 0)

    def test_goes_on_after_a_message_it_cannot_read(self):
        remember()
        hook = open_hook()
        post(hook, b"nothing")
        post(hook, {"id": 7, "name": "Élan"}, "m-2")
        process()
        assert list(InboundMessage.objects.order_by("pk").values_list("state", flat=True)) == [
            "unsettled",
            "done",
        ]

    def test_writes_nothing_twice_when_the_same_record_is_told_again(self):
        remember()
        hook = open_hook()
        for message_id in ("m-1", "m-2"):
            post(hook, {"id": 7, "name": "Élan"}, message_id)
        assert inbound.process_waiting(company=INFO, now=NOW) == 1
        assert Customer.objects.get().version == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestUnsettled:
    def test_opens_as_an_import_and_is_read_once_its_mapping_is_known(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        hook = open_hook(place="data")
        post(hook, {"data": {"id": 7, "name": "Élan", "lines": [{"a": 1}]}})
        message = process()
        number = inbound.open_as_import(
            company_id=COMPANY, public_id=hook.public_id, number=message.pk, person_id=None
        )
        batch = ImportBatch.objects.get(pk=number)
        assert batch.source_name == "fichette"
        kept = batch.files.get()
        laid = json.loads(Path(kept.path).read_text(encoding="utf-8"))
        assert laid == [{"id": 7, "name": "Élan", "lines": [{"a": 1}]}]

        remember()
        hooks.try_again(company_id=COMPANY, public_id=hook.public_id, number=message.pk)
        assert process().state == "done"

    def test_may_be_set_aside(self):
        hook = open_hook()
        post(hook, b"x")
        message = process()
        hooks.set_aside(company_id=COMPANY, public_id=hook.public_id, number=message.pk, now=NOW)
        assert not inbound.is_waiting(company_id=COMPANY)
        with pytest.raises(hooks.ReceivedUnknown):
            hooks.try_again(company_id=COMPANY, public_id=hook.public_id, number=message.pk)


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestForgetOld:
    def test_empties_bodies_that_were_brought_in_and_keeps_those_that_wait(self):
        remember()
        hook = open_hook()
        post(hook, {"id": 7, "name": "Élan"})
        post(hook, b"x", "m-2")
        process()
        keeping.forget_old(company_id=COMPANY, now=NOW + keeping.KEPT_BODY + keeping.KEPT_BODY / 9)
        done, waiting = InboundMessage.objects.order_by("pk")
        assert bytes(done.body) == b""
        assert bytes(waiting.body) == b"x"


@pytest.mark.django_db
@pytest.mark.usefixtures("scope")
class TestCreateHook:
    @pytest.mark.parametrize(
        ("scheme", "secret"),
        [("stripe", ""), ("hubspot", " "), ("standard", "whsec_é"), ("standard", "not base64!"),
         ("token", "é"), ("github", "x" * 501)],
    )  # fmt: skip
    def test_refuses_a_secret_that_cannot_be_one(self, scheme, secret):
        with pytest.raises(hooks.SecretUnusable):
            open_hook(scheme=scheme, secret=secret)

    @pytest.mark.parametrize("place", [".", "a.", "a b", "a..b"])
    def test_refuses_a_place_that_leads_nowhere(self, place):
        with pytest.raises(hooks.PlaceUnusable):
            open_hook(place=place)

    def test_writes_beside_records_of_the_same_tool(self):
        write(customer("C1"))
        remember(tool="crm")
        hook = hooks.create_hook(
            company_id=COMPANY, name="", tool="crm", scheme="token", secret="", place="",
            person_id=None,
        )  # fmt: skip
        post(hook, {"id": "C2", "name": "Deux"})
        assert process().created == 1
