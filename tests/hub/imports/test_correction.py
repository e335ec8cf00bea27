"""Corrections of a mapping by a person: what they change, and all that they leave alone."""

from __future__ import annotations

import pytest

from palier.hub.imports.correction import (
    Answers,
    corrected,
    draft_of,
    identifier_of,
    linked,
    problems_of,
    unmatched,
    uses_of,
)
from palier.hub.imports.decode import decode
from palier.hub.imports.mapping_json import from_json
from palier.hub.imports.presets import list_presets
from palier.hub.imports.propose import propose
from palier.hub.imports.reading import records
from palier.hub.records import Record

CLIENTS = (
    "Réf;Nom;Ville;Statut;Contact;Mail du contact;CA\n"
    "A1;Port;Nantes;Actif;Zoé Petit;zoe@port.example;1 200,50\n"
    "A2;Élan;Rennes;Clos;Max Roy;max@elan.example;980\n"
)
INVOICES = (
    "Facture;Date;Montant HT;Client;SIREN\n"
    "F1;31/12/2025;100,00;Port;552100554\nF2;01/02/2026;50,00;Port;552100554\nF3;02/02/2026;70,00;Élan;732829320\n"
)


@pytest.fixture
def table(tmp_path):
    """A table read from a text."""

    def make(text, name="fichier.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return decode(path=path, name=name).tables[0]

    return make


def drafted(table, entity=None):
    return draft_of(mapping=None, proposal=propose(table=table, entity=entity))


def given(table, draft):
    """What the corrected mapping reads: entity → list of (identifier, fields)."""
    found = {}
    for entity, item in records(mapping=from_json(draft), table=table):
        if isinstance(item, Record):
            found.setdefault(entity.entity, []).append((item.external_id, dict(item.fields)))
    return found


class TestCorrected:
    def test_moves_a_column_to_another_field(self, table):
        clients = table(CLIENTS)
        draft = corrected(
            draft=drafted(clients, "customer"),
            table=clients,
            answers=Answers(targets={"Ville": ("customer", "segment")}),
        )
        ((_id, first), *_rest) = given(clients, draft)["customer"]
        assert (first["segment"], "city" in first) == ("Nantes", False)

    def test_leaves_a_column_out(self, table):
        clients = table(CLIENTS)
        draft = corrected(
            draft=drafted(clients, "customer"),
            table=clients,
            answers=Answers(targets={"Ville": ("", "")}),
        )
        assert all(
            "Nantes" not in map(str, fields.values())
            for _id, fields in given(clients, draft)["customer"]
        )

    def test_reads_a_column_as_its_new_field_wants(self, table):
        clients = table(CLIENTS)
        answers = Answers(
            targets={"CA": ("product", "price_minor"), "Nom": ("product", "name")},
            identifiers={"product": "Réf"},
        )
        draft = corrected(draft=drafted(clients, "product"), table=clients, answers=answers)
        assert [fields["price_minor"] for _id, fields in given(clients, draft)["product"]] == [
            120_050,
            98_000,
        ]

    def test_tells_records_apart_by_another_column(self, table):
        clients = table(CLIENTS)
        draft = corrected(
            draft=drafted(clients, "customer"),
            table=clients,
            answers=Answers(identifiers={"customer": "Nom"}),
        )
        assert identifier_of(draft["entities"][0]) == "Nom"
        assert given(clients, draft)["customer"][0][0] == "Port"

    def test_matches_values_with_choices_and_refuses_the_others(self, table):
        clients = table(CLIENTS)
        placed = corrected(
            draft=drafted(clients, "customer"),
            table=clients,
            answers=Answers(targets={"Statut": ("customer", "stage")}),
        )
        assert unmatched(draft=placed, table=clients) == {"Statut": ["Clos"]}
        draft = corrected(
            draft=placed,
            table=clients,
            answers=Answers(values={"Statut": {"Actif": "customer", "Clos": "churned"}}),
        )
        assert unmatched(draft=draft, table=clients) == {}
        assert [fields["stage"] for _id, fields in given(clients, draft)["customer"]] == [
            "customer",
            "churned",
        ]

    def test_lets_children_join_and_point_at_their_parent(self, table):
        clients = table(CLIENTS)
        answers = Answers(
            targets={"Mail du contact": ("contact", "email"), "Contact": ("contact", "last_name")},
            identifiers={"customer": "Réf"},
        )
        draft = corrected(draft=drafted(clients, "customer"), table=clients, answers=answers)
        found = given(clients, draft)
        assert [fields["customer"] for _id, fields in found["contact"]] == [
            ["customer", "A1"],
            ["customer", "A2"],
        ]
        assert [id_ for id_, _fields in found["contact"]] == ["A1", "A2"]

    def test_lets_a_parent_join_once_for_all_its_rows(self, table):
        invoices = table(INVOICES)
        draft = corrected(
            draft=drafted(invoices, "invoice"),
            table=invoices,
            answers=Answers(
                targets={"Client": ("customer", "name"), "SIREN": ("customer", "siren")},
                dates="dmy",
            ),
        )
        found = given(invoices, draft)
        assert [id_ for id_, _fields in found["customer"]] == ["552100554", "732829320"]
        assert {fields["customer"][1] for _id, fields in found["invoice"]} == {
            "552100554",
            "732829320",
        }

    def test_makes_a_field_of_the_companys_own(self, table):
        clients = table(CLIENTS)
        first = corrected(
            draft=drafted(clients, "customer"),
            table=clients,
            answers=Answers(targets={"Ville": ("", "")}),
        )
        draft = corrected(
            draft=first, table=clients, answers=Answers(targets={"Ville": ("customer", "custom")})
        )
        assert given(clients, draft)["customer"][0][1]["custom.ville"] == "Nantes"

    def test_keeps_order_of_dates_and_mark_of_decimals(self, table):
        draft = corrected(
            draft=drafted(table(CLIENTS), "customer"),
            table=table(CLIENTS),
            answers=Answers(dates="mdy", decimal="."),
        )
        assert (draft["dates"], draft["decimal"]) == ("mdy", ".")
        back = corrected(draft=draft, table=table(CLIENTS), answers=Answers())
        assert "dates" not in back

    @pytest.mark.parametrize(
        "shape",
        [
            (preset.tool, shape)
            for preset in list_presets()
            for shape in preset.files
            if not shape.mapping.ignore
        ],
        ids=lambda pair: f"{pair[0]}.{pair[1].name}",
    )
    def test_changes_nothing_of_a_preset_without_answers(self, table, shape):
        _tool, found = shape
        columns = list(dict.fromkeys([*found.columns, *found.mapping.required_columns()]))
        empty = table(";".join(columns) + "\n" + ";".join("x" for _ in columns) + "\n")
        draft = draft_of(mapping=found.mapping, proposal=None)
        answers = Answers(dates=found.mapping.dates, decimal=found.mapping.decimal)
        assert from_json(corrected(draft=draft, table=empty, answers=answers)) == found.mapping


class TestUsesOf:
    def test_tells_every_field_that_reads_a_column(self, table):
        clients = table(CLIENTS)
        draft = drafted(clients, "customer")
        draft["entities"][0]["fields"]["legal_name"] = {"join": ["Nom", "Ville"]}
        use = next(one for one in uses_of(draft=draft, table=clients) if one.column == "Nom")
        assert (use.target, use.also) == (("customer", "name"), (("customer", "legal_name"),))


class TestProblemsOf:
    @pytest.mark.parametrize(
        ("entities", "code"),
        [
            ([], "import.needs_entity"),
            ([{"entity": "customer", "id": ["a"], "fields": {"city": "b"}}], "import.needs_field"),
            (
                [{"entity": "customer", "id": [], "fields": {"name": "b"}}],
                "import.needs_identifier",
            ),
            (
                [{"entity": "contact", "id": ["a"], "fields": {"custom.b": "b"}}],
                "import.nothing_recognised",
            ),
            (
                [
                    {
                        "entity": "customer",
                        "id": ["a"],
                        "fields": {"name": {"column": "b", "parser": "money"}},
                    }
                ],
                "import.mapping_invalid",
            ),
        ],
    )
    def test_names_what_is_missing(self, entities, code):
        assert [one.code for one in problems_of({"entities": entities})] == [code]

    def test_says_nothing_of_a_good_draft(self):
        assert (
            problems_of(
                {"entities": [{"entity": "customer", "id": ["a"], "fields": {"name": "b"}}]}
            )
            == ()
        )


class TestLinked:
    def test_offers_neighbours_by_reference(self):
        assert {"customer", "contact", "deal", "subscription", "invoice", "payment"} <= set(
            linked(["customer"])
        )
        assert "marketing_spend" not in linked(["customer"])
        assert linked(["invoice"])[0] == "invoice"
