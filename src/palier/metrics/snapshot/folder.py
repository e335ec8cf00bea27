"""One company's analytical files: immutable versions, the pointer to the current one, one writer.

A version gets a name of its own and is never changed; `CURRENT` describes it and is replaced by
rename, so a reader sees the old version or the new one. Whatever a killed refresh left is removed
by the next one. Source: analytics.md §2.4.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from palier.kernel.refusals import Refusal

KEPT_VERSIONS = 3
"""Readers finish on an old version while newer ones come; three is minutes of refreshes. Source: analytics.md D4."""
_POINTER = "CURRENT"
_DRAFT = ".draft-"
_STORED = ("position", "generation", "digest", "changed", "rows")


class AnotherRefreshRunning(Refusal):
    """Somebody else is writing this company's file."""

    code: ClassVar[str] = "metrics.another-refresh-running"
    message: ClassVar[str] = "The figures of this company are being refreshed already."


@dataclass(frozen=True, slots=True)
class Version:
    """One published file, and what it holds.

    `position` and `generation` say where the change feed stood; `digest` names the shape of the
    file; `changed` counts the rows replaced since the last full load; `rows` are by table.
    """

    number: int
    path: Path
    position: int
    generation: str
    made_at: dt.datetime
    digest: str
    changed: int
    rows: dict[str, int]


class Folder:
    """The analytical files of one company."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, *, company_id: int) -> Folder:
        """The company's folder in this installation's data."""
        from django.conf import settings

        return cls(Path(settings.DATA_DIR) / "analytics" / str(int(company_id)))

    def current(self) -> Version | None:
        """The version readers should open; None when there is none, or its file is damaged."""
        try:
            stored = json.loads((self.path / _POINTER).read_bytes())
            path = self.path / stored["file"]
            if path.stat().st_size != stored["size"]:
                return None
            return Version(
                number=_number(path),
                path=path,
                made_at=dt.datetime.fromisoformat(stored["made_at"]),
                **{name: stored[name] for name in _STORED},
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextlib.contextmanager
    def writing(self, *, wait: bool) -> Iterator[Path]:
        """Be the only writer; yields a draft folder that is gone afterwards.

        Raises: `AnotherRefreshRunning` when `wait` is false and somebody else writes.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise AnotherRefreshRunning from None
            self._clear_drafts()
            draft = self.path / f"{_DRAFT}{uuid.uuid4().hex}"
            draft.mkdir(mode=0o700)
            yield draft
        finally:
            self._clear_drafts()
            os.close(descriptor)

    def next_number(self) -> int:
        """The number of the version to come, above every file there is."""
        return max((_number(path) for path in self._versions()), default=0) + 1

    def path_of(self, number: int) -> Path:
        """Where the version of that number is published."""
        return self.path / f"v{number:09d}.duckdb"

    def publish(self, *, draft: Path, version: Version) -> None:
        """Make a finished file the current version, and forget the oldest ones."""
        draft.replace(version.path)
        stored = {
            "file": version.path.name,
            "size": version.path.stat().st_size,
            "made_at": version.made_at.isoformat(),
            **{name: getattr(version, name) for name in _STORED},
        }
        pointer = self.path / f"{_DRAFT}{uuid.uuid4().hex}"
        with pointer.open("wb") as handle:
            handle.write(json.dumps(stored, indent=1).encode())
            handle.flush()
            os.fsync(handle.fileno())
        pointer.replace(self.path / _POINTER)
        _sync_folder(self.path)
        self.prune()

    def prune(self, *, keep: int = KEPT_VERSIONS) -> None:
        """Remove the oldest versions; a reader that holds one open keeps reading it."""
        for path in self._versions()[:-keep]:
            path.unlink(missing_ok=True)

    def _versions(self) -> list[Path]:
        return sorted(self.path.glob("v*.duckdb"))

    def _clear_drafts(self) -> None:
        for path in self.path.glob(f"{_DRAFT}*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("v"))


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
