"""The files that are refused as a whole, each with its sentence."""

from __future__ import annotations

from typing import ClassVar

from palier.hub.imports.messages import _
from palier.kernel.refusals import Refusal


class FileRefused(Refusal):
    """A file that cannot be read; subclasses say why."""

    code: ClassVar[str] = "import.unreadable"
    message: ClassVar[str] = _("This file cannot be read.")


class EmptyFile(FileRefused):
    """Nothing but blanks."""

    code = "import.empty"
    message = _("This file is empty.")


class NotATable(FileRefused):
    """An image, a PDF, a web page…, whatever the name says. `details["kind"]` is a code."""

    code = "import.not_a_table"
    message = _(
        "This file is not a table but %(kind)s. Export the data as CSV, XLSX, JSON or Parquet."
    )


class BinaryFile(FileRefused):
    """Bytes that are no text in any known encoding."""

    code = "import.binary"
    message = _("This file holds NUL bytes: it is not a text file, or it is damaged.")


class DuplicateHeader(FileRefused):
    """The same name over columns with different values."""

    code = "import.duplicate_header"
    message = _(
        "Several columns have the same name: %(columns)s. Rename them so that each name is unique."
    )


class TooManyColumns(FileRefused):
    """More columns than a table of a tool has."""

    code = "import.too_many_columns"
    message = _("This file has %(count)s columns; at most %(limit)s are read.")


class NoStructure(FileRefused):
    """Most rows do not follow the header."""

    code = "import.no_structure"
    message = _(
        "The rows of this file do not have the cells that its header announces (%(refused)s of the first %(seen)s differ)."
    )


class BrokenQuotes(FileRefused):
    """Too many quotation marks that never close."""

    code = "import.broken_quotes"
    message = _(
        "More than %(limit)s rows open a quotation mark that is never closed (first one: line %(line)s)."
    )


class BrokenJson(FileRefused):
    """JSON that stops being JSON."""

    code = "import.broken_json"
    message = _("This is not valid JSON from character %(position)s on.")


class JsonTooDeep(FileRefused):
    """JSON made of boxes in boxes."""

    code = "import.json_too_deep"
    message = _(
        "This JSON has objects inside objects at more than %(limit)s levels: it is refused."
    )


class JsonShape(FileRefused):
    """JSON without one array of objects."""

    code = "import.json_shape"
    message = _("This JSON is neither an array of objects nor an object that holds exactly one.")


class BrokenSpreadsheet(FileRefused):
    """A workbook that cannot be opened."""

    code = "import.broken_spreadsheet"
    message = _("This spreadsheet cannot be opened: it is damaged or protected by a password.")


class SpreadsheetTooLarge(FileRefused):
    """A workbook that would not fit in memory."""

    code = "import.spreadsheet_too_large"
    message = _(
        "This spreadsheet holds more than %(limit)s MB once opened, which is too much: export its sheets as CSV."
    )


class BrokenParquet(FileRefused):
    """A Parquet file that cannot be opened."""

    code = "import.broken_parquet"
    message = _("This Parquet file cannot be opened: it is damaged.")


class BrokenZip(FileRefused):
    """An archive that cannot be opened."""

    code = "import.broken_zip"
    message = _("This archive cannot be opened: it is damaged or protected by a password.")


class ZipBomb(FileRefused):
    """An archive that grows out of measure."""

    code = "import.zip_bomb"
    message = _("This archive would grow out of measure when opened (%(reason)s): it is refused.")


class UnsafePath(FileRefused):
    """An archive whose members try to leave it."""

    code = "import.unsafe_path"
    message = _("This archive holds an unsafe path, “%(path)s”: it is refused.")


class EmptyZip(FileRefused):
    """An archive with no file to read."""

    code = "import.empty_zip"
    message = _("This archive holds no file that can be imported.")


class NoSpace(FileRefused):
    """The disk is full."""

    code = "import.no_space"
    message = _(
        "There is no space left on the disk: nothing was kept. Free some space, then start again."
    )
