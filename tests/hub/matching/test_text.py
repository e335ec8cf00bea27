"""Normal forms in SQL."""

from __future__ import annotations

import pytest

from palier.hub.identity import company_name_key, email_key, fold_text, siren_of
from palier.hub.matching import text
from palier.hub.matching.engines import one_row


@pytest.fixture
def made(engine):
    def work(expression: str, value: str | None) -> str | None:
        given = "CAST(NULL AS VARCHAR)" if value is None else text.quoted(value)
        return one_row(engine, f"SELECT {expression} FROM (SELECT {given} AS x)")[0]

    return work


class TestWords:
    @pytest.mark.parametrize(
        "value", ["Électricité  Générale", "L’Étang & Fils", "  a-b_c ", "E\u0301cole", "7e Ciel"]
    )
    def test_are_those_of_the_exact_keys(self, made, value):
        assert made(text.words("x"), value) == fold_text(value.replace("’", " "))

    @pytest.mark.parametrize("value", [None, "", " ", "!?"])
    def test_are_null_when_nothing_is_left(self, made, value):
        assert made(text.words("x"), value) is None

    def test_keep_letters_of_other_alphabets(self, made):
        assert made(text.words("x"), "Пекарня № 7") == "пекарня 7"

    def test_take_ligatures_apart(self, made):
        assert made(text.words("x"), "Cœur & Sœur") == "coeur soeur"


class TestWithout:
    @pytest.mark.parametrize(
        "value", ["Atelier Fictif SARL", "SAS Atelier", "atelier fictif", "SARL", "Sasha Sarlat"]
    )
    def test_drops_legal_forms_as_the_exact_keys_do(self, made, value):
        found = made(text.without(text.words("x"), text.legal_forms()), value)
        assert found == company_name_key(value)

    def test_knows_a_form_written_with_points(self, made):
        sql = text.without(text.words("x"), text.legal_forms())
        assert made(sql, "S.A.R.L. Atelier") == "atelier"


class TestEmail:
    @pytest.mark.parametrize("value", ["Zoe+lettre@Fictif.example", " zoe@fictif.example "])
    def test_is_that_of_the_exact_keys(self, made, value):
        assert made(text.email("x"), value) == email_key(value)

    @pytest.mark.parametrize("value", [None, "", "zoe", "@", "zoe@"])
    def test_is_null_when_it_is_none(self, made, value):
        assert made(text.email("x"), value) is None


class TestPhone:
    @pytest.mark.parametrize(
        "value", ["+33199000001", "01 99 00 00 01", "0033 1 99 00 00 01", "+33 (0)1.99.00.00.01"]
    )
    def test_reads_french_numbers_alike(self, made, value):
        assert made(text.phone("x"), value) == "0199000001"

    def test_keeps_other_countries_apart(self, made):
        assert made(text.phone("x"), "+32 1 99 00 00 01") == "+32199000001"

    @pytest.mark.parametrize("value", [None, "", "12", "non", "++++++++"[:4]])
    def test_is_null_when_it_is_none(self, made, value):
        assert made(text.phone("x"), value) is None


class TestStreet:
    def test_drops_what_tools_abbreviate(self, made):
        sql = text.street(text.words("x"))
        assert made(sql, "12, bd. de la Paix") == made(sql, "12 boulevard de la paix") == "12 paix"

    def test_keeps_the_number(self, made):
        sql = text.street(text.words("x"))
        assert made(sql, "12 rue de la Paix") != made(sql, "14 rue de la Paix")


class TestSiren:
    def siren(self, made, **fields: str | None) -> str | None:
        columns = {"siren": None, "siret": None, "vat_no": None} | fields
        given = {
            name: "CAST(NULL AS VARCHAR)" if value is None else text.quoted(value)
            for name, value in columns.items()
        }
        said = text.siren_said(given["siren"], given["siret"], given["vat_no"])
        return made(text.valid_siren(f"({said})"), "")

    @pytest.mark.parametrize(
        "fields",
        [
            {"siren": "552100554"},
            {"siret": "55210055400013"},
            {"vat_no": "FR19552100554"},
            {"siren": "552 100 554"},
        ],
    )
    def test_is_found_wherever_it_is_said(self, made, fields):
        assert self.siren(made, **fields) == "552100554"
        compact = {name: value.replace(" ", "") for name, value in fields.items()}
        assert siren_of(compact) == "552100554"

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"siren": "552100555"},
            {"siren": "000000000"},
            {"siren": "55210"},
            {"vat_no": "DE129273398"},
        ],
    )
    def test_is_null_when_its_key_is_wrong(self, made, fields):
        assert self.siren(made, **fields) is None
