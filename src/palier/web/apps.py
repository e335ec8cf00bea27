"""The pages as an application, for templates, static files and tags."""

from __future__ import annotations

from django.apps import AppConfig

from palier.kernel.registries import wording


class WebConfig(AppConfig):
    name = "palier.web"
    label = "web"

    def ready(self) -> None:
        """Lend the sentences of imports to the worker, which writes them into files of refused rows."""
        wording.say = _say


def _say(code: str, params: dict[str, str]) -> str:
    from palier.web.imports.sentences import explain

    return explain(code, params)
