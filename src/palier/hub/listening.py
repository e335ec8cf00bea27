"""Waiting for a company's next change without asking again and again: one listener for each process.

Each commit that changes something notifies its company's number. A notification may be missed while the
listener connects anew, so nobody waits longer than `POLL_S` without looking for themselves.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter

import psycopg
from django.db import connections

from palier.hub.operations import CHANGES_CHANNEL

POLL_S = 2.0
"""Longest wait between two looks at the feed: what bounds the delay when a notification is lost (hub.md §9) [ours]."""
_RETRY_S = 1.0
_ROUND_S = 5.0
logger = logging.getLogger(__name__)


class Listener:
    """Counts the notifications of each company; `wait` returns once there is one more than was seen."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._heard: Counter[int] = Counter()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def heard(self, company_id: int) -> int:
        """How many notifications of a company came so far: to be read before looking at the feed."""
        self._start()
        with self._news:
            return self._heard[company_id]

    def wait(self, company_id: int, *, seen: int, timeout_s: float) -> None:
        """Return when there is news since `seen`, or after `timeout_s`, or after `POLL_S`."""
        with self._news:
            self._news.wait_for(
                lambda: self._heard[company_id] != seen, timeout=min(timeout_s, POLL_S)
            )

    def stop(self) -> None:
        """Listen no longer: for who takes the database away."""
        self._stopped.set()

    def _start(self) -> None:
        with self._news:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._listen, name="hub-changes", daemon=True
                )
                self._thread.start()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                parameters = connections["default"].get_connection_params()
                for name in ("cursor_factory", "context"):
                    parameters.pop(name, None)
                with psycopg.connect(**parameters, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANGES_CHANNEL}")
                    while not self._stopped.is_set():
                        for notice in connection.notifies(timeout=_ROUND_S):
                            with self._news:
                                self._heard[int(notice.payload)] += 1
                                self._news.notify_all()
            except (psycopg.Error, OSError, ValueError):
                if not self._stopped.wait(_RETRY_S):
                    logger.warning("no news of changes for a moment", exc_info=True)


listener = Listener()
