"""Everything that changes accounts, under one name for callers.

`create_company`, `accept_invitation` and `join` open the scopes they need; everything else works
in the company whose scope the shell has opened.
"""

from __future__ import annotations

from palier.accounts.companies import Founded, change_settings, create_company, slug_of
from palier.accounts.invitations import (
    InvitationMade,
    accept_invitation,
    invite,
    join,
    renew_invitation,
    revoke_invitation,
)
from palier.accounts.memberships import (
    add_member,
    change_role,
    end_membership,
    move_member,
    place_member,
)
from palier.accounts.people import create_person, end_other_sessions, set_preferences
from palier.accounts.units import archive_unit, change_unit, create_unit, move_unit, rename_unit

__all__ = [
    "Founded",
    "InvitationMade",
    "accept_invitation",
    "add_member",
    "archive_unit",
    "change_role",
    "change_settings",
    "change_unit",
    "create_company",
    "create_person",
    "create_unit",
    "end_membership",
    "end_other_sessions",
    "invite",
    "join",
    "move_member",
    "move_unit",
    "place_member",
    "rename_unit",
    "renew_invitation",
    "revoke_invitation",
    "set_preferences",
    "slug_of",
]
