"""Who may do what: one table from roles to permissions, read by every shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from palier.accounts.queries import Member


class Role(StrEnum):
    """What a member is in a company. French: dirigeant, responsable, membre, lecteur."""

    LEADER = "LEADER"
    MANAGER = "MANAGER"
    MEMBER = "MEMBER"
    READER = "READER"


class Permission(StrEnum):
    """One kind of act. Those in `READING` change nothing, whoever holds them."""

    VIEW_FIGURES = "VIEW_FIGURES"
    VIEW_DATA = "VIEW_DATA"
    VIEW_TEAM = "VIEW_TEAM"
    SAVE_VIEWS = "SAVE_VIEWS"
    EDIT_DATA = "EDIT_DATA"
    IMPORT_DATA = "IMPORT_DATA"
    MANAGE_TOOLS = "MANAGE_TOOLS"
    MANAGE_TEAM = "MANAGE_TEAM"
    MANAGE_SETTINGS = "MANAGE_SETTINGS"


READING = frozenset({Permission.VIEW_FIGURES, Permission.VIEW_DATA, Permission.VIEW_TEAM})
"""Permissions that never open a write: a page guarded by one of them refuses every POST."""

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.LEADER: frozenset(Permission),
    Role.MANAGER: READING | {Permission.SAVE_VIEWS, Permission.EDIT_DATA, Permission.IMPORT_DATA},
    Role.MEMBER: READING | {Permission.SAVE_VIEWS},
    Role.READER: frozenset({Permission.VIEW_FIGURES, Permission.VIEW_DATA}),
}
"""The table (words in GLOSSARY.md). A reader, often from outside, does not see who is in the team."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call an address: `PUBLIC`, `SIGNED_IN`, `MEMBER` with these permissions, or a `TOKEN` with one of its scopes."""

    audience: str
    reading: Permission | None = None
    writing: Permission | None = None


def access_of(view: Callable[..., Any]) -> Access | None:
    """What an address states about who may call it; None when it says nothing."""
    found = getattr(view, "access", None)
    return found if isinstance(found, Access) else None


def may(member: Member, permission: Permission) -> bool:
    """Whether the member's role allows this act in the member's company."""
    return permission in GRANTED[member.role]


def granted(role: Role) -> frozenset[Permission]:
    """Everything a role allows."""
    return GRANTED[role]
