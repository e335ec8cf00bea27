"""Files that arrive in a folder: each taken once, by its bytes, through the same door as an import laid down by hand.

The mapping is the one remembered for files of that shape, else a preset's; a file that nobody has
explained yet waits as an import to be completed, and the run says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from palier.accounts.queries import CompanyInfo
from palier.hub.connectors.connecting import AlreadyConnected
from palier.hub.connectors.folders import allowed_path
from palier.hub.connectors.ledger import Ledger
from palier.hub.imports import batches
from palier.hub.imports.messages import _
from palier.hub.imports.plan import LEFT_ALONE, REJECTS_SUFFIX
from palier.hub.imports.rejects import Explain
from palier.hub.models import Connector, ConnectorFile
from palier.kernel.refusals import Refusal

SETTLED_S = 10
"""A file that changed less than so many seconds ago may still be being written [ours]."""
BLOCK = 1 << 20
STREAM = "files"
MESSAGES: dict[str, str] = {
    "connector.file-waits": _("“%(name)s”: %(why)s It waits among the imports."),
}
"""What a person should know of a run over files."""


class FolderMissing(Refusal):
    code: ClassVar[str] = "connector.folder-missing"
    message: ClassVar[str] = _("The folder “%(path)s” does not exist or cannot be read.")


def watch_folder(
    *,
    company_id: int,
    tool: str,
    label: str,
    folder: str,
    person_id: int | None,
    every_minutes: int = 5,
) -> Connector:
    """Take the files that arrive in a folder, as those of a tool. Raises: `FolderForbidden`, `AlreadyConnected`."""
    path = allowed_path(folder)
    known = Connector.objects.filter(company_id=company_id, tool=tool, disconnected_at=None)
    if known.exists():
        raise AlreadyConnected(tool=label)
    return Connector.objects.create(
        company_id=company_id,
        tool=tool,
        label=label,
        kind="folder",
        settings={"folder": str(path)},
        every_minutes=every_minutes,
        person_id=person_id,
    )


def take_files(
    *,
    company: CompanyInfo,
    connector: Connector,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    explain: Explain,
) -> None:
    """Take every file that was not taken yet. Raises: `FolderMissing`, `FolderForbidden`, `AnotherWriteRunning`."""
    folder = allowed_path(connector.settings["folder"])
    counts = ledger.of(STREAM)
    for path in _arrived(folder, now()):
        digest, size = _digest(path)
        if ConnectorFile.objects.filter(connector=connector, digest=digest).exists():
            continue
        _take(company, connector, ledger, path, digest=digest, size=size, now=now, explain=explain)
        ledger.count(STREAM, pages=1)
        ledger.save()
    counts["done"] = True
    ledger.save()


def _arrived(folder: Path, now: dt.datetime) -> Iterator[Path]:
    """Files of the folder that have settled, oldest first; links that lead outside are left alone."""
    try:
        found = [one for one in folder.iterdir() if one.is_file()]
    except OSError as error:
        raise FolderMissing(path=str(folder)) from error
    for path in sorted(found, key=lambda one: (one.stat().st_mtime, one.name)):
        settled = now.timestamp() - path.stat().st_mtime >= SETTLED_S
        if path.name.startswith(".") or path.name.lower() in LEFT_ALONE or not settled:
            continue
        if path.name.endswith(REJECTS_SUFFIX) or not path.resolve().is_relative_to(folder):
            continue
        yield path


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _take(
    company: CompanyInfo,
    connector: Connector,
    ledger: Ledger,
    path: Path,
    *,
    digest: str,
    size: int,
    now: Callable[[], dt.datetime],
    explain: Explain,
) -> None:
    batch = batches.create_batch(
        company_id=company.id, person_id=connector.person_id, tool=connector.tool, origin="folder"
    )
    with path.open("rb") as stream:
        chunks = iter(lambda: stream.read(BLOCK), b"")
        batches.add_file(batch=batch, name=path.name, chunks=chunks)
    try:
        report = batches.run_batch(company=company, batch=batch, now=now(), explain=explain)
    except batches.NothingReady as refusal:
        batch.status, batch.failure = (
            "draft",
            None,
        )  # a person completes it as one laid down by hand
        batch.save(update_fields=["status", "failure"])
        ledger.notice("connector.file-waits", name=path.name, why=_why(refusal))
    else:
        ledger.count(
            STREAM,
            received=report.rows_read,
            created=report.total("created"),
            updated=report.total("updated"),
            unchanged=report.total("unchanged"),
            rejected=report.total("rejected"),
        )
    ConnectorFile.objects.create(
        company_id=company.id,
        connector=connector,
        digest=digest,
        name=path.name[:200],
        size=size,
        batch_id=batch.pk,
        taken_at=now(),
    )


def _why(refusal: batches.NothingReady) -> object:
    reasons: Mapping[str, object] = refusal.details
    return reasons["reasons"]
