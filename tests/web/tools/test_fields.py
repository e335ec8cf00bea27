"""Fields of the company's own: declared, named, archived, and shown under their names everywhere."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from palier.accounts.permissions import Role
from palier.hub import custom
from palier.hub.models import Customer
from palier.hub.queries import Totals
from palier.hub.records import Record
from palier.web.imports import reports

HTMX = {"HX-Request": "true"}
NEW = {"entity": "customer", "label": "Millésime préféré", "name": "millesime", "type": "text"}


def _declare(workshop, **more: object) -> None:
    with workshop.scope():
        custom.declare_field(company_id=workshop.company.id, **{**NEW, **more})


def _page(workshop, role: Role = Role.LEADER) -> str:
    return workshop.browse(role).get(reverse("tools:fields")).content.decode()


class TestDeclaring:
    def test_adds_a_field_with_its_choices(self, workshop):
        answer = workshop.browse().post(
            reverse("tools:fields"),
            {**NEW, "type": "choice", "choices": "Or\n\n  Argent \n", "personal": "on"},
            headers=HTMX,
        )
        assert answer.status_code == 200
        with workshop.scope():
            (made,) = custom.list_custom_fields(company_id=workshop.company.id)
        assert (made.label, made.type, made.choices) == (
            "Millésime préféré",
            "choice",
            ("Or", "Argent"),
        )
        assert made.personal

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": "Millésime"}, "Begin with a small letter"),
            ({"type": "choice"}, "different choices"),
            ({"label": ""}, "required"),
        ],
    )
    def test_says_what_is_wrong(self, workshop, wrong, said):
        answer = workshop.browse().post(reverse("tools:fields"), {**NEW, **wrong})
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_refuses_a_name_taken(self, workshop):
        _declare(workshop)
        answer = workshop.browse().post(reverse("tools:fields"), NEW)
        assert answer.status_code == 422
        assert "already a field named" in answer.content.decode()

    def test_begins_with_a_field_that_an_import_brought(self, workshop):
        workshop.write("customer", Record("C1", {"name": "Lumen", "custom.ref_interne": "A"}))
        assert "custom.ref_interne" in _page(workshop)
        asked = {"entity": "customer", "name": "ref_interne"}
        page = workshop.browse().get(reverse("tools:fields"), asked).content.decode()
        assert 'value="ref_interne"' in page
        _declare(workshop, name="ref_interne")
        assert "Brought by imports" not in _page(workshop)

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.MEMBER, Role.READER])
    def test_is_for_the_leader_alone_and_reading_for_all(self, workshop, role):
        _declare(workshop)
        browser = workshop.browse(role)
        page = _page(workshop, role)
        assert "Millésime préféré" in page
        assert "Declare the field" not in page
        assert browser.post(reverse("tools:fields"), NEW).status_code == 403
        for act in ("relabel", "archive", "restore"):
            url = reverse(f"tools:{act}_field", args=["customer", "millesime"])
            assert browser.post(url, {"label": "X"}).status_code == 403


class TestChanging:
    def test_renames_archives_and_brings_back(self, workshop):
        _declare(workshop)
        browser = workshop.browse()
        at = ["customer", "millesime"]
        answer = browser.post(
            reverse("tools:relabel_field", args=at), {"label": "Année"}, follow=True
        )
        assert "now called “Année”" in answer.content.decode()
        browser.post(reverse("tools:archive_field", args=at), headers=HTMX)
        assert "1 archived field" in _page(workshop)
        browser.post(reverse("tools:restore_field", args=at), headers=HTMX)
        assert "archived field" not in _page(workshop)
        assert "Année" in _page(workshop)

    def test_does_not_find_a_field_that_is_not_there(self, workshop):
        for act in ("relabel", "archive", "restore"):
            url = reverse(f"tools:{act}_field", args=["customer", "nothing"])
            assert workshop.browse().post(url, {"label": "X"}).status_code == 404


class TestNames:
    def test_stand_on_the_page_of_a_customer_at_one_query(self, workshop):
        fields = {f"custom.champ_{number}": "v" for number in range(6)}
        workshop.write("customer", Record("C1", {"name": "Lumen", **fields}))
        with workshop.scope():
            url = reverse("customers:show", args=[Customer.objects.get().public_id])
        browser = workshop.browse()
        assert "Champ 0" in browser.get(url).content.decode()
        with CaptureQueriesContext(connection) as without:
            browser.get(url)
        for number in range(6):
            _declare(workshop, name=f"champ_{number}", label=f"Mon champ n° {number}")
        with CaptureQueriesContext(connection) as declared:
            page = browser.get(url).content.decode()
        assert all(f"Mon champ n° {number}" in page for number in range(6))
        assert len(declared) == len(without)

    def test_stand_on_the_page_of_a_record(self, workshop):
        workshop.write("product", Record("P1", {"name": "Cuve", "custom.millesime": "2020"}))
        _declare(workshop, entity="product")
        with workshop.scope(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM hub_product")
            (number,) = cursor.fetchone()
        page = workshop.browse().get(reverse("customers:record", args=["product", number]))
        assert "Millésime préféré" in page.content.decode()

    def test_stay_when_the_field_is_archived(self, workshop):
        workshop.write("customer", Record("C1", {"name": "Lumen", "custom.millesime": "2020"}))
        _declare(workshop)
        with workshop.scope():
            custom.archive_field(
                company_id=workshop.company.id,
                entity="customer",
                name="millesime",
                now=timezone.now(),
            )
            url = reverse("customers:show", args=[Customer.objects.get().public_id])
        assert "Millésime préféré" in workshop.browse().get(url).content.decode()

    def test_stand_in_the_report_of_an_import(self, workshop):
        _declare(workshop, type="int")
        sample = {"line": 2, "column": "custom.millesime", "code": "hub.not-a-whole-number"}
        sample |= {"params": {"value": "x", "field": "custom.millesime"}, "row": ["C1", "x"]}
        counts = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 1, "rows_read": 1}
        file = {
            "name": "clients.csv",
            "entity": "customer",
            "tool": "crm",
            "skipped": "",
            "notices": [],
        }
        kept = {"files": [{**file, **counts, "samples": [sample], "rejects_file": ""}]}
        kept["totals"] = dict.fromkeys(Totals.__slots__, 0)
        with workshop.scope():
            own = custom.list_labels(company_id=workshop.company.id)
        (refused,) = reports.report_of(kept, batch_id=None, own=own).refused
        assert refused.rows.rows[0].cells[1] == "Millésime préféré"
