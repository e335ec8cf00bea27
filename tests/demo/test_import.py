"""The exports go through the one door into the hub, and the hub finds what truly happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from palier.database.isolation import company_scope
from palier.demo.exports.files import Export
from palier.demo.truth import Facts
from palier.demo.world import World
from palier.hub.imports.decode import decode
from palier.hub.imports.presets import recognise
from palier.hub.imports.reading import read
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.schema import ENTITIES

pytestmark = pytest.mark.django_db
PATIENCE = "20s"
"""Of one statement; none needs a second. A plan that reads every row for every row would take hours."""


@pytest.fixture
def company(db: None) -> Iterator[int]:
    identifier = 900_077
    with company_scope(identifier):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        yield identifier


def load(company: int, exports: Export) -> Counter[str]:
    """Imports every file in its order; what became of the records."""
    found: Counter[str] = Counter()
    for path in exports.paths:
        (table,) = decode(path=path).tables
        recognised = recognise(table=table)
        assert recognised is not None
        preset, shape = recognised
        reading = read(mapping=shape.mapping, table=table)
        for entity in shape.mapping.entities:
            records = [one for one in reading.records(entity=entity) if isinstance(one, Record)]
            report = write_records(
                company_id=company,
                tool=Tool(preset.tool, preset.label_fr, preset.kind),
                object_name=entity.object,
                entity=entity.entity,
                records=records,
            )
            assert report.rejections == []
            found.update(created=report.created, updated=report.updated, unchanged=report.unchanged)
    return found


def rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def live(entity: str, condition: str = "true") -> int:
    ((found,),) = rows(
        f"SELECT count(*) FROM hub_{entity} WHERE deleted_at IS NULL AND {condition}"
    )
    return int(str(found))


class TestDemoImport:
    def test_finds_what_truly_happened(
        self, company: int, exports: Export, truth: Facts, world: World
    ) -> None:
        load(company, exports)

        assert {name: live(name) for name in ENTITIES if name in truth.entities} == truth.entities
        assert (
            dict(rows("SELECT status, count(*) FROM hub_deal WHERE deleted_at IS NULL GROUP BY 1"))
            == truth.deals
        )
        assert (
            live("deal", "status = 'won' AND won_by_founder")
            == truth.won_by_owner["Hélène Vasseur"]
        )
        assert live("deal", "customer_id IS NULL") == truth.dirt["deal_without_company"]
        assert live("event", "customer_id IS NULL") == sum(
            1 + (ticket.solved_at is not None) for ticket in world.tickets if ticket.company is None
        )
        for child in ("invoice", "payment", "subscription", "recurring_line"):
            assert live(child, "customer_id IS NULL") == 0
        assert live("customer", "acquisition_channel IS NULL") == 0
        ((units,),) = rows(
            "SELECT sum(annual_units) FROM hub_recurring_line WHERE deleted_at IS NULL AND status = 'active' "
            f"AND starts_on <= '{world.period.last}' AND (ends_on IS NULL OR ends_on > '{world.period.last}')"
        )
        assert int(str(units)) == truth.months[-1].units

    def test_changes_nothing_the_second_time(self, company: int, exports: Export) -> None:
        first = load(company, exports)

        again = load(company, exports)

        assert again["created"] == again["updated"] == 0
        assert again["unchanged"] == first["created"]
