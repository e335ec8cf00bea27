"""Forms of accounts: they check shape, the operations decide."""

from __future__ import annotations

from typing import Any

from babel.dates import get_month_names
from django import forms
from django.contrib.auth.password_validation import (
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Unit
from palier.web import formats
from palier.web.accounts import labels

NAME_LENGTH = 120


def _units(units: list[Unit]) -> list[tuple[str, str]]:
    indent = "\u2003"
    return [(str(unit.public_id), f"{indent * unit.depth}{unit.name}") for unit in units]


class Invite(forms.Form):
    """Whom to invite, as what and where."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=list(labels.ROLES.items()), initial=Role.MEMBER
    )
    unit = forms.ChoiceField(label=_("Unit"))

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.public_id): unit.id for unit in units}
        self.fields["unit"].choices = _units(units)  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        """As the domain knows it."""
        return Role(self.cleaned_data["role"])

    def clean_unit(self) -> int:
        """The unit's own number."""
        return self.units[self.cleaned_data["unit"]]


class MemberPlace(forms.Form):
    """A member's role and unit."""

    role = forms.ChoiceField(label=_("Role"), choices=list(labels.ROLES.items()))
    unit = forms.ChoiceField(label=_("Unit"), required=False)

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.public_id): unit.id for unit in units}
        self.fields["unit"].choices = [("", "—"), *_units(units)]  # type: ignore[attr-defined]

    def clean_role(self) -> Role:
        """As the domain knows it."""
        return Role(self.cleaned_data["role"])

    def clean_unit(self) -> int | None:
        """The unit's own number."""
        return self.units.get(self.cleaned_data["unit"])


class Join(forms.Form):
    """What somebody new chooses: nothing is asked twice."""

    name = forms.CharField(
        label=_("First and last name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=labels.LANGUAGES)

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = _(
            "At least ten characters; a sentence is easier to remember."
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is too short, too common or too close to the person."""
        cleaned = super().clean() or {}
        if "password" in cleaned:
            person = Person(email=self.email, name=cleaned.get("name", ""))
            try:
                validate_password(cleaned["password"], user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class Preferences(forms.Form):
    """How a person is named and reads Palier."""

    name = forms.CharField(
        label=_("First and last name"),
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=labels.LANGUAGES)
    theme = forms.ChoiceField(label=_("Appearance"), choices=labels.THEMES)


def _months() -> list[tuple[int, str]]:
    names = get_month_names("wide", locale=get_language() or "fr")
    return [(month, names[month]) for month in range(1, 13)]


class CompanySettings(forms.Form):
    """What may change of a company."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    country = forms.ChoiceField(label=_("Country"), choices=labels.COUNTRIES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("It decides when a day begins and ends in the figures.")
    )
    fiscal_year_start_month = forms.TypedChoiceField(
        label=_("First month of the fiscal year"), coerce=int, choices=_months
    )

    def __init__(self, *args: Any, company: CompanyInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = dict.fromkeys([*labels.EUROPEAN_ZONES, company.time_zone])
        self.fields["time_zone"].choices = [(zone, formats.city(zone)) for zone in zones]  # type: ignore[attr-defined]
        if company.country not in dict(labels.COUNTRIES):
            self.fields["country"].choices = [  # type: ignore[attr-defined]
                *labels.COUNTRIES,
                (company.country, company.country),
            ]


class NewUnit(forms.Form):
    """A department or a team to add."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind, label) for kind, label in labels.UNIT_KINDS.items() if kind != "COMPANY"],
    )
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    parent = forms.ChoiceField(label=_("Stands under"))

    def __init__(self, *args: Any, units: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = [unit for unit in units if unit.kind != "TEAM"]
        self.parents = {str(unit.public_id): unit.public_id for unit in above}
        self.fields["parent"].choices = _units(above)  # type: ignore[attr-defined]


class UnitChange(forms.Form):
    """A unit's name and place."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    parent = forms.UUIDField(label=_("Stands under"))
