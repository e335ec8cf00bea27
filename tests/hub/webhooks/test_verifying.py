"""Proofs that tools send, each by its tool's own rules."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from hashlib import sha256

import pytest
import standardwebhooks
from receivers import NOW

from palier.hub.webhooks.verifying import Call, NotSigned, TooOld, WronglySigned, verify

URL = "https://palier.example/api/v1/hooks/abc?who=Atelier%20%3A%20Brun"
BODY = json.dumps({"id": "evt_1", "name": "Élan"}, ensure_ascii=False).encode()
SECRET = "s3cret"
STANDARD = "whsec_" + base64.b64encode(b"k" * 32).decode()
STAMP = str(int(NOW.timestamp()))


def mac(said: bytes) -> bytes:
    return hmac.new(SECRET.encode(), said, sha256).digest()


def signed(scheme: str, body: bytes = BODY, at: dt.datetime = NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    if scheme == "standard":
        signature = standardwebhooks.Webhook(STANDARD).sign("msg_1", at, body.decode())
        return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}
    if scheme == "stripe":
        proof = mac(f"{stamp}.".encode() + body).hex()
        return {"stripe-signature": f"t={stamp},v1={'0' * 64},v1={proof},v0=old"}
    if scheme == "shopify":
        return {
            "x-shopify-hmac-sha256": base64.b64encode(mac(body)).decode(),
            "x-shopify-webhook-id": "w-1",
        }
    if scheme == "hubspot":
        plain = "https://palier.example/api/v1/hooks/abc?who=Atelier%20:%20Brun"
        proof = mac(b"POST" + plain.encode() + body + f"{stamp}000".encode())
        return {
            "x-hubspot-signature-v3": base64.b64encode(proof).decode(),
            "x-hubspot-request-timestamp": f"{stamp}000",
        }
    if scheme == "github":
        return {"x-hub-signature-256": f"sha256={mac(body).hex()}", "x-github-delivery": "d-1"}
    return {"authorization": f"Bearer {SECRET}"}


def check(scheme: str, headers: dict[str, str], body: bytes = BODY, now: dt.datetime = NOW) -> str:
    secret = STANDARD if scheme == "standard" else SECRET
    return verify(scheme=scheme, secret=secret, call=Call(headers, body, URL, now))


SCHEMES = ("standard", "stripe", "shopify", "hubspot", "github", "token")
TIMED = ("standard", "stripe", "hubspot")


class TestVerify:
    @pytest.mark.parametrize(
        ("scheme", "message_id"),
        [("standard", "msg_1"), ("stripe", "evt_1"), ("shopify", "w-1"), ("github", "d-1")],
    )
    def test_gives_the_id_that_the_tool_gave(self, scheme, message_id):
        assert check(scheme, signed(scheme)) == message_id

    @pytest.mark.parametrize("scheme", ["hubspot", "token"])
    def test_makes_an_id_of_the_body_where_there_is_none(self, scheme):
        message_id = check(scheme, signed(scheme))
        assert message_id.startswith("sha256:")
        assert message_id == check(scheme, signed(scheme))

    def test_recognises_a_second_attempt_of_hubspot(self):
        bodies = [json.dumps([{"eventId": 7, "attemptNumber": n}]).encode() for n in (0, 1)]
        first, second = (check("hubspot", signed("hubspot", one), one) for one in bodies)
        assert first == second

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_refuses_what_is_not_signed(self, scheme):
        with pytest.raises((NotSigned, WronglySigned)):
            check(scheme, {})

    @pytest.mark.parametrize("scheme", [one for one in SCHEMES if one != "token"])
    def test_refuses_a_body_that_was_changed(self, scheme):
        with pytest.raises(WronglySigned):
            check(scheme, signed(scheme), BODY + b" ")

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_refuses_another_secret(self, scheme):
        with pytest.raises(WronglySigned):
            verify(
                scheme=scheme,
                secret="whsec_" + base64.b64encode(b"x" * 32).decode(),
                call=Call(signed(scheme), BODY, URL, NOW),
            )

    @pytest.mark.parametrize("scheme", TIMED)
    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_refuses_a_signature_of_another_time(self, scheme, minutes):
        with pytest.raises(TooOld):
            check(scheme, signed(scheme), now=NOW + dt.timedelta(minutes=minutes))

    @pytest.mark.parametrize("scheme", TIMED)
    def test_bears_clocks_that_differ_a_little(self, scheme):
        assert check(scheme, signed(scheme), now=NOW + dt.timedelta(minutes=4))

    @pytest.mark.parametrize("stamp", ["", "abc", "-1", "1e9", "٣", "9" * 40])
    def test_refuses_a_time_that_is_none(self, stamp):
        proof = mac(f"{stamp}.".encode() + BODY).hex()
        with pytest.raises(TooOld):
            check("stripe", {"stripe-signature": f"t={stamp},v1={proof}"})

    def test_accepts_the_reference_library_with_two_signatures(self):
        headers = signed("standard")
        headers["webhook-signature"] = "v1,AAAA v1a,zzz " + headers["webhook-signature"]
        assert check("standard", headers) == "msg_1"

    def test_never_believes_an_empty_secret(self):
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": STAMP,
            "webhook-signature": "v1,"
            + base64.b64encode(
                hmac.new(b"", f"msg_1.{STAMP}.".encode() + BODY, sha256).digest()
            ).decode(),
        }
        with pytest.raises(WronglySigned):
            verify(scheme="standard", secret="whsec_", call=Call(headers, BODY, URL, NOW))

    def test_takes_the_token_of_a_header_of_its_own(self):
        assert check("token", {"x-palier-token": SECRET, "webhook-id": "m-1"}) == "m-1"
