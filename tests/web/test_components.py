from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django import forms
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from palier import web
from palier.web import layout
from palier.web.components import Column, Figure, Pages, Row, Status, Table
from palier.web.design import samples
from palier.web.fields import DecimalField

WEB = Path(web.__file__).parent
TEMPLATES = [
    *(WEB / "templates" / "components").glob("*.html"),
    *(WEB / "templates" / "design").glob("*.html"),
    WEB / "templates" / "base.html",
]


@pytest.fixture(autouse=True)
def french():
    with translation.override("fr"):
        yield


@pytest.fixture
def render():
    def build(source, path="/", **values):
        context = Context({"request": RequestFactory().get(path), **values})
        return Template("{% load palier %}" + source).render(context)

    return build


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_hold_nothing_that_the_content_policy_refuses(self, path):
        text = path.read_text()
        assert not re.search(r'\sstyle="', text)
        assert not re.search(r"\son[a-z]+=", text)
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)", text)

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_keep_to_what_both_versions_of_htmx_share(self, path):
        assert not re.search(r"hx-(on|ext|vars)|:inherited|js:", path.read_text())

    def test_use_icons_that_the_sprite_has(self):
        drawn = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static" / "icons.svg").read_text()))
        named = (
            set(samples.ICONS)
            | {e.icon for g in layout.NAVIGATION for e in g.entries}
            | {e.icon for e in layout.SETTLED}
        )
        for path in (WEB / "templates").rglob("*.html"):
            named |= set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
        assert named <= drawn


class TestVendoredFiles:
    def test_are_those_that_were_listed(self):
        script = WEB.parents[2] / "scripts" / "vendor.py"
        if not script.exists():
            pytest.skip("the script is in the repository, not in the wheel")
        assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0

    def test_name_no_source_map_that_is_not_shipped(self):
        for path in (WEB / "static").rglob("*.js"):
            assert "sourceMappingURL" not in path.read_text()


class TestDataTable:
    TABLE = Table(
        "Clients", [Column("Nom", sort="name"), Column("CA", numeric=True, sort="amount")],
        [Row(["Fournil <b>", "12 €"])], sorted_by="-amount",
    )  # fmt: skip

    def test_says_how_it_is_sorted_and_turns_the_order_at_the_next_click(self, render):
        html = render("{% data_table t %}", "/?q=a&page=3&sort=-amount", t=self.TABLE)
        assert 'aria-sort="descending"' in html
        assert 'href="?q=a&amp;sort=amount"' in html
        assert 'href="?q=a&amp;sort=name"' in html

    def test_escapes_what_people_typed(self, render):
        assert "Fournil &lt;b&gt;" in render("{% data_table t %}", t=self.TABLE)

    def test_scrolls_in_a_named_region_that_takes_the_focus(self, render):
        html = render("{% data_table t %}", t=self.TABLE)
        name = re.search(r'role="region" aria-labelledby="([^"]+)" tabindex="0"', html)[1]
        assert f'<caption id="{name}"' in html

    def test_renders_the_same_twice_so_that_a_fragment_equals_its_page(self, render):
        assert render("{% data_table t %}", t=self.TABLE) == render(
            "{% data_table t %}", t=self.TABLE
        )


class TestFigure:
    def test_says_why_a_value_is_unknown(self, render):
        html = render(
            "{% figure f %}", f=Figure("LTV", None, "2026", reason="aucun client actif en juin")
        )
        assert "—" in html
        assert "aucun client actif en juin" in html

    def test_shows_a_state_as_icon_word_and_colour(self, render):
        html = render("{% status s %}", s=Status("en retard", "bad"))
        assert all(part in html for part in ('class="badge bad"', "#circle-x", "en retard"))


class TestField:
    class Form(forms.Form):
        amount = DecimalField(label="Montant", help_text="Hors taxes")

    def test_ties_label_help_and_error_to_the_input(self, render):
        form = self.Form({"amount": "1 2"})
        html = render("{% form_errors f %}{% field f.amount unit='€' %}", f=form)
        assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
        assert 'id="id_amount_error"' in html
        assert 'aria-invalid="true"' in html
        assert '<a href="#id_amount">Montant</a>' in html
        assert 'value="1 2"' in html

    def test_says_nothing_of_a_form_without_errors(self, render):
        assert "error" not in render("{% form_errors f %}", f=self.Form())


class TestPages:
    @pytest.mark.parametrize(
        ("number", "total", "shown"),
        [
            (1, 0, [1]),
            (1, 120, [1, 2, 3]),
            (7, 1234, [1, None, 6, 7, 8, None, 25]),
            (3, 250, [1, 2, 3, 4, 5]),
        ],
    )
    def test_offer_the_first_the_last_and_the_neighbours(self, number, total, shown):
        assert Pages(number, 50, total).shown == shown

    def test_keep_the_rest_of_the_address(self, render):
        html = render("{% pagination p %}", "/?q=a&page=7", p=Pages(7, 50, 1234))
        assert 'href="?q=a&amp;page=8"' in html


class TestProgress:
    def test_writes_attributes_that_a_browser_reads(self, render):
        html = render("{% progress 'Lecture' done=1200 total=12000 %}")
        assert 'value="1200" max="12000"' in html
        assert "10\u00a0%" in html


class TestShell:
    def test_shows_nothing_of_a_company_to_a_visitor(self):
        shown = layout.shell(RequestFactory().get("/"))["shell"]
        assert (shown.groups, shown.company, shown.signed_in) == ((), "", False)

    def test_takes_the_appearance_of_this_device_and_no_other_word(self):
        request = RequestFactory().get("/")
        request.COOKIES[layout.THEME_COOKIE] = "dark"
        assert layout.shell(request)["shell"].theme == "dark"
        request.COOKIES[layout.THEME_COOKIE] = '"><script>'
        assert layout.shell(request)["shell"].theme == ""


class TestAnnounce:
    def test_speaks_through_the_event_that_the_live_region_hears(self):
        response = layout.announce(HttpResponse(), "Enregistré")
        assert json.loads(response["HX-Trigger"]) == {"palier:announce": {"message": "Enregistré"}}
        assert '"palier:announce"' in (WEB / "static" / "js" / "app.js").read_text()
