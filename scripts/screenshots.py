"""Takes every page of a running demonstration in four variants, so that anybody can review the looks.

For maintainers: start the demonstration (`make run`), then

    python scripts/screenshots.py FOLDER [--url http://localhost:8000]
                                  [--email …] [--password …] [--only cockpit team …]

writes FOLDER/<page>-<width>-<appearance>.png: 1280 and 390 px wide, light and dark, whole pages.
Pages that need a record (a customer, an import) take the first that their list shows.
The exit code is 1 when a page is missing, answers an error, or is wider than its window.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

WIDTHS = (1280, 390)
APPEARANCES = ("light", "dark")
HEIGHT = 900
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run")
SETTLE_MS = 400
"""After the network is quiet: what charts need to draw [ours]."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A page: its name, its address, and what is done there before the picture is taken.

    `first` names a link to follow from the address: the first one is taken. A layer over the page
    (`layer`) is photographed as the window shows it.
    """

    name: str
    path: str
    first: str = ""
    act: Callable[[Page], None] | None = None
    layer: bool = False


def press(keys: str) -> Callable[[Page], None]:
    """Type a shortcut."""
    return lambda page: page.keyboard.press(keys)


def click(selector: str) -> Callable[[Page], None]:
    """Click the first of these that can be seen."""
    return lambda page: _seen(page, selector).click()


def _seen(page: Page, selector: str) -> Locator:
    return page.locator(selector).filter(visible=True).first


def _open_menu(page: Page) -> None:
    """The sidebar, which a wide window shows already."""
    button = page.locator("header [popovertarget=sidebar]")
    if button.is_visible():
        button.click()


PUBLIC = (
    Shot("sign-in", "/account/login/"),
    Shot("password-reset", "/account/password/reset/"),
    Shot("password-reset-sent", "/account/password/reset/done/"),
    Shot("password-reset-dead-link", "/account/password/reset/key/1-dead-link/"),
    Shot("by-invitation", "/account/signup/"),
)
SIGNED_IN = (
    Shot("cockpit", "/"),
    Shot("cockpit-weeks", "/?grain=week"),
    Shot("metrics", "/metrics/"),
    Shot("metric", "/metrics/customers.churn/"),
    Shot("customers", "/clients/"),
    Shot("customers-nothing-found", "/clients/?q=zzzz"),
    Shot("customer", "/clients/", first="main tbody a"),
    Shot("duplicates", "/doublons/"),
    Shot("duplicates-pair", "/doublons/", first="ol.lines a"),
    Shot("duplicates-group", "/doublons/", first="ul.lines a"),
    Shot("merges", "/doublons/fusions/"),
    Shot("deals", "/donnees/affaires/"),
    Shot("deals-filter", "/donnees/affaires/?champ=opened_on&filtre=status:is:open"),
    Shot("deal", "/donnees/affaires/", first="main tbody a"),
    Shot("board", "/donnees/affaires/tableau/"),
    Shot("change-log", "/donnees/journal/"),
    Shot("imports", "/imports/"),
    Shot("import-new", "/imports/nouveau/"),
    Shot("import", "/imports/", first="main tbody a"),
    Shot("tools", "/outils/"),
    Shot("tool", "/outils/", first="main tbody a"),
    Shot("tokens", "/outils/jetons/"),
    Shot("own-fields", "/outils/champs/"),
    Shot("api", "/api/v1/docs"),
    Shot("api-customers", "/api/v1/docs/customers"),
    Shot("tasks", "/taches/"),
    Shot("search", "/search/?q=a"),
    Shot("team", "/team/"),
    Shot("member", "/team/", act=click("#members button[popovertarget]"), layer=True),
    Shot("units", "/team/units/"),
    Shot("settings", "/settings/"),
    Shot("account", "/account/"),
    Shot("password", "/account/password/change/"),
    Shot("two-factor", "/account/two-factor/"),
    Shot("gallery", "/design/"),
    Shot("not-found", "/nowhere/"),
    Shot("palette", "/team/", act=press("Control+k"), layer=True),
    Shot("keys", "/team/", act=press("?"), layer=True),
    Shot("person-menu", "/team/", act=click("[popovertarget=person-menu]"), layer=True),
    Shot("menu", "/team/", act=_open_menu, layer=True),
)


def main(arguments: list[str]) -> int:
    """Take the pictures; the exit code says whether each page was there and fitted."""
    asked = _asked(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        for width in WIDTHS:
            for appearance in APPEARANCES:
                with _window(browser, asked.url, width, appearance) as page:
                    faults += _photograph(page, PUBLIC, asked, f"{width}-{appearance}")
                    _sign_in(page, asked.email, asked.password)
                    faults += _photograph(page, SIGNED_IN, asked, f"{width}-{appearance}")
        browser.close()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(list(asked.folder.glob('*.png')))} pictures in {asked.folder}")
    return 1 if faults else 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--email", default="helene@chronofable.example")
    parser.add_argument("--password", default="palier-demo")
    parser.add_argument("--only", nargs="*", default=[], metavar="PAGE")
    return parser.parse_args(arguments)


@contextmanager
def _window(browser: Browser, url: str, width: int, appearance: str) -> Iterator[Page]:
    """A window that nobody is signed in to: a fresh one for each variant, never a changed one."""
    context = browser.new_context(
        base_url=url,
        locale="fr-FR",
        timezone_id="Europe/Paris",
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if appearance == "dark" else "light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def _sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/account/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def _photograph(
    page: Page, shots: tuple[Shot, ...], asked: argparse.Namespace, variant: str
) -> Iterator[str]:
    """Take these pages; each fault is a line that names the page."""
    for shot in shots:
        if asked.only and shot.name not in asked.only:
            continue
        answer = page.goto(shot.path)
        if shot.first:
            link = page.locator(shot.first)
            if link.count() == 0:
                yield f"{shot.name}-{variant}: nothing to open from {shot.path}"
                continue
            answer = page.goto(link.first.get_attribute("href") or "")
        page.wait_for_load_state("networkidle")
        if shot.act:
            shot.act(page)
        page.wait_for_timeout(SETTLE_MS)
        page.screenshot(path=asked.folder / f"{shot.name}-{variant}.png", full_page=not shot.layer)
        if answer is not None and answer.status >= 400 and shot.name != "not-found":
            yield f"{shot.name}-{variant}: {shot.path} answered {answer.status}"
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"{shot.name}-{variant}: wider than the window"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
