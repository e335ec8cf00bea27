"""`{% load records %}`: links that change a list in place, and are links all the same."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def swap(url: str, target: str = "records") -> SafeString:
    """The attributes of a link that swaps the section of that id; without JavaScript it opens the page."""
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="#{1}" hx-swap="outerHTML" hx-push-url="true"',
        url, target,
    )  # fmt: skip
