from __future__ import annotations

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
from palier.metrics.catalogue import all_metrics
from palier.metrics.models import Reading, Target
from palier.metrics.periods import last_periods

HTMX = {"HX-Request": "true"}
*_BEFORE, LAST, CURRENT = last_periods(today=timezone.localdate(), grain="month", count=4)


def _main(page: str) -> str:
    return page.split("<main")[1].split("</main>", maxsplit=1)[0]


@pytest.fixture
def read(measured):
    def act(key: str = "mrr.total", query: str = "", role: Role = Role.LEADER) -> str:
        answer = measured.browse(role).get(reverse("metrics:metric", args=[key]) + query)
        assert answer.status_code == 200
        return _main(answer.content.decode())

    return act


def _change(office, key: str, **values: object) -> None:
    with office.scope():
        found = Reading.objects.filter(
            metric=key, grain="month", dimension="", period_start=LAST.start
        )
        assert found.update(**values) == 1


class TestMetricPage:
    def test_opens_for_every_metric(self, measured):
        client = measured.browse()
        for metric in all_metrics():
            page = client.get(reverse("metrics:metric", args=[metric.key])).content.decode()
            assert metric.definition_fr.replace("'", "&#x27;") in page, metric.key

    def test_does_not_exist_for_another_key(self, measured):
        assert measured.browse().get("/metrics/mrr.totals/").status_code == 404

    def test_shows_the_last_closed_month_first(self, measured, read):
        _change(measured, "customers.new", value=Decimal(4_321))
        *_, before, _last, _current = last_periods(
            today=timezone.localdate(), grain="month", count=3
        )

        assert "4\u202f321" in read("customers.new").split('class="figure"')[1]
        assert (
            "4\u202f321"
            not in read("customers.new", f"?period={before.start}").split('class="figure"')[1]
        )

    @pytest.mark.parametrize(
        "query",
        [
            "?period=never",
            "?period=2026-13-01",
            "?grain=era",
            "?by=colour",
            "?page=-1",
            "?page=9e9",
        ],
    )
    def test_falls_back_on_what_it_knows(self, read, query):
        assert 'class="figure"' in read(query=query)

    def test_says_bounds_and_remarks_in_words(self, measured, read):
        _change(
            measured,
            "customers.churn",
            value=Decimal("0.03"),
            numerator=Decimal(3),
            denominator=Decimal(100),
            low=Decimal("0.011"),
            high=Decimal("0.072"),
            flags=["small_sample"],
        )
        said = re.search(r'<ul class="remarks".*?</ul>', read("customers.churn"), re.DOTALL)[0]

        assert "1,1" in said
        assert "7,2" in said
        assert "Peu d’observations" in said

    def test_says_why_it_cannot_be_measured(self, measured, read):
        _change(measured, "unit.cac", value=None, flags=["no_new_customers"])
        figure = read("unit.cac").split('class="figure"')[1]

        assert "aucun nouveau client" in figure
        assert 'class="value unknown"' in figure

    def test_never_judges_the_period_in_progress(self, read):
        figure = read(query=f"?period={CURRENT.start}").split('class="figure"')[1]

        assert 'class="badge info"' in figure

    def test_breaks_down_by_channel_where_readings_are_kept(self, read):
        whole, broken = read("customers.churn"), read("customers.churn", "?by=channel")

        assert "Salons" not in whole
        assert broken.count("Salons") >= 2
        assert "by=channel" not in read("customers.churn", "?grain=week&by=channel")

    def test_says_why_a_channel_has_no_figure(self, measured, read):
        with measured.scope():
            found = Reading.objects.filter(
                metric="unit.cac", grain="month", period_start=LAST.start, dimension_value="Salons"
            )
            assert found.update(value=None, flags=["no_new_customers"]) == 1

        assert "aucun nouveau client" in read("unit.cac", "?by=channel").split("latest")[1]
        assert "aucun nouveau client" not in read("unit.ltv_cac", "?by=channel")

    def test_leads_each_channel_to_its_rows(self, read):
        url = re.search(r'href="([^"]*value=Salons[^"]*)"', read("customers.churn", "?by=channel"))[
            1
        ].replace("&amp;", "&")

        assert url.endswith("#rows")
        rows = re.search(
            r'id="rows" hx-get="([^"]+)"',
            read("customers.churn", "?" + url.split("?")[1].split("#")[0]),
        )[1]
        assert "value=Salons" in rows

    def test_says_whether_the_movements_add_up(self, measured, read):
        for key, value in {
            "mrr.total": 1_100,
            "mrr.new": 150,
            "mrr.expansion": 20,
            "mrr.reactivation": 10,
            "mrr.contraction": -30,
            "mrr.churn": -50,
        }.items():
            _change(measured, key, value=Decimal(value))
        with measured.scope():
            Reading.objects.filter(
                metric="mrr.total", grain="month", dimension="", period_start=_BEFORE[-1].start
            ).update(value=Decimal(1_000))
        assert "circle-check" in read().split('id="chart-')[2].split("</section>")[0]
        _change(measured, "mrr.total", value=Decimal(1_101))
        assert "circle-x" in read().split('id="chart-')[2].split("</section>")[0]

    def test_tells_the_failure_of_its_own_metric_alone(self, measured, record_refresh, read):
        record_refresh(
            measured,
            metric_failures={"unit.ltv": {"code": "x", "message": "Broken.", "details": {}}},
        )

        assert "Broken." in read("unit.ltv")
        assert "Broken." not in read("unit.cac")

    def test_asks_four_questions_of_its_own_at_most(self, measured):
        client = measured.browse()
        client.get("/")
        for query, most in (("", 3), ("?by=channel", 4)):
            with CaptureQueriesContext(connection) as asked:
                client.get("/metrics/customers.churn/" + query)
            assert len([one for one in asked if "metrics_" in one["sql"]]) == most

    def test_shows_nothing_of_another_company(self, measured, open_office):
        other = open_office("Scierie Noire")
        with other.scope():
            fill(
                company_id=other.company.id,
                today=timezone.localdate(),
                now=timezone.now(),
                grains=("month",),
            )
            Reading.objects.filter(metric="customers.new").update(value=987_654)
        page = measured.browse().get("/metrics/customers.new/?by=channel").content.decode()

        assert "987\u202f654" not in page
        assert "987\u202f654" in other.browse().get("/metrics/customers.new/").content.decode()


class TestTarget:
    def post(self, office, key: str, role: Role = Role.LEADER, **values: str):
        data = {
            f"target-{name}": value
            for name, value in {"valid_from": str(LAST.start), **values}.items()
        }
        return office.browse(role).post(
            reverse("metrics:target", args=[key]) + "?grain=month", data
        )

    @pytest.mark.parametrize(
        ("key", "typed", "stored"),
        [
            ("revenue.arpa", "1 234,50", Decimal(123_450)),
            ("sales.demo_conversion", "20", Decimal("0.2")),
            ("sales.cycle_days", "45", Decimal(45)),
            ("mrr.contraction", "-800", Decimal(-80_000)),
        ],
    )
    def test_is_typed_as_people_say_it(self, measured, key, typed, stored):
        answer = self.post(measured, key, value=typed)

        assert answer.status_code == 302
        with measured.scope():
            found = Target.objects.get(metric=key, valid_from=LAST.start)
        assert (found.value, found.grain, found.set_by) == (
            stored,
            "month",
            measured.people[Role.LEADER].person_id,
        )

    @pytest.mark.parametrize("typed", ["", "beaucoup", "1e40", "NaN"])
    def test_is_given_back_with_what_is_wrong(self, measured, typed):
        answer = self.post(measured, "sales.cycle_days", value=typed)

        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()
        assert 'data-status="422"' in answer.content.decode()

    def test_changes_the_status_of_the_page(self, measured, read):
        _change(measured, "sales.cycle_days", value=Decimal(50))
        self.post(measured, "sales.cycle_days", value="60")
        assert "badge good" in read("sales.cycle_days")
        self.post(measured, "sales.cycle_days", value="20")
        assert "badge bad" in read("sales.cycle_days")

    def test_is_read_but_not_set_by_readers(self, measured, read):
        assert (
            self.post(measured, "sales.cycle_days", role=Role.READER, value="60").status_code == 403
        )
        page = read("sales.win_rate", role=Role.READER)
        assert "<form" not in page
        assert 'id="target"' in page


class TestList:
    def test_names_every_metric_with_its_last_value(self, measured):
        _change(measured, "customers.new", value=Decimal(4_321))
        page = measured.browse().get(reverse("metrics:list")).content.decode()

        assert all(metric.label_fr.replace("'", "&#x27;") in page for metric in all_metrics())
        assert "4\u202f321" in page

    def test_compares_each_value_with_the_month_before(self, measured):
        _change(measured, "customers.churn", value=Decimal("0.035"))
        with measured.scope():
            Reading.objects.filter(
                metric="customers.churn",
                grain="month",
                dimension="",
                period_start=_BEFORE[-1].start,
            ).update(value=Decimal("0.02"))
        page = measured.browse().get(reverse("metrics:list")).content.decode()
        said = page.split("customers.churn")[1].split("</li>")[0]

        assert 'class="compare bad"' in said
        assert "+1,5" in said

    def test_says_why_a_value_is_missing(self, office):
        page = _main(office.browse().get(reverse("metrics:list")).content.decode())

        assert page.count('class="value unknown"') == len(all_metrics())

    def test_is_open_to_readers(self, measured):
        assert measured.browse(Role.READER).get(reverse("metrics:list")).status_code == 200

    def test_is_written_in_english_for_who_reads_it(self, measured):
        Person.objects.filter(pk=measured.people[Role.LEADER].person_id).update(language="en")

        assert "Active customers" in measured.browse().get(reverse("metrics:list")).content.decode()
