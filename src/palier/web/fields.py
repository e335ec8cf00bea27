"""Form fields that read numbers as people type them, in French and in English, and refuse to guess."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from palier.kernel.money import Money, minor_digits
from palier.web import formats

_SPACES = re.compile(r"[\s\u00a0\u202f\u2007\u2009]")
_PLAIN = re.compile(r"(?:\d+|\d{1,3}(?: \d{3})+)(?:[.,]\d+)?|[.,]\d+")
_COMMA_GROUPS = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")
_POINT_GROUPS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_EITHER = re.compile(r"[1-9]\d{0,2},\d{3}")


class DecimalField(forms.DecimalField):
    """Reads «1 234,56» and «1234.56» exactly, with any kind of space; refuses what could be read twice.

    Django reads «1234,56» as 123456 on an English page; here comma and point are both decimal
    marks. On an English page «1,234» is refused: it may be a thousand or one and a bit.
    """

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter a number, such as 1,234.56."),
        "ambiguous": _("Is %(typed)s a thousand or a decimal? Write 1234 or 1.234."),
    }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """The exact decimal that was typed, or None for nothing."""
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal | int | float):
            return formats.exact(value)
        typed = str(value).strip()
        text = _SPACES.sub(" ", typed).replace(formats.MINUS, "-")
        sign = "-" if text.startswith("-") else ""
        text = text.removeprefix("-").removeprefix("+").strip()
        if not text:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if formats.locale().language == "en" and _EITHER.fullmatch(text):
            raise ValidationError(
                self.error_messages["ambiguous"], code="ambiguous", params={"typed": typed}
            )
        if _COMMA_GROUPS.fullmatch(text):
            text = text.replace(",", "")
        elif _POINT_GROUPS.fullmatch(text):
            text = text.replace(".", "").replace(",", ".")
        elif _PLAIN.fullmatch(text):
            text = text.replace(" ", "").replace(",", ".")
        else:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            return Decimal(sign + text)
        except InvalidOperation:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        """The number as the reader would type it; what was typed is given back as typed."""
        if isinstance(value, Decimal | int | float):
            text = format(formats.exact(value), "f")
            return text.replace(".", ",") if formats.locale().language == "fr" else text
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """A telephone shows its figures; the browser leaves the reading to us."""
        return {"inputmode": "decimal", "autocomplete": "off"}


class MoneyField(DecimalField):
    """An amount of major units, cleaned to `Money` of `currency`; refuses fractions of a cent."""

    def __init__(self, *, currency: str = "EUR", **options: Any) -> None:
        self.currency = currency
        super().__init__(decimal_places=minor_digits(currency), max_digits=15, **options)

    def clean(self, value: Any) -> Any:
        """The amount as `Money`, or None."""
        amount = super().clean(value)
        return None if amount is None else Money.of(amount, self.currency)

    def prepare_value(self, value: Any) -> Any:
        """A `Money` as its amount."""
        return super().prepare_value(value.amount if isinstance(value, Money) else value)
