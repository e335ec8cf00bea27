"""How fresh the figures are, whether new ones are on their way, and what went wrong last time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from palier.accounts.permissions import Permission, may
from palier.accounts.queries import Member
from palier.metrics.figures import Freshness


@dataclass(frozen=True, slots=True)
class FreshnessShown:
    """The line under a title: when, what is under way, and may this member ask for new figures."""

    at: dt.datetime | None
    under_way: bool
    may_refresh: bool
    url: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be computed, and why, in words."""

    title: str
    text: str
    may_retry: bool


def line(*, fresh: Freshness, member: Member, asked_after: str | None = None) -> FreshnessShown:
    """The line; `asked_after` is the `stamp` of the last refresh when somebody asked for a new one."""
    waiting = asked_after is not None and stamp(fresh) == asked_after
    return FreshnessShown(
        at=fresh.fresh_at, under_way=fresh.status == "running" or waiting,
        may_refresh=may(member, Permission.EDIT_DATA),
        url=f"{reverse('home:freshness')}?after={asked_after if waiting else ''}",
    )  # fmt: skip


def stamp(fresh: Freshness) -> str:
    """Names the last refresh, so that one knows whether another has begun since."""
    return (
        "none"
        if fresh.last_started_at is None
        else str(int(fresh.last_started_at.timestamp() * 1e6))
    )


def failure(*, fresh: Freshness, member: Member, metric: str = "") -> Failure | None:
    """What to say of the last refresh; with `metric`, of that metric alone."""
    retry = may(member, Permission.EDIT_DATA)
    if fresh.failure:
        title = _("The last refresh did not succeed: these figures are the ones before it")
        return Failure(title, reason(fresh.failure), retry)
    failed = fresh.metric_failures
    if metric:
        title = _("This metric could not be computed at the last refresh")
        return Failure(title, reason(failed[metric]), retry) if metric in failed else None
    if failed:
        title = _("Some metrics could not be computed at the last refresh")
        return Failure(title, _("They are marked below. The others are up to date."), retry)
    return None


def reason(stored: Mapping[str, Any]) -> str:
    """A stored refusal in the reader's language."""
    message, details = str(stored.get("message") or ""), stored.get("details") or {}
    if not message:
        return _("The reason is in the server’s log.")
    try:
        return _(message) % details if details else _(message)
    except (KeyError, TypeError, ValueError):
        return message
