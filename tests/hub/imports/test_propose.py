from __future__ import annotations

import pytest

from palier.hub.imports.mapping_json import from_json
from palier.hub.imports.propose import look_of, propose
from palier.hub.imports.reading import read as read_table
from palier.hub.records import Record

CUSTOMERS = (
    "Identifiant;Raison sociale;SIREN;E-mail;Téléphone;Code postal;Ville;Pays;Créé par;Effectif moyen\n"
    "C1;Ateliers Brume;443 061 841;a@brume.fr;01 99 00 12 34;01000;Bourg;France;Léa;12\n"
    "C2;Verrerie Nord;404833048;contact@nord.fr;01 99 00 56 78;59000;Lille;France;Luc;48\n"
)
INVOICES = (
    "N° facture;Type;Code client;Date facture;Échéance;Montant HT;TVA;Montant TTC;Statut\n"
    "F-001;Facture;C1;13/01/2025;12/02/2025;1 234,50;246,90;1 481,40;Payée\n"
    "F-002;Avoir;C2;14/01/2025;14/02/2025;-10,00;-2,00;-12,00;Émise\n"
)


def goes(proposal):
    return {guess.column: guess.field for guess in proposal.columns}


class TestPropose:
    def test_understands_a_french_list_of_customers(self, read):
        proposal = propose(table=read(CUSTOMERS, "export.csv"))
        assert proposal.entity == "customer"
        assert goes(proposal) == {
            "Identifiant": "@id",
            "Raison sociale": "name",
            "SIREN": "siren",
            "E-mail": "email",
            "Téléphone": "phone",
            "Code postal": "postcode",
            "Ville": "city",
            "Pays": "country",
            "Créé par": "custom.cree_par",
            "Effectif moyen": "headcount_band",
        }
        assert not proposal.problems

    @pytest.mark.parametrize("header", ["Code client", "N° client", "Réf. client", "client_id"])
    def test_tells_customers_apart_by_the_code_that_companies_give_them(self, read, header):
        proposal = propose(
            table=read(
                f"{header};Raison sociale;Mail\nA1;Élan;a@elan.example\nA2;Port;b@port.example\n"
            )
        )
        assert proposal.draft["entities"][0]["id"] == [header]

    def test_gives_a_mapping_that_runs(self, read):
        table = read(INVOICES, "export.csv")
        proposal = propose(table=table)
        assert proposal.entity == "invoice"
        mapping = from_json(proposal.draft)
        first, second = read_table(mapping=mapping, table=table).records(entity=mapping.entities[0])
        assert isinstance(first, Record)
        assert first.external_id == "F-001"
        assert first.fields == {
            "number": "F-001",
            "kind": "invoice",
            "customer": ["customer", "C1"],
            "issued_on": "2025-01-13",
            "due_on": "2025-02-12",
            "net_minor": 123450,
            "tax_minor": 24690,
            "gross_minor": 148140,
            "status": "paid",
            "currency": "EUR",
        }
        assert (second.fields["kind"], second.fields["net_minor"], second.fields["status"]) == (
            "credit_note",
            -1000,
            "issued",
        )

    def test_shows_samples_and_confidence_per_column(self, read):
        guesses = {guess.column: guess for guess in propose(table=read(CUSTOMERS)).columns}
        assert guesses["SIREN"].samples == ("443 061 841", "404833048")
        assert guesses["SIREN"].look == "siren"
        assert (
            guesses["SIREN"].confidence
            > guesses["Effectif moyen"].confidence
            > guesses["Créé par"].confidence
            == 0
        )

    def test_may_ignore_what_it_does_not_know(self, read):
        proposal = propose(table=read(CUSTOMERS), unmapped="ignore")
        assert goes(proposal)["Créé par"] == ""

    def test_recognises_values_under_meaningless_headers(self, read):
        table = read("a;b;c\nx1;jean@exemple.fr;Jean\nx2;zoe@exemple.fr;Zoé\n")
        proposal = propose(table=table, entity="contact")
        assert goes(proposal)["b"] == "email"

    def test_keeps_to_the_entity_that_a_person_chose(self, read):
        proposal = propose(table=read(CUSTOMERS), entity="deal")
        assert proposal.entity == "deal"

    def test_says_what_remains_to_be_settled(self, read):
        proposal = propose(table=read("ref;montant\n1;12,50\n"), entity="payment")
        assert "paid_on" in str(proposal.problems)

    def test_understands_an_english_pipeline(self, read):
        table = read(
            "Deal ID,Deal Name,Amount,Company,Created At,Status\n1,A,1200.50,Acme SA,2025-01-02,Won\n2,B,10.00,Beta & Co,2025-02-03,Open\n",
            "deals.csv",
        )
        proposal = propose(table=table)
        assert proposal.entity == "deal"
        assert goes(proposal) == {
            "Deal ID": "@id",
            "Deal Name": "name",
            "Amount": "amount_minor",
            "Company": "customer",
            "Created At": "opened_on",
            "Status": "status",
        }
        assert not proposal.problems


@pytest.mark.parametrize(
    ("cells", "look"),
    [
        (["a@b.fr", "c@d.fr"], "email"),
        (["443061841", "404833048"], "siren"),
        (["31/12/2025", "01/01/2025"], "date"),
        (["12,50 €", "3 €"], "amount"),
        (["1", "2"], "int"),
        (["1,5", "2"], "number"),
        (["oui", "non"], "bool"),
        (["Jean", "Zoé"], ""),
        ([], ""),
    ],
)
def test_values_are_told_by_their_form(cells, look):
    assert look_of(cells=cells) == look
