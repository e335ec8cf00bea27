"""The parser that a mapping names, with what was decided for its column."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from palier.hub.imports.parsers import dates, identities, numbers, places, text
from palier.hub.imports.parsers.outcome import Bad, Outcome, Parser, bounded
from palier.hub.schema import Field

TEXTS: dict[str, Parser] = {
    "text": text.parse_text,
    "id": text.parse_id,
    "json": text.parse_json,
}
"""Parsers of cells of any length."""
SIMPLE: dict[str, Parser] = {
    "whole": text.parse_whole,
    "bool": text.parse_bool,
    "email": identities.parse_email,
    "phone": identities.parse_phone,
    "siren": identities.parse_siren,
    "siret": identities.parse_siret,
    "vat": identities.parse_vat,
    "iban": identities.parse_iban,
    "domain": identities.parse_domain,
    "country": places.parse_country,
    "currency": places.parse_currency,
}
NUMERIC = frozenset({"int", "money", "minor", "decimal", "percent", "share"})
DATED = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Notation:
    """How a column writes its numbers and dates."""

    mark: numbers.Mark
    order: dates.Order
    timezone: ZoneInfo
    machine: bool


def build_parser(
    *, name: str, field: Field, notation: Notation, currency: str, rounded: bool
) -> Parser:
    """A parser that gives a value of the field's type."""
    if name in TEXTS:
        return TEXTS[name]
    if name == "choice":
        return text.choice_parser(choices=field.choices)
    if name in SIMPLE:
        found = SIMPLE[name]
    elif name in NUMERIC:
        found = _numeric(name, field, notation, currency, rounded=rounded)
    else:
        found = _dated(name, notation)
    found = bounded(found)
    return _as_text(found) if field.type == "text" and name in {"int", "bool"} else found


def _numeric(
    name: str, field: Field, notation: Notation, currency: str, *, rounded: bool
) -> Parser:
    mark, machine = notation.mark, notation.machine
    if name == "money":
        return numbers.money_parser(currency=currency, mark=mark, machine=machine, rounded=rounded)
    if name in {"int", "minor"}:
        return numbers.int_parser(mark=mark, machine=machine)
    if name == "decimal":
        return numbers.decimal_parser(mark=mark, machine=machine)
    if name == "percent" and field.type == "decimal":
        return numbers.percent_points_parser(mark=mark, machine=machine)
    return numbers.share_parser(
        mark=mark, machine=machine, percent=name == "percent", bounded=field.type == "share"
    )


def _dated(name: str, notation: Notation) -> Parser:
    if name == "date":
        return dates.date_parser(order=notation.order, timezone=notation.timezone)
    if name == "epoch_date":
        return dates.epoch_date_parser(timezone=notation.timezone)
    if name == "epoch":
        return dates.datetime_parser(read=dates.epoch_moment)
    return dates.datetime_parser(
        read=dates.moment_parser(order=notation.order, timezone=notation.timezone)
    )


def _as_text(parse: Parser) -> Parser:
    def parse_as_text(cell: str) -> Outcome:
        found = parse(cell)
        if isinstance(found, bool):
            return "true" if found else "false"
        return found if found is None or isinstance(found, Bad) else str(found)

    return parse_as_text
