"""Tables of another database, read as a tool's lists are: by identifier at first, then by (time of change, identifier).

Only reads: the session is read-only, and the statements are ours; a manifest names tables and columns.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

import psycopg

from palier.hub.connectors.answers import Answer, CallRefused, ReconnectNeeded, ToolUnavailable
from palier.hub.connectors.folders import allowed_path
from palier.hub.connectors.manifest import Manifest, Request
from palier.hub.connectors.paths import filled
from palier.hub.imports.messages import _
from palier.kernel.addresses import resolve
from palier.kernel.refusals import Refusal

SCHEMES = frozenset({"postgresql", "sqlite"})
TIMEOUT_MS = 60_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?\Z")


class NameInvalid(Refusal):
    code: ClassVar[str] = "connector.name-invalid"
    message: ClassVar[str] = _("“%(name)s” is not the name of a table or of a column.")


@dataclass(slots=True)
class TableReader:
    """Asks a database for pages of a table; takes the place of a `Caller`."""

    manifest: Manifest
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    now: Callable[[], dt.datetime]
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=500))
    requests: int = 0

    def ask(
        self,
        request: Request,
        *,
        values: Mapping[str, Any] | None = None,
        url: str = "",
        missing_ok: bool = False,
        key: str = "",
    ) -> Answer | None:
        """A page of a table. Raises: `CallRefused`, `ReconnectNeeded`, `ToolUnavailable`, `NameInvalid`."""
        given = dict(values or {})
        address = filled(self.manifest.base_url, self.settings)
        name = str(self.manifest.label.get("fr") or self.manifest.tool)
        began = self.now()
        try:
            with self._opened(str(address)) as (execute, mark):
                found, clock = self._page(execute, mark, request, given)
        except psycopg.errors.InvalidPassword as error:
            raise ReconnectNeeded(tool=name, status="28P01") from error
        except (psycopg.OperationalError, sqlite3.OperationalError) as error:
            if isinstance(error, sqlite3.OperationalError) and "no such" in str(error):
                raise CallRefused(
                    tool=name, path=request.path, status="SQL", problem=str(error)
                ) from error
            raise ToolUnavailable(tool=name, attempts=1, problem=type(error).__name__) from error
        except psycopg.Error as error:
            problem = str(error).partition("\n")[0]
            raise CallRefused(
                tool=name, path=request.path, status="SQL", problem=problem
            ) from error
        self.requests += 1
        self.log.append(
            {
                "at": began.isoformat(timespec="seconds"),
                "method": "SELECT",
                "path": request.path,
                "status": 200,
                "ms": round((self.now() - began).total_seconds() * 1000),
                "attempt": 1,
            }
        )
        return Answer(200, {"items": found}, {}, clock)

    def _page(
        self, execute: Callable[..., Any], mark: str, request: Request, given: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], dt.datetime | None]:
        clock = execute("SELECT CURRENT_TIMESTAMP", []).fetchone()[0]
        if request.path == "/":
            return [], None
        key, changed = (str(request.params.get(name, "")) for name in ("id", "updated"))
        where, order, arguments = self._after(mark, given, key or "id", changed)
        sql = f"SELECT * FROM {_quoted(request.path)}{where} ORDER BY {order} LIMIT {int(given.get('limit') or 500)}"
        cursor = execute(sql, arguments)
        columns = [one[0] for one in cursor.description]
        rows = [dict(zip(columns, map(_plain, row), strict=True)) for row in cursor.fetchall()]
        told = clock if isinstance(clock, dt.datetime) else dt.datetime.fromisoformat(str(clock))
        return rows, told if told.tzinfo else told.replace(tzinfo=dt.UTC)

    @staticmethod
    def _after(
        mark: str, given: Mapping[str, Any], key: str, changed: str
    ) -> tuple[str, str, list[Any]]:
        """What comes next: everything by identifier; changes by time, those of the same time by identifier."""
        quoted = _quoted(key)
        since, after = given.get("since"), given.get("after")
        if since is None or not changed:
            if after is None:
                return "", quoted, []
            return f" WHERE {quoted} > {mark}", quoted, [_typed(after)]
        when = _quoted(changed)
        if after is None:
            return f" WHERE {when} >= {mark}", f"{when}, {quoted}", [since]
        place = [given.get("after_updated"), _typed(after)]
        return f" WHERE ({when}, {quoted}) > ({mark}, {mark})", f"{when}, {quoted}", place

    @contextmanager
    def _opened(self, address: str) -> Iterator[tuple[Callable[..., Any], str]]:
        parts = urlsplit(address)
        if parts.scheme == "sqlite":
            path = allowed_path(parts.path)
            found = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            try:
                yield found.execute, "?"
            finally:
                found.close()
            return
        port = parts.port or 5432
        numeric = resolve(host=parts.hostname or "", port=port)[0]
        with psycopg.connect(
            host=parts.hostname,
            hostaddr=numeric,
            port=port,
            dbname=parts.path.strip("/"),
            user=self.settings.get("user"),
            password=self.secrets.get("password"),
            connect_timeout=15,
            options=f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT_MS} -c timezone=UTC",
        ) as opened:
            yield opened.execute, "%s"


def _quoted(name: str) -> str:
    if not _NAME.match(name):
        raise NameInvalid(name=name)
    return ".".join(f'"{part}"' for part in name.split("."))


def _typed(text: Any) -> Any:
    """An identifier as the column compares it: digits alone are a number."""
    return int(text) if isinstance(text, str) and re.fullmatch(r"-?\d{1,18}", text) else text


def _plain(value: Any) -> Any:
    """A value as JSON would carry it, numbers as texts."""
    if value is None or isinstance(value, bool | str | dict | list):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
