from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from palier.hub.facts import _fact
from palier.hub.schema import ENTITIES
from palier.metrics import catalogue, documents, facts, golden, rules_document
from palier.metrics import compile as compiler
from palier.metrics.flags import FLAGS
from palier.metrics.questions import DERIVED, QUESTIONS, ROWS

FIXED_KEYS = [
    "customers.active",
    "customers.new",
    "customers.lost",
    "customers.churn",
    "mrr.total",
    "mrr.new",
    "mrr.expansion",
    "mrr.contraction",
    "mrr.churn",
    "mrr.reactivation",
    "mrr.nrr",
    "mrr.grr",
    "revenue.invoiced",
    "revenue.arpa",
    "unit.ltv",
    "unit.cac",
    "unit.ltv_cac",
    "unit.payback_months",
    "sales.win_rate",
    "sales.demo_conversion",
    "sales.cycle_days",
    "cash.dso_days",
    "cash.late_share",
]
ROOT = Path(__file__).parents[2]


class TestCatalogue:
    def test_has_the_fixed_keys_once_each(self):
        assert [metric.key for metric in catalogue.all_metrics()] == FIXED_KEYS

    @pytest.mark.parametrize(
        ("key", "meant"),
        [
            ("sales.winrate", "sales.win_rate"),
            ("mrr", "mrr.nrr"),
            ("win_rate", "sales.win_rate"),
            ("customers.actif", "customers.active"),
            ("cash.dso-days", "cash.dso_days"),
            ("unit.cacs", "unit.cac"),
        ],
    )
    def test_suggests_what_was_meant(self, key, meant):
        with pytest.raises(catalogue.UnknownMetric) as refused:
            catalogue.metric(key)
        assert refused.value.details["suggestion"] == meant

    def test_refuses_a_dimension_it_does_not_know_and_lists_those_it_does(self):
        with pytest.raises(catalogue.UnknownDimension) as refused:
            catalogue.check_dimension(metric=catalogue.metric("unit.cac"), dimension="segment")
        assert refused.value.details["known"] == "channel"

    @pytest.mark.parametrize("metric", catalogue.all_metrics(), ids=lambda metric: metric.key)
    def test_names_questions_tables_and_rows_that_exist(self, metric):
        assert set(metric.questions) <= set(QUESTIONS)
        assert metric.rows in ROWS
        assert set(metric.reads) <= set(facts.TABLES)
        assert metric.dimensions

    @pytest.mark.parametrize("metric", catalogue.all_metrics(), ids=lambda metric: metric.key)
    def test_speaks_french_with_french_typography(self, metric):
        assert_french(metric.label_fr)
        assert_french(metric.definition_fr)
        assert len(metric.definition_fr) > 60
        assert metric.definition_fr != metric.definition_en

    @pytest.mark.parametrize("flag", FLAGS.values(), ids=lambda flag: flag.code)
    def test_flags_speak_french_with_french_typography(self, flag):
        assert_french(flag.label_fr)

    def test_every_flag_is_given_somewhere(self):
        package = ROOT / "src/palier/metrics"
        files = [package / "answers.py", package / "evaluate.py", *package.glob("entries/*.py")]
        source = "".join(path.read_text(encoding="utf-8") for path in files)
        assert [code for code in FLAGS if f'"{code}"' not in source] == []


def assert_french(text):
    assert "'" not in text, "straight apostrophe"
    assert not re.search(r"[ \w][;!?]", text.replace("\u202f;", "")), "U+202F before ; ! ?"
    assert not re.search(r"[^\u00a0][:%€]", text), "U+00A0 before : % €"


class TestImports:
    def test_of_the_catalogue_bring_no_engine(self):
        heavy = {"ibis", "sqlglot", "duckdb", "pyarrow", "numpy", "pandas"}
        code = (
            "import sys; from palier.metrics import catalogue, compile, drill, engine, evaluate, facts, periods, questions, rules, "
            f"documents, golden; print(sorted({heavy!r} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"

    def test_of_rules_bring_no_django(self):
        code = "import sys, palier.metrics.rules; print('django' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "False"

    def test_an_answer_without_breakdown_never_imports_the_compiler(self):
        code = (
            "import sys, datetime as dt; from palier.metrics.evaluate import evaluate; "
            "evaluate('unit.payback_months', {'recurring_line': []}, today=dt.date(2026, 1, 1)); print('ibis' in sys.modules)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "False"


class TestFacts:
    @pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
    def test_have_the_columns_that_the_hub_offers(self, entity):
        spec = facts.table(entity.name)
        offered = [(column.name, column.type) for column in _fact(entity).columns]
        assert [(column.name, column.type) for column in spec.columns[2:]] == offered
        assert [column.name for column in spec.columns[:2]] == ["company_id", f"{entity.name}_id"]

    def test_carry_the_company_everywhere(self):
        for spec in facts.ENTITY_TABLES + facts.DERIVED_TABLES:
            assert spec.columns[0].name == "company_id"


class TestGoldenSql:
    def test_is_what_definitions_compile_to(self):
        assert [str(path.name) for path in golden.stale()] == [], (
            "run python -m palier.metrics.golden and read the difference"
        )

    def test_is_kept_for_both_dialects(self):
        names = [
            {path.name for path in (compiler.GOLDEN / dialect).glob("*.sql")}
            for dialect in compiler.DIALECTS
        ]
        assert names[0] == names[1]
        assert len(names[0]) == len(QUESTIONS) + len(ROWS) + len(DERIVED) + sum(
            bool(one.key) for one in DERIVED
        )

    def test_reads_only_declared_tables(self):
        for path in (compiler.GOLDEN / "duckdb").glob("*.sql"):
            assert tables_of(path) <= set(facts.TABLES), path.name

    @pytest.mark.parametrize("name", QUESTIONS)
    def test_of_a_question_reads_the_tables_it_says(self, name):
        read = {
            table
            for table in tables_of(compiler.GOLDEN / "duckdb" / f"{name}.sql")
            if facts.table(table).role != "frame"
        }
        assert read <= set(QUESTIONS[name].reads)

    def test_comes_out_the_same_in_every_process(self):
        code = "import hashlib; from palier.metrics import golden; print(hashlib.sha256(''.join(t for _, t in golden.texts()).encode()).hexdigest())"
        found = {
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2")
        }
        assert len(found) == 1


def tables_of(path):
    """The tables that a golden file reads, its own common table expressions apart."""
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r'(?<!DISTINCT )(?:FROM|JOIN) "(\w+)"', text)) - set(
        re.findall(r'"(\w+)" AS \(', text)
    )


class TestDocuments:
    def test_are_fresh(self):
        pages = (
            ("metrics.md", documents.metrics_text()),
            ("facts.md", documents.facts_text()),
            ("rules.md", rules_document.rules_text()),
        )
        for name, text in pages:
            assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, (
                "run python -m palier.metrics.documents and .rules_document"
            )
