"""The frame, the way in, one's account, the team and the errors: policy, axe in four variants, keys."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations, queries
from palier.accounts.permissions import Role
from palier.database.isolation import company_scope

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
EMAIL, PASSWORD = "claire@brun.example", "une longue phrase"
LONG = "jean-christophe.de-la-tour-maubourg@conserverie-des-deux-rives.example"


@pytest.fixture
def company(db):
    """A company with a tree of units, a member of a long name, pending and expired invitations."""
    cache.clear()
    now = timezone.now()
    operations.create_person(email=EMAIL, name="Claire Brun", password=PASSWORD)
    founded = operations.create_company(name="Atelier Brun et filles", owner_email=EMAIL, now=now)
    with company_scope(founded.company.id):
        (root,) = queries.list_org_units(company=founded.company)
        sales = operations.create_unit(
            author=founded.leader, kind="DEPARTMENT", name="Ventes", parent=root.public_id
        )
        operations.create_unit(
            author=founded.leader, kind="TEAM", name="Marchés du dimanche", parent=sales.public_id
        )
        person = operations.create_person(email=LONG, name="Jean-Christophe de La Tour-Maubourg")
        operations.add_member(
            company=founded.company, person_id=person.pk, role=Role.MANAGER, now=now
        )
        for email, at in (("a@x.example", now), ("b@x.example", now - dt.timedelta(days=8))):
            operations.invite(author=founded.leader, email=email, role=Role.MEMBER, now=at)
    return founded


def _link(company, email="nora@brun.example"):
    with company_scope(company.company.id):
        made = operations.invite(
            author=company.leader, email=email, role=Role.READER, now=timezone.now()
        )
    return reverse("accounts:invitation", args=[made.token])


class TestTheWayIn:
    def test_is_clear_in_four_variants(self, page, site, company, complaints, accessible):
        for path in (
            reverse("account_login"),
            reverse("account_signup"),
            reverse("account_inactive"),
            reverse("account_reset_password"),
            reverse("account_reset_password_done"),
            reverse("account_reset_password_from_key_done"),
            _link(company),
        ):
            page.goto(site + path)
            accessible(path)
        assert complaints == []

    def test_says_what_is_wrong_in_four_variants(self, page, site, company, accessible):
        page.goto(site + reverse("account_login"))
        page.fill("[name=login]", EMAIL)
        page.fill("[name=password]", "faux")
        page.locator("form.form").get_by_role("button").click()
        expect(page.locator(".notice.bad")).to_be_visible()
        accessible("wrong password")
        page.goto(site + reverse("account_reset_password_from_key", args=["1", "dead-link"]))
        accessible("dead link")
        page.goto(site + _link(company, "autre@brun.example"))
        page.fill("[name=name]", "Nora")
        page.fill("[name=password]", "court")
        page.locator("form.form").get_by_role("button").click()
        expect(page.locator("[name=password]")).to_be_focused()
        accessible("weak password")


PAGES = (
    "accounts:team",
    "accounts:units",
    "accounts:settings",
    "accounts:profile",
    "account_change_password",
    "account_logout",
    "mfa_index",
    "home:search",
)
PROVEN = (
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
)
"""Pages that first ask again who one is."""


class TestPages:
    def test_break_no_rule_of_policy_or_accessibility(
        self, page, site, company, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        complaints.clear()
        for name in PAGES:
            page.goto(site + reverse(name))
            accessible(name)
        page.goto(site + reverse("account_reauthenticate"))
        accessible("account_reauthenticate")
        page.fill("[name=password]", PASSWORD)
        page.locator("main form").get_by_role("button").click()
        for name in PROVEN:
            page.goto(site + reverse(name))
            accessible(name)
        assert complaints == []

    def test_show_errors_within_the_frame(self, page, site, company, sign_in, accessible):
        sign_in(EMAIL)
        page.goto(site + "/nulle-part/")
        accessible("404")
        page.goto(site + _link(company))
        accessible("invitation of somebody else")


class TestPanel:
    def test_changes_a_role_without_leaving_the_page(
        self, page, site, company, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        complaints.clear()
        page.goto(site + reverse("accounts:team"))
        page.evaluate("window.stayed = true")
        line = page.locator("#members tr", has_text="Jean-Christophe")
        line.get_by_role("button").click()
        panel = page.locator(".panel:popover-open")
        expect(panel.locator("[name=role]")).to_be_focused()
        accessible("the panel of a member")
        panel.locator("[name=role]").select_option("READER")
        panel.locator("[type=submit]").first.click()

        expect(line).to_contain_text("Lecteur")
        expect(page.locator("[data-live]")).to_contain_text("Jean-Christophe")
        assert page.evaluate("window.stayed")
        assert complaints == []

    def test_opens_without_script(self, browser, site, company):
        context = browser.new_context(java_script_enabled=False, locale="fr-FR")
        page = context.new_page()
        page.goto(site + reverse("account_login"))
        page.fill("[name=login]", EMAIL)
        page.fill("[name=password]", PASSWORD)
        page.locator("form.form").get_by_role("button").click()
        page.goto(site + reverse("accounts:team"))
        page.locator("#members tr", has_text="Jean-Christophe").get_by_role("button").click()
        panel = page.locator(".panel", has_text="Jean-Christophe")
        panel.locator("[name=role]").select_option("MEMBER")
        panel.locator("[type=submit]").first.click()

        expect(page.locator("#members tr", has_text="Jean-Christophe")).to_contain_text("Membre")
        context.close()


class TestRefusalOfAFragment:
    def test_is_said_without_breaking_the_page(self, page, site, company, sign_in):
        sign_in(EMAIL)
        page.goto(site + reverse("accounts:team"))
        with company_scope(company.company.id):
            second = operations.create_person(email="dora@brun.example", name="Dora")
            operations.add_member(
                company=company.company,
                person_id=second.pk,
                role=Role.LEADER,
                now=timezone.now(),
            )
            operations.change_role(
                author=company.leader, public_id=company.leader.public_id, role=Role.MEMBER
            )
        page.fill("#invitations [name=email]", "nora@brun.example")
        page.locator("#invitations form.form").get_by_role("button").click()

        expect(page.locator("[data-live]")).to_contain_text("Votre rôle")
        assert page.locator("#invitations form.form").count() == 1
        assert page.locator("header.topbar").count() == 1


class TestInvitationLink:
    def test_is_copied_by_its_button(self, page, site, company, sign_in, accessible):
        page.context.grant_permissions(["clipboard-read"])
        sign_in(EMAIL)
        page.goto(site + reverse("accounts:team"))
        page.fill("#invitations [name=email]", "nora@brun.example")
        page.locator("#invitations form.form").get_by_role("button").click()
        page.locator("[data-copy]").click()

        expect(page.locator("[data-live]")).to_have_text("Le lien est copié.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.input_value("#invitation-link")
        accessible("a link to hand over")


class TestPalette:
    def test_finds_a_metric_says_when_nothing_is_found_and_closes_at_the_first_escape(
        self, page, site, company, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        complaints.clear()
        page.goto(site + reverse("accounts:profile"))
        page.keyboard.press("Control+k")
        page.keyboard.type("attrition")
        expect(page.locator("#palette-found a").first).to_have_attribute(
            "href", reverse("metrics:metric", args=["customers.churn"])
        )
        accessible("palette")
        page.locator("[data-palette] [name=q]").fill("introuvable")
        expect(page.locator("#palette-found")).to_contain_text("Aucun client ni indicateur")
        page.keyboard.press("Escape")
        page.locator("[data-palette]").wait_for(state="hidden")
        assert complaints == []
