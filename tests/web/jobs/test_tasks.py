"""Tasks that gave up: told in words, tried again."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.urls import reverse

from palier.accounts.permissions import Role
from palier.hub.models import ImportBatch, ImportFile
from palier.jobs.queue import enqueue


def text(answer):
    return re.sub(r"[ \n\t]+", " ", answer.content.decode())


@pytest.fixture
def failed(workshop):
    """A task that gave up: its number."""

    def make(task="metrics.refresh", **ids):
        with workshop.scope():
            job_id = enqueue(task, company_id=workshop.company.id, **ids)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'failed', attempts = 4 WHERE id = %s",
                [job_id],
            )
        return job_id

    return make


@pytest.fixture
def broken_import(workshop):
    with workshop.scope():
        batch = ImportBatch.objects.create(
            company_id=workshop.company.id,
            status="failed",
            failure={"code": "import.no_space", "message": "", "details": {}},
        )
        ImportFile.objects.create(
            company_id=workshop.company.id,
            batch=batch,
            name="a.csv",
            path="/nowhere",
            size=1,
            digest="",
        )
        return batch.pk


def job_status(job_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job_id])
        return cursor.fetchone()[0]


class TestTasks:
    def test_says_in_words_what_gave_up_and_links_from_imports(self, workshop, failed):
        failed()
        client = workshop.browse()
        page = text(client.get(reverse("jobs:list")))
        assert "Refresh of the figures" in page
        assert "4 attempts" in page
        assert reverse("jobs:list") in text(client.get(reverse("imports:list")))

    def test_says_when_all_went_well(self, workshop):
        assert "Every task went well" in text(workshop.browse().get(reverse("jobs:list")))
        assert reverse("jobs:list") not in text(workshop.browse().get(reverse("imports:list")))

    def test_tells_why_an_import_failed_until_it_is_settled(self, workshop, failed, broken_import):
        failed("imports.run", batch_id=broken_import)
        client = workshop.browse()
        assert "no space left on the disk" in text(client.get(reverse("jobs:list")))
        with workshop.scope():
            ImportBatch.objects.update(status="done")
        assert "Every task went well" in text(client.get(reverse("jobs:list")))

    def test_shows_nothing_of_another_company(self, failed, open_workshop):
        job = failed()
        other = open_workshop("Verger Vert").browse()
        assert "Every task went well" in text(other.get(reverse("jobs:list")))
        assert other.post(reverse("jobs:retry", args=[job])).status_code == 404


class TestRetry:
    def test_puts_the_task_back_in_the_queue(self, workshop, failed):
        job = failed()
        answer = workshop.browse(Role.MANAGER).post(reverse("jobs:retry", args=[job]))
        assert answer["Location"] == reverse("jobs:list")
        assert job_status(job) == "todo"

    def test_lets_an_import_wait_for_its_turn_again(self, workshop, failed, broken_import):
        job = failed("imports.run", batch_id=broken_import)
        answer = workshop.browse().post(reverse("jobs:retry", args=[job]))
        assert answer["Location"] == reverse("imports:show", args=[broken_import])
        assert job_status(job) == "todo"
        with workshop.scope():
            assert ImportBatch.objects.get().status == "waiting"

    def test_is_closed_to_readers(self, workshop, failed):
        assert (
            workshop.browse(Role.READER).post(reverse("jobs:retry", args=[failed()])).status_code
            == 403
        )
