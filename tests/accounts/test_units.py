from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from palier.accounts import operations, queries, units
from palier.accounts.models import OrgUnit

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def root(leader):
    return queries.list_org_units(company=leader.company)[0]


@pytest.fixture
def add(leader, root):
    def act(name, kind="DEPARTMENT", parent=None):
        return operations.create_unit(
            author=leader, kind=kind, name=name, parent=(parent or root).public_id
        )

    return act


class TestListOrgUnits:
    def test_reads_the_tree_from_the_top(self, leader, add):
        sales = add("Ventes")
        add("Sud", "TEAM", sales)
        add("Atelier")

        tree = [(unit.name, unit.depth) for unit in queries.list_org_units(company=leader.company)]
        assert tree == [("Atelier Brun", 0), ("Atelier", 1), ("Ventes", 1), ("Sud", 2)]


class TestCreateUnit:
    @pytest.mark.parametrize("name", ["", "   "])
    def test_refuses_a_blank_name(self, add, name):
        with pytest.raises(units.UnitNameBlank):
            add(name)

    def test_refuses_the_same_name_beside(self, add):
        add("Ventes")

        with pytest.raises(units.UnitNameTaken):
            add(" ventes ")

    def test_refuses_a_department_in_a_team(self, add):
        team = add("Sud", "TEAM")

        with pytest.raises(units.UnitMisplaced):
            add("Ventes", "DEPARTMENT", team)

    @pytest.mark.parametrize("kind", ["COMPANY", "GUILD"])
    def test_refuses_other_kinds(self, add, kind):
        with pytest.raises(units.UnitMisplaced):
            add("X", kind)


class TestMoveUnit:
    def test_puts_a_team_under_another_department(self, leader, add):
        sales, workshop = add("Ventes"), add("Atelier")
        team = add("Sud", "TEAM", sales)
        operations.move_unit(author=leader, public_id=team.public_id, parent=workshop.public_id)

        moved = queries.get_org_unit(company=leader.company, public_id=team.public_id)
        assert moved.parent_id == workshop.id

    def test_refuses_to_move_the_company(self, leader, add, root):
        sales = add("Ventes")

        with pytest.raises(units.UnitIsCompany):
            operations.move_unit(author=leader, public_id=root.public_id, parent=sales.public_id)


class TestArchiveUnit:
    def test_takes_it_out_of_the_list_and_frees_its_name(self, leader, add):
        operations.archive_unit(author=leader, public_id=add("Ventes").public_id, now=NOW)

        assert len(queries.list_org_units(company=leader.company)) == 1
        add("Ventes")

    def test_refuses_while_somebody_is_in_it(self, leader, add):
        sales = add("Ventes")
        operations.move_member(author=leader, public_id=leader.public_id, org_unit_id=sales.id)

        with pytest.raises(units.UnitInUse):
            operations.archive_unit(author=leader, public_id=sales.public_id, now=NOW)

    def test_refuses_while_a_team_is_in_it(self, leader, add):
        sales = add("Ventes")
        add("Sud", "TEAM", sales)

        with pytest.raises(units.UnitInUse):
            operations.archive_unit(author=leader, public_id=sales.public_id, now=NOW)


def _at_once(act):
    """Do something and have the database check it now, not at the end of the transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        act()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestUnitsInTheDatabase:
    def test_cannot_form_a_ring(self, leader, add):
        sales = add("Ventes")
        team = add("Sud", "TEAM", sales)

        with pytest.raises(IntegrityError), transaction.atomic():
            OrgUnit.objects.filter(pk=sales.id).update(parent_id=team.id, parent_kind="TEAM")

    def test_cannot_lie_about_their_parent(self, add):
        team = add("Sud", "TEAM", add("Ventes"))

        with pytest.raises(IntegrityError):
            _at_once(lambda: OrgUnit.objects.filter(pk=team.id).update(parent_kind="COMPANY"))

    def test_cannot_stand_in_another_company(self, leader, add, found):
        other = found("Scierie Noire", "noa@noire.example")

        stolen = OrgUnit(
            company_id=leader.company.id,
            kind="TEAM",
            name="Volée",
            parent_id=other.leader.org_unit_id,
            parent_kind="COMPANY",
        )
        with pytest.raises(IntegrityError):
            _at_once(stolen.save)
