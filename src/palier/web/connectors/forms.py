"""The form of a tool's credentials, made from what its manifest asks for."""

from __future__ import annotations

from django import forms
from django.utils.translation import get_language

from palier.hub.connectors.manifest import Manifest


class Credentials(forms.Form):
    """One field for each setting; secrets are never shown again."""

    def __init__(self, data: object = None, *, manifest: Manifest) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        language = (get_language() or "fr")[:2]
        for one in manifest.settings:
            shown = (
                forms.PasswordInput(attrs={"autocomplete": "off"})
                if one.secret
                else forms.TextInput()
            )
            self.fields[one.name] = forms.CharField(
                label=one.label.get(language) or one.name,
                help_text=one.help.get(language, ""),
                required=not one.optional,
                max_length=4000,
                widget=shown,
            )
