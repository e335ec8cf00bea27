"""The exports of the fictional company: the same every time, invented throughout, dirty as announced."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from stdnum.fr import siren, tva

from palier.demo.exports.files import Export
from palier.demo.generator import write_exports

UNTIL = dt.date(2026, 11, 24)


def digests(paths: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


class TestWriteExports:
    def test_writes_the_same_bytes_in_another_process(
        self, exports: Export, tmp_path: Path
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "palier.demo.generator",
            str(tmp_path),
            "--until",
            "2026-11-24",
        ]

        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout

        again = [tmp_path / path.relative_to(exports.folder) for path in exports.paths]
        assert digests(again) == digests(exports.paths)
        assert "crm-fichette/affaires.csv" in said

    def test_gives_the_files_in_import_order(self, tmp_path: Path) -> None:
        paths = write_exports(folder=tmp_path, until=UNTIL, seed=7)

        folders = list(dict.fromkeys(path.parent.name for path in paths))
        assert folders == [
            "crm-fichette",
            "crm-contactelle",
            "facturation-facturelle",
            "abonnements-abonnette",
            "publicite-affichette",
            "support-guichette",
        ]
        assert all(path.is_file() for path in paths)

    def test_tells_another_story_with_another_seed(self, exports: Export, tmp_path: Path) -> None:
        other = digests(write_exports(folder=tmp_path, until=UNTIL, seed=7))

        assert not set(other.values()) & set(digests(exports.paths).values())

    def test_ends_the_day_before_until(self, exports: Export) -> None:
        days: set[str] = set()
        for path in exports.paths:
            raw = path.read_bytes()
            text = raw.decode("cp1252" if path.parent.name == "crm-fichette" else "utf-8")
            days |= set(re.findall(r"\b\d{4}-\d{2}-\d{2}\b", text))
            days |= {f"{y}-{m}-{d}" for d, m, y in re.findall(r"\b(\d{2})/(\d{2})/(\d{4})\b", text)}
        future = {day for day in days if day >= UNTIL.isoformat()}
        lines = (exports.folder / "abonnements-abonnette/recurring_lines.jsonl").read_text(
            encoding="utf-8"
        )
        announced = {json.loads(line)["ends_on"] for line in lines.splitlines()}
        invoices = (exports.folder / "facturation-facturelle/factures.csv").read_text(
            encoding="utf-8-sig"
        )
        due = {
            "-".join(reversed(row["Échéance"].split("/")))
            for row in csv.DictReader(invoices.splitlines(), delimiter=";")
        }
        assert future <= announced | due


class TestFormats:
    def test_the_first_crm_is_windows_1252_and_not_utf_8(self, exports: Export) -> None:
        raw = (exports.folder / "crm-fichette/societes.csv").read_bytes()

        with pytest.raises(UnicodeDecodeError):
            raw.decode("utf-8")
        assert raw.decode("cp1252").startswith("Réf;Raison sociale;SIREN")

    def test_invoicing_has_a_byte_order_mark_and_decimal_commas(self, exports: Export) -> None:
        raw = (exports.folder / "facturation-facturelle/factures.csv").read_bytes()

        assert raw.startswith(b"\xef\xbb\xbf")
        assert re.search(rb";\d+,\d\d;", raw)


class TestInvention:
    def test_every_siren_and_vat_number_is_valid_and_fictional(self, exports: Export) -> None:
        found = json.loads(
            (exports.folder / "facturation-facturelle/clients.json").read_text(encoding="utf-8")
        )

        numbers = [(one["siren"], one["tva"]) for one in found["clients"] if one["siren"]]
        assert len(numbers) > 200
        assert all(
            siren.is_valid(a) and a.startswith("9990") and tva.is_valid(b) for a, b in numbers
        )
        assert len(set(numbers)) == len(numbers)

    def test_addresses_and_phones_are_reserved_ones(self, exports: Export) -> None:
        raw = (exports.folder / "crm-contactelle/contacts.csv").read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(raw.splitlines()))

        assert all(row["email"].endswith(".example") for row in rows if row["email"])
        assert all(row["mobile"].startswith("06 39 98 ") for row in rows)

    def test_phone_numbers_identify_one_company_each(self, exports: Export) -> None:
        raw = (exports.folder / "crm-contactelle/companies.csv").read_text(encoding="utf-8-sig")
        phones = [row["phone"] for row in csv.DictReader(raw.splitlines())]

        assert len(phones) == len(set(phones))
        assert all(phone.startswith("01 99 00 ") for phone in phones)


class TestDirt:
    def test_is_planted_in_the_announced_quantity(self, exports: Export) -> None:
        dirt = exports.dirt
        assert dirt["duplicate_same_key"] == 14
        assert dirt["duplicate_misspelt"] == 9
        assert dirt["invalid_siren"] == 9
        assert dirt["changed_name"] == 12
        assert dirt["deal_without_company"] == 11
        assert dirt["wrong_date"] == 9
        assert dirt["ticket_of_a_stranger"] == dirt["total_row"] == 1
        assert (
            min(
                dirt[name]
                for name in (
                    "missing_siren",
                    "missing_email",
                    "missing_phone",
                    "missing_mobile",
                    "missing_site",
                    "trailing_space",
                    "mixed_case",
                    "mixed_case_owner",
                    "late_payment",
                    "credit_note",
                    "invoice_paid_in_parts",
                )
            )
            > 0
        )

    def test_every_name_is_explained_in_the_module(self, exports: Export) -> None:
        from palier.demo import generator

        assert all(name in (generator.__doc__ or "") for name in exports.dirt)
