"""A worker that dies, or two at once: every message arrives, under its own id."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from django.db import connection, connections
from receivers import COMPANY, customer, status, write

from palier.database.isolation import company_scope
from palier.hub.models import WebhookEndpoint, WebhookMessage
from palier.hub.webhooks import delivering, dispatch, endpoints


def tell(url: str) -> None:
    endpoints.create_endpoint(
        company_id=COMPANY, url=url, description="", entities=(), ops=(), person_id=None
    )


@pytest.mark.django_db(transaction=True)
class TestAWorkerThatDies:
    def test_between_sending_and_recording_sends_again_under_the_same_id(self, receiver, clock):
        with company_scope(COMPANY):
            tell(receiver.url)
            write(customer("C1"))
            dispatch.dispatch(company_id=COMPANY, now=clock())
            endpoint_id = WebhookEndpoint.objects.get().pk
        arrived = threading.Event()
        receiver.will(lambda _request: arrived.set() or receiver.released.wait(10), status(200))

        child = os.fork()
        if child == 0:  # pragma: no cover - the process that dies
            for one in connections.all():
                one.connection = None  # the parent's
            with company_scope(COMPANY):
                delivering.deliver(company_id=COMPANY, endpoint_id=endpoint_id, clock=clock)
            os._exit(1)
        assert arrived.wait(10)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

        with company_scope(COMPANY):
            deadline = time.monotonic() + 10
            while not delivering.deliver(
                company_id=COMPANY, endpoint_id=endpoint_id, clock=clock
            ).sent:
                assert time.monotonic() < deadline, "the dead worker's lock was not given back"
                time.sleep(0.05)
            message = WebhookMessage.objects.get()
        assert receiver.ids == [message.message_id] * 2
        assert (message.state, message.attempts) == ("delivered", 1)

    def test_or_two_at_once_send_each_message_once(self, receiver, clock):
        with company_scope(COMPANY):
            tell(receiver.url)
            for number in range(5):
                write(customer(f"C{number}"))
                dispatch.dispatch(company_id=COMPANY, now=clock())
            endpoint_id = WebhookEndpoint.objects.get().pk

        def act() -> None:
            with company_scope(COMPANY):
                delivering.deliver(company_id=COMPANY, endpoint_id=endpoint_id, clock=clock)
            connection.close()

        threads = [threading.Thread(target=act) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(receiver.ids) == len(set(receiver.ids)) == 5
