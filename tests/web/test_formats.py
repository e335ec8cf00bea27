from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from palier.kernel.money import Money
from palier.web import formats
from palier.web.fields import DecimalField, MoneyField

NB, NNB = "\u00a0", "\u202f"


@pytest.fixture(autouse=True)
def french():
    with translation.override("fr"):
        yield


@pytest.fixture
def english():
    with translation.override("en"):
        yield


class TestMoney:
    @pytest.mark.parametrize(
        ("minor", "said"),
        [
            (123_456_789, f"1{NNB}234{NNB}568{NB}€"),
            (12_345, f"123,45{NB}€"),
            (12_300, f"123{NB}€"),
            (0, f"0{NB}€"),
            (-12_345, f"−123,45{NB}€"),
        ],
    )
    def test_groups_digits_and_sets_the_sign_as_french_does(self, minor, said):
        assert formats.money(minor) == said

    def test_shows_cents_when_asked(self):
        assert formats.money(123_456_789, cents=True) == f"1{NNB}234{NNB}567,89{NB}€"

    def test_keeps_the_minor_unit_of_each_currency(self):
        assert formats.money(1_500, "JPY") == f"1{NNB}500{NB}JPY" or "¥" in formats.money(
            1_500, "JPY"
        )
        assert formats.money(1_500, "TND", cents=True).startswith("1,500")

    def test_writes_thousands_and_millions_short(self):
        assert formats.money(1_234_500, compact=True) == f"12,3{NB}k€"
        assert formats.money(123_456_789, compact=True) == f"1,2{NB}M€"
        assert formats.money(-123_456_789, compact=True, signed=True) == f"−1,2{NB}M€"
        assert formats.money(999_900, compact=True) == f"9{NNB}999{NB}€"

    def test_says_what_is_unknown(self):
        assert formats.money(None) == "—"

    def test_puts_the_currency_first_in_english(self, english):
        assert formats.money(123_456_789, cents=True) == "€1,234,567.89"
        assert formats.money(123_456_789, compact=True) == "€1.2M"


class TestPercentAndPoints:
    @pytest.mark.parametrize(
        ("share", "said"),
        [
            ("0.034", f"3,4{NB}%"),
            ("0.03", f"3{NB}%"),
            ("1.5", f"150{NB}%"),
            ("-0.001", f"−0,1{NB}%"),
            ("-0.00001", f"0{NB}%"),
        ],
    )
    def test_reads_a_share(self, share, said):
        assert formats.percent(Decimal(share)) == said

    def test_counts_differences_of_shares_in_points(self):
        assert formats.points(Decimal("0.012")) == f"+1,2{NB}pt"

    def test_leaves_no_space_in_english(self, english):
        assert formats.percent(0.1234) == "12.3%"


class TestDurations:
    def test_agree_with_their_number(self):
        assert formats.days(1) == f"1{NB}jour"
        assert formats.days(Decimal("12.4")) == f"12{NB}jours"
        assert formats.days(Decimal("1.5"), decimals=1) == f"1,5{NB}jour"
        assert formats.months(Decimal("7.5")) == f"7,5{NB}mois"


class TestFigure:
    @pytest.mark.parametrize(
        ("unit", "value", "said"),
        [
            ("money", 125_000, f"1{NNB}250{NB}€"),
            ("share/month", Decimal("0.021"), f"2,1{NB}%"),
            ("days", 42, f"42{NB}jours"),
            ("ratio", Decimal("3.14159"), "3,1"),
            ("count", 1234, f"1{NNB}234"),
            ("count", None, "—"),
        ],
    )
    def test_writes_each_unit_its_own_way(self, unit, value, said):
        assert formats.figure(value, unit) == said


class TestCentsBeside:
    def test_leaves_them_out_as_soon_as_one_amount_is_large(self):
        assert formats.cents_beside([35_052, -434_300]) is False
        assert formats.cents_beside([35_052, None]) is None
        assert formats.cents_beside([35_052], "JPY") is False


class TestDifference:
    def test_never_says_that_a_loss_grew_when_it_shrank(self):
        found = formats.difference(value=-16_400, before=-24_600, unit="money", polarity="higher")

        assert found is not None
        assert found.text == "+82\u00a0€"
        assert found.verdict == "good"

    def test_is_bad_when_churn_rises(self):
        moved = formats.difference(
            value=Decimal("0.03"), before=Decimal("0.02"), unit="share", polarity="lower"
        )
        assert (moved.text, moved.direction, moved.verdict, moved.icon) == (
            f"+1{NB}pt",
            "up",
            "bad",
            "arrow-up",
        )

    def test_is_good_when_revenue_rises(self):
        moved = formats.difference(value=112_000, before=100_000, unit="money", polarity="higher")
        assert (moved.text, moved.verdict) == (f"+12{NB}%", "good")

    def test_speaks_the_unit_when_it_starts_from_nothing(self):
        moved = formats.difference(value=112_000, before=0, unit="money", polarity="higher")
        assert moved.text == f"+1{NNB}120{NB}€"

    def test_judges_nothing_without_polarity(self):
        assert formats.difference(value=1, before=2, unit="count").verdict == "idle"

    def test_is_absent_when_a_side_is_unknown(self):
        assert formats.difference(value=None, before=2, unit="count") is None


class TestDays:
    def test_say_the_first_as_french_does_and_the_rest_alone(self):
        assert formats.day(dt.date(2026, 11, 1)) == "1er novembre 2026"
        assert formats.day(dt.date(2026, 11, 1), form="medium") == "1er nov. 2026"
        assert formats.day(dt.date(2026, 11, 1), form="full") == "dimanche 1er novembre 2026"
        assert formats.day(dt.date(2026, 11, 1), form="short") == "01/11/2026"
        assert formats.day(dt.date(2026, 11, 11)) == "11 novembre 2026"
        assert formats.day(dt.date(2026, 11, 21)) == "21 novembre 2026"

    def test_stay_english_in_english(self, english):
        assert formats.day(dt.date(2026, 11, 1)) == "1 November 2026"

    @pytest.mark.parametrize(
        ("grain", "long", "short"),
        [
            ("month", "novembre 2026", "nov."),
            ("quarter", "T4 2026", "T4"),
            ("year", "2026", "2026"),
        ],
    )
    def test_name_their_period(self, grain, long, short):
        start = dt.date(2026, 11, 16)
        assert formats.period(start, grain) == long
        assert formats.period(start, grain, short=True) == short

    def test_take_the_year_of_the_week_not_of_the_day(self):
        assert formats.period(dt.date(2024, 12, 30), "week").endswith("01 2025")

    def test_include_the_last_day_of_a_half_open_span(self):
        assert formats.span(dt.date(2026, 11, 1), dt.date(2026, 12, 1)) == "1er–30 nov. 2026"

    def test_keep_the_24_hour_clock(self):
        assert (
            formats.instant(dt.datetime(2026, 11, 1, 20, 5, tzinfo=dt.UTC))
            == "1er nov. 2026, 21:05"
        )


class TestFreshness:
    NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

    def test_counts_back_then_gives_the_day(self):
        hours = formats.freshness(self.NOW - dt.timedelta(hours=3), now=self.NOW)
        assert hours == f"il{NB}y{NB}a{NB}3{NB}heures"
        assert "1er nov. 2026" in formats.freshness(
            dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC), now=self.NOW
        )


class TestDecimalField:
    @pytest.mark.parametrize("language", ["fr", "en"])
    @pytest.mark.parametrize(
        ("typed", "read"),
        [
            ("1234,56", "1234.56"), ("1234.56", "1234.56"), ("1 234,56", "1234.56"),
            (f"1{NB}234,56", "1234.56"), (f"1{NNB}234,56", "1234.56"), ("1\u2009234.56", "1234.56"),
            ("−12,5", "-12.5"), ("-12.5", "-12.5"), ("+3", "3"), (",5", "0.5"), ("0", "0"),
            ("1,234.56", "1234.56"), ("1.234,56", "1234.56"), ("1,234,567", "1234567"), ("0,125", "0.125"),
        ],
    )  # fmt: skip
    def test_reads_what_people_type(self, language, typed, read):
        with translation.override(language):
            assert DecimalField().clean(typed) == Decimal(read)

    @pytest.mark.parametrize(
        "typed", ["12 34,5", "1,2,3", "abc", "12€", "1e5", "--1", "-", "1 234 5", "NaN", "1,23.45"]
    )
    def test_refuses_what_is_no_number(self, typed):
        with pytest.raises(ValidationError) as refused:
            DecimalField().clean(typed)
        assert refused.value.error_list[0].code == "invalid"

    def test_takes_a_comma_for_decimals_in_french(self):
        assert DecimalField().clean("1,234") == Decimal("1.234")

    def test_asks_in_english_when_a_comma_could_mean_either(self, english):
        with pytest.raises(ValidationError) as refused:
            DecimalField().clean("1,234")
        assert refused.value.error_list[0].code == "ambiguous"

    def test_shows_an_initial_value_as_the_reader_types_it(self):
        assert DecimalField().prepare_value(Decimal("1234.50")) == "1234,50"

    def test_is_none_when_empty_and_not_required(self):
        assert DecimalField(required=False).clean("") is None


class TestMoneyField:
    def test_gives_minor_units(self):
        assert MoneyField().clean(f"1{NNB}234,5") == Money(123_450)

    def test_refuses_fractions_of_a_cent(self):
        with pytest.raises(ValidationError):
            MoneyField().clean("1,234")
