"""A first mapping for a file that nobody described: from its headers and its values, to be corrected.

proposal = propose(table=…)
proposal.draft      # what `mapping_json.from_json` reads, once `proposal.problems` is empty
proposal.columns    # per column: where it goes, how sure, why, and sample values
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from palier.hub.imports.decode.tables import ORIGIN_COLUMNS, Table, same_column
from palier.hub.imports.mapping_json import MappingInvalid, from_json
from palier.hub.imports.messages import Notices
from palier.hub.imports.parsers import identities, numbers, places, text
from palier.hub.imports.parsers.dates import looks_like_date
from palier.hub.imports.parsers.outcome import MAX_VALUE, Bad, Parser
from palier.hub.imports.synonyms import (
    CHOICE_WORDS,
    FIELDS,
    FILE_WORDS,
    IDENTIFIER_PREFIXES,
    IDENTIFIERS,
)
from palier.hub.records import JSON
from palier.hub.schema import ENTITIES, Field

Look: TypeAlias = Literal[
    "",
    "email",
    "siren",
    "siret",
    "vat",
    "iban",
    "date",
    "amount",
    "int",
    "number",
    "bool",
    "phone",
    "domain",
    "country",
]
Unmapped: TypeAlias = Literal["custom", "ignore"]
Reason: TypeAlias = Literal["header", "values", "both", "none"]

SAMPLE_ROWS = 200
SHOWN_SAMPLES = 5
MOSTLY = 0.8
"""Share of a column's filled cells that must look alike. Source: judgement; dirt stays a minority."""
EXACT, PARTIAL, BY_VALUES, MISMATCH = 0.9, 0.6, 0.55, 0.3
"""Confidence in a header known word for word, known in part, in values alone, and in a header whose
values say otherwise. Source: judgement; only their order matters to the page."""
BOTH = 0.98
FILE_NAME = 1.5
"""What a telling file name weighs against columns, when the entity is guessed."""

PARSER_OF_LOOK: dict[Look, str] = {
    "email": "email",
    "siren": "siren",
    "siret": "siret",
    "vat": "vat",
    "iban": "iban",
    "date": "date",
    "amount": "decimal",
    "int": "int",
    "number": "decimal",
    "bool": "bool",
}
LOOKS_OF_TYPE: dict[str, tuple[Look, ...]] = {
    "money": ("amount", "number", "int", "siren"),
    "int": ("int", "number"),
    "decimal": ("number", "int", "amount"),
    "share": ("number", "int", "amount"),
    "date": ("date",),
    "datetime": ("date",),
    "bool": ("bool",),
}
FIELD_OF_LOOK: dict[Look, str] = {
    "email": "email",
    "siren": "siren",
    "siret": "siret",
    "vat": "vat_no",
    "iban": "iban",
    "phone": "phone",
    "domain": "domain",
    "country": "country",
}


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """Where one column goes: a field, a custom field, the identifier ("@id"), or nowhere ("")."""

    column: str
    field: str
    confidence: float
    reason: Reason
    look: Look
    samples: tuple[str, ...]


NONE = Notices()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A guessed mapping; `problems` is what a person still has to settle."""

    entity: str
    confidence: float
    draft: dict[str, JSON]
    columns: tuple[ColumnGuess, ...]
    problems: Notices = NONE


def propose(*, table: Table, entity: str | None = None, unmapped: Unmapped = "custom") -> Proposal:
    """The likeliest mapping of a table, for one entity; `unmapped` columns become custom fields or not."""
    rows = table.sample(count=SAMPLE_ROWS)
    cells = {
        name: [text.clean((row[at] or "")[:MAX_VALUE]) for row in rows]
        for at, name in enumerate(table.columns)
        if name not in ORIGIN_COLUMNS
    }
    looks = {name: look_of(cells=[one for one in column if one]) for name, column in cells.items()}
    guesses = {name: _match(name, cells, looks) for name in ([entity] if entity else FIELDS)}
    chosen = entity or max(guesses, key=lambda name: _score(name, guesses[name], table.name))
    return _proposal(chosen, guesses[chosen], cells, looks, unmapped)


def look_of(*, cells: Sequence[str]) -> Look:
    """What most of the values are, by their form alone; "" when they are just texts."""
    if not cells:
        return ""
    tests: tuple[tuple[Look, Callable[[str], bool]], ...] = (
        ("email", _reads(identities.parse_email)),
        (
            "siret",
            lambda cell: sum(map(str.isdigit, cell)) == 14 and _reads(identities.parse_siret)(cell),
        ),
        (
            "siren",
            lambda cell: sum(map(str.isdigit, cell)) == 9 and _reads(identities.parse_siren)(cell),
        ),
        ("iban", lambda cell: cell[:2].isalpha() and _reads(identities.parse_iban)(cell)),
        ("vat", lambda cell: cell[:2].isalpha() and _reads(identities.parse_vat)(cell)),
        ("date", looks_like_date),
        (
            "phone",
            lambda cell: (
                bool(re.match(r"\+\d{8}|0[\d .\-]{9,}", cell))
                and _reads(identities.parse_phone)(cell)
            ),
        ),
        ("bool", lambda cell: cell.lower() in text.TRUE | text.FALSE and cell not in {"0", "1"}),
        ("int", lambda cell: re.fullmatch(r"-?\d{1,15}", cell) is not None),
        ("amount", lambda cell: any(sign in cell for sign in "€$£") and _is_amount(cell)),
        ("number", lambda cell: re.search(r"\d[.,]\d", cell) is not None and _is_amount(cell)),
        (
            "domain",
            lambda cell: "." in cell and " " not in cell and _reads(identities.parse_domain)(cell),
        ),
        ("country", lambda cell: len(cell) > 1 and _reads(places.parse_country)(cell)),
    )
    for look, test in tests:
        found = sum(map(test, cells))
        if look == "number":
            found += sum(re.fullmatch(r"-?\d{1,15}", cell) is not None for cell in cells)
        if found >= MOSTLY * len(cells):
            return look
    return ""


def _reads(parse: Parser) -> Callable[[str], bool]:
    return lambda cell: not isinstance(parse(cell), Bad)


def _is_amount(cell: str) -> bool:
    bare = cell.strip("€$£ \u00a0\u202f")
    mark = numbers.decimal_mark(bare) or ","
    return not isinstance(numbers.parse_number(bare, mark=mark), Bad)


def _match(
    entity: str, cells: dict[str, list[str]], looks: dict[str, Look]
) -> dict[str, tuple[str, float, Reason]]:
    """Per column its field, confidence and reason; each field is given to its best column only."""
    candidates: list[tuple[float, int, str, str, Reason]] = []
    for place, name in enumerate(cells):
        for field, words in FIELDS[entity].items():
            confidence = _header(same_column(name), words.split())
            if confidence:
                fits = _fits(ENTITIES[entity].field(field), looks[name], cells[name])
                sure = BOTH if fits and confidence == EXACT else confidence if fits else MISMATCH
                candidates.append((sure, -place, name, field, "both" if sure == BOTH else "header"))
        field = FIELD_OF_LOOK.get(looks[name], "")
        if field in FIELDS[entity]:
            candidates.append((BY_VALUES, -place, name, field, "values"))
    found: dict[str, tuple[str, float, Reason]] = {}
    taken: set[str] = set()
    for sure, _, name, field, reason in sorted(candidates, reverse=True):
        if name not in found and field not in taken and sure > MISMATCH:
            found[name] = (field, sure, reason)
            taken.add(field)
    return found


def _header(name: str, words: list[str]) -> float:
    if name in words:
        return EXACT
    long = [word for word in words if len(word) >= 5]
    return PARTIAL if any(name.startswith(word) or name.endswith(word) for word in long) else 0.0


def _fits(field: Field, look: Look, cells: list[str]) -> bool:
    if not any(cells):
        return True
    wanted = LOOKS_OF_TYPE.get(field.type)
    if field.type == "choice":
        return bool(_values(field, cells))
    if wanted is not None:
        return look in wanted
    return field.name != "email" or look == "email"


def _score(entity: str, found: dict[str, tuple[str, float, Reason]], name: str) -> float:
    """How well the columns tell this entity; a required field that nothing gives weighs against it."""
    given = {field for field, _, _ in found.values()}
    score = sum(sure for _, sure, _ in found.values())
    score -= sum(field.required and field.name not in given for field in ENTITIES[entity].fields)
    stem = text.folded(PurePosixPath(name).stem).split()
    words = FILE_WORDS[entity].split()
    return score + (FILE_NAME if any(word in words for word in stem) else 0.0)


def _proposal(
    entity: str,
    found: dict[str, tuple[str, float, Reason]],
    cells: dict[str, list[str]],
    looks: dict[str, Look],
    unmapped: Unmapped,
) -> Proposal:
    identifier = _identifier(entity, cells, found)
    fields: dict[str, JSON] = {}
    guesses: list[ColumnGuess] = []
    for name, column in cells.items():
        field, sure, reason = found.get(name, ("", 0.0, "none"))
        if field:
            fields[field] = _source(entity, field, name, column, looks[name])
        elif name == identifier:
            field, sure, reason = "@id", EXACT, "header"
        elif unmapped == "custom" and any(column):
            field = _custom(name, fields)
            parser = PARSER_OF_LOOK.get(looks[name], "text")
            fields[field] = name if parser == "text" else {"column": name, "parser": parser}
        samples = tuple(dict.fromkeys(one for one in column if one))[:SHOWN_SAMPLES]
        guesses.append(ColumnGuess(name, field, sure, reason, looks[name], samples))
    if entity == "customer" and "name" not in fields and "email" in fields:
        fields["name"] = fields["email"]
    parts: list[JSON] = [identifier] if identifier else [next(iter(cells), ""), "#"]
    draft: dict[str, JSON] = {"entities": [{"entity": entity, "id": parts, "fields": fields}]}
    problems = NONE
    try:
        from_json(draft)
    except MappingInvalid as error:
        problems = error.problems
    sures = [guess.confidence for guess in guesses if guess.reason != "none"]
    confidence = sum(sures) / len(guesses) if guesses else 0.0
    return Proposal(entity, round(confidence, 2), draft, tuple(guesses), problems)


def _identifier(
    entity: str, cells: dict[str, list[str]], found: dict[str, tuple[str, float, Reason]]
) -> str:
    """The column that tells records apart: named like one and nearly unique (a record given twice, or
    without its identifier, is dirt), else unique by nature.
    """

    def unique(name: str, share: float = 1) -> bool:
        return len(set(cells[name]) - {""}) >= share * len(cells[name])

    words = [same_column(entity), *FILE_WORDS[entity].split()]
    names = {*IDENTIFIERS.split(), *(f"{word}id" for word in words)}
    names |= {f"{prefix}{word}" for prefix in IDENTIFIER_PREFIXES.split() for word in words}
    for name in cells:
        if same_column(name) in names and unique(name, MOSTLY):
            return name
    by_field = {field: name for name, (field, _, _) in found.items()}
    for field in ("number", "sku", "siret", "siren", "email", "name"):
        if field in by_field and unique(by_field[field]):
            return by_field[field]
    ends = [
        name for name in cells if re.search(r"(?:^|[_ ])(?:id|code|n[o°])$|Id$|ID$|^id[_ ]", name)
    ]
    return next((name for name in ends if unique(name) and name not in found), "")


def _source(entity: str, field: str, name: str, cells: list[str], look: Look) -> JSON:
    """How the field reads that column."""
    declared = ENTITIES[entity].field(field)
    if declared.type == "ref":
        if look in {"email", "siren"}:
            return {"ref": f"@{look}", "column": name}
        by_name = any(" " in one for one in cells) and declared.target == "customer"
        if by_name:
            return {"ref": "@name", "column": name}
        return {"ref": declared.target, "id": [name]}
    if declared.type == "choice":
        return {"column": name, "values": _values(declared, cells), "others": "reject"}
    parser = {
        "email": "email",
        "phone": "phone",
        "siren": "siren",
        "siret": "siret",
        "vat_no": "vat",
        "iban": "iban",
        "domain": "domain",
        "country": "country",
        "currency": "currency",
        "number": "id",
        "sku": "id",
    }.get(field, "")
    if not parser:
        return name
    source: dict[str, JSON] = {"column": name, "parser": parser}
    if parser in {"email", "phone", "siren", "siret", "vat", "iban", "domain", "country"}:
        source["invalid"] = "drop"
    return source


def _values(field: Field, cells: list[str]) -> dict[str, JSON]:
    """The choices that the column's values name."""
    found: dict[str, JSON] = {}
    for cell in dict.fromkeys(one for one in cells if one):
        word = same_column(cell)
        for choice in field.choices:
            if word == same_column(choice) or word in CHOICE_WORDS.get(choice, "").split():
                found[cell] = choice
                break
    return found


def _custom(name: str, taken: dict[str, JSON]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "_", text.folded(name)).strip("_")[:50]
    if not slug[:1].isalpha():
        slug = f"c_{slug}".rstrip("_")
    found, number = f"custom.{slug}", 2
    while found in taken:
        found, number = f"custom.{slug}_{number}", number + 1
    return found
