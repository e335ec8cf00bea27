"""How customers that are companies are matched.

A group and its subsidiaries share domain, telephone and half a name, so none of these merges by
itself: another SIREN always keeps apart, and without one the very same name is asked for.
Weights are ours, measured in docs/benchmarks.md.
"""

from __future__ import annotations

from palier.hub.identity import FREEMAIL
from palier.hub.matching import text
from palier.hub.matching.person import IBAN
from palier.hub.matching.tables import Block, Comparison, Level, Profile, Rarity
from palier.hub.matching.text import either_missing, quoted, same, words

_SAME_NAME = (
    "(a.nm = b.nm OR a.sorted_words = b.sorted_words OR a.lg = b.lg OR a.nm = b.lg OR a.lg = b.nm)"
)
_MARK = "{digits} || regexp_extract({name}, '\\b(nord|sud|est|ouest|centre)\\b', 1)"
_SAME_MARK = " = ".join(
    f"({_MARK.format(digits=text.digits(name), name=name)})" for name in ("a.nm", "b.nm")
)
_TYPO = (
    "levenshtein(a.nm, b.nm) <= CASE WHEN least(length(a.nm), length(b.nm)) >= 12 THEN 2 "
    "WHEN least(length(a.nm), length(b.nm)) >= 5 THEN 1 ELSE 0 END"
)
NAME = Comparison(
    "name",
    "{}.name",
    (
        Level("missing", "missing", 0, "missing", either_missing("nm")),
        Level(
            "property",
            "different",
            -14,
            "one of the two is a property or holding company",
            "a.holds <> b.holds",
        ),
        Level(
            "same",
            "equal",
            0,
            "same name without its legal form",
            _SAME_NAME,
            Rarity("nm", 4, 18, of_all=True),
        ),
        Level(
            "close",
            "close",
            9,
            "names a typing error apart, same figures and compass point",
            f"{_TYPO} AND {_SAME_MARK}",
        ),
        Level(
            "inside",
            "close",
            3,
            "one name continues the other",
            "starts_with(a.nm, b.nm || ' ') OR starts_with(b.nm, a.nm || ' ')",
        ),
        Level("other", "different", -11, "other names"),
    ),
)
REGISTRATION = Comparison(
    "siren",
    "coalesce({}.siren, {}.siret, {}.vat_no)",
    (
        Level("same", "equal", 30, "same SIREN, from SIREN, SIRET or VAT number", same("si")),
        Level("conflict", "different", -30, "another SIREN: another company", "a.si <> b.si"),
        Level("same_vat", "equal", 22, "same foreign VAT number", same("vat")),
        Level("vat_conflict", "different", -12, "another foreign VAT number", "a.vat <> b.vat"),
        Level("missing", "missing", 0, "missing"),
    ),
)
WEB = Comparison(
    "email",
    "{}.email",
    (
        Level("same", "equal", 15, "same address", same("em"), Rarity("em", 4, 13.5, 1.5)),
        Level("domain", "equal", 12, "same web domain", same("dm"), Rarity("dm", 3, 10.5, 1.5)),
        Level("other", "different", -2.5, "other web domains", "a.dm <> b.dm"),
        Level("missing", "missing", 0, "missing, or addresses of a public provider"),
    ),
)
PHONE = Comparison(
    "phone",
    "{}.phone",
    (
        Level("missing", "missing", 0, "missing", either_missing("ph")),
        Level("same", "equal", 16, "same number", same("ph"), Rarity("ph", 3, 14.5, 1.5)),
        Level("other", "different", -1.5, "other numbers"),
    ),
)
ADDRESS = Comparison(
    "address_line",
    "{}.address_line",
    (
        Level(
            "same",
            "equal",
            15,
            "same street and postcode",
            same("st", "pc"),
            Rarity("home", 9, 14),
        ),
        Level("postcode", "close", 0, "same postcode", same("pc"), Rarity("pc", 3, 9, of_all=True)),
        Level("other", "different", -4, "other postcodes", "a.pc <> b.pc"),
        Level("city", "close", 4, "same town, postcode missing", same("ci")),
        Level("missing", "missing", 0, "missing"),
    ),
)
GUARD = """
    NOT (siren:conflict OR siren:vat_conflict OR name:property) AND (
      siren:same OR siren:same_vat
      OR (name:same AND (email:same OR email:domain OR phone:same OR iban:same) AND NOT address_line:other)
      OR (name:same AND (address_line:same OR address_line:postcode))
      OR (name:same AND phone:same AND (email:same OR email:domain))
      OR (name:close AND (address_line:same OR address_line:postcode) AND (email:same OR email:domain OR phone:same OR iban:same))
    )
"""
"""Same SIREN or VAT number; or the same name and one thing that agrees (web address, telephone, account, street) in the
same place, or two of them anywhere; or a name with a typing error, the same street and one thing more. Never against a
SIREN, a VAT number, or the difference between a firm and the company that holds its walls or its shares."""
COMPANY = Profile(
    name="company",
    where="kind IS DISTINCT FROM 'individual'",
    stages=(
        {
            "said": words("name"),
            "legal_said": words("legal_name"),
            "ph": text.phone("phone"),
            "si_said": text.siren_said("siren", "siret", "vat_no"),
            "vat_said": text.code("vat_no"),
            "mail": text.email("email"),
            "pc": text.code("postcode"),
            "road": words("address_line"),
            "ci": words("city"),
            "ib": text.code("iban"),
        },
        {
            "nm": text.without("said", text.legal_forms()),
            "lg": text.without("legal_said", text.legal_forms()),
            "si": text.valid_siren("si_said"),
            "vat": "CASE WHEN vat_said NOT LIKE 'FR%' THEN vat_said END",
            "em": "mail",
            "st": text.street("road"),
            "site": "coalesce(nullif(lower(trim(domain)), ''), split_part(mail, '@', 2))",
            "holds": "coalesce(regexp_matches(said || ' ' || coalesce(legal_said, ''), "
            "'\\b(sci|s c i|holding|immobilier|immobiliere|participations)\\b'), false)",
        },
        {
            "home": "st || '|' || pc",
            "sorted_words": "array_to_string(list_sort(string_split(nm, ' ')), ' ')",
            "dm": f"CASE WHEN site NOT IN ({', '.join(quoted(one) for one in sorted(FREEMAIL))}) "
            "THEN nullif(site, '') END",
        },
    ),
    blocks=(
        Block("SIREN", "si"),
        Block("VAT number", "vat"),
        Block("e-mail", "em"),
        Block("phone", "ph"),
        Block("account", "ib"),
        Block("name", "sorted_words"),
        Block("name and postcode", "sorted_words || '|' || pc"),
        Block("legal name", "coalesce(lg, nm)"),
        Block("domain and name", "dm || '|' || substr(nm, 1, 3)"),
        Block("beginning of the name and postcode", "substr(nm, 1, 4) || '|' || pc"),
        Block("address", "home"),
    ),
    comparisons=(NAME, REGISTRATION, WEB, PHONE, ADDRESS, IBAN),
    guard=GUARD,
)
