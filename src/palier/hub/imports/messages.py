"""The English sentence of every code that imports give: rejected cells and rows, and notices.

The shells translate them; the placeholders are the parameters that come with the code.
"""

from __future__ import annotations


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
    "import.id_too_long": _("The identifier is longer than %(limit)s characters."),
    "import.int": _("“%(value)s” is not a whole number."),
    "import.json": _("“%(value)s” is not a JSON object."),
    "import.missing_id": _("The identifier of the %(entity)s is empty."),
    "import.missing_value": _("The value is missing, and a %(entity)s needs it."),
    "import.not_an_object": _("This element is not a JSON object."),
    "import.not_json": _("This line is not valid JSON."),
    "import.nul": _("This row holds NUL characters: it comes from a damaged file."),
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
    "import.too_many_decimals": _(
        "“%(value)s” has more decimals than %(currency)s allows (%(digits)s)."
    ),
    "import.unclosed_quote": _("A quotation mark opened in this row is never closed."),
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
        "%(count)s cells of “%(column)s” could not be read and were left empty (first one: line %(line)s, “%(value)s”)."
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

MESSAGES: dict[str, str] = {**REJECTIONS, **NOTICES}


def sentence(*, code: str, params: dict[str, str]) -> str:
    """The English sentence of a code; unknown codes show as they are."""
    message = MESSAGES.get(code, code)
    return message % params if params else message
