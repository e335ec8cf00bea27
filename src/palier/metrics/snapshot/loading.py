"""The DuckDB side of a snapshot: CSV pieces become rows of declared types, while more are sent.

Rows are cut into files of a bounded size at row ends; one thread loads a piece while the next is
received, so a load takes the time of its slower half and the memory of one piece.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

from palier.kernel.refusals import Refusal

PIECE_BYTES = 64 << 20
"""Size at which a piece is handed over: about a million rows, eight row groups of DuckDB [ours]."""
PIECES_AHEAD = 2
"""Pieces that may wait on disk: enough to keep both sides busy [ours]."""
LONGEST_LINE = 2 << 20
"""What DuckDB reads by default; a longer row makes it raise the limit for its piece. Source: its documentation."""
MEMORY_LIMIT = "1GB"
"""Most that one refresh may take before it spills to disk. Source: analytics.md §2.3."""


class ValueOutOfRange(Refusal):
    """A stored value that the analytical file cannot hold."""

    code: ClassVar[str] = "metrics.value-out-of-range"
    message: ClassVar[str] = "A value of %(fact)s is too large to be analysed: %(reason)s"


def open_draft(path: Path, *, spill: Path) -> Any:
    """A connection to write a draft with: one thread, which keeps rows in order and packed (docs/benchmarks.md)."""
    import duckdb

    return duckdb.connect(
        str(path),
        config={
            "threads": 1,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
        },
    )


@contextlib.contextmanager
def together(link: Any) -> Iterator[None]:
    """Run the statements of the block as one transaction: one wait for the disk instead of one each."""
    link.begin()
    yield
    link.commit()


def create_table(link: Any, name: str, columns: dict[str, str]) -> None:
    """An empty table of these columns and types."""
    listed = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
    link.execute(f"CREATE OR REPLACE TABLE {name} ({listed})")


class Loader:
    """Receives CSV lines and inserts them into a table from a thread of its own.

    Use as a context manager: leaving it waits until every line is in, and raises what went wrong.
    """

    def __init__(self, link: Any, *, folder: Path, piece_bytes: int = PIECE_BYTES) -> None:
        self._link = link.cursor()
        self._folder = folder
        self._piece_bytes = piece_bytes
        self._pieces: queue.Queue[tuple[str, dict[str, str], Path, int] | None] = queue.Queue(
            maxsize=PIECES_AHEAD
        )
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._load, name="snapshot-loader", daemon=True)
        self._made = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._pieces.put(None)
        self._thread.join()
        self._link.close()
        if kind is None:
            self._check()

    @contextlib.contextmanager
    def into(self, table: str, columns: dict[str, str]) -> Iterator[Receiver]:
        """Receive the lines of one table; they are queued, in whole pieces, when the block ends."""
        receiver = Receiver(self, table, columns)
        try:
            yield receiver
        except BaseException:
            receiver.abandon()
            raise
        receiver.finish()

    def next_piece(self) -> Path:
        """Where the next piece is written. Raises: whatever stopped the loading thread."""
        self._check()
        self._made += 1
        return self._folder / f"piece-{self._made}.csv"

    def hand_over(self, table: str, columns: dict[str, str], piece: Path, longest: int) -> None:
        """Queue a finished piece; waits while too many are."""
        self._pieces.put((table, columns, piece, longest))

    @property
    def piece_bytes(self) -> int:
        """Size at which a piece is handed over."""
        return self._piece_bytes

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _load(self) -> None:
        """Insert pieces as they come; small ones share a commit, since each commit waits for the disk."""
        uncommitted = 0
        while (waiting := self._pieces.get()) is not None:
            table, columns, piece, longest = waiting
            size = piece.stat().st_size
            with self._keeping_failure():
                if self._failure is None and size:
                    if not uncommitted:
                        self._link.begin()
                    uncommitted += size
                    self._insert(table, columns, piece, longest)
                    if uncommitted >= self._piece_bytes:
                        self._link.commit()
                        uncommitted = 0
            piece.unlink(missing_ok=True)
        with self._keeping_failure():
            if self._failure is None and uncommitted:
                self._link.commit()

    @contextlib.contextmanager
    def _keeping_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:  # noqa: BLE001 - raised again by the receiving side
            self._failure = failure

    def _insert(self, table: str, columns: dict[str, str], piece: Path, longest: int) -> None:
        import duckdb

        declared = ", ".join(f"'{name}': '{type_}'" for name, type_ in columns.items())
        try:
            self._link.execute(
                f"INSERT INTO {table} SELECT * FROM read_csv(?, columns={{{declared}}}, header=false, "
                "auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, "
                f"max_line_size={max(LONGEST_LINE, longest + 1)})",
                [str(piece)],
            )
        except duckdb.ConversionException as failure:
            raise ValueOutOfRange(fact=table, reason=str(failure).split("\n", 1)[0]) from failure


class Receiver:
    """Writes the lines of one table into pieces."""

    write: Callable[[memoryview], object]

    def __init__(self, loader: Loader, table: str, columns: dict[str, str]) -> None:
        self._loader = loader
        self._table = table
        self._columns = columns
        self._longest = 0
        self._open()

    def _open(self) -> None:
        self._path = self._loader.next_piece()
        self._handle = self._path.open("wb", buffering=1 << 18)
        self.write = self._handle.write

    def pause(self, *, longest: int) -> None:
        """Hand the piece over when it is large enough, and begin another."""
        self._longest = longest
        if self._handle.tell() >= self._loader.piece_bytes:
            self.finish()
            self._open()

    def finish(self) -> None:
        """Queue what has been received."""
        self._handle.close()
        self._loader.hand_over(self._table, self._columns, self._path, self._longest)

    def abandon(self) -> None:
        """Drop what has been received."""
        self._handle.close()
        self._path.unlink(missing_ok=True)
