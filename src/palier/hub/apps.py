"""The hub as an application: registers its facts when Django starts."""

from __future__ import annotations

from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "palier.hub"
    label = "hub"

    def ready(self) -> None:
        """Offer the hub's tables to the analytical snapshot."""
        from palier.hub import facts

        facts.register()
