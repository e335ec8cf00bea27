"""Emptying a company's hub: what the demonstration does before it tells its story again."""

from __future__ import annotations

import shutil

from django.apps import apps
from django.db import transaction

from palier.hub.imports.batches import imports_folder
from palier.hub.operations import exclusive_write


def empty_hub(*, company_id: int) -> None:
    """Forget everything the hub holds of a company, its imports and their files included.

    The connection must be scoped to the company. Its feed begins again under another generation, so that
    whoever follows it starts over.
    """
    with exclusive_write(company_id=company_id, wait=True) as cursor:
        for model in apps.get_app_config("hub").get_models():
            cursor.execute(
                f"DELETE FROM {model._meta.db_table} WHERE company_id = %s", [company_id]
            )
        transaction.on_commit(
            lambda: shutil.rmtree(imports_folder(company_id=company_id), ignore_errors=True)
        )
