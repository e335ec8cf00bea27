"""Messages: small bodies that name what changed and carry no personal data."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from palier.hub.feed import Item
from palier.hub.models import WebhookMessage
from palier.hub.queries.values import model_of

MAX_CHANGES = 100
"""Changes in one message: a million imported rows make 10,000 messages [ours]."""
MAX_BODY = 18_000
"""Bytes of the changes of one message, under the standard's 20 kB with what surrounds them."""


def draft(
    *,
    company_id: int,
    endpoint_id: int,
    kind: str,
    data: Mapping[str, Any],
    now: dt.datetime,
    changes: Sequence[Item] = (),
) -> WebhookMessage:
    """A message for an endpoint's queue, not yet stored: its id and body are final."""
    body = {"type": kind, "timestamp": stamp(now), "data": data}
    return WebhookMessage(
        company_id=company_id,
        endpoint_id=endpoint_id,
        message_id=f"msg_{secrets.token_hex(16)}",
        kind=kind,
        body=orjson.dumps(body).decode(),
        changes=len(changes),
        first_position=changes[0].position if changes else None,
        last_position=changes[-1].position if changes else None,
        state="pending",
        attempts=0,
        next_attempt_at=now,
    )


def stamp(at: dt.datetime) -> str:
    """An instant as bodies write it."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cursor(generation: UUID, position: int) -> str:
    """The place in the feed from which a receiver may read on by itself."""
    return f"{generation}:{position}"


def grouped(
    items: Sequence[Item], *, names: Mapping[int, str]
) -> Iterator[tuple[list[Item], list[dict[str, Any]]]]:
    """Changes in groups that fit in a message each, with what the message says of them."""
    ids = public_ids(items)
    group: list[Item] = []
    said: list[dict[str, Any]] = []
    size = 0
    for item in items:
        one = _said(item, ids.get((item.entity, item.entity_id)), names)
        length = len(orjson.dumps(one)) + 1
        if group and (len(group) == MAX_CHANGES or size + length > MAX_BODY):
            yield group, said
            group, said, size = [], [], 0
        group.append(item)
        said.append(one)
        size += length
    if group:
        yield group, said


def public_ids(items: Iterable[Item]) -> dict[tuple[str, int], str]:
    """The public identifiers of what changed; one query for each entity."""
    wanted: dict[str, set[int]] = {}
    for item in items:
        wanted.setdefault(item.entity, set()).add(item.entity_id)
    return {
        (entity, pk): str(public_id)
        for entity, ids in wanted.items()
        for pk, public_id in model_of(entity)
        .objects.filter(pk__in=ids)
        .values_list("pk", "public_id")
    }


def _said(item: Item, public_id: str | None, names: Mapping[int, str]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "position": item.position,
        "entity": item.entity,
        "id": public_id,
        "op": item.op,
        "version": item.version,
        "origin": names.get(item.source_id or 0, item.origin),
        "at": stamp(item.at),
    }
    if item.fields:
        said["changed"] = list(item.fields)
    return said
