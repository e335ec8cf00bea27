"""Asking for fresh figures, after an import and every night."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from palier.accounts.models import Company
from palier.accounts.queries import get_company
from palier.database.isolation import company_scope, directory_scope
from palier.journeys.refresh import TASK, ask_refresh, ask_refresh_of_the_day, refresh_figures
from palier.metrics.queries import freshness

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 25, 6, 20, tzinfo=dt.UTC)


def found(slug: str, zone: str = "Europe/Paris") -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_company', 'id'))")
        company_id = cursor.fetchone()[0]
    with company_scope(company_id), directory_scope():
        Company.objects.create(pk=company_id, slug=slug, name=slug, time_zone=zone)
    return company_id


def waiting() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args->>'company_id')::bigint FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo' ORDER BY 1",
            [TASK],
        )
        return [row[0] for row in cursor.fetchall()]


class TestAskRefreshOfTheDay:
    @pytest.mark.django_db(transaction=True)
    def test_asks_once_for_each_company(self):
        companies = sorted([found("atelier-un"), found("atelier-deux")])
        assert ask_refresh(company_id=companies[0]) is not None

        assert ask_refresh_of_the_day(now=MORNING) == 1
        assert ask_refresh_of_the_day(now=MORNING) == 0

        assert waiting() == companies

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(
        ("hour", "zones"),
        [
            (0, {"Pacific/Noumea", "America/Martinique"}),
            (1, {"Pacific/Noumea", "America/Martinique", "Europe/Paris"}),
            (5, {"Pacific/Noumea", "Europe/Paris"}),
            (6, {"Pacific/Noumea", "Europe/Paris", "America/Martinique"}),
            (14, {"Europe/Paris", "America/Martinique"}),
            (15, {"Pacific/Noumea", "Europe/Paris", "America/Martinique"}),
        ],
    )
    def test_waits_for_the_night_where_the_company_is(self, hour, zones):
        named = {
            found(zone.partition("/")[2].lower(), zone=zone): zone
            for zone in ("Pacific/Noumea", "Europe/Paris", "America/Martinique")
        }

        ask_refresh_of_the_day(now=dt.datetime(2026, 11, 25, hour, 20, tzinfo=dt.UTC))

        assert {named[company] for company in waiting()} == zones

    @pytest.mark.django_db(transaction=True)
    def test_asks_nothing_of_a_day_already_computed_and_catches_up_after_a_sleep(
        self, settings, tmp_path: Path
    ):
        settings.DATA_DIR = tmp_path
        company_id = found("atelier-un")
        with company_scope(company_id):
            refresh_figures(company_id=company_id, now=MORNING)

        assert ask_refresh_of_the_day(now=MORNING + dt.timedelta(hours=10)) == 0
        assert ask_refresh_of_the_day(now=MORNING + dt.timedelta(hours=34)) == 1


class TestRefreshFigures:
    def test_works_on_the_day_of_the_company(self, settings, tmp_path: Path):
        settings.DATA_DIR = tmp_path
        company_id = found("noumea", zone="Pacific/Noumea")
        evening = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)
        with company_scope(company_id):
            assert get_company(company_id=company_id).time_zone == "Pacific/Noumea"
            info = refresh_figures(company_id=company_id, now=evening)

            assert info.status == "done"
            assert freshness(company_id=company_id).fresh_at == evening
            with connection.cursor() as cursor:
                cursor.execute("SELECT today FROM metrics_refresh_run")
                assert cursor.fetchone()[0] == dt.date(2026, 11, 23)


class TestTasks:
    def test_are_known_to_the_worker(self):
        import palier.journeys.tasks  # noqa: F401

        assert {TASK, "metrics.refresh_of_the_day"} <= set(app.tasks)
