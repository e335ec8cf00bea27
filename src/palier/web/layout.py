"""The frame around every page: navigation, companies, person, appearance; and announcements.

A navigation entry appears when its address exists and the member's role has its permission, so a
domain enters the sidebar with its first page.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_htmx.http import trigger_client_event

from palier.accounts.permissions import Permission, may
from palier.accounts.queries import Member

THEME_COOKIE = "palier_theme"
"""Set by the switch on this device; it wins over the person's own preference."""
KEYS_COOKIE = "palier_keys"
"""`off` when single-key shortcuts are switched off (WCAG 2.1.4)."""
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """A place to go: its address name, word, icon, who may go, and the letter after `g`."""

    address: str
    label: str | Promise
    icon: str
    permission: Permission | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One verb of the product and the domains under it."""

    label: str | Promise
    entries: tuple[Entry, ...]


NAVIGATION = (
    Group(_("Formalise"), ()),
    Group(
        _("Measure"),
        (
            Entry("home:cockpit", _("Dashboard"), "layout-dashboard", Permission.VIEW_FIGURES, "t"),
            Entry("metrics:list", _("Metrics"), "chart-line", Permission.VIEW_FIGURES, "i"),
            Entry("customers:list", _("Customers"), "users", Permission.VIEW_DATA, "c"),
            Entry("records:index", _("Data"), "database", Permission.VIEW_DATA, "d"),
            Entry("duplicates:queue", _("Duplicates"), "git-merge", Permission.VIEW_DATA, "b"),
            Entry("quality:overview", _("Data quality"), "circle-check", Permission.VIEW_DATA, "q"),
            Entry("imports:list", _("Imports"), "file-up", Permission.VIEW_DATA, "m"),
            Entry("tools:list", _("Tools"), "plug", Permission.VIEW_DATA, "o"),
        ),
    ),
    Group(_("Sequence"), ()),
)
SETTLED = (
    Entry("accounts:team", _("Team"), "user", Permission.VIEW_TEAM, "e"),
    Entry("accounts:settings", _("Settings"), "settings", Permission.MANAGE_SETTINGS, "r"),
)
"""What stands at the foot of the sidebar, whatever the verb."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the page shows it."""

    label: str
    url: str
    icon: str
    key: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A titled list of links."""

    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CompanyChoice:
    """A company the person may switch to."""

    slug: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the frame shows, as plain values."""

    language: str = "fr"
    theme: str = ""
    single_keys: bool = True
    signed_in: bool = False
    person: str = ""
    email: str = ""
    company: str = ""
    is_demo: bool = False
    companies: tuple[CompanyChoice, ...] = ()
    groups: tuple[LinkGroup, ...] = ()
    settled: tuple[Link, ...] = ()
    urls: dict[str, str] = field(default_factory=dict)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell`, read by base.html."""
    user = getattr(request, "user", None)
    member: Member | None = getattr(request, "member", None)
    signed_in = bool(getattr(user, "is_authenticated", False))
    preferred = str(getattr(user, "theme", "")).lower()
    theme = request.COOKIES.get(THEME_COOKIE, preferred)
    shown = Shell(
        language=(get_language() or "fr")[:2],
        theme=theme if theme in THEMES else "",
        single_keys=request.COOKIES.get(KEYS_COOKIE) != "off",
        signed_in=signed_in,
        person=str(user) if signed_in else "",
        email=str(getattr(user, "email", "")),
        company=member.company.name if member else "",
        is_demo=bool(member and member.company.is_demo),
        companies=_companies(request, member),
        groups=_groups(request.path, member),
        settled=_links(SETTLED, request.path, member),
        urls=_addresses(),
    )
    return {"shell": shown}


def _companies(request: HttpRequest, member: Member | None) -> tuple[CompanyChoice, ...]:
    current = member.company.id if member else None
    return tuple(
        CompanyChoice(
            slug=one.company.slug, name=one.company.name, current=one.company.id == current
        )
        for one in getattr(request, "memberships", ())
    )


def _groups(path: str, member: Member | None) -> tuple[LinkGroup, ...]:
    groups = ((group, _links(group.entries, path, member)) for group in NAVIGATION)
    return tuple(LinkGroup(str(group.label), links) for group, links in groups if links)


def _links(entries: tuple[Entry, ...], path: str, member: Member | None) -> tuple[Link, ...]:
    found: list[Link] = []
    for entry in entries:
        url = address_of(entry.address)
        if not url or member is None:
            continue
        if entry.permission is not None and not may(member, entry.permission):
            continue
        here = path == url or (url != "/" and path.startswith(url))
        found.append(Link(str(entry.label), url, entry.icon, entry.key, current=here))
    return tuple(found)


_FRAME_ADDRESSES = {
    "profile": "accounts:profile",
    "switch_company": "accounts:switch_company",
    "login": "account_login",
    "logout": "account_logout",
    "search": "home:search",
    "help": "home:help",
    "design": "design:gallery",
}


def _addresses() -> dict[str, str]:
    return {name: address_of(address) for name, address in _FRAME_ADDRESSES.items()}


@functools.cache
def address_of(name: str) -> str:
    """Where a page is; nothing for one that does not exist yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def announce(response: HttpResponse, message: str) -> HttpResponse:
    """Say something through the page's live region after htmx has swapped this response."""
    return trigger_client_event(response, "palier:announce", {"message": str(message)})
