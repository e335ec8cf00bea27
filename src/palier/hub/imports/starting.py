"""An import between its page and the worker: asked for, and opened again when nothing came of it."""

from __future__ import annotations

import shutil

from django.db import transaction

from palier.hub.imports.batches import BatchNotOpen, BatchUnknown, folder_of
from palier.hub.models import ImportBatch
from palier.kernel.refusals import Refusal


class BatchNotFailed(Refusal):
    code = "import.not-failed"
    message = "Only an import that failed can be opened again."


def _locked(company_id: int, batch_id: int) -> ImportBatch:
    batch = (
        ImportBatch.objects.select_for_update().filter(company_id=company_id, pk=batch_id).first()
    )
    if batch is None:
        raise BatchUnknown
    return batch


def ask_for_run(*, company_id: int, batch_id: int) -> None:
    """Let an open import wait for the worker; inside the caller's transaction, beside the job it enqueues.

    Raises: `BatchUnknown`, `BatchNotOpen`.
    """
    with transaction.atomic():
        batch = _locked(company_id, batch_id)
        if batch.status != "draft":
            raise BatchNotOpen
        batch.status = "waiting"
        batch.save(update_fields=["status"])


def reopen(*, company_id: int, batch_id: int) -> None:
    """Take a failed import back to its mapping: nothing of it was written, its files are still there.

    Raises: `BatchUnknown`, `BatchNotFailed`.
    """
    with transaction.atomic():
        batch = _locked(company_id, batch_id)
        if batch.status != "failed" or not batch.files.exists():
            raise BatchNotFailed
        batch.status, batch.failure, batch.started_at, batch.finished_at, batch.rows_done = (
            "draft",
            None,
            None,
            None,
            0,
        )
        batch.save(update_fields=["status", "failure", "started_at", "finished_at", "rows_done"])


def give_up(*, company_id: int, batch_id: int) -> None:
    """Forget an open import and its files.

    Raises: `BatchUnknown`, `BatchNotOpen`.
    """
    with transaction.atomic():
        batch = _locked(company_id, batch_id)
        if batch.status != "draft":
            raise BatchNotOpen
        batch.delete()
    shutil.rmtree(folder_of(company_id=company_id, batch_id=batch_id), ignore_errors=True)


def take_back(*, company_id: int, batch_id: int, path: str, table: str) -> None:
    """Forget a person's correction of a table, a decision to leave it out included.

    Raises: `BatchUnknown`, `BatchNotOpen`.
    """
    with transaction.atomic():
        batch = _locked(company_id, batch_id)
        if batch.status != "draft":
            raise BatchNotOpen
        one = batch.files.filter(path=path).first()
        if one is None:
            raise BatchUnknown
        one.mapping = {
            name: raw for name, raw in (one.mapping or {}).items() if name != table
        } or None
        one.save(update_fields=["mapping"])
