from __future__ import annotations

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from palier.accounts.models import Person
from palier.accounts.permissions import Role

PASSWORD = "une longue phrase"


def _sign_in(client, email, password=PASSWORD, **more):
    data = {"login": email, "password": password}
    return client.post(reverse("account_login"), data, **more)


def _sign_in_for_sure(client, email):
    """Signed in, and asked once more: what touches signing in wants a fresh proof."""
    _sign_in(client, email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def _code(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


class TestLogin:
    def test_opens_the_pages_of_the_company(self, office):
        client = Client()
        email = office.people[Role.MEMBER].email.upper()
        assert _sign_in(client, email).status_code == 302

        assert client.get(reverse("accounts:team")).status_code == 200

    def test_says_the_same_for_a_wrong_password_and_an_unknown_address(self, office):
        wrong = _sign_in(Client(), office.people[Role.MEMBER].email, "faux")
        unknown = _sign_in(Client(), "inconnue@x.example", "faux")

        said = [list(answer.context["form"].non_field_errors()) for answer in (wrong, unknown)]
        assert said[0]
        assert said[0] == said[1]

    def test_refuses_a_closed_account(self, office):
        Person.objects.filter(email=office.people[Role.MEMBER].email).update(is_active=False)
        client = Client()
        _sign_in(client, office.people[Role.MEMBER].email)

        assert client.get(reverse("accounts:profile")).status_code == 302

    def test_goes_back_to_the_page_asked_for(self, office):
        client = Client()
        asked = client.get(reverse("accounts:team"))
        assert asked["Location"] == f"{reverse('account_login')}?next={reverse('accounts:team')}"

        data = {"next": reverse("accounts:team")}
        answer = client.post(
            reverse("account_login"),
            {"login": office.people[Role.MEMBER].email, "password": PASSWORD, **data},
        )
        assert answer["Location"] == reverse("accounts:team")

    def test_takes_a_new_session_so_that_a_planted_one_is_worth_nothing(self, office):
        client = Client()
        client.get(reverse("account_reset_password"))
        planted = client.session
        planted["seen"] = True
        planted.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
        _sign_in(client, office.people[Role.MEMBER].email)

        assert client.get(reverse("accounts:profile")).status_code == 200
        assert client.session.session_key != planted.session_key
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
        assert thief.get(reverse("accounts:profile")).status_code == 302

    def test_never_leads_to_another_site(self, office):
        answer = Client().post(
            reverse("account_login"),
            {
                "login": office.people[Role.MEMBER].email,
                "password": PASSWORD,
                "next": "https://evil.example",
            },
        )
        assert answer["Location"] == "/"


class TestBruteForce:
    def test_is_stopped_for_one_address_even_with_the_right_password(self, office):
        email = office.people[Role.MEMBER].email
        for _attempt in range(5):
            _sign_in(Client(), email, "faux")
        client = Client()
        answer = _sign_in(client, email)

        assert answer.status_code == 200
        assert answer.context["form"].errors
        assert client.get(reverse("accounts:profile")).status_code == 302

    def test_does_not_lock_the_neighbour(self, office):
        for _attempt in range(5):
            _sign_in(Client(), office.people[Role.MEMBER].email, "faux")

        assert _sign_in(Client(), office.people[Role.READER].email).status_code == 302

    def test_is_stopped_for_one_machine_with_a_clear_page(self, office):
        answers = [_sign_in(Client(), f"{n}@x.example", "faux") for n in range(35)]

        assert answers[-1].status_code == 429
        assert "429.html" in [template.name for template in answers[-1].templates]
        assert _sign_in(Client(), office.people[Role.READER].email).status_code == 429

    def test_is_stopped_for_reset_messages(self, office):
        for _attempt in range(8):
            answer = Client().post(
                reverse("account_reset_password"), {"email": office.people[Role.MEMBER].email}
            )
        assert len(mail.outbox) <= 5
        assert answer.status_code == 429


class TestPasswordReset:
    def link(self, email):
        Client().post(reverse("account_reset_password"), {"email": email})
        (message,) = mail.outbox
        assert "example.com" not in message.subject
        return re.search(r"http://localhost:8000(\S+)", message.body)[1]

    def test_changes_the_password_once(self, office):
        email = office.people[Role.MEMBER].email
        url = self.link(email)
        client = Client()
        form = client.get(url, follow=True)
        chosen = {"password1": "autre longue phrase", "password2": "autre longue phrase"}
        client.post(form.request["PATH_INFO"], chosen)

        assert Person.objects.get(email=email).check_password("autre longue phrase")
        again = Client().get(url, follow=True)
        assert again.context["token_fail"]

    def test_signs_out_every_device(self, office, browse):
        member = office.people[Role.MEMBER]
        elsewhere = browse(member)
        assert elsewhere.get(reverse("accounts:profile")).status_code == 200
        form = Client().get(self.link(member.email), follow=True)
        chosen = {"password1": "autre longue phrase", "password2": "autre longue phrase"}
        client = Client()
        client.cookies = form.client.cookies
        client.post(form.request["PATH_INFO"], chosen)

        assert Person.objects.get(email=member.email).check_password("autre longue phrase")
        assert elsewhere.get(reverse("accounts:profile")).status_code == 302

    def test_says_nothing_about_unknown_addresses(self, office):
        known = Client().post(
            reverse("account_reset_password"),
            {"email": office.people[Role.MEMBER].email},
            follow=True,
        )
        unknown = Client().post(
            reverse("account_reset_password"), {"email": "inconnue@x.example"}, follow=True
        )

        assert known.redirect_chain == unknown.redirect_chain
        assert re.sub(rb"[A-Za-z0-9]{60,}", b"", known.content) == re.sub(
            rb"[A-Za-z0-9]{60,}", b"", unknown.content
        )

    def test_writes_in_the_language_of_the_person(self, office):
        email = office.people[Role.MEMBER].email
        Person.objects.filter(email=email).update(language="en")
        Client(headers={"Accept-Language": "fr"}).post(
            reverse("account_reset_password"), {"email": email}
        )

        assert mail.outbox[0].subject == "Choose a new password"

    def test_uses_the_public_address_and_not_the_host_that_was_asked(self, office):
        Client(headers={"Host": "evil.example"}).post(
            reverse("account_reset_password"), {"email": office.people[Role.MEMBER].email}
        )

        assert "evil.example" not in mail.outbox[0].body


class TestTwoFactor:
    @pytest.fixture
    def client(self, office):
        client = Client()
        _sign_in_for_sure(client, office.people[Role.MEMBER].email)
        return client

    def switch_on(self, client):
        page = client.get(reverse("mfa_activate_totp"))
        assert b"data:image/svg" in page.content
        secret = page.context["form"].secret
        client.post(reverse("mfa_activate_totp"), {"code": _code(secret)})
        return secret

    def test_asks_for_a_code_after_the_password(self, office, client):
        secret = self.switch_on(client)
        other = Client()
        answer = _sign_in(other, office.people[Role.MEMBER].email)
        assert answer["Location"] == reverse("mfa_authenticate")
        assert other.get(reverse("accounts:profile")).status_code == 302

        # the same code never twice: the one that switched it on has been used
        refused = other.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert refused.context["form"].errors
        assert Authenticator.objects.filter(type="totp").exists()
        assert secret

    def test_offers_a_passkey_only_to_those_who_have_one(self, office, client):
        self.switch_on(client)
        other = Client()
        _sign_in(other, office.people[Role.MEMBER].email)
        page = other.get(reverse("mfa_authenticate")).content.decode()

        assert 'name="code"' in page
        assert "data-webauthn" not in page

    def test_accepts_a_recovery_code_once(self, office, client):
        self.switch_on(client)
        codes = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
        for status in (302, 200):
            other = Client()
            _sign_in(other, office.people[Role.MEMBER].email)
            assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == status

    @pytest.mark.django_db(transaction=True)
    def test_tells_the_person_by_mail(self, client, office):
        Person.objects.filter(email=office.people[Role.MEMBER].email).update(language="en")
        self.switch_on(client)

        (message,) = [one for one in mail.outbox if one.subject == "Two-factor sign-in is on"]
        assert message.to == [office.people[Role.MEMBER].email]
        assert "127.0.0.1" in message.body

    def test_keeps_its_secret_encrypted(self, client):
        secret = self.switch_on(client)

        assert secret not in str(Authenticator.objects.get(type="totp").data)

    def test_can_be_switched_off(self, client):
        self.switch_on(client)
        client.post(reverse("mfa_deactivate_totp"))

        assert not Authenticator.objects.filter(type="totp").exists()

    def test_asks_again_who_one_is_when_the_proof_is_old(self, client):
        assert client.get(reverse("mfa_activate_totp")).status_code == 200
        session = client.session
        for proof in session["account_authentication_methods"]:
            proof["at"] -= 301
        session.save()

        answer = client.get(reverse("mfa_activate_totp"))
        assert answer["Location"].startswith(reverse("account_reauthenticate"))

    def test_downloads_the_codes_as_text(self, client):
        self.switch_on(client)

        answer = client.get(reverse("mfa_download_recovery_codes"))
        assert answer["Content-Type"].startswith("text/plain")
        assert len(answer.content.split()) == 10


class TestPasskeys:
    PAGES = ("account_login", "mfa_add_webauthn")

    @pytest.mark.parametrize("name", PAGES)
    def test_need_nothing_inline(self, office, name):
        client = Client()
        if name != "account_login":
            _sign_in_for_sure(client, office.people[Role.MEMBER].email)
        page = client.get(reverse(name))
        text = page.content.decode()

        assert page.status_code == 200
        assert "script-src 'self'" in page["Content-Security-Policy"]
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
            assert 'type="application/json"' in attributes or (" src=" in attributes and not body)
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", text)
        assert "js/webauthn.js" in text

    @pytest.mark.parametrize(
        "credential",
        [
            '{"id": "x"}',
            "[]",
            "nonsense",
            "[" * 30_000,
            '{"id": "x", "rawId": "x", "type": "public-key", "response": {"clientDataJSON": 3}}',
        ],
    )
    @pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_login_webauthn"])
    def test_refuse_what_is_no_credential(self, office, name, credential):
        client = Client()
        if name == "mfa_add_webauthn":
            _sign_in_for_sure(client, office.people[Role.MEMBER].email)
        answer = client.post(reverse(name), {"name": "x", "credential": credential})

        assert answer.status_code == 400
        assert not Authenticator.objects.exists()

    def test_refuse_a_well_shaped_lie(self, office):
        lie = {
            "id": "eHh4",
            "rawId": "eHh4",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "eHh4", "signature": "eHh4"},
        }
        client = Client()
        client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": json.dumps(lie)})

        assert answer.status_code < 500
        assert client.get(reverse("accounts:profile")).status_code == 302

    def test_offer_a_challenge_at_sign_in(self, db):
        answer = Client().get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

        assert answer.json()["request_options"]["publicKey"]["challenge"]


class TestSignup:
    def test_is_closed(self, db):
        answer = Client().post("/account/signup/", {"email": "x@x.example", "password1": PASSWORD})

        assert answer.status_code == 200
        assert not Person.objects.exists()
