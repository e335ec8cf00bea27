"""One thing of a company for each address that names one: what another company must not find.

Each maker gets the leader of the company that owns the thing and gives the address and the data
to post there. A new page with a parameter adds its line.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations, queries
from palier.accounts.permissions import Role
from palier.accounts.queries import Member
from palier.database.isolation import company_scope

Made = tuple[str, dict[str, str]]


def _member(name: str, **data: str) -> Callable[[Member], Made]:
    return lambda leader: (reverse(name, args=[leader.public_id]), data)


def _unit(address: str, /, **data: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            root = queries.list_org_units(company=leader.company)[0]
            tree = queries.list_org_units(company=leader.company)
            unit = next((one for one in tree if one.kind == "TEAM"), None) or operations.create_unit(
                author=leader, kind="TEAM", name="Nord", parent=root.public_id
            )
        return reverse(address, args=[unit.public_id]), {**data, "parent": str(root.public_id)}

    return make


def _invitation(name: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            pending = queries.list_pending_invitations(company=leader.company)
            invited = pending[0] if pending else operations.invite(
                author=leader, email="invitee@x.example", role=Role.MEMBER, now=timezone.now()
            ).invitation
        return reverse(name, args=[invited.public_id]), {}

    return make


EXHIBITS: dict[str, Callable[[Member], Made]] = {
    "accounts:place_member": _member("accounts:place_member", role="READER", unit=""),
    "accounts:end_membership": _member("accounts:end_membership"),
    "accounts:change_unit": _unit("accounts:change_unit", name="Pris"),
    "accounts:archive_unit": _unit("accounts:archive_unit"),
    "accounts:renew_invitation": _invitation("accounts:renew_invitation"),
    "accounts:revoke_invitation": _invitation("accounts:revoke_invitation"),
}
