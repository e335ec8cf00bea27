"""The whole way in French: files laid down on the page, the worker's job, the report, the refused rows."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.hub.models import Customer, Deal, ImportBatch
from palier.journeys.load import run_import_job

pytestmark = pytest.mark.usefixtures("media")
NARROW = "\u202f"
DEALS = "id;customer;name;amount;status\n" + "".join(
    f"D{n};x;Projet {n};1 200,50;won\n" for n in range(6)
)
REFUSED = DEALS + 'D9;x;=HYPERLINK("http://x.example");abc;open\n'
IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(200)


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode()).replace("&#x27;", "'")


@pytest.fixture
def client(workshop):
    """A manager who reads French, in a company whose other people read English."""
    person = workshop.people[Role.MANAGER].person_id
    Person.objects.filter(pk=person).update(language="fr")
    return workshop.browse(Role.MANAGER)


@pytest.fixture
def imported(client, workshop):
    """Lay these files down, start, and let a worker that speaks English run it: the import's number."""

    def act(**files):
        laid = [
            SimpleUploadedFile(
                name.replace("__", "."), one if isinstance(one, bytes) else one.encode()
            )
            for name, one in files.items()
        ]
        answer = client.post(reverse("imports:new"), {"exports": laid, "tool": "ventes"})
        batch_id = int(answer["Location"].split("/")[2])
        client.post(reverse("imports:start", args=[batch_id]))
        with workshop.scope(), translation.override("en"):
            run_import_job(company_id=workshop.company.id, batch_id=batch_id)
        return batch_id

    return act


@pytest.fixture
def rejects(client):
    """The file of refused rows of an import, as a person downloads it."""

    def act(batch_id):
        download = client.get(reverse("imports:rejects", args=[batch_id, 0]))
        return b"".join(download.streaming_content).decode("utf-8-sig")

    return act


class TestReport:
    def test_says_why_files_and_rows_are_refused(self, client, imported):
        batch_id = imported(affaires__csv=REFUSED, logo__csv=IMAGE, noms__csv="id;nom;nom\n1;a;b\n")
        page = text(client.get(reverse("imports:show", args=[batch_id])))
        assert "Ce fichier n’est pas un tableau, mais une image." in page
        assert "Plusieurs colonnes portent le même nom" in page
        assert f"«{NARROW}abc{NARROW}» n’est pas un montant." in page
        assert "is not" not in page

    def test_stores_no_sentence(self, workshop, imported):
        batch_id = imported(affaires__csv=REFUSED, logo__csv=IMAGE)
        with workshop.scope():
            report = ImportBatch.objects.get(pk=batch_id).report
        assert report["files"][1]["skipped"] == {
            "code": "import.not_a_table",
            "params": {"kind": "an image"},
        }

    def test_of_what_failed_says_it_in_the_reader_s_language(self, client, workshop, imported):
        batch_id = imported(affaires__csv=DEALS)
        with workshop.scope():
            ImportBatch.objects.filter(pk=batch_id).update(
                status="failed", report=None, failure={"code": "import.no_space", "params": {}}
            )
        shown = reverse("imports:show", args=[batch_id])
        assert "Il n’y a plus de place sur le disque" in text(client.get(shown))
        assert "There is no space left" in text(workshop.browse(Role.LEADER).get(shown))


class TestRefusedRows:
    def test_are_explained_in_the_language_of_who_asked(self, imported, rejects):
        content = rejects(imported(affaires__csv=REFUSED))
        header, row = content.splitlines()
        assert header.endswith("import_ligne;import_colonne;import_raison;import_rang")
        assert f"«{NARROW}abc{NARROW}» n’est pas un montant." in row
        assert "'=HYPERLINK" in row

    def test_come_back_corrected_and_change_exactly_themselves(self, workshop, imported, rejects):
        corrected = rejects(imported(affaires__csv=REFUSED)).replace(";abc;", ";99,90;")
        again = imported(affaires_corrigees__csv=corrected)
        with workshop.scope():
            totals = ImportBatch.objects.get(pk=again).report["totals"]
            added = Deal.objects.get(amount_minor=9_990)
            assert not Customer.objects.filter(name__startswith="import_").exists()
        assert (totals["created"], totals["updated"], totals["rejected"]) == (1, 0, 0)
        assert added.name == '=HYPERLINK("http://x.example")'
        assert not added.custom
