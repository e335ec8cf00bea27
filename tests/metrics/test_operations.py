"""Refreshing a company's figures, and reading them back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from palier.accounts.queries import CompanyInfo
from palier.database.isolation import company_scope
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.metrics import computing, queries
from palier.metrics.catalogue import UnknownGrain, UnknownMetric, all_metrics
from palier.metrics.engine import QueryTooLong
from palier.metrics.models import Reading, RefreshRun, Target
from palier.metrics.operations import TargetOutOfRange, refresh_company, set_target
from palier.metrics.periods import Period
from palier.metrics.snapshot import AnotherRefreshRunning, SnapshotFailed, refreshing
from palier.metrics.snapshot.folder import Folder

pytestmark = pytest.mark.django_db

COMPANY = CompanyInfo(
    id=900_021,
    slug="atelier",
    name="Atelier",
    currency="EUR",
    time_zone="Europe/Paris",
    country="FR",
    is_demo=False,
    fiscal_year_start_month=1,
)
TODAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@pytest.fixture
def company(db: None, settings, tmp_path: Path) -> Iterator[int]:
    settings.DATA_DIR = tmp_path
    with company_scope(COMPANY.id):
        yield COMPANY.id


def write(entity: str, *records: Record) -> None:
    report = write_records(
        company_id=COMPANY.id,
        tool=Tool("billing", kind="billing"),
        object_name=entity,
        entity=entity,
        records=records,
    )
    assert report.rejections == []


def refresh(**options: object):
    return refresh_company(**{"company_id": COMPANY.id, "today": TODAY, "now": NOW, **options})


def three_customers() -> None:
    """100 € a month from January by search, 50 € from March by word of mouth, 30 € left in October."""
    write(
        "customer",
        Record("A", {"name": "Atelier A", "acquisition_channel": "search"}),
        Record("B", {"name": "Boutique B", "acquisition_channel": "word of mouth"}),
        Record("C", {"name": "Café C"}),
    )
    for customer, starts, ends, amount in (
        ("A", "2026-01-01", None, 10_000),
        ("B", "2026-03-10", None, 5_000),
        ("C", "2026-03-10", "2026-10-15", 3_000),
    ):
        write(
            "recurring_line",
            Record(
                f"L{customer}",
                {
                    "customer": ["customer", customer],
                    "starts_on": starts,
                    "ends_on": ends,
                    "amount_minor": amount,
                    "interval": "month",
                    "currency": "EUR",
                },
            ),
        )


def month(key: str, first: dt.date, dimension: str = "") -> dict[str, Decimal | None]:
    figures = queries.list_readings(
        company_id=COMPANY.id, key=key, grain="month", since=first, dimension=dimension
    )
    return {
        figure.dimension_value: figure.value for figure in figures if figure.period_start == first
    }


class TestRefreshCompany:
    def test_answers_every_metric_of_an_empty_company(self, company):
        info = refresh()

        assert (info.status, info.metric_failures) == ("done", {})
        kept = set(Reading.objects.values_list("metric", flat=True))
        assert kept == {metric.key for metric in all_metrics()}
        assert set(
            Reading.objects.filter(grain="all").values_list("flags", flat=True).distinct()[0]
        ) >= {"no_data"}

    def test_keeps_the_figures_of_each_month(self, company):
        three_customers()

        refresh()

        assert month("mrr.total", dt.date(2026, 2, 1)) == {"": 10_000}
        assert month("mrr.total", dt.date(2026, 4, 1)) == {"": 18_000}
        assert month("mrr.churn", dt.date(2026, 10, 1)) == {"": -3_000}
        assert month("customers.new", dt.date(2026, 3, 1)) == {"": 2}

    def test_keeps_the_breakdown_by_channel_with_the_unknown_one(self, company):
        three_customers()

        refresh()

        assert month("mrr.total", dt.date(2026, 4, 1), "channel") == {
            "search": 10_000,
            "word of mouth": 5_000,
            "": 3_000,
        }

    def test_keeps_no_breakdown_that_nobody_could_read(self, company, monkeypatch):
        monkeypatch.setattr(computing, "VALUES_AT_MOST", 2)
        three_customers()

        refresh()

        assert not Reading.objects.filter(metric="mrr.total", dimension="channel").exists()
        assert Reading.objects.filter(metric="mrr.total").exists()

    def test_does_nothing_twice(self, company):
        three_customers()
        first = refresh()
        rows = list(Reading.objects.order_by("pk").values())

        second = refresh()

        assert (second.status, second.readings, second.snapshot.version) == (
            "unchanged",
            0,
            first.snapshot.version,
        )
        assert list(Reading.objects.order_by("pk").values()) == rows
        assert queries.freshness(company_id=company).fresh_at == NOW

    def test_computes_again_when_the_day_changes_and_writes_only_what_differs(self, company):
        three_customers()
        first = refresh()

        second = refresh(today=TODAY + dt.timedelta(days=8), now=NOW + dt.timedelta(days=8))

        assert second.status == "done"
        assert second.snapshot.version == first.snapshot.version
        assert 0 < second.readings < first.readings / 2

    def test_follows_a_change_and_removes_what_vanished(self, company):
        three_customers()
        refresh()
        write("customer", Record("C", {"name": "Café C", "acquisition_channel": "search"}))

        info = refresh()

        assert info.snapshot.kind == "incremental"
        assert month("mrr.total", dt.date(2026, 4, 1), "channel") == {
            "search": 13_000,
            "word of mouth": 5_000,
        }

    def test_gives_the_same_readings_whatever_the_way(self, company):
        refresh()
        three_customers()
        refresh()
        columns = [
            field.name
            for field in Reading._meta.fields
            if field.name not in {"id", "snapshot_version", "computed_at"}
        ]
        order = ("metric", "grain", "dimension", "dimension_value", "period_start")
        stepwise = list(Reading.objects.order_by(*order).values_list(*columns))
        Reading.objects.all().delete()
        RefreshRun.objects.all().delete()

        refresh(full=True)

        assert list(Reading.objects.order_by(*order).values_list(*columns)) == stepwise

    def test_keeps_the_others_when_one_metric_fails(self, company, monkeypatch):
        three_customers()
        refresh()
        write("customer", Record("D", {"name": "Dépôt D"}))
        real = computing.compute

        def failing(engine, *, keys, **options):
            if "unit.cac" in keys:
                raise ZeroDivisionError("division by zero")
            return real(engine, keys=keys, **options)

        monkeypatch.setattr(computing, "compute", failing)
        info = refresh()

        assert list(info.metric_failures) == ["unit.cac"]
        assert Reading.objects.filter(metric="unit.cac").exists()
        assert "division by zero" in json.dumps(
            queries.freshness(company_id=company).metric_failures
        )
        monkeypatch.undo()
        assert refresh().status == "done"
        assert queries.freshness(company_id=company).metric_failures == {}

    def test_records_a_failure_and_keeps_the_figures(self, company, monkeypatch):
        three_customers()
        refresh()
        kept = Reading.objects.count()
        write("customer", Record("D", {"name": "Dépôt D"}))

        def failing(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(refreshing.shutil, "copyfile", failing)
        with pytest.raises(SnapshotFailed):
            refresh(now=NOW + dt.timedelta(hours=1))

        assert Reading.objects.count() == kept
        fresh = queries.freshness(company_id=company)
        assert (fresh.fresh_at, fresh.status, fresh.failure["code"]) == (
            NOW,
            "failed",
            "metrics.snapshot-failed",
        )

    def test_builds_a_damaged_file_again(self, company):
        three_customers()
        first = refresh()
        size = first.snapshot.path.stat().st_size
        first.snapshot.path.write_bytes(b"\0" * size)

        second = refresh(today=TODAY + dt.timedelta(days=1))

        assert (second.status, second.snapshot.kind) == ("done", "full")
        assert second.snapshot.version > first.snapshot.version

    def test_says_that_an_earlier_one_was_interrupted(self, company):
        RefreshRun.objects.create(company_id=company, status="running", started_at=NOW, today=TODAY)

        refresh()

        assert RefreshRun.objects.order_by("pk").first().failure["code"] == "metrics.interrupted"

    def test_refuses_a_second_one_that_does_not_wait(self, company, server):
        import psycopg
        from django.conf import settings

        from palier.database import roles
        from palier.metrics.operations import _LOCK_SPACE

        target = roles.embedded_target(
            server.location.socket_dir, name=settings.DATABASES["default"]["NAME"]
        )
        with psycopg.connect(target.conninfo()) as other:
            other.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, company])
            with pytest.raises(AnotherRefreshRunning):
                refresh(wait=False)


class TestSetTarget:
    def test_holds_from_its_day_on(self, company):
        set_target(
            company_id=company,
            key="mrr.total",
            grain="month",
            value=Decimal(20_000),
            valid_from=dt.date(2026, 1, 1),
        )
        set_target(
            company_id=company,
            key="mrr.total",
            grain="month",
            value=Decimal(25_000),
            valid_from=dt.date(2026, 7, 1),
        )

        (row,) = queries.grid(
            company_id=company, keys=["mrr.total"], grain="month", since=TODAY, until=TODAY
        )

        assert [row.target_on(dt.date(2026, m, 1)) for m in (1, 6, 7)] == [20_000, 20_000, 25_000]
        assert row.target_on(dt.date(2025, 12, 31)) is None

    def test_replaces_and_takes_back(self, company):
        for value in (Decimal(1), Decimal("0.03"), None):
            set_target(
                company_id=company,
                key="customers.churn",
                grain="month",
                value=value,
                valid_from=TODAY,
            )

        assert not Target.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"key": "mrr.totals"}, UnknownMetric),
            ({"grain": "decade"}, UnknownGrain),
            ({"value": Decimal("NaN")}, TargetOutOfRange),
            ({"value": Decimal(10) ** 30}, TargetOutOfRange),
        ],
    )
    def test_refuses(self, company, changes, refusal):
        asked = {"key": "mrr.total", "grain": "month", "value": Decimal(1), **changes}
        with pytest.raises(refusal):
            set_target(company_id=company, valid_from=TODAY, **asked)


class TestGrid:
    def test_asks_the_database_twice_whatever_the_metrics(self, company, django_assert_num_queries):
        three_customers()
        refresh()
        keys = [metric.key for metric in all_metrics()]

        with django_assert_num_queries(2):
            rows = queries.grid(
                company_id=company, keys=keys, grain="month", since=dt.date(2026, 1, 1), until=TODAY
            )

        assert [row.metric for row in rows] == keys
        assert {len(row.figures) for row in rows} == {11}
        total = next(row for row in rows if row.metric == "mrr.total")
        assert [int(figure.value) for figure in total.figures] == [10_000] * 2 + [18_000] * 7 + [
            15_000
        ] * 2
        assert total.figures[-1].flags == ("unfinished_period",)

    def test_shows_nothing_of_another_company(self, company):
        three_customers()
        refresh()

        with company_scope(COMPANY.id + 1):
            assert Reading.objects.count() == 0
            assert RefreshRun.objects.count() == 0
            with pytest.raises(Exception, match="row-level security"):
                Reading.objects.create(
                    company_id=COMPANY.id,
                    metric="x",
                    definition_version=1,
                    grain="month",
                    period_start=TODAY,
                    period_end=TODAY,
                    snapshot_version=1,
                    computed_at=NOW,
                )


class TestShow:
    def test_gives_the_shape_that_the_command_prints(self, company):
        three_customers()
        refresh()

        shown = queries.show(
            company=COMPANY,
            keys=["mrr.total", "sales.win_rate"],
            today=TODAY,
            grain="month",
            start=dt.date(2026, 3, 1),
            end=dt.date(2026, 5, 1),
        )

        assert json.loads(json.dumps(shown, allow_nan=False)) == shown
        assert (shown["company"], shown["as_of"], shown["engine"]) == (
            "atelier",
            "2026-11-23",
            "duckdb",
        )
        total, rate = shown["results"]
        assert {**total, "points": None} == {
            "metric": "mrr.total",
            "unit": "money_minor",
            "polarity": "up",
            "grain": "month",
            "definition_version": 1,
            "fresh_at": NOW.isoformat(),
            "points": None,
        }
        assert [
            (p["period_start"], p["period_end"], p["value"], p["dimensions"])
            for p in total["points"]
        ] == [("2026-03-01", "2026-04-01", 18_000, {}), ("2026-04-01", "2026-05-01", 18_000, {})]
        assert [(p["value"], p["flags"]) for p in rate["points"]] == [(None, ["no_data"])] * 2
        assert {"numerator", "denominator", "low", "high", "n"} <= set(rate["points"][0])

    def test_is_one_point_over_all_data_without_grain(self, company):
        three_customers()
        refresh()

        shown = queries.show(company=COMPANY, keys=["customers.new"], today=TODAY, by="channel")

        points = shown["results"][0]["points"]
        assert {point["dimensions"]["channel"]: point["value"] for point in points} == {
            "search": 1,
            "word of mouth": 1,
            None: 1,
        }
        assert {point["period_start"] for point in points} == {"2026-01-01"}

    def test_says_so_when_nothing_was_computed(self, company):
        with pytest.raises(queries.NoFigures, match="atelier"):
            queries.show(company=COMPANY, keys=["mrr.total"], today=TODAY)

    def test_refuses_an_engine_it_does_not_have(self, company):
        with pytest.raises(queries.EngineUnavailable):
            queries.show(company=COMPANY, keys=["mrr.total"], today=TODAY, engine="spark")

    def test_takes_the_next_version_when_one_is_pruned_under_it(self, company, monkeypatch):
        three_customers()
        refresh()
        real, calls = queries.snapshot.current, []

        def first_gone(*, company_id):
            calls.append(company_id)
            info = real(company_id=company_id)
            return (
                info
                if len(calls) > 1
                else type(info)(
                    **{
                        **{name: getattr(info, name) for name in info.__slots__},
                        "path": info.path.with_name("v000000000.duckdb"),
                    }
                )
            )

        monkeypatch.setattr(queries.snapshot, "current", first_gone)

        assert queries.show(company=COMPANY, keys=["mrr.total"], today=TODAY)["results"]
        assert len(calls) == 2


class TestListRowsBehind:
    def test_leads_to_the_records(self, company):
        three_customers()
        refresh()
        april = Period(dt.date(2026, 4, 1), dt.date(2026, 5, 1))

        page = queries.list_rows_behind(
            company=COMPANY, key="mrr.total", period=april, today=TODAY, limit=2
        )

        assert [(row.label, row.contribution) for row in page.rows] == [
            ("Atelier A", 10_000),
            ("Boutique B", 5_000),
        ]
        assert (page.total, page.contribution) == (3, 18_000)
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM hub_customer WHERE name = 'Atelier A'")
            assert page.rows[0].id == cursor.fetchone()[0]

    def test_narrows_to_one_value_and_pages(self, company):
        three_customers()
        refresh()
        april = Period(dt.date(2026, 4, 1), dt.date(2026, 5, 1))

        unknown = queries.list_rows_behind(
            company=COMPANY, key="mrr.total", period=april, today=TODAY, by="channel", value=None
        )
        second = queries.list_rows_behind(
            company=COMPANY, key="mrr.total", period=april, today=TODAY, limit=1, offset=1
        )

        assert [row.label for row in unknown.rows] == ["Café C"]
        assert [row.label for row in second.rows] == ["Boutique B"]

    def test_stops_at_its_time_limit(self, company, monkeypatch):
        refresh()
        monkeypatch.setattr(
            queries.drill,
            "rows_behind",
            lambda engine, **_: engine.fetch(
                "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
            ),
        )

        with pytest.raises(QueryTooLong):
            queries.list_rows_behind(
                company=COMPANY,
                key="mrr.total",
                period=Period(TODAY, TODAY + dt.timedelta(days=1)),
                today=TODAY,
                time_limit_s=0.3,
            )


class TestDamagedFile:
    def test_is_not_shown_as_if_it_were_fresh(self, company):
        three_customers()
        info = refresh()
        with Folder.of(company_id=company).writing(wait=True):
            info.snapshot.path.write_bytes(b"")

        with pytest.raises(queries.NoFigures):
            queries.show(company=COMPANY, keys=["mrr.total"], today=TODAY)
