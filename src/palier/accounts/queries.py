"""Reading accounts: companies, members, units, invitations, as frozen values.

The shell opens the scope (`database.isolation`); only the queries that span companies, named
in their first line, open one themselves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from palier.accounts.models import Company, Invitation, Membership, OrgUnit, Person
from palier.accounts.permissions import Role
from palier.database.isolation import directory_scope, invitation_scope, person_scope
from palier.kernel.alphabet import alphabetical
from palier.kernel.refusals import Refusal


class CompanyUnknown(Refusal):
    code = "accounts.company-unknown"
    message = "There is no company “%(slug)s”. `palier company list` shows those there are."


class MemberUnknown(Refusal):
    code = "accounts.member-unknown"
    message = "This person is not a member of the company."


class OrgUnitUnknown(Refusal):
    code = "accounts.org-unit-unknown"
    message = "This unit does not exist in the company."


class InvitationUnknown(Refusal):
    code = "accounts.invitation-unknown"
    message = "This invitation does not exist."


@dataclass(frozen=True, slots=True)
class CompanyInfo:
    """A company as everybody reads it."""

    id: int
    slug: str
    name: str
    currency: str
    time_zone: str
    country: str
    is_demo: bool
    fiscal_year_start_month: int

    @classmethod
    def of(cls, company: Company) -> CompanyInfo:
        """From its row."""
        return cls(
            id=company.pk,
            slug=company.slug,
            name=company.name,
            currency=company.currency,
            time_zone=company.time_zone,
            country=company.country,
            is_demo=company.is_demo,
            fiscal_year_start_month=company.fiscal_year_start_month,
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A person at work in one company; what operations take as author."""

    company: CompanyInfo
    membership_id: int
    public_id: UUID
    person_id: int
    name: str
    email: str
    role: Role
    org_unit_id: int | None
    joined_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """One org unit, with the depth at which a list shows it (0 for the company)."""

    id: int
    public_id: UUID
    kind: str
    name: str
    parent_id: int | None
    depth: int
    archived_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation without its token, which nobody can read again."""

    id: int
    public_id: UUID
    company: CompanyInfo
    email: str
    role: Role
    org_unit_id: int | None
    invited_by: str
    invited_at: dt.datetime
    expires_at: dt.datetime
    accepted_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def state(self, *, now: dt.datetime) -> str:
        """PENDING, EXPIRED, ACCEPTED or REVOKED."""
        if self.accepted_at is not None:
            return "ACCEPTED"
        if self.revoked_at is not None:
            return "REVOKED"
        return "PENDING" if now < self.expires_at else "EXPIRED"


def digest(token: str) -> str:
    """What is stored in place of an invitation's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def normal_email(email: str) -> str:
    """An address as it is stored and compared: without spaces around, in lower case."""
    return email.strip().lower()


def list_companies() -> list[CompanyInfo]:
    """Every company of the installation, for commands and nightly jobs; opens the directory itself."""
    with directory_scope():
        return [CompanyInfo.of(company) for company in Company.objects.order_by("slug")]


def get_company_by_slug(*, slug: str) -> CompanyInfo:
    """The company of this slug; opens the directory itself. Raises: `CompanyUnknown`."""
    with directory_scope():
        company = Company.objects.filter(slug=slug).first()
    if company is None:
        raise CompanyUnknown(slug=slug)
    return CompanyInfo.of(company)


def get_company(*, company_id: int) -> CompanyInfo:
    """The company of this number; opens the directory itself. Raises: `CompanyUnknown`."""
    with directory_scope():
        company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise CompanyUnknown(slug=str(company_id))
    return CompanyInfo.of(company)


def find_person(*, email: str) -> Person | None:
    """The person who signs in with this address."""
    return Person.objects.filter(email=normal_email(email)).first()


def language_of(*, person_id: int | None) -> str:
    """The language this person reads; the installation's when nobody in particular asked."""
    asking = Person.objects.filter(pk=person_id or 0)
    return asking.values_list("language", flat=True).first() or settings.LANGUAGE_CODE


def _member(membership: Membership) -> Member:
    return Member(
        company=CompanyInfo.of(membership.company),
        membership_id=membership.pk,
        public_id=membership.public_id,
        person_id=membership.person_id,
        name=membership.person.name or membership.person.email,
        email=membership.person.email,
        role=Role(membership.role),
        org_unit_id=membership.org_unit_id,
        joined_at=membership.joined_at,
    )


def _live() -> QuerySet[Membership]:
    return Membership.objects.filter(ended_at__isnull=True).select_related("company", "person")


def list_memberships(*, person_id: int) -> list[Member]:
    """Where a person belongs today, oldest first, in every company; opens the person's scope itself."""
    with person_scope(person_id):
        return list_own_memberships(person_id=person_id)


def list_own_memberships(*, person_id: int) -> list[Member]:
    """The same, when the person's scope is already open."""
    return [_member(row) for row in _live().filter(person_id=person_id).order_by("joined_at", "id")]


def list_members(*, company: CompanyInfo) -> list[Member]:
    """Who belongs to the company today, by name."""
    rows = _live().filter(company_id=company.id).order_by("person__email", "id")
    return sorted(map(_member, rows), key=lambda member: alphabetical(member.name))


def get_member(*, company: CompanyInfo, public_id: UUID) -> Member:
    """One member of the company. Raises: `MemberUnknown`."""
    row = _live().filter(company_id=company.id, public_id=public_id).first()
    if row is None:
        raise MemberUnknown
    return _member(row)


def list_org_units(*, company: CompanyInfo) -> list[Unit]:
    """The live units as a tree read from the top: each parent before its children, by name."""
    found_units = OrgUnit.objects.filter(company_id=company.id, archived_at__isnull=True)
    rows = sorted(found_units.order_by("name", "id"), key=lambda row: alphabetical(row.name))
    children: dict[int | None, list[OrgUnit]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    found: list[Unit] = []

    def walk(parent_id: int | None, depth: int) -> None:
        for row in children.get(parent_id, []):
            found.append(_unit(row, depth))
            walk(row.pk, depth + 1)

    walk(None, 0)
    return found


def _unit(row: OrgUnit, depth: int) -> Unit:
    return Unit(
        id=row.pk,
        public_id=row.public_id,
        kind=row.kind,
        name=row.name,
        parent_id=row.parent_id,
        depth=depth,
        archived_at=row.archived_at,
    )


def get_org_unit(*, company: CompanyInfo, public_id: UUID) -> Unit:
    """One unit of the company, archived or not. Raises: `OrgUnitUnknown`."""
    row = OrgUnit.objects.filter(company_id=company.id, public_id=public_id).first()
    if row is None:
        raise OrgUnitUnknown
    return _unit(row, 0)


def invited(row: Invitation) -> Invited:
    """An invitation's row as a value."""
    by = row.invited_by
    return Invited(
        id=row.pk,
        public_id=row.public_id,
        company=CompanyInfo.of(row.company),
        email=row.email,
        role=Role(row.role),
        org_unit_id=row.org_unit_id,
        invited_by=str(by) if by else "",
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        revoked_at=row.revoked_at,
    )


def list_pending_invitations(*, company: CompanyInfo) -> list[Invited]:
    """Invitations nobody has accepted or revoked, expired ones included, latest first."""
    rows = Invitation.objects.filter(
        company_id=company.id, accepted_at__isnull=True, revoked_at__isnull=True
    ).select_related("company", "invited_by")
    return [invited(row) for row in rows.order_by("-invited_at", "-id")]


def find_invitation(*, token: str) -> Invited | None:
    """What the bearer of a link was invited to; opens the invitation's scope itself."""
    with invitation_scope(digest(token)):
        row = (
            Invitation.objects.filter(token_digest=digest(token))
            .select_related("company", "invited_by")
            .first()
        )
    return invited(row) if row else None
