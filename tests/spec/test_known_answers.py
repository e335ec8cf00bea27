"""Known answers on real public data (analytics.md, revenue.md §9); a fictional twin runs everywhere."""

from __future__ import annotations

import csv
import datetime as dt
import os
from decimal import Decimal
from pathlib import Path

import pytest

from palier.metrics.evaluate import compute, in_memory, periods_between

ROOT = Path(__file__).parents[2]
PIPELINE = (
    Path(os.environ.get("PALIER_TEST_DATA", ROOT.parent / "shared" / "data"))
    / "crm_sales"
    / "sales_pipeline.csv"
)
TODAY = dt.date(2026, 11, 23)
TWIN = [
    ("Won", "1/5/2025", "3/3/2025"),
    ("Won", "1/5/2025", "1/14/2025"),
    ("Lost", "2/1/2025", "2/20/2025"),
    ("Engaging", "2/1/2025", ""),
    ("Prospecting", "", ""),
]


def american(text):
    return dt.datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=dt.UTC).date() if text else None


def deals(rows):
    for stage, engaged, closed in rows:
        status = {"Won": "won", "Lost": "lost"}.get(stage, "open")
        yield {
            "status": status,
            "opened_on": american(engaged),
            "won_on": american(closed) if stage == "Won" else None,
            "lost_on": american(closed) if stage == "Lost" else None,
        }


def figures(rows):
    engine = in_memory({"deal": deals(rows)})
    periods = periods_between(engine=engine, grain=None, start=None, end=None, today=TODAY)
    points = {
        point.metric: point
        for point in compute(
            engine, keys=["sales.win_rate", "sales.cycle_days"], periods=periods, today=TODAY
        )
    }
    engine.connection.close()
    return points


class TestPipeline:
    def test_of_the_fictional_twin(self):
        found = figures(TWIN)
        assert (found["sales.win_rate"].numerator, found["sales.win_rate"].denominator) == (2, 3)
        assert (found["sales.cycle_days"].value, found["sales.cycle_days"].n) == (33, 2)

    @pytest.mark.skipif(not PIPELINE.exists(), reason="PALIER_TEST_DATA does not hold crm_sales")
    def test_of_the_public_set(self):
        with PIPELINE.open(newline="", encoding="utf-8") as file:
            found = figures(
                [
                    (row["deal_stage"], row["engage_date"], row["close_date"])
                    for row in csv.DictReader(file)
                ]
            )
        rate, cycle = found["sales.win_rate"], found["sales.cycle_days"]
        assert (rate.numerator, rate.denominator, round(rate.value, 4)) == (
            4238,
            6711,
            Decimal("0.6315"),
        )
        assert (cycle.value, cycle.low, round(cycle.beside["mean"], 1)) == (57, 9, Decimal("51.8"))
