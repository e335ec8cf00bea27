"""Org units: departments and teams below the company."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from palier.accounts import queries
from palier.accounts.models import Company, Membership, OrgUnit
from palier.accounts.queries import CompanyInfo, Member, Unit
from palier.kernel.refusals import Refusal


class UnitNameBlank(Refusal):
    code = "accounts.unit-name-blank"
    message = "A unit needs a name."


class UnitNameTaken(Refusal):
    code = "accounts.unit-name-taken"
    message = "There is already a unit “%(name)s” there."


class UnitMisplaced(Refusal):
    code = "accounts.unit-misplaced"
    message = "A department stands under the company, a team under the company or a department."


class UnitInUse(Refusal):
    code = "accounts.unit-in-use"
    message = "Somebody or a team is still in this unit. Move them first."


class UnitIsCompany(Refusal):
    code = "accounts.unit-is-company"
    message = "The company itself is renamed in its settings, and is neither moved nor archived."


PARENTS = {
    OrgUnit.Kind.DEPARTMENT: {OrgUnit.Kind.COMPANY},
    OrgUnit.Kind.TEAM: {OrgUnit.Kind.COMPANY, OrgUnit.Kind.DEPARTMENT},
}
"""Under what each kind may stand; the database checks the same."""


def create_unit(*, author: Member, kind: str, name: str, parent: UUID) -> Unit:
    """Add a department or a team. Raises: `OrgUnitUnknown`, `UnitMisplaced`, `UnitNameBlank`, `UnitNameTaken`."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=author.company.id)
        above = _live(author.company, parent)
        _check_place(kind, above.kind)
        unit = OrgUnit.objects.create(
            company_id=author.company.id,
            kind=kind,
            name=_free_name(author.company, name, above.pk),
            parent=above,
            parent_kind=above.kind,
        )
    return queries.get_org_unit(company=author.company, public_id=unit.public_id)


def rename_unit(*, author: Member, public_id: UUID, name: str) -> None:
    """Rename a unit. Raises: `OrgUnitUnknown`, `UnitIsCompany`, `UnitNameBlank`, `UnitNameTaken`."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=author.company.id)
        unit = _below_company(author.company, public_id)
        unit.name = _free_name(author.company, name, unit.parent_id, but=unit.pk)
        unit.save(update_fields=["name"])


def move_unit(*, author: Member, public_id: UUID, parent: UUID) -> None:
    """Put a unit under another. Raises: `OrgUnitUnknown`, `UnitIsCompany`, `UnitMisplaced`, `UnitNameTaken`."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=author.company.id)
        unit = _below_company(author.company, public_id)
        above = _live(author.company, parent)
        _check_place(unit.kind, above.kind)
        _free_name(author.company, unit.name, above.pk, but=unit.pk)
        unit.parent, unit.parent_kind = above, above.kind
        unit.save(update_fields=["parent", "parent_kind"])


def change_unit(*, author: Member, public_id: UUID, name: str, parent: UUID) -> None:
    """Rename and move a unit at once. Raises: as `rename_unit` and `move_unit`."""
    with transaction.atomic():
        move_unit(author=author, public_id=public_id, parent=parent)
        rename_unit(author=author, public_id=public_id, name=name)


def archive_unit(*, author: Member, public_id: UUID, now: dt.datetime) -> None:
    """Take a unit out of lists; nothing is deleted. Raises: `OrgUnitUnknown`, `UnitIsCompany`, `UnitInUse`."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=author.company.id)
        unit = _below_company(author.company, public_id)
        people = Membership.objects.filter(
            company_id=author.company.id, org_unit=unit, ended_at__isnull=True
        )
        below = OrgUnit.objects.filter(
            company_id=author.company.id, parent=unit, archived_at__isnull=True
        )
        if people.exists() or below.exists():
            raise UnitInUse
        unit.archived_at, unit.archived_by_id = now, author.person_id
        unit.save(update_fields=["archived_at", "archived_by"])


def _live(company: CompanyInfo, public_id: UUID) -> OrgUnit:
    unit = OrgUnit.objects.filter(
        company_id=company.id, public_id=public_id, archived_at__isnull=True
    ).first()
    if unit is None:
        raise queries.OrgUnitUnknown
    return unit


def _below_company(company: CompanyInfo, public_id: UUID) -> OrgUnit:
    unit = _live(company, public_id)
    if unit.kind == OrgUnit.Kind.COMPANY:
        raise UnitIsCompany
    return unit


def _check_place(kind: str, parent_kind: str) -> None:
    if kind not in PARENTS or parent_kind not in PARENTS[OrgUnit.Kind(kind)]:
        raise UnitMisplaced


def _free_name(
    company: CompanyInfo, name: str, parent_id: int | None, *, but: int | None = None
) -> str:
    wanted = " ".join(name.split())
    if not wanted:
        raise UnitNameBlank
    same = OrgUnit.objects.filter(
        company_id=company.id, parent_id=parent_id, name__iexact=wanted, archived_at__isnull=True
    )
    if same.exclude(pk=but or 0).exists():
        raise UnitNameTaken(name=wanted)
    return wanted
