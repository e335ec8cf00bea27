"""Companies: founding one and changing what is true of it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from django.db import transaction

from palier.accounts import invitations, people, queries
from palier.accounts.models import Company, Membership, OrgUnit
from palier.accounts.permissions import Role
from palier.accounts.queries import CompanyInfo, Member
from palier.database.isolation import company_scope, directory_scope
from palier.kernel.alphabet import without_accents
from palier.kernel.refusals import Refusal

LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l"}
)
"""Letters that Unicode does not take apart."""
SLUG_LENGTH = 60


class NameUnusable(Refusal):
    code = "accounts.name-unusable"
    message = "A company’s name needs at least one letter or digit."


class CompanyExists(Refusal):
    code = "accounts.company-exists"
    message = "There is already a company “%(slug)s”. Choose another name."


class SettingUnusable(Refusal):
    code = "accounts.setting-unusable"
    message = "“%(value)s” cannot be used here."


@dataclass(frozen=True, slots=True)
class Founded:
    """A new company, its leader, and the link's token when the leader has yet to choose a password."""

    company: CompanyInfo
    leader: Member
    token: str | None


def slug_of(name: str) -> str:
    """A company's name without accents, in lower case, with hyphens. Raises: `NameUnusable`."""
    kept = without_accents(name.translate(LIGATURES)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", kept).strip("-")[:SLUG_LENGTH].strip("-")
    if not slug:
        raise NameUnusable
    return slug


def create_company(
    *,
    name: str,
    owner_email: str,
    now: dt.datetime,
    language: str = "fr",
    currency: str = "EUR",
    time_zone: str = "Europe/Paris",
    country: str = "FR",
    fiscal_year_start_month: int = 1,
    is_demo: bool = False,
) -> Founded:
    """Found a company with its first leader, who is created when nobody has that address.

    A leader who has no password yet gets an invitation link; `token` is then to be shown or sent.
    Raises: `NameUnusable`, `CompanyExists`, `EmailUnusable`, `SettingUnusable`.
    """
    slug = slug_of(name)
    address = people.valid_address(owner_email)
    _check_time_zone(time_zone)
    with transaction.atomic(), directory_scope():
        if Company.objects.filter(slug=slug).exists():
            raise CompanyExists(slug=slug)
        company = Company.objects.create(
            slug=slug,
            name=name.strip(),
            currency=currency,
            time_zone=time_zone,
            country=country,
            fiscal_year_start_month=fiscal_year_start_month,
            is_demo=is_demo,
        )
        info = CompanyInfo.of(company)
        with company_scope(company.pk):
            root = OrgUnit.objects.create(
                company=company, kind=OrgUnit.Kind.COMPANY, name=company.name
            )
            person = queries.find_person(email=address) or people.create_person(
                email=address, language=language
            )
            membership = Membership.objects.create(
                company=company, person=person, role=Role.LEADER, org_unit=root, joined_at=now
            )
            token = None
            if not person.has_usable_password():
                made = invitations.issue(
                    company=info,
                    address=address,
                    role=Role.LEADER,
                    org_unit_id=root.pk,
                    invited_by=None,
                    now=now,
                )
                token = made.token
            leader = queries.get_member(company=info, public_id=membership.public_id)
    return Founded(company=info, leader=leader, token=token)


def change_settings(
    *, author: Member, name: str, time_zone: str, country: str, fiscal_year_start_month: int
) -> CompanyInfo:
    """Change the author's company; its slug and currency stay. Raises: `NameUnusable`, `SettingUnusable`."""
    slug_of(name)
    _check_time_zone(time_zone)
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=author.company.id)
        company.name, company.time_zone, company.country = name.strip(), time_zone, country
        company.fiscal_year_start_month = fiscal_year_start_month
        company.save(update_fields=["name", "time_zone", "country", "fiscal_year_start_month"])
        OrgUnit.objects.filter(company_id=company.pk, kind=OrgUnit.Kind.COMPANY).update(
            name=company.name
        )
    return CompanyInfo.of(company)


def _check_time_zone(time_zone: str) -> None:
    if time_zone not in available_timezones():
        raise SettingUnusable(value=time_zone)
