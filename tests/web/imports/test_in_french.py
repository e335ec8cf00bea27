"""What imports say to somebody who reads French: on pages, and in the files they give back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from palier.accounts.models import Person
from palier.accounts.permissions import Role
from palier.hub.imports.decode.refusals import DuplicateHeader, ZipBomb
from palier.journeys.load import run_import_job
from palier.wording.sentences import said, sentence

pytestmark = pytest.mark.usefixtures("media")
CLIENTS = (
    "N° client;Raison sociale;CA annuel HT;Statut;Mail;\n"
    "A1;Boulangerie du Port;1 200,50;Actif;contact@port.example;x\n"
    "A2;Menuiserie Élan;0,00;Archivé;bonjour@elan.example;\n"
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def client(workshop):
    Person.objects.update(language="fr")
    return workshop.browse(Role.MANAGER)


@pytest.fixture
def draft(client) -> int:
    """An import of a file that can be read and of a picture, still open: its number."""
    files = [
        SimpleUploadedFile("clients.csv", CLIENTS.encode()),
        SimpleUploadedFile("photo.csv", PICTURE),
    ]
    answer = client.post(reverse("imports:new"), {"exports": files, "tool": ""})
    return int(answer["Location"].split("/")[2])


def shown(client, batch_id: int) -> str:
    return client.get(reverse("imports:show", args=[batch_id])).content.decode()


class TestPlan:
    def test_says_why_a_file_cannot_be_read(self, client, draft):
        assert "mais une image" in shown(client, draft)

    def test_names_columns_and_fields_as_people_do(self, client, draft):
        page = shown(client, draft)
        assert "Client\u00a0: CA annuel HT" in page
        assert "Colonne 6" in page
        assert "col_6" not in page

    def test_quotes_values_as_the_language_does(self, client, draft):
        assert "aucune correspondance pour «\u202fArchivé\u202f»" in shown(client, draft)

    def test_says_nothing_of_the_columns_of_a_table_left_out(self, client, draft):
        client.post(reverse("imports:leave_out", args=[draft, 0]))
        assert "n’a pas de nom" not in shown(client, draft)


class TestReport:
    @pytest.mark.parametrize(
        ("language", "reason"),
        [
            ("fr", "Aucune correspondance n’est indiquée pour «\u202fArchivé\u202f»."),
            ("en", "“Archivé” has no equivalent in the mapping."),
        ],
    )
    def test_gives_refused_rows_with_reasons_that_their_reader_understands(
        self, client, workshop, draft, language, reason
    ):
        Person.objects.update(language=language)
        with workshop.scope():
            run_import_job(company_id=workshop.company.id, batch_id=draft)
        download = client.get(reverse("imports:rejects", args=[draft, 0]))
        assert reason in b"".join(download.streaming_content).decode("utf-8-sig")

    def test_says_why_a_file_was_not_imported(self, client, workshop, draft):
        with workshop.scope():
            run_import_job(company_id=workshop.company.id, batch_id=draft)
        page = shown(client, draft)
        assert "1 fiche créée, 2 lignes refusées" in page
        assert "mais une image" in page


class TestSentences:
    def test_translate_what_a_refusal_quotes(self):
        with translation.override("fr"):
            assert "trop de données pour sa taille" in said(
                ZipBomb(reason="too much data for its size")
            )
            assert "même nom\u00a0: Nom, Ville." in said(DuplicateHeader(columns="Nom, Ville"))

    def test_call_a_column_without_header_by_its_place(self):
        with translation.override("fr"):
            told = sentence("import.blank_column_named", {"number": "8", "name": "col_8"})
        assert (
            told == "La colonne 8 n’a pas de nom\u00a0: elle s’appelle ici «\u202fColonne 8\u202f»."
        )
