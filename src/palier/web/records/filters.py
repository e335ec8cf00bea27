"""Filters in words, and the form that adds one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from palier.hub.queries.conditions import Condition, Operator
from palier.hub.queries.listing import find_label
from palier.hub.schema import Field
from palier.kernel.money import Money
from palier.web.fields import DecimalField, MoneyField
from palier.web.records.entities import column_label
from palier.web.records.shown import text_of
from palier.web.records.state import State, field_named
from palier.wording import labels

Word = str | Promise
_WORDS: dict[str, Word] = {
    "is": pgettext_lazy("filter", "is"),
    "not": pgettext_lazy("filter", "is not"),
    "from": pgettext_lazy("filter", "at least"),
    "before": pgettext_lazy("filter", "less than"),
    "contains": pgettext_lazy("filter", "contains"),
    "known": pgettext_lazy("filter", "is filled in"),
    "unknown": pgettext_lazy("filter", "is empty"),
}
_DAYS: dict[str, Word] = {
    **_WORDS,
    "from": pgettext_lazy("filter of days", "from"),
    "before": pgettext_lazy("filter of days", "before"),
    "is": pgettext_lazy("filter of days", "on"),
}
_OFFERED: dict[str, Sequence[str]] = {
    "text": ("contains", "is", "not"),
    "choice": ("is", "not"),
    "bool": ("is",),
    "date": ("from", "before", "is"),
    "datetime": ("from", "before"),
    "ref": ("contains",),
}
_NUMBERS = ("from", "before", "is")


def words(kind: str, operator: str) -> str:
    """A comparison as people say it."""
    return str((_DAYS if kind in {"date", "datetime"} else _WORDS)[operator])


def described(state: State, one: Condition, *, company_id: int, currency: str) -> str:
    """A filter as a sentence: «Ville contient Nantes»."""
    label = column_label(state.entity, one.field)
    field = field_named(state.entity, one.field, state.custom)
    kind = field.type if field else "text"
    if one.operator == "known":
        return f"{label} {words(kind, 'known' if one.value == 'true' else 'unknown')}"
    value = one.value
    if field is not None and field.type == "ref" and one.operator == "is" and value.isdigit():
        value = find_label(company_id=company_id, entity=field.target, record_id=int(value))
    elif field is not None:
        value = _shown(state.entity, field, value, currency)
    return f"{label} {words(kind, one.operator)} {value}"


def _shown(entity: str, field: Field, value: str, currency: str) -> str:
    try:
        typed = _typed(field, value)
    except (ValueError, InvalidOperation):
        return value
    if isinstance(typed, dt.datetime):
        typed = timezone.localtime(typed).date() if typed.tzinfo else typed.date()
    return text_of(entity, field.name, field.type, typed, currency=currency)


def _typed(field: Field, value: str) -> Any:
    if field.type in {"int", "money"}:
        return int(value)
    if field.type in {"decimal", "share"}:
        return Decimal(value)
    if field.type == "date":
        return dt.date.fromisoformat(value)
    if field.type == "datetime":
        return dt.datetime.fromisoformat(value)
    return value == "true" if field.type == "bool" else value


class FilterForm(forms.Form):
    """How a field is compared, and with what: its own kind of input."""

    comparison = forms.ChoiceField(label=gettext_lazy("Comparison"))
    use_required_attribute = False  # “is empty” needs no value

    def __init__(self, data: Any = None, *, state: State, field: Field, currency: str) -> None:
        super().__init__(data, auto_id="filtre-%s")
        self.entity, self.field, self.currency = state.entity, field, currency
        offered = (*_OFFERED.get(field.type, _NUMBERS), "known", "unknown")
        comparison = cast("forms.ChoiceField", self.fields["comparison"])
        comparison.choices = [(one, words(field.type, one)) for one in offered]
        self.fields["value"] = self._input()
        self.fields["value"].label = column_label(state.entity, field.name)
        asked = data.get("comparison") if data is not None else ""
        self.fields["value"].required = asked not in {"known", "unknown"}

    def _input(self) -> forms.Field:
        field = self.field
        if field.type == "choice":
            return forms.ChoiceField(
                choices=[
                    (one, labels.choice(self.entity, field.name, one)) for one in field.choices
                ],
                required=False,
            )
        if field.type == "bool":
            return forms.ChoiceField(
                choices=[("true", _("yes")), ("false", _("no"))], required=False
            )
        if field.type in {"date", "datetime"}:
            return forms.DateField(
                required=False,
                input_formats=["%Y-%m-%d", "%d/%m/%Y"],
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )
        if field.type == "money":
            return MoneyField(currency=self.currency, required=False)
        if field.type in {"int", "decimal", "share"}:
            return DecimalField(required=False)
        return forms.CharField(required=False, max_length=200)

    def condition(self) -> Condition:
        """The filter that was asked for."""
        operator = self.cleaned_data["comparison"]
        if operator in {"known", "unknown"}:
            return Condition(self.field.name, "known", "true" if operator == "known" else "false")
        return Condition(
            self.field.name, cast("Operator", operator), self._value(self.cleaned_data["value"])
        )

    def _value(self, value: Any) -> str:
        if isinstance(value, Money):
            return str(value.minor)
        if self.field.type == "share":
            return format((value / 100).normalize(), "f")
        if self.field.type == "int":
            return str(int(value))
        if isinstance(value, Decimal):
            return format(value, "f")
        if self.field.type == "datetime":
            return timezone.make_aware(dt.datetime.combine(value, dt.time())).isoformat()
        return value.isoformat() if isinstance(value, dt.date) else str(value)
