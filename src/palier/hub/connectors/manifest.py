"""What a manifest says of a tool: plain values, read by `manifest_toml`, run by `sync`.

The format is documented, completely, in `manifest_toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from palier.hub.imports.mapping import FileMapping

Style: TypeAlias = Literal["single", "cursor", "offset", "page", "link", "keyset"]
Format: TypeAlias = Literal["iso", "epoch", "epoch_ms", "date", "sql"]
Policy: TypeAlias = Literal["keep", "listing", "window", "trash"]


@dataclass(frozen=True, slots=True)
class Setting:
    """Something a person enters when connecting the tool."""

    name: str
    label: Mapping[str, str]
    help: Mapping[str, str] = field(default_factory=dict)
    secret: bool = False
    optional: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Auth:
    """How requests say who asks."""

    kind: Literal["none", "bearer", "header", "basic", "oauth2_client", "oauth2_refresh"] = "none"
    secret: str = "token"  # noqa: S105 - the name of a setting
    header: str = "Authorization"
    user: str = ""
    token_url: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any `per_s` seconds."""

    requests: int = 5
    per_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """One call; texts may hold `{placeholders}`, and what holds an empty one is left out."""

    path: str
    method: str = "GET"
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Paging:
    """How one page leads to the next. `stable` pages cannot drift while a list changes."""

    style: Style = "single"
    limit: int = 100
    next: str = ""
    more: str = ""
    total: str = ""
    first_page: int = 1
    key: str = ""
    first: str = ""

    @property
    def stable(self) -> bool:
        """Whether a row that comes or goes elsewhere in the list cannot move others across a page's edge."""
        return self.style not in {"offset", "page", "link"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of items: the call, where the items are in an answer, how to go on."""

    request: Request
    items: str
    paging: Paging
    id: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class Incremental:
    """How to ask for what changed since: by a field, or by a list of changes followed item by item."""

    field: str
    format: Format = "iso"
    overlap_s: int = 600
    window_days: int = 0
    backfill_days: int = 730
    changes: Listing | None = None
    keep_days: int = 0
    operation: str = ""
    deleted: tuple[str, ...] = ()
    only: tuple[str, str] = ("", "")
    item: Request | None = None
    item_at: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """How one learns that an item is gone."""

    policy: Policy = "keep"
    field: str = ""
    values: tuple[str, ...] = ("true",)
    trash: Listing | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Further facts of the items of a page, asked for in one call and put under `name`."""

    name: str
    request: Request
    items: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Child:
    """The elements of a list inside each item, as rows of their own (`parent.` names the item's fields)."""

    each: str
    mapping: FileMapping


@dataclass(frozen=True, slots=True)
class WriteBack:
    """How a change made elsewhere reaches the tool."""

    entity: str
    update: Request
    fields: Mapping[str, str]
    create: Request | None = None
    created_id: str = "id"
    read: Request | None = None
    read_at: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of object of a tool."""

    name: str
    listing: Listing
    mapping: FileMapping | None
    children: tuple[Child, ...] = ()
    incremental: Incremental | None = None
    deletion: Deletion = Deletion()
    lookups: tuple[Lookup, ...] = ()
    count: Request | None = None
    count_at: str = ""
    flags: tuple[str, ...] = ()
    scaled: Mapping[str, str] = field(default_factory=dict)
    write_back: WriteBack | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A tool: who it is, how to reach it, what it has."""

    tool: str
    kind: str
    label: Mapping[str, str]
    base_url: str
    auth: Auth
    rate: Rate
    check: Request
    settings: tuple[Setting, ...]
    streams: tuple[Stream, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    false_is_empty: bool = False
    errors: str = ""
    throttled: str = ""
    idempotency_header: str = ""

    def stream(self, name: str) -> Stream:
        """The stream of that name, or `KeyError`."""
        for stream in self.streams:
            if stream.name == name:
                return stream
        raise KeyError(name)
