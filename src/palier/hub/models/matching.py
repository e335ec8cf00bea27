"""How far the search for records of one and the same thing has come."""

from __future__ import annotations

from django.db import models

from palier.hub.models.base import Owned


class MatchRun(Owned):
    """The last search among one entity's records: the feed position up to which changes were seen, and what it found."""

    entity = models.TextField()
    generation = models.UUIDField()
    position = models.BigIntegerField()
    at = models.DateTimeField()
    report = models.JSONField()

    class Meta:
        db_table = "hub_match_run"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "entity"], name="match_run_once")
        ]
