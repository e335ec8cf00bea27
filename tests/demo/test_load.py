"""Telling the demonstration company's story, once and again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection

from palier.accounts import operations
from palier.accounts.companies import CompanyExists
from palier.accounts.queries import list_companies, list_members
from palier.database.isolation import company_scope
from palier.demo import load
from palier.demo.generator import write_exports
from palier.hub.imports.batches import list_batches
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

NOVEMBER = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
DECEMBER = dt.datetime(2026, 12, 29, 8, tzinfo=dt.UTC)
TABLES = (
    "hub_customer",
    "hub_deal",
    "hub_deal_event",
    "hub_contact",
    "metrics_reading",
    "metrics_target",
)


@pytest.fixture
def first_tool_only(monkeypatch, settings, tmp_path: Path) -> None:
    """The real story, told by its first tool alone: a load in seconds."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(
        load,
        "write_exports",
        lambda **asked: [
            path for path in write_exports(**asked) if path.parent.name == "crm-fichette"
        ],
    )


def held(company: int) -> dict[str, list[tuple]]:
    """What the company holds, without what two loads of one story may write differently."""
    own = (
        "id",
        "public_id",
        "prov",
        "customer_id",
        "contact_id",
        "deal_id",
        "updated_at",
        "created_at",
    )
    own += ("snapshot_version", "computed_at", "set_at")
    found = {}
    with company_scope(company), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t WHERE company_id = %s ORDER BY 1",
                [list(own), company],
            )
            found[table] = cursor.fetchall()
    return found


def add(company: int, name: str) -> None:
    with company_scope(company):
        write_records(
            company_id=company,
            tool=Tool("mine"),
            object_name="customer",
            entity="customer",
            records=[Record("X", {"name": name})],
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("first_tool_only")
class TestLoadDemo:
    def test_ends_with_one_story_whatever_was_there_and_touches_no_other_company(self):
        mine = operations.create_company(
            name="Verger", owner_email="a@verger.example", now=NOVEMBER
        ).company
        add(mine.id, "Pomme")
        before = held(mine.id)
        demo = load.load_demo(now=NOVEMBER).company
        first = held(demo.id)
        add(demo.id, "Ajoutée à la main")
        load.load_demo(now=DECEMBER)
        second = held(demo.id)

        load.load_demo(now=NOVEMBER)

        assert held(demo.id) == first
        assert second != first
        assert min(len(rows) for rows in first.values()) > 20
        with company_scope(demo.id):
            assert len(list_batches(company_id=demo.id)) == 1
            assert len(list_members(company=demo)) == len(load.PEOPLE)
        assert held(mine.id) == before
        assert len(before["hub_customer"]) == 1

    def test_never_takes_a_real_company_for_the_demonstration(self):
        real = operations.create_company(
            name=load.COMPANY_NAME, owner_email="a@verger.example", now=NOVEMBER
        ).company

        with pytest.raises(CompanyExists):
            load.load_demo(now=NOVEMBER)

        assert load.find_demo() is None
        assert [one.id for one in list_companies() if one.slug == real.slug] == [real.id]

    def test_is_not_ready_while_a_first_load_was_interrupted(self, monkeypatch):
        def killed(**_: object) -> None:
            raise KeyboardInterrupt

        assert not load.is_demo_ready()
        with monkeypatch.context() as patched:
            patched.setattr(load, "load_files", killed)
            with pytest.raises(KeyboardInterrupt):
                load.load_demo(now=NOVEMBER)
        assert load.find_demo() is not None
        assert not load.is_demo_ready()

        load.load_demo(now=NOVEMBER)

        assert load.is_demo_ready()
