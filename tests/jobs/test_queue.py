"""Asking for background work."""

from __future__ import annotations

import pytest
from django.db import connection

from palier.jobs.queue import NoSuchFailure, enqueue, list_failures, retry

pytestmark = pytest.mark.django_db
COMPANY, OTHER = 900_010, 900_011


def failed(company: int) -> int:
    number = enqueue("metrics.refresh", company_id=company)
    assert number is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [number])
    return number


class TestEnqueue:
    def test_asks_once_and_leaves_the_transaction_usable(self):
        assert enqueue("metrics.refresh", company_id=COMPANY, once=True) is not None
        assert enqueue("metrics.refresh", company_id=COMPANY, once=True) is None

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs")
            assert cursor.fetchone() == (1,)


class TestListFailures:
    def test_shows_a_company_its_own(self):
        number = failed(COMPANY)
        failed(OTHER)

        assert [(one.job_id, one.args) for one in list_failures(company_id=COMPANY)] == [
            (number, {"company_id": COMPANY})
        ]


class TestRetry:
    def test_puts_the_job_back(self):
        retry(company_id=COMPANY, job_id=failed(COMPANY))

        assert list_failures(company_id=COMPANY) == []

    def test_refuses_another_companys_job(self):
        number = failed(OTHER)

        with pytest.raises(NoSuchFailure):
            retry(company_id=COMPANY, job_id=number)
