"""A hub that forgets everything of one company."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from palier.database.isolation import company_scope
from palier.hub import feed
from palier.hub.emptying import empty_hub
from palier.hub.imports import batches
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool

COMPANY, OTHER = 900_031, 900_032


def fill(company: int) -> int:
    """An import that changes what an earlier one said, its file on disk, and a child without parent."""
    batch = batches.create_batch(company_id=company, person_id=None)
    batches.add_file(batch=batch, name="clients.csv", chunks=[b"nom\nAtelier\n"])
    for name in ("Atelier", "Atelier Nord"):
        customer = Record("C1", {"name": name, "siren": "999000623"}, keys=(("code", "CLI1"),))
        say(company, "customer", customer, batch=batch.pk)
    deal = {"customer": ["customer", "C9"], "name": "Projet", "demo_on": "2026-01-05"}
    say(company, "deal", Record("D1", deal), batch=batch.pk)
    say(
        company,
        "event",
        Record("E1", {"name": "visit", "occurred_at": "2026-01-05T10:00:00+00:00"}),
    )
    return batch.pk


def say(company: int, entity: str, record: Record, batch: int | None = None) -> None:
    write_records(
        company_id=company,
        tool=Tool("crm", kind="crm"),
        object_name=entity,
        entity=entity,
        records=[record],
        batch_id=batch,
    )


def held(company: int) -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_app_config("hub").get_models():
            cursor.execute(
                f"SELECT count(*) FROM {model._meta.db_table} WHERE company_id = %s", [company]
            )
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db(transaction=True)
class TestEmptyHub:
    def test_leaves_nothing_of_the_company_and_all_of_another(self, settings, tmp_path: Path):
        settings.MEDIA_ROOT = tmp_path
        with company_scope(OTHER):
            other = fill(OTHER)
            before = held(OTHER)
        with company_scope(COMPANY):
            batch = fill(COMPANY)
            full = held(COMPANY)
            assert sum(rows > 0 for rows in full.values()) > 10
            generation = feed.head(company_id=COMPANY).generation

            empty_hub(company_id=COMPANY)

            assert {table for table, rows in held(COMPANY).items() if rows} == set()
            head = feed.head(company_id=COMPANY)
            assert (head.position, head.generation == generation) == (0, False)
            assert not batches.folder_of(company_id=COMPANY, batch_id=batch).exists()
            fill(COMPANY)
            assert held(COMPANY) == full | {"hub_feed": 1}
        with company_scope(OTHER):
            assert held(OTHER) == before
        assert batches.folder_of(company_id=OTHER, batch_id=other).exists()
