"""Exact identity keys: what makes two records of tools speak of the same thing.

Strong keys link at once; weak keys link unless a stronger fact contradicts; look-up keys only let
other records point here ("the customer whose domain is …"). A key is stored as a digest that
includes company and entity, so it tells nothing by itself. Source: hub.md §1.2 and §4.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palier.hub.records import JSON

FREEMAIL = frozenset({
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.fr", "outlook.com", "outlook.fr", "live.fr",
    "live.com", "yahoo.com", "yahoo.fr", "icloud.com", "me.com", "orange.fr", "wanadoo.fr", "free.fr",
    "sfr.fr", "neuf.fr", "laposte.net", "bbox.fr", "aol.com", "gmx.fr", "gmx.com", "proton.me", "protonmail.com",
})
"""Mail domains that belong to no company: never a key of one [ours]."""
SHARED_MAILBOXES = frozenset({
    "contact", "info", "accueil", "commercial", "compta", "comptabilite", "facturation", "support",
    "admin", "direction", "service", "hello", "bonjour", "sales", "billing", "office", "noreply", "no-reply",
})
"""Local parts used by several people: never a key of one person (hub.md §1.2)."""
LEGAL_FORMS = re.compile(r"\b(sarl|sasu|sas|eurl|sa|sci|snc|scop|selarl|ei|eirl|gmbh|ltd|inc|llc|bv|srl)\b")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """The digests of one record's keys, strongest first."""

    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()


def fold_text(value: str) -> str:
    """Lower case, no accents, single spaces: `Électricité  Générale` becomes `electricite generale`."""
    if not value.isascii():
        value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub(" ", value.lower()).strip()


def company_name_key(value: str) -> str:
    """A company's name without legal form, accents, case and punctuation."""
    folded = fold_text(value)
    return " ".join(LEGAL_FORMS.sub(" ", folded).split()) or folded


def email_key(value: str) -> str:
    """An address without case and without its `+tag`."""
    local, _, domain = value.strip().lower().partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def siren_of(fields: Mapping[str, JSON]) -> str:
    """The SIREN a record gives, directly or inside its SIRET or French VAT number; else empty."""
    siren = fields.get("siren")
    if isinstance(siren, str) and len(siren) == 9:
        return siren
    siret = fields.get("siret")
    if isinstance(siret, str) and len(siret) == 14:
        return siret[:9]
    vat = fields.get("vat_no")
    if isinstance(vat, str) and vat[:2] == "FR" and len(vat) == 13 and vat[4:].isdigit():
        return vat[4:]
    return ""


def _customer(fields: Mapping[str, JSON]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    strong, weak, lookup = [], [], []
    siren, vat, email = siren_of(fields), fields.get("vat_no"), fields.get("email")
    name, postcode, domain = fields.get("name"), fields.get("postcode"), fields.get("domain")
    if siren:
        strong.append(("siren", siren))
    elif isinstance(vat, str) and vat:
        strong.append(("vat", vat))
    individual = fields.get("kind") == "individual"
    if isinstance(email, str) and email:
        key = email_key(email)
        local, _, mail_domain = key.partition("@")
        lookup.append(("email", key))
        if individual and local not in SHARED_MAILBOXES:
            strong.append(("email", key))
        if not domain and mail_domain not in FREEMAIL:
            lookup.append(("domain", mail_domain))
    if isinstance(name, str) and name:
        key = company_name_key(name)
        lookup.append(("name", key))
        if isinstance(postcode, str) and postcode and not individual:
            weak.append(("name_postcode", f"{key}|{postcode}"))
    if isinstance(domain, str) and domain and domain.lower() not in FREEMAIL:
        lookup.append(("domain", domain.lower()))
    return strong, weak, lookup


def _contact(fields: Mapping[str, JSON]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    strong: list[tuple[str, str]] = []
    lookup: list[tuple[str, str]] = []
    email, phone = fields.get("email"), fields.get("phone")
    if isinstance(email, str) and email:
        key = email_key(email)
        shared = key.partition("@")[0] in SHARED_MAILBOXES or fields.get("is_shared_mailbox") is True
        (lookup if shared else strong).append(("email", key))
    first, last = fields.get("first_name"), fields.get("last_name")
    if isinstance(phone, str) and phone and isinstance(last, str) and last:
        name = fold_text(f"{first or ''} {last}")
        strong.append(("phone_name", f"{phone}|{name}"))
    return strong, [], lookup


def _product(fields: Mapping[str, JSON]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    name, sku = fields.get("name"), fields.get("sku")
    lookup = [("name", fold_text(name))] if isinstance(name, str) else []
    if isinstance(sku, str) and sku:
        lookup.append(("sku", sku))
    return [], [], lookup


def _invoice(fields: Mapping[str, JSON]) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    number = fields.get("number")
    return [], [], [("number", number)] if isinstance(number, str) and number else []


_KEYS_OF: dict[str, Callable[[Mapping[str, JSON]], tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]]] = {
    "customer": _customer, "contact": _contact, "product": _product, "invoice": _invoice,
}


def has_keys(entity: str) -> bool:
    """Whether records of this entity carry identity or look-up keys of their own."""
    return entity in _KEYS_OF


def digest(company_id: int, entity: str, kind: str, value: str) -> str:
    """The stored form of a key: 32 hexadecimal digits."""
    text = f"{company_id}\x1f{entity}\x1f{kind}\x1f{value}"
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def reference_value(kind: str, value: str) -> str:
    """A reference's value in the form its key was made from."""
    if kind == "email":
        return email_key(value)
    if kind == "name":
        return company_name_key(value)
    return value.strip().lower() if kind == "domain" else value.strip()


def keys_of(
    *, company_id: int, entity: str, fields: Mapping[str, JSON], declared: tuple[tuple[str, str], ...] = ()
) -> Keys:
    """The keys of one record; `declared` ones (a former identifier, say) come from its mapping and are strong."""
    make = _KEYS_OF.get(entity)
    strong, weak, lookup = make(fields) if make else ([], [], [])
    strong.extend(declared)
    return Keys(
        tuple(digest(company_id, entity, kind, value) for kind, value in strong),
        tuple(digest(company_id, entity, kind, value) for kind, value in weak),
        tuple(digest(company_id, entity, kind, value) for kind, value in lookup),
    )
