"""Files on their way in: straight to the disk that keeps them, within a limit, each trouble with its sentence."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from palier.web import formats
from palier.wording.sentences import sentence

MAX_BYTES = 2_000_000_000
"""Bytes of one file, unless the setting `IMPORT_MAX_BYTES` says otherwise [ours]."""
CHUNK = 1 << 20


def limit() -> int:
    """The largest file that is accepted, in bytes."""
    return int(getattr(settings, "IMPORT_MAX_BYTES", MAX_BYTES))


def written_size(size: int) -> str:
    """A size as people read it: 2 Go, 350 ko."""
    from django.utils.translation import gettext as _

    for scale, word in ((10**9, _("GB")), (10**6, _("MB"))):
        if size >= scale:
            return f"{formats.number(round(size / scale, 1))}{formats.NO_BREAK}{word}"
    return f"{formats.number(max(1, round(size / 1000)))}{formats.NO_BREAK}{_('kB')}"


class IncomingHandler(FileUploadHandler):
    """Writes each file beside the imports as it arrives; one that is too large or does not fit is let go."""

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.troubles: list[str] = []
        self._file: Any = None
        self._size = 0
        self._trouble = ""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open its place on the disk."""
        super().new_file(*args, **kwargs)
        folder = Path(settings.MEDIA_ROOT) / "imports" / "incoming"
        self._size, self._trouble = 0, ""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.NamedTemporaryFile(dir=folder, prefix="file-")  # noqa: SIM115 - closed by who receives it
        except OSError as error:
            self._refuse(_said(error))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep one piece, as long as it fits."""
        if self._trouble:
            return None
        self._size += len(raw_data)
        if self._size > limit():
            self._refuse(
                sentence(
                    "import.too-large",
                    {"name": self.file_name or "", "limit": written_size(limit())},
                )
            )
            return None
        try:
            self._file.write(raw_data)
        except OSError as error:
            self._refuse(_said(error))
        return None

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        """The file, unless it was let go."""
        if self._trouble:
            return None
        try:
            self._file.seek(0)
        except OSError as error:
            self._refuse(_said(error))
            return None
        return UploadedFile(self._file, self.file_name, self.content_type, file_size, self.charset)

    def upload_interrupted(self) -> None:
        """Nothing is kept of a file whose sender went away."""
        if self._file is not None:
            self._file.close()

    def _refuse(self, trouble: str) -> None:
        self._trouble = trouble
        if trouble not in self.troubles:
            self.troubles.append(trouble)
        if self._file is not None:
            try:
                self._file.close()
            except OSError:
                self._file = None


def _said(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return sentence("import.no_space")
    raise error
