"""The atoms: what each tool said, kept as it came."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned
from palier.hub.schema import SOURCE_KINDS


class Source(Owned):
    """A tool that feeds the hub. Retired when it has been replaced, never deleted."""

    name = models.TextField()
    label = models.TextField()
    kind = models.TextField(choices=[(k, k) for k in SOURCE_KINDS], db_default="other")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_source"
        constraints = [models.UniqueConstraint(fields=["company_id", "name"], name="source_once")]


class SourceObject(Owned):
    """A kind of object of a tool (its "companies", its "deals") and the entity it feeds."""

    source = models.ForeignKey(Source, models.PROTECT)
    name = models.TextField()
    entity = models.TextField(null=True)

    class Meta:
        db_table = "hub_source_object"
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="source_object_once")
        ]


class SourceRecord(Owned):
    """One object of a tool: its row as it came, the canonical values read from it, and the entity it tells of."""

    object_id = models.BigIntegerField()
    external_id = models.TextField()
    entity_id = models.BigIntegerField()
    fields = models.JSONField()
    payload = models.TextField(null=True)
    hash = models.UUIDField()
    keys = ArrayField(models.BigIntegerField(), null=True)
    source_updated_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True)
    batch_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "hub_source_record"
        constraints = [
            models.UniqueConstraint(fields=["object_id", "external_id"], name="source_record_once"),
        ]
        indexes = [
            models.Index(fields=["entity_id"], name="source_record_by_entity"),
            # the rows of a batch lie together: a summary of page ranges finds them, at no cost a row
            BrinIndex(fields=["batch_id"], name="source_record_by_batch"),
        ]


class SourceRecordVersion(Owned):
    """What a source record said before a batch replaced it, so that the batch can be undone exactly."""

    record_id = models.BigIntegerField()
    entity = models.TextField()
    entity_id = models.BigIntegerField()
    fields = models.JSONField()
    payload = models.TextField(null=True)
    hash = models.UUIDField()
    keys = ArrayField(models.BigIntegerField(), null=True)
    source_updated_at = models.DateTimeField(null=True)
    written_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    batch_id = models.BigIntegerField(null=True)
    replaced_by = models.BigIntegerField(null=True)
    replaced_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_source_record_version"
        indexes = [
            models.Index(fields=["record_id"], name="record_version_by_record"),
            models.Index(fields=["replaced_by"], name="record_version_by_batch"),
            models.Index(fields=["batch_id"], name="record_version_by_writer"),
        ]


class RecordKey(Owned):
    """A strong identity key of a source record: a digest of company, entity, kind of key and value."""

    pk = models.CompositePrimaryKey("key", "record_id")
    key = models.BigIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        db_table = "hub_record_key"


class KeyKind(Owned):
    """A kind of weak or look-up key that this company's records need; kinds nobody needs are not written."""

    entity = models.TextField()
    kind = models.TextField()

    class Meta:
        db_table = "hub_key_kind"
        constraints = [
            models.UniqueConstraint(fields=["company_id", "entity", "kind"], name="key_kind_once")
        ]


class LookupKey(Owned):
    """A weak key, which links two records unless a fact forbids it, or a key by which others point at a record."""

    pk = models.CompositePrimaryKey("key", "record_id")
    key = models.BigIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        db_table = "hub_lookup_key"
        indexes = [models.Index(fields=["record_id"], name="lookup_key_by_record")]
