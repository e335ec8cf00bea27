"""Invitations: a link for one address, for a week, used once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from palier.accounts import people, queries
from palier.accounts.models import Company, Invitation, Membership, OrgUnit, Person
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Invited, Member
from palier.database.isolation import company_scope, invitation_scope
from palier.kernel.refusals import Refusal

INVITATION_LIFETIME = dt.timedelta(days=7)
"""How long a link works: a week covers a holiday and stays short for a lost message [ours]."""
TOKEN_BYTES = 32
"""Entropy of a link: 256 bits, nothing to guess. Source: OWASP session management, at least 128."""


class AlreadyMember(Refusal):
    code = "accounts.already-member"
    message = "%(email)s is already a member of this company."


class AlreadyInvited(Refusal):
    code = "accounts.already-invited"
    message = "%(email)s is already invited. Make a new link from the pending invitations if the first one is lost."


class InvitationExpired(Refusal):
    code = "accounts.invitation-expired"
    message = "This invitation has expired. Ask for a new link."


class InvitationUsed(Refusal):
    code = "accounts.invitation-used"
    message = "This invitation has already been used. Sign in with your e-mail address."


class InvitationRevoked(Refusal):
    code = "accounts.invitation-revoked"
    message = "This invitation has been withdrawn. Ask for a new link."


class InvitationForSomebodyElse(Refusal):
    code = "accounts.invitation-for-somebody-else"
    message = "This invitation is for %(email)s. Sign out, then open the link again."


class AccountExists(Refusal):
    code = "accounts.account-exists"
    message = "%(email)s already has an account. Sign in to accept this invitation."


class AccountClosed(Refusal):
    code = "accounts.account-closed"
    message = "This account has been closed."


@dataclass(frozen=True, slots=True)
class InvitationMade:
    """An invitation and the only moment at which its token can be read."""

    invitation: Invited
    token: str


def invite(
    *,
    author: Member,
    email: str,
    role: Role,
    now: dt.datetime,
    org_unit_id: int | None = None,
) -> InvitationMade:
    """Invite an address into the author's company for a week.

    Raises: `EmailUnusable`, `AlreadyMember`, `AlreadyInvited`, `OrgUnitUnknown`.
    """
    address = people.valid_address(email)
    company = author.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.id)
        if Membership.objects.filter(
            company_id=company.id, person__email=address, ended_at__isnull=True
        ).exists():
            raise AlreadyMember(email=address)
        pending = Invitation.objects.filter(
            company_id=company.id, email=address, accepted_at__isnull=True, revoked_at__isnull=True
        ).first()
        if pending is not None and now < pending.expires_at:
            raise AlreadyInvited(email=address)
        if pending is not None:
            Invitation.objects.filter(pk=pending.pk).update(
                revoked_at=now, revoked_by=author.person_id
            )
        if (
            org_unit_id is not None
            and not OrgUnit.objects.filter(
                company_id=company.id, pk=org_unit_id, archived_at__isnull=True
            ).exists()
        ):
            raise queries.OrgUnitUnknown
        return issue(
            company=company,
            address=address,
            role=role,
            org_unit_id=org_unit_id,
            invited_by=author.person_id,
            now=now,
        )


def issue(
    *,
    company: CompanyInfo,
    address: str,
    role: Role,
    org_unit_id: int | None,
    invited_by: int | None,
    now: dt.datetime,
) -> InvitationMade:
    """Write one invitation, without asking whether it makes sense; for `invite` and founding."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = Invitation.objects.create(
        company_id=company.id,
        email=address,
        role=role,
        org_unit_id=org_unit_id,
        invited_by_id=invited_by,
        token_digest=queries.digest(token),
        invited_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    return InvitationMade(invitation=queries.invited(row), token=token)


def renew_invitation(*, author: Member, public_id: UUID, now: dt.datetime) -> InvitationMade:
    """A new link for a pending invitation; the former link stops working.

    Raises: `InvitationUnknown`, `InvitationUsed`, `InvitationRevoked`.
    """
    with transaction.atomic():
        row = _pending(author.company, public_id)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row.token_digest = queries.digest(token)
        row.invited_at, row.expires_at = now, now + INVITATION_LIFETIME
        row.invited_by_id = author.person_id
        row.save(update_fields=["token_digest", "invited_at", "expires_at", "invited_by"])
    return InvitationMade(invitation=queries.invited(row), token=token)


def revoke_invitation(*, author: Member, public_id: UUID, now: dt.datetime) -> None:
    """Withdraw a pending invitation. Raises: `InvitationUnknown`, `InvitationUsed`, `InvitationRevoked`."""
    with transaction.atomic():
        row = _pending(author.company, public_id)
        row.revoked_at, row.revoked_by_id = now, author.person_id
        row.save(update_fields=["revoked_at", "revoked_by"])


def _pending(company: CompanyInfo, public_id: UUID) -> Invitation:
    row = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("company", "invited_by")
        .filter(company_id=company.id, public_id=public_id)
        .first()
    )
    if row is None:
        raise queries.InvitationUnknown
    _refuse_closed(row)
    return row


def _refuse_closed(row: Invitation) -> None:
    if row.accepted_at is not None:
        raise InvitationUsed
    if row.revoked_at is not None:
        raise InvitationRevoked


def accept_invitation(*, token: str, person: Person, now: dt.datetime) -> Member:
    """Let the signed-in person join; opens the scopes itself.

    Raises: `InvitationUnknown`, `InvitationExpired`, `InvitationUsed`, `InvitationRevoked`,
    `InvitationForSomebodyElse`, `AccountClosed`.
    """
    return _accept(token, now, lambda address: _same(person, address))


def join(
    *, token: str, name: str, password: str, language: str, now: dt.datetime
) -> tuple[Person, Member]:
    """Let somebody who has no password yet choose one and join; opens the scopes itself.

    Raises: as `accept_invitation`, and `AccountExists` when the address can already sign in.
    """
    chosen: list[Person] = []

    def choose(address: str) -> Person:
        person = Person.objects.select_for_update(of=("self",)).filter(email=address).first()
        if person is None:
            person = people.create_person(
                email=address, name=name, language=language, password=password
            )
        elif person.has_usable_password():
            raise AccountExists(email=address)
        else:
            person.name, person.language = name.strip(), language
            person.set_password(password)
            person.save()
        chosen.append(person)
        return person

    member = _accept(token, now, choose)
    return chosen[0], member


def _same(person: Person, address: str) -> Person:
    if person.email != address:
        raise InvitationForSomebodyElse(email=address)
    return person


def _accept(token: str, now: dt.datetime, choose: Callable[[str], Person]) -> Member:
    mark = queries.digest(token)
    with transaction.atomic():
        with invitation_scope(mark):
            seen = Invitation.objects.filter(token_digest=mark).values_list("company_id").first()
        if seen is None:
            raise queries.InvitationUnknown
        with company_scope(seen[0]):
            row = Invitation.objects.select_for_update(of=("self",)).get(token_digest=mark)
            _refuse_closed(row)
            if now >= row.expires_at:
                raise InvitationExpired
            person = choose(row.email)
            if not person.is_active:
                raise AccountClosed
            company = CompanyInfo.of(Company.objects.select_for_update().get(pk=row.company_id))
            membership, _created = Membership.objects.get_or_create(
                company_id=company.id,
                person=person,
                ended_at=None,
                defaults={"role": row.role, "org_unit_id": row.org_unit_id, "joined_at": now},
            )
            row.accepted_at, row.accepted_by = now, person
            row.save(update_fields=["accepted_at", "accepted_by"])
            return queries.get_member(company=company, public_id=membership.public_id)
