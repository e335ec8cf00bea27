"""Files that arrive in a folder."""

from __future__ import annotations

import os

import pytest

from palier.hub.connectors import connecting, running
from palier.hub.connectors.files import watch_folder
from palier.hub.connectors.folders import FolderForbidden
from palier.hub.models import ConnectorFile, Customer, ImportBatch
from palier.wording import sentences

pytestmark = pytest.mark.django_db

CLIENTS = "code;raison_sociale;siren;tva;email;adresse.ligne;adresse.code_postal;adresse.ville;adresse.pays\nC1;Atelier Brumaire;552100554;;;1 rue Fictive;69001;Lyon;FR\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PALIER_WATCHED_FOLDERS", str(tmp_path))
    (tmp_path / "arrivees").mkdir()
    return tmp_path / "arrivees"


@pytest.fixture
def watched(company, folder, clock, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    connector = watch_folder(
        company_id=company.id,
        tool="demo_facturelle",
        label="Facturelle",
        folder=str(folder),
        person_id=None,
    )
    connecting.start(company_id=company.id, connector_id=connector.pk, now=clock.now())

    def take():
        return running.run_connector(
            company=company,
            connector_id=connector.pk,
            now=clock.now,
            sleep=clock.sleep,
            explain=sentences.explain,
        )

    return take


def lay(folder, name, text, clock, *, ago=60):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (clock.at.timestamp() - ago,) * 2)


class TestTakeFiles:
    def test_takes_each_file_once(self, folder, watched, clock):
        lay(folder, "clients.csv", CLIENTS, clock)

        run = watched()
        assert (run.status, run.created) == ("done", 1), run.notices
        assert Customer.objects.get().name == "Atelier Brumaire"

        lay(folder, "copie de clients.csv", CLIENTS, clock)
        again = watched()
        assert (again.received, ConnectorFile.objects.count()) == (0, 1)

    def test_takes_the_next_version_of_a_file(self, folder, watched, clock):
        lay(folder, "clients.csv", CLIENTS, clock)
        watched()
        lay(folder, "clients.csv", CLIENTS.replace("Lyon", "Nantes"), clock)

        assert watched().updated == 1

    def test_leaves_a_file_that_is_still_being_written(self, folder, watched, clock):
        lay(folder, "clients.csv", CLIENTS, clock, ago=2)

        assert watched().received == 0
        assert not ConnectorFile.objects.exists()

    def test_lets_a_file_wait_that_nobody_explained(self, folder, watched, clock):
        lay(folder, "mystere.csv", "x;y\n1;2\n", clock)

        run = watched()

        assert run.status == "to_check"
        assert run.notices[0]["code"] == "connector.file-waits"
        assert ImportBatch.objects.get().status == "draft"

    def test_says_that_the_folder_is_gone(self, folder, watched):
        folder.rmdir()

        run = watched()

        assert (run.status, run.failure["code"]) == ("failed", "connector.folder-missing")

    def test_refuses_folders_outside_those_allowed(self, company, folder):
        with pytest.raises(FolderForbidden):
            watch_folder(
                company_id=company.id,
                tool="x",
                label="X",
                folder=str(folder / "../../.."),
                person_id=None,
            )
