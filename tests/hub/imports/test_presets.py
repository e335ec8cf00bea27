from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from palier.hub.imports.decode import decode
from palier.hub.imports.presets import (
    PresetInvalid,
    PresetUnknown,
    get_preset,
    load_preset,
    recognise,
)
from palier.hub.imports.reading import read
from palier.hub.records import Record, Rejection

FICTIONAL = Path(__file__).parents[2] / "data" / "imports"


def imported(path, tool, shape):
    """What the preset gives of one file, per entity, after checking that it recognises it."""
    with decode(path=path) as found:
        (table,) = found.tables
        preset, file = recognise(table=table)
        assert (preset.tool, file.name) == (tool, shape)
        reading = read(mapping=file.mapping, table=table)
        return {one.entity: list(reading.records(entity=one)) for one in file.mapping.entities}


def by_id(items):
    assert not [item for item in items if isinstance(item, Rejection)]
    found = {item.external_id: item for item in items}
    assert len(found) == len(items)
    return found


class TestCrmSales:
    def test_fictional_pipeline(self):
        deals = by_id(
            imported(FICTIONAL / "crm_sales/sales_pipeline.csv", "crm_sales", "pipeline")["deal"]
        )
        assert deals["AAAA0001"].fields == {
            "customer": ["account", "Ateliers Brume"],
            "product": ["product", "GTX Pro"],
            "amount_minor": 451400,
            "currency": "USD",
            "stage": "Won",
            "status": "won",
            "opened_on": "2016-10-20",
            "won_on": "2017-03-01",
            "owner": "Ana Lorme",
        }
        assert deals["AAAA0002"].fields["lost_on"] == "2017-03-05"
        assert deals["AAAA0003"].fields == {
            "product": ["product", "MG Special"],
            "stage": "Engaging",
            "status": "open",
            "opened_on": "2016-12-01",
            "owner": "Luc Varon",
            "currency": "USD",
        }

    def test_fictional_accounts_and_products(self):
        accounts = by_id(
            imported(FICTIONAL / "crm_sales/accounts.csv", "crm_sales", "accounts")["customer"]
        )
        assert accounts["Ateliers Brume"].fields["industry"] == "technology"
        assert accounts["Ateliers Brume"].fields["custom.year_established"] == 1996
        products = by_id(
            imported(FICTIONAL / "crm_sales/products.csv", "crm_sales", "products")["product"]
        )
        assert products["GTX Pro"].fields["price_minor"] == 482100

    @pytest.mark.parametrize("name", ["sales_teams", "data_dictionary"])
    def test_fictional_others_are_ignored_with_a_reason(self, name):
        assert imported(FICTIONAL / f"crm_sales/{name}.csv", "crm_sales", name) == {}
        shape = next(one for one in get_preset(tool="crm_sales").files if one.name == name)
        assert dict(shape.ignore).keys() == {"fr", "en"}

    def test_real_known_answers(self, real):
        deals = by_id(
            imported(real("crm_sales/sales_pipeline.csv"), "crm_sales", "pipeline")["deal"]
        )
        assert Counter(one.fields["status"] for one in deals.values()) == {
            "won": 4238,
            "lost": 2473,
            "open": 2089,
        }
        assert sum(one.fields.get("amount_minor", 0) for one in deals.values()) == 10_005_534_00
        assert sum("customer" not in one.fields for one in deals.values()) == 1425
        accounts = by_id(
            imported(real("crm_sales/accounts.csv"), "crm_sales", "accounts")["customer"]
        )
        products = by_id(
            imported(real("crm_sales/products.csv"), "crm_sales", "products")["product"]
        )
        assert (len(accounts), len(products)) == (85, 7)
        assert {one.fields["product"][1] for one in deals.values()} == products.keys()
        assert {
            one.fields["customer"][1] for one in deals.values() if "customer" in one.fields
        } <= accounts.keys()
        assert imported(real("crm_sales/data_dictionary.csv"), "crm_sales", "data_dictionary") == {}
        assert imported(real("crm_sales/sales_teams.csv"), "crm_sales", "sales_teams") == {}


class TestCdnow:
    def test_fictional_master(self):
        found = imported(FICTIONAL / "cdnow/CDNOW_master.txt", "cdnow", "master")
        assert list(by_id(found["customer"])) == ["00001", "00002", "00004"]
        purchases = by_id(found["invoice"])
        assert [purchases[f"00002:19970112:{at}"].fields["net_minor"] for at in (1, 2)] == [
            1200,
            7700,
        ]
        assert purchases["00001:19970101:1"].fields["issued_on"] == "1997-01-01"
        assert purchases["00001:19970101:1"].fields["kind"] == "order"

    def test_fictional_sample_says_the_same_as_the_master(self):
        master = imported(FICTIONAL / "cdnow/CDNOW_master.txt", "cdnow", "master")
        sample = imported(FICTIONAL / "cdnow/CDNOW_sample.txt", "cdnow", "sample")
        for entity in ("customer", "invoice"):
            for key, record in by_id(sample[entity]).items():
                assert record.fields == by_id(master[entity])[key].fields

    def test_real_known_answers(self, real):
        found = imported(real("cdnow/CDNOW_master.txt"), "cdnow", "master")
        purchases = by_id(found["invoice"])
        assert (len(purchases), len(by_id(found["customer"]))) == (69_659, 23_570)
        sample = imported(real("cdnow/CDNOW_sample.txt"), "cdnow", "sample")
        assert (len(sample["invoice"]), len(sample["customer"])) == (6_919, 2_357)
        assert all(purchases[one.external_id].fields == one.fields for one in sample["invoice"])


class TestOnlineRetail:
    def test_fictional_raw_day(self):
        found = imported(FICTIONAL / "online_retail/2010-12-01.csv", "online_retail", "raw_days")
        assert by_id(found["customer"])["17850"].fields == {
            "name": "Customer 17850",
            "country": "GB",
        }
        invoices = by_id(found["invoice"])
        assert invoices["536001"].fields["net_minor"] == 3564
        assert invoices["536001"].fields["custom.lines"] == 2
        assert invoices["536001"].fields["customer"] == ["customer", "17850"]
        assert "customer" not in invoices["536003"].fields
        assert (invoices["C536004"].fields["kind"], invoices["C536004"].fields["net_minor"]) == (
            "credit_note",
            -255,
        )
        assert {"536003:71053:1", "536003:71053:2"} < by_id(found["invoice_line"]).keys()
        assert by_id(found["product"]).keys() == {"85123A", "71053"}

    def test_fictional_summary_says_the_same_as_the_lines(self):
        lines = by_id(
            imported(FICTIONAL / "online_retail/2010-12-01.csv", "online_retail", "raw_days")[
                "invoice"
            ]
        )
        summary = by_id(
            imported(FICTIONAL / "online_retail/invoices.csv", "online_retail", "invoices")[
                "invoice"
            ]
        )
        assert all(lines[key].fields == record.fields for key, record in summary.items())

    def test_real_known_answers(self, real):
        found = by_id(
            imported(
                real("online_retail/online_retail_invoices_even_customers.csv"),
                "online_retail",
                "invoices",
            )["invoice"]
        )
        assert Counter(one.fields["kind"] for one in found.values()) == {
            "order": 8823,
            "credit_note": 1708,
        }
        counted = {}
        for day, lines in (("01", 3108), ("02", 2109), ("03", 2202)):
            raw = imported(
                real(f"online_retail/raw_days/2010-12-{day}.csv"), "online_retail", "raw_days"
            )
            assert len(by_id(raw["invoice_line"])) == lines
            counted |= by_id(raw["invoice"])
            assert sum(one.fields["net_minor"] for one in raw["invoice"]) == sum(
                one.fields["net_minor"] for one in raw["invoice_line"]
            )
        both = counted.keys() & found.keys()
        assert len(both) > 100
        assert all(counted[key].fields == found[key].fields for key in both)


def test_reading_twice_gives_the_same_records():
    path = FICTIONAL / "online_retail/2010-12-01.csv"
    first, second = (imported(path, "online_retail", "raw_days") for _ in range(2))
    assert first == second
    assert all(isinstance(item, Record) for items in first.values() for item in items)


class TestPresetFile:
    def test_with_a_mistake_names_its_place(self, tmp_path):
        file = tmp_path / "acme.toml"
        file.write_text(
            'tool = "acme"\nlabel = { fr = "A", en = "A" }\n[[files]]\nname = "x"\ncolumns = ["a"]\n[[files.entities]]\nentity = "deal"\nid = ["a"]\nfields = { nope = "a" }\n'
        )
        with pytest.raises(PresetInvalid, match=r"“acme”.*x: .*nope"):
            load_preset(file=file)

    def test_that_is_not_toml_is_refused(self, tmp_path):
        file = tmp_path / "acme.toml"
        file.write_text("tool = ")
        with pytest.raises(PresetInvalid):
            load_preset(file=file)

    def test_unknown_is_refused(self):
        with pytest.raises(PresetUnknown, match="“acme”"):
            get_preset(tool="acme")
