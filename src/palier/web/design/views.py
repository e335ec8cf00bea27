"""Every component in each of its states, for those who build pages and those who judge them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from palier.web import charts
from palier.web.design import samples
from palier.web.http import signed_in


@signed_in
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components with fictional values."""
    filled = samples.SampleForm(initial={"name": "Fournil de Sèvre", "budget": samples.BUDGET})
    wrong = samples.SampleForm(
        {"wrong-name": "", "wrong-budget": "12 34,5", "wrong-channel": "a"}, prefix="wrong"
    )
    wrong.is_valid()
    context = {
        "tokens": samples.TOKENS, "icons": samples.ICONS, "form": filled, "wrong": wrong,
        "file_form": samples.FileForm(), "file_wrong": samples.FileForm({}, prefix="none"),
        "figures": samples.figures(), "statuses": samples.statuses(), "actions": samples.actions(),
        "crumbs": samples.crumbs(), "tabs": samples.tabs(), "periods": samples.periods(),
        "table": samples.table(sorted_by=request.GET.get("sort", "-amount")),
        "empty_actions": samples.empty_actions(), "pages": samples.PAGES, "unknown_pages": samples.UNCOUNTED,
        "definitions": samples.definitions(), "history": samples.history(),
        "provenance": samples.PROVENANCE, "pinned": samples.PINNED,
        "line": samples.line_chart(), "several": samples.several_lines(), "bars": samples.bar_chart(),
        "movements": samples.movement_chart(), "bridge": samples.bridge_chart(), "nothing": samples.empty_chart(),
        "trend": samples.TREND, "series": list(charts.TOKENS["light"].items()),
    }  # fmt: skip
    return render(request, "design/gallery.html", context)
