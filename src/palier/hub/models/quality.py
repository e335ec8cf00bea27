"""How many records failed each check of quality, day after day."""

from __future__ import annotations

from django.db import models

from palier.hub.models.base import Owned

MEASURES = ("completeness", "validity", "freshness", "duplicates", "orphans")


class QualityCount(Owned):
    """On one day, of the records whose field comes from one tool, how many were looked at and how many failed.

    `tool` is empty where no tool answers: a value set by hand, or pairs that may be one.
    """

    day = models.DateField()
    entity = models.TextField()
    tool = models.TextField(db_default="")
    measure = models.TextField(choices=[(m, m) for m in MEASURES])
    code = models.TextField()
    failing = models.BigIntegerField()
    total = models.BigIntegerField()

    class Meta:
        db_table = "hub_quality_count"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "day", "entity", "code", "tool"], name="quality_count_once"
            ),
            models.CheckConstraint(
                name="quality_count_within",
                condition=models.Q(failing__gte=0, failing__lte=models.F("total")),
            ),
        ]
