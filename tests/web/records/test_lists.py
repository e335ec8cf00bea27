"""Lists of any entity: what they show, narrowed and ordered by their address, to whom."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.custom import declare_field
from palier.hub.models import Customer
from palier.hub.records import Record
from palier.web.records.entities import SLUGS, list_url

HTMX = {"HX-Request": "true"}


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


def section(page, id_):
    found = re.search(rf'<section[^>]*id="{id_}".*?</section>', page, re.DOTALL)
    assert found, id_
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", found.group())


def ask(workshop, query="", *, entity="customer", role=Role.LEADER, **options):
    return workshop.browse(role).get(list_url(entity) + query, **options)


class TestRecords:
    def test_lists_and_links_to_each(self, atelier):
        page = text(ask(atelier, role=Role.READER))
        with atelier.scope():
            one = Customer.objects.get(name="Boulangerie Lune").public_id
        assert "2 records" in page
        assert f'href="{reverse("customers:show", args=[one])}"' in page
        assert page.index(">Boulangerie Lune") < page.index(">Épicerie du Port")

    @pytest.mark.parametrize("entity", SLUGS)
    def test_answers_for_every_entity(self, atelier, entity):
        assert ask(atelier, entity=entity).status_code == 200
        assert ask(atelier, "?q=zzz", entity=entity).status_code == 200

    def test_shows_amounts_and_parents_as_people_read_them(self, atelier):
        page = text(ask(atelier, entity="deal"))
        assert "€1,234.50" in page
        assert "Épicerie du Port" in page

    def test_leads_to_imports_when_there_is_nothing_yet(self, workshop):
        assert reverse("imports:new") in text(ask(workshop))
        assert reverse("imports:new") not in text(ask(workshop, role=Role.READER))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?q=epicerie", True),
            ("?q=552+100", True),
            ("?q=autre", False),
            ("?filtre=city:is:Nantes", True),
            ("?filtre=city:contains:nant&filtre=stage:known:false", True),
            ("?filtre=stage:is:prospect", False),
            ("?filtre=nonsense&colonnes=nonsense&sort=nonsense&page=nonsense&vue=x", True),
        ],
    )
    def test_searches_and_filters(self, atelier, query, found):
        page = text(ask(atelier, query))
        assert ("Épicerie du Port" in page) is found
        assert ("No record matches" in page) is not found

    def test_says_what_is_wrong_with_a_filter(self, atelier):
        answer = ask(atelier, "?filtre=city:before:3")
        assert answer.status_code == 200
        assert "cannot be compared" in text(answer)

    def test_swaps_the_list_that_a_fresh_page_shows(self, atelier):
        fresh = ask(atelier, "?q=port").content.decode()
        swapped = ask(atelier, "?q=port", headers=HTMX).content.decode()
        assert section(swapped, "records") == section(fresh, "records")
        assert "<html" not in swapped

    def test_turns_pages_by_key_both_ways(self, workshop):
        workshop.write(
            "customer", *(Record(str(n), {"name": f"Client {n:03d}"}) for n in range(60))
        )
        client = workshop.browse()
        first = client.get(list_url("customer") + "?sort=-name").content.decode()
        following = re.search(r'href="([^"]*)"[^>]*rel="next"', first)[1].replace("&amp;", "&")
        second = client.get(following).content.decode()
        before = re.search(r'href="([^"]*)"[^>]*rel="prev"', second)[1].replace("&amp;", "&")
        assert ("Client 059" in first, "Client 000" in second, "Client 059" in second) == (
            True,
            True,
            False,
        )
        assert "Client 059" in client.get(before).content.decode()

    def test_shows_the_columns_that_were_chosen_in_their_order(self, atelier):
        page = text(ask(atelier, "?colonnes=city,name,siren"))
        heads = re.findall(r'<th scope="col".*?</th>', page)
        assert [re.sub(r"<.*?>", "", one).strip() for one in heads] == ["City", "Name", "SIREN"]

    def test_shows_and_filters_by_fields_of_ones_own(self, atelier):
        with atelier.scope():
            declare_field(
                company_id=atelier.company.id, entity="customer", name="vintage", type="int"
            )
        atelier.write("customer", Record("C3", {"name": "Cave", "custom.vintage": 1998}))
        page = text(ask(atelier, "?colonnes=name,custom.vintage&filtre=custom.vintage:from:1990"))
        assert "1998" in page
        assert "Boulangerie Lune" not in page

    def test_asks_the_database_as_often_for_many_as_for_few(self, atelier):
        client = atelier.browse()
        for entity in ("customer", "deal"):
            client.get(list_url(entity))
            with CaptureQueriesContext(connection) as few:
                client.get(list_url(entity))
            atelier.write(entity, *(Record(f"x{n}", {"name": f"N {n:03d}"}) for n in range(40)))
            with CaptureQueriesContext(connection) as many:
                client.get(list_url(entity))
            assert len(many) == len(few) <= 14

    def test_shows_nothing_of_another_company(self, atelier, open_workshop):
        assert "Épicerie" not in text(ask(open_workshop("Verger Vert")))

    def test_knows_no_other_entity(self, workshop):
        assert workshop.browse().get("/donnees/nonsense/").status_code == 404
        assert workshop.browse().get("/donnees/clients/?q=a")["Location"] == "/clients/?q=a"


class TestFilterForm:
    @pytest.mark.parametrize(
        ("entity", "query", "added"),
        [
            ("customer", "champ=city&comparison=contains&value=Nantes", "city:contains:Nantes"),
            ("customer", "champ=city&comparison=unknown&value=", "city:known:false"),
            (
                "deal",
                "champ=amount_minor&comparison=from&value=1+000,50",
                "amount_minor:from:100050",
            ),
            ("deal", "champ=probability&comparison=from&value=30", "probability:from:0.3"),
            (
                "deal",
                "champ=opened_on&comparison=before&value=2026-03-01",
                "opened_on:before:2026-03-01",
            ),
        ],
    )
    def test_adds_a_filter_to_the_address(self, atelier, entity, query, added):
        answer = ask(atelier, f"?sort=-id&{query}", entity=entity)
        assert answer.status_code == 302
        assert added.replace(":", "%3A") in answer["Location"]
        assert atelier.browse().get(answer["Location"]).status_code == 200

    def test_offers_the_input_that_suits_the_field(self, atelier):
        assert 'type="date"' in text(ask(atelier, "?champ=opened_on", entity="deal"))
        assert '<option value="won">' in text(ask(atelier, "?champ=status", entity="deal"))

    def test_says_what_cannot_be_compared_with(self, atelier):
        answer = ask(atelier, "?champ=amount_minor&comparison=from&value=abc", entity="deal")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in text(answer)


class TestSavedViews:
    def save(self, client, name="Nantais", query="filtre=city:is:Nantes"):
        return client.post(
            reverse("records:save_view", args=["clients"]), {"name": name, "liste": query}
        )

    def test_are_kept_by_members_for_themselves(self, atelier):
        assert self.save(atelier.browse(Role.READER)).status_code == 403
        client = atelier.browse(Role.MEMBER)
        answer = self.save(client)
        page = text(client.get(answer["Location"]))
        assert 'aria-current="page" > Nantais' in page.replace("\n", " ")
        assert "Boulangerie Lune" not in page
        assert "Nantais" not in text(ask(atelier))

    def test_are_shared_renamed_and_deleted_by_those_who_correct(self, atelier):
        client = atelier.browse(Role.MANAGER)
        number = re.search(r"vue=(\d+)", self.save(client)["Location"])[1]
        url = reverse("records:change_view", args=["clients", number])
        client.post(url, {"act": "share"})
        assert "Nantais" in text(ask(atelier, role=Role.READER))
        assert atelier.browse(Role.MEMBER).post(url, {"act": "unshare"}).status_code == 403
        atelier.browse(Role.MEMBER).post(url, {"act": "delete"})
        client.post(url, {"act": "rename", "name": "Port"})
        assert "Port" in text(ask(atelier, role=Role.READER))
        client.post(url, {"act": "delete"})
        assert f"vue={number}" not in text(ask(atelier))

    def test_need_a_name(self, atelier):
        client = atelier.browse()
        assert "A view needs a name" in text(client.get(self.save(client, name=" ")["Location"]))

    def test_are_not_those_of_another_company(self, atelier, open_workshop):
        number = re.search(r"vue=(\d+)", self.save(atelier.browse())["Location"])[1]
        url = reverse("records:change_view", args=["clients", number])
        assert open_workshop("Verger Vert").browse().post(url, {"act": "share"}).status_code == 404
