"""A member's word does not make Palier call its own network."""

from __future__ import annotations

import socket

import pytest

from palier.kernel.addresses import (
    AddressInvalid,
    AddressPrivate,
    HostNotFound,
    check_url,
    judge,
    resolve,
)


@pytest.fixture
def allow(monkeypatch):
    def act(value: str) -> None:
        monkeypatch.setenv("PALIER_ALLOW_PRIVATE_HOSTS", value)

    act("")
    return act


PRIVATE = (
    "127.0.0.1", "127.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
    "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
    "2001:db8::1", "::127.0.0.1",
)  # fmt: skip


class TestJudge:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_refuses_what_is_not_public(self, allow, address):
        with pytest.raises(AddressPrivate):
            judge(host="x.example", addresses=[address])

    @pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
    def test_lets_public_addresses_through(self, allow, address):
        assert judge(host="x.example", addresses=[address]) == (address,)

    def test_refuses_a_name_of_which_one_address_is_private(self, allow):
        with pytest.raises(AddressPrivate):
            judge(host="x.example", addresses=["1.1.1.1", "10.0.0.1"])

    def test_opens_the_network_but_no_link_local_address_to_an_operator_who_opens_all(self, allow):
        allow("1")
        assert judge(host="x.example", addresses=["10.0.0.1", "127.0.0.1"])
        for address in ("169.254.169.254", "fe80::1", "224.0.0.1", "::"):
            with pytest.raises(AddressPrivate):
                judge(host="x.example", addresses=[address])

    def test_opens_the_names_and_networks_an_operator_lists_and_no_other(self, allow):
        allow("erp.interne, 10.0.4.0/24, 169.254.1.1")
        assert judge(host="ERP.interne.", addresses=["192.168.7.7"])
        assert judge(host="x.example", addresses=["10.0.4.9", "169.254.1.1"])
        with pytest.raises(AddressPrivate):
            judge(host="x.example", addresses=["10.0.5.1"])

    def test_opens_nothing_when_the_setting_says_no(self, allow):
        allow("0")
        with pytest.raises(AddressPrivate):
            judge(host="0", addresses=["127.0.0.1"])


class TestResolve:
    @pytest.mark.parametrize(
        "host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "017700000001"]
    )
    def test_refuses_this_machine_however_it_is_written(self, allow, host):
        with pytest.raises(AddressPrivate):
            resolve(host=host, port=80)

    def test_judges_what_the_name_server_says(self, allow, monkeypatch):
        answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.9.8.7", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
        with pytest.raises(AddressPrivate):
            resolve(host="inside.example", port=443)

    @pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example", ".."])
    def test_says_when_there_is_no_such_server(self, allow, host):
        with pytest.raises(HostNotFound):
            resolve(host=host, port=443)


class TestCheckUrl:
    def test_gives_the_parts_of_an_address(self, allow):
        assert check_url("https://hooks.example:8443/palier").port == 8443

    @pytest.mark.parametrize(
        "url", ["", "hooks.example", "ftp://hooks.example", "https://", "https://a:b@x.example",
                "https://x.example:99999", "https://[::1", "javascript:alert(1)"]
    )  # fmt: skip
    def test_refuses_what_is_no_web_address(self, allow, url):
        with pytest.raises(AddressInvalid):
            check_url(url)

    @pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]:80/", "http://0x7f000001"])
    def test_refuses_a_private_address_without_asking_anybody(self, allow, url):
        with pytest.raises(AddressPrivate):
            check_url(url)
