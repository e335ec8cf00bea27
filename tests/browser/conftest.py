"""What browser tests share: Debian's Chromium, the site, signing in, and what the browser complains about."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

PASSWORD = "une longue phrase"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""What alone may differ in the dark."""
PAPER = """appearance => {
    const [red] = getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g);
    return (red < 128) === (appearance === "dark");
}"""
"""Whether the paper has the colour of the appearance asked for: it follows an instant later."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "locale": "fr-FR",
        "timezone_id": "Europe/Paris",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture
def site(live_server, settings, tmp_path: Path) -> str:
    """The running site, whose files lie in a folder of the test's own."""
    settings.BASE_URL = live_server.url.replace("127.0.0.1", "localhost")
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.BASE_URL


@pytest.fixture
def overhear() -> Callable[[Page], list[str]]:
    """What the browser complains about on a page: scripts and styles refused by the policy, errors."""

    def act(page: Page) -> list[str]:
        heard: list[str] = []
        page.on("console", lambda said: heard.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        return heard

    return act


@pytest.fixture
def complaints(page, overhear) -> list[str]:
    """What the browser complains about on the test's own page. To be empty at the end."""
    return overhear(page)


@pytest.fixture
def sign_in(page, site) -> Callable[[str], None]:
    """Sign somebody in by address."""

    def act(email: str) -> None:
        page.goto(site + reverse("account_login"))
        page.fill("[name=login]", email)
        page.fill("[name=password]", PASSWORD)
        page.locator("form", has=page.locator("[name=password]")).get_by_role("button").click()
        page.wait_for_url(lambda url: "/login/" not in url)

    return act


@pytest.fixture
def accessible(page) -> Callable[[str], None]:
    """Fail when axe finds something wrong on the page as it stands, wide or narrow, light or dark."""
    from axe_playwright_python.sync_playwright import Axe

    def act(name: str) -> None:
        for width, appearance in product((1280, 390), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=appearance, reduced_motion="reduce")
            page.wait_for_function(PAPER, arg=appearance)
            page.evaluate(
                "scrollTo(0, 0)"
            )  # a link half under the sticky bar would count as too small
            options = WCAG if appearance == "light" else CONTRAST
            wrong = Axe().run(page, options=options).response["violations"]
            found = [(one["id"], one["nodes"][0]["html"]) for one in wrong]
            assert found == [], (name, width, appearance)
            assert page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), (name, width)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="light")

    return act
