"""Folders that connections may read: inside the data folder, or named by the operator."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from palier.hub.imports.messages import _
from palier.kernel.environment import data_dir, read
from palier.kernel.refusals import Refusal


class FolderForbidden(Refusal):
    code: ClassVar[str] = "connector.folder-forbidden"
    message: ClassVar[str] = _(
        "“%(path)s” is outside the folders that connections may read. An operator can allow it with PALIER_WATCHED_FOLDERS."
    )


def allowed_folders() -> list[Path]:
    """Folders that may be read, links followed."""
    named = [Path(one.strip()) for one in read("WATCHED_FOLDERS").split(",") if one.strip()]
    return [one.resolve() for one in (named or [data_dir() / "arrivees"])]


def allowed_path(text: str) -> Path:
    """A path inside an allowed folder, links followed. Raises: `FolderForbidden`."""
    path = Path(text).resolve()
    if not any(path.is_relative_to(folder) for folder in allowed_folders()):
        raise FolderForbidden(path=text)
    return path
