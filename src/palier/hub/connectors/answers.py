"""What a call gives: an answer, or why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from palier.hub.imports.messages import _
from palier.kernel.refusals import Refusal


class ReconnectNeeded(Refusal):
    code: ClassVar[str] = "connector.reconnect"
    message: ClassVar[str] = _(
        "%(tool)s no longer accepts our access (answer %(status)s). Connect it again with fresh credentials."
    )


class NotAllowed(Refusal):
    code: ClassVar[str] = "connector.forbidden"
    message: ClassVar[str] = _(
        "%(tool)s refuses %(path)s: this access lacks a right. Add it in the tool, then run again."
    )


class ToolUnavailable(Refusal):
    code: ClassVar[str] = "connector.unavailable"
    message: ClassVar[str] = _(
        "%(tool)s did not answer as it should, %(attempts)s times (%(problem)s). What was received is kept; the next run goes on from there."
    )


class CallRefused(Refusal):
    """The tool says that this very call is wrong: trying again would not help."""

    code: ClassVar[str] = "connector.call-refused"
    message: ClassVar[str] = _(
        "%(tool)s refused the call %(path)s (answer %(status)s): %(problem)s"
    )


class SecretMissing(Refusal):
    code: ClassVar[str] = "connector.secret-missing"
    message: ClassVar[str] = _("“%(name)s” is needed to connect %(tool)s.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the JSON, the headers, and the tool's own time."""

    status: int
    data: Any
    headers: Mapping[str, str]
    at: dt.datetime | None


class Raw(NamedTuple):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    data: bytes


@dataclass(slots=True)
class Token:
    """An access token and its end; `renewed` tells that it must be kept."""

    text: str = ""
    until: dt.datetime | None = None
    refresh: str = ""
    renewed: bool = False
