"""The form that sets one field of a record by hand: it reads as imports read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from palier.hub.imports.parsers import identities, places
from palier.hub.imports.parsers.outcome import Bad, Parser
from palier.hub.queries import FieldValue, Value
from palier.hub.queries.values import typed
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, Field
from palier.kernel.money import Money
from palier.web.fields import DecimalField, MoneyField
from palier.wording import labels
from palier.wording.labels import NO_LABELS, OwnLabels
from palier.wording.sentences import sentence

PARSERS: dict[str, Parser] = {
    "email": identities.parse_email,
    "phone": identities.parse_phone,
    "siren": identities.parse_siren,
    "siret": identities.parse_siret,
    "vat_no": identities.parse_vat,
    "iban": identities.parse_iban,
    "domain": identities.parse_domain,
    "country": places.parse_country,
}
"""Fields whose form is checked as an import checks it."""
MAX_LENGTH = 500
"""Characters of a field typed by hand [ours]."""


class Correction(forms.Form):
    """One value. Named `value` in the post; the label is the field’s own word."""

    def __init__(
        self,
        data: Any = None,
        *,
        entity: str,
        field: FieldValue,
        currency: str = "EUR",
        own: OwnLabels = NO_LABELS,
    ) -> None:
        self.entity, self.field_name, self.kind = entity, field.name, field.type
        self.currency = currency
        initial = _initial(field.type, field.value, currency)
        super().__init__(data, initial={"value": initial}, auto_id=f"correct-{field.name}-%s")
        declared = ENTITIES[entity].field(field.name)
        self.fields["value"] = input_of(entity, declared, currency=currency)
        self.fields["value"].label = labels.field(entity, field.name, own)

    def typed(self, value: Value) -> object:
        """Another value of the field as somebody would type it here."""
        bound = self.fields["value"]
        prepared = bound.prepare_value(_initial(self.kind, value, self.currency))
        return prepared.isoformat() if isinstance(prepared, dt.date) else prepared

    def read(self) -> Value:
        """The value that was typed, as a record holds it."""
        return typed(ENTITIES[self.entity].field(self.field_name), self.cleaned_data["value"])

    def clean_value(self) -> JSON:
        """The value in canonical JSON; None empties the field."""
        value = self.cleaned_data["value"]
        if value in {None, ""}:
            return None
        if self.kind in {"date", "datetime"}:
            return str(value.isoformat())
        if isinstance(value, Money):
            return value.minor
        if self.kind == "share":
            return format((value / 100).normalize(), "f")
        if isinstance(value, Decimal):
            return int(value) if self.kind == "int" else format(value, "f")
        if self.kind == "bool":
            return bool(value == "yes")
        if (parse := PARSERS.get(self.field_name)) is not None:
            read = parse(value)
            if isinstance(read, Bad):
                raise ValidationError(sentence(read.code, dict(read.params)))
            return str(read)
        return str(value)


def _initial(kind: str, value: Value, currency: str) -> object:
    """The value as its input takes it."""
    if kind == "money" and isinstance(value, int):
        return Money(value, currency)
    if kind == "share" and isinstance(value, Decimal):
        return (value * 100).normalize()
    if kind == "bool" and value is not None:
        return "yes" if value else "no"
    return value


def input_of(entity: str, field: Field, *, currency: str) -> forms.Field:
    """The kind of input that suits a field; a share is typed in percent."""
    required = field.required
    if field.type == "choice":
        words = [(code, labels.choice(entity, field.name, code)) for code in field.choices]
        return forms.ChoiceField(choices=[("", "—"), *words], required=required)
    if field.type == "bool":
        return forms.ChoiceField(
            choices=[("", "—"), ("yes", _("yes")), ("no", _("no"))], required=required
        )
    if field.type == "date":
        return forms.DateField(
            required=required,
            input_formats=["%Y-%m-%d", "%d/%m/%Y"],
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        )
    if field.type == "datetime":
        return forms.DateTimeField(
            required=required,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        )
    if field.type == "money":
        return MoneyField(currency=currency, required=required)
    if field.type == "share":
        return DecimalField(
            required=required, min_value=0, max_value=100, help_text=_("in percent")
        )
    if field.type in {"int", "decimal"}:
        return DecimalField(required=required, decimal_places=0 if field.type == "int" else None)
    return forms.CharField(
        required=required,
        max_length=MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
