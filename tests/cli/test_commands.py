"""The commands, as a person types them: real processes on an installation of their own."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from palier.database.location import locate

if TYPE_CHECKING:
    from .conftest import Installation

TWINS = Path(__file__).parents[1] / "data" / "imports"
TIMEOUT_S = 120


class TestCompany:
    def test_has_a_slug_without_accents(self, installed):
        assert [one["slug"] for one in installed.json("company", "list")["companies"]] == [
            "societe-etoilee"
        ]

    def test_is_refused_twice_with_a_sentence(self, installed):
        said = installed.run(
            "company", "create", "Société étoilée", "--owner", "x@etoilee.example", code=2
        )
        assert "societe-etoilee" in said
        assert "Traceback" not in said


class TestImport:
    def test_brings_files_in_then_changes_nothing(self, installed):
        folder = TWINS / "crm_sales"
        first = installed.json(
            "import", folder, "--company", "societe-etoilee", "--tool", "crm_sales"
        )
        again = installed.json(
            "import", folder, "--company", "societe-etoilee", "--tool", "crm_sales"
        )

        assert first["totals"]["created"] > 0
        assert again["totals"]["created"] == again["totals"]["updated"] == 0
        assert again["totals"]["unchanged"] == first["totals"]["created"]
        shown = installed.json(
            "metrics", "show", "sales.win_rate", "sales.cycle_days", "--company", "societe-etoilee"
        )
        assert [one["metric"] for one in shown["results"]] == ["sales.win_rate", "sales.cycle_days"]
        point = shown["results"][0]["points"][0]
        assert 0 < point["value"] < 1
        assert point["numerator"] <= point["denominator"]

    def test_counts_and_writes_nothing_when_asked_to_rehearse(self, installed, tmp_path):
        path = tmp_path / "clients.csv"
        path.write_text("id;nom\nR1;Atelier\n", encoding="utf-8")

        rehearsed = installed.json("import", path, "--company", "societe-etoilee", "--dry-run")
        done = installed.json("import", path, "--company", "societe-etoilee")

        assert rehearsed["dry_run"] is True
        assert rehearsed["totals"]["created"] == done["totals"]["created"] == 1

    def test_ends_with_three_and_a_file_when_rows_are_refused(self, installed, tmp_path):
        path = tmp_path / "factures.csv"
        rows = [f"F{day};{day:02}/12/2025;12,50" for day in range(10, 30)]
        path.write_text(
            "\n".join(["numero;date;montant ht", *rows, "F2;31/02/2025;1,00"]), encoding="utf-8"
        )

        done = installed.json("import", path, "--company", "societe-etoilee", code=3)

        item = next(one for one in done["files"] if one["rejected"])
        assert item["rejected"] == 1
        assert "F2" in Path(item["rejects_file"]).read_text(encoding="utf-8-sig")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("nowhere.csv", "--company", "societe-etoilee"), "nowhere.csv"),
            ((TWINS, "--company", "inconnue"), "inconnue"),
        ],
    )
    def test_says_what_is_wrong_without_a_trace(self, installed, arguments, words):
        said = installed.run("import", *arguments, code=2)
        assert words in said
        assert "Traceback" not in said

    def test_leaves_nothing_behind_when_it_is_killed(self, installed, tmp_path):
        path = tmp_path / "beaucoup.csv"
        with path.open("w", encoding="utf-8") as out:
            out.write("id;nom;ville\n")
            out.writelines(f"K{number};Client {number};Lyon\n" for number in range(40_000))
        process = installed.start("import", path, "--company", "societe-etoilee", "--tool", "gros")
        self._wait_until_writing(installed, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        done = installed.json("import", path, "--company", "societe-etoilee", "--tool", "gros")

        assert done["totals"]["created"] == 40_000
        assert done["totals"]["unchanged"] == done["totals"]["updated"] == 0

    @staticmethod
    def _wait_until_writing(installed: Installation, process: subprocess.Popen[str]) -> None:
        """Until rows are on their way in, seen from a connection of our own."""
        socket = str(locate(installed.folder).socket_dir)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            assert process.poll() is None, "the import ended before it could be killed"
            try:
                with psycopg.connect(host=socket, user="postgres", dbname="palier") as connection:
                    row = connection.execute(
                        "SELECT count(*) FROM hub_import_batch WHERE status = 'running' AND rows_done > 0"
                    ).fetchone()
                if row and row[0]:
                    return
            except psycopg.OperationalError:
                pass
            time.sleep(0.05)
        pytest.fail("the import never said how far it was")


class TestMetrics:
    def test_lists_the_fixed_keys(self, installed):
        keys = {one["key"] for one in installed.json("metrics", "list")["metrics"]}
        assert {
            "customers.active",
            "mrr.total",
            "unit.ltv_cac",
            "sales.win_rate",
            "cash.dso_days",
        } <= keys

    def test_suggests_the_nearest_key(self, installed):
        said = installed.run("metrics", "show", "mrr.totl", "--company", "societe-etoilee", code=2)
        assert "mrr.total" in said


class TestDoctor:
    def test_finds_a_sound_installation(self, installed):
        found = installed.json("doctor")
        assert found["ok"] is True
        assert {one["check"] for one in found["findings"]} >= {
            "Python",
            "Data folder",
            "PostgreSQL",
            "Isolation",
        }

    def test_says_how_to_mend_a_database_that_does_not_answer(self, installed):
        installed.environment["PALIER_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
        try:
            found = installed.json("doctor", code=2)
        finally:
            del installed.environment["PALIER_DATABASE_URL"]
        assert any(
            one["status"] == "problem" and "PALIER_DATABASE_URL" in one["mend"]
            for one in found["findings"]
        )
