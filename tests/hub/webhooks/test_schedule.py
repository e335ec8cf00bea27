"""When messages are sent again: arithmetic."""

from __future__ import annotations

import datetime as dt

import pytest
from receivers import NOW

from palier.hub.webhooks.schedule import (
    LONGEST,
    MAX_ATTEMPTS,
    PAUSES_S,
    RETRIES_S,
    next_attempt,
    pause_until,
    retry_after,
)


class TestNextAttempt:
    def test_spans_75_hours(self):
        assert sum(RETRIES_S) == 75 * 3_600 + 35 * 60 + 5

    def test_gives_up_after_the_tenth(self):
        assert next_attempt(attempts=MAX_ATTEMPTS, now=NOW, chance=0, asked=None) is None
        assert next_attempt(attempts=9, now=NOW, chance=0, asked=None) == NOW + dt.timedelta(days=1)

    def test_is_moved_a_little_by_chance(self):
        early, late = (
            next_attempt(attempts=2, now=NOW, chance=chance, asked=None) for chance in (-1, 1)
        )
        assert (early, late) == (NOW + dt.timedelta(seconds=270), NOW + dt.timedelta(seconds=330))

    def test_waits_longer_when_asked_and_never_less(self):
        hour = dt.timedelta(hours=1)
        assert next_attempt(attempts=1, now=NOW, chance=0, asked=hour) == NOW + hour
        assert next_attempt(attempts=4, now=NOW, chance=0, asked=hour) == NOW + 2 * hour


class TestPauseUntil:
    def test_is_over_before_the_failed_message_itself_is_due(self):
        for failures in range(1, MAX_ATTEMPTS):
            due = next_attempt(attempts=failures, now=NOW, chance=-1, asked=None)
            assert pause_until(failures=failures, now=NOW, asked=None) <= due

    def test_never_lasts_longer_than_half_an_hour_by_itself(self):
        assert pause_until(failures=99, now=NOW, asked=None) <= NOW + dt.timedelta(
            seconds=PAUSES_S[-1]
        )


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [("120", 120), (" 7 ", 7), ("Wed, 25 Nov 2026 09:05:00 GMT", 300)],
    )
    def test_reads_seconds_and_dates(self, value, seconds):
        assert retry_after(value, now=NOW) == dt.timedelta(seconds=seconds)

    @pytest.mark.parametrize(
        "value", ["", "soon", "-5", "0", "1.5", "Wed, 25 Nov 2020 09:05:00 GMT", "٣"]
    )
    def test_ignores_what_asks_for_nothing(self, value):
        assert retry_after(value, now=NOW) is None

    def test_grants_a_day_at_most(self):
        assert retry_after("9" * 40, now=NOW) == LONGEST
        assert retry_after("Wed, 25 Nov 2099 09:05:00 GMT", now=NOW) == LONGEST
