"""Countries and currencies as codes."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from palier.hub.imports.parsers.outcome import Outcome, bad
from palier.hub.imports.parsers.text import clean, folded

OTHER_NAMES = {
    "uk": "GB",
    "great britain": "GB",
    "grande bretagne": "GB",
    "angleterre": "GB",
    "england": "GB",
    "scotland": "GB",
    "eire": "IE",
    "usa": "US",
    "etats unis d amerique": "US",
    "united states of america": "US",
    "rsa": "ZA",
    "holland": "NL",
    "hollande": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "republique tcheque": "CZ",
    "korea": "KR",
    "south korea": "KR",
    "coree": "KR",
    "russie": "RU",
    "russian federation": "RU",
    "philipines": "PH",
    "france metropolitaine": "FR",
    "turkey": "TR",
    "uae": "AE",
    "hong kong": "HK",
    "brasil": "BR",
    "deutschland": "DE",
    "espana": "ES",
    "italia": "IT",
    "suisse romande": "CH",
}
"""Usual names that the common locale data does not hold."""


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("fr", "en"):
        for code, name in Locale(language).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "ZZ", "XA", "XB"}:
                found.setdefault(folded(name), code)
                found.setdefault(code.lower(), code)
    return {**found, **OTHER_NAMES}


def parse_country(text: str) -> Outcome:
    """A country's two-letter code from its code or its French or English name."""
    return _countries().get(folded(clean(text))) or bad("import.country", text)


@cache
def _currencies() -> frozenset[str]:
    return frozenset(Locale("en").currencies)


def parse_currency(text: str) -> Outcome:
    """A currency's code from its code, or from a sign that is one currency's only."""
    found = clean(text).upper()
    found = {"€": "EUR", "£": "GBP"}.get(found, found)
    return found if found in _currencies() else bad("import.currency", text)
