from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palier.hub.imports.messages import sentence
from palier.hub.imports.parsers import dates, identities, numbers, places, text
from palier.hub.imports.parsers.outcome import Bad
from palier.hub.imports.propose import look_of

PARIS = ZoneInfo("Europe/Paris")


def code(outcome):
    return outcome.code if isinstance(outcome, Bad) else outcome


def money(value, mark=",", currency="EUR", **more):
    parse = numbers.money_parser(
        currency=currency,
        mark=mark,
        machine=more.get("machine", False),
        rounded=more.get("rounded", False),
    )
    return code(parse(value))


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "mark", "minor"),
        [
            ("1 234,56 €", ",", 123456),
            ("1\u202f234,56\u00a0€", ",", 123456),
            ("1\u00a0234\u00a0567,8", ",", 123456780),
            ("1.234,56", ",", 123456),
            ("1,234.56", ".", 123456),
            ("1'234.50", ".", 123450),
            ("(12,00)", ",", -1200),
            ("-12", ",", -1200),
            ("\u221212,5", ",", -1250),
            ("12,00-", ",", -1200),
            ("- 12,00 €", ",", -1200),
            ("EUR 12,5", ",", 1250),
            ("12", ",", 1200),
            ("0,05", ",", 5),
            (",5", ",", 50),
            ("1.234", ",", 123400),
        ],
    )
    def test_reads_french_and_english_amounts(self, value, mark, minor):
        assert money(value, mark) == minor

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("12,345", "import.too_many_decimals"),
            ("1,234.56", "import.amount"),
            ("12 34,5", "import.amount"),
            ("12.34", "import.amount"),
            ("abc", "import.amount"),
            ("12,5 $", "import.currency_mismatch"),
            ("1,23E+08", "import.spreadsheet_damage"),
            ("9" * 13, "import.number_too_large"),
            ("9" * 13 + ",50", "import.number_too_large"),
            ("9" * 20, "import.number_too_large"),
            ("NaN", "import.amount"),
            ("--5", "import.amount"),
            ("1e400", "import.amount"),
            ("12 km", "import.amount"),
        ],
    )
    def test_refuses_what_is_not_certain(self, value, expected):
        assert money(value) == expected

    def test_refuses_an_ambiguous_cell_of_an_undecided_column(self):
        assert money("1.234", "auto") == "import.number_ambiguous"
        assert money("1.234,50", "auto") == 123450

    def test_reads_a_programme_s_point_whatever_the_column_s_mark(self):
        assert money("1.5", ",", machine=True) == 150

    @pytest.mark.parametrize(
        ("currency", "value", "minor"),
        [("JPY", "1500", 1500), ("KWD", "1,234", 1234), ("GBP", "£2,50", 250)],
    )
    def test_follows_the_currency(self, currency, value, minor):
        assert money(value, ",", currency) == minor

    def test_rounds_only_when_asked(self):
        assert money("12,345", rounded=True) == 1234
        assert money("12,355", rounded=True) == 1236

    def test_reads_zeros_in_front_of_an_amount(self):
        assert money("0000000000000012,50") == 1250

    @given(st.integers(-(10**14) + 1, 10**14 - 1))
    def test_reads_back_any_amount_written_in_french(self, minor):
        sign = "-" if minor < 0 else ""
        written = (
            f"{sign}{abs(minor) // 100:,}".replace(",", "\u202f") + f",{abs(minor) % 100:02} €"
        )
        assert money(written) == minor


class TestDecimalMark:
    @pytest.mark.parametrize(
        ("cells", "mark"),
        [
            (["1.234", "12,50"], ","),
            (["1,234", "12.50"], "."),
            (["1.234"], "auto"),
            (["1.234.567"], ","),
            (["1 234,567"], ","),
            (["0.500"], "."),
            (["1.234,5", "1,234.5"], "auto"),
            (["12", ""], "auto"),
        ],
    )
    def test_is_decided_from_the_column(self, cells, mark):
        assert numbers.decide_mark(cells) == mark


class TestNumbers:
    def test_are_exact(self):
        assert numbers.parse_number("0,1", mark=",") == Decimal("0.1")
        assert code(numbers.decimal_parser(mark=",", machine=False)("1 234,50")) == "1234.5"
        assert code(numbers.decimal_parser(mark=".", machine=True)("1e3")) == "1000"

    def test_that_are_whole_may_be_written_with_zeros(self):
        parse = numbers.int_parser(mark=",", machine=False)
        assert parse("12,0") == 12
        assert code(parse("12,5")) == "import.int"

    def test_become_shares(self):
        percent = numbers.share_parser(mark=",", machine=False, percent=True, bounded=True)
        share = numbers.share_parser(mark=",", machine=False, percent=False, bounded=True)
        assert (
            percent("12,5 %")
            == percent("12,5")
            == share("0,125")
            == share("12,5\u00a0%")
            == "0.125"
        )
        assert code(share("12")) == "import.share"


class TestDates:
    @pytest.mark.parametrize(
        ("value", "order", "day"),
        [
            ("31/12/2025", "dmy", "2025-12-31"),
            ("12/31/2025", "mdy", "2025-12-31"),
            ("03/04/2025", "dmy", "2025-04-03"),
            ("03/04/2025", "mdy", "2025-03-04"),
            ("2025-12-31", "dmy", "2025-12-31"),
            ("20251231", "dmy", "2025-12-31"),
            ("31.12.25", "dmy", "2025-12-31"),
            ("1/2/99", "dmy", "1999-02-01"),
            ("31/12/2025 8:05", "dmy", "2025-12-31"),
            ("46022", "dmy", "2025-12-31"),
            ("1er janvier 2025", "dmy", "2025-01-01"),
            ("31 déc. 2025", "dmy", "2025-12-31"),
            ("Dec 31, 2025", "mdy", "2025-12-31"),
            ("2025-12-31T23:30:00Z", "ymd", "2026-01-01"),
            ("29/02/2024", "dmy", "2024-02-29"),
        ],
    )
    def test_are_read(self, value, order, day):
        assert dates.date_parser(order=order, timezone=PARIS)(value) == day

    @pytest.mark.parametrize(
        ("value", "order", "expected"),
        [
            ("31/12/2025", "mdy", "import.date_order"),
            ("12/31/2025", "dmy", "import.date_order"),
            ("31/02/2025", "dmy", "import.date"),
            ("29/02/2025", "dmy", "import.date"),
            ("31/12/9999", "dmy", "import.date_range"),
            ("hier", "dmy", "import.date"),
            ("12345678", "dmy", "import.date_range"),
            ("03/04/2025", "ymd", "import.date_order"),
        ],
    )
    def test_are_refused(self, value, order, expected):
        assert code(dates.date_parser(order=order, timezone=PARIS)(value)) == expected

    @pytest.mark.parametrize(
        ("value", "instant"),
        [
            ("01/07/2025 14h30", "2025-07-01T12:30:00Z"),
            ("01/12/2025 14:30:05.250", "2025-12-01T13:30:05.250Z"),
            ("2025-07-01T14:30:00+02:00", "2025-07-01T12:30:00Z"),
            ("1/7/2025 2:30 PM", "2025-07-01T12:30:00Z"),
            ("2025-07-01", "2025-06-30T22:00:00Z"),
            ("46022.5", "2025-12-31T11:00:00Z"),
        ],
    )
    def test_with_times_become_instants_from_the_company_s_zone(self, value, instant):
        parse = dates.datetime_parser(read=dates.moment_parser(order="dmy", timezone=PARIS))
        assert parse(value) == instant

    @given(st.dates(min_value=dates.dt.date(1901, 1, 1), max_value=dates.dt.date(2099, 12, 31)))
    def test_written_in_french_read_back(self, day):
        assert (
            dates.date_parser(order="dmy", timezone=PARIS)(day.strftime("%d/%m/%Y"))
            == day.isoformat()
        )


class TestIdentities:
    @pytest.mark.parametrize(
        "value", ["443 061 841", "443061841", "443061841.0", "443.061.841", "44306184100047"]
    )
    def test_siren_is_read(self, value):
        assert identities.parse_siren(value) == "443061841"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("4,43E+08", "import.spreadsheet_damage"),
            ("443061842", "import.siren"),
            ("44306184", "import.siren_form"),
            ("abc", "import.siren_form"),
        ],
    )
    def test_siren_is_refused_with_its_reason(self, value, expected):
        assert code(identities.parse_siren(value)) == expected

    def test_siret_knows_la_poste(self):
        assert identities.parse_siret("356 000 000 49837") == "35600000049837"
        assert code(identities.parse_siret("44306184100048")) == "import.siret"

    def test_vat_numbers_of_europe_are_read(self):
        assert identities.parse_vat("fr 83 404 833 048") == "FR83404833048"
        assert code(identities.parse_vat("FR00404833048")) == "import.vat"
        assert identities.parse_siren("FR83404833048") == "404833048"

    def test_ibans_are_read_without_spaces(self):
        read = identities.parse_iban("fr76 3000 6000 0112 3456 7890 189")
        assert read == "FR7630006000011234567890189"

    @pytest.mark.parametrize("value", ["FR7630006000011234567890188", "30006 00001", "IBAN", ""])
    def test_wrong_ibans_are_refused(self, value):
        assert code(identities.parse_iban(value)) == "import.iban"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("01 99 00 12 34", "+33199001234"),
            ("+33 (0)1 99 00 12 34", "+33199001234"),
            ("0032 2 555 12 12", "+3225551212"),
            ("12", "import.phone"),
            ("3,32E+10", "import.spreadsheet_damage"),
        ],
    )
    def test_phones_become_international(self, value, expected):
        assert code(identities.parse_phone(value)) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("Élodie <Elodie@Exemple.FR>", "elodie@exemple.fr"),
            ("mailto:a@b.fr", "a@b.fr"),
            ("a@b", "import.email"),
            ("a..b@c.fr", "import.email"),
            ("a b@c.fr", "import.email"),
            ("a@b.fr; c@d.fr", "import.email"),
        ],
    )
    def test_addresses_are_lowered_and_checked(self, value, expected):
        assert code(identities.parse_email(value)) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("https://www.Exemple.fr/contact", "exemple.fr"),
            ("exemple.fr", "exemple.fr"),
            ("a@exemple.fr", "exemple.fr"),
            ("néant", "import.domain"),
        ],
    )
    def test_domains_are_taken_from_addresses(self, value, expected):
        assert code(identities.parse_domain(value)) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("États-Unis", "US"),
            ("france", "FR"),
            ("EIRE", "IE"),
            ("de", "DE"),
            ("Syldavie", "import.country"),
        ],
    )
    def test_countries_become_codes(self, value, expected):
        assert code(places.parse_country(value)) == expected


class TestText:
    def test_is_composed_and_without_invisible_characters(self):
        assert text.parse_text(" e\u0301lodie\u200b \u202eabc\ufeff\u00a0") == "élodie abc"
        assert text.parse_text("a\x07b") == "ab"
        assert text.parse_text("\u200b\u00a0") is None

    def test_keeps_formulas_as_text(self):
        assert text.parse_text('=HYPERLINK("http://x")') == '=HYPERLINK("http://x")'

    def test_identifiers_keep_their_zeros(self):
        assert text.parse_id("0007") == "0007"
        assert text.parse_id("3E10") == "3E10"
        assert code(text.parse_id("1,23E+08")) == "import.spreadsheet_damage"
        assert text.parse_whole("17850.0") == "17850"
        assert text.parse_whole("17850.5") == "17850.5"

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("Oui", True),
            ("VRAI", True),
            ("x", True),
            ("0", False),
            ("non", False),
            ("peut-être", "import.bool"),
        ],
    )
    def test_yes_and_no_are_read_in_both_languages(self, value, expected):
        assert code(text.parse_bool(value)) == expected

    def test_choices_ignore_case_and_accents(self):
        parse = text.choice_parser(choices=("won", "lost"))
        assert parse(" WON ") == "won"
        assert code(parse("gagné")) == "import.choice"

    def test_json_has_no_nan(self):
        assert text.parse_json('{"a": 1}') == {"a": 1}
        assert code(text.parse_json('{"a": NaN}')) == code(text.parse_json("[1]")) == "import.json"


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(cell):
    parsers = [
        text.parse_text,
        text.parse_id,
        text.parse_whole,
        text.parse_bool,
        text.parse_json,
        identities.parse_email,
        identities.parse_phone,
        identities.parse_siren,
        identities.parse_siret,
        identities.parse_vat,
        identities.parse_iban,
        identities.parse_domain,
        places.parse_country,
        places.parse_currency,
        numbers.money_parser(currency="EUR", mark="auto", machine=False, rounded=False),
        numbers.share_parser(mark=",", machine=True, percent=True, bounded=True),
        numbers.decimal_parser(mark=".", machine=True),
        dates.date_parser(order="dmy", timezone=PARIS),
        dates.datetime_parser(read=dates.moment_parser(order="mdy", timezone=PARIS)),
        dates.epoch_date_parser(timezone=PARIS),
    ]
    for parse in parsers:
        found = parse(cell)
        if isinstance(found, Bad):
            assert sentence(code=found.code, params=dict(found.params)) != found.code
    look_of(cells=[cell])
