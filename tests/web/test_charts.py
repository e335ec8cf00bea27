from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from palier import web
from palier.web import charts
from palier.web.charts.frame import apart
from palier.web.charts.values import Movements, Point, Series

STATIC = Path(web.__file__).parent / "static"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|rgb\(")


@pytest.fixture(autouse=True)
def french():
    with translation.override("fr"):
        yield


def months(*values, begin=1, unfinished=False):
    last = len(values) - 1
    return [
        Point(dt.date(2026, begin + i, 1), value, unfinished=unfinished and i == last)
        for i, value in enumerate(values)
    ]


@pytest.fixture
def line():
    def build(*values, **options):
        unfinished = options.pop("unfinished", False)
        series = [Series("MRR", months(*values, unfinished=unfinished))]
        return charts.time_line(title="MRR", unit="money", grain="month", series=series, **options)

    return build


@pytest.fixture
def moved():
    return Movements(
        dt.date(2026, 10, 1),
        new=38_000,
        expansion=22_000,
        reactivation=3_000,
        contraction=-4_500,
        churn=-10_000,
    )


def layers(chart, kind):
    return [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == kind]


class TestDefinition:
    def test_holds_no_colour_so_that_one_serves_light_dark_and_paper(self, line, moved):
        for chart in (
            line(100, 200, 300, target=250, previous=Series("avant", months(90, 80, 70))),
            charts.movements_by_period(title="m", unit="money", grain="month", periods=[moved]),
            charts.bridge(
                title="b", unit="money", opening=("a", 1), movements=moved, closing=("z", 48_501)
            ),
            charts.bars(title="x", unit="count", dimension="canal", items=[charts.Bar("a", 1)]),
        ):
            assert not COLOUR.search(json.dumps(chart.spec))

    def test_takes_every_style_it_names_from_both_themes(self, line, moved):
        used = {
            layer["mark"].get("style")
            for chart in (
                line(100, 200, target=150, previous=Series("avant", months(90, 80))),
                charts.movements_by_period(title="m", unit="money", grain="month", periods=[moved]),
                charts.bridge(
                    title="b", unit="money", opening=("a", 1), movements=moved, closing=("z", 2)
                ),
            )
            for layer in chart.spec["layer"]
        }
        assert used <= set(charts.theme("light")["style"])
        assert charts.theme("light")["style"].keys() == charts.theme("dark")["style"].keys()

    def test_has_the_colours_of_the_style_sheet(self):
        sheet = (STATIC / "css" / "tokens.css").read_text()
        for name, light in charts.TOKENS["light"].items():
            assert f"--{name}: light-dark({light}, {charts.TOKENS['dark'][name]});" in sheet

    def test_speaks_the_language_of_the_page(self):
        assert charts.theme("light")["locale"]["number"]["thousands"] == "\u202f"
        assert charts.theme("light")["locale"]["time"]["months"][7] == "août"
        with translation.override("en"):
            assert charts.theme("light")["locale"]["time"]["months"][7] == "August"


class TestTimeLine:
    def test_leaves_a_gap_where_nothing_is_known(self, line):
        drawn = layers(line(100, None, 300), "line")[0]["data"]["values"]
        assert [row["value"] for row in drawn] == [1.0, None, 3.0]

    def test_dashes_and_names_the_unfinished_period(self, line):
        chart = line(100, 200, 50, unfinished=True)
        solid, dashed = layers(chart, "line")
        assert [row["at"] for row in solid["data"]["values"]] == ["2026-01-01", "2026-02-01"]
        assert [row["at"] for row in dashed["data"]["values"]] == ["2026-02-01", "2026-03-01"]
        assert dashed["mark"]["strokeDash"]
        assert layers(chart, "text")[-1]["mark"]["text"] == ["MRR", "mars en cours"]
        assert chart.body[-1][0] == f"mars 2026 ({_('in progress')})"

    def test_draws_the_period_before_under_the_same_dates(self, line):
        before = Series("avant", [Point(dt.date(2025, 1, 1), 100), Point(dt.date(2025, 2, 1), 120)])
        drawn = layers(line(100, 200, previous=before), "line")[0]
        assert drawn["mark"]["style"] == "previous"
        assert [row["at"] for row in drawn["data"]["values"]] == ["2026-01-01", "2026-02-01"]
        assert "2025" in drawn["data"]["values"][0]["said"]

    def test_begins_at_zero_unless_the_values_are_close(self, line):
        assert layers(line(100, 900), "line")[0]["encoding"]["y"]["scale"]["zero"] is True
        assert layers(line(950, 1000), "line")[0]["encoding"]["y"]["scale"]["zero"] is False

    def test_draws_the_target_as_a_rule_and_writes_it(self, line):
        chart = line(100_000_00, 200_000_00, target=150_000_00)
        assert layers(chart, "rule")[0]["data"]["values"][0]["value"] == 150.0
        assert "150\u00a0k€" in chart.summary

    def test_gives_the_same_numbers_as_a_table(self, line):
        assert line(123_500, None).body == (
            ("janvier 2026", "1\u202f235\u00a0€"), ("février 2026", "—"),
        )  # fmt: skip

    def test_is_empty_when_nothing_was_measured(self, line):
        assert line(None, None).empty

    def test_refuses_a_fourth_colour(self):
        with pytest.raises(ValueError, match="three"):
            charts.time_line(
                title="t",
                unit="count",
                grain="month",
                series=[Series(str(i), months(1)) for i in range(4)],
            )

    def test_never_lets_two_labels_touch(self):
        moves = apart([10.0, 10.1, 50.0], low=0.0, high=100.0)
        assert moves == [moves[0], 0, 0] and moves[0] >= 14  # noqa: PT018 - one layout


class TestMovements:
    def test_stack_gains_above_zero_and_losses_below(self, moved):
        chart = charts.movements_by_period(title="m", unit="money", grain="month", periods=[moved])
        ends = [
            (row["from"], row["to"])
            for layer in layers(chart, "bar")
            for row in layer["data"]["values"]
        ]
        assert ends == [
            (0.0, 380.0),
            (380.0, 600.0),
            (600.0, 630.0),
            (0.0, -100.0),
            (-100.0, -145.0),
        ]

    def test_say_their_net(self, moved):
        chart = charts.movements_by_period(title="m", unit="money", grain="month", periods=[moved])
        assert chart.body[0][-1] == "+485\u00a0€"

    def test_bridge_two_totals(self, moved):
        chart = charts.bridge(
            title="b",
            unit="money",
            opening=("septembre", 424_000),
            movements=moved,
            closing=("octobre", 472_500),
        )
        rows = [row for layer in layers(chart, "bar") for row in layer["data"]["values"]]
        churn = next(row for row in rows if row["written"].startswith("−100"))
        assert churn["to"] == next(row for row in rows if row["label"] == "octobre")["to"]

    def test_stay_exact_with_decimals(self):
        step = Movements(dt.date(2026, 1, 1), new=Decimal("0.1"), expansion=Decimal("0.2"))
        chart = charts.movements_by_period(title="m", unit="count", grain="month", periods=[step])
        assert chart.body[0][-1] == "+0,3"


class TestBars:
    def test_keep_their_order_start_at_zero_and_say_what_is_unknown(self):
        chart = charts.bars(
            title="CAC",
            unit="money",
            dimension="canal",
            items=[charts.Bar("Salon", 100), charts.Bar("Autre", None)],
        )
        assert [row["from"] for row in layers(chart, "bar")[0]["data"]["values"]] == [0]
        assert chart.body == (("Salon", "1\u00a0€"), ("Autre", "—"))


class TestSmallCharts:
    @pytest.mark.parametrize(
        "drawing",
        [
            charts.sparkline([1, None, 3, 2], target=2, unfinished=True), charts.bullet(5, target=6),
            charts.meter(Decimal("0.4")), charts.sparkline([3, 3, 3]), charts.meter(7),
        ],
    )  # fmt: skip
    def test_are_well_formed_and_carry_no_style_attribute(self, drawing):
        root = ET.fromstring(drawing)  # noqa: S314 - our own drawing
        assert root.get("aria-hidden") == "true"
        assert all("style" not in element.attrib for element in root.iter())

    def test_draw_nothing_of_nothing(self):
        assert charts.sparkline([None, 4]) == charts.bullet(None) == charts.meter(None) == ""

    def test_leave_a_gap_where_nothing_is_known(self):
        assert charts.sparkline([1, 2, None, 3, 4]).count("M") >= 3
