from __future__ import annotations

import io

import pytest

from palier.hub.imports.mapping_json import from_json
from palier.hub.imports.reading import read as read_table
from palier.hub.imports.rejects import neutral, write_rejects
from palier.hub.records import Rejection
from palier.wording.sentences import explain

PURCHASE = {
    "entities": [
        {
            "entity": "invoice",
            "id": ["client", "jour", "#"],
            "fields": {"issued_on": "jour", "net_minor": "montant"},
        }
    ]
}


def taken(table, raw=PURCHASE):
    mapping = from_json(raw)
    return list(read_table(mapping=mapping, table=table).records(entity=mapping.entities[0]))


def written(table, items):
    out = io.StringIO(newline="")
    count = write_rejects(
        columns=table.columns,
        rejections=[one for one in items if isinstance(one, Rejection)],
        out=out,
        explain=explain,
    )
    return count, out.getvalue()


class TestRejectsFile:
    def test_comes_back_corrected_under_the_identifiers_of_the_first_time(self, read):
        table = read(
            "client;jour;montant\n7;13/01/2025;1,50\n7;13/01/2025;deux\n7;13/01/2025;3,50\n"
        )
        first = taken(table)
        count, content = written(table, first)
        assert count == 1
        assert "«\u202fdeux\u202f» n’est pas un montant." in content
        again = taken(
            read(content.replace(";deux;", ";2,50;").replace("«\u202fdeux\u202f»", "Cela"))
        )
        ids = [one.external_id for one in first if not isinstance(one, Rejection)]
        assert ids == ["7:13/01/2025:1", "7:13/01/2025:3"]
        assert [(one.external_id, one.fields["net_minor"]) for one in again] == [
            ("7:13/01/2025:2", 250)
        ]
        assert again[0].payload == {"client": "7", "jour": "13/01/2025", "montant": "2,50"}

    def test_puts_the_reasons_of_one_line_together(self, read):
        table = read("client;jour;montant\n7;hier;deux\n")
        count, content = written(
            table,
            [
                *taken(table),
                Rejection(2, "montant", "import.amount", {"value": "deux"}, ("7", "hier", "deux")),
            ],
        )
        assert count == 1
        assert content.count("\r\n") == 2
        assert " · " in content

    def test_leaves_out_rows_that_another_line_replaced(self, read):
        raw = {"entities": [{"entity": "deal", "id": ["id"], "fields": {"name": "nom"}}]}
        table = read("id;nom\n1;a\n1;b\n")
        assert written(table, taken(table, raw))[0] == 0

    @pytest.mark.parametrize(
        "cell",
        ['=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3+cmd|x", "\t=1", "＝1"],
    )
    def test_cannot_run_in_a_spreadsheet(self, read, cell):
        table = read("client;jour;montant\n7;hier;1\n")
        _, content = written(
            table, [Rejection(2, "jour", "import.date", {"value": cell}, (cell, "hier", "1"))]
        )
        assert f"'{cell[0]}" in content
        assert neutral(cell).startswith("'")

    @pytest.mark.parametrize("cell", ["-12,50", "+33199001234", "- 12 €", "Société", "2025-01-01"])
    def test_leaves_numbers_and_texts_alone(self, cell):
        assert neutral(cell) == cell
