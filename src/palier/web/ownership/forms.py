"""The form of one rule: the order of the tools, and what decides between those it does not name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from palier.hub.ownership import Owned
from palier.hub.queries import ToolInfo

MAX_PLACES = 6
"""Tools that may be put in order [ours]."""
STRATEGIES: dict[str, str | Promise] = {
    "owner": gettext_lazy("The latest value"),
    "longest": gettext_lazy("The longest value"),
    "max": gettext_lazy("The greatest value"),
    "min": gettext_lazy("The smallest value"),
}
"""`most_recent` decides as `owner` does once the order is given apart."""


class Rule(forms.Form):
    """Whom to believe first, second…; then what decides."""

    survival = forms.ChoiceField(
        label=gettext_lazy("Between the tools that are not in the order"),
        choices=list(STRATEGIES.items()),
    )

    def __init__(self, data: Any = None, *, owned: Owned, tools: tuple[ToolInfo, ...]) -> None:
        survival = "owner" if owned.survival == "most_recent" else owned.survival
        super().__init__(data, initial={"survival": survival})
        choices = [("", "—"), *((tool.name, tool.label) for tool in tools)]
        self.places = [f"place{number}" for number in range(min(len(tools), MAX_PLACES))]
        for number, name in enumerate(self.places):
            self.fields[name] = forms.ChoiceField(
                label=_("Believed first") if not number else _("then"),
                choices=choices,
                required=False,
                initial=owned.tools[number] if number < len(owned.tools) else "",
            )
        self.order_fields([*self.places, "survival"])

    @property
    def tools(self) -> list[str]:
        """The tools in order, each once."""
        chosen = (self.cleaned_data[name] for name in self.places)
        return list(dict.fromkeys(one for one in chosen if one))
