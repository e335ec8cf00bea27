"""A list as a file: one row after the other, whatever their number, in constant memory."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from palier.hub import queries
from palier.hub.queries import Link, Value
from palier.hub.queries.listing import ListedRow, iterate_rows
from palier.hub.queries.published import published_id
from palier.kernel.money import minor_digits
from palier.web import formats
from palier.web.records import shown
from palier.web.records.entities import MONTHLY, column_label
from palier.web.records.state import State, available, field_named
from palier.wording import labels

Written = str | Decimal | dt.date | dt.datetime | None
"""A cell before its file's own way of writing it."""
ROWS_OF_A_SHEET = 1_048_576
"""Source: Excel specifications and limits, Microsoft."""
LONGEST_CELL = 32_767
"""Characters of a cell. Source: the same."""
_TOGETHER = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula. Source: OWASP, CSV injection."""


def columns_of(state: State, *, everything: bool) -> tuple[str, ...]:
    """The columns of a file: amounts never come without their currency."""
    names = state.columns if not everything else available(state.entity, state.custom)
    fields = [field_named(state.entity, name, state.custom) for name in names]
    amounts = any(field is not None and field.type == "money" for field in fields)
    return (*names, "currency") if amounts and "currency" not in names else tuple(names)


def heads(state: State, columns: Sequence[str]) -> list[str]:
    """The first row of a file."""
    return [_("Identifier"), *(column_label(state.entity, name) for name in columns)]


def lines(
    state: State, columns: Sequence[str], *, company_id: int, currency: str, today: dt.date
) -> Iterator[list[Written]]:
    """The rows of a file, one after the other."""
    found = iterate_rows(
        company_id=company_id,
        entity=state.entity,
        asked=state.asked(),
        custom=state.custom,
        fields=[name for name in columns if name != MONTHLY],
    )
    while together := list(itertools.islice(found, _TOGETHER)):
        monthly: dict[int, Decimal] = {}
        if MONTHLY in columns:
            by_customer = queries.monthly_by_customer(
                company_id=company_id,
                ids=[one.id for one in together],
                today=today,
                currency=currency,
            )
            monthly = {
                customer: money.amount
                for customer, sums in by_customer.items()
                for money in sums
                if money.currency == currency
            }
        for one in together:
            yield [
                published_id(state.entity, one.public_id),
                *(
                    monthly.get(one.id) if name == MONTHLY else _cell(state, name, one, currency)
                    for name in columns
                ),
            ]


def _cell(state: State, name: str, row: ListedRow, currency: str) -> Written:
    value: Value = row.values[name]
    field = field_named(state.entity, name, state.custom)
    if value is None or value == "":
        return None
    if isinstance(value, Link):
        return value.label
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.type == "money" and isinstance(value, int):
        return Decimal(value).scaleb(-minor_digits(row.currency or currency))
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, dt.date):
        return value
    if field is not None and field.type == "choice":
        return labels.choice(state.entity, name, str(value))
    return (
        shown.text_of(state.entity, name, "text", value, currency=currency)
        if isinstance(value, dict)
        else str(value)
    )


def as_csv(heads: Sequence[str], lines: Iterable[Sequence[Written]]) -> Iterator[bytes]:
    """UTF-8 with its mark, semicolons, and the reader's decimal mark: what a French Excel opens at once."""
    comma = formats.locale().language == "fr"
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(heads)
    yield b"\xef\xbb\xbf"
    for number, line in enumerate(lines, 1):
        writer.writerow([_as_text(one, comma=comma) for one in line])
        if not number % 500:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _as_text(value: Written, *, comma: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.replace(".", ",") if comma else text
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"'{value}" if value.startswith(_FORMULA) else value


def as_xlsx(title: str, heads: Sequence[str], lines: Iterable[Sequence[Written]]) -> IO[bytes]:
    """A workbook on the disk, at its beginning; further sheets where one is full. Texts are never formulas."""
    import xlsxwriter

    file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - closed by the answer
    plain = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(file, plain) as book:
        formats_of = {
            dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        bold = book.add_format({"bold": True})
        rows, count = iter(lines), 0
        while (together := list(itertools.islice(rows, 1))) or not count:
            count += 1
            sheet = book.add_worksheet(f"{title[:25]} {count}" if count > 1 else title[:31])
            sheet.freeze_panes(1, 0)
            for place, head in enumerate(heads):
                sheet.write_string(0, place, head, bold)
            whole = itertools.chain(together, itertools.islice(rows, ROWS_OF_A_SHEET - 2))
            for at, line in enumerate(whole, 1):
                for place, value in enumerate(line):
                    _write(sheet, at, place, value, formats_of)
    file.seek(0)
    return file


def _write(
    sheet: Any, at: int, place: int, value: Written, formats_of: Mapping[type[dt.date], Any]
) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(at, place, float(value))
    elif isinstance(value, dt.date):
        sheet.write_datetime(at, place, value, formats_of[type(value)])
    elif value is not None:
        sheet.write_string(at, place, value[:LONGEST_CELL])
