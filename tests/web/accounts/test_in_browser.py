"""What only a browser can say: a passkey from end to end, and the pages under the strict policy."""

from __future__ import annotations

import shutil

import pytest
from django.urls import reverse

from palier.accounts.permissions import Role

PASSWORD = "une longue phrase"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    return {
        **browser_type_launch_args,
        "executable_path": chromium,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
        ],
    }


@pytest.fixture
def site(live_server, settings):
    """The address by name: a passkey belongs to a name, never to a number."""
    settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    return settings.BASE_URL


@pytest.fixture
def complaints(page):
    """What the browser complains about: scripts refused, styles refused, errors."""
    heard = []
    page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def _sign_in(page, site, email):
    page.goto(site + reverse("account_login"))
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form", has=page.locator("[name=password]")).get_by_role("button").click()
    page.wait_for_url(lambda url: "/login/" not in url)


class TestPasskey:
    def test_is_added_then_signs_in_without_password(self, page, site, office, complaints):
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        _sign_in(page, site, office.people[Role.MEMBER].email)
        complaints.clear()  # the home page is another part's
        page.goto(site + reverse("mfa_add_webauthn"))
        page.fill("[name=password]", PASSWORD)
        page.locator("main form").get_by_role("button").click()
        page.fill("[name=name]", "Portable")
        page.check("[name=passwordless]")
        page.locator("form[data-webauthn]").get_by_role("button").click()
        page.wait_for_url("**" + reverse("mfa_view_recovery_codes"))

        page.context.clear_cookies()
        page.goto(site + reverse("account_login") + "?next=" + reverse("accounts:profile"))
        page.locator("form[data-webauthn]").get_by_role("button").click()
        page.wait_for_url(site + reverse("accounts:profile"))
        assert office.people[Role.MEMBER].email in page.content()
        assert complaints == []


class TestPages:
    def test_invite_without_leaving_the_page(self, page, site, office, complaints):
        _sign_in(page, site, office.people[Role.LEADER].email)
        complaints.clear()
        page.goto(site + reverse("accounts:team"))
        page.evaluate("window.stayed = true")
        page.fill("#invitations [name=email]", "nora@brun.example")
        page.locator("#invitations form.form").get_by_role("button").click()
        link = page.input_value("#invitation-link")

        assert link.startswith(f"{site}/invitation/")
        assert page.evaluate("window.stayed")
        assert complaints == []
