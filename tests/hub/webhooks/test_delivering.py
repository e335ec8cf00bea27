"""Sending: signatures, receivers of every temper, retries, and the order of messages."""

from __future__ import annotations

import base64
import datetime as dt
import time

import pytest
import standardwebhooks
from django.db import connection
from receivers import COMPANY, customer, drip, hang, huge, status, write

from palier.hub.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from palier.hub.webhooks import delivering, dispatch, endpoints, schedule
from palier.hub.webhooks.endpoints import Made


def tell(url: str) -> Made:
    return endpoints.create_endpoint(
        company_id=COMPANY, url=url, description="", entities=(), ops=(), person_id=None
    )


@pytest.fixture
def made(receiver, scope) -> Made:
    return tell(receiver.url)


@pytest.fixture
def deliver(clock):
    def act(**options) -> delivering.Run:
        dispatch.dispatch(company_id=COMPANY, now=clock())
        endpoint_id = WebhookEndpoint.objects.order_by("pk").first().pk
        return delivering.deliver(
            company_id=COMPANY, endpoint_id=endpoint_id, clock=clock, **options
        )

    return act


def last() -> WebhookAttempt:
    return WebhookAttempt.objects.order_by("-pk").first()


@pytest.mark.django_db
class TestDeliver:
    def test_sends_a_message_that_the_reference_library_accepts(
        self, made, receiver, deliver, clock
    ):
        clock.now = dt.datetime.now(dt.UTC)
        write(customer("C1"))

        run = deliver()

        ((headers, body),) = receiver.received
        assert run.sent == 1
        seen = standardwebhooks.Webhook(made.secret).verify(body, headers)
        assert seen["data"]["changes"][0]["entity"] == "customer"
        assert headers["content-type"] == "application/json"
        message = WebhookMessage.objects.get()
        assert (message.state, message.attempts) == ("delivered", 1)
        assert headers["webhook-id"] == message.message_id

    def test_signs_with_both_secrets_for_a_day_after_a_rotation(
        self, made, receiver, deliver, clock
    ):
        clock.now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=23, minutes=59)
        fresh = endpoints.rotate_secret(company_id=COMPANY, public_id=made.public_id, now=clock())
        clock.now = dt.datetime.now(dt.UTC)
        write(customer("C1"))
        deliver()
        headers, body = receiver.received[0]
        for secret in (made.secret, fresh.secret):
            standardwebhooks.Webhook(secret).verify(body, headers)

        clock.forward(minutes=2)
        write(customer("C2"))
        deliver()
        headers, body = receiver.received[1]
        standardwebhooks.Webhook(fresh.secret).verify(body, headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(made.secret).verify(body, headers)

    @pytest.mark.parametrize("code", [199 + 1, 202, 204])
    def test_takes_any_2xx_for_delivered(self, made, receiver, deliver, code):
        receiver.will(status(code))
        write(customer("C1"))
        deliver()
        assert WebhookMessage.objects.get().state == "delivered"

    @pytest.mark.parametrize("code", [300, 400, 401, 404, 500, 503])
    def test_takes_anything_else_for_failed(self, made, receiver, deliver, code):
        receiver.will(status(code, "not today"))
        write(customer("C1"))
        deliver()
        assert WebhookMessage.objects.get().state == "pending"
        assert (last().status, last().response) == (code, "not today")

    def test_does_not_follow_a_redirect(self, made, receiver, deliver):
        receiver.will(status(302, Location=f"http://127.0.0.1:{receiver.port}/inside"))
        write(customer("C1"))
        deliver()
        assert last().status == 302
        assert len(receiver.received) == 1

    @pytest.mark.parametrize("temper", [hang, drip])
    def test_gives_up_a_receiver_that_never_finishes_its_answer(
        self, made, receiver, deliver, temper
    ):
        receiver.will(temper(receiver))
        write(customer("C1"))
        started = time.monotonic()
        deliver(timeout_s=0.5)
        assert time.monotonic() - started < 1.5
        assert last().failure == "timeout"

    def test_keeps_the_beginning_of_a_huge_answer_only(self, made, receiver, deliver):
        receiver.will(huge(receiver))
        write(customer("C1"))
        started = time.monotonic()
        deliver()
        assert time.monotonic() - started < 3
        assert last().status == 500
        assert last().response == "x" * delivering.KEPT_RESPONSE

    def test_says_when_nobody_listens(self, receiver, scope, deliver):
        tell("http://127.0.0.1:9/hook")
        write(customer("C1"))
        deliver()
        assert last().failure == "connection"

    def test_refuses_a_private_address_at_the_moment_of_sending(
        self, made, receiver, deliver, monkeypatch
    ):
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", "")
        write(customer("C1"))
        deliver()
        assert last().failure == "addresses.private"
        assert receiver.received == []

    def test_says_when_the_secret_belongs_to_another_installation(
        self, made, receiver, deliver, monkeypatch
    ):
        monkeypatch.setenv("PALIER_SECRET_KEY", "another")
        write(customer("C1"))
        deliver()
        assert last().failure == "secrets.unreadable"


@pytest.mark.django_db
class TestRetries:
    def test_follow_the_schedule_and_end_among_the_dead_with_one_id(
        self, made, receiver, deliver, clock
    ):
        receiver.will(status(500))
        write(customer("C1"))
        started = clock()
        waits = []
        while (run := deliver()).next_due is not None:
            waits.append((run.next_due - clock()).total_seconds())
            clock.now = run.next_due
            if len(waits) == 9:
                WebhookEndpoint.objects.update(failing_since=clock())  # as if it had once worked
        assert len(receiver.received) == schedule.MAX_ATTEMPTS == 10
        assert len(set(receiver.ids)) == 1
        assert waits == [pytest.approx(one, rel=0.101) for one in schedule.RETRIES_S]
        assert clock() - started < dt.timedelta(hours=85)
        message = WebhookMessage.objects.get()
        assert (message.state, message.next_attempt_at) == ("dead", None)
        assert WebhookAttempt.objects.count() == 10

    def test_have_a_fresh_signature_each(self, made, receiver, deliver, clock):
        receiver.will(status(500), status(200))
        write(customer("C1"))
        clock.now = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=6)
        deliver()
        clock.forward(seconds=6)
        deliver()
        first, second = (headers["webhook-timestamp"] for headers, _ in receiver.received)
        assert int(second) - int(first) == 6
        standardwebhooks.Webhook(made.secret).verify(
            receiver.received[1][1], receiver.received[1][0]
        )

    @pytest.mark.parametrize("value", ["3600", "Wed, 25 Nov 2026 10:00:00 GMT"])
    def test_wait_as_long_as_the_receiver_asks(self, made, receiver, deliver, clock, value):
        receiver.will(status(429, Retry_After=value))
        write(customer("C1"), customer("C2"))
        run = deliver()
        assert run.next_due == clock() + dt.timedelta(hours=1)
        clock.forward(minutes=59)
        write(customer("C3"))
        assert deliver().sent == 0

    def test_keep_the_order_when_the_receiver_only_stumbles(self, made, receiver, deliver, clock):
        receiver.will(status(500), status(200))
        for number in range(3):
            write(customer(f"C{number}"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
        assert deliver().sent == 1
        clock.forward(seconds=6)
        deliver()
        expected = list(WebhookMessage.objects.order_by("pk").values_list("message_id", flat=True))
        assert receiver.ids == [expected[0], *expected]

    def test_let_the_others_pass_a_message_that_is_refused_for_itself(
        self, made, receiver, deliver, clock
    ):
        for number in range(3):
            write(customer(f"C{number}"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
        poisoned = WebhookMessage.objects.order_by("pk").first().message_id

        def refuse_one(request):
            status(400 if request.headers["webhook-id"] == poisoned else 200)(request)

        receiver.will(refuse_one)
        for _ in range(3):
            clock.now = deliver().next_due or clock()
        states = dict(WebhookMessage.objects.values_list("message_id", "state"))
        assert states.pop(poisoned) == "pending"
        assert set(states.values()) == {"delivered"}

    def test_leave_a_receiver_that_is_down_alone(self, made, receiver, deliver, clock):
        receiver.will(status(500))
        for number in range(40):
            write(customer(f"C{number}"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
        until = clock() + dt.timedelta(hours=2)
        while clock() < until:
            deliver()
            clock.forward(minutes=4)
        assert len(receiver.received) < 12

    def test_bring_everything_at_once_when_the_receiver_is_back(
        self, made, receiver, deliver, clock
    ):
        receiver.will(status(500))
        for number in range(3):
            write(customer(f"C{number}"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
        for _ in range(6):
            clock.now = deliver().next_due
        receiver.will(status(200))
        deliver()
        assert not WebhookMessage.objects.exclude(state="delivered").exists()
        assert WebhookEndpoint.objects.get().failures == 0


@pytest.mark.django_db
class TestDisabling:
    def test_follows_an_answer_that_the_address_is_gone(self, made, receiver, deliver):
        receiver.will(status(410))
        write(customer("C1"))
        assert deliver().disabled
        row = WebhookEndpoint.objects.get()
        assert (row.state, row.disabled_reason) == ("disabled", "gone")
        assert deliver().sent == 0

    def test_follows_five_days_of_nothing_but_failures(self, made, receiver, deliver, clock):
        receiver.will(status(500))
        write(customer("C1"))
        deliver()
        clock.forward(days=4, hours=23)
        write(customer("C2"))
        assert not deliver().disabled
        clock.forward(hours=2)
        assert deliver().disabled
        assert WebhookEndpoint.objects.get().disabled_reason == "failing"

    def test_does_not_follow_when_one_message_came_through(self, made, receiver, deliver, clock):
        receiver.will(status(500), status(200), status(500))
        write(customer("C1"))
        deliver()
        clock.forward(days=4)
        deliver()
        clock.forward(days=4)
        write(customer("C2"))
        assert not deliver().disabled

    def test_is_over_once_enabled_and_nothing_was_lost(self, made, receiver, deliver, clock):
        receiver.will(status(410), status(200))
        write(customer("C1"))
        deliver()
        write(customer("C2"))
        endpoints.enable_endpoint(company_id=COMPANY, public_id=made.public_id, now=clock())
        deliver()
        assert WebhookMessage.objects.filter(state="delivered").count() == 2


@pytest.mark.django_db
class TestReplay:
    def test_keeps_the_id_and_the_body(self, made, receiver, deliver, clock):
        write(customer("C1"))
        deliver()
        message = WebhookMessage.objects.get()
        endpoints.replay(
            company_id=COMPANY, public_id=made.public_id, message_id=message.message_id, now=clock()
        )
        deliver()
        assert receiver.ids == [message.message_id] * 2
        assert receiver.received[0][1] == receiver.received[1][1]

    def test_sends_every_dead_message_again(self, made, receiver, deliver, clock):
        for number in range(3):
            write(customer(f"C{number}"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
        WebhookMessage.objects.update(state="dead", next_attempt_at=None, settled_at=clock())
        assert endpoints.replay_dead(company_id=COMPANY, public_id=made.public_id, now=clock()) == 3
        deliver()
        assert len(receiver.received) == 3

    def test_tells_everything_after_a_position_anew(self, made, receiver, deliver, clock):
        write(*(customer(f"C{number}") for number in range(5)))
        deliver()
        left = endpoints.replay_from(company_id=COMPANY, public_id=made.public_id, position=3)
        deliver()
        assert left == 2
        assert b'"position":4,' in receiver.received[1][1]
        assert b'"position":3,' not in receiver.received[1][1]

    def test_refuses_a_position_that_is_not_there_yet(self, made):
        with pytest.raises(endpoints.PositionBeyond):
            endpoints.replay_from(company_id=COMPANY, public_id=made.public_id, position=1)

    def test_finds_the_position_of_a_moment(self, made):
        write(customer("C1"))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE hub_change_set SET at = at - interval '1 day'")
            cursor.execute("SELECT now()")
            now = cursor.fetchone()[0]
        write(customer("C2"))
        position = endpoints.position_at
        assert position(company_id=COMPANY, moment=now - dt.timedelta(days=2)) == 0
        assert position(company_id=COMPANY, moment=now - dt.timedelta(hours=1)) == 1
        assert position(company_id=COMPANY, moment=now + dt.timedelta(hours=1)) == 2


@pytest.mark.django_db
class TestPing:
    def test_arrives_and_tells_nothing(self, made, receiver, deliver, clock):
        endpoints.ping(company_id=COMPANY, public_id=made.public_id, now=clock())
        deliver()
        assert b'"type":"ping"' in receiver.received[0][1]

    def test_does_not_wait_for_the_end_of_a_pause(self, made, receiver, deliver, clock):
        receiver.will(status(500), status(200))
        write(customer("C1"))
        deliver()
        endpoints.ping(company_id=COMPANY, public_id=made.public_id, now=clock())
        assert deliver().sent == 1


@pytest.mark.django_db
class TestSecret:
    def test_is_stored_sealed(self, made):
        row = WebhookEndpoint.objects.get()
        assert made.secret not in row.secret
        assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 32
