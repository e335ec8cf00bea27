"""The door: what a file is, told by its first bytes, and zip archives opened with measure."""

from __future__ import annotations

import errno
import io
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from palier.hub.imports.decode.binary import open_parquet, open_spreadsheet
from palier.hub.imports.decode.delimited import open_delimited
from palier.hub.imports.decode.encoding import inspect
from palier.hub.imports.decode.objects import open_objects
from palier.hub.imports.decode.refusals import (
    BrokenZip,
    EmptyFile,
    EmptyZip,
    FileRefused,
    NoSpace,
    NotATable,
    SpreadsheetTooLarge,
    UnsafePath,
    ZipBomb,
)
from palier.hub.imports.decode.returned import as_it_was
from palier.hub.imports.decode.tables import Table
from palier.hub.imports.messages import Notice, _

MAX_RATIO = 200
"""Bytes opened per byte of archive. Deflate reaches 1,032; repetitive CSV stays under 60 (measured)."""
RATIO_FROM = 10_000_000
"""Bytes below which the ratio does not matter."""
MAX_TOTAL = 4_000_000_000
"""Bytes that one archive may become on disk."""
MAX_MEMBERS = 1_000
MAX_DIRECTORY = 4_000_000
"""Bytes of an archive's list of members: far above that of a thousand files, whatever their names."""
LONGEST_END = 66_000
"""Bytes among which the end of an archive is found: a comment has at most 65,535."""
MAX_SPREADSHEET = 200_000_000
"""Bytes that a workbook may become: its sheets are held whole, at some five times that (measured)."""
MAX_DEPTH = 2
"""Archives inside archives: one level is a habit of some tools, more is an attack."""
COPY = 1 << 20

FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", _("an image")),
    (b"\xff\xd8\xff", _("an image")),
    (b"GIF8", _("an image")),
    (b"BM\x00", _("an image")),
    (b"II*\x00", _("an image")),
    (b"MM\x00*", _("an image")),
    (b"%PDF", _("a PDF document")),
    (b"{\\rtf", _("a text document")),
    (b"\x1f\x8b", _("a compressed file")),
    (b"7z\xbc\xaf", _("a compressed file")),
    (b"Rar!", _("a compressed file")),
    (b"\x28\xb5\x2f\xfd", _("a compressed file")),
    (b"BZh", _("a compressed file")),
    (b"\xfd7zXZ", _("a compressed file")),
    (b"\x7fELF", _("a programme")),
    (b"MZ\x90", _("a programme")),
    (b"SQLite format 3", _("a database")),
    (b"ID3", _("a sound")),
    (b"RIFF", _("an image")),
)
MARKUP = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<!--.*?-->\s*)*<(?P<tag>!doctype html|html|head|body|table|meta|\?xml|svg|div|script)",
    re.IGNORECASE | re.DOTALL,
)
OLD_SPREADSHEET = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SPREADSHEET_MEMBERS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "csv": ("csv", "tsv", "text"),
    "tsv": ("csv", "tsv", "text"),
    "txt": ("csv", "tsv", "text", "json", "jsonl"),
    "json": ("json", "jsonl"),
    "jsonl": ("json", "jsonl"),
    "ndjson": ("json", "jsonl"),
    "parquet": ("parquet",),
    "xlsx": ("xlsx",),
    "xlsm": ("xlsx",),
    "xls": ("xlsx",),
    "ods": ("xlsx",),
}
KIND_NAMES = {
    "csv": _("a CSV file"),
    "tsv": _("a CSV file"),
    "text": _("a text file"),
    "json": _("a JSON file"),
    "jsonl": _("a JSON file"),
    "parquet": _("a Parquet file"),
    "xlsx": _("a spreadsheet"),
}


@dataclass(slots=True)
class Decoded:
    """The tables of a file, and of an archive the members that were refused, each with its refusal.

    A context manager: leaving it removes what was unpacked, after which tables can no longer be read.
    """

    tables: list[Table] = field(default_factory=list)
    refused: list[tuple[str, FileRefused]] = field(default_factory=list)
    _folders: list[tempfile.TemporaryDirectory[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was unpacked."""
        while self._folders:
            self._folders.pop().cleanup()


def decode(*, path: Path, name: str = "") -> Decoded:
    """The tables of the file at `path`; `name` is what the person calls it.

    Raises a `FileRefused` that says why nothing can be read. Inside an archive the same refusals are
    in `refused` beside the tables of the other members, except those of the archive itself.
    """
    found = Decoded()
    try:
        _open(path, name or path.name, found, depth=0)
    except OSError as error:
        found.close()
        raise (NoSpace() if error.errno == errno.ENOSPC else FileRefused()) from error
    except BaseException:
        found.close()
        raise
    return found


def _open(path: Path, name: str, found: Decoded, *, depth: int) -> None:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise EmptyFile
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        _open_archive(path, name, found, depth=depth)
        return
    for table in _tables(path, name, head):
        found.tables.append(_named(table, name))


def _tables(path: Path, name: str, head: bytes) -> Iterator[Table]:
    if head.startswith(b"PAR1"):
        yield open_parquet(name=name, path=path)
        return
    if head.startswith(OLD_SPREADSHEET):
        yield from open_spreadsheet(name=name, path=path)
        return
    for magic, kind in FOREIGN:
        if head.startswith(magic):
            raise NotATable(kind=kind)
    if head[4:8] == b"ftyp":
        raise NotATable(kind=_("a video"))
    if match := MARKUP.match(head):
        raise NotATable(kind=_("an image") if match["tag"].lower() == b"svg" else _("a web page"))
    text = inspect(path)
    start = text.head(4096).lstrip("\ufeff \t\r\n")
    if start[:1] == "{" or (start[:1] == "[" and re.match(r'\[\s*[{\["\]\d-]', start)):
        yield open_objects(name=name, text=text)
    else:
        yield open_delimited(name=name, text=text)


def _named(table: Table, name: str) -> Table:
    """The table as it was before it was refused, with a notice when its name promises another kind."""
    table = as_it_was(table)
    expected = EXTENSIONS.get(PurePosixPath(name).suffix.lower().lstrip("."))
    if expected is None or table.kind in expected:
        return table
    notice = Notice("import.content_differs", {"name": name, "kind": KIND_NAMES[table.kind]})
    return replace(table, notices=(notice, *table.notices))


def _open_archive(path: Path, name: str, found: Decoded, *, depth: int) -> None:
    if _directory_size(path) > MAX_DIRECTORY:
        raise ZipBomb(reason=_("too many files"))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _weigh(members, path.stat().st_size)
            if any(member.filename in SPREADSHEET_MEMBERS for member in members):
                if sum(member.file_size for member in members) > MAX_SPREADSHEET:
                    raise SpreadsheetTooLarge(limit=MAX_SPREADSHEET // 1_000_000)
                for table in open_spreadsheet(name=name, path=path):
                    found.tables.append(_named(table, name))
                return
            if any(member.filename == "word/document.xml" for member in members):
                raise NotATable(kind=_("a text document"))
            if depth >= MAX_DEPTH:
                raise ZipBomb(reason=_("archives inside archives"))
            _open_members(archive, members, found, depth=depth)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise BrokenZip from error


def _directory_size(path: Path) -> int:
    """Bytes of the archive's list of members, told by its end: nothing is read that could be too long."""
    with path.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - LONGEST_END))
        end = stream.read()
        at = end.rfind(b"PK\x05\x06")
        if at < 0 or len(end) < at + 22:
            return 0  # no archive: opening it will say so
        (declared,) = struct.unpack_from("<I", end, at + 12)
        if declared < 0xFFFFFFFF:
            return int(declared)
        if at < 20 or end[at - 20 : at - 16] != b"PK\x06\x07":
            return 0
        stream.seek(struct.unpack_from("<Q", end, at - 12)[0])
        longer = stream.read(56)
    return int(struct.unpack_from("<Q", longer, 40)[0]) if len(longer) == 56 else 0


def _weigh(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuses by what the directory of the archive declares; unpacking counts again for itself."""
    total = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS:
        raise ZipBomb(reason=_("too many files"))
    if total > MAX_TOTAL or (total > RATIO_FROM and total > MAX_RATIO * size):
        raise ZipBomb(reason=_("too much data for its size"))
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", member.filename):
            raise UnsafePath(path=member.filename)


def _open_members(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], found: Decoded, *, depth: int
) -> None:
    folder = tempfile.TemporaryDirectory(prefix="palier-import-")
    found._folders.append(folder)
    seen = 0
    for number, member in enumerate(members):
        if member.is_dir() or JUNK.search(member.filename):
            continue
        seen += 1
        target = Path(folder.name) / str(number)
        _unpack(archive, member, target)
        try:
            _open(target, member.filename, found, depth=depth + 1)
        except (ZipBomb, UnsafePath):
            raise
        except FileRefused as refusal:
            found.refused.append((member.filename, refusal))
    if not seen:
        raise EmptyZip


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Writes one member, never more than it declared (which `_weigh` accepted)."""
    written = 0
    with archive.open(member) as source, target.open("wb") as sink:
        while block := source.read(COPY):
            written += len(block)
            if written > member.file_size:
                raise ZipBomb(reason=_("too much data for its size"))
            sink.write(block)
