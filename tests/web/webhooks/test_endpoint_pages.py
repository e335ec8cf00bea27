"""Pages of the webhooks that Palier sends."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from palier.accounts.permissions import Role
from palier.hub.models import WebhookEndpoint, WebhookMessage
from palier.hub.records import Record
from palier.hub.webhooks import dispatch, endpoints

URL = "https://hooks.example/palier?key=abc"


@pytest.fixture
def made(workshop):
    with workshop.scope():
        return endpoints.create_endpoint(
            company_id=workshop.company.id,
            url=URL,
            description="Notre site",
            entities=["customer"],
            ops=(),
            person_id=None,
        )


@pytest.fixture
def leader(workshop):
    return workshop.browse()


def row(workshop) -> WebhookEndpoint:
    with workshop.scope():
        return WebhookEndpoint.objects.get()


def told(workshop, state: str = "dead") -> WebhookMessage:
    workshop.write("customer", Record("C1", {"name": "Élan"}))
    with workshop.scope():
        dispatch.dispatch(company_id=workshop.company.id, now=timezone.now())
        if state != "pending":
            WebhookMessage.objects.update(
                state=state, next_attempt_at=None, settled_at=timezone.now()
            )
        return WebhookMessage.objects.get()


def act(client, made, what: str):
    return client.post(reverse("webhooks:act", args=[made.public_id, what]), follow=True)


class TestWebhooks:
    def test_invites_to_begin(self, leader):
        page = leader.get(reverse("webhooks:list")).content.decode()
        assert "Nobody is told of changes yet" in page
        assert "No tool calls Palier yet" in page

    def test_lists_endpoints_with_their_health(self, workshop, leader, made):
        page = leader.get(reverse("webhooks:list")).content.decode()
        assert "Notre site" in page
        assert "Nothing sent yet" in page
        assert URL in page

    def test_hides_the_address_from_who_does_not_manage_it(self, workshop, made):
        for address in (
            reverse("webhooks:list"),
            reverse("webhooks:endpoint", args=[made.public_id]),
        ):
            page = workshop.browse(Role.READER).get(address).content.decode()
            assert "https://hooks.example/…" in page
            assert "abc" not in page
            assert "Send a test message" not in page

    def test_takes_the_same_number_of_queries_however_many(
        self, workshop, leader, made, django_assert_max_num_queries
    ):
        with workshop.scope():
            for number in range(5):
                endpoints.create_endpoint(
                    company_id=workshop.company.id, url=f"https://x{number}.example",
                    description="", entities=(), ops=(), person_id=None,
                )  # fmt: skip
        with django_assert_max_num_queries(12):
            leader.get(reverse("webhooks:list"))


class TestNew:
    def test_shows_the_secret_once(self, workshop, leader):
        answer = leader.post(
            reverse("webhooks:new"), {"url": URL, "entities": ["customer"], "ops": ["create"]}
        )
        secret = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())[0]
        assert answer["Cache-Control"] == "no-store"
        saved = row(workshop)
        assert (saved.url, saved.entities, saved.ops) == (URL, ["customer"], ["create"])
        again = leader.get(reverse("webhooks:endpoint", args=[saved.public_id]))
        assert secret not in again.content.decode()

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("", "Give the address"),
            ("hooks.example", "This is not a web address"),
            ("http://10.0.0.1/x", "leads to a private network"),
        ],
    )
    def test_refuses_an_address_with_the_reason(self, leader, url, sentence):
        answer = leader.post(reverse("webhooks:new"), {"url": url})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.READER])
    def test_is_for_the_leader(self, workshop, role):
        assert workshop.browse(role).get(reverse("webhooks:new")).status_code == 403


class TestShow:
    def test_saves_settings(self, workshop, leader, made):
        address = reverse("webhooks:endpoint", args=[made.public_id])
        leader.post(address, {"url": "https://other.example/", "description": "Autre"})
        saved = row(workshop)
        assert (saved.url, saved.description, saved.entities) == (
            "https://other.example/",
            "Autre",
            [],
        )

    def test_refuses_settings_with_the_reason(self, leader, made):
        address = reverse("webhooks:endpoint", args=[made.public_id])
        answer = leader.post(address, {"url": "http://localhost.localdomain:1/"})
        assert answer.status_code in {302, 422}
        answer = leader.post(address, {"url": "http://127.0.0.1/"})
        assert answer.status_code == 422

    def test_lists_messages_by_state_and_swaps_them_alone(self, workshop, leader, made):
        told(workshop)
        address = reverse("webhooks:endpoint", args=[made.public_id])
        assert "Given up" in leader.get(f"{address}?etat=dead").content.decode()
        assert "No message in this state" in leader.get(f"{address}?etat=pending").content.decode()
        part = leader.get(address, headers={"HX-Request": "true"}).content.decode()
        assert part.lstrip().startswith("<section")

    def test_goes_on_to_older_messages(self, workshop, leader, made):
        message = told(workshop)
        with workshop.scope():
            WebhookMessage.objects.bulk_create(
                WebhookMessage(
                    company_id=workshop.company.id, endpoint_id=message.endpoint_id, changes=0,
                    message_id=f"msg_{number}", kind="ping", body="{}", state="delivered",
                    attempts=1, settled_at=timezone.now(),
                )
                for number in range(60)
            )  # fmt: skip
        address = reverse("webhooks:endpoint", args=[made.public_id])
        page = leader.get(address).content.decode()
        older = re.search(r'href="(\?etat=&amp;avant=\d+)"', page)[1].replace("&amp;", "&")
        assert message.message_id in leader.get(address + older).content.decode()


class TestAct:
    def test_sends_a_test_message(self, workshop, leader, made):
        assert "on its way" in act(leader, made, "essai").content.decode()
        with workshop.scope():
            assert WebhookMessage.objects.get().kind == "ping"

    def test_disables_and_enables(self, workshop, leader, made):
        act(leader, made, "desactiver")
        assert row(workshop).state == "disabled"
        page = act(leader, made, "essai").content.decode()
        assert "This webhook is disabled" in page
        act(leader, made, "activer")
        assert row(workshop).state == "active"

    def test_enables_for_what_comes_only(self, workshop, leader, made):
        act(leader, made, "desactiver")
        workshop.write("customer", Record("C1", {"name": "Élan"}))
        act(leader, made, "activer-maintenant")
        assert row(workshop).position == 1

    def test_sends_what_was_given_up_again(self, workshop, leader, made):
        message = told(workshop)
        assert "1 message will be sent again" in act(leader, made, "renvoyer").content.decode()
        with workshop.scope():
            message.refresh_from_db()
        assert message.state == "pending"

    def test_deletes(self, workshop, leader, made):
        told(workshop)
        act(leader, made, "supprimer")
        with workshop.scope():
            assert not WebhookEndpoint.objects.exists()
            assert not WebhookMessage.objects.exists()

    def test_knows_no_other_act(self, leader, made):
        assert act(leader, made, "bidon").status_code == 404


class TestSecret:
    def test_shows_a_new_one_and_keeps_the_former_for_a_day(self, workshop, leader, made):
        answer = leader.post(reverse("webhooks:secret", args=[made.public_id]))
        assert "whsec_" in answer.content.decode()
        assert made.secret not in answer.content.decode()
        assert row(workshop).previous_until is not None


class TestReplay:
    def test_tells_anew_from_a_position_or_a_moment(self, workshop, leader, made):
        told(workshop)
        address = reverse("webhooks:replay", args=[made.public_id])
        answer = leader.post(address, {"position": "0"}, follow=True)
        assert "1 change will be sent anew" in answer.content.decode()
        assert row(workshop).position == 0
        answer = leader.post(address, {"since": "2020-01-01T00:00"}, follow=True)
        assert "1 change will be sent anew" in answer.content.decode()

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [({}, "one of the two"), ({"position": "99"}, "There is no change at this position yet")],
    )
    def test_refuses_with_the_reason(self, leader, made, data, sentence):
        answer = leader.post(reverse("webhooks:replay", args=[made.public_id]), data)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()


class TestMessage:
    def test_shows_the_body_and_sends_it_again(self, workshop, leader, made):
        message = told(workshop)
        address = reverse("webhooks:message", args=[made.public_id, message.message_id])
        assert "records.changed" in leader.get(address).content.decode()
        leader.post(address)
        with workshop.scope():
            message.refresh_from_db()
        assert message.state == "pending"

    def test_is_not_found_when_it_does_not_exist(self, leader, made):
        address = reverse("webhooks:message", args=[made.public_id, "msg_none"])
        assert leader.get(address).status_code == 404
