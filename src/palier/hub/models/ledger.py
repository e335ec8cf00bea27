"""What was written, when, by whom, and in which order others may read it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned


class ImportBatch(Owned):
    """One import, undone as one. Its files and their counts hang below."""

    STATUSES = ("draft", "waiting", "running", "done", "failed", "undone")

    source_name = models.TextField(null=True)
    status = models.TextField(choices=[(s, s) for s in STATUSES], db_default="draft")
    origin = models.TextField(db_default="import")
    person_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)
    rows_total = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(db_default=0)
    report = models.JSONField(null=True)
    failure = models.JSONField(null=True)

    class Meta:
        db_table = "hub_import_batch"
        indexes = [models.Index(fields=["company_id", "-id"], name="import_batch_recent")]


class ImportFile(Owned):
    """A file of a batch: where its bytes are, the mapping chosen, and what came of it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="files")
    name = models.TextField()
    path = models.TextField()
    size = models.BigIntegerField()
    digest = models.TextField()
    mapping = models.JSONField(null=True)
    notices = models.JSONField(null=True)
    result = models.JSONField(null=True)
    rejects_path = models.TextField(null=True)

    class Meta:
        db_table = "hub_import_file"


class ImportMapping(Owned):
    """The mapping last used for files of one shape from one tool."""

    tool = models.TextField()
    signature = models.TextField()
    mapping = models.JSONField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_import_mapping"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "tool", "signature"], name="import_mapping_once"
            ),
        ]


class ChangeSet(Owned):
    """One operation's changes. `sealed` is taken last, `first_pos` is given by the sequencer after commit."""

    id = models.BigIntegerField(primary_key=True)
    sealed = models.BigIntegerField()
    rows = models.BigIntegerField()
    first_pos = models.BigIntegerField(null=True)
    origin = models.TextField()
    source_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())
    compacted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_change_set"
        indexes = [
            models.Index(
                fields=["company_id", "sealed"],
                name="change_set_unnumbered",
                condition=models.Q(first_pos__isnull=True),
            ),
            models.Index(fields=["company_id", "first_pos"], name="change_set_by_position"),
            models.Index(fields=["company_id", "at"], name="change_set_by_time"),
        ]


class _OneChange(Owned):
    """One change of one entity, or the creation of `span` entities with consecutive ids from `entity_id` on."""

    pk = models.CompositePrimaryKey("set_id", "ord")
    set_id = models.BigIntegerField()
    ord = models.IntegerField()
    span = models.IntegerField(db_default=1)
    entity = models.TextField()
    entity_id = models.BigIntegerField()
    version = models.IntegerField()
    op = models.TextField(
        choices=[(o, o) for o in ("create", "update", "merge", "unmerge", "delete", "erase")]
    )
    fields = ArrayField(models.TextField(), null=True)

    class Meta:
        abstract = True


class Change(_OneChange):
    """A change that the feed tells: its position is its set's first one plus `ord`, plus its place in the span."""

    class Meta:
        db_table = "hub_change"
        indexes = [
            models.Index(fields=["entity_id"], name="change_by_entity"),
            models.Index(fields=["entity_id"], name="change_spans", condition=models.Q(span__gt=1)),
        ]


class PastChange(_OneChange):
    """A change that the feed no longer tells, since later ones of the same records follow: kept for their history."""

    class Meta:
        db_table = "hub_past_change"
        indexes = [
            models.Index(fields=["entity_id"], name="past_change_by_entity"),
            models.Index(
                fields=["entity_id"], name="past_change_spans", condition=models.Q(span__gt=1)
            ),
        ]


class Feed(models.Model):
    """Where a company's change feed stands; a new `generation` tells every reader to start over."""

    company_id = models.BigIntegerField(primary_key=True)
    generation = models.UUIDField(default=uuid.uuid4)
    next_pos = models.BigIntegerField(default=1)

    class Meta:
        db_table = "hub_feed"
