"""When a message is sent again, and when an endpoint is left alone: arithmetic."""

from __future__ import annotations

import datetime as dt
import email.utils

RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds to wait after each failed attempt: ten attempts in 75 hours. Source: Standard Webhooks."""
PAUSES_S = (5, 60, 300, 900, 1_800)
"""Seconds an endpoint is left alone after so many failures in a row; the last one repeats. Always
at most what the failed message itself waits, so that a message which is refused for itself steps
aside and the others go on [ours]."""
JITTER = 0.1
"""Share of a delay that chance adds or takes away, so that many messages do not come back at once [ours]."""
LONGEST = dt.timedelta(days=1)
"""A receiver may ask for no longer a wait than this [ours]."""
DISABLED_AFTER = dt.timedelta(days=5)
"""An endpoint that has only failed for so long is disabled. Source: Standard Webhooks ("several days")."""
MAX_ATTEMPTS = len(RETRIES_S) + 1


def next_attempt(
    *, attempts: int, now: dt.datetime, chance: float, asked: dt.timedelta | None
) -> dt.datetime | None:
    """When a message that has failed `attempts` times is sent again; None when it is given up.

    `chance` lies between -1 and 1; `asked` is what the receiver's Retry-After says.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    delay = dt.timedelta(seconds=RETRIES_S[attempts - 1] * (1 + JITTER * chance))
    return now + max(delay, asked or dt.timedelta())


def pause_until(*, failures: int, now: dt.datetime, asked: dt.timedelta | None) -> dt.datetime:
    """Until when an endpoint that has failed `failures` times in a row is left alone."""
    delay = dt.timedelta(seconds=PAUSES_S[min(failures, len(PAUSES_S)) - 1] * (1 - JITTER))
    return now + max(delay, asked or dt.timedelta())


def retry_after(value: str, *, now: dt.datetime) -> dt.timedelta | None:
    """What a Retry-After header asks for, in seconds or as a date; None when it says nothing."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        wait = dt.timedelta(seconds=min(int(text[:9]), int(LONGEST.total_seconds())))
    else:
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        wait = moment - now
    return min(wait, LONGEST) if wait > dt.timedelta() else None
