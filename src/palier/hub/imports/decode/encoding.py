"""The encoding of a text file, decided from all of its bytes, and told when it was not UTF-8."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

from palier.hub.imports.decode.refusals import BinaryFile, EmptyFile
from palier.hub.imports.decode.tables import MAX_CELL
from palier.hub.imports.messages import Notice

BLOCK = 1 << 20
MIXED_SHARE = 0.1
"""UTF-8 letters per Windows-1252 letter from which a file is held to mix both: pairs such as "É»"
are valid UTF-8 by accident. Source: judgement; a true mix has whole words of both."""
NUL_SHARE = 0.001
"""NUL bytes from which a file is no text; below, the rows that hold them are refused."""
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
HIGH = re.compile(rb"[\x80-\xff]")
UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
HIGH_HALF = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122"
"""What the bytes 80 to BF are once read as Windows-1252."""
DOUBLE = re.compile(f"[ÂÃÅ][{HIGH_HALF}]|â[{HIGH_HALF}]{{2}}")
"""A character written in UTF-8, read as Windows-1252 and written in UTF-8 again."""
BLANKS = b" \t\r\n\xef\xbb\xbf\xff\xfe\x00"
CP1252_FALLBACK = "palier-cp1252"


def _fallback(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(CP1252_FALLBACK, _fallback)


@dataclass(slots=True)
class TextFile:
    """A text file ready to be opened again and again, with what its bytes told."""

    path: Path
    encoding: str = "utf-8"
    errors: str = "strict"
    notices: list[Notice] = field(default_factory=list)
    has_nul: bool = False
    has_giant_line: bool = False
    double_encoded: bool = False

    def open(self) -> TextIO:
        """The text from its start, line ends as written."""
        return io.TextIOWrapper(
            self.path.open("rb", buffering=BLOCK),
            encoding=self.encoding,
            errors=self.errors,
            newline="",
        )

    def head(self, size: int = 65_536) -> str:
        """The first characters."""
        with self.open() as stream:
            return stream.read(size)


def inspect(path: Path) -> TextFile:
    """Reads all the bytes once. Raises `EmptyFile`, `BinaryFile`."""
    found = TextFile(path)
    with path.open("rb") as stream:
        head = stream.read(4096)
        if not head.strip(BLANKS) and not _has_text(stream):
            raise EmptyFile
        if _utf16(head, found):
            found.notices.append(Notice("import.utf16"))
            _scan_utf16(found)
            return found
        stream.seek(0)
        _scan(stream, found)
    return found


def _has_text(stream: BinaryIO) -> bool:
    return any(block.strip(BLANKS) for block in iter(lambda: stream.read(BLOCK), b""))


def _utf16(head: bytes, found: TextFile) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found.encoding = "utf-16"
        return True
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = max(len(head) // 2, 1)
    if odd > 0.7 * pairs and even < 0.05 * pairs:
        found.encoding = "utf-16-le"
    elif even > 0.7 * pairs and odd < 0.05 * pairs:
        found.encoding = "utf-16-be"
    return found.encoding != "utf-8"


def _scan_utf16(found: TextFile) -> None:
    found.has_giant_line = True
    try:
        with found.open() as stream:
            for block in iter(lambda: stream.read(BLOCK), ""):
                found.has_nul = found.has_nul or "\0" in block
    except UnicodeError as error:
        raise BinaryFile from error


def _scan(stream: BinaryIO, found: TextFile) -> None:
    """One pass over the bytes: NULs, lines longer than a cell may be, UTF-8 or not, double encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, size, nuls, line, since_break = True, 0, 0, 1, 0
    example = ""
    for block in iter(lambda: stream.read(BLOCK), b""):
        if size == 0 and block.startswith(codecs.BOM_UTF8):
            found.encoding = "utf-8-sig"
        size += len(block)
        nuls += block.count(0)
        since_break = _since_break(block, since_break, found)
        if valid:
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                valid = False
                line += block.count(b"\n", 0, error.start)
            else:
                example = example or _double_encoded(text)
                line += block.count(b"\n")
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid = False
    if nuls > NUL_SHARE * size:
        raise BinaryFile
    found.has_nul = nuls > 0
    if not valid:
        _not_utf8(found, stream, line=line)
    elif example:
        found.double_encoded = True
        found.notices.append(Notice("import.double_encoded", {"example": example}))


def _double_encoded(text: str) -> str:
    if text.isascii() or not any(mark in text for mark in "ÃÂÅâ"):
        return ""
    match = DOUBLE.search(text)
    return match[0] if match else ""


def _since_break(block: bytes, since: int, found: TextFile) -> int:
    """Bytes since the last line end; a line longer than a cell may be is remembered."""
    breaks = [at for at in (block.find(b"\n"), block.find(b"\r")) if at >= 0]
    if since + (min(breaks) if breaks else len(block)) > MAX_CELL:
        found.has_giant_line = True
    if not breaks:
        return since + len(block)
    return len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))


def _not_utf8(found: TextFile, stream: BinaryIO, *, line: int) -> None:
    """A second pass: Windows-1252 throughout, or a mix of it with UTF-8."""
    multibyte = high = undefined = 0
    stream.seek(0)
    for block in iter(lambda: stream.read(BLOCK), b""):
        if not block.isascii():
            multibyte += len(MULTIBYTE.findall(block))
            high += len(HIGH.findall(MULTIBYTE.sub(b"", block)))
            undefined += len(UNDEFINED.findall(block))
    if multibyte > MIXED_SHARE * high:
        found.errors = CP1252_FALLBACK
        found.notices.append(Notice("import.mixed_encodings", {"line": str(line)}))
        return
    found.encoding, found.errors = "cp1252", "replace"
    found.notices.append(Notice("import.windows_1252"))
    if undefined:
        found.notices.append(Notice("import.undefined_bytes", {"count": str(undefined)}))


def repaired(text: str) -> str:
    """The text with every double encoding that can be undone, undone."""
    return text if text.isascii() else DOUBLE.sub(_undo, text)


def _undo(match: re.Match[str]) -> str:
    try:
        return b"".join(_byte(mark) for mark in match[0]).decode("utf-8")
    except UnicodeError:
        return match[0]


def _byte(mark: str) -> bytes:
    try:
        return mark.encode("cp1252")
    except UnicodeError:
        return mark.encode("latin-1")
