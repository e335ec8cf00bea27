"""From the cockpit to the rows behind a figure, as a person does it: policy, axe, 390 px, no script."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from palier.accounts import operations
from palier.bench.page_readings import fill
from palier.database.isolation import company_scope
from palier.metrics.models import RefreshRun

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
EMAIL = "claire@brun.example"


@pytest.fixture
def founded(db):
    operations.create_person(email=EMAIL, name="Claire", password="une longue phrase")
    return operations.create_company(
        name="Atelier Brun", owner_email=EMAIL, now=timezone.now()
    ).company


@pytest.fixture
def measured(founded):
    """A company with figures of every metric."""
    now = timezone.now()
    with company_scope(founded.id):
        fill(company_id=founded.id, today=timezone.localdate(), now=now)
        RefreshRun.objects.create(
            company_id=founded.id,
            status="done",
            started_at=now,
            made_at=now,
            today=now.date(),
            snapshot_version=1,
        )
    return founded


class TestFirstSteps:
    def test_are_clear_at_every_width(self, page, site, founded, sign_in, complaints, accessible):
        sign_in(EMAIL)
        expect(page.locator(".steps > li")).to_have_count(3)
        accessible("first steps")
        page.locator("#example > summary").click()
        accessible("first steps with the example")
        assert complaints == []


class TestCockpit:
    def test_shows_the_latest_periods_first_and_whole(
        self, page, site, measured, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        for address in ("/", "/?grain=week"):
            page.goto(site + address)
            accessible(address)
            frame = page.locator(".periods").bounding_box()
            state = page.locator(".cockpit thead .state").bounding_box()
            last = page.locator(".cockpit thead .period.last").bounding_box()
            assert state["x"] + state["width"] <= frame["x"] + frame["width"] + 1
            assert last["x"] >= frame["x"]
        assert complaints == []

    def test_gives_each_metric_a_card_on_a_telephone(self, page, site, measured, sign_in):
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(EMAIL)
        row = page.locator(".cockpit tbody tr:not(.family)").first

        expect(row.locator("td:visible.period")).to_have_count(1)
        expect(row.locator("td:visible.period.last")).to_have_count(1)
        expect(row.locator(".spark")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_leads_down_to_a_metric_by_keys(self, page, site, measured, sign_in, complaints):
        sign_in(EMAIL)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/metrics/customers.active/**")
        assert complaints == []

    def test_says_when_fresh_figures_are_there(self, page, site, measured, sign_in, complaints):
        sign_in(EMAIL)
        page.locator("#freshness button").click()
        expect(page.locator("#freshness form")).to_have_count(0)
        expect(page.locator("[data-live]")).not_to_be_empty()
        page.evaluate("window.stayed = true")
        now = timezone.now() + dt.timedelta(seconds=1)
        with company_scope(measured.id):
            RefreshRun.objects.create(
                company_id=measured.id,
                status="done",
                started_at=now,
                made_at=now,
                today=now.date(),
                snapshot_version=2,
            )
        expect(page.locator("#freshness form")).to_have_count(1, timeout=10_000)
        assert not page.evaluate("window.stayed")
        assert complaints == []


class TestMetric:
    def test_is_clear_at_every_width(self, page, site, measured, sign_in, complaints, accessible):
        sign_in(EMAIL)
        for name, query in (
            ("mrr.total", ""),
            ("customers.churn", "?by=channel"),
            ("sales.cycle_days", "?grain=quarter"),
        ):
            page.goto(site + reverse("metrics:metric", args=[name]) + query)
            expect(page.locator("[data-canvas] svg").first).to_be_visible()
            expect(
                page.locator("#rows .notice")
            ).to_be_visible()  # loaded: there is no file behind these readings
            accessible(name)
        page.goto(site + reverse("metrics:list"))
        accessible("list")
        assert complaints == []

    def test_says_what_is_wrong_with_a_target(self, page, site, measured, sign_in, complaints):
        sign_in(EMAIL)
        page.goto(site + reverse("metrics:metric", args=["mrr.total"]))
        page.fill("[name=target-value]", "beaucoup")
        page.locator("#target form button").click()

        expect(page.locator("[name=target-value]")).to_be_focused()
        expect(page.locator("[name=target-value]")).to_have_value("beaucoup")


class TestWithoutScript:
    def test_everything_can_be_read_and_reached(self, browser, site, measured, sign_in, page):
        sign_in(EMAIL)
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies(page.context.cookies())
        plain = context.new_page()
        plain.goto(site + "/")
        plain.locator(".cockpit tbody th a").first.click()
        plain.locator("#rows a").click()

        assert "/rows/" in plain.url
        expect(plain.locator("#rows .notice")).to_be_visible()
        context.close()
