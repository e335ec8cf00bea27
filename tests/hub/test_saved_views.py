"""Saved views: one's own are one's own, shared ones belong to those who may correct data."""

from __future__ import annotations

import pytest

from palier.hub import saved_views as views

pytestmark = pytest.mark.django_db
QUERY = {"filtre": ["city:is:Nantes"], "sort": ["-name"]}


def save(company, name="Nantais", *, person=7, entity="customer"):
    return views.save_view(
        company_id=company, entity=entity, person_id=person, name=name, query=QUERY
    )


def listed(company, person=7):
    found = views.list_views(company_id=company, entity="customer", person_id=person)
    return [(one.name, one.shared, one.own) for one in found]


class TestSaveView:
    def test_keeps_the_state_of_a_list_for_its_author(self, company):
        assert save(company).query == QUERY
        save(company, "Ailleurs", entity="deal")
        assert listed(company) == [("Nantais", False, True)]
        assert listed(company, person=8) == []

    def test_replaces_ones_own_view_of_that_name(self, company):
        assert save(company).id == save(company, " Nantais ").id

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b"])
    def test_needs_a_name_that_can_be_read(self, company, name):
        with pytest.raises(views.ViewNameUnusable):
            save(company, name)

    def test_stops_at_what_can_be_found_again(self, company, monkeypatch):
        monkeypatch.setattr(views, "MOST_VIEWS", 1)
        save(company)
        with pytest.raises(views.TooManyViews):
            save(company, "Autre")
        save(company)


class TestShareView:
    def test_shows_it_to_everybody_first(self, company):
        shared = save(company)
        views.share_view(company_id=company, view_id=shared.id, person_id=7, shared=True)
        save(company, "Mienne", person=8)
        assert listed(company, person=8) == [("Nantais", True, False), ("Mienne", False, True)]

    def test_refuses_a_second_shared_view_of_that_name(self, company):
        for person in (7, 8):
            save(company, person=person)
        first = views.list_views(company_id=company, entity="customer", person_id=7)[0]
        second = views.list_views(company_id=company, entity="customer", person_id=8)[0]
        views.share_view(company_id=company, view_id=first.id, person_id=7, shared=True)
        with pytest.raises(views.ViewExists):
            views.share_view(company_id=company, view_id=second.id, person_id=8, shared=True)


class TestChanges:
    def rename(self, company, view, person=7, **options):
        return views.rename_view(
            company_id=company,
            view_id=view.id,
            person_id=person,
            name="Autre nom",
            **{"may_share": False} | options,
        )

    def test_rename_and_delete_ones_own(self, company):
        view = save(company)
        assert self.rename(company, view).name == "Autre nom"
        views.delete_view(company_id=company, view_id=view.id, person_id=7, may_share=False)
        assert listed(company) == []

    def test_find_no_view_of_somebody_else(self, company):
        view = save(company)
        with pytest.raises(views.ViewUnknown):
            self.rename(company, view, person=8, may_share=True)

    def test_leave_shared_ones_to_those_who_may_correct(self, company):
        view = save(company)
        views.share_view(company_id=company, view_id=view.id, person_id=7, shared=True)
        with pytest.raises(views.ViewOfSomebodyElse):
            self.rename(company, view)
        assert self.rename(company, view, person=8, may_share=True).name == "Autre nom"
