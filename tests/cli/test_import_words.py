"""What `palier import` says: in French, what, where and what to do; a bar on a terminal only."""

from __future__ import annotations

import json
import os
import pty
import threading
from pathlib import Path

import pytest

NARROW = "\u202f"
TO = ("--company", "societe-etoilee")
CLIENTS = "id;nom;email;montant\nW1;Atelier Nord;nord@w.example;1\nW2;Atelier Sud;sud@w.example;2\n"


@pytest.fixture
def write(tmp_path):
    def act(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return act


class TestSentences:
    def test_name_the_file_the_line_and_the_column_in_french(self, installed, write):
        path = write("affaires.csv", DEALS)
        image = write("logo.csv", b"\x89PNG\r\n\x1a\n" + bytes(200))
        said = installed.run("import", path, image, *TO, code=3, language="fr")
        assert "affaires.csv → Affaires\u00a0: 6 fiches créées" in said
        assert f"ligne 8, colonne «{NARROW}amount{NARROW}»\u00a0: «{NARROW}abc{NARROW}»" in said
        assert (
            "logo.csv\u00a0: non importé. Ce fichier n’est pas un tableau, mais une image." in said
        )
        assert "rejets.csv" in said

    def test_refuse_what_cannot_be_read_with_two(self, installed, write):
        path = write("vide.csv", b"")
        out = installed.run("import", path, *TO, "--json", code=2, language="fr")
        said = json.loads(out.splitlines()[0])["error"]
        assert said["code"] == "import.nothing-ready"
        assert "vide.csv\u00a0: Ce fichier est vide." in said["message"]

    def test_say_what_to_do_when_nothing_is_recognised(self, installed, write):
        path = write("x.csv", "F1;Alpha;12,50\nF2;Beta;13,50\n")
        said = installed.run("import", path, *TO, code=2, language="fr")
        assert "--mapping" in said

    def test_name_the_place_of_a_mistake_in_a_mapping(self, installed, write):
        path = write("clients.csv", CLIENTS)
        broken = write("a.json", '{"entities": [\n  oops]}')
        wrong = write("b.json", json.dumps({"entities": [{"entity": "client", "id": ["id"]}]}))
        said = installed.run("import", path, *TO, "--mapping", broken, code=2, language="fr")
        assert "a.json" in said
        assert "ligne 2" in said
        said = installed.run("import", path, *TO, "--mapping", wrong, code=2, language="fr")
        assert f"entities[1].entity\u00a0: «{NARROW}client{NARROW}» n’est pas une entité." in said


DEALS = (
    "id;customer;name;amount;status\n"
    + "".join(f"DW{n};x;Projet {n};1 200,50;won\n" for n in range(6))
    + "DW9;x;Autre;abc;open\n"
)


class TestRefusedRows:
    def test_come_back_corrected_and_change_exactly_themselves(self, installed, write):
        path = write("affaires.csv", DEALS.replace("DW", "DX"))
        tool = ("--tool", "ventes")
        first = installed.json("import", path, *TO, *tool, code=3, language="fr")
        rejects = Path(first["files"][0]["rejects_file"])
        content = rejects.read_text(encoding="utf-8-sig")
        assert "import_raison" in content
        corrected = write("corriges.csv", content.replace(";abc;", ";12,50;").encode("utf-8-sig"))
        again = installed.json("import", corrected, *TO, *tool)
        whole = installed.json("import", path, *TO, *tool, code=3)
        assert (again["totals"]["created"], again["totals"]["updated"]) == (1, 0)
        assert (whole["totals"]["created"], whole["totals"]["unchanged"]) == (0, 6)


class TestMapping:
    def test_given_once_is_remembered_for_the_tool(self, installed, write):
        path = write("export.csv", "ref;libelle\nM1;Alpha\nM2;Beta\n")
        raw = {"entities": [{"entity": "product", "id": ["ref"], "fields": {"name": "libelle"}}]}
        mapping = write("m.json", json.dumps(raw))
        tool = ("--tool", "stock")
        rehearsed = installed.json("import", path, *TO, *tool, "--mapping", mapping, "--dry-run")
        assert rehearsed["totals"]["created"] == 2
        given = installed.json("import", path, *TO, *tool, "--mapping", mapping)
        later = write("export2.csv", "ref;libelle\nM3;Gamma\n")
        remembered = installed.json("import", later, *TO, *tool)
        assert given["totals"]["created"] == 2
        assert [(one["entity"], one["created"]) for one in remembered["files"]] == [("product", 1)]


class TestProgress:
    def test_is_a_bar_on_a_terminal(self, installed, write):
        path = write("clients.csv", CLIENTS)
        parent, child = pty.openpty()
        process = installed.start("import", path, *TO, language="fr", stderr=child)
        os.close(child)
        shown: list[bytes] = []
        reader = threading.Thread(target=_drain, args=(parent, shown), daemon=True)
        reader.start()
        process.communicate(timeout=120)
        reader.join(10)
        assert "ligne" in b"".join(shown).decode("utf-8", "replace")

    def test_is_nothing_when_piped(self, installed, write):
        process = installed.start("import", write("clients.csv", CLIENTS), *TO, language="fr")
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")


def _drain(descriptor: int, shown: list[bytes]) -> None:
    """Everything written to a terminal, until the other side closes."""
    while True:
        try:
            block = os.read(descriptor, 4096)
        except OSError:
            return
        if not block:
            return
        shown.append(block)
