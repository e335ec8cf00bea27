"""What metrics keep in PostgreSQL: readings, targets and how each refresh went.

Readings are the result cache of the analytical file made durable: every page reads them, none
waits for analytics.
"""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from palier.metrics.periods import GRAINS

READING_GRAINS = (*GRAINS, "all")
"""`all` is the whole span of the data as one period."""


class Owned(models.Model):
    """A row of one company; the number carries no foreign key, isolation is the database's."""

    company_id = models.BigIntegerField()

    class Meta:
        abstract = True


def _figure() -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(null=True, max_digits=38, decimal_places=12)


def _grain() -> models.TextField[str, str]:
    return models.TextField(choices=[(grain, grain) for grain in READING_GRAINS])


class Reading(Owned):
    """The value of a metric for a period, whole or for one value of a dimension.

    Periods are half-open: `period_end` is the first day after. `dimension` is empty for the whole;
    `dimension_value` is empty where the dimension is unknown. `beside` holds what is shown next to the
    figure, as numbers. `computed_at` and `snapshot_version`
    say when the value last changed; how fresh it is, `RefreshRun` says.
    """

    metric = models.TextField()
    definition_version = models.IntegerField()
    grain = _grain()
    period_start = models.DateField()
    period_end = models.DateField()
    dimension = models.TextField(db_default="")
    dimension_value = models.TextField(db_default="")
    value = _figure()
    numerator = _figure()
    denominator = _figure()
    low = _figure()
    high = _figure()
    n = models.BigIntegerField(null=True)
    flags = ArrayField(
        models.TextField(), db_default=models.Value([], output_field=ArrayField(models.TextField()))
    )
    currency = models.TextField(db_default="")
    beside = models.JSONField(db_default=models.Value({}, output_field=models.JSONField()))
    snapshot_version = models.BigIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "metrics_reading"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "company_id",
                    "metric",
                    "grain",
                    "dimension",
                    "dimension_value",
                    "period_start",
                ],
                name="reading_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company_id", "grain", "period_start"],
                name="reading_grid",
                condition=models.Q(dimension=""),
            ),
        ]


class Target(Owned):
    """The value a company aims at for a metric, from a day on, by grain."""

    metric = models.TextField()
    grain = _grain()
    value = models.DecimalField(max_digits=38, decimal_places=12)
    valid_from = models.DateField()
    set_by = models.BigIntegerField(null=True)
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "metrics_target"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "metric", "grain", "valid_from"], name="target_once"
            ),
        ]


class RefreshRun(Owned):
    """One refresh: when, from which version of the file, and what went wrong.

    `failure` is `{"code", "message", "details"}` when nothing could be refreshed; `metric_failures`
    maps the key of each metric that could not be computed to the same. `definitions` names the
    definitions it computed with: others mean that it must be done again.
    """

    STATUSES = ("running", "done", "unchanged", "failed")

    status = models.TextField(choices=[(status, status) for status in STATUSES])
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    today = models.DateField()
    made_at = models.DateTimeField(null=True)
    snapshot_version = models.BigIntegerField(null=True)
    position = models.BigIntegerField(null=True)
    seconds = models.FloatField(null=True)
    readings = models.IntegerField(null=True)
    definitions = models.TextField(db_default="")
    failure = models.JSONField(null=True)
    metric_failures = models.JSONField(db_default=models.Value({}, output_field=models.JSONField()))

    class Meta:
        db_table = "metrics_refresh_run"
        indexes = [models.Index(fields=["company_id", "-id"], name="refresh_run_recent")]
