"""Plain text, identifiers, yes/no and choices."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping

from palier.hub.imports.parsers.outcome import Outcome, Parser, bad
from palier.hub.records import JSON
from palier.kernel.alphabet import without_accents

INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control, zero-width and direction characters: they make equal texts differ, or read reversed."""
OUTER = " \t\r\n\u00a0\u202f\u2007\u2009\u3000"
SPACES_AND_DOTS = re.compile(r"[\s.\-\u00a0\u202f]")
WHOLE = re.compile(r"(-?\d+)[.,]0+\Z")
SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{2,3}\Z")
"""How a spreadsheet shows a long identifier after having lost its digits."""
TRUE = frozenset(["oui", "o", "vrai", "true", "yes", "y", "1", "x", "✓", "✔", "actif", "on"])
FALSE = frozenset(["non", "n", "faux", "false", "no", "0", "inactif", "off"])


def clean(text: str) -> str:
    """The text composed (NFC), without invisible characters nor outer space."""
    if text.isascii():
        if text.isprintable():
            return text.strip()
    elif not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return INVISIBLE.sub("", text).strip(OUTER)


def folded(text: str) -> str:
    """The text for comparison: no accents, no case, words separated by one space."""
    if not text.isascii():
        text = without_accents(text)
    return " ".join(re.sub(r"[^0-9a-z]+", " ", text.lower()).split())


def parse_text(text: str) -> Outcome:
    """Any text; formulas stay text, they are neutralised where a file is written."""
    if text.isascii() and text.isprintable():
        return text.strip() or None
    return clean(text) or None


def parse_id(text: str) -> Outcome:
    """An identifier exactly as written, leading zeros included."""
    found = text.strip() if text.isascii() and text.isprintable() else clean(text)
    if "+" in found and SCIENTIFIC.match(found):
        return bad("import.spreadsheet_damage", text)
    return found or None


def parse_whole(text: str) -> Outcome:
    """An identifier that a spreadsheet turned into a number: "17850.0" is "17850"."""
    found = parse_id(text)
    if isinstance(found, str) and (match := WHOLE.match(found)):
        return match[1]
    return found


def parse_bool(text: str) -> Outcome:
    """Yes or no, in French or English, 1/0, or a tick."""
    word = clean(text).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    return bad("import.bool", text)


def parse_json(text: str) -> Outcome:
    """A JSON object; NaN and infinities are not JSON."""
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return bad("import.json", text)
    return found if isinstance(found, dict) else bad("import.json", text)


def _refuse_constant(name: str) -> JSON:
    raise ValueError(name)


def choice_parser(*, choices: tuple[str, ...]) -> Parser:
    """Reads one of the choices, without regard to case and accents."""
    known = {folded(choice): choice for choice in choices}

    def parse(text: str) -> Outcome:
        found = known.get(folded(text))
        return found or bad("import.choice", text, choices=", ".join(choices))

    return parse


def value_map(*, values: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """The map with, besides each text as written, its folded form (never over an exact one)."""
    found = {folded(text): value for text, value in values.items()}
    return {**found, **values}
