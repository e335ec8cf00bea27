"""Numbers and amounts. The decimal mark of a column is decided from the column, never guessed per cell.

"1.234" is a thousand in Paris and one and a bit in London: such a cell says nothing about the mark,
and is refused when no other cell of the file does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal, TypeAlias

from palier.hub.imports.parsers.outcome import Bad, Outcome, Parser, bad
from palier.hub.imports.parsers.text import SCIENTIFIC, clean
from palier.kernel.money import minor_digits

Mark: TypeAlias = Literal[",", ".", "auto"]

MAX_DIGITS = 12
"""Digits before the decimal mark: below a thousand billion, minor units annualised 72,000-fold fit in a bigint, and
decimals in the analytical file. More digits are an identifier in the wrong column."""
SPACES = re.compile(r"[\s\u00a0\u202f\u2007\u2009'’]")
SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "zł": ("PLN",),
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN"),
}
CURRENCY = re.compile(
    r"\A([A-Za-z]{3}|[€$£¥]|zł)(?![A-Za-z])|(?<![A-Za-z])([A-Za-z]{3}|[€$£¥]|zł)\Z"
)
MACHINE = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?\Z")
AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}\Z")
FORMS = {
    ",": re.compile(r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?\Z|,\d+\Z"),
    ".": re.compile(r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?\Z|\.\d+\Z"),
}
PLAIN_MARK = re.compile(r"-?\d+([.,])\d{1,2}\Z", re.ASCII)
PLAIN_CENTS = {
    ",": re.compile(rf"(-?)(\d{{1,{MAX_DIGITS}}})(?:,(\d{{1,2}}))?\Z", re.ASCII),
    ".": re.compile(rf"(-?)(\d{{1,{MAX_DIGITS}}})(?:\.(\d{{1,2}}))?\Z", re.ASCII),
}
"""The usual writing of an amount, read without detours."""
GROUPED = re.compile(r"\d+(?:[\s\u00a0\u202f\u2007\u2009'’]\d+)+(?:[.,]\d*)?\Z")
GROUPS_OF_THREE = re.compile(r"\d{1,3}(?:[\s\u00a0\u202f\u2007\u2009'’]\d{3})+(?:[.,]\d*)?\Z")


def decimal_mark(text: str) -> Mark | None:
    """What one cell says of its column's decimal mark; None when it says nothing."""
    if match := PLAIN_MARK.match(text):
        return "," if match[1] == "," else "."
    body = _bare(text)
    if body is None:
        return None
    digits, _, _ = body
    grouped = SPACES.search(digits) is not None
    digits = SPACES.sub("", digits)
    comma, dot = digits.count(","), digits.count(".")
    if not comma and not dot:
        return None
    if comma and dot:
        return "," if digits.rfind(",") > digits.rfind(".") else "."
    if comma > 1 or dot > 1:
        return "." if comma else ","
    if not grouped and AMBIGUOUS.match(digits):
        return None
    return "," if comma else "."


def decide_mark(texts: Iterable[str]) -> Mark:
    """The mark of a column from all its cells; `auto` when they say nothing or contradict each other."""
    found = {mark for text in texts if (mark := decimal_mark(text)) is not None}
    return found.pop() if len(found) == 1 else "auto"


def parse_number(text: str, *, mark: Mark, machine: bool = False) -> Decimal | Bad:
    """An exact decimal. `machine`: written by a programme (JSON, Parquet, spreadsheet number)."""
    stripped = text.strip()
    if machine and MACHINE.match(stripped):
        return bounded(Decimal(stripped), text)
    body = _bare(stripped)
    if body is None:
        return bad("import.number", text)
    spaced, negative, symbol = body
    if symbol:
        return bad("import.number", text)
    return _number(spaced, negative=negative, mark=mark, text=text)


def _number(spaced: str, *, negative: bool, mark: Mark, text: str) -> Decimal | Bad:
    if SCIENTIFIC.match(spaced):
        return bad("import.spreadsheet_damage", text)
    grouped = GROUPED.match(spaced) is not None
    if grouped and not GROUPS_OF_THREE.match(spaced):
        return bad("import.number", text)
    digits = SPACES.sub("", spaced)
    if mark == "auto":
        own = decimal_mark(text)
        if own is None and ("," in digits or "." in digits):
            return bad("import.number_ambiguous", text)
        mark = own or ","
    if not FORMS[mark].match(digits):
        return bad("import.number", text, mark=mark)
    plain = digits.replace("." if mark == "," else ",", "").replace(mark, ".")
    found = Decimal(plain)
    return bounded(-found if negative else found, text)


def bounded(found: Decimal, text: str) -> Decimal | Bad:
    """The number, unless it has more than `MAX_DIGITS` digits before its mark."""
    if found and found.adjusted() >= MAX_DIGITS:
        return bad("import.number_too_large", text)
    return found


def _bare(text: str) -> tuple[str, bool, str] | None:
    """The digits with their separators, whether negative, and the currency written beside them."""
    body = clean(text).replace("\u2212", "-").replace("\u2013", "-")
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
    symbol = ""
    for _ in range(2):
        if body[:1] in {"-", "+"}:
            if negative:
                return None
            negative = body[0] == "-"
            body = body[1:].strip()
        elif body[-1:] == "-" and not negative:
            negative = True
            body = body[:-1].strip()
        if not symbol and (match := CURRENCY.search(body)):
            symbol = (match[1] or match[2]).upper() if match[0] != "zł" else "zł"
            body = (body[: match.start()] + body[match.end() :]).strip(" \u00a0\u202f")
    return (body, negative, symbol) if any(mark.isdigit() for mark in body) else None


def parse_amount(text: str, *, currency: str, mark: Mark, machine: bool = False) -> Decimal | Bad:
    """Major units of the currency, exact; a cell that names another currency is refused."""
    stripped = text.strip()
    if machine and MACHINE.match(stripped):
        return bounded(Decimal(stripped), text)
    body = _bare(stripped)
    if body is None:
        return bad("import.amount", text)
    spaced, negative, symbol = body
    if symbol and currency not in SYMBOLS.get(symbol, (symbol,)):
        return bad("import.currency_mismatch", text, currency=currency)
    found = _number(spaced, negative=negative, mark=mark, text=stripped)
    if isinstance(found, Bad) and found.code == "import.number":
        return bad("import.amount", text)
    return found


def to_minor(amount: Decimal, *, currency: str, rounded: bool = False) -> int | Bad:
    """Minor units. More decimals than the currency has are refused unless `rounded` (half-even)."""
    digits = minor_digits(currency)
    scaled = amount.scaleb(digits)
    whole = scaled.to_integral_value(rounding=ROUND_HALF_EVEN)
    if whole != scaled and not rounded:
        return Bad(
            "import.too_many_decimals",
            {"value": format(amount, "f"), "currency": currency, "digits": str(digits)},
        )
    return int(whole)


def money_parser(*, currency: str, mark: Mark, machine: bool, rounded: bool) -> Parser:
    """Reads amounts in major units into minor units."""
    plain = PLAIN_CENTS["." if machine else mark] if machine or mark != "auto" else None
    cents = plain if minor_digits(currency) == 2 else None

    def parse(text: str) -> Outcome:
        if cents is not None and (match := cents.match(text)):
            minor = int(match[2]) * 100 + int((match[3] or "0").ljust(2, "0"))
            return -minor if match[1] else minor
        amount = parse_amount(text, currency=currency, mark=mark, machine=machine)
        if isinstance(amount, Bad):
            return amount
        return to_minor(amount, currency=currency, rounded=rounded)

    return parse


def int_parser(*, mark: Mark, machine: bool) -> Parser:
    """Reads whole numbers; "12,0" is 12, "12,5" is refused. Grouped thousands need a known mark."""

    def parse(text: str) -> Outcome:
        found = parse_number(text, mark=mark, machine=machine)
        if isinstance(found, Bad):
            return found
        return int(found) if found == found.to_integral_value() else bad("import.int", text)

    return parse


def decimal_parser(*, mark: Mark, machine: bool) -> Parser:
    """Reads exact decimals, as canonical text: "1 234,50" is "1234.5"."""

    def parse(text: str) -> Outcome:
        found = parse_number(text, mark=mark, machine=machine)
        return found if isinstance(found, Bad) else canonical_decimal(found)

    return parse


def canonical_decimal(number: Decimal) -> str:
    """One text per number: no exponent, no trailing zeros, no negative zero."""
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def share_parser(*, mark: Mark, machine: bool, percent: bool, bounded: bool) -> Parser:
    """Reads shares. `percent`: bare numbers are percents; `bounded`: between 0 and 1 only."""

    def parse(text: str) -> Outcome:
        body = clean(text)
        signed = body.endswith("%")
        found = parse_number(body.rstrip("%") if signed else body, mark=mark, machine=machine)
        if isinstance(found, Bad):
            return found
        share = found / 100 if percent or signed else found
        if bounded and not 0 <= share <= 1:
            return bad("import.share", text)
        return canonical_decimal(share)

    return parse


def percent_points_parser(*, mark: Mark, machine: bool) -> Parser:
    """Reads percents that stay percents: "12,5 %" is "12.5"."""
    number = decimal_parser(mark=mark, machine=machine)
    return lambda text: number(clean(text).rstrip("%"))
