"""From one page to the next: positions are plain JSON, kept with the rows, so that any process can go on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from palier.hub.connectors.answers import Answer
from palier.hub.connectors.manifest import Listing
from palier.hub.connectors.paths import at
from palier.hub.imports.messages import _
from palier.kernel.refusals import Refusal

_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?')


class PagingLoop(Refusal):
    code: ClassVar[str] = "connector.paging-loop"
    message: ClassVar[str] = _(
        "%(stream)s: the tool sends the same page for ever. Nothing more was read."
    )


def first_position(listing: Listing) -> dict[str, Any]:
    """Where a listing begins."""
    paging = listing.paging
    after = {"after": paging.first} if paging.first else {}
    return {"offset": 0, "page": paging.first_page, "got": 0, **after}


def placeholders(listing: Listing, position: Mapping[str, Any]) -> dict[str, Any]:
    """What a position gives to the texts of a call."""
    return {
        "limit": listing.paging.limit,
        "cursor": position.get("cursor"),
        "offset": position.get("offset", 0),
        "page": position.get("page"),
        "after": position.get("after"),
        "after_int": _whole(position.get("after")),
        "after_updated": position.get("after_updated"),
    }


def identifier(item: Any, paths: Sequence[str]) -> str | None:
    """What tells an item apart; None when a piece is missing."""
    pieces = [at(item, path) for path in paths]
    if any(piece is None or piece == "" or isinstance(piece, dict | list) for piece in pieces):
        return None
    return ":".join(map(str, pieces))


def next_position(
    listing: Listing,
    position: Mapping[str, Any],
    answer: Answer,
    items: Sequence[Any],
    *,
    field: str,
    stream: str,
) -> dict[str, Any] | None:
    """Where the page after this one begins; None after the last. Raises: `PagingLoop`.

    A page that is shorter than asked is no end: only an empty one is, or the tool's own word.
    """
    paging = listing.paging
    after = dict(position)
    after["got"] = position.get("got", 0) + len(items)
    total = total_of(listing, answer)
    more = at(answer.data, paging.more) if paging.more else None
    if paging.style == "single" or (paging.more and more in {False, None, "false"}):
        return None
    if paging.style == "cursor":
        after["cursor"] = at(answer.data, paging.next)
        ended = after["cursor"] in {None, "", False} or (not items and not paging.more)
    elif paging.style == "link":
        after["url"] = at(answer.data, paging.next) if paging.next else _linked(answer.headers)
        ended = not after["url"]
    elif paging.style == "keyset":
        ended = not items
        if items:
            after["after"] = identifier(items[-1], (paging.key,) if paging.key else listing.id)
            after["after_updated"] = at(items[-1], field) if field else None
    else:
        after["offset"] = position.get("offset", 0) + len(items)
        after["page"] = position.get("page", paging.first_page) + 1
        ended = not items or (total is not None and after["got"] >= total)
    if ended:
        return None
    watched = ("cursor", "url", "after", "after_updated")
    if paging.style in {"cursor", "link", "keyset"} and all(
        after.get(k) == position.get(k) for k in watched
    ):
        raise PagingLoop(stream=stream)
    return after


def total_of(listing: Listing, answer: Answer) -> int | None:
    """How many items the whole list has, when the tool tells."""
    found = at(answer.data, listing.paging.total) if listing.paging.total else None
    try:
        return None if found is None else int(found)
    except (TypeError, ValueError):
        return None


def _linked(headers: Mapping[str, str]) -> str | None:
    told = next((value for name, value in headers.items() if name.lower() == "link"), "")
    found = _NEXT.search(told)
    return found[1] if found else None


def _whole(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.lstrip("-").isdigit() else None
