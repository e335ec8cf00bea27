"""What only a browser can say of components: policy, accessibility, width, keys, both appearances."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from types import ModuleType

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import include, path
from playwright.sync_api import expect

from palier.accounts import operations
from palier.accounts.models import Person

_urls = ModuleType("gallery_urls")
_urls.urlpatterns = [
    path("", include("palier.web.design.urls")),
    path("", include("palier.web.accounts.urls")),
]
sys.modules["gallery_urls"] = _urls

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("gallery_urls"),
    # pytest-base-url 2.1 under pytest 9.2, November 2026
    pytest.mark.filterwarnings("ignore:Session-scoped fixtures:pytest.PytestRemovedIn10Warning"),
]
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    return {
        **browser_type_launch_args, "executable_path": chromium,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
    }  # fmt: skip


@pytest.fixture
def visit(browser, live_server):
    """Opens the gallery, signed in, in a window of that width and appearance; hears every complaint."""
    operations.create_person(
        email="claire@fournil.example", name="Claire", password="une longue phrase"
    )
    operations.create_company(name="Fournil", owner_email="claire@fournil.example", now=NOW)
    client = Client()
    client.force_login(Person.objects.get(email="claire@fournil.example"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    opened = []

    def act(*, width=1280, appearance="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=appearance,
            reduced_motion="reduce",
        )
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        page.complaints = []
        page.on(
            "console",
            lambda said: page.complaints.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(live_server.url + "/design/")
        page.wait_for_selector("[data-chart] svg path")
        opened.append(context)
        return page

    yield act
    for context in opened:
        context.close()


class TestGallery:
    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("appearance", ["light", "dark"])
    def test_shows_every_component_within_policy_width_and_accessibility(
        self, visit, width, appearance
    ):
        page = visit(width=width, appearance=appearance)
        charts = page.locator("[data-chart]")
        assert (
            charts.count()
            == page.locator("[data-chart] svg").count()
            - page.locator("[data-chart] td svg").count()
            > 0
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.complaints == []


class TestAppearance:
    def test_is_switched_redraws_charts_and_is_there_at_the_next_page(self, visit):
        page = visit()
        page.locator("[popovertarget=appearance]").click()
        page.locator("[data-set-theme=dark]").click()
        assert page.locator("[data-chart]").first.get_attribute("data-drawn") == "dark"
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


class TestKeys:
    def test_open_the_palette_and_the_help_unless_switched_off(self, visit):
        page = visit()
        page.keyboard.press("Control+k")
        assert page.locator("[data-palette]").is_visible()
        page.keyboard.press("Escape")
        page.locator("[data-palette]").wait_for(state="hidden")
        page.keyboard.press("?")
        page.locator("#single-keys").uncheck()
        page.keyboard.press("Escape")
        page.locator("#keys-help").wait_for(state="hidden")
        page.keyboard.press("?")
        assert not page.locator("#keys-help").is_visible()
        page.reload()
        page.keyboard.press("?")
        assert not page.locator("#keys-help").is_visible()

    def test_move_from_row_to_row(self, visit):
        page = visit()
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 2


class TestConfirm:
    def test_waits_for_the_name_to_be_typed(self, visit):
        page = visit()
        page.locator("[data-open-dialog=undo]").click()
        submit = page.locator("#undo [type=submit]")
        assert submit.is_disabled()
        page.locator("#undo [name=typed]").fill("crm.csv")
        assert submit.is_enabled()


class TestLiveRegion:
    def test_says_what_a_view_announces(self, visit):
        page = visit()
        page.evaluate(
            "document.dispatchEvent(new CustomEvent('palier:announce', {detail: {message: 'Fait'}}))"
        )
        expect(page.locator("[data-live]")).to_have_text("Fait")
