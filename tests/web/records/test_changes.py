"""Corrections in a list, one by one and many at once, the board of deals, and the log of all that."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.models import Customer, Deal, DealEvent, FieldPin
from palier.hub.records import Record
from palier.web.records.entities import SLUGS, list_url

HTMX = {"HX-Request": "true"}


def text(answer):
    return re.sub(r"[ \n\t]+", " ", html.unescape(answer.content.decode()))


@pytest.fixture
def halle(atelier):
    with atelier.scope():
        return Deal.objects.get(name="Halle").public_id


class TestCorrect:
    def url(self, halle, field="amount_minor"):
        return reverse("records:correct", args=["affaires", halle, field])

    def test_opens_the_form_in_the_cell_or_on_a_page(self, atelier, halle):
        client = atelier.browse(Role.MANAGER)
        alone, whole = client.get(self.url(halle), headers=HTMX), client.get(self.url(halle))
        assert 'name="value" value="1234.50"' in text(alone)
        assert 'name="value" value="1234.50"' in text(whole)
        assert ("<html" in text(alone), "<html" in text(whole)) == (False, True)
        assert "Crm" in text(whole)

    def test_sets_the_value_and_gives_back_the_cell(self, atelier, halle):
        client = atelier.browse(Role.MANAGER)
        answer = client.post(self.url(halle), {"value": "2,000.50"}, headers=HTMX)
        assert "€2,000.50" in text(answer)
        assert "palier:announce" in answer["HX-Trigger"]
        assert "Set by Manager" in text(client.get(self.url(halle)))
        cell = client.get(self.url(halle) + "?cellule=1", headers=HTMX)
        assert cell.content == answer.content

    def test_goes_back_to_the_list_without_script_and_nowhere_else(self, atelier, halle):
        client = atelier.browse()
        back = list_url("deal") + "?sort=name"
        answer = client.post(self.url(halle), {"value": "1", "retour": back})
        assert answer["Location"] == back
        away = {"value": "2", "retour": "https://ailleurs.example/"}
        assert client.post(self.url(halle), away)["Location"].startswith("/clients/fiches/deal/")

    def test_gives_the_field_back_to_its_sources(self, atelier, halle):
        client = atelier.browse()
        client.post(self.url(halle), {"value": "1"})
        client.post(self.url(halle), {"act": "release"})
        with atelier.scope():
            assert Deal.objects.get(name="Halle").amount_minor == 1_234_50
            assert not FieldPin.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("amount_minor", "abc"), ("status", "ami"), ("opened_on", "hier"), ("probability", "101")],
    )
    def test_refuses_what_does_not_suit(self, atelier, halle, field, value):
        answer = atelier.browse().post(self.url(halle, field), {"value": value}, headers=HTMX)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in text(answer)

    @pytest.mark.parametrize(
        ("field", "typed", "kept"),
        [("probability", "30", "0.3"), ("won_by_founder", "yes", True), ("owner", "", None)],
    )
    def test_reads_each_type_as_it_is_typed(self, atelier, halle, field, typed, kept):
        atelier.browse().post(self.url(halle, field), {"value": typed})
        with atelier.scope():
            assert FieldPin.objects.get().value == kept

    def test_is_closed_to_others(self, atelier, halle, open_workshop):
        for role in (Role.MEMBER, Role.READER):
            assert atelier.browse(role).get(self.url(halle)).status_code == 403
        other = open_workshop("Verger Vert").browse()
        assert other.get(self.url(halle)).status_code == 404
        assert atelier.browse().get(self.url(halle, "customer")).status_code == 409
        listed = text(atelier.browse(Role.READER).get(list_url("deal")))
        assert ("data-edit=" in listed, 'name="fiche"' in listed) == (False, False)


class TestBulk:
    def act(self, client, **data):
        return client.post(reverse("records:bulk", args=["clients"]), data)

    def carried(self, answer):
        return re.search(r'name="fiches" value="([^"]*)"', text(answer))[1]

    def test_goes_from_choice_to_value_to_preview_and_undo(self, atelier):
        client = atelier.browse(Role.MANAGER)
        chosen = self.act(client, choix="all", liste="")
        assert "2 records chosen" in text(chosen)
        told = {"fiches": self.carried(chosen), "champ": "stage"}
        assert '<option value="churned">' in text(self.act(client, **told))
        seen = text(self.act(client, **told, value="customer"))
        assert "1 record changes. 1 already has this value." in seen
        with atelier.scope():
            assert not FieldPin.objects.exists()
        done = self.act(client, **told, value="customer", sure="1")
        page = text(client.get(done["Location"]))
        assert "1 record changed." in page
        undo = re.search(r'href="([^"]*annuler/)"', page)[1]
        assert "Undo this change" in text(client.get(undo))
        back = text(client.get(client.post(undo)["Location"]))
        assert "2 records are as they were before." in back
        with atelier.scope():
            assert list(Customer.objects.order_by("pk").values_list("stage", flat=True)) == [
                None,
                "customer",
            ]
        assert "undone already" in text(client.get(client.post(undo)["Location"]))

    def test_takes_what_the_filter_finds_and_nothing_else(self, atelier):
        chosen = self.act(atelier.browse(), choix="all", liste="filtre=city:is:Nantes")
        assert "1 record chosen" in text(chosen)

    def test_asks_to_choose_first(self, atelier):
        client = atelier.browse()
        answer = self.act(client, choix="selection", liste="")
        assert "Tick the records" in text(client.get(answer["Location"]))

    def test_says_what_does_not_suit(self, atelier):
        client = atelier.browse()
        told = {"fiches": self.carried(self.act(client, choix="all"))}
        assert self.act(client, **told, champ="siren", value="12").status_code == 422

    def test_is_for_those_who_correct(self, atelier, open_workshop):
        assert self.act(atelier.browse(Role.MEMBER), choix="all").status_code == 403
        ids = self.carried(self.act(atelier.browse(), choix="all"))
        stranger = open_workshop("Verger Vert").browse()
        self.act(stranger, fiches=ids, champ="city", value="Pris", sure="1")
        with atelier.scope():
            assert not Customer.objects.filter(city="Pris").exists()


class TestPipeline:
    def move(self, client, public_id, **data):
        return client.post(reverse("records:move", args=[public_id]), data)

    def test_shows_open_deals_by_stage_with_their_sums(self, atelier):
        atelier.write("deal", Record("D3", {"name": "Perdue", "status": "lost", "stage": "Devis"}))
        page = text(atelier.browse(Role.READER).get(reverse("records:board")))
        assert "1 deal · €1,234" in page
        assert "Épicerie du Port" in page
        assert "Perdue" not in page
        assert "Move to…" not in page

    def test_orders_stages_as_deals_pass_through_them(self, atelier):
        atelier.write(
            "deal_event",
            *(
                Record(
                    str(n),
                    {
                        "deal": ["deal", "D1"],
                        "kind": "stage_changed",
                        "to_stage": stage,
                        "at": f"2026-03-0{n}T09:00:00+00:00",
                    },
                )
                for n, stage in enumerate(("Devis", "Accord", "Contact"), 1)
            ),
        )
        page = atelier.browse().get(reverse("records:board")).content.decode()
        assert re.findall(r'data-lane="([^"]*)"', page) == ["Devis", "Accord", "Contact"]

    def test_narrows_to_an_owner(self, atelier):
        page = text(atelier.browse().get(reverse("records:board") + "?responsable=Bob"))
        assert ("Quai" in page, "Halle" in page) == (True, False)

    def test_moves_a_deal_tells_the_step_and_moves_it_back(self, atelier, halle):
        client = atelier.browse(Role.MANAGER)
        page = text(client.get(self.move(client, halle, etape="Contact")["Location"]))
        with atelier.scope():
            step = DealEvent.objects.get(kind="stage_changed")
            assert (step.from_stage, step.to_stage, step.actor) == ("Devis", "Contact", "Manager")
            assert step.deal_id == Deal.objects.get(name="Halle").pk
            assert Deal.objects.get(name="Halle").stage == "Contact"
        assert 'name="etape" value="Devis"' in page
        self.move(client, halle, etape="Devis", retour="1")
        with atelier.scope():
            assert Deal.objects.get(name="Halle").stage == "Devis"
            assert not FieldPin.objects.exists()
            assert DealEvent.objects.filter(kind="stage_changed", deleted_at=None).count() == 2

    def test_asks_for_a_stage(self, atelier, halle):
        client = atelier.browse()
        assert "Choose the stage" in text(client.get(self.move(client, halle)["Location"]))

    def test_moves_for_those_who_correct_alone(self, atelier, halle, open_workshop):
        assert self.move(atelier.browse(Role.MEMBER), halle, etape="Contact").status_code == 403
        other = open_workshop("Verger Vert").browse()
        assert self.move(other, halle, etape="Contact").status_code == 404


class TestExport:
    def act(self, workshop, query="", entity="customer", role=Role.READER):
        url = reverse("records:export", args=[SLUGS[entity]])
        return workshop.browse(role).get(f"{url}?{query}")

    def lines(self, answer):
        told = b"".join(answer.streaming_content)
        assert told.startswith(b"\xef\xbb\xbf")
        return told.decode("utf-8-sig").splitlines()

    def test_gives_the_filtered_list_in_its_order_and_columns(self, atelier):
        lines = self.lines(self.act(atelier, "format=csv&colonnes=city,name&sort=-name"))
        assert lines[0] == "Identifier;City;Name"
        assert [line.split(";", 1)[1] for line in lines[1:]] == [
            "Nantes;Épicerie du Port",
            ";Boulangerie Lune",
        ]
        assert len(self.lines(self.act(atelier, "format=csv&filtre=city:is:Nantes"))) == 2

    def test_writes_decimals_as_the_reader_does_with_their_currency(self, atelier):
        query = "format=csv&colonnes=name,amount_minor&sort=name"
        assert self.lines(self.act(atelier, query, "deal"))[1].endswith(";Halle;1234.50;")
        from palier.accounts.models import Person

        Person.objects.update(language="fr")
        assert self.lines(self.act(atelier, query, "deal"))[1].endswith(";Halle;1234,50;")

    def test_lets_no_text_become_a_formula(self, atelier):
        lines = self.lines(self.act(atelier, "format=csv&colonnes=owner&sort=name"))
        assert lines[1].endswith(";'=Aline")

    def test_gives_a_workbook_of_all_columns(self, atelier, tmp_path):
        import openpyxl

        answer = self.act(atelier, "format=xlsx&tout=1&sort=name")
        path = tmp_path / "clients.xlsx"
        path.write_bytes(b"".join(answer.streaming_content))
        rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
        assert rows[1][rows[0].index("Owner")] == "=Aline"
        assert rows[2][rows[0].index("SIREN")] == "552100554"
        assert len(rows) == 3

    def test_fills_another_sheet_where_one_is_full(self, monkeypatch):
        import openpyxl

        from palier.web.records import export

        monkeypatch.setattr(export, "ROWS_OF_A_SHEET", 3)
        with export.as_xlsx("Clients", ["N"], [[str(n)] for n in range(5)]) as file:
            book = openpyxl.load_workbook(file)
            told = [[row[0] for row in one.iter_rows(values_only=True)] for one in book]
        assert told == [["N", "0", "1"], ["N", "2", "3"], ["N", "4"]]

    def test_holds_nothing_of_another_company(self, atelier, open_workshop):
        assert len(self.lines(self.act(open_workshop("Verger Vert"), "format=csv"))) == 1


class TestChangeLog:
    def act(self, workshop, query="", role=Role.LEADER, **options):
        return workshop.browse(role).get(reverse("records:feed") + query, **options)

    def test_tells_what_happened_to_which_record_latest_first(self, atelier, halle):
        atelier.browse().post(
            reverse("records:correct", args=["affaires", halle, "owner"]), {"value": "Chloé"}
        )
        page = text(self.act(atelier, role=Role.READER))
        assert "Corrected by hand: Owner" in page
        assert page.index("Corrected by hand") < page.index("Created from Crm")
        assert ("Deal Halle" in page, "Generation" in page) == (True, False)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?entite=deal", True),
            ("?entite=customer", False),
            ("?outil=crm", True),
            ("?outil=autre", False),
            ("?origine=import", True),
            ("?origine=pin", False),
            ("?depuis=2020-01-01", True),
            ("?jusqu=2020-01-01", False),
            ("?depuis=x&jusqu=9999-12-31&personne=x&avant=x&entite=x&origine=x", True),
        ],
    )
    def test_narrows(self, atelier, query, found):
        assert ("Deals · 2 records" in text(self.act(atelier, query))) is found

    def test_turns_pages_by_position(self, atelier, halle):
        with atelier.scope():
            from palier.hub.pins import pin_field

            for n in range(55):
                pin_field(
                    company_id=atelier.company.id,
                    entity="deal",
                    public_id=halle,
                    field="owner",
                    value=f"N{n}",
                    person_id=atelier.people[Role.LEADER].person_id,
                )
        first = self.act(atelier)
        following = re.search(r'href="(\?avant=\d+)"', first.content.decode())[1]
        second = text(self.act(atelier, following))
        assert first.content.decode().count("<time") == 50
        assert second.count("<time") == 8
        assert "Created from Crm" in second

    def test_tells_programs_where_the_feed_stands(self, atelier):
        page = text(self.act(atelier, "?entite=deal"))
        assert "GET /api/v1/changes?after=0&entities=deal" in page

    def test_follows_live_with_the_entries_alone(self, atelier):
        assert 'data-follow="?suivre=1"' in text(self.act(atelier, "?suivre=1"))
        assert "<html" not in text(self.act(atelier, "?suivre=1", headers=HTMX))

    def test_shows_nothing_of_another_company(self, atelier, open_workshop):
        assert "Halle" not in text(self.act(open_workshop("Verger Vert")))
