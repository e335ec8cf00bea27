"""The pages as an application, for templates, static files and tags."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "palier.web"
    label = "web"
