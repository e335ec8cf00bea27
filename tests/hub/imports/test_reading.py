from __future__ import annotations

import datetime as dt

import pytest

from palier.hub.imports.mapping_json import from_json
from palier.hub.imports.reading import read as read_table
from palier.hub.imports.survey import DatesMixed, MissingColumns
from palier.hub.records import Rejection

DEAL = {"entity": "deal", "id": ["id"], "fields": {"name": "nom", "amount_minor": "montant"}}


def taken(table, *entities, **options):
    """Records and rejections of each entity, with the reading."""
    mapping = from_json({"entities": list(entities), **options})
    reading = read_table(mapping=mapping, table=table)
    items = [item for entity in mapping.entities for item in reading.records(entity=entity)]
    records = [item for item in items if not isinstance(item, Rejection)]
    return (
        records,
        [(item.line, item.code) for item in items if isinstance(item, Rejection)],
        reading,
    )


class TestRecords:
    def test_have_typed_fields_the_row_as_it_came_and_their_line(self, read):
        (record,), refused, _ = taken(
            read("id;nom;montant;autre\n007;Affaire;1 234,50 €;x\n"), DEAL
        )
        assert record.external_id == "007"
        assert record.fields == {"name": "Affaire", "amount_minor": 123450, "currency": "EUR"}
        assert record.payload == {
            "id": "007",
            "nom": "Affaire",
            "montant": "1 234,50 €",
            "autre": "x",
        }
        assert record.line == 2
        assert not refused

    def test_say_nothing_of_empty_cells(self, read):
        (record,), _, _ = taken(read("id;nom;montant\n1;;\n"), DEAL)
        assert record.fields == {"currency": "EUR"}

    def test_erase_only_when_asked(self, read):
        entity = {
            **DEAL,
            "fields": {
                "name": {"column": "nom", "erase": True},
                "owner": {"column": "montant", "default": "Léa"},
            },
        }
        (record,), _, _ = taken(read("id;nom;montant\n1;;\n"), entity)
        assert record.fields == {"name": None, "owner": "Léa"}

    def test_find_their_columns_whatever_case_accents_and_spaces(self, read):
        (record,), _, _ = taken(read("ID;Nom ;MONTANT\n1;a;2\n"), DEAL)
        assert record.fields["name"] == "a"

    def test_carry_references_keys_and_the_time_of_change(self, read):
        entity = {
            "entity": "deal",
            "id": ["id"],
            "keys": [{"kind": "old_crm", "column": "old"}],
            "updated_at": "modif",
            "fields": {
                "customer": {"ref": "account", "id": ["compte"]},
                "contact": {"ref": "@email", "column": "mail"},
            },
        }
        (full, bare), _, _ = taken(
            read("id;compte;mail;old;modif\n1;Acme;A@b.fr;X9;01/07/2025 14:00\n2;;;;\n"), entity
        )
        assert full.fields == {"customer": ["account", "Acme"], "contact": ["@email", "a@b.fr"]}
        assert full.keys == (("old_crm", "X9"),)
        assert full.source_updated_at == dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)
        assert bare.fields == {}
        assert bare.keys == ()

    def test_take_the_first_source_that_holds(self, read):
        entity = {
            "entity": "deal",
            "id": ["id"],
            "fields": {
                "won_on": {"column": "fin", "when": [{"column": "st", "in": ["Won"]}]},
                "status": [
                    {"value": "won", "when": [{"column": "st", "in": ["Won"]}]},
                    {"value": "open"},
                ],
            },
        }
        records, _, _ = taken(read("id;st;fin\n1;Won;13/01/2025\n2;Lost;14/01/2025\n"), entity)
        assert [one.fields for one in records] == [
            {"won_on": "2025-01-13", "status": "won"},
            {"status": "open"},
        ]

    def test_are_limited_by_conditions(self, read):
        entity = {
            **DEAL,
            "when": [
                {"column": "nom", "not_starts": ["Total"]},
                {"column": "montant", "filled": True},
            ],
        }
        records, _, _ = taken(read("id;nom;montant\n1;a;2\n2;Total;3\n3;c;\n"), entity)
        assert [one.external_id for one in records] == ["1"]

    def test_read_amounts_in_each_row_s_currency(self, read):
        entity = {**DEAL, "fields": {"amount_minor": "montant", "currency": "devise"}}
        records, _, _ = taken(read("id;montant;devise\n1;1500;JPY\n2;15,50;EUR\n"), entity)
        assert [one.fields for one in records] == [
            {"amount_minor": 1500, "currency": "JPY"},
            {"amount_minor": 1550, "currency": "EUR"},
        ]


class TestRefusedRows:
    def test_keep_their_line_column_reason_and_cells(self, read):
        mapping = from_json({"entities": [DEAL]})
        table = read("id;nom;montant\n1;a;2\n2;b;deux\n;c;3\n")
        items = list(read_table(mapping=mapping, table=table).records(entity=mapping.entities[0]))
        refused = [item for item in items if isinstance(item, Rejection)]
        assert refused[0] == Rejection(
            3, "montant", "import.amount", {"value": "deux"}, ("2", "b", "deux")
        )
        assert (refused[1].line, refused[1].code) == (4, "import.missing_id")

    def test_include_those_of_the_file_once(self, read):
        table = read("id;nom;montant\n1;a;2\n2;b\n")
        _, refused, _ = taken(table, DEAL, {**DEAL, "object": "other"})
        assert refused == [(3, "import.ragged")]

    def test_lack_a_required_value(self, read):
        entity = {"entity": "customer", "id": ["id"], "fields": {"name": "nom"}}
        _, refused, _ = taken(read("id;nom\n1;\n2;b\n"), entity)
        assert refused == [(2, "import.missing_value")]

    def test_are_not_whole_when_a_cell_may_be_dropped(self, read):
        entity = {
            "entity": "customer",
            "id": ["id"],
            "fields": {
                "name": "nom",
                "siren": {"column": "siren", "parser": "siren", "invalid": "drop"},
            },
        }
        records, refused, reading = taken(
            read("id;nom;siren\n1;a;123\n2;b;443061841\n3;c;456\n"), entity
        )
        assert not refused
        assert "siren" not in records[0].fields
        (notice,) = reading.notices
        assert notice.params == {"column": "siren", "count": "2", "line": "2", "value": "123"}

    def test_say_which_value_has_no_equivalent(self, read):
        entity = {
            **DEAL,
            "fields": {
                "status": {"column": "nom", "values": {"Gagnée": "won"}, "others": "reject"}
            },
        }
        records, refused, _ = taken(read("id;nom\n1;gagnee\n2;autre\n"), entity)
        assert records[0].fields == {"status": "won"}
        assert refused == [(3, "import.value_unmapped")]


class TestTheSameIdentifierTwice:
    def test_with_the_same_values_is_one_record(self, read):
        records, refused, _ = taken(read("id;nom;montant\n1;a;2\n1;a;2\n2;b;3\n"), DEAL)
        assert sorted(one.external_id for one in records) == ["1", "2"]
        assert not refused

    def test_with_other_values_keeps_the_last_and_reports_the_first(self, read):
        mapping = from_json({"entities": [DEAL]})
        table = read("id;nom;montant\n1;a;2\n2;b;3\n1;c;4\n")
        items = list(read_table(mapping=mapping, table=table).records(entity=mapping.entities[0]))
        (refused,) = [item for item in items if isinstance(item, Rejection)]
        assert (refused.line, refused.code, refused.params) == (
            2,
            "import.superseded",
            {"line": "4"},
        )
        assert {item.external_id: item.fields["name"] for item in items if item is not refused} == {
            "1": "c",
            "2": "b",
        }

    def test_is_found_across_batches(self, read):
        rows = [f"{at % 12_000};n{at};1" for at in range(12_001)]
        records, refused, _ = taken(read("id;nom;montant\n" + "\n".join(rows) + "\n"), DEAL)
        assert len(records) == 12_000
        assert refused == [(2, "import.superseded")]

    def test_is_told_apart_by_an_ordinal(self, read):
        entity = {**DEAL, "id": ["id", "nom", "#"]}
        table = read("id;nom;montant\n1;a;2\n1;a;2\n1;b;2\n")
        records, _, _ = taken(table, entity)
        assert [one.external_id for one in records] == ["1:a:1", "1:a:2", "1:b:1"]


class TestGroups:
    INVOICE = {
        "entity": "invoice",
        "id": ["facture"],
        "grouped": True,
        "fields": {
            "issued_on": "date",
            "net_minor": {"column": "pu", "times": "qte", "fold": "sum"},
            "custom.lines": {"column": "pu", "fold": "count"},
        },
    }

    def test_add_up_exact_products_and_round_once(self, read):
        table = read(
            "facture;date;pu;qte\nA;13/01/2025;0,333;3\nB;14/01/2025;10,10;2\nA;13/01/2025;0,333;3\nA;13/01/2025;0,005;1\n"
        )
        records, refused, _ = taken(table, self.INVOICE)
        totals = {
            one.external_id: (one.fields["net_minor"], one.fields["custom.lines"])
            for one in records
        }
        assert totals == {"A": (200, 3), "B": (2020, 1)}
        assert not refused

    def test_are_refused_whole_when_a_line_is(self, read):
        table = read(
            "facture;date;pu;qte\nA;13/01/2025;1,5;3\nB;14/01/2025;10,10;2\nA;13/01/2025;?;3\n"
        )
        records, refused, _ = taken(table, self.INVOICE)
        assert [one.external_id for one in records] == ["B"]
        assert sorted(refused) == [(2, "import.group_incomplete"), (4, "import.amount")]

    def test_keep_only_the_cells_that_are_common_in_their_payload(self, read):
        (record,), _, _ = taken(
            read("facture;date;pu;qte;x\nA;13/01/2025;1;3;z\nA;13/01/2025;2;3;y\n"), self.INVOICE
        )
        assert record.payload == {"facture": "A", "date": "13/01/2025"}

    def test_make_one_customer_of_many_purchases(self, read):
        entity = {
            "entity": "customer",
            "id": [{"column": "client", "parser": "whole"}],
            "grouped": True,
            "fields": {
                "name": {"join": [{"text": "Client"}, {"column": "client", "parser": "whole"}]},
                "first_won_on": {"column": "date", "fold": "min"},
                "city": {"column": "ville", "fold": "last"},
            },
        }
        records, _, _ = taken(
            read(
                "client;date;ville\n7.0;13/02/2025;Lyon\n7.0;13/01/2025;\n8;01/03/2025;Metz\n7;14/03/2025;Brest\n"
            ),
            entity,
        )
        assert {one.external_id: one.fields for one in records} == {
            "7": {"name": "Client 7", "first_won_on": "2025-01-13", "city": "Brest"},
            "8": {"name": "Client 8", "first_won_on": "2025-03-01", "city": "Metz"},
        }


class TestColumns:
    ENTITY = {
        "entity": "deal",
        "id": ["id"],
        "fields": {"opened_on": "debut", "amount_minor": "montant"},
    }

    def test_with_both_date_orders_refuse_the_file_naming_lines(self, read):
        table = read("id;debut;montant\n1;13/01/2025;1\n2;01/13/2025;1\n")
        with pytest.raises(DatesMixed, match=r"lines 2\).*lines 3\)"):
            taken(table, self.ENTITY)

    def test_tell_their_date_order_by_one_row_among_many(self, read):
        rows = "".join(f"{at};03/04/2025;1\n" for at in range(8_000)) + "x;12/31/2025;1\n"
        records, refused, _ = taken(read("id;debut;montant\n" + rows), self.ENTITY)
        assert records[0].fields["opened_on"] == "2025-03-04"
        assert not refused

    def test_that_tell_nothing_are_read_day_first_with_a_notice(self, read):
        records, _, reading = taken(read("id;debut;montant\n1;03/04/2025;1\n"), self.ENTITY)
        assert records[0].fields["opened_on"] == "2025-04-03"
        assert [one.code for one in reading.notices] == ["import.dates_assumed"]

    def test_with_a_stated_order_refuse_the_rows_that_break_it(self, read):
        table = read("id;debut;montant\n1;13/01/2025;1\n2;01/13/2025;1\n")
        _, refused, _ = taken(table, self.ENTITY, dates="dmy")
        assert refused == [(3, "import.date_order")]

    def test_tell_their_decimal_mark_to_their_ambiguous_cells(self, read):
        records, _, _ = taken(
            read("id;debut;montant\n1;13/01/2025;1.234\n2;13/01/2025;12,50\n"), self.ENTITY
        )
        assert [one.fields["amount_minor"] for one in records] == [123400, 1250]

    def test_that_tell_no_mark_refuse_their_ambiguous_cells(self, read):
        _, refused, _ = taken(
            read("id;debut;montant\n1;13/01/2025;1.234\n2;13/01/2025;12\n"), self.ENTITY
        )
        assert refused == [(2, "import.number_ambiguous")]

    def test_that_are_missing_are_named(self, read):
        with pytest.raises(MissingColumns, match="debut, montant"):
            taken(read("id;x\n1;2\n"), self.ENTITY)

    def test_that_are_optional_may_be_missing(self, read):
        entity = {**self.ENTITY, "fields": {"opened_on": {"column": "debut", "optional": True}}}
        (record,), _, _ = taken(read("id;x\n1;2\n"), entity)
        assert record.fields == {}
