"""The presets of the fictional tools, run over the generated files: what is read, refused, left out."""

from __future__ import annotations

from collections import Counter

import pytest

from palier.demo.exports import crm_v1
from palier.demo.exports.files import Export
from palier.demo.truth import Facts
from palier.demo.world import World
from palier.hub.identity import company_name_key, siren_of
from palier.hub.imports.decode import decode
from palier.hub.imports.decode.tables import Table
from palier.hub.imports.mapping import FileMapping
from palier.hub.imports.presets import recognise
from palier.hub.imports.reading import read
from palier.hub.records import Record, Rejection


class Read:
    """Everything that the presets read in the exports."""

    def __init__(self, exports: Export) -> None:
        self.tools: dict[str, str] = {}
        self.records: dict[tuple[str, str], list[Record]] = {}
        self.entities: Counter[str] = Counter()
        self.rejected: dict[str, Counter[str]] = {}
        self.codes: Counter[str] = Counter()
        self.dropped: dict[str, Counter[str]] = {}
        for path in exports.paths:
            name = path.relative_to(exports.folder).as_posix()
            (table,) = decode(path=path).tables
            recognised = recognise(table=table)
            assert recognised is not None, name
            preset, shape = recognised
            self.tools[name] = f"{preset.tool}/{shape.name}"
            self._read(name, shape.mapping, table)

    def _read(self, name: str, mapping: FileMapping, table: Table) -> None:
        reading = read(mapping=mapping, table=table)
        for entity in mapping.entities:
            kept = self.records.setdefault((name, entity.object), [])
            for item in reading.records(entity=entity):
                if isinstance(item, Rejection):
                    self.rejected.setdefault(name, Counter())[entity.object] += 1
                    self.codes[item.code] += 1
                else:
                    kept.append(item)
                    self.entities[entity.entity] += 1
        for notice in reading.notices:
            if notice.code == "import.cells_dropped":
                params = notice.params
                self.dropped.setdefault(name, Counter())[params["column"]] += int(params["count"])


@pytest.fixture(scope="module")
def found(exports: Export) -> Read:
    return Read(exports)


class TestDemoPresets:
    def test_each_file_is_recognised_among_all_presets(self, found: Read) -> None:
        for name, shape in found.tools.items():
            folder, _, file = (
                name.removesuffix(".csv")
                .removesuffix(".jsonl")
                .removesuffix(".json")
                .partition("/")
            )
            tool, _, code = shape.partition("/")
            assert folder.endswith(tool.removeprefix("demo_"))
            assert file.startswith(code)

    def test_exactly_the_planted_rows_are_refused(self, found: Read, truth: Facts) -> None:
        assert found.rejected == truth.rejected
        assert found.codes == {"import.date": 9, "import.missing_id": 1, "import.amount": 1}

    def test_exactly_the_planted_cells_are_left_out(self, found: Read, truth: Facts) -> None:
        assert found.dropped == truth.dropped

    def test_every_other_row_is_read(self, found: Read, truth: Facts) -> None:
        for name, rows in truth.rows.items():
            objects = [
                key
                for key in found.records
                if key[0] == name and key[1] not in {"article", "ticket_solved"}
            ]
            refused = sum(truth.rejected.get(name, {}).values())
            assert sum(len(found.records[key]) for key in objects) == rows - refused, name

    def test_entities_of_one_tool_are_as_many_as_in_truth(self, found: Read, truth: Facts) -> None:
        alone = (
            "product",
            "subscription",
            "recurring_line",
            "invoice",
            "invoice_line",
            "payment",
            "marketing_spend",
            "event",
        )
        assert {name: found.entities[name] for name in alone} == {
            name: truth.entities[name] for name in alone
        }

    def test_money_read_is_money_spent_and_invoiced(self, found: Read, truth: Facts) -> None:
        spend: Counter[str] = Counter()
        for (_, kind), records in found.records.items():
            if kind in {"campaign_day", "cout"}:
                for record in records:
                    spend[str(record.fields["channel"])] += int(str(record.fields["spend_minor"]))
        invoices = found.records["facturation-facturelle/factures.csv", "facture"]
        payments = found.records["facturation-facturelle/reglements.csv", "reglement"]

        assert spend == truth.spend_by_channel
        assert sum(int(str(one.fields["net_minor"])) for one in invoices) == truth.invoiced_net
        assert sum(int(str(one.fields["amount_minor"])) for one in payments) == truth.paid

    def test_channels_have_one_name_in_every_tool(self, found: Read, truth: Facts) -> None:
        named = {
            str(record.fields["acquisition_channel"])
            for records in found.records.values()
            for record in records
            if "acquisition_channel" in record.fields
        }
        deals = {
            str(record.fields["source_channel"])
            for records in found.records.values()
            for record in records
            if "source_channel" in record.fields
        }
        paid = set(truth.spend_by_channel) - {"Tous canaux"}
        assert named == deals
        assert paid < named

    def test_deals_end_as_in_truth(self, found: Read, truth: Facts) -> None:
        last = {
            one.external_id: one for one in found.records["crm-fichette/affaires.csv", "affaire"]
        }
        for record in found.records["crm-contactelle/deals.json", "deal"]:
            former = dict(record.keys).get("fichette_affaire", record.external_id)
            last[former] = record

        assert Counter(str(one.fields["status"]) for one in last.values()) == truth.deals
        assert len(last) == truth.entities["deal"]


class TestIdentity:
    """Exact keys alone bring the tools' companies together; nothing else is needed, nothing is mixed."""

    def _groups(self, found: Read) -> dict[str, str]:
        parent: dict[str, str] = {}

        def root(node: str) -> str:
            while parent.setdefault(node, node) != node:
                node = parent[node]
            return node

        for (name, kind), records in found.records.items():
            if kind not in {"societe", "company", "client", "account"}:
                continue
            for record in records:
                keys = [f"{kind_}={value}" for kind_, value in record.keys]
                if siren_of(record.fields):
                    keys.append(f"siren={siren_of(record.fields)}")
                place = record.fields.get("postcode")
                keys.append(f"place={company_name_key(str(record.fields['name']))}|{place}")
                for key in keys:
                    parent[root(f"{name}#{record.external_id}")] = root(key)
        return {node: root(node) for node in list(parent) if "#" in node}

    def test_finds_as_many_companies_as_there_are(self, found: Read, truth: Facts) -> None:
        assert len(set(self._groups(found).values())) == truth.entities["customer"]

    def test_never_joins_two_companies(self, found: Read, world: World) -> None:
        groups = self._groups(found)
        known: dict[str, int] = {}
        for company in crm_v1.known(world):
            group = groups[f"crm-fichette/societes.csv#{crm_v1.company_ref(company)}"]
            assert known.setdefault(group, company.number) == company.number
