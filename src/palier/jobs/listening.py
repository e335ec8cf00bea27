"""Hearing what the database says as it happens, instead of asking it again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import psycopg
from django.db import close_old_connections
from procrastinate.contrib.django.utils import connector_params

SETTLE_S = 0.2
"""How long further notices are gathered after the first, so that a burst is heard as one [ours]."""
RETRY_S = 5
"""Pause before listening again when the database went away [ours]."""

logger = logging.getLogger(__name__)


async def listen(*, channel: str, heard: Callable[[Iterable[str]], None]) -> None:
    """Call `heard` with what was said on a channel, each text once a burst; ends only when cancelled.

    `heard` runs in a thread and may use the database. What is said while nobody listens is lost:
    whoever relies on this looks by itself from time to time as well.
    """
    while True:
        try:
            await _follow(channel, heard)
        except (psycopg.Error, OSError):
            logger.warning("not listening to %s: will try again", channel, exc_info=True)
        await asyncio.sleep(RETRY_S)


async def _follow(channel: str, heard: Callable[[Iterable[str]], None]) -> None:
    params = connector_params()
    connection = await psycopg.AsyncConnection.connect(**params, autocommit=True)
    async with connection:
        await connection.execute(
            psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel))
        )
        while True:
            said = {note.payload async for note in connection.notifies(stop_after=1)}
            said |= {note.payload async for note in connection.notifies(timeout=SETTLE_S)}
            await asyncio.to_thread(_pass_on, said, heard)


def _pass_on(said: set[str], heard: Callable[[Iterable[str]], None]) -> None:
    close_old_connections()
    try:
        heard(sorted(said))
    except psycopg.Error:
        logger.exception("what was heard could not be passed on")
    finally:
        close_old_connections()
