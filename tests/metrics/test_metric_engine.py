from __future__ import annotations

import datetime as dt
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from palier.metrics import catalogue
from palier.metrics.drill import rows_behind
from palier.metrics.engine import AnalyticalFiles, DuckEngine, QueryTooLong
from palier.metrics.evaluate import compute, in_memory, periods_between, read_inventory, whole_span
from palier.metrics.periods import Period, last_periods, split

sys.path.insert(0, str(Path(__file__).parents[1] / "spec"))
from company_rows import day, deal, invoice, line, spend

TODAY = dt.date(2026, 6, 15)
MAY = Period(dt.date(2026, 5, 1), dt.date(2026, 6, 1))
COMPANY = {
    "customer": [
        {
            "customer_id": n,
            "name": f"Client {n}",
            "acquisition_channel": "salon" if n % 2 else "web",
        }
        for n in range(1, 9)
    ],
    "recurring_line": [
        line(1, "2025-01-01"),
        line(2, "2025-01-01", "2026-05-20"),
        line(3, "2025-01-01", "2026-05-04", 80),
        line(3, "2026-05-04", None, 90),
        line(4, "2026-05-04", None, 299, interval="quarter"),
        line(5, "2025-02-01", "2026-05-15"),
        line(5, "2026-05-15", None, 60),
        line(6, "2024-01-01", "2024-06-01"),
        line(6, "2026-05-09"),
        line(7, "2025-01-01", "2026-02-01"),
    ],
    "invoice": [
        invoice(1, "2026-05-02", 500, due_on="2026-05-20"),
        invoice(2, "2026-04-02", 300, due_on="2026-05-02", settled_on="2026-05-09"),
        invoice(2, "2026-05-20", 50, kind="credit_note"),
        invoice(3, "2026-03-20", 400, due_on="2026-05-30", settled_on="2026-05-30"),
    ],
    "marketing_spend": [
        spend("2026-05-04", 300, "salon"),
        spend("2026-05-09", 80, "web"),
        spend("2026-05-10", 20, "web", kind="founder_time"),
    ],
    "deal": [
        deal(1, "won", opened_on="2026-04-01", won_on="2026-05-03", name="A"),
        deal(2, "lost", lost_on="2026-05-09"),
        deal(None, "won", opened_on="2026-05-01", won_on="2026-05-03"),
    ],
}


@pytest.fixture(scope="module")
def engine():
    opened = in_memory(COMPANY)
    yield opened
    opened.connection.close()


def one(engine, key, **asked):
    return compute(engine, keys=[key], periods=[MAY], today=TODAY, **asked)[0]


class TestRowsBehind:
    ADDITIVE = (
        "customers.active",
        "customers.new",
        "customers.lost",
        "mrr.total",
        "mrr.new",
        "mrr.expansion",
        "mrr.contraction",
        "mrr.churn",
        "mrr.reactivation",
        "revenue.invoiced",
    )
    NUMERATORS = (
        "customers.churn",
        "revenue.arpa",
        "unit.cac",
        "sales.win_rate",
        "cash.dso_days",
        "cash.late_share",
    )

    @pytest.mark.parametrize("key", ADDITIVE)
    def test_add_up_to_the_figure(self, engine, key):
        found = rows_behind(engine, key=key, period=MAY, today=TODAY)
        assert found.contribution == pytest.approx(one(engine, key).value)
        assert found.total == len(found.rows) > 0

    @pytest.mark.parametrize("key", NUMERATORS)
    def test_add_up_to_the_numerator(self, engine, key):
        found = rows_behind(engine, key=key, period=MAY, today=TODAY)
        assert found.contribution == pytest.approx(one(engine, key).numerator)
        assert found.rows

    @pytest.mark.parametrize("key", [metric.key for metric in catalogue.all_metrics()])
    def test_of_a_value_add_up_to_those_of_the_whole(self, engine, key):
        metric = catalogue.metric(key)
        by = metric.rows_dimensions[0]
        whole = rows_behind(engine, key=key, period=MAY, today=TODAY)
        values = {None, "salon", "web"}
        parts = [
            rows_behind(engine, key=key, period=MAY, today=TODAY, by=by, value=value)
            for value in values
        ]
        assert sum(part.total for part in parts) == whole.total
        assert sum(part.contribution for part in parts) == pytest.approx(whole.contribution)

    def test_of_net_retention_tell_what_changed(self, engine):
        point, found = (
            one(engine, "mrr.nrr"),
            rows_behind(engine, key="mrr.nrr", period=MAY, today=TODAY),
        )
        assert found.contribution == pytest.approx(point.numerator - point.denominator)

    def test_come_largest_first_and_by_page(self, engine):
        whole = rows_behind(engine, key="mrr.total", period=MAY, today=TODAY)
        sizes = [abs(row.contribution) for row in whole.rows]
        assert sizes == sorted(sizes, reverse=True)
        pages = [
            rows_behind(engine, key="mrr.total", period=MAY, today=TODAY, limit=2, offset=offset)
            for offset in (0, 2)
        ]
        assert pages[0].rows + pages[1].rows == whole.rows[:4]
        assert pages[0].total == whole.total

    def test_name_the_record_and_its_customer(self, engine):
        row = rows_behind(engine, key="mrr.churn", period=MAY, today=TODAY).rows[0]
        assert (row.entity, row.id, row.label, row.day, row.contribution) == (
            "customer",
            2,
            "Client 2",
            day("2026-05-20"),
            Decimal(-10_000),
        )

    def test_of_a_future_period_are_none(self, engine):
        found = rows_behind(
            engine,
            key="mrr.total",
            period=Period(day("2027-01-01"), day("2027-02-01")),
            today=TODAY,
        )
        assert (found.rows, found.total) == ((), 0)


class TestCompute:
    def test_asks_a_question_once_for_all_metrics_and_periods(self, engine):
        class Counting(DuckEngine):
            asked = 0

            def fetch(self, sql, parameters=()):
                Counting.asked += 1
                return super().fetch(sql, parameters)

        months = last_periods(today=TODAY, grain="month", count=36)
        keys = [
            "mrr.total",
            "mrr.new",
            "mrr.churn",
            "mrr.nrr",
            "mrr.grr",
            "customers.active",
            "customers.lost",
        ]
        points = compute(Counting(engine.connection), keys=keys, periods=months, today=TODAY)
        assert len(points) == 7 * 36
        assert Counting.asked == 2 + 3

    def test_gives_every_value_in_every_period(self, engine):
        months = last_periods(today=TODAY, grain="month", count=3)
        points = compute(engine, keys=["mrr.new"], periods=months, today=TODAY, by="channel")
        assert [(point.period_start.month, point.dimensions["channel"]) for point in points] == [
            (month, channel) for month in (4, 5, 6) for channel in ("salon", "web")
        ]

    @pytest.mark.parametrize("metric", catalogue.all_metrics(), ids=lambda metric: metric.key)
    def test_answers_every_dimension_with_plain_json(self, engine, metric):
        for by in metric.dimensions:
            for point in compute(engine, keys=[metric.key], periods=[MAY], today=TODAY, by=by):
                shown = point.as_json()
                assert {
                    "period_start",
                    "period_end",
                    "dimensions",
                    "value",
                    "numerator",
                    "denominator",
                    "low",
                    "high",
                    "n",
                    "flags",
                } <= set(shown)
                assert point.value is not None or point.flags
                assert point.value is None or point.value.is_finite()

    @pytest.mark.parametrize(
        "key",
        ["customers.active", "mrr.total", "revenue.invoiced", "sales.win_rate", "cash.dso_days"],
    )
    def test_breaks_a_figure_into_parts_that_add_up(self, engine, key):
        by = catalogue.metric(key).dimensions[0]
        parts = compute(engine, keys=[key], periods=[MAY], today=TODAY, by=by)
        assert sum(part.numerator for part in parts) == pytest.approx(one(engine, key).numerator)

    def test_says_what_is_not_finished_or_has_not_begun(self, engine):
        months = split(start=day("2026-05-01"), end=day("2026-08-01"), grain="month")
        points = compute(engine, keys=["customers.active"], periods=months, today=TODAY)
        assert [point.flags for point in points] == [(), ("unfinished_period",), ("future_period",)]

    def test_of_an_empty_company_has_no_data_anywhere(self):
        empty = in_memory({})
        points = compute(
            empty,
            keys=[metric.key for metric in catalogue.all_metrics()],
            periods=[MAY],
            today=TODAY,
        )
        assert {(point.value, point.flags) for point in points} == {(None, ("no_data",))}
        assert periods_between(engine=empty, grain=None, start=None, end=None, today=TODAY) == (
            Period(TODAY, day("2026-06-16")),
        )
        empty.connection.close()

    def test_spans_all_data_up_to_today(self, engine):
        assert whole_span(inventory=read_inventory(engine), today=TODAY) == Period(
            day("2024-01-01"), day("2026-05-31")
        )
        assert whole_span(inventory=read_inventory(engine), today=day("2026-01-01")).end == day(
            "2026-01-02"
        )


@pytest.fixture
def files(tmp_path):
    import duckdb

    for number in range(4):
        link = duckdb.connect(str(tmp_path / f"v{number}.duckdb"))
        link.execute(f"CREATE TABLE inventory AS SELECT {number} AS rows")
        link.close()
    return [tmp_path / f"v{number}.duckdb" for number in range(4)]


class TestAnalyticalFiles:
    def test_lets_go_of_the_least_used(self, files):
        pool = AnalyticalFiles(capacity=2)
        for number in (0, 1, 0, 2, 3, 0):
            with pool.reading(files[number]) as engine:
                assert engine.fetch("SELECT rows FROM inventory")[1] == [(number,)]
        assert list(pool._attached) == [files[3], files[0]]
        pool.close()
        assert not pool._attached

    def test_keeps_what_somebody_reads(self, files):
        pool = AnalyticalFiles(capacity=1)
        with pool.reading(files[0]) as first, pool.reading(files[1]) as second:
            assert first.fetch("SELECT rows FROM inventory")[1] == [(0,)]
            assert second.fetch("SELECT rows FROM inventory")[1] == [(1,)]
        pool.close()

    def test_never_writes(self, files):
        import duckdb

        pool = AnalyticalFiles()
        with pool.reading(files[0]) as engine, pytest.raises(duckdb.Error):
            engine.fetch("CREATE TABLE intruder (n INT)")
        pool.close()

    def test_serves_several_threads(self, files):
        pool, found = AnalyticalFiles(capacity=2), []

        def read(number):
            for _ in range(20):
                with pool.reading(files[number]) as engine:
                    found.append(engine.fetch("SELECT rows FROM inventory")[1] == [(number,)])

        threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 80
        pool.close()

    def test_stops_a_question_that_takes_too_long(self, files):
        pool = AnalyticalFiles()
        with pool.reading(files[0], time_limit_seconds=0.2) as engine:
            with pytest.raises(QueryTooLong):
                engine.fetch(
                    "SELECT sum(a.range * b.range % 7) FROM range(1000000) a, range(100000) b"
                )
            assert engine.fetch("SELECT rows FROM inventory")[1] == [(0,)]
        pool.close()
