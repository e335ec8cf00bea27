"""How people are matched: contacts, and customers who are individuals.

Weights: hub.md §1.2 (measured on a million records), adjusted where a household or a shared
mailbox would have passed.
"""

from __future__ import annotations

from dataclasses import replace

from palier.hub.matching import text
from palier.hub.matching.tables import Block, Comparison, Level, Profile, Rarity
from palier.hub.matching.text import either_missing, letters, same, similar, words

_TWO_NAMES = "(a.k_fn >= COMMON AND b.k_fn >= COMMON)"
"""Karim and Karine are a letter apart and both usual: two people, not a typing error."""
_FIRST_CLOSE = f"{similar('a.fn', 'b.fn')} AND NOT {_TWO_NAMES}"
NAME = Comparison(
    "name",
    "trim(coalesce({}.first_name, '') || ' ' || coalesce({}.last_name, ''))",
    (
        Level("missing", "missing", 0, "one of the names is missing", either_missing("fn", "ln")),
        Level(
            "full",
            "equal",
            -0.6,
            "same first and last name, in either order",
            same("fl"),
            Rarity("fl", 3.4, 19.4, of_all=True),
        ),
        Level(
            "first_close",
            "close",
            2.5,
            "same last name, first name a typing error apart",
            f"{same('ln')} AND {_FIRST_CLOSE}",
            Rarity("ln", 2.5, 18.5, of_all=True),
        ),
        Level(
            "last_close",
            "close",
            11,
            "same first name, last name a typing error apart",
            f"{same('fn')} AND {similar('a.ln', 'b.ln')}",
        ),
        Level(
            "initial",
            "close",
            1,
            "same last name, first name given as an initial",
            f"{same('ln')} AND substr(a.fn, 1, 1) = substr(b.fn, 1, 1) "
            "AND (length(a.fn) = 1 OR length(b.fn) = 1)",
            Rarity("ln", 1, 17, of_all=True),
        ),
        Level(
            "both_close",
            "close",
            8,
            "first and last name a typing error apart",
            f"({_FIRST_CLOSE} AND {similar('a.ln', 'b.ln')}) "
            f"OR (levenshtein(a.fl, b.fl) <= 1 AND NOT {_TWO_NAMES})",
        ),
        Level("family", "different", -1, "same last name, another first name", same("ln")),
        Level("other", "different", -7, "other names"),
    ),
)
PRIVATE_NAME = Comparison(
    NAME.field,
    "{}.name",
    (
        *NAME.levels[:-2],
        replace(NAME.levels[-2], weight=-14),
        replace(NAME.levels[-1], weight=-12),
    ),
)
"""Among individuals, people of one roof share all the rest: another first name says more than among colleagues."""
EMAIL = Comparison(
    "email",
    "{}.email",
    (
        Level("missing", "missing", 0, "missing, or a shared mailbox", either_missing("em")),
        Level("same", "equal", 18.5, "same personal address", same("em"), Rarity("em", 5, 17, 1.5)),
        Level(
            "typo",
            "close",
            9,
            "addresses a typing error apart",
            "length(a.em) >= 10 AND levenshtein(a.em, b.em) <= 2",
        ),
        Level(
            "local",
            "close",
            6,
            "same name before the @, another domain",
            f"{same('em_local')} AND length(a.em_local) >= 5",
        ),
        Level("other", "different", -2.2, "other addresses"),
    ),
)
PHONE = Comparison(
    "phone",
    "{}.phone",
    (
        Level("missing", "missing", 0, "missing", either_missing("ph")),
        Level("same", "equal", 17, "same number", same("ph"), Rarity("ph", 5, 15.5, 1.5)),
        Level("other", "different", -2, "other numbers"),
    ),
)
COMPANY = Comparison(
    "customer",
    "{}.company",
    (
        Level("siren", "equal", 11, "same SIREN", same("si")),
        Level(
            "conflict",
            "different",
            -6,
            "another SIREN and another company name",
            "a.si <> b.si AND a.co IS DISTINCT FROM b.co",
        ),
        Level("namesake", "different", 0, "another SIREN, same company name", "a.si <> b.si"),
        Level("same_name", "equal", 15, "same company name", same("co"), Rarity("co", 4, 12)),
        Level("close", "close", 4, "company name a typing error apart", similar("a.co", "b.co")),
        Level("other", "different", -4, "other companies", "a.co <> b.co"),
        Level("missing", "missing", 0, "missing"),
    ),
)
PLACE = Comparison(
    "postcode",
    "{}.postcode",
    (
        Level("missing", "missing", 0, "missing", either_missing("pc")),
        Level("same", "equal", 9, "same postcode", same("pc"), Rarity("pc", 3, 9, of_all=True)),
        Level("other", "different", -3.2, "other postcodes"),
    ),
)
ADDRESS = Comparison(
    "address_line",
    "{}.address_line",
    (
        Level("missing", "missing", 0, "missing", either_missing("st", "pc")),
        Level(
            "same",
            "equal",
            9,
            "same street and postcode",
            same("st", "pc"),
            Rarity("home", 2, 8, 1.0),
        ),
        Level("other", "different", -1.5, "other addresses"),
    ),
)
IBAN = Comparison(
    "iban",
    "{}.iban",
    (
        Level("missing", "missing", 0, "missing", either_missing("ib")),
        Level("same", "equal", 20, "same account", same("ib"), Rarity("ib", 0, 17, 3)),
        Level("other", "different", -0.5, "other accounts"),
    ),
)
_NAMES_AGREE = (
    "(name:full OR name:first_close OR name:last_close OR name:initial OR name:both_close)"
)
GUARD = f"""
    (email:same AND NOT (name:family OR name:other))
    OR (phone:same AND (name:full OR name:first_close OR name:last_close OR name:initial))
    OR (customer:siren AND {_NAMES_AGREE})
    OR (name:full AND customer:same_name)
    OR (iban:same AND (name:full OR name:first_close OR name:last_close))
    OR (name:full AND address_line:same)
"""
"""Same personal e-mail; or same phone and one name equal; or same SIREN and similar name; or same full name at the same
company without SIREN conflict (hub.md §1.2). Ours beside it: another first name or other names forbid it, since a
household shares its phone and sometimes its mailbox; same full name at the same address, or with the same account."""
_CONTACT_BLOCKS = (
    Block("e-mail", "em"),
    Block("phone", "ph || '|' || coalesce(substr(ln, 1, 3), '')"),
    Block("phone, swapped", "ph || '|' || least(substr(fn, 1, 2), substr(ln, 1, 2))"),
    Block("SIREN and first name", "si || '|' || substr(fn, 1, 2)"),
    Block("full name", "fl"),
    Block("last name and postcode", "ln || '|' || pc"),
    Block("first name and company", "fn || '|' || co"),
    Block("last name and company", "ln || '|' || co"),
    Block("mailbox and postcode", "em_local || '|' || pc"),
    Block("first name and postcode", "fn || '|' || pc || '|' || substr(ln, 1, 2)"),
)
_EMAIL_STAGES = (
    {"mail": text.email("email")},
    {"mail_local": "split_part(mail, '@', 1)"},
)
CONTACT = Profile(
    name="contact",
    where="true",
    stages=(
        {
            "fn": letters("first_name"),
            "ln": letters("last_name"),
            "ph": text.phone("phone"),
            "co_words": words("company"),
            "si_said": text.siren_said("siren", "siret", "vat_no"),
            "pc": text.code("postcode"),
            **_EMAIL_STAGES[0],
        },
        {
            "fl": "least(fn, ln) || ' ' || greatest(fn, ln)",
            "co": text.without("co_words", text.legal_forms()),
            "si": text.valid_siren("si_said"),
            **_EMAIL_STAGES[1],
        },
        {
            "em": f"CASE WHEN {text.is_shared_mailbox('mail_local')} OR is_shared_mailbox = 'true' THEN NULL ELSE mail END",
        },
        {"em_local": "CASE WHEN em IS NOT NULL THEN mail_local END"},
    ),
    blocks=_CONTACT_BLOCKS,
    comparisons=(NAME, EMAIL, PHONE, COMPANY, PLACE),
    counted=("fn",),
    guard="\n".join(
        line for line in GUARD.splitlines() if "iban:" not in line and "address_line:" not in line
    ),
)
INDIVIDUAL = Profile(
    name="individual",
    where="kind = 'individual'",
    stages=(
        {
            "said": words("name"),
            "ph": text.phone("phone"),
            "pc": text.code("postcode"),
            "road": words("address_line"),
            "ib": text.code("iban"),
            **_EMAIL_STAGES[0],
        },
        {"nm": text.without("said", text.TITLES), "st": text.street("road"), **_EMAIL_STAGES[1]},
        {
            "fn": "CASE WHEN nm LIKE '% %' THEN split_part(nm, ' ', 1) END",
            "ln": "replace(regexp_replace(nm, '^[^ ]+ ', ''), ' ', '')",
            "fl": "array_to_string(list_sort(string_split(nm, ' ')), ' ')",
            "em": f"CASE WHEN {text.is_shared_mailbox('mail_local')} THEN NULL ELSE mail END",
            "home": "st || '|' || pc",
        },
        {"em_local": "CASE WHEN em IS NOT NULL THEN mail_local END"},
    ),
    blocks=(
        Block("e-mail", "em"),
        Block("phone", "ph"),
        Block("account", "ib"),
        Block("full name", "fl"),
        Block("last name and postcode", "ln || '|' || pc"),
        Block("mailbox and postcode", "em_local || '|' || pc"),
        Block("first name and postcode", "fn || '|' || pc || '|' || substr(ln, 1, 2)"),
        Block("address", "home"),
    ),
    comparisons=(PRIVATE_NAME, EMAIL, PHONE, PLACE, ADDRESS, IBAN),
    counted=("fn",),
    guard="\n".join(line for line in GUARD.splitlines() if "customer:" not in line),
)
