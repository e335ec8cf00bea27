from __future__ import annotations

import pytest
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.imports import batches


@pytest.fixture
def read(office):
    def act(role: Role = Role.LEADER) -> str:
        return office.browse(role).get("/").content.decode()

    return act


def _lay_down(office, status: str) -> None:
    with office.scope():
        batch = batches.create_batch(company_id=office.company.id, person_id=None)
        batch.status = status
        batch.save()


def _states(page: str) -> list[str]:
    return [
        part.split('"')[0]
        for part in page.split('<ol class="steps"')[1]
        .split("</ol>", maxsplit=1)[0]
        .split('<li class="')[1:]
    ]


class TestFirstSteps:
    def test_begin_with_the_import(self, read):
        page = read()

        assert _states(page) == ["now", "later", "later"]
        assert page.split("<main")[1].count('data-key="n"') == 1
        assert reverse("imports:new") in page.split("<main")[1]

    def test_follow_what_is_done(self, office, read):
        _lay_down(office, "draft")
        assert _states(read()) == ["done", "now", "later"]
        _lay_down(office, "done")
        assert _states(read()) == ["done", "done", "now"]

    def test_forget_an_import_taken_back(self, office, read):
        _lay_down(office, "undone")

        assert _states(read()) == ["now", "later", "later"]

    def test_offer_readers_no_import(self, read):
        assert reverse("imports:new") not in read(Role.READER).split("<main")[1].split("</main>")[0]

    def test_explain_the_example_without_javascript(self, read):
        assert 'id="example"' in read()
        assert "palier demo" in read()

    def test_say_why_the_figures_could_not_be_computed(self, office, record_refresh, read):
        _lay_down(office, "done")
        record_refresh(
            office,
            status="failed",
            failure={"code": "x", "message": "The disk is full.", "details": {}},
        )

        assert "The disk is full." in read()

    def test_give_way_to_the_cockpit(self, measured):
        assert 'class="steps"' not in measured.browse().get("/").content.decode()
