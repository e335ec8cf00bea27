"""The tabs that the pages about tools share: those that exist and that the member may open."""

from __future__ import annotations

from django.urls import resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from palier.accounts.permissions import access_of, may
from palier.accounts.queries import Member
from palier.web.components import Tab
from palier.web.layout import address_of

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("tools:list", _("Tools")),
    ("connectors:list", _("Connectors")),
    ("webhooks:list", _("Webhooks")),
    ("tools:tokens", _("Tokens")),
    ("tools:fields", _("Fields of our own")),
    ("ownership:list", _("Whom to believe")),
    ("api:docs", pgettext_lazy("tab", "API")),
)


def tools_tabs(current: str, *, member: Member) -> list[Tab]:
    """The tabs, with the page whose address name is `current` marked."""
    return [
        Tab(str(label), url, current=name == current)
        for name, label in TABS
        if (url := address_of(name)) and _may_open(url, member)
    ]


def _may_open(url: str, member: Member) -> bool:
    access = access_of(resolve(url).func)
    return access is None or access.reading is None or may(member, access.reading)
