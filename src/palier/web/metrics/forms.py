"""The target of a metric, typed as people say it: euros, percents, days."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import numbers
from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from palier.kernel.money import minor_digits
from palier.metrics import catalogue
from palier.metrics.metric import Metric
from palier.web import formats
from palier.web.fields import DecimalField

LARGEST = Decimal(10) ** 15


class TargetForm(forms.Form):
    """A value in the words of its unit, and the day it holds from."""

    value = DecimalField(label=_("Value to reach"), min_value=-LARGEST, max_value=LARGEST)
    valid_from = forms.DateField(
        label=_("Holds from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Periods that began before keep the target they had."),
    )  # fmt: skip

    def __init__(self, *args: Any, metric: Metric, currency: str, **options: Any) -> None:
        self.scale = scale_of(metric, currency)
        options["prefix"] = "target"
        super().__init__(*args, **options)

    def stored(self) -> Decimal:
        """The value as metrics keep it: minor units, a share, days."""
        value: Decimal = self.cleaned_data["value"]
        return value / self.scale

    @classmethod
    def filled(
        cls, *, metric: Metric, currency: str, value: Decimal | None, on: dt.date
    ) -> TargetForm:
        """The form with the target in force."""
        scale = scale_of(metric, currency)
        said = None if value is None else (value * scale).normalize()
        return cls(initial={"value": said, "valid_from": on}, metric=metric, currency=currency)


def scale_of(metric: Metric, currency: str) -> Decimal:
    """What a stored value is multiplied by to be typed and read."""
    if metric.unit == "money_minor":
        return Decimal(1).scaleb(-minor_digits(currency))
    return Decimal(100) if metric.unit == "share" else Decimal(1)


def unit_sign(metric: Metric, currency: str) -> str:
    """What stands after the field."""
    symbol = numbers.get_currency_symbol(currency, locale=formats.locale())
    signs = {"share": "%", "money_minor": symbol, "days": _("days"), "months": _("months")}
    return str(signs.get(metric.unit, ""))


def form_fields(form: TargetForm, sign: str) -> SafeString:
    """The fields of a form, with what was wrong."""
    return render_to_string("metrics/target_fields.html", {"form": form, "sign": sign})


@lru_cache(maxsize=1_024)
def empty_fields(
    key: str, currency: str, value: Decimal | None, on: dt.date, _language: str
) -> SafeString:
    """The fields with the target in force, written once for what they show."""
    metric = catalogue.metric(key)
    form = TargetForm.filled(metric=metric, currency=currency, value=value, on=on)
    return form_fields(form, unit_sign(metric, currency))
