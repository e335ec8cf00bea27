"""Fictional values for the gallery: ordinary ones, extreme ones, and none. Names are data, not messages."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from palier.web import charts, formats
from palier.web.components import (
    Action,
    Cell,
    Change,
    Column,
    Crumb,
    Definition,
    Figure,
    HistoryItem,
    Pages,
    Provenance,
    Row,
    Status,
    Tab,
    Table,
)
from palier.web.fields import DecimalField

TOKENS = (
    "paper", "surface", "sunken", "ink", "ink-2", "ink-3", "line", "control", "accent", "good", "warn", "bad",
    "info", "series-1", "series-2", "series-3",
)  # fmt: skip
ICONS = (
    "layout-dashboard", "chart-line", "users", "file-up", "settings", "search", "history", "database", "pin",
    "circle-check", "triangle-alert", "circle-x", "info", "circle-dashed", "arrow-up", "arrow-down", "download",
    "undo-2", "pencil", "plus", "trash-2", "clock", "lock", "mail",
)  # fmt: skip
BUDGET = Decimal("12500.50")
TREND = (31, 33, 32, 36, 35, None, 39, 42, 41, 45, 44, 47, 30)
PAGES = Pages(number=7, per_page=50, total=1_234)
UNCOUNTED = Pages(number=3, per_page=50, has_next=True)
PROVENANCE = Provenance("Pipedrive", dt.date(2026, 11, 1))
PINNED = Provenance("Claire Moreau", dt.date(2026, 10, 12), pinned=True)
LONG = (
    "Société coopérative d’intérêt collectif des boulangeries artisanales et des meuneries indépendantes "
    "du bassin de la Sèvre nantaise"
)
JANUARY = dt.date(2025, 12, 1)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    budget = DecimalField(
        label=gettext_lazy("Quarterly budget"), required=False,
        help_text=gettext_lazy("Without VAT. Spaces and commas are understood."),
    )  # fmt: skip
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        choices=[
            ("a", "Recommandation"),
            ("b", "Salon professionnel"),
            ("c", "Recherche en ligne"),
        ],
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("Frequency"), choices=[("w", gettext_lazy("Every week")), ("m", gettext_lazy("Every month"))],
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    notes = forms.CharField(
        label=gettext_lazy("Notes"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    active = forms.BooleanField(label=gettext_lazy("Follow this customer"), required=False)
    locked = forms.CharField(
        label=gettext_lazy("Customer number"), disabled=True, initial="C-004217", required=False
    )


class FileForm(forms.Form):
    """Files to import."""

    files = forms.FileField(  # type: ignore[assignment]
        label=gettext_lazy("Drop your exports here, or choose files"),
        help_text=gettext_lazy("CSV, TSV, Excel, JSON, Parquet, or a zip of these."),
    )


def actions() -> list[Action]:
    return [
        Action(_("Import"), "#", "secondary", "file-up"),
        Action(_("New customer"), "#", "", "plus", "n"),
    ]


def empty_actions() -> list[Action]:
    return [
        Action(_("Import a file"), "#", icon="file-up"),
        Action(_("See an example"), "#", "secondary"),
    ]


def crumbs() -> list[Crumb]:
    return [Crumb(_("Customers"), "#"), Crumb("Fournil de Sèvre")]


def tabs() -> list[Tab]:
    words = [_("Overview"), _("History"), _("Invoices"), _("Where the data comes from")]
    counts = ["", "128", "42", ""]
    return [Tab(word, "#", current=i == 0, count=counts[i]) for i, word in enumerate(words)]


def periods() -> list[Tab]:
    return [
        Tab(_("13 weeks"), "#", key="s"), Tab(_("12 months"), "#", current=True, key="m"), Tab(_("8 quarters"), "#", key="q"),
    ]  # fmt: skip


def statuses() -> list[Status]:
    return [
        Status(_("on target"), "good"), Status(_("to watch"), "warn"), Status(_("off target"), "bad"),
        Status(_("in progress"), "info", "clock"), Status(_("not measured"), "idle"),
    ]  # fmt: skip


def figures() -> list[Figure]:
    month, before = formats.period(dt.date(2026, 10, 1), "month"), _("against the month before")
    return [
        Figure(
            "MRR", formats.money(4_725_000), month, url="#", target=formats.money(4_500_000), compared_to=before,
            difference=formats.difference(value=4_725_000, before=4_410_000, unit="money", polarity="higher"),
            status=Status(_("on target"), "good"), trend=TREND[:12], trend_target=40, definition_url="#d", rows_url="#r",
        ),
        Figure(
            _("Customer churn"), formats.percent(Decimal("0.034")), month, unit=_("per month"), compared_to=before,
            difference=formats.difference(value=Decimal("0.034"), before=Decimal("0.021"), unit="share", polarity="lower"),
            target=formats.percent(Decimal("0.02")), status=Status(_("off target"), "bad"), trend=(2, 2.2, 1.8, 2.1, 2.6, 3.4),
            definition_url="#d", rows_url="#r",
        ),
        Figure(
            _("Active customers"), formats.number(1_284), formats.period(dt.date(2026, 11, 1), "month"), trend=TREND,
            difference=formats.difference(value=1_284, before=1_284, unit="count"), compared_to=before,
            status=Status(_("in progress"), "info", "clock"), unfinished=True, definition_url="#d", rows_url="#r",
        ),
        Figure(
            "LTV / CAC", None, month, reason=_("Not measurable yet: no customer was won in October."), definition_url="#d",
        ),
        Figure(
            "Délai moyen de règlement des factures adressées aux grands comptes publics et parapublics",
            formats.days(Decimal("147.4")), "T4 2026", target=formats.days(60), status=Status(_("to watch"), "warn"),
            difference=formats.difference(value=147, before=139, unit="days", polarity="lower"),
            compared_to=_("against the same quarter a year ago"), trend=(120, 131, 139, 147), trend_target=60, rows_url="#r",
        ),
        Figure(_("Invoiced revenue"), formats.money(123_456_789_000, compact=True), "2026", definition_url="#d"),
    ]  # fmt: skip


def table(*, sorted_by: str) -> Table:
    columns = [
        Column(_("Customer"), sort="name"), Column(_("Status")), Column(_("City")), Column(_("Won on"), sort="won", nowrap=True),
        Column(_("Revenue"), numeric=True, sort="amount"), Column("MRR", numeric=True, hint=_("Monthly recurring revenue")),
    ]  # fmt: skip
    people = [
        ("Fournil de Sèvre", "good", "Clisson", dt.date(2025, 11, 1), 4_823_050, 45_000),
        ("Atelier Lumen", "warn", "Lyon", dt.date(2024, 3, 18), 1_204_000, 12_900),
        (LONG, "bad", "Saint-Hilaire-de-Clisson", dt.date(2023, 1, 1), 123_456_789, None),
        ("Brasserie du Canal", "idle", "Strasbourg", dt.date(2026, 9, 30), 0, 0),
    ]
    words = {
        "good": _("on target"),
        "warn": _("to watch"),
        "bad": _("late"),
        "idle": _("not measured"),
    }
    rows = [
        Row([
            Cell(name, "#"), Cell(status=Status(words[state], state)), city, formats.day(won, form="medium"),  # type: ignore[arg-type]
            formats.money(total, cents=True), formats.money(mrr, cents=True),
        ])
        for name, state, city, won, total, mrr in people
    ]  # fmt: skip
    total = Row(
        [
            _("Total"),
            "",
            "",
            "",
            formats.money(129_483_839, cents=True),
            formats.money(57_900, cents=True),
        ],
        total=True,
    )
    return Table(_("Customers, by revenue"), columns, [*rows, total], sorted_by=sorted_by)


def definitions() -> list[Definition]:
    return [
        Definition(_("Name"), "Fournil de Sèvre", provenance=PINNED),
        Definition("SIREN", "552 100 554", provenance=Provenance("Sage", dt.date(2026, 10, 31))),
        Definition(_("E-mail"), "contact@fournil-de-sevre.example", url="#", provenance=PROVENANCE),
        Definition(_("Legal name"), LONG),
        Definition(_("Phone"), formats.UNKNOWN),
    ]


def history() -> list[HistoryItem]:
    at = dt.datetime(2026, 11, 1, 9, 5, tzinfo=dt.UTC)
    return [
        HistoryItem(
            _("Record corrected"), at, "Claire Moreau", "pencil", [Change(_("City"), "Clison", "Clisson"), Change(_("Phone"), "", "02 40 00 00 00")]
        ),
        HistoryItem(_("Invoice paid"), at - dt.timedelta(days=3), "Sage", "check", url="#"),
        HistoryItem(_("Imported"), at - dt.timedelta(days=40), "Pipedrive", "file-up"),
    ]  # fmt: skip


def _months(
    values: list[float | None], *, begin: dt.date = JANUARY, unfinished: bool = False
) -> list[charts.Point]:
    found = []
    for i, value in enumerate(values):
        index = begin.month - 1 + i
        start = dt.date(begin.year + index // 12, index % 12 + 1, 1)
        found.append(charts.Point(start, value, unfinished=unfinished and i == len(values) - 1))
    return found


def line_chart() -> charts.Chart:
    now: list[float | None] = [
        3_100_000,
        3_240_000,
        3_310_000,
        3_290_000,
        3_520_000,
        3_700_000,
        3_640_000,
        3_900_000,
        4_080_000,
        4_200_000,
        4_410_000,
        2_350_000,
    ]
    before: list[float | None] = [value * 0.78 if value else None for value in now[:11]] + [
        3_340_000
    ]
    return charts.time_line(
        title=_("Invoiced revenue by month"), unit="money", grain="month", target=4_000_000,
        series=[charts.Series(_("Revenue"), _months(now, unfinished=True))],
        previous=charts.Series(_("Year before"), _months(before, begin=dt.date(2024, 12, 1))),
    )  # fmt: skip


def several_lines() -> charts.Chart:
    return charts.time_line(
        title=_("Customer churn by channel"), unit="share/month", grain="month",
        series=[
            charts.Series("Recommandation", _months([0.012, 0.011, 0.014, 0.013, 0.012, 0.011, 0.012, 0.013])),
            charts.Series("Salon", _months([0.03, 0.034, None, 0.028, 0.031, 0.027, 0.026, 0.0262])),
            charts.Series("Recherche en ligne", _months([0.021, 0.024, 0.026, 0.025, 0.029, 0.028, 0.027, 0.0258])),
        ],
    )  # fmt: skip


def bar_chart() -> charts.Chart:
    return charts.bars(
        title=_("Cost of winning a customer"), unit="money", dimension=_("channel"),
        items=[
            charts.Bar("Salon professionnel", 184_000), charts.Bar("Recherche en ligne", 92_500),
            charts.Bar("Recommandation", 21_000), charts.Bar("Partenariats avec les réseaux d’artisans", None),
        ],
    )  # fmt: skip


def _movements() -> list[charts.Movements]:
    rows = [
        (320, 140, 20, -60, -110), (280, 90, 0, -40, -180), (410, 150, 35, -85, -90), (190, 210, 15, -120, -240),
        (360, 130, 0, -30, -70), (450, 170, 40, -55, -130), (300, 160, 25, -90, -160), (380, 220, 30, -45, -100), (120, 60, 0, -20, -30),
    ]  # fmt: skip
    return [
        charts.Movements(
            dt.date(2026, 3 + i, 1),
            new=row[0] * 1000,
            expansion=row[1] * 1000,
            reactivation=row[2] * 1000,
            contraction=row[3] * 1000,
            churn=row[4] * 1000,
            unfinished=i == len(rows) - 1,
        )
        for i, row in enumerate(rows)
    ]


def movement_chart() -> charts.Chart:
    return charts.movements_by_period(
        title=_("MRR movements by month"), unit="money", grain="month", periods=_movements()
    )


def bridge_chart() -> charts.Chart:
    moved = charts.Movements(dt.date(2026, 10, 1), 380_000, 220_000, 30_000, -45_000, -100_000)
    return charts.bridge(
        title=_("MRR from September to October"), unit="money", opening=(_("End of September"), 4_240_000),
        movements=moved, closing=(_("End of October"), 4_725_000),
    )  # fmt: skip


def empty_chart() -> charts.Chart:
    return charts.time_line(
        title=_("Lifetime value"),
        unit="money",
        grain="month",
        series=[charts.Series("LTV", _months([None, None, None]))],
    )
