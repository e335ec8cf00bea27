"""Memberships: roles, units, leaving."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from palier.accounts import queries
from palier.accounts.models import Company, Membership, OrgUnit
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.kernel.refusals import Refusal


class LastLeader(Refusal):
    code = "accounts.last-leader"
    message = "A company keeps at least one leader. Name another one first."


def add_member(*, company: CompanyInfo, person_id: int, role: Role, now: dt.datetime) -> Member:
    """Make somebody a member at once, without invitation: for commands and the demonstration.

    The scope of the company is open. Somebody who is a member already keeps their role.
    """
    root = OrgUnit.objects.get(company_id=company.id, kind=OrgUnit.Kind.COMPANY)
    row, _created = Membership.objects.get_or_create(
        company_id=company.id,
        person_id=person_id,
        ended_at=None,
        defaults={"role": role, "org_unit": root, "joined_at": now},
    )
    return queries.get_member(company=company, public_id=row.public_id)


def change_role(*, author: Member, public_id: UUID, role: Role) -> None:
    """Give a member another role. Raises: `MemberUnknown`, `LastLeader`."""
    with transaction.atomic():
        row = _locked(author.company, public_id)
        if role != Role.LEADER:
            _keep_a_leader(row)
        row.role = role
        row.save(update_fields=["role"])


def move_member(*, author: Member, public_id: UUID, org_unit_id: int | None) -> None:
    """Put a member into another unit. Raises: `MemberUnknown`, `OrgUnitUnknown`."""
    with transaction.atomic():
        row = _locked(author.company, public_id)
        if (
            org_unit_id is not None
            and not OrgUnit.objects.filter(
                company_id=author.company.id, pk=org_unit_id, archived_at__isnull=True
            ).exists()
        ):
            raise queries.OrgUnitUnknown
        row.org_unit_id = org_unit_id
        row.save(update_fields=["org_unit"])


def place_member(*, author: Member, public_id: UUID, role: Role, org_unit_id: int | None) -> None:
    """Give a member a role and a unit at once. Raises: as `change_role` and `move_member`."""
    with transaction.atomic():
        change_role(author=author, public_id=public_id, role=role)
        move_member(author=author, public_id=public_id, org_unit_id=org_unit_id)


def end_membership(*, author: Member, public_id: UUID, now: dt.datetime) -> None:
    """End a membership; the person keeps their account. Raises: `MemberUnknown`, `LastLeader`."""
    with transaction.atomic():
        row = _locked(author.company, public_id)
        _keep_a_leader(row)
        row.ended_at, row.ended_by_id = now, author.person_id
        row.save(update_fields=["ended_at", "ended_by"])


def _locked(company: CompanyInfo, public_id: UUID) -> Membership:
    """The live membership; the company's row is locked first so that leaders are counted one act at a time."""
    Company.objects.select_for_update().get(pk=company.id)
    row = (
        Membership.objects.select_for_update(of=("self",))
        .filter(company_id=company.id, public_id=public_id, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise queries.MemberUnknown
    return row


def _keep_a_leader(row: Membership) -> None:
    leaders = Membership.objects.filter(
        company_id=row.company_id, role=Role.LEADER, ended_at__isnull=True
    )
    if row.role == Role.LEADER and not leaders.exclude(pk=row.pk).exists():
        raise LastLeader
