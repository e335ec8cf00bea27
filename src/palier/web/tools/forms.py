"""Forms of tools: they check shape, the operations decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from palier.accounts.tokens import MOST_PER_MINUTE, Scope
from palier.hub.custom import FIELD_TYPES, LONGEST_LABEL
from palier.hub.queries import ToolInfo
from palier.hub.schema import ENTITIES
from palier.hub.tools import LONGEST_LABEL as LONGEST_TOOL
from palier.wording import labels

NAME_LENGTH = 120
TOOL_LENGTH = 63
NEW = "+"
"""Chosen for a tool that is not known yet; no tool is named so."""


class ToolChange(forms.Form):
    """How a tool is called, and of which kind it is."""

    label = forms.CharField(label=_("Name"), max_length=LONGEST_TOOL)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(labels.SOURCE_KINDS.items()))


class NewToken(forms.Form):
    """A token to make: for which tool, what it may do, how much and until when."""

    name = forms.CharField(
        label=_("Name of the token"),
        max_length=NAME_LENGTH,
        help_text=_("What will tell you later what it is for, such as “Online shop, production”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tool = forms.ChoiceField(label=_("For which tool"))
    new_tool = forms.CharField(
        label=_("Name of the new tool"),
        required=False,
        max_length=TOOL_LENGTH,
        help_text=_("For a new tool. Small letters, digits, hyphens: it will stand in addresses."),
        validators=[
            RegexValidator(
                r"^[a-z0-9][a-z0-9_-]*$",
                _("Only small letters without accents, digits and hyphens."),
            )
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, labels.SCOPES[scope.value]) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
    )
    rate = forms.IntegerField(
        label=_("Requests a minute at most"),
        required=False,
        min_value=1,
        max_value=MOST_PER_MINUTE,
        help_text=_("Without a limit when this is left empty."),
    )
    expires_on = forms.DateField(
        label=_("Last day of use"),
        required=False,
        help_text=_("Without an end when this is left empty."),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, tools: Sequence[ToolInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_use = [(tool.name, tool.label) for tool in tools if not tool.retired]
        self.fields["tool"].choices = [(NEW, gettext("A new tool")), *in_use]  # type: ignore[attr-defined]

    def clean_scopes(self) -> list[Scope]:
        """As the domain knows them."""
        return [Scope(one) for one in self.cleaned_data["scopes"]]

    def clean_expires_on(self) -> dt.date | None:
        """A day to come."""
        day: dt.date | None = self.cleaned_data["expires_on"]
        if day is not None and day < timezone.localdate():
            raise ValidationError(gettext("This day is past."))
        return day

    @property
    def tool_name(self) -> str:
        """The tool that was chosen, or that is new."""
        chosen: str = self.cleaned_data["tool"]
        return str(self.cleaned_data["new_tool"]) if chosen == NEW else chosen

    @property
    def expires_at(self) -> dt.datetime | None:
        """The end of the last day of use, in the company's time."""
        day: dt.date | None = self.cleaned_data["expires_on"]
        if day is None:
            return None
        return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


class NewField(forms.Form):
    """A field to declare."""

    entity = forms.ChoiceField(
        label=_("Kind of record"),
        choices=[(name, labels.entity(name)) for name in ENTITIES],
    )
    label = forms.CharField(
        label=_("What you call it"),
        max_length=LONGEST_LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name in files and in the API"),
        max_length=63,
        help_text=_("Small letters without accents, digits and underscores, such as order_ref."),
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*$",
                _(
                    "Begin with a small letter, then small letters without accents, digits and underscores."
                ),
            )
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    type = forms.ChoiceField(
        label=_("What it holds"),
        choices=[(one, labels.parser(one)) for one in FIELD_TYPES],
        initial="text",
    )
    choices = forms.CharField(
        label=_("Its choices, one a line"),
        required=False,
        help_text=_("Only for “one of a list”."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    personal = forms.BooleanField(
        label=_("It tells something of a person, and is wiped when that person is erased"),
        required=False,
    )

    def clean_choices(self) -> tuple[str, ...]:
        """Line by line, without blanks."""
        lines = (line.strip() for line in self.cleaned_data["choices"].splitlines())
        return tuple(line for line in lines if line)


class Label(forms.Form):
    """What a field is called."""

    label = forms.CharField(max_length=LONGEST_LABEL)
