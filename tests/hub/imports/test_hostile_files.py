"""Files made to deceive or to exhaust: each is refused, or read with its sentence, in bounded memory."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import struct
import tracemalloc
import zipfile
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import translation

from palier.hub.imports.decode import decode, files, refusals
from palier.hub.imports.decode.returned import neutral, restored
from palier.hub.imports.mapping_json import ALL_PARSERS
from palier.hub.imports.messages import ORIGIN_NAMES
from palier.hub.imports.parsers.build import TEXTS, Notation, build_parser
from palier.hub.imports.parsers.outcome import Bad
from palier.hub.imports.propose import propose
from palier.hub.records import Rejection
from palier.hub.schema import Field
from palier.wording.sentences import explain


def rows_of(table):
    return [item[1] for item in table.rows() if not isinstance(item, Rejection)]


def refused(table):
    return [(item.line, item.code) for item in table.rows() if isinstance(item, Rejection)]


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in members.items():
            found.writestr(name, content)
    return sink.getvalue()


@pytest.fixture
def given(tmp_path):
    def act(content: bytes, name: str = "export.zip"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return act


class TestHeaders:
    @pytest.mark.parametrize(
        "first", ["F1;Alpha;12,50", "F1;a@alpha.example;Lyon", "F1;Alpha;31/12/2025"]
    )
    def test_that_are_data_are_kept_as_the_first_row(self, read, first):
        table = read(f"{first}\nF2;Beta;x\n")
        assert len(rows_of(table)) == 2
        assert [one.code for one in table.notices] == ["import.no_header"]

    def test_of_years_are_headers(self, read):
        assert read("Client;2024;2025\nAlpha;1;2\n").columns == ("Client", "2024", "2025")


class TestSeparator:
    def test_is_not_the_comma_of_texts_and_amounts(self, read):
        body = "".join(f"Dupont, Jean {n};1,5;2,5;3,5\n" for n in range(60))
        table = read("nom;a;b;c\n" + body)
        assert table.columns == ("nom", "a", "b", "c")
        assert len(rows_of(table)) == 60


class TestQuotes:
    def test_opened_on_two_rows_in_turn_swallow_neither(self, read):
        table = read('id;nom;v\n1;a;x\n2;"ouvert;y\n3;"encore;z\n4;d;x\n')
        assert refused(table) == [
            (3, "import.unclosed_quote"),
            (4, "import.unclosed_quote"),
        ]
        assert [row[0] for row in rows_of(table)] == ["1", "4"]

    def test_around_several_lines_are_left_alone(self, read):
        table = read('id;note\nK1;"Vu le 3; rappeler\nVoir: devis; prix"\nK2;fin\n')
        assert [row[0] for row in rows_of(table)] == ["K1", "K2"]


class TestArchives:
    def test_with_too_many_members_are_refused_without_listing_them(self, given):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as found:
            for number in range(80_000):
                found.writestr(f"{number}.csv", b"")
        path = given(sink.getvalue())
        del sink, found
        tracemalloc.start()
        with pytest.raises(refusals.ZipBomb, match="too many files"):
            decode(path=path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2_000_000

    def test_written_for_more_than_four_gigabytes_tell_their_size_too(self, given):
        content = zipped({"a.csv": b"id;nom\n1;a\n"})
        end = content.rindex(b"PK\x05\x06")
        (start,) = struct.unpack_from("<I", content, end + 16)
        record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 9, 9, 9**9, start)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        last = bytearray(content[end:])
        last[12:16] = b"\xff" * 4
        path = given(content[:end] + record + locator + bytes(last))
        assert files._directory_size(path) == 9**9
        with pytest.raises(refusals.ZipBomb, match="too many files"):
            decode(path=path)

    def test_protected_by_a_password_say_so(self, given):
        content = bytearray(zipped({"a.csv": b"id;nom\n1;a\n"}))
        content[6] |= 1
        content[content.rindex(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(refusals.BrokenZip, match="password"):
            decode(path=given(bytes(content)))

    def test_inside_an_archive_are_weighed_as_well(self, given):
        with pytest.raises(refusals.ZipBomb, match="too much data"):
            decode(path=given(zipped({"inner.zip": zipped({"a.csv": b"0" * 50_000_000})})))


class TestSpreadsheets:
    def test_that_would_not_fit_are_refused_before_they_are_opened(self, given, monkeypatch):
        noise = os.urandom(30_000).hex().encode()
        content = zipped({"xl/workbook.xml": b"<a/>", "xl/worksheets/sheet1.xml": noise})
        monkeypatch.setattr(files, "MAX_SPREADSHEET", 50_000)
        with pytest.raises(refusals.SpreadsheetTooLarge):
            decode(path=given(content, "grand.xlsx"))

    def test_give_dates_merged_cells_and_formulas_without_result(self, given):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["id", "nom", "total", "jour"])
        sheet.append(["A1", "Alpha", "=1+2", dt.date(2025, 12, 31)])
        sheet.append(["A2", None, 12.5, dt.datetime(2025, 12, 31, 10, 30)])  # noqa: DTZ001 - a sheet has no zone
        sheet.merge_cells("A3:B3")
        sink = io.BytesIO()
        book.save(sink)
        with decode(path=given(sink.getvalue(), "x.xlsx")) as found:
            first, second = rows_of(found.tables[0])
        assert first[:2] == ["A1", "Alpha"]
        assert not first[2]
        assert first[3].startswith("2025-12-31")
        assert second[0] == "A2"
        assert not second[1]
        assert second[3].startswith("2025-12-31")
        assert "10:30" in second[3]


class TestJson:
    def test_array_nested_out_of_measure_is_refused(self, read):
        with pytest.raises(refusals.JsonTooDeep):
            read("[" * 100_000 + "]" * 100_000, "x.json")

    @pytest.mark.parametrize("depth", [60, 900, 50_000])
    def test_line_nested_out_of_measure_is_refused_alone(self, read, depth):
        deep = '{"b":' * depth + "1" + "}" * depth
        table = read(f'{{"id":"1"}}\n{{"id":"2","a":{deep}}}\n{{"id":"3"}}\n', "x.jsonl")
        assert [line for line, _ in refused(table)] == [2]
        assert rows_of(table) == [["1"], ["3"]]

    def test_half_a_character_refuses_its_row_and_can_be_shown(self, read):
        table = read('{"id":"1","nom":"A\\ud800"}\n{"id":"2","nom":"B"}\n', "x.jsonl")
        (item,) = [one for one in table.rows() if isinstance(one, Rejection)]
        assert item.code == "import.half_character"
        assert item.row == ("1", "A\ufffd")
        json.dumps(item.row).encode()

    def test_names_that_nothing_can_keep_refuse_the_file(self, read):
        for name in ("x\\u0000y", "x\\ud800"):
            with pytest.raises(refusals.BinaryFile):
                read(f'[{{"id":"1","{name}":"a"}}]', "x.json")


class TestGiantCells:
    @pytest.mark.parametrize("name", sorted(ALL_PARSERS - TEXTS.keys() - {"choice"}))
    @pytest.mark.parametrize("cell", ["1" * 200_000, "1 " * 100_000, "a@a." * 50_000])
    def test_are_never_looked_at_by_parsers(self, name, cell):
        parse = build_parser(
            name=name,
            field=Field("f"),
            notation=Notation("auto", "dmy", ZoneInfo("Europe/Paris"), machine=False),
            currency="EUR",
            rounded=False,
        )
        found = parse(cell)
        assert isinstance(found, Bad)
        assert found.code == "import.value_too_long"
        assert len(found.params["value"]) < 100

    def test_do_not_slow_a_guess_down(self, read):
        table = read("id;nom;note\n" + "".join(f"{n};a;{'x' * 900_000}\n" for n in range(3)))
        assert propose(table=table).entity == "customer"
        assert all(
            len(one) <= 300 for guess in propose(table=table).columns for one in guess.samples
        )


class TestRefusedRowsComingBack:
    @pytest.mark.parametrize(
        "cell", ["=1+1", "'=1+1", "''=1", "@x", "\t=1", "-2+3", "'", "'abc", "-12,50", "+33199", ""]
    )
    def test_have_their_cells_back(self, cell):
        assert restored(neutral(cell)) == cell
        assert not neutral(cell).startswith(("=", "@", "\t"))

    @pytest.mark.parametrize("language", [0, 1])
    def test_are_recognised_in_every_language(self, read, language):
        added = ";".join(names[language] for names in ORIGIN_NAMES.values())
        table = read(f"id;nom;{added}\n1;'=1+1;2;nom;raison;\n")
        assert table.columns == ("id", "nom", *ORIGIN_NAMES)
        assert rows_of(table)[0][:2] == ["1", "=1+1"]

    def test_have_the_names_that_the_catalogues_give(self):
        for language in ("fr", "en"):
            with translation.override(language):
                for column, names in ORIGIN_NAMES.items():
                    assert explain(column, {}) in names


class TestIdentifiers:
    def test_given_twice_by_dirt_still_tell_records_apart(self, read):
        body = "".join(f"U{n};Client {n}\n" for n in range(20)) + "U3;Client 3 bis\n"
        proposal = propose(table=read("id;nom\n" + body))
        assert proposal.draft["entities"][0]["id"] == ["id"]
