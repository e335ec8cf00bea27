"""A pass over one stream: what is asked, from where, and how far it has come. Plain JSON, kept with the rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from palier.hub.connectors.manifest import Listing, Stream
from palier.hub.connectors.paging import first_position
from palier.hub.connectors.paths import moment, written

MOST_SWEEPS = 3
"""Times a list whose pages may drift is read before its count is taken as it is [ours]."""
CHANGES_MARGIN_DAYS = 1
"""A list of changes is trusted until this long before the tool forgets them [ours]."""


def begin(
    *, stream: Stream, mark: dt.datetime | None, full: bool, now: dt.datetime
) -> dict[str, Any]:
    """What to ask of a stream: everything, a window of days, the list of changes, or what changed since."""
    how = stream.incremental
    kind = "full"
    since: dt.datetime | None = None
    if how is not None and how.window_days:
        days = how.backfill_days if full or mark is None else how.window_days
        kind, since = "window", now - dt.timedelta(days=days)
    elif how is not None and mark is not None and not full:
        since = mark - dt.timedelta(seconds=how.overlap_s)
        kind = "since"
        if how.changes is not None:
            kind = "changes"
            kept = dt.timedelta(days=how.keep_days - CHANGES_MARGIN_DAYS)
            if how.keep_days and since < now - kept:
                kind, since = "full", None
    begun: dict[str, Any] = {
        "kind": kind,
        "since": since.isoformat() if since else None,
        "started": None,
        "highest": None,
        "sweep": 1,
        "fresh": 0,
        "pages": 0,
        "told": [None, None],
        "whole": kind == "full" or (kind == "window" and (full or mark is None)),
    }
    begun["position"] = first_position(listing_of(stream, begun))
    return begun


def listing_of(stream: Stream, going: dict[str, Any]) -> Listing:
    """The list that a pass reads."""
    if going["kind"] == "changes" and stream.incremental and stream.incremental.changes:
        return stream.incremental.changes
    return stream.listing


def asked(stream: Stream, going: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    """What a pass gives to the texts of a call: {since}, {since_first} on a first page only, {from} and {until}."""
    how, since = stream.incremental, moment(going["since"])
    text = written(since, how.format) if how is not None and since is not None else None
    begun = going["pages"] == 0 or not going["position"].get("cursor")
    windowed = going["kind"] == "window" and since is not None
    return {
        "since": text,
        "since_first": text if begun else None,
        "from": since.date().isoformat() if windowed and since else None,
        "until": now.date().isoformat() if windowed else None,
    }


def note(
    going: dict[str, Any],
    *,
    started: dt.datetime,
    moments: list[dt.datetime | None],
    total: int | None,
) -> None:
    """Remember the tool's clock at the start of the pass, the latest change seen, and the tool's count."""
    going["told"] = [total if going["pages"] == 0 else going["told"][0], total]
    going["pages"] += 1
    if going["started"] is None:
        going["started"] = started.isoformat()
    latest = max((one for one in moments if one is not None), default=None)
    known = moment(going["highest"])
    if latest is not None and (known is None or latest > known):
        going["highest"] = latest.isoformat()


def mark_after(
    *, stream: Stream, going: dict[str, Any], mark: dt.datetime | None
) -> dt.datetime | None:
    """Up to when a finished pass has read: never later than the tool's clock when the pass began.

    What changed while it ran is asked again by the next one, and a time of change in the future
    (a tool's mistake) hides nothing.
    """
    if stream.incremental is None:
        return mark
    started, highest = moment(going["started"]), moment(going["highest"])
    if going["kind"] == "window" or (going["kind"] == "full" and stream.incremental.changes):
        return started
    if highest is None:
        return mark or started
    reached = min(highest, started) if started else highest
    return max(reached, mark) if mark else reached


def sweeps_again(*, stream: Stream, going: dict[str, Any], seen: int) -> bool:
    """Whether a list must be read once more, because rows may have moved across the edge of a page meanwhile.

    So it is when the tool's own count changed on the way, or is not reached; without a count, until a
    reading brings nothing new.
    """
    if going["pages"] <= 1 or going["sweep"] >= MOST_SWEEPS:
        return False
    first, last = going["told"]
    if last is not None:
        return bool(first != last or seen < last)
    if listing_of(stream, going).paging.stable:
        return False
    return bool(going["sweep"] == 1 or going["fresh"] > 0)


def next_sweep(*, stream: Stream, going: dict[str, Any]) -> None:
    """Begin the list again; what was seen is kept."""
    going["sweep"] += 1
    going["fresh"] = going["pages"] = 0
    going["position"] = first_position(listing_of(stream, going))
