"""The form that sets one field of a customer by hand: it reads as imports read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from palier.hub.imports.parsers import identities, places
from palier.hub.imports.parsers.outcome import Bad, Parser
from palier.hub.queries import FieldValue
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES
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
        self, data: Any = None, *, entity: str, field: FieldValue, own: OwnLabels = NO_LABELS
    ) -> None:
        super().__init__(data, initial={"value": field.value}, auto_id=f"correct-{field.name}-%s")
        self.entity, self.field_name, self.kind = entity, field.name, field.type
        required = ENTITIES[entity].field(field.name).required
        self.fields["value"] = _widget(entity, field, required=required)
        self.fields["value"].label = labels.field(entity, field.name, own)

    def clean_value(self) -> JSON:
        """The value in canonical JSON; None empties the field."""
        value = self.cleaned_data["value"]
        if value in {None, ""}:
            return None
        if self.kind == "date":
            return str(value.isoformat())
        if self.kind == "bool":
            return bool(value == "yes")
        if (parse := PARSERS.get(self.field_name)) is not None:
            read = parse(value)
            if isinstance(read, Bad):
                raise ValidationError(sentence(read.code, dict(read.params)))
            return str(read)
        return str(value)


def _widget(entity: str, field: FieldValue, *, required: bool) -> forms.Field:
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
    return forms.CharField(
        required=required,
        max_length=MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
