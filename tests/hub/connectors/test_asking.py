"""Calls: the budget, waits, redirects, forbidden addresses."""

from __future__ import annotations

import dataclasses

import pytest
from standins.generic import Generic
from standins.server import Fault

from palier.hub.connectors.addresses import NotOverHttps, public_address
from palier.hub.connectors.answers import CallRefused, NotAllowed, ToolUnavailable
from palier.hub.connectors.asking import Caller
from palier.hub.connectors.manifest import Rate, Request
from palier.hub.connectors.manifest_toml import read_manifest
from palier.kernel.addresses import AddressInvalid, AddressPrivate, HostNotFound

ME = Request(path="/me")


@pytest.fixture
def tool(stand):
    return stand(Generic())


@pytest.fixture
def ask(tool, clock):
    manifest = dataclasses.replace(read_manifest(tool.manifest()), rate=Rate(3, 10))
    elapsed = [0.0]

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        elapsed[0] += seconds

    caller = Caller(
        manifest=manifest,
        settings={},
        secrets={"token": "jeton-fictif"},
        now=clock.now,
        sleep=sleep,
        monotonic=lambda: elapsed[0],
    )
    return caller.ask


class TestAsk:
    def test_keeps_to_the_tools_budget(self, ask, clock):
        for _ in range(7):
            ask(ME)

        assert sum(clock.waits) == pytest.approx(20)

    def test_waits_until_the_date_that_the_tool_names(self, ask, tool, clock):
        tool.fail(Fault(429, {"Retry-After": "Fri, 20 Nov 2026 09:00:40 GMT"}))

        ask(ME)

        assert clock.waits == [40.0]

    def test_does_not_wait_for_hours(self, ask, tool):
        tool.fail(Fault(429, {"Retry-After": "7200"}))

        with pytest.raises(ToolUnavailable):
            ask(ME)

    def test_waits_longer_each_time_and_gives_up(self, ask, tool, clock):
        tool.always = Fault(500)

        with pytest.raises(ToolUnavailable):
            ask(ME)

        backoff = [wait for wait in clock.waits if wait < 20]
        assert len(tool.asked) == 6
        assert backoff[0] < 1.3
        assert 10 < max(backoff) < 20.1

    def test_does_not_follow_a_redirect(self, ask, tool):
        tool.fail(Fault(302, {"Location": "http://169.254.169.254/latest/meta-data"}))

        with pytest.raises(CallRefused):
            ask(ME)

        assert len(tool.asked) == 1

    def test_does_not_follow_a_page_of_another_host(self, ask):
        with pytest.raises(CallRefused):
            ask(ME, url="http://127.0.0.1:1/items?page=2")

    def test_says_which_right_is_lacking(self, ask, tool):
        tool.fail(Fault(403))

        with pytest.raises(NotAllowed):
            ask(ME)


class TestPublicAddress:
    @pytest.fixture(autouse=True)
    def closed(self, monkeypatch):
        monkeypatch.delenv("PALIER_ALLOW_PRIVATE_HOSTS")

    @pytest.mark.parametrize(
        "url",
        [
            "http://9.9.9.9",
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://10.1.2.3",
            "https://169.254.169.254",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://100.64.0.1",
            "https://0.0.0.0",
            "file:///etc/passwd",
        ],
    )
    def test_refuses_local_networks(self, url):
        with pytest.raises((AddressPrivate, NotOverHttps, AddressInvalid)):
            public_address(url=url)

    def test_accepts_a_public_address(self):
        assert public_address(url="https://9.9.9.9/x") == "9.9.9.9"

    def test_says_that_a_host_is_unknown(self):
        with pytest.raises(HostNotFound):
            public_address(url="https://introuvable.invalid")
