"""The rows behind a figure, from the hub to the page: nothing simulated."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from palier.accounts.permissions import Role
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.journeys.refresh import refresh_figures
from palier.metrics.periods import last_periods
from palier.web.metrics.rows import ROWS_SHOWN

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
LAST, _CURRENT = last_periods(today=timezone.localdate(), grain="month", count=2)


def _deal(number: int, *, won: bool, channel: str | None = None) -> Record:
    closed = (LAST.start + dt.timedelta(days=number % 25)).isoformat()
    fields = {
        "name": f"Affaire {number}",
        "status": "won" if won else "lost",
        "opened_on": "2026-01-05",
        "won_on" if won else "lost_on": closed,
        "amount_minor": 1000 * number,
        "currency": "EUR",
    }
    if channel:
        fields["source_channel"] = channel
    return Record(str(number), fields, None)


@pytest.fixture
def sold(office, settings, tmp_path):
    """Three deals won of four closed last month, and what the figures make of them."""
    settings.DATA_DIR = tmp_path

    def act(*records: Record):
        with office.scope():
            report = write_records(
                company_id=office.company.id,
                tool=Tool("crm", kind="crm"),
                object_name="deal",
                entity="deal",
                records=list(records),
            )
            assert report.rejections == []
            refresh_figures(company_id=office.company.id, now=timezone.now())
        return office

    return act


@pytest.fixture
def deals() -> list[Record]:
    return [
        _deal(1, won=True, channel="Salons"),
        _deal(2, won=True, channel="Salons"),
        _deal(3, won=True),
        _deal(4, won=False, channel="Partenaires"),
    ]


def _rows(office, query: str = "", role: Role = Role.LEADER, **options: object) -> str:
    answer = office.browse(role).get(
        reverse("metrics:rows", args=["sales.win_rate"]) + query, **options
    )
    assert answer.status_code == 200
    return answer.content.decode()


class TestRows:
    def test_are_the_records_that_make_the_figure(self, sold, deals):
        office = sold(*deals)
        page = (
            office.browse().get(reverse("metrics:metric", args=["sales.win_rate"])).content.decode()
        )
        rows = _rows(office, headers=HTMX)

        assert "75" in re.search(r'<p class="value">([^<]*)', page)[1]
        assert [name in rows for name in ("Affaire 1", "Affaire 2", "Affaire 3", "Affaire 4")] == [
            True
        ] * 4
        assert rows.count("<tr>") == 5

    def test_lead_to_the_record(self, sold, deals):
        office = sold(*deals)
        url = re.search(r'<a href="(/[^"]+)">Affaire 1</a>', _rows(office))[1]

        assert "Affaire 1" in office.browse().get(url).content.decode()

    def test_swap_to_what_their_own_page_shows(self, sold, deals):
        office = sold(*deals)
        fragment = _rows(office, headers=HTMX).strip()

        assert fragment.startswith('<div id="rows"')
        assert fragment in _rows(office)

    def test_are_loaded_after_the_page_and_reachable_without_javascript(self, sold, deals):
        page = (
            sold(*deals)
            .browse()
            .get(reverse("metrics:metric", args=["sales.win_rate"]))
            .content.decode()
        )
        place = page.split('<div id="rows"')[1].split("</section>")[0]

        assert "Affaire 1" not in page
        url = re.search(r'hx-get="([^"]+)" hx-trigger="load"', place)[1]
        assert f'<a href="{url}">' in place

    def test_are_narrowed_to_one_channel(self, sold, deals):
        office = sold(*deals)

        assert "Affaire 4" not in _rows(office, "?by=channel&value=Salons")
        assert "Affaire 1" in _rows(office, "?by=channel&value=Salons")
        unknown = _rows(office, "?by=channel&value=")
        assert "Affaire 3" in unknown
        assert "Affaire 1" not in unknown

    def test_come_by_pages(self, sold):
        office = sold(*(_deal(number, won=True) for number in range(ROWS_SHOWN + 3)))

        assert _rows(office, headers=HTMX).count("<tr>") == ROWS_SHOWN + 1
        assert _rows(office, "?page=2", headers=HTMX).count("<tr>") == 3 + 1

    def test_say_so_when_there_are_none(self, sold, deals):
        before = last_periods(today=timezone.localdate(), grain="month", count=6)[0].start

        assert "<table" not in _rows(sold(*deals), f"?period={before}")

    def test_say_why_they_cannot_be_shown(self, office, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        rows = _rows(office, headers=HTMX)

        assert 'class="notice warn"' in rows
        assert "hx-get" not in rows

    def test_show_nothing_of_another_company(self, sold, deals, open_office):
        sold(*deals)
        other = open_office("Scierie Noire")

        assert "Affaire" not in _rows(other)
