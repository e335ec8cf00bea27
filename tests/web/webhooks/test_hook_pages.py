"""The door-step for tools, and the pages of what they send."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from palier.accounts.permissions import Role
from palier.hub.models import ImportBatch, InboundHook, InboundMessage
from palier.hub.webhooks import hooks, inbound
from palier.jobs.queue import app

pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def opened(workshop):
    with workshop.scope():
        return hooks.create_hook(
            company_id=workshop.company.id, name="Fichette", tool="fichette", scheme="token",
            secret="", place="", person_id=None,
        )  # fmt: skip


@pytest.fixture
def leader(workshop):
    return workshop.browse()


def post(opened, body=b'{"id": 1}', *, secret: str | None = None, message_id: str = "m-1"):
    return Client(enforce_csrf_checks=True).post(
        reverse("receive_hook", args=[opened.token]),
        body,
        content_type="application/json",
        headers={
            "X-Palier-Token": opened.secret if secret is None else secret,
            "Webhook-Id": message_id,
        },
    )


def unsettled(workshop, opened) -> InboundMessage:
    post(opened)
    with workshop.scope():
        inbound.process_waiting(company=workshop.company, now=timezone.now())
        return InboundMessage.objects.get()


class TestReceive:
    def test_takes_a_message_from_nobody_signed_in(self, workshop, opened):
        answer = post(opened)
        assert (answer.status_code, answer.json()) == (202, {"id": "m-1", "new": True})
        with workshop.scope():
            assert bytes(InboundMessage.objects.get().body) == b'{"id": 1}'
        jobs = app.job_manager.list_jobs(task="webhooks.process")
        assert [json.loads(str(job.task_kwargs)) for job in jobs] == [
            {"company_id": workshop.company.id}
        ]

    def test_says_that_it_knows_a_message_already(self, opened):
        post(opened)
        answer = post(opened)
        assert (answer.status_code, answer.json()["new"]) == (202, False)

    @pytest.mark.parametrize("secret", ["", "wrong"])
    def test_refuses_whom_it_does_not_believe(self, workshop, opened, secret):
        answer = post(opened, secret=secret)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] in {"hooks.not-signed", "hooks.wrongly-signed"}
        with workshop.scope():
            assert not InboundMessage.objects.exists()
            assert InboundHook.objects.get().refused == 1

    def test_knows_no_other_address(self, opened):
        address = reverse("receive_hook", args=["x" * 32])
        assert Client().post(address).status_code == 404

    def test_refuses_a_body_that_is_too_large_without_reading_it(self, opened):
        assert post(opened, b"x" * (hooks.MAX_BODY + 1)).status_code == 413
        assert post(opened, b"x" * hooks.MAX_BODY).status_code == 202

    def test_is_only_posted_to(self, opened):
        answer = Client().get(reverse("receive_hook", args=[opened.token]))
        assert (answer.status_code, answer["Allow"]) == (405, "POST")

    def test_answers_at_once(self, opened):
        post(opened)
        started = time.perf_counter()
        for number in range(20):
            post(opened, message_id=f"n-{number}")
        assert (time.perf_counter() - started) / 20 < 0.05


class TestNew:
    def test_shows_address_and_secret_once(self, workshop, leader):
        answer = leader.post(
            reverse("webhooks:new_hook"), {"tool": "Fichette", "scheme": "standard"}
        )
        page = answer.content.decode()
        with workshop.scope():
            saved = InboundHook.objects.get()
        assert f"/api/v1/hooks/{saved.token}" in page
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page)[0]
        page = leader.get(reverse("webhooks:hook", args=[saved.public_id])).content.decode()
        assert secret not in page
        assert saved.token in page

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"scheme": "token"}, "Say which tool calls"),
            ({"tool": "x", "scheme": "stripe"}, "gives the secret itself"),
            ({"tool": "x", "scheme": "standard", "secret": "!"}, "not the secret of this kind"),
            ({"tool": "x", "scheme": "token", "place": "a..b"}, "separated by points"),
        ],
    )
    def test_refuses_with_the_reason(self, leader, data, sentence):
        answer = leader.post(reverse("webhooks:new_hook"), data)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()

    def test_writes_under_the_name_of_a_tool_that_is_known(self, workshop, leader):
        from palier.hub.records import Record

        workshop.write("customer", Record("C1", {"name": "Élan"}))
        leader.post(reverse("webhooks:new_hook"), {"tool": "Crm", "scheme": "token"})
        with workshop.scope():
            assert InboundHook.objects.get().tool == "crm"


class TestShow:
    def test_tells_what_came_in_and_what_was_refused(self, workshop, leader, opened):
        unsettled(workshop, opened)
        post(opened, secret="wrong")
        page = leader.get(reverse("webhooks:hook", args=[opened.public_id])).content.decode()
        assert "Nobody has said yet what the fields of this message mean" in page
        assert "1 call was refused" in page
        assert "The signature does not match" in page

    def test_hides_the_address_from_who_does_not_manage_it(self, workshop, opened):
        page = workshop.browse(Role.MANAGER).get(reverse("webhooks:hook", args=[opened.public_id]))
        assert opened.token not in page.content.decode()


class TestMessage:
    def test_shows_what_was_sent(self, workshop, leader, opened):
        message = unsettled(workshop, opened)
        address = reverse("webhooks:received", args=[opened.public_id, message.pk])
        assert "&quot;id&quot;: 1" in leader.get(address).content.decode()

    def test_opens_as_an_import_where_its_fields_are_explained(self, workshop, leader, opened):
        message = unsettled(workshop, opened)
        address = reverse("webhooks:received", args=[opened.public_id, message.pk])
        answer = leader.post(address, {"how": "import"})
        with workshop.scope():
            batch = ImportBatch.objects.get()
            assert json.loads(Path(batch.files.get().path).read_text()) == [{"id": 1}]
        assert answer["Location"] == reverse("imports:show", args=[batch.pk])
        assert leader.get(answer["Location"]).status_code == 200

    @pytest.mark.parametrize(("how", "state"), [("again", "waiting"), ("aside", "set_aside")])
    def test_is_settled_otherwise(self, workshop, leader, opened, how, state):
        message = unsettled(workshop, opened)
        leader.post(reverse("webhooks:received", args=[opened.public_id, message.pk]), {"how": how})
        with workshop.scope():
            message.refresh_from_db()
        assert message.state == state


class TestAct:
    def test_closes_reopens_brings_in_again_and_deletes(self, workshop, leader, opened):
        unsettled(workshop, opened)

        def act(what: str) -> str:
            address = reverse("webhooks:hook_act", args=[opened.public_id, what])
            return leader.post(address, follow=True).content.decode()

        act("fermer")
        assert post(opened, message_id="m-2").status_code == 404
        act("rouvrir")
        assert post(opened, message_id="m-2").status_code == 202
        assert "1 message will be brought in again" in act("reessayer")
        act("supprimer")
        with workshop.scope():
            assert not InboundMessage.objects.exists()


class TestSecret:
    def test_is_replaced_at_once(self, leader, opened):
        address = reverse("webhooks:hook_secret", args=[opened.public_id])
        page = leader.post(address, {"secret": "un autre"}).content.decode()
        assert "un autre" in page
        assert post(opened).status_code == 401
        assert post(opened, secret="un autre").status_code == 202

    def test_is_refused_with_the_reason(self, leader, opened):
        address = reverse("webhooks:hook_secret", args=[opened.public_id])
        assert leader.post(address, {"secret": "é"}).status_code == 422
