"""`{% load tools %}`: what the pages about tools share."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext as _

from palier.web.tools.tabs import tools_tabs as tabs_of

register = template.Library()


@register.inclusion_tag("components/tabs.html", takes_context=True)
def tools_tabs(context: Context, current: str) -> dict[str, Any]:
    """The tabs of the pages about tools, `current` being the address name of this one; none for a visitor."""
    member = getattr(context.get("request"), "member", None)
    items = [] if member is None else tabs_of(current, member=member)
    return {"items": items, "label": _("Tools")}
