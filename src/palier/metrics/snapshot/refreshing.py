"""Bring a company's analytical file up to date: from the change feed where possible, else whole.

The feed's position is taken before the rows are read, so everything up to it is in what is read;
what was written meanwhile is read again next time, which changes nothing.
"""

from __future__ import annotations

import datetime as dt
import errno
import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from palier.hub import feed
from palier.kernel.refusals import Refusal
from palier.kernel.registries import Fact, facts
from palier.metrics.snapshot import derived, source
from palier.metrics.snapshot.checking import check_counts, check_movements
from palier.metrics.snapshot.folder import Folder, Version
from palier.metrics.snapshot.loading import Loader, create_table, open_draft, together

Kind = Literal["full", "incremental", "unchanged"]

REBUILD_SHARE = 0.25
"""Changes since the last full load, as a share of the rows, beyond which a full load is as fast and packs the file [ours]."""
SMALL_FILE_ROWS = 20_000
"""Below, the share above is not looked at: a full load would save nothing [ours]."""
COUNTED_ROWS = 100_000
"""Changed tables up to this size are counted again in the database after an incremental refresh; the others are known
by what came and went, since counting them would take longer than the refresh [ours]."""

log = logging.getLogger(__name__)


class SnapshotFailed(Refusal):
    """The file could not be written; the previous one is still there."""

    code: ClassVar[str] = "metrics.snapshot-failed"
    message: ClassVar[str] = (
        "The analytical file could not be written. The previous figures are kept. Reason: %(reason)s"
    )


class DiskFull(SnapshotFailed):
    """No room for the new version."""

    code: ClassVar[str] = "metrics.disk-full"
    message: ClassVar[str] = (
        "There is no room left on the disk for the analytical file. The previous figures are kept. Free some space in %(folder)s, then refresh."
    )


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """The version that is current after a refresh, and how it came about.

    `rows` are by table; `seconds` is the wall time of the refresh; `kind` says whether everything
    was read, only what changed, or nothing.
    """

    version: int
    path: Path
    position: int
    generation: str
    made_at: dt.datetime
    rows: dict[str, int]
    seconds: float
    kind: Kind


@dataclass(slots=True)
class _Work:
    """What one refresh carries from step to step."""

    company_id: int
    folder: Folder
    draft: Path
    facts: tuple[Fact, ...]
    head: feed.Head
    digest: str
    now: dt.datetime

    @property
    def file(self) -> Path:
        return self.draft / "new.duckdb"


def current(*, company_id: int) -> SnapshotInfo | None:
    """The version that readers should open, without refreshing; None when there is none."""
    version = Folder.of(company_id=company_id).current()
    return None if version is None else _info(version, seconds=0.0, kind="unchanged")


def refresh(
    *, company_id: int, now: dt.datetime, wait: bool = True, full: bool = False
) -> SnapshotInfo:
    """Bring the file up to date with everything committed so far; `full` reads it all again.

    The connection must be scoped to the company and outside any transaction.
    Raises: `AnotherRefreshRunning` when `wait` is false, `RowsMissing`, `MovementsDoNotAddUp`,
    `ValueOutOfRange`, `SnapshotFailed`, `DiskFull`; the current version then stays as it was.
    """
    began = time.monotonic()
    folder = Folder.of(company_id=company_id)
    known = tuple(facts)
    with folder.writing(wait=wait) as draft:
        work = _Work(
            company_id=company_id,
            folder=folder,
            draft=draft,
            facts=known,
            head=feed.number(company_id=company_id),
            digest=source.digest(
                known, also=[*derived.shape(), source.time_zone(company_id=company_id)]
            ),
            now=now,
        )
        before = None if full else _usable(work, folder.current())
        if before is not None and before.position == work.head.position:
            return _info(before, seconds=time.monotonic() - began, kind="unchanged")
        version, kind = _written(work, before)
        return _info(version, seconds=time.monotonic() - began, kind=kind)


def _usable(work: _Work, version: Version | None) -> Version | None:
    """The current version when the feed leads from it to now, and it has today's shape."""
    if (
        version is None
        or version.digest != work.digest
        or version.generation != str(work.head.generation)
    ):
        return None
    ahead = work.head.position - version.position
    if ahead < 0:
        return None
    total = sum(version.rows.values())
    if total + ahead > SMALL_FILE_ROWS and version.changed + ahead > REBUILD_SHARE * total:
        return None
    return version


def _written(work: _Work, before: Version | None) -> tuple[Version, Kind]:
    import duckdb

    try:
        if before is not None:
            try:
                return _incremental(work, before), "incremental"
            except (duckdb.Error, Refusal) as failure:
                log.warning(
                    "Company %s: incremental refresh given up, reading everything: %s",
                    work.company_id,
                    failure,
                )
                _clear(work.draft)
        return _full(work), "full"
    except duckdb.Error as failure:
        _raise_if_full(str(failure), work.folder)
        raise SnapshotFailed(reason=str(failure).split("\n", 1)[0]) from failure
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFull(folder=str(work.folder.path)) from failure
        raise SnapshotFailed(reason=failure.strerror or str(failure)) from failure


def _raise_if_full(reason: str, folder: Folder) -> None:
    if "No space left" in reason or "Disk quota" in reason:
        raise DiskFull(folder=str(folder.path))


def _clear(draft: Path) -> None:
    for path in draft.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _full(work: _Work) -> Version:
    link = open_draft(work.file, spill=work.draft / "spill")
    try:
        sent: dict[str, int] = {}
        with together(link):
            for fact in work.facts:
                create_table(link, fact.name, source.columns(fact))
        with Loader(link, folder=work.draft) as loader, source.frozen_view() as cursor:
            for fact in work.facts:
                columns = source.columns(fact)
                with loader.into(fact.name, columns) as receiver:
                    sent[fact.name] = source.copy_csv(
                        cursor, source.select_rows(fact, company_id=work.company_id), receiver
                    )
        with together(link):
            derived.write_all(link)
            check_movements(link, touched_only=False)
            version = _signed(work, link, expected=sent, changed=0)
        return _published(work, link, version)
    finally:
        link.close()


def _incremental(work: _Work, before: Version) -> Version:
    shutil.copyfile(before.path, work.file)
    link = open_draft(work.file, spill=work.draft / "spill")
    try:
        touched = derived.Touched(link)
        touched.begin()
        with source.frozen_view() as cursor:
            changes = source.collect_changes(
                cursor,
                work.facts,
                company_id=work.company_id,
                after=before.position,
                until=work.head.position,
            )
            changed = [fact for fact in work.facts if fact.name in changes]
            expected = before.rows | _replace(work, cursor, link, changed, touched)
            for fact in changed:
                if expected[fact.name] <= COUNTED_ROWS:
                    expected[fact.name] = source.count_rows(
                        cursor, fact, company_id=work.company_id
                    )
        with together(link):
            touched.rewrite(changed=set(changes))
            check_movements(link, touched_only=True)
            version = _signed(
                work, link, expected=expected, changed=before.changed + sum(changes.values())
            )
        return _published(work, link, version)
    finally:
        link.close()


def _replace(
    work: _Work, cursor: Any, link: Any, changed: list[Fact], touched: derived.Touched
) -> dict[str, int]:
    """Replace the rows of these facts that changed; how many rows each then has."""
    link.execute("ATTACH ':memory:' AS work")
    for fact in changed:
        create_table(link, _ids(fact), {"id": "BIGINT"})
    with Loader(link, folder=work.draft) as loader:
        for fact in changed:
            with loader.into(_ids(fact), {"id": "BIGINT"}) as receiver:
                source.copy_csv(cursor, source.select_changed_ids(fact), receiver)
    rows: dict[str, int] = {}
    for fact in changed:
        touched.note(fact, ids=_ids(fact))
    with together(link):
        for fact in changed:
            link.execute(
                f"DELETE FROM {fact.name} WHERE {source.id_name(fact)} IN (SELECT id FROM {_ids(fact)})"
            )
            rows[fact.name] = link.execute(f"SELECT count(*) FROM {fact.name}").fetchall()[0][0]
    with Loader(link, folder=work.draft) as loader:
        for fact in changed:
            with loader.into(fact.name, source.columns(fact)) as receiver:
                query = source.select_rows(fact, company_id=work.company_id, changed=True)
                rows[fact.name] += source.copy_csv(cursor, query, receiver)
    for fact in changed:
        touched.note(fact, ids=_ids(fact))
    return rows


def _ids(fact: Fact) -> str:
    return f"work.ids_{fact.name}"


def _signed(work: _Work, link: Any, *, expected: dict[str, int], changed: int) -> Version:
    """What the file is about to be published as, once its counts are right; the file says so itself."""
    rows = check_counts(link, expected=expected)
    number = work.folder.next_number()
    version = Version(
        number=number,
        path=work.folder.path_of(number),
        position=work.head.position,
        generation=str(work.head.generation),
        made_at=work.now,
        digest=work.digest,
        changed=changed,
        rows=rows,
    )
    _sign(link, work.company_id, version)
    return version


def _published(work: _Work, link: Any, version: Version) -> Version:
    link.execute("CHECKPOINT")
    link.close()
    work.folder.publish(draft=work.file, version=version)
    return version


def _sign(link: Any, company_id: int, version: Version) -> None:
    """Write into the file what it is, for whoever finds it without its folder."""
    link.execute(
        "CREATE OR REPLACE TABLE snapshot_meta (company_id BIGINT, version BIGINT, position BIGINT, generation VARCHAR, "
        "made_at TIMESTAMP, digest VARCHAR, changed BIGINT)"
    )
    link.execute(
        "INSERT INTO snapshot_meta VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            company_id,
            version.number,
            version.position,
            version.generation,
            version.made_at.astimezone(dt.UTC).replace(tzinfo=None),
            version.digest,
            version.changed,
        ],
    )
    counts = ", ".join(f"('{fact}', {rows})" for fact, rows in version.rows.items())
    link.execute(
        f"CREATE OR REPLACE TABLE snapshot_count AS SELECT * FROM (VALUES {counts}) AS t (fact, rows)"
    )


def _info(version: Version, *, seconds: float, kind: Kind) -> SnapshotInfo:
    return SnapshotInfo(
        version=version.number,
        path=version.path,
        position=version.position,
        generation=version.generation,
        made_at=version.made_at,
        rows=version.rows,
        seconds=seconds,
        kind=kind,
    )
