"""What goes through the one door: records as a tool gives them, and the reasons for refusing one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

JSON: TypeAlias = "str | int | bool | list[JSON] | dict[str, JSON] | None"


class Record(NamedTuple):
    """One object of a tool, mapped to a canonical entity; a tuple, since a million of them are made at a time.

    `fields` holds canonical values as `palier.hub.schema` types them; an absent key never erases.
    `payload` is the row as it came (header to text), None when it came in canonical form.
    `keys` are further exact identity keys `(kind, value)` that a mapping declares, such as the
    identifier the object had in the tool that this one replaced.
    """

    external_id: str
    fields: Mapping[str, JSON]
    payload: Mapping[str, str | None] | None = None
    line: int | None = None
    source_updated_at: dt.datetime | None = None
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that was refused: where, why (stable `code` and its parameters), and the row itself."""

    line: int | None
    column: str | None
    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    row: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """The tool that speaks: its stable name, its label for people and its kind."""

    name: str
    label: str = ""
    kind: str = "other"
