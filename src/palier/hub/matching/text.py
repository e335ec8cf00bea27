"""Normal forms in SQL, the same words as `palier.hub.identity` makes in Python.

They run where the records are compared, a million at a time; DuckDB and Spark read the same text.
"""

from __future__ import annotations

from palier.hub.identity import LEGAL_FORMS, SHARED_MAILBOXES

TITLES = ("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "dr", "me", "maitre")
"""Words before a person's name that are not part of it."""
_ROADS = "rue|r|avenue|ave|av|boulevard|bld|bvd|bd|boul|place|pl|chemin|che|ch|route|rte|impasse|imp|allees|allee|all|quai"
_LINKS = "de la|de l|des|de|du|d|la|le|les|l|saint|sainte|st|ste"


def quoted(value: str) -> str:
    """A text constant."""
    return "'" + value.replace("'", "''") + "'"


def bare(column: str) -> str:
    """Lower case without accents."""
    return f"replace(replace(strip_accents(lower({column})), 'œ', 'oe'), 'æ', 'ae')"


def words(column: str) -> str:
    """Lower case, no accents, single spaces; null when nothing is left."""
    return f"nullif(trim(regexp_replace({bare(column)}, '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')), '')"


def letters(column: str) -> str:
    """The words of a text without spaces."""
    return f"nullif(regexp_replace({bare(column)}, '[^\\p{{L}}\\p{{N}}]+', '', 'g'), '')"


def without(column: str, dropped: tuple[str, ...]) -> str:
    """Folded text without whole words; the text itself when nothing else is left."""
    pattern = quoted(rf"\b({'|'.join(dropped)})\b")
    left = f"trim(regexp_replace(regexp_replace({column}, {pattern}, ' ', 'g'), ' +', ' ', 'g'))"
    return f"coalesce(nullif({left}, ''), {column})"


def legal_forms() -> tuple[str, ...]:
    """Legal forms as they stand in folded text: `sarl`, and `s a r l` from `S.A.R.L.`; longest first."""
    spaced = {" ".join(form) for form in LEGAL_FORMS}
    return tuple(sorted({*LEGAL_FORMS, *spaced}, key=lambda form: (-len(form), form)))


def email(column: str) -> str:
    """An address without case and without its `+tag`; null when it is none."""
    found = f"regexp_replace(lower(trim({column})), '\\+[^@]*@', '@')"
    return f"CASE WHEN {column} LIKE '%_@_%' THEN {found} END"


def is_shared_mailbox(local: str) -> str:
    """Whether a local part is read by several people."""
    return f"{local} IN ({', '.join(quoted(one) for one in sorted(SHARED_MAILBOXES))})"


def phone(column: str) -> str:
    """Digits as dialled in France, `+` kept for other countries; null under six digits."""
    kept = f"regexp_replace(replace({column}, '(0)', ''), '[^0-9+]', '', 'g')"
    found = f"regexp_replace({kept}, '^([+]33|0033)0?', '0')"
    return f"CASE WHEN length({found}) >= 6 THEN {found} END"


def street(column: str) -> str:
    """A street line without the words that tools abbreviate: `12, bd. de la Paix` becomes `12 paix`; of folded text."""
    return without(column, (f"({_ROADS})", f"({_LINKS})"))


def code(column: str) -> str:
    """A code in capitals without spaces and punctuation."""
    return f"nullif(regexp_replace(upper({column}), '[^A-Z0-9]+', '', 'g'), '')"


def digits(column: str) -> str:
    """Only the digits of a text."""
    return f"regexp_replace({column}, '[^0-9]', '', 'g')"


def valid_siren(column: str) -> str:
    """Nine digits when their key is right, else null: nothing is matched on a wrong SIREN."""
    terms = []
    for place in range(1, 10):
        digit = f"TRY_CAST(substr({column}, {place}, 1) AS INT)"
        # doubled digits add their two figures: 2d, less 9 above 4
        terms.append(
            digit if place % 2 else f"(2 * {digit} - CASE WHEN {digit} > 4 THEN 9 ELSE 0 END)"
        )
    right = f"(({' + '.join(terms)}) % 10) = 0 AND {column} <> '000000000'"
    shaped = f"length({column}) = 9 AND {digits(column)} = {column}"
    return f"CASE WHEN {shaped} THEN CASE WHEN {right} THEN {column} END END"


def siren_said(siren: str, siret: str, vat_no: str) -> str:
    """The nine digits of a SIREN, or those inside a SIRET or a French VAT number."""
    vat = f"regexp_replace(upper({vat_no}), '[^A-Z0-9]', '', 'g')"
    return (
        f"coalesce(nullif({digits(siren)}, ''), "
        f"CASE WHEN length({digits(siret)}) = 14 THEN substr({digits(siret)}, 1, 9) END, "
        f"CASE WHEN {vat} LIKE 'FR___________' THEN substr({vat}, 5, 9) END)"
    )


def similar(one: str, other: str) -> str:
    """Whether two texts are a typing error apart: one letter from three on, two from six on."""
    shortest = f"least(length({one}), length({other}))"
    allowed = f"CASE WHEN {shortest} >= 6 THEN 2 WHEN {shortest} >= 3 THEN 1 ELSE 0 END"
    return f"levenshtein({one}, {other}) <= {allowed}"


def either_missing(*columns: str) -> str:
    """Whether one of the two records lacks one of these."""
    return " OR ".join(f"a.{column} IS NULL OR b.{column} IS NULL" for column in columns)


def same(*columns: str) -> str:
    """Whether the two records agree on each of these."""
    return " AND ".join(f"a.{column} = b.{column}" for column in columns)
