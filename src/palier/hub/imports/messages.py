"""The English sentence of every code that imports give: rejected cells and rows, and notices.

What is kept is the code with its parameters, never a sentence: `palier.wording` says it in the reader's
language. The placeholders are the parameters that come with the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palier.kernel.refusals import Refusal


def _(message: str) -> str:
    """Mark a message id for the catalogue; this domain never translates."""
    return message


REJECTIONS: dict[str, str] = {
    "import.amount": _("“%(value)s” is not an amount."),
    "import.bool": _("“%(value)s” is neither yes nor no."),
    "import.cell_too_large": _("A cell of this row is longer than %(limit)s characters."),
    "import.choice": _("“%(value)s” is not one of: %(choices)s."),
    "import.country": _("“%(value)s” is not a country that we know."),
    "import.currency": _("“%(value)s” is not a currency code."),
    "import.currency_mismatch": _("“%(value)s” is not in %(currency)s, the currency of this file."),
    "import.date": _("“%(value)s” is not a date."),
    "import.date_order": _(
        "“%(value)s” does not follow the order of this column's dates (%(order)s)."
    ),
    "import.date_range": _("“%(value)s” is not between the years %(first)s and %(last)s."),
    "import.domain": _("“%(value)s” is not a site address."),
    "import.email": _("“%(value)s” is not an e-mail address."),
    "import.epoch": _("“%(value)s” is not a number of seconds since 1970."),
    "import.group_incomplete": _(
        "Line %(line)s, of the same record, is refused: without it the total would be wrong."
    ),
    "import.half_character": _(
        "This row holds half a character (shown as �): it comes from a damaged file."
    ),
    "import.id_too_long": _("The identifier is longer than %(limit)s characters."),
    "import.int": _("“%(value)s” is not a whole number."),
    "import.json": _("“%(value)s” is not a JSON object."),
    "import.missing_id": _("The identifier of the %(entity)s is empty."),
    "import.missing_value": _("The value is missing, and a %(entity)s needs it."),
    "import.not_an_object": _("This element is not a JSON object."),
    "import.not_json": _("This line is not valid JSON."),
    "import.nul": _("This row holds NUL characters: it comes from a damaged file."),
    "import.iban": _("“%(value)s” is not a valid IBAN."),
    "import.number": _("“%(value)s” is not a number."),
    "import.number_ambiguous": _(
        "“%(value)s” may be read in two ways, and nothing in the column says whether the comma or the point marks decimals: choose it in the mapping."
    ),
    "import.number_too_large": _("“%(value)s” is too large."),
    "import.phone": _("“%(value)s” is not a phone number."),
    "import.ragged": _("This row has %(found)s cells where the header has %(expected)s."),
    "import.share": _("“%(value)s” is not between 0 and 1 (or 0 %% and 100 %%)."),
    "import.siren": _("The check digit of SIREN “%(value)s” is wrong."),
    "import.siren_form": _("“%(value)s” is not a SIREN: it should have 9 digits."),
    "import.siret": _("The check digit of SIRET “%(value)s” is wrong."),
    "import.siret_form": _("“%(value)s” is not a SIRET: it should have 14 digits."),
    "import.spreadsheet_damage": _(
        "“%(value)s” was a number that a spreadsheet shortened: its digits are lost. Export it again with this column as text."
    ),
    "import.superseded": _(
        "Line %(line)s gives the same record with other values: the last line is the one that counts."
    ),
    "import.too_deep": _("This element has objects inside objects at more than %(limit)s levels."),
    "import.too_many_decimals": _(
        "“%(value)s” has more decimals than %(currency)s allows (%(digits)s)."
    ),
    "import.unclosed_quote": _("A quotation mark opened in this row is never closed."),
    "import.value_too_long": _(
        "“%(value)s” is too long to be a value of this column: at most %(limit)s characters are read."
    ),
    "import.value_unmapped": _("“%(value)s” has no equivalent in the mapping."),
    "import.vat": _("“%(value)s” is not a valid VAT number."),
}
"""Why a row, or one of its cells, was refused. A literal % is written %% only where there are parameters."""

NOTICES: dict[str, str] = {
    "import.blank_column_dropped": _(
        "Column %(number)s has neither name nor value: it was left out."
    ),
    "import.blank_column_named": _("Column %(number)s has no name: it is called “%(name)s” here."),
    "import.cells_dropped": _(
        "Cells of “%(column)s” that could not be read, and were left empty: %(count)s (first one: line %(line)s, “%(value)s”)."
    ),
    "import.content_differs": _("%(name)s is in fact %(kind)s: it was read as such."),
    "import.dates_assumed": _(
        "Nothing in “%(column)s” tells the day from the month: they are read as day/month/year."
    ),
    "import.double_encoded": _(
        "Accents were damaged by a former conversion (“%(example)s”): they were repaired where possible. Please check them."
    ),
    "import.duplicate_column_dropped": _(
        "“%(column)s” appears twice with the same values: one was kept."
    ),
    "import.header_only": _("The file has a header and no row."),
    "import.mixed_encodings": _(
        "The file mixes UTF-8 and Windows-1252 (first at line %(line)s): each part was read in its own encoding. Please check the accents."
    ),
    "import.no_header": _("The file has no header: its columns are numbered."),
    "import.preamble": _("The first %(count)s lines, above the header, were left out."),
    "import.sep_line": _("The first line only tells the separator: it was left out."),
    "import.sheet_empty": _("Sheet “%(sheet)s” is empty."),
    "import.utf16": _("The file is in UTF-16."),
    "import.windows_1252": _(
        "The file is not in UTF-8: it was read as Windows-1252. Please check the accents."
    ),
    "import.undefined_bytes": _(
        "%(count)s characters do not exist in Windows-1252: they appear as �."
    ),
}
"""What a person should know about a file that was read."""

ORIGIN_NAMES: dict[str, tuple[str, ...]] = {
    "import_line": (_("import_line"), "import_ligne"),
    "import_column": (_("import_column"), "import_colonne"),
    "import_reason": (_("import_reason"), "import_raison"),
    "import_ordinal": (_("import_ordinal"), "import_rang"),
}
"""Columns that a file of refused rows adds, under each name the catalogues give them: whichever comes
back is recognised."""

MAPPING: dict[str, str] = {
    "mapping.choice": _("%(where)s: “%(value)s” is not one of %(choices)s."),
    "mapping.column": _("%(where)s: a column is expected."),
    "mapping.column_or_text": _("%(where)s: either a column or a text is expected."),
    "mapping.count": _("%(where)s: only a number can be a count."),
    "mapping.count_grouped": _("%(where)s: only grouped rows can be counted."),
    "mapping.currency": _("%(where)s: “%(value)s” is not a currency code."),
    "mapping.entities": _("%(where)s: either entities or a reason to ignore the file is expected."),
    "mapping.entity": _("%(where)s: “%(value)s” is not an entity."),
    "mapping.field": _("%(where)s: there is no such field in “%(name)s”."),
    "mapping.fields": _("%(where)s: a table of fields is expected."),
    "mapping.flag": _("%(where)s: true or false is expected."),
    "mapping.identifier": _("%(where)s: an identifier needs at least one column."),
    "mapping.join": _("%(where)s: only a text can be joined."),
    "mapping.list": _("%(where)s: a list is expected."),
    "mapping.literal": _("%(where)s: one of %(choices)s is expected."),
    "mapping.needs": _("%(where)s: “%(field_name)s” is missing."),
    "mapping.one_source": _(
        "%(where)s: exactly one of column, join, id (for a ref) and value is expected."
    ),
    "mapping.one_test": _("%(where)s: exactly one test is expected, of %(choices)s."),
    "mapping.parser": _("%(where)s: the parser “%(value)s” does not give this type: %(type)s."),
    "mapping.ref": _("%(where)s: only a field that points at another entity has a ref."),
    "mapping.ref_id": _("%(where)s: a ref to an object has its id."),
    "mapping.ref_key": _("%(where)s: a ref by key is one of %(choices)s, with a column."),
    "mapping.ref_missing": _(
        "%(where)s: ref is missing, the object it points at or an exact key such as @siren."
    ),
    "mapping.sum": _("%(where)s: only numbers have a sum."),
    "mapping.table": _("%(where)s: a table is expected."),
    "mapping.text": _("%(where)s: a text is expected."),
    "mapping.texts": _("%(where)s: “%(test)s” expects a list of texts."),
    "mapping.times": _("%(where)s: only an amount or a decimal can be multiplied."),
    "mapping.time_zone": _("%(where)s: “%(value)s” is not a time zone."),
    "mapping.true": _("%(where)s: “%(test)s” can only be true."),
    "mapping.unknown": _("%(where)s: unknown name “%(value)s”."),
    "mapping.unreadable": _("The file “%(path)s” cannot be read."),
    "mapping.not_json": _("“%(path)s” is not valid JSON (line %(line)s, character %(position)s)."),
}
"""What is wrong with a mapping written by hand, and where."""

OUTCOMES: dict[str, str] = {
    "import.ignored": "%(reason)s",
    "import.left-out": _("Left out by your choice."),
    "import.mapping-needed": _("Nobody has said yet what the columns of this table mean."),
    "import.needs_entity": _("Say what the rows of this table describe."),
    "import.needs_field": _(
        "No column gives “%(field)s” (%(entity)s), which is needed. Choose one, or leave the table out."
    ),
    "import.needs_identifier": _(
        "No column tells the records apart (%(entity)s). Choose an identifier."
    ),
    "import.nothing_recognised": _(
        "Nothing in this table is recognised: say what its rows describe, otherwise it will be left out."
    ),
    "import.problems": _("Still to settle: %(problems)s"),
    "import.of_file": _("%(file)s: %(why)s"),
    "import.interrupted": _("The import was interrupted before its end: nothing was written."),
}
"""Why a table was not imported, or a whole import."""

SETTLED_BY_HAND = frozenset(
    {
        "import.problems",
        "import.mapping-needed",
        "import.needs_entity",
        "import.needs_field",
        "import.needs_identifier",
        "import.nothing_recognised",
    }
)
"""What a person settles by saying what the columns mean."""

MESSAGES: dict[str, str] = {**REJECTIONS, **NOTICES, **MAPPING, **OUTCOMES}
MESSAGES |= {column: names[0] for column, names in ORIGIN_NAMES.items()}


def sentence(*, code: str, params: Mapping[str, object]) -> str:
    """The English sentence of a code; unknown codes show as they are."""
    message = MESSAGES.get(code, code)
    return message % params if params else message


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know, as a code and its parameters, which may be notices themselves."""

    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal) -> Notice:
        """What a refusal says, to be kept."""
        return cls(refusal.code, dict(refusal.details))

    def __str__(self) -> str:
        return sentence(code=self.code, params=self.params)


class Notices(tuple[Notice, ...]):
    """Several at once, as one parameter."""

    __slots__ = ()

    def __str__(self) -> str:
        return " · ".join(map(str, self))
