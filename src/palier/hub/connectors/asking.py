"""Calls to a tool: who asks, how often, what to do when it stumbles; every call noted, never a secret."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3

from palier.hub.connectors.addresses import public_address
from palier.hub.connectors.answers import (
    Answer,
    CallRefused,
    NotAllowed,
    Raw,
    ReconnectNeeded,
    SecretMissing,
    Token,
    ToolUnavailable,
)
from palier.hub.connectors.manifest import Manifest, Request
from palier.hub.connectors.paths import EMPTY, at, decoded, filled

ATTEMPTS = 6
"""Times a call is tried: with waits of 1, 2, 4, 8 and 16 s, a fault of half a minute passes unnoticed [ours]."""
LONGEST_WAIT_S = 120.0
"""Longest wait obeyed inside a run; a tool that asks for more is asked again at the next run [ours]."""
TIMEOUT_S = 60.0
MOST_BYTES = 64_000_000
"""Largest answer read: a page of a thousand rich objects has a few megabytes [ours]."""
LOGGED = 500
"""Calls kept in the ledger of a run, the last ones [ours]."""
EARLY_S = 60
"""A token is renewed this long before its end, so that it does not end in mid-call [ours]."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
FAULTS = (urllib3.exceptions.HTTPError, ConnectionError, TimeoutError)


@dataclass(slots=True)
class Caller:
    """Calls one tool on behalf of one connector."""

    manifest: Manifest
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    now: Callable[[], dt.datetime]
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    token: Token = field(default_factory=Token)
    keep_token: Callable[[Token], None] | None = None
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOGGED))
    requests: int = 0
    _sent: deque[float] = field(default_factory=deque)
    _pools: dict[str, Any] = field(default_factory=dict)

    def ask(
        self,
        request: Request,
        *,
        values: Mapping[str, Any] | None = None,
        url: str = "",
        missing_ok: bool = False,
        key: str = "",
    ) -> Answer | None:
        """The answer to a call, tried again while that may help; None for what is not there, if `missing_ok`.

        `url` replaces the address of the call (a next page's link). `key` names a write.
        Raises: `ReconnectNeeded`, `NotAllowed`, `ToolUnavailable`, `CallRefused`, `AddressPrivate`, `NotOverHttps`.
        """
        given = {**self.settings, **(values or {})}
        address = self._address(request, given, url)
        problem, renewed = "", False
        for attempt in range(1, ATTEMPTS + 1):
            answer, problem, wait = self._try(request, given, address, attempt, key)
            if answer is not None:
                if answer.status < 300:
                    return answer
                if answer.status in {404, 410} and missing_ok:
                    return None
                if answer.status == 401 and self._is_oauth() and not renewed:
                    self._renew()
                    renewed = True
                    continue
                self._refuse(answer, request, problem)
            if attempt < ATTEMPTS:
                self._wait(attempt, wait)
        raise ToolUnavailable(tool=self._name(), attempts=ATTEMPTS, problem=problem)

    def _refuse(self, answer: Answer, request: Request, problem: str) -> None:
        path = request.path.partition("?")[0]
        if answer.status == 401:
            raise ReconnectNeeded(tool=self._name(), status=401)
        if answer.status == 403:
            raise NotAllowed(tool=self._name(), path=path)
        raise CallRefused(tool=self._name(), path=path, status=answer.status, problem=problem)

    def _name(self) -> str:
        return str(self.manifest.label.get("fr") or self.manifest.tool)

    def _address(self, request: Request, given: Mapping[str, Any], url: str) -> str:
        base = str(filled(self.manifest.base_url, given))
        if url:
            if urlsplit(url).netloc and urlsplit(url).netloc != urlsplit(base).netloc:
                raise CallRefused(
                    tool=self._name(),
                    path=url.partition("?")[0],
                    status=200,
                    problem="another host",
                )
            if url.startswith("/"):
                parts = urlsplit(base)
                return f"{parts.scheme}://{parts.netloc}{url}"
            return url
        address = base + str(filled(request.path, given))
        params = filled(request.params, given)
        params = {} if params is EMPTY else params
        pairs: list[tuple[str, str]] = []
        for name, value in params.items():
            listed = value if isinstance(value, list) else [value]
            pairs += [(name, one if isinstance(one, str) else json.dumps(one)) for one in listed]
        return f"{address}?{urlencode(pairs)}" if pairs else address

    def _try(
        self, request: Request, given: Mapping[str, Any], address: str, attempt: int, key: str
    ) -> tuple[Answer | None, str, float | None]:
        """One attempt: an answer, or why there is none; and how long the tool wants us to wait."""
        self._pace()
        began, status, problem, wait = self.monotonic(), 0, "", None
        answer: Answer | None = None
        try:
            found = self._send(request, given, address, key)
            status = found.status
            wait = _asked_wait(_lower(found.headers), self.now())
            if status in AGAIN:
                problem = f"HTTP {status}"
            elif status >= 300:
                answer = Answer(status, None, found.headers, None)
                problem = _excerpt(found.data)
            else:
                data = decoded(found.data) if found.data.strip() else None
                problem = self._errors(data)
                if not problem:
                    answer = Answer(status, data, found.headers, _date(_lower(found.headers)))
                elif not self._is_throttled(problem):
                    answer = Answer(422, None, found.headers, None)
        except FAULTS as error:
            problem = type(error).__name__
        except ValueError:
            problem = "cut or unreadable answer"
        self.requests += 1
        self.log.append(
            {
                "at": self.now().isoformat(timespec="seconds"),
                "method": request.method,
                "path": urlsplit(address).path,
                "status": status or problem,
                "ms": round((self.monotonic() - began) * 1000),
                "attempt": attempt,
            }
        )
        return answer, problem, wait

    def _send(self, request: Request, given: Mapping[str, Any], address: str, key: str) -> Raw:
        headers = {"Accept": "application/json", "User-Agent": "Palier", **self._auth_headers()}
        more = filled({**self.manifest.headers, **request.headers}, given)
        for name, value in ({} if more is EMPTY else more).items():
            headers[name] = str(value)
        if key and self.manifest.idempotency_header:
            headers[self.manifest.idempotency_header] = key
        body = None
        if request.body is not None:
            content = filled(request.body, given)
            body = json.dumps({} if content is EMPTY else content).encode()
            headers["Content-Type"] = "application/json"
        return self._exchange(request.method, address, body, headers)

    def _exchange(
        self, method: str, address: str, body: bytes | None, headers: dict[str, str]
    ) -> Raw:
        """One call and its whole answer, within reason; redirects are answers, not followed."""
        found = self._pooled(address).urlopen(
            method,
            _target(address),
            body=body,
            headers={"Host": urlsplit(address).netloc, **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(total=TIMEOUT_S),
        )
        try:
            data = found.read(MOST_BYTES, decode_content=True)
            if len(data) == MOST_BYTES:
                raise ValueError
        finally:
            found.release_conn()
        return Raw(found.status, dict(found.headers), data)

    def _pooled(self, address: str) -> Any:
        """The connections to a host, at the address that was checked for it."""
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        if (pool := self._pools.get(parts.netloc)) is None:
            numeric = public_address(url=address)
            if parts.scheme == "https":
                pool = urllib3.HTTPSConnectionPool(
                    numeric,
                    port,
                    server_hostname=host,
                    assert_hostname=host,
                    ca_certs=certifi.where(),
                )
            else:
                pool = urllib3.HTTPConnectionPool(numeric, port)
            self._pools[parts.netloc] = pool
        return pool

    def _auth_headers(self) -> dict[str, str]:
        auth = self.manifest.auth
        if auth.kind == "none":
            return {}
        if self._is_oauth():
            until = self.token.until
            if not self.token.text or (
                until and until - dt.timedelta(seconds=EARLY_S) < self.now()
            ):
                self._renew()
            return {"Authorization": f"Bearer {self.token.text}"}
        secret = self._secret(auth.secret)
        if auth.kind == "bearer":
            return {"Authorization": f"Bearer {secret}"}
        if auth.kind == "header":
            return {auth.header: secret}
        pair = f"{self.settings.get(auth.user, '')}:{secret}" if auth.user else f"{secret}:"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def _is_oauth(self) -> bool:
        return self.manifest.auth.kind.startswith("oauth2")

    def _secret(self, name: str) -> str:
        found = self.secrets.get(name) or self.settings.get(name)
        if not found:
            raise SecretMissing(name=name, tool=self._name())
        return found

    def _renew(self) -> None:
        """Ask for a new access token. Raises: `ReconnectNeeded` when it is refused."""
        auth = self.manifest.auth
        form = {
            "client_id": self._secret("client_id"),
            "client_secret": self._secret("client_secret"),
        }
        if auth.kind == "oauth2_refresh":
            form["refresh_token"] = self.token.refresh or self._secret("refresh_token")
            form["grant_type"] = "refresh_token"
        else:
            form["grant_type"] = "client_credentials"
        if auth.scope:
            form["scope"] = auth.scope
        address = str(filled(auth.token_url, self.settings))
        request = Request(path=urlsplit(address).path, method="POST")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                headers = {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                }
                found = self._exchange("POST", address, urlencode(form).encode(), headers)
                self.requests += 1
                if found.status in {400, 401, 403}:
                    raise ReconnectNeeded(tool=self._name(), status=found.status)
                if found.status == 200:
                    self._take(decoded(found.data))
                    return
            except (*FAULTS, ValueError):
                pass
            if attempt < ATTEMPTS:
                self._wait(attempt, None)
        raise ToolUnavailable(tool=self._name(), attempts=ATTEMPTS, problem=request.path)

    def _take(self, data: Any) -> None:
        ends = self.now() + dt.timedelta(seconds=int(at(data, "expires_in") or 3600))
        self.token.text = str(at(data, "access_token") or "")
        self.token.until, self.token.renewed = ends, True
        self.token.refresh = str(at(data, "refresh_token") or self.token.refresh)
        if self.keep_token is not None:
            self.keep_token(self.token)

    def _errors(self, data: Any) -> str:
        found = at(data, self.manifest.errors) if self.manifest.errors else None
        return json.dumps(found, ensure_ascii=False)[:300] if found else ""

    def _is_throttled(self, problem: str) -> bool:
        return bool(self.manifest.throttled) and self.manifest.throttled in problem

    def _pace(self) -> None:
        """Wait until the tool's budget allows one more call."""
        rate = self.manifest.rate
        while True:
            current = self.monotonic()
            while self._sent and self._sent[0] <= current - rate.per_s:
                self._sent.popleft()
            if len(self._sent) < rate.requests:
                self._sent.append(current)
                return
            self.sleep(max(0.001, self._sent[0] + rate.per_s - current))

    def _wait(self, attempt: int, asked: float | None) -> None:
        wait = 2.0 ** (attempt - 1) * random.uniform(0.75, 1.25) if asked is None else asked  # noqa: S311
        if wait > LONGEST_WAIT_S:
            raise ToolUnavailable(
                tool=self._name(), attempts=attempt, problem=f"Retry-After {wait:.0f} s"
            )
        self.sleep(wait)


def _target(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _excerpt(body: bytes) -> str:
    return " ".join(body[:300].decode("utf-8", "replace").split())


def _asked_wait(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as a date."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    if asked.replace(".", "", 1).isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _date(headers: Mapping[str, str]) -> dt.datetime | None:
    """The tool's own clock, as its answer tells it."""
    try:
        found = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
