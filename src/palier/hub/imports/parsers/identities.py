"""What identifies people and companies: e-mail, phone, SIREN, SIRET, VAT number, IBAN, domain."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import phonenumbers
from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

from palier.hub.imports.parsers.outcome import Outcome, bad
from palier.hub.imports.parsers.text import SCIENTIFIC, SPACES_AND_DOTS, WHOLE, clean

EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\s@<>().,;:\\\"/]{1,63}\.)+[^\s@<>().,;:\\\"/\d]{2,63}\Z"
)
PLAIN_EMAIL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,24}\Z")
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}\Z")
HOME = "FR"
"""Country whose national numbers are read without prefix."""


def parse_email(text: str) -> Outcome:
    """An address in lower case; "Name <a@b.fr>" and "mailto:" are understood."""
    if len(text) < 64 and PLAIN_EMAIL.match(text):
        return text
    found = clean(text)
    if found.endswith(">") and "<" in found:
        found = found[found.rindex("<") + 1 : -1]
    found = found.removeprefix("mailto:").strip().lower()
    local = found.partition("@")[0]
    if not EMAIL.match(found) or ".." in found or local[0] == "." or local[-1] == ".":
        return bad("import.email", text)
    return found


def parse_phone(text: str) -> Outcome:
    """A number in E.164; national numbers are French."""
    found = clean(text)
    if SCIENTIFIC.match(found):
        return bad("import.spreadsheet_damage", text)
    try:
        number = phonenumbers.parse(WHOLE.sub(r"\1", found), HOME)
    except phonenumbers.NumberParseException:
        return bad("import.phone", text)
    if not phonenumbers.is_possible_number(number):
        return bad("import.phone", text)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _digits(text: str) -> str:
    return SPACES_AND_DOTS.sub("", WHOLE.sub(r"\1", clean(text)))


def parse_siren(text: str) -> Outcome:
    """Nine digits with their key. A valid SIRET or French VAT number gives its SIREN."""
    if SCIENTIFIC.match(clean(text)):
        return bad("import.spreadsheet_damage", text)
    found = _digits(text)
    if re.fullmatch(r"FR\d{11}", found, re.IGNORECASE) and vat.is_valid(found):
        found = found[4:]
    if len(found) == 14 and siret.is_valid(found):
        found = found[:9]
    if not (found.isascii() and found.isdigit() and len(found) == 9):
        return bad("import.siren_form", text)
    return found if siren.is_valid(found) else bad("import.siren", text)


def parse_siret(text: str) -> Outcome:
    """Fourteen digits with their key (La Poste's establishments have their own rule)."""
    if SCIENTIFIC.match(clean(text)):
        return bad("import.spreadsheet_damage", text)
    found = _digits(text)
    if not (found.isascii() and found.isdigit() and len(found) == 14):
        return bad("import.siret_form", text)
    return found if siret.is_valid(found) else bad("import.siret", text)


def parse_vat(text: str) -> Outcome:
    """A European VAT number with its key, without spaces."""
    found = _digits(text).upper()
    if SCIENTIFIC.match(found):
        return bad("import.spreadsheet_damage", text)
    try:
        compact = vat.validate(found)
    except ValidationError:
        return bad("import.vat", text)
    return str(compact)


def parse_iban(text: str) -> Outcome:
    """An international bank account number with its key, without spaces."""
    try:
        return str(iban.validate(clean(text)))
    except ValidationError:
        return bad("import.iban", text)


def parse_domain(text: str) -> Outcome:
    """The host of a site or address, in lower case, without "www."."""
    found = clean(text).lower()
    if "@" in found and "/" not in found:
        found = found.rpartition("@")[2]
    try:
        host = urlsplit(found if "//" in found else f"//{found}").hostname or ""
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except ValueError:
        return bad("import.domain", text)
    host = host.removeprefix("www.").rstrip(".")
    return host if HOST.match(host) else bad("import.domain", text)
