from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from palier.hub.imports.decode import decode, refusals
from palier.hub.imports.decode.encoding import repaired
from palier.hub.records import Rejection


def good_rows(table):
    return [item[1] for item in table.rows() if not isinstance(item, Rejection)]


def refused_rows(table):
    return [(item.line, item.code) for item in table.rows() if isinstance(item, Rejection)]


def notices(table):
    return [notice.code for notice in table.notices]


ROWS = [["007", "Élodie"], ["008", "Zoë"]]


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "notice"),
        [
            ("utf-8", []),
            ("utf-8-sig", []),
            ("cp1252", ["import.windows_1252"]),
            ("utf-16", ["import.utf16"]),
        ],
    )
    def test_are_told_from_the_bytes(self, read, encoding, notice):
        table = read("id;nom\n007;Élodie\n008;Zoë\n".encode(encoding))
        assert table.columns == ("id", "nom")
        assert good_rows(table) == ROWS
        assert notices(table) == notice

    def test_without_byte_order_mark_include_utf_16(self, read):
        assert good_rows(read("id;nom\n007;Élodie\n008;Zoë\n".encode("utf-16-le"))) == ROWS

    def test_mixed_in_one_file_are_each_read_and_told_with_the_first_line(self, read):
        table = read("id;nom\n007;Élodie\n".encode() + "008;Zoë\n".encode("cp1252"))
        assert good_rows(table) == ROWS
        assert table.notices[0].params == {"line": "3"}
        assert notices(table) == ["import.mixed_encodings"]

    def test_an_accident_of_two_bytes_is_not_a_mix(self, read):
        text = "id;nom\n1;«\u00a0CAFÉ»\n" + "2;Société générale à côté\n" * 10
        table = read(text.encode("cp1252"))
        assert notices(table) == ["import.windows_1252"]
        assert good_rows(table)[0][1] == "«\u00a0CAFÉ»"

    def test_double_encoding_is_repaired_and_told(self, read):
        damaged = (
            "Société d’Élodie".encode().decode("cp1252", "replace").replace("\ufffd", "\u0089")
        )
        table = read(f"id;nom\n1;{damaged}\n2;Âge\n")
        assert notices(table) == ["import.double_encoded"]
        assert good_rows(table)[1] == ["2", "Âge"]
        assert good_rows(table)[0][1].startswith("Société d’")

    @given(st.text(alphabet="aéèàçôïœ'’ ", min_size=1))
    def test_repair_leaves_right_accents_alone(self, text):
        assert repaired(text) == text


class TestHeaders:
    def test_blank_over_an_empty_trailing_column_is_dropped_with_a_notice(self, read):
        table = read("id;nom;\n1;a;\n2;b;\n")
        assert table.columns == ("id", "nom")
        assert good_rows(table) == [["1", "a"], ["2", "b"]]
        assert notices(table) == ["import.blank_column_dropped"]

    def test_blank_over_values_gets_a_name_with_a_notice(self, read):
        table = read("id;;nom\n1;x;a\n")
        assert table.columns == ("id", "column_2", "nom")
        assert notices(table) == ["import.blank_column_named"]

    def test_twice_over_different_values_is_refused_naming_it(self, read):
        with pytest.raises(refusals.DuplicateHeader, match="same name: Nom"):
            read("id;Nom;nom\n1;a;b\n")

    def test_twice_over_the_same_values_keeps_one(self, read):
        table = read("id;nom;nom\n1;a;a\n2;b;b\n")
        assert table.columns == ("id", "nom")
        assert notices(table) == ["import.duplicate_column_dropped"]

    def test_missing_is_told_and_numbered(self, read):
        table = read("1;2025-01-01;12,5\n2;2025-01-02;13,5\n")
        assert table.columns == ("column_1", "column_2", "column_3")
        assert len(good_rows(table)) == 2
        assert notices(table) == ["import.no_header"]

    def test_below_titles_are_found(self, read):
        table = read(
            "Rapport des campagnes\nDu 1er au 31 mars\n\nJour;Campagne;Coût\n1;a;2\n2;b;3\n"
        )
        assert table.columns == ("Jour", "Campagne", "Coût")
        assert notices(table) == ["import.preamble"]
        assert [line for line, _ in table.rows()] == [5, 6]

    def test_alone_are_a_notice_not_a_refusal(self, read):
        table = read("id;nom\n")
        assert good_rows(table) == []
        assert notices(table) == ["import.header_only"]

    def test_more_than_a_thousand_are_refused(self, read):
        with pytest.raises(refusals.TooManyColumns, match="10000 columns"):
            read(";".join(f"c{at}" for at in range(10_000)) + "\n" + ";".join("1" * 10_000) + "\n")


class TestRows:
    @pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
    def test_are_split_at_the_mark_of_the_file(self, read, mark):
        table = read(f"id{mark}nom{mark}montant\n1{mark}a{mark}2.5\n2{mark}b{mark}3.5\n")
        assert table.columns == ("id", "nom", "montant")

    def test_with_decimal_commas_are_split_at_semicolons(self, read):
        assert good_rows(read("id;montant\n1;2,50\n2;3,75\n"))[0] == ["1", "2,50"]

    def test_after_a_sep_line_use_its_mark(self, read):
        table = read("sep=|\nid|nom\n1|a;b\n")
        assert table.columns == ("id", "nom")
        assert notices(table) == ["import.sep_line"]

    def test_of_one_column_stay_whole(self, read):
        assert good_rows(read("nom\nDupont, Jean\nMartin, Paul\n")) == [
            ["Dupont, Jean"],
            ["Martin, Paul"],
        ]

    def test_keep_leading_zeros_and_long_identifiers(self, read):
        assert good_rows(read("cp;siren\n01000;443061841\n")) == [["01000", "443061841"]]

    def test_with_quoted_line_ends_keep_their_line_numbers(self, read):
        table = read('id;note\n1;"deux\r\nlignes"\n2;"a\nb\nc"\n3;fin\n')
        assert [line for line, _ in table.rows()] == [2, 4, 7]

    def test_ended_by_returns_only_are_read(self, read):
        assert good_rows(read("id;nom\r1;a\r2;b\r")) == [["1", "a"], ["2", "b"]]

    def test_that_are_ragged_are_refused_with_their_line(self, read):
        table = read("id;nom;v\n1;a;b\n2;a\n3;a;b;c\n4;a;b;\n\n;;\n5;a;b\n")
        assert refused_rows(table) == [(3, "import.ragged"), (4, "import.ragged")]
        assert [row[0] for row in good_rows(table)] == ["1", "4", "5"]

    def test_that_never_follow_the_header_refuse_the_file(self, read):
        with pytest.raises(refusals.NoStructure):
            read("a,b\n1,2,3\n4,5,6\n7,8,9\n")

    def test_one_bad_in_two_hundred_thousand_is_found_at_its_line(self, read):
        lines = ["id;nom"] + [f"{at};x" for at in range(200_000)]
        lines[123_456] = "seul"
        table = read("\n".join(lines) + "\n")
        assert refused_rows(table) == [(123_457, "import.ragged")]
        assert len(good_rows(table)) == 199_999

    def test_with_an_open_quotation_mark_are_refused_alone(self, read):
        lines = [f"{at};x" for at in range(500)]
        lines[10] = '10;"ouvert'
        table = read("id;nom\n" + "\n".join(lines) + "\n")
        assert refused_rows(table) == [(12, "import.unclosed_quote")]
        assert len(good_rows(table)) == 499

    def test_with_an_open_quotation_mark_closed_by_another_row_are_refused_alone(self, read):
        table = read('id;nom;v\n1;"Dupont;x\n2;"Durand";y\n3;a;z\n')
        assert refused_rows(table) == [(2, "import.unclosed_quote")]
        assert [row[0] for row in good_rows(table)] == ["2", "3"]

    def test_with_nul_are_refused_and_the_others_kept(self, read):
        table = read("id;nom\n" + "1;a\n" * 500 + "2;b\0b\n")
        assert refused_rows(table) == [(502, "import.nul")]

    @pytest.mark.parametrize("size", [1_000_001, 10_000_000, 40_000_000])
    def test_with_a_huge_cell_are_refused_in_bounded_memory(self, read, size):
        content = b"id;nom\n1;a\n2;" + b"x" * size + b"\n3;c\n"
        tracemalloc.start()
        table = read(content)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert refused_rows(table) == [(3, "import.cell_too_large")]
        peak = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        assert [row[0] for row in good_rows(table)] == ["1", "3"]
        assert peak < 150_000_000


class TestForeignFiles:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n" + bytes(200), "an image"),
            (b"\xff\xd8\xff\xe0" + bytes(200), "an image"),
            (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
            (b"<!DOCTYPE html><html><body>", "a web page"),
            (b"\xef\xbb\xbf  <table><tr><td>1</td></tr></table>", "a web page"),
            (b"\x1f\x8b\x08\x00", "a compressed file"),
        ],
    )
    def test_named_csv_are_refused_for_what_they_are(self, read, content, kind):
        with pytest.raises(refusals.NotATable, match=kind):
            read(content)

    def test_of_bytes_are_refused(self, read):
        with pytest.raises(refusals.BinaryFile):
            read(b"id;nom\n" + bytes(range(256)) * 20)

    @pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
    def test_that_are_empty_are_refused(self, read, content):
        with pytest.raises(refusals.EmptyFile):
            read(content)

    def test_that_are_spreadsheets_named_csv_are_read_and_told(self, read):
        table = read(spreadsheet({"Clients": [["id", "nom"], ["007", "Zoë"]]}))
        assert good_rows(table) == [["007", "Zoë"]]
        assert notices(table) == ["import.content_differs"]


class TestJson:
    def test_array_keeps_numbers_as_written(self, read):
        table = read(
            '[{"id": "007", "v": 1.10, "n": 12345678901234567890}, {"id": null, "extra": true}]',
            "x.json",
        )
        assert table.columns == ("id", "v", "n", "extra")
        assert good_rows(table)[0] == ["007", "1.10", "12345678901234567890", None]
        assert table.machine

    def test_object_that_holds_one_array_is_read(self, read):
        table = read(
            '{"meta": {"n": 2}, "items": [{"id": 1, "a": {"city": "Lyon"}}, {"id": 2}], "next": null}',
            "x.json",
        )
        assert table.columns == ("id", "a.city")
        assert len(good_rows(table)) == 2

    @pytest.mark.parametrize(
        "content",
        ['{\n"a": 1, "b": {"c": 2}\n}', '{"a": [{"x": 1}], "b": [{"y": 1}]}', "[1, 2, 3]"],
    )
    def test_without_one_array_of_objects_is_refused(self, read, content):
        with pytest.raises((refusals.JsonShape, refusals.BrokenJson)):
            read(content, "x.json")

    def test_that_breaks_says_where(self, read):
        with pytest.raises(refusals.BrokenJson, match="character"):
            read('[{"id": 1}, {"id": 2', "x.json")

    def test_lines_refuse_the_broken_ones_alone(self, read):
        table = read('{"id": 1, "n": 2.50}\n\n{"id": \n{"id": 3}\n[4]\n', "x.jsonl")
        assert refused_rows(table) == [(3, "import.not_json"), (5, "import.not_an_object")]
        assert good_rows(table) == [["1", "2.50"], ["3", None]]

    def test_streams_a_long_array(self, read):
        items = [{"id": at, "text": "é" * 50} for at in range(20_000)]
        assert len(good_rows(read(json.dumps(items, ensure_ascii=False), "x.json"))) == 20_000


class TestParquet:
    def test_gives_texts_without_float_damage(self, read):
        table = pa.table(
            {
                "id": ["007", "008"],
                "siren": pa.array([443061841.0, None]),
                "day": pa.array([0, 1], pa.date32()),
                "amount": pa.array([1250, 99], pa.int64()),
                "tags": [["a"], []],
            }
        )
        sink = io.BytesIO()
        parquet.write_table(table, sink)
        found = read(sink.getvalue(), "x.parquet")
        assert good_rows(found)[0] == ["007", "443061841", "1970-01-01", "1250", '["a"]']

    def test_that_is_damaged_is_refused(self, read):
        with pytest.raises(refusals.BrokenParquet):
            read(b"PAR1" + bytes(50) + b"PAR1", "x.parquet")


class TestSpreadsheet:
    def test_gives_one_table_per_sheet(self, tmp_path):
        path = tmp_path / "x.xlsx"
        path.write_bytes(
            spreadsheet(
                {
                    "A": [["id", "v"], ["01", 12.5]],
                    "B": [["Titre"], ["id", "n", "m"], ["x", "y", "z"]],
                    "Vide": [],
                }
            )
        )
        with decode(path=path) as found:
            assert [table.name for table in found.tables] == ["x.xlsx/A", "x.xlsx/B"]
            assert good_rows(found.tables[0]) == [["01", "12.5"]]
            assert found.tables[1].columns == ("id", "n", "m")
            assert "import.sheet_empty" in notices(found.tables[0])

    def test_that_is_damaged_is_refused(self, tmp_path):
        path = tmp_path / "x.xlsx"
        path.write_bytes(archive({"xl/workbook.xml": b"<nope"}))
        with pytest.raises(refusals.BrokenSpreadsheet):
            decode(path=path)


class TestArchive:
    def test_gives_the_tables_and_the_refusals_of_its_members(self, tmp_path):
        content = archive(
            {
                "clients.csv": b"id;nom\n1;a\n",
                "sub/deals.json": b'[{"id": 1}]',
                "logo.csv": b"\x89PNG123",
                "__MACOSX/._clients.csv": b"junk",
                "inner.zip": archive({"x.tsv": b"id\tnom\n1\ta\n"}),
            }
        )
        path = tmp_path / "export.zip"
        path.write_bytes(content)
        with decode(path=path) as found:
            assert [table.name for table in found.tables] == [
                "clients.csv",
                "sub/deals.json",
                "x.tsv",
            ]
            assert [(name, refusal.code) for name, refusal in found.refused] == [
                ("logo.csv", "import.not_a_table")
            ]
            assert good_rows(found.tables[2]) == [["1", "a"]]

    def test_that_would_explode_is_refused_before_it_does(self, tmp_path):
        path = tmp_path / "bomb.zip"
        path.write_bytes(archive({"a.csv": b"0" * 50_000_000}))
        with pytest.raises(refusals.ZipBomb):
            decode(path=path)

    def test_that_lies_about_its_size_is_refused(self, tmp_path):
        content = bytearray(archive({"a.csv": b"id;nom\n" + b"1;a\n" * 100_000}))
        at = content.rindex(b"PK\x01\x02")
        content[at + 24 : at + 28] = struct.pack("<I", 10)
        path = tmp_path / "liar.zip"
        path.write_bytes(bytes(content))
        with pytest.raises((refusals.ZipBomb, refusals.BrokenZip)):
            decode(path=path)

    def test_nested_too_deep_is_refused(self, tmp_path):
        content = archive({"x.csv": b"id;n\n1;a\n"})
        for _ in range(3):
            content = archive({"inner.zip": content})
        path = tmp_path / "deep.zip"
        path.write_bytes(content)
        with pytest.raises(refusals.ZipBomb, match="archives inside archives"):
            decode(path=path)

    @pytest.mark.parametrize(
        "name", ["../evil.csv", "/etc/passwd", "C:\\evil.csv", "a/../../b.csv"]
    )
    def test_with_an_unsafe_path_is_refused(self, tmp_path, name):
        path = tmp_path / "evil.zip"
        path.write_bytes(archive({name: b"id;n\n1;a\n"}))
        with pytest.raises(refusals.UnsafePath):
            decode(path=path)

    def test_with_nothing_to_read_is_refused(self, tmp_path):
        path = tmp_path / "empty.zip"
        path.write_bytes(archive({}))
        with pytest.raises(refusals.EmptyZip):
            decode(path=path)

    def test_leaves_nothing_behind(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
        (tmp_path / "tmp").mkdir()
        path = tmp_path / "export.zip"
        path.write_bytes(archive({"clients.csv": b"id;nom\n1;a\n"}))
        with decode(path=path):
            assert list((tmp_path / "tmp").iterdir())
        assert not list((tmp_path / "tmp").iterdir())


def archive(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in members.items():
            found.writestr(name, content)
    return sink.getvalue()


def spreadsheet(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_a_full_disk_has_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "export.zip"
    path.write_bytes(archive({"clients.csv": b"id;nom\n1;a\n"}))
    monkeypatch.setattr("palier.hub.imports.decode.files._unpack", full)
    with pytest.raises(refusals.NoSpace):
        decode(path=path)
