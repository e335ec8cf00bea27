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
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.journeys.refresh import refresh_figures
from palier.metrics.models import Reading, RefreshRun, Target
from palier.metrics.periods import last_periods

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
            end = page.locator(".cockpit thead th:visible").last.bounding_box()
            last = page.locator(".cockpit thead .period.last").bounding_box()
            assert end["x"] + end["width"] <= frame["x"] + frame["width"] + 1
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

    def test_is_clear_when_figures_are_missing_and_a_refresh_failed(
        self, page, site, measured, sign_in, complaints, accessible
    ):
        now = timezone.now()
        with company_scope(measured.id):
            Target.objects.all().delete()
            Reading.objects.filter(metric="customers.churn").update(
                value=None, flags=["no_customers"]
            )
            Reading.objects.filter(metric="unit.cac", period_end__lte=now.date()).update(
                value=None, flags=["no_new_customers"]
            )
            RefreshRun.objects.create(
                company_id=measured.id, status="failed", started_at=now, today=now.date(), snapshot_version=2,
                failure={"code": "x", "message": "", "details": {}},
            )  # fmt: skip
        sign_in(EMAIL)
        page.locator(".missing > summary").click()
        expect(page.locator(".notice.bad")).to_be_visible()
        expect(page.locator(".legend")).to_contain_text("aucun nouveau client")
        accessible("missing and failed")
        page.goto(site + reverse("metrics:metric", args=["unit.cac"]))
        accessible("not measurable")
        assert complaints == []

    def test_shows_every_period_where_there_is_room(self, page, site, measured, sign_in):
        sign_in(EMAIL)
        for width, shown in ((1280, 5), (2100, 13)):
            page.set_viewport_size({"width": width, "height": 900})
            frame = page.locator(".periods").bounding_box()
            edge = page.locator(".cockpit thead th").first.bounding_box()
            starts = [
                one.bounding_box()["x"] for one in page.locator(".cockpit thead .period").all()
            ]
            whole = [x for x in starts if x >= edge["x"] + edge["width"] - 1]
            assert len(whole) == shown, width
            assert whole[0] == pytest.approx(edge["x"] + edge["width"], abs=1), "a column is cut"
            assert edge["x"] == pytest.approx(frame["x"], abs=1)
            assert page.locator(".earlier").is_visible() is (shown < 13)


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

    def test_says_what_is_wrong_with_a_target(self, page, site, measured, sign_in, accessible):
        sign_in(EMAIL)
        page.goto(site + reverse("metrics:metric", args=["mrr.total"]))
        page.fill("[name=target-value]", "beaucoup")
        page.locator("#target form button").click()

        page.wait_for_load_state("networkidle")
        expect(page.locator("[name=target-value]")).to_be_focused()
        expect(page.locator("[name=target-value]")).to_be_in_viewport()
        expect(page.locator("[name=target-value]")).to_have_value("beaucoup")
        accessible("target refused")


class TestRows:
    @pytest.fixture
    def sold(self, founded, settings, tmp_path):
        """A company whose figures come from deals of its own, with long names."""
        settings.DATA_DIR = tmp_path
        last = last_periods(today=timezone.localdate(), grain="month", count=2)[0]
        records = [
            Record(
                str(number),
                {
                    "name": f"Planification {number} postes, Chaudronnerie Bois-Mirage",
                    "status": "won",
                    "opened_on": (last.start - dt.timedelta(days=40)).isoformat(),
                    "won_on": (last.start + dt.timedelta(days=number % 20)).isoformat(),
                    "amount_minor": 1000 * number,
                    "currency": "EUR",
                },
                None,
            )
            for number in range(1, 31)
        ]
        with company_scope(founded.id):
            write_records(
                company_id=founded.id, tool=Tool("crm", kind="crm"), object_name="deal", entity="deal",
                records=records,
            )  # fmt: skip
            refresh_figures(company_id=founded.id, now=timezone.now())
        return founded

    def test_show_what_each_counts_for_at_every_width(
        self, page, site, sold, sign_in, complaints, accessible
    ):
        sign_in(EMAIL)
        page.goto(site + reverse("metrics:rows", args=["sales.win_rate"]))
        accessible("rows")
        page.set_viewport_size({"width": 390, "height": 844})
        box = page.locator("#rows tbody td.number").first.bounding_box()
        assert box["x"] + box["width"] <= 390
        assert complaints == []

    def test_are_reached_by_keys(self, page, site, sold, sign_in, complaints):
        sign_in(EMAIL)
        page.keyboard.press("g")
        page.keyboard.press("i")
        page.wait_for_url("**/metrics/")
        page.keyboard.press("j")
        expect(page.locator("#customers h3 a").first).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("?")
        expect(page.locator("#keys-help")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#keys-help")).to_be_hidden()
        page.goto(site + reverse("metrics:metric", args=["sales.win_rate"]))
        expect(page.locator("#rows tbody tr")).to_have_count(25)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/fiches/**")
        assert complaints == []


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
