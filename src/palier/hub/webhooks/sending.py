"""One request to a receiver that may be slow, hostile or gone: it ends in time and keeps little."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

import httpx

from palier.kernel.refusals import Refusal

TIMEOUT_S = 15
"""The whole of a sending: name, connection, body, and the answer's head. Source: Standard Webhooks (15 to 30 s)."""
READING_S = 1
"""What an answer that has already said its status may take to say why [ours]."""
MAX_READ = 2_000
"""Bytes of an answer that are read at all [ours]."""
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a sending: the status, or the code of what kept it from having one."""

    duration_ms: int
    status: int | None = None
    failure: str | None = None
    response: str = ""
    retry_after: str = ""

    @property
    def delivered(self) -> bool:
        """Only 2xx counts."""
        return self.status is not None and 200 <= self.status < 300


async def send(
    *,
    http: httpx.AsyncClient,
    url: str,
    body: bytes,
    headers: dict[str, str],
    timeout_s: float = TIMEOUT_S,
) -> Outcome:
    """Post a body and say what came of it; nothing that a receiver does raises or lasts longer."""
    started = time.monotonic()

    def took() -> int:
        return round((time.monotonic() - started) * 1000)

    try:
        async with asyncio.timeout(timeout_s):
            request = http.build_request(
                "POST", url, content=body, headers={**headers, "content-type": "application/json"}
            )
            answer = await http.send(request, stream=True)
    except TimeoutError:
        return Outcome(took(), failure="timeout")
    except Refusal as refusal:
        return Outcome(took(), failure=refusal.code)
    except httpx.TimeoutException:
        return Outcome(took(), failure="timeout")
    except httpx.ConnectError as error:
        failure = "tls" if "ssl" in str(error).lower() else "connection"
        return Outcome(took(), failure=failure)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return Outcome(took(), failure="connection")
    duration = took()
    try:
        text = await _beginning(answer)
    finally:
        with contextlib.suppress(httpx.HTTPError, OSError):
            await answer.aclose()
    return Outcome(
        duration,
        status=answer.status_code,
        response=text,
        retry_after=answer.headers.get("retry-after", ""),
    )


async def _beginning(answer: httpx.Response) -> str:
    """The first bytes of an answer, as text that can be kept."""
    found = b""
    with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(READING_S):
            async for piece in answer.aiter_raw():
                found += piece
                if len(found) >= MAX_READ:
                    break
    if answer.headers.get("content-encoding"):
        return ""
    return found[:MAX_READ].decode("utf-8", "replace").replace("\x00", "\ufffd").strip()
