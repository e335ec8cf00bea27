"""Forms of webhooks: they check shape, the operations decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from palier.hub.schema import ENTITIES
from palier.hub.webhooks.endpoints import MAX_DESCRIPTION, MAX_URL, OPS
from palier.hub.webhooks.hooks import OWN_SECRETS
from palier.web.webhooks import words
from palier.wording import labels


class Endpoint(forms.Form):
    """Where changes are sent, and which ones."""

    url = forms.CharField(
        label=_("Address that receives the changes"),
        max_length=MAX_URL,
        widget=forms.URLInput(attrs={"placeholder": "https://…", "autocomplete": "off"}),
        error_messages={"required": _("Give the address that receives the changes.")},
    )
    description = forms.CharField(
        label=_("What it is for"), required=False, max_length=MAX_DESCRIPTION
    )
    entities = forms.MultipleChoiceField(
        label=_("Records it is told of"),
        required=False,
        help_text=_("None ticked: all of them."),
        widget=forms.CheckboxSelectMultiple,
    )
    ops = forms.MultipleChoiceField(
        label=_("Kinds of change it is told of"),
        required=False,
        help_text=_("None ticked: all of them."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entities = [(name, labels.entity(name, many=True)) for name in ENTITIES]
        self.fields["entities"].choices = entities  # type: ignore[attr-defined]
        self.fields["ops"].choices = [(name, words.OPS[name]) for name in OPS]  # type: ignore[attr-defined]


class Replay(forms.Form):
    """From when, or from which position, everything is told anew."""

    since = forms.DateTimeField(
        label=_("Every change since"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"],
    )
    position = forms.IntegerField(
        label=_("or every change after position"),
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        cleaned = super().clean() or {}
        given = [name for name in ("since", "position") if cleaned.get(name) is not None]
        if not self.errors and len(given) != 1:
            self.add_error("since", _("Give a moment or a position, one of the two."))
        return cleaned


class Hook(forms.Form):
    """Which tool calls, and how it proves who it is."""

    tool = forms.CharField(
        label=_("Tool that calls"),
        max_length=60,
        help_text=_(
            "The name under which its files are imported, so that its records are the same."
        ),
        widget=forms.TextInput(attrs={"list": "known-tools", "autocomplete": "off"}),
        error_messages={"required": _("Say which tool calls this address.")},
    )
    scheme = forms.ChoiceField(label=_("How it signs"), choices=list(words.SCHEMES.items()))
    secret = forms.CharField(
        label=_("Secret given by the tool"),
        required=False,
        max_length=500,
        strip=True,
        help_text=_("Leave it empty to have one made, for a tool where you choose the secret."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    place = forms.CharField(
        label=_("Where the records are in a message"),
        required=False,
        max_length=200,
        help_text=_(
            "For example data.object. Empty: the message is the record, or a list of them."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Some tools give the secret themselves."""
        cleaned = super().clean() or {}
        if cleaned.get("scheme") not in OWN_SECRETS and not cleaned.get("secret"):
            self.add_error("secret", _("This tool gives the secret itself: copy it here."))
        return cleaned


class Secret(forms.Form):
    """Another secret for a hook."""

    secret = Hook.base_fields["secret"]
