"""Lists that people come back to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned


class SavedView(Owned):
    """Columns, filters and order of a list under a name: one's own, or everybody's when `shared`."""

    person_id = models.BigIntegerField()
    entity = models.TextField()
    name = models.TextField()
    query = models.JSONField()
    shared = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_saved_view"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "entity", "name"],
                name="saved_view_once_shared",
                condition=models.Q(shared=True),
            ),
            models.UniqueConstraint(
                fields=["company_id", "entity", "person_id", "name"],
                name="saved_view_once_own",
                condition=models.Q(shared=False),
            ),
        ]
