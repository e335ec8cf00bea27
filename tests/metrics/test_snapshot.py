"""The analytical file: whole, by steps, and when it is built anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from life import COMPANY, History, again, contents, invoice, rows, write

from palier.accounts.models import Company
from palier.database.isolation import company_scope, directory_scope
from palier.hub import feed
from palier.hub.operations import write_records
from palier.hub.records import Record, Tool
from palier.hub.undo import undo_records
from palier.metrics.questions import DERIVED
from palier.metrics.snapshot import derived, loading, refreshing, source
from palier.metrics.snapshot.folder import Folder


@pytest.fixture
def company(db: None, settings, tmp_path: Path) -> Iterator[int]:
    settings.DATA_DIR = tmp_path
    with company_scope(COMPANY):
        yield COMPANY


class TestRefresh:
    def test_makes_an_empty_file_for_an_empty_company(self, company):
        made = again()

        assert (made.kind, made.version, made.position) == ("full", 1, 0)
        assert set(made.rows.values()) == {0}
        assert rows(made, "SELECT count(*) FROM movement") == [(0,)]

    def test_keeps_every_text_as_it_was_written(self, company):
        texts = [
            'dit "oui"',
            "deux\nlignes",
            "retour\r\nchariot",
            "\\.",
            "\\N",
            "NULL",
            "",
            "a,b;c\td",
            " bords ",
            "é’\u202f€",
            "x" * 3_000_000,
        ]
        write(
            "product",
            *(Record(f"P{n}", {"name": "x", "sku": text}) for n, text in enumerate(texts)),
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, sku FROM hub_product ORDER BY id")
            stored = cursor.fetchall()

        made = again()

        assert rows(made, "SELECT product_id, sku FROM product ORDER BY 1") == stored
        assert "" in dict(stored).values() or None in dict(stored).values()

    def test_gives_every_type_its_value(self, company):
        write("customer", Record("C1", {"name": "Atelier"}))
        write(
            "event",
            Record(
                "E1",
                {
                    "name": "visit",
                    "occurred_at": "2026-03-29T01:30:00+02:00",
                    "customer": ["customer", "C1"],
                },
            ),
        )
        write(
            "deal",
            Record(
                "D1",
                {
                    "name": "Projet",
                    "probability": "0.125",
                    "won_by_founder": True,
                    "won_on": "2026-02-28",
                },
            ),
        )
        write("contact", Record("K1", {"opt_in_email": False}))

        made = again()

        assert rows(made, "SELECT occurred_at FROM event") == [(dt.datetime(2026, 3, 28, 23, 30),)]  # noqa: DTZ001 - stored in UTC without zone
        assert rows(
            made, "SELECT cast(probability AS varchar), won_by_founder, won_on FROM deal"
        ) == [("0.125000", True, dt.date(2026, 2, 28))]
        assert rows(made, "SELECT opt_in_email, is_shared_mailbox FROM contact") == [(False, None)]
        assert rows(
            made, "SELECT c.company_id, e.customer_id = c.customer_id FROM customer c, event e"
        ) == [(COMPANY, True)]

    @pytest.mark.parametrize(
        ("zone", "day"), [("Pacific/Noumea", "2026-03-10"), ("America/Martinique", "2026-03-09")]
    )
    def test_takes_the_day_of_a_step_where_the_company_is(self, company, zone, day):
        with directory_scope():
            Company.objects.create(pk=company, slug="ailleurs", name="Ailleurs", time_zone="UTC")
        write("deal", Record("D1", {"name": "Projet"}))
        step = {"deal": ["deal", "D1"], "kind": "demo_held", "at": "2026-03-09T22:30:00+00:00"}
        write("deal_event", Record("S1", step))
        again()
        Company.objects.filter(pk=company).update(time_zone=zone)

        made = again()

        assert made.kind == "full"
        assert rows(made, "SELECT cast(day AS varchar), kind FROM deal_event") == [
            (day, "demo_held")
        ]

    def test_keeps_the_version_when_nothing_changed(self, company):
        write("invoice", invoice(1))
        first = again()

        second = again()

        assert (second.kind, second.version, second.path) == (
            "unchanged",
            first.version,
            first.path,
        )

    def test_reads_only_what_changed(self, company):
        write("invoice", *(invoice(n) for n in range(5)))
        again()
        write("invoice", invoice(1, net_minor=900), invoice(7, net_minor=50))

        made = again()

        assert (made.kind, made.version, made.rows["invoice"]) == ("incremental", 2, 6)
        assert rows(made, "SELECT sum(net_minor) FROM invoice") == [(4 * 100 + 900 + 50,)]

    def test_drops_what_was_undone(self, company):
        write("invoice", invoice(1), batch=1)
        write("invoice", invoice(1, net_minor=900), invoice(2), batch=2)
        again()
        undo_records(company_id=company, batch_id=2, person_id=None)

        made = again()

        assert made.kind == "incremental"
        assert rows(made, "SELECT net_minor FROM invoice") == [(100,)]

    @pytest.mark.parametrize("seed", range(3))
    def test_ends_up_the_same_by_steps_as_at_once(self, company, seed):
        history = History(seed)
        kinds = ("customer", "invoice", "payment", "deal")
        kinds_by_step = (
            [("customer", "deal")] * 2
            + [kinds] * 5
            + [("customer", "recurring_line")] * 4
            + [(*kinds, "recurring_line")] * 4
        )
        made = again()
        most = 0
        for entities in kinds_by_step:
            history.step(entities)
            made = again()
            assert made.kind != "full"
            if "recurring_line" not in entities:
                continue
            most = max(most, rows(made, "SELECT count(*) FROM movement")[0][0])

        assert contents(made) == contents(again(full=True))
        assert most > 3

    def test_reads_everything_again_when_the_feed_starts_over(self, company):
        write("invoice", invoice(1))
        again()
        feed.restart(company_id=company)

        assert again().kind == "full"

    def test_reads_everything_again_when_the_shape_changed(self, company, monkeypatch):
        again()
        monkeypatch.setattr(source, "digest", lambda *_, **__: "another")

        assert again().kind == "full"

    def test_reads_everything_again_rather_than_replace_a_quarter(self, company, monkeypatch):
        monkeypatch.setattr(refreshing, "SMALL_FILE_ROWS", 0)
        write("invoice", *(invoice(n) for n in range(8)))
        again()
        write("invoice", invoice(1, net_minor=1), invoice(2, net_minor=1))
        assert again().kind == "incremental"
        write("invoice", invoice(3, net_minor=1))

        assert again().kind == "full"

    def test_keeps_three_versions(self, company):
        for n in range(5):
            write("invoice", invoice(n))
            again()

        kept = sorted(path.name for path in Folder.of(company_id=company).path.glob("*.duckdb"))
        assert kept == [f"v{n:09d}.duckdb" for n in (3, 4, 5)]

    def test_holds_nothing_of_another_company(self, company):
        with company_scope(COMPANY + 1):
            write_records(
                company_id=COMPANY + 1,
                tool=Tool("x"),
                object_name="customer",
                entity="customer",
                records=[Record("Z", {"name": "Autre"})],
            )
            connection.cursor().execute("SELECT 1")

        assert again().rows["customer"] == 0

    def test_reads_many_pieces_as_one(self, company, monkeypatch):
        monkeypatch.setattr(loading.Loader.__init__, "__kwdefaults__", {"piece_bytes": 1_000})
        monkeypatch.setattr(source, "_LINES_BETWEEN_PAUSES", 7)
        write("invoice", *(invoice(n) for n in range(300)))

        made = again()

        assert rows(made, "SELECT count(*), count(DISTINCT invoice_id) FROM invoice") == [
            (300, 300)
        ]


class TestCollectChanges:
    def test_finds_what_the_feed_says_changed(self, company):
        history = History(7)
        kinds = ("customer", "invoice", "payment", "deal")
        for _ in range(6):
            history.step(kinds)
        head = feed.number(company_id=company)
        after = head.position // 3
        items = feed.read(company_id=company, after=after, limit=head.position - 1 - after)
        with source.frozen_view() as cursor:
            found = source.collect_changes(
                cursor, refreshing.facts, company_id=company, after=after, until=head.position - 1
            )
            for fact in refreshing.facts:
                cursor.execute(source.select_changed_ids(fact))
                mine = sorted(row[0] for row in cursor.fetchall())
                assert mine == sorted({one.entity_id for one in items if one.entity == fact.entity})
                assert found.get(fact.name, 0) == len(mine)
        assert len(found) > 2


class TestSources:
    @pytest.mark.parametrize("name", [one.table for one in DERIVED])
    def test_name_exactly_the_tables_a_derived_one_is_computed_from(self, name):
        import sqlglot

        from palier.metrics import compile as compiler

        text = sqlglot.parse_one(compiler.derived_sql(name=name), dialect="duckdb")
        known = {one.table for one in DERIVED} | {
            "customer",
            "recurring_line",
            "invoice",
            "deal",
            "deal_event",
            "payment",
            "marketing_spend",
        }
        assert {
            table.name for table in text.find_all(sqlglot.exp.Table)
        } & known == derived.SOURCES[name]
