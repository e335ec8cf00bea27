from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.bench.page_readings import fill
from palier.metrics.models import Reading
from palier.metrics.operations import set_target
from palier.metrics.periods import last_periods

HTMX = {"HX-Request": "true"}


def _row(page: str, label: str) -> str:
    """The row of a metric, from its name to its end."""
    found = re.search(
        rf'<tr role="row">\s*<th scope="row"[^>]*><a [^>]*>{re.escape(label)}</a>.*?</tr>',
        page,
        re.DOTALL,
    )
    assert found is not None, f"no row {label}"
    return found[0]


def _months() -> tuple[dt.date, dt.date]:
    """The first days of the last closed month and of the one in progress."""
    *_, last, current = last_periods(today=timezone.localdate(), grain="month", count=2)
    return last.start, current.start


def _set(office, key: str, start: dt.date, value: str) -> None:
    with office.scope():
        changed = Reading.objects.filter(
            metric=key, grain="month", dimension="", period_start=start
        ).update(value=Decimal(value))
    assert changed == 1


@pytest.fixture
def read(measured):
    def act(query: str = "") -> str:
        return measured.browse().get("/" + query).content.decode()

    return act


class TestCockpit:
    def test_shows_twelve_closed_months_and_the_one_in_progress(self, read):
        page = read()

        assert page.count('<th scope="col" role="columnheader" class="number period') == 13
        assert (
            len(re.findall(r'<td role="cell" class="number period', _row(page, "Clients actifs")))
            == 13
        )

    @pytest.mark.parametrize("measured", [("week",)], indirect=True)
    def test_shows_thirteen_weeks_when_asked(self, read):
        page = read("?grain=week")

        assert page.count('<th scope="col" role="columnheader" class="number period') == 14
        assert re.search(r'href="\?grain=week" aria-current="true"', page)

    @pytest.mark.parametrize("query", ["?grain=century", "?grain=", "?grain=%00"])
    def test_shows_months_for_a_grain_it_does_not_know(self, read, query):
        assert re.search(r'href="\?grain=month" aria-current="true"', read(query))

    def test_leads_each_figure_to_its_metric_and_period(self, read):
        last, _current = _months()

        assert f'href="/metrics/customers.active/?grain=month&amp;period={last}"' in _row(
            read(), "Clients actifs"
        )

    def test_judges_the_last_closed_month_by_its_target(self, measured, read):
        last, current = _months()
        with measured.scope():
            set_target(
                company_id=measured.company.id,
                key="customers.new",
                grain="month",
                value=Decimal(10),
                valid_from=last,
            )
        for value, tone in (("12", "good"), ("9.5", "warn"), ("3", "bad")):
            _set(measured, "customers.new", last, value)
            _set(measured, "customers.new", current, "0")
            assert f'class="badge {tone}"' in _row(read(), "Nouveaux clients")

    def test_judges_a_falling_metric_the_other_way(self, measured, read):
        last, _current = _months()
        with measured.scope():
            set_target(
                company_id=measured.company.id,
                key="customers.churn",
                grain="month",
                value=Decimal("0.02"),
                valid_from=last,
            )
        for value, tone in (("0.01", "good"), ("0.021", "warn"), ("0.05", "bad")):
            _set(measured, "customers.churn", last, value)
            assert f'class="badge {tone}"' in _row(read(), "Attrition des clients")

    def test_never_judges_the_month_in_progress(self, measured, read):
        last, current = _months()
        with measured.scope():
            set_target(
                company_id=measured.company.id,
                key="customers.new",
                grain="month",
                value=Decimal(10),
                valid_from=last,
            )
        _set(measured, "customers.new", current, "1")
        cell = re.search(
            rf'<td role="cell" class="number period open">(?:(?!</td>).)*period={current}',
            _row(read(), "Nouveaux clients"),
        )

        assert cell is not None
        assert "missed" not in cell[0]

    def test_keeps_the_target_that_was_in_force_for_earlier_months(self, measured, read):
        *_, first, last, _current = (
            one.start for one in last_periods(today=timezone.localdate(), grain="month", count=3)
        )
        _set(measured, "customers.new", first, "5")
        _set(measured, "customers.new", last, "5")
        with measured.scope():
            for value, day in ((4, first), (50, last)):
                set_target(
                    company_id=measured.company.id,
                    key="customers.new",
                    grain="month",
                    value=Decimal(value),
                    valid_from=day,
                )
        cells = re.findall(
            r'<td role="cell" class="number period([^"]*)"', _row(read(), "Nouveaux clients")
        )

        assert "missed" not in cells[-3]
        assert "missed" in cells[-2]

    def test_sets_metrics_that_cannot_be_measured_apart_with_the_reason(self, measured, read):
        with measured.scope():
            Reading.objects.filter(metric="unit.cac", dimension="").update(
                value=None, flags=["no_data"]
            )
        page = read()

        assert "unit.cac" not in page.split("<table")[1].split("</table>")[0]
        assert "unit.cac" in page.split('<details class="missing"')[1]

    def test_says_why_a_metric_failed_and_offers_to_try_again(self, measured, record_refresh, read):
        record_refresh(
            measured,
            metric_failures={"unit.ltv": {"code": "x", "message": "Broken.", "details": {}}},
        )
        page = read()

        assert 'class="badge bad"' in _row(page, "Valeur vie client (LTV)")
        assert (
            f'action="{reverse("home:refresh")}"'
            in page.split('class="notice bad"')[1].split("</form>")[0]
        )

    def test_keeps_the_figures_when_the_last_refresh_failed(self, measured, record_refresh, read):
        record_refresh(
            measured,
            status="failed",
            failure={"code": "x", "message": "The disk is full.", "details": {}},
        )
        page = read()

        assert "The disk is full." in page
        assert _row(page, "Clients actifs")

    def test_asks_the_database_the_same_for_any_number_of_readings(
        self, measured, django_assert_num_queries
    ):
        client = measured.browse()
        client.get("/")
        with measured.scope():
            Reading.objects.exclude(metric="customers.active").delete()
        with CaptureQueriesContext(connection) as few:
            client.get("/")
        with measured.scope():
            fill(
                company_id=measured.company.id,
                today=timezone.localdate(),
                now=timezone.now(),
                seed=5,
            )
        with django_assert_num_queries(len(few)):
            assert client.get("/").status_code == 200

    def test_asks_two_questions_of_its_own(self, measured):
        client = measured.browse()
        client.get("/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        own = [one["sql"] for one in asked if "metrics_" in one["sql"]]

        assert len(own) == 2

    def test_shows_nothing_of_another_company(self, measured, open_office, record_refresh):
        other = open_office("Scierie Noire")
        with other.scope():
            fill(
                company_id=other.company.id,
                today=timezone.localdate(),
                now=timezone.now(),
                seed=7,
                grains=("month",),
            )
            Reading.objects.filter(metric="customers.active").update(value=987_654)
        record_refresh(other)

        assert "987" in _row(other.browse().get("/").content.decode(), "Clients actifs")
        assert "987" not in _row(measured.browse().get("/").content.decode(), "Clients actifs")

    def test_is_written_in_the_language_of_the_reader(self, measured):
        client = measured.browse()
        client.get("/")
        Person.objects.filter(pk=measured.people[Role.LEADER].person_id).update(language="en")

        assert _row(client.get("/").content.decode(), "Active customers")

    def test_asks_visitors_to_sign_in(self, client, db):
        assert client.get("/").status_code == 302


class TestRefresh:
    @pytest.mark.django_db(transaction=True)
    def test_is_asked_once_and_says_so(self, measured):
        client = measured.browse()
        for _time in range(2):
            answer = client.post(reverse("home:refresh"), headers=HTMX)
        page = answer.content.decode()

        assert 'id="freshness"' in page
        assert "hx-trigger" in page
        assert "<form" not in page
        assert "palier:announce" in answer.headers["HX-Trigger"]
        assert _jobs() == 1

    def test_goes_back_to_the_page_without_javascript(self, measured):
        answer = measured.browse().post(reverse("home:refresh"), {"next": "/metrics/unit.cac/"})

        assert answer.headers["Location"] == "/metrics/unit.cac/"

    def test_goes_nowhere_else(self, measured):
        answer = measured.browse().post(
            reverse("home:refresh"), {"next": "https://elsewhere.example/"}
        )

        assert answer.headers["Location"] == "/"

    def test_is_not_for_readers(self, measured):
        reader = measured.browse(Role.READER)

        assert reader.post(reverse("home:refresh")).status_code == 403
        assert reverse("home:refresh") not in reader.get("/").content.decode()

    def test_waits_then_reloads_the_page_once_the_figures_are_there(self, measured, record_refresh):
        client = measured.browse()
        waiting = client.post(reverse("home:refresh"), headers=HTMX).content.decode()
        url = re.search(r'hx-get="([^"]+)"', waiting)[1]
        assert 'id="freshness"' in client.get(url, headers=HTMX).content.decode()
        run = record_refresh(
            measured, status="running", at=timezone.now() + dt.timedelta(seconds=1)
        )
        assert 'id="freshness"' in client.get(url, headers=HTMX).content.decode()
        with measured.scope():
            run.status, run.made_at = "done", timezone.now()
            run.save()

        assert client.get(url, headers=HTMX).headers["HX-Refresh"] == "true"

    def test_swaps_to_what_a_fresh_page_shows(self, measured, record_refresh):
        record_refresh(measured, status="running", at=timezone.now() + dt.timedelta(seconds=1))
        client = measured.browse()
        page = client.get("/").content.decode()
        fragment = client.get(reverse("home:freshness"), headers=HTMX).content.decode().strip()

        assert _tight(fragment) in _tight(page)


def _tight(html: str) -> str:
    return re.sub(r"\s+", " ", html)


def _jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'metrics.refresh' AND status = 'todo'"
        )
        return cursor.fetchone()[0]
