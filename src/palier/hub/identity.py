"""Exact identity keys: what makes two records of tools speak of the same thing.

Strong keys link at once; weak keys link unless a stronger fact contradicts; look-up keys only let
other records point here ("the customer whose domain is …"). Weak and look-up keys are written once
somebody needs them (`palier.hub.lookup`).
A key is stored as 64 bits of a digest that includes company and entity, so it tells nothing by
itself. Two different keys of one company share a digest with a probability of n² / 2⁶⁵: 3 in a
million for ten million keys, far below the rate at which tools give two companies one SIREN.
Source: hub.md §1.2 and §4.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

from palier.hub.records import JSON

FREEMAIL = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "hotmail.com",
        "hotmail.fr",
        "outlook.com",
        "outlook.fr",
        "live.fr",
        "live.com",
        "yahoo.com",
        "yahoo.fr",
        "icloud.com",
        "me.com",
        "orange.fr",
        "wanadoo.fr",
        "free.fr",
        "sfr.fr",
        "neuf.fr",
        "laposte.net",
        "bbox.fr",
        "aol.com",
        "gmx.fr",
        "gmx.com",
        "proton.me",
        "protonmail.com",
    }
)
"""Mail domains that belong to no company: never a key of one [ours]."""
SHARED_MAILBOXES = frozenset(
    {
        "contact",
        "info",
        "accueil",
        "commercial",
        "compta",
        "comptabilite",
        "facturation",
        "support",
        "admin",
        "direction",
        "service",
        "hello",
        "bonjour",
        "sales",
        "billing",
        "office",
        "noreply",
        "no-reply",
    }
)
"""Local parts used by several people: never a key of one person (hub.md §1.2)."""
LEGAL_FORMS = frozenset(
    {
        "sarl",
        "sasu",
        "sas",
        "eurl",
        "sa",
        "sci",
        "snc",
        "scop",
        "selarl",
        "ei",
        "eirl",
        "gmbh",
        "ltd",
        "inc",
        "llc",
        "bv",
        "srl",
    }
)
SHORTEST_IBAN = 15
"""Characters of the shortest national form, Norway's. Source: the SWIFT registry."""
_TO_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}


_FIRST_64_BITS = Struct(">q").unpack_from


class Keys(NamedTuple):
    """The digests of one record's keys; `lookup` ones include the `weak` ones.

    The first `sure` of the strong ones come from the thing itself (its SIREN), the others from its
    mapping (the identifier it had elsewhere), which says nothing of who is who beside it.
    """

    strong: tuple[int, ...] = ()
    sure: int = 0
    weak: tuple[int, ...] = ()
    lookup: tuple[int, ...] = ()


def fold_text(value: str) -> str:
    """Lower case, no accents, single spaces: `Électricité  Générale` becomes `electricite generale`."""
    return " ".join(_words(value))


def _words(value: str) -> list[str]:
    if not value.isascii():
        value = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return value.lower().translate(_TO_WORDS).split()


def company_name_key(value: str) -> str:
    """A company's name without legal form, accents, case and punctuation."""
    words = _words(value)
    return " ".join([word for word in words if word not in LEGAL_FORMS] or words)


def email_key(value: str) -> str:
    """An address without case and without its `+tag`."""
    local, _, domain = value.strip().lower().partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def iban_key(value: str) -> str:
    """A bank account without spaces, in capitals; empty when it is too short to be one.

    It identifies a company only among records without SIREN and VAT number: a group may collect on
    one account, and a household shares one (then it only weighs, see `palier.hub.matching`).
    """
    found = "".join(value.split()).upper()
    return found if len(found) >= SHORTEST_IBAN else ""


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


Pairs = list[tuple[str, str]]


def _text(fields: Mapping[str, JSON], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _customer(fields: Mapping[str, JSON]) -> Pairs:
    strong: Pairs = []
    if siren := siren_of(fields):
        strong.append(("siren", siren))
    elif vat := _text(fields, "vat_no"):
        strong.append(("vat", vat))
    elif fields.get("kind") != "individual" and (iban := iban_key(_text(fields, "iban"))):
        strong.append(("iban", iban))
    if fields.get("kind") == "individual":
        key = email_key(_text(fields, "email"))
        if key != "@" and key.partition("@")[0] not in SHARED_MAILBOXES:
            strong.append(("email", key))
    return strong


def _customer_weak(fields: Mapping[str, JSON]) -> str:
    postcode, name = _text(fields, "postcode"), _text(fields, "name")
    if not postcode or not name or fields.get("kind") == "individual":
        return ""
    return f"{company_name_key(name)}|{postcode}"


def _customer_lookup(fields: Mapping[str, JSON]) -> Pairs:
    found: Pairs = []
    domain = _text(fields, "domain").lower()
    if email := _text(fields, "email"):
        key = email_key(email)
        found.append(("email", key))
        mail_domain = key.partition("@")[2]
        if not domain and mail_domain and mail_domain not in FREEMAIL:
            found.append(("domain", mail_domain))
    if name := _text(fields, "name"):
        found.append(("name", company_name_key(name)))
    if domain and domain not in FREEMAIL:
        found.append(("domain", domain))
    return found


def _shared(fields: Mapping[str, JSON], key: str) -> bool:
    return key.partition("@")[0] in SHARED_MAILBOXES or fields.get("is_shared_mailbox") is True


def _contact(fields: Mapping[str, JSON]) -> Pairs:
    strong: Pairs = []
    if email := _text(fields, "email"):
        key = email_key(email)
        if not _shared(fields, key):
            strong.append(("email", key))
    phone, last = _text(fields, "phone"), _text(fields, "last_name")
    if phone and last:
        strong.append(
            ("phone_name", f"{phone}|{fold_text(_text(fields, 'first_name') + ' ' + last)}")
        )
    return strong


def _contact_lookup(fields: Mapping[str, JSON]) -> Pairs:
    email = _text(fields, "email")
    key = email_key(email)
    return [("email", key)] if email and _shared(fields, key) else []


def _product_lookup(fields: Mapping[str, JSON]) -> Pairs:
    found = [("name", fold_text(name))] if (name := _text(fields, "name")) else []
    if sku := _text(fields, "sku"):
        found.append(("sku", sku))
    return found


def _invoice_lookup(fields: Mapping[str, JSON]) -> Pairs:
    number = _text(fields, "number")
    return [("number", number)] if number else []


_STRONG: dict[str, Callable[[Mapping[str, JSON]], Pairs]] = {
    "customer": _customer,
    "contact": _contact,
}
_LOOKUP: dict[str, Callable[[Mapping[str, JSON]], Pairs]] = {
    "customer": _customer_lookup,
    "contact": _contact_lookup,
    "product": _product_lookup,
    "invoice": _invoice_lookup,
}
LOOKUP_KINDS: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"email", "domain", "name"}),
    "contact": frozenset({"email"}),
    "product": frozenset({"name", "sku"}),
    "invoice": frozenset({"number"}),
}
"""Kinds of key that only let others point here, by entity: written once somebody does."""


class WeakKey(NamedTuple):
    """The weak key of an entity: its kind, how it is made, and the field that decides against it.

    Two records whose `guard` differs are never linked by it: another SIREN is another company
    (hub.md §1.2, guard). So where every record has that field a weak key can link nothing that a
    strong one does not, and none is written before the first record without.
    """

    kind: str
    made_from: Callable[[Mapping[str, JSON]], str]
    guard: str


WEAK_KEYS: Mapping[str, WeakKey] = {"customer": WeakKey("name_postcode", _customer_weak, "siren")}


def reference_value(kind: str, value: str, *, target: str) -> str:
    """A reference's value in the form its key was made from."""
    if kind == "email":
        return email_key(value)
    if kind == "name":
        return company_name_key(value) if target == "customer" else fold_text(value)
    return value.strip().lower() if kind == "domain" else value.strip()


def digest(company_id: int, entity: str, kind: str, value: str) -> int:
    """The stored form of a key: 64 bits of a digest, signed as PostgreSQL's bigint."""
    return _short(_prefix(company_id, entity, kind) + value.encode("utf-8", "replace"))


def _prefix(company_id: int, entity: str, kind: str) -> bytes:
    return f"{company_id}\x1f{entity}\x1f{kind}\x1f".encode()


def _short(text: bytes) -> int:
    first: int = _FIRST_64_BITS(sha256(text).digest())[0]
    return first


class KeyMaker:
    """Makes the keys of one entity's records; `kinds` are the weak and look-up ones in use."""

    def __init__(
        self, *, company_id: int, entity: str, kinds: frozenset[str] = frozenset()
    ) -> None:
        self.company_id = company_id
        self.entity = entity
        self.kinds = kinds
        self._strong = _STRONG.get(entity)
        self._lookup = (
            _LOOKUP.get(entity) if LOOKUP_KINDS.get(entity, frozenset()) & kinds else None
        )
        weak = WEAK_KEYS.get(entity)
        self._weak = weak if weak is not None and weak.kind in kinds else None
        self._unused = weak if weak is not None and weak.kind not in kinds else None
        self.idle = self._strong is None and self._lookup is None
        self._prefixes: dict[str, bytes] = {}

    def keys(self, fields: Mapping[str, JSON], declared: tuple[tuple[str, str], ...] = ()) -> Keys:
        """The keys of one record; `declared` ones (a former identifier, say) come from its mapping and are strong."""
        pairs = self._strong(fields) if self._strong else []
        sure = len(pairs)
        strong = tuple([self._digest(*pair) for pair in (*pairs, *declared)])
        if len(strong) > 1 and len(set(strong)) < len(strong):
            strong = tuple(dict.fromkeys(strong))
            sure = min(sure, len(strong))
        if not self.kinds:
            return Keys(strong, sure)
        weak = self._weak_keys(fields)
        return Keys(strong, sure, weak, weak + self._lookup_keys(fields))

    def wants_weak(self, fields: Mapping[str, JSON]) -> str:
        """The kind of weak key that is not in use and by which this record might be linked, or nothing."""
        unused = self._unused
        if unused is None or fields.get(unused.guard) or not unused.made_from(fields):
            return ""
        return unused.kind

    def lookup(self, fields: Mapping[str, JSON]) -> tuple[int, ...]:
        """Only the weak and look-up keys of one record, of the kinds in use."""
        return self._weak_keys(fields) + self._lookup_keys(fields)

    def _digest(self, kind: str, value: str) -> int:
        prefix = self._prefixes.get(kind)
        if prefix is None:
            prefix = self._prefixes[kind] = _prefix(self.company_id, self.entity, kind)
        return _short(prefix + value.encode("utf-8", "replace"))

    def _weak_keys(self, fields: Mapping[str, JSON]) -> tuple[int, ...]:
        if self._weak is None or not (value := self._weak.made_from(fields)):
            return ()
        return (self._digest(self._weak.kind, value),)

    def _lookup_keys(self, fields: Mapping[str, JSON]) -> tuple[int, ...]:
        pairs = self._lookup(fields) if self._lookup else []
        return tuple({self._digest(*pair) for pair in pairs if pair[0] in self.kinds})
