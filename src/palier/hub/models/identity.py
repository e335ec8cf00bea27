"""Who is who, and which value wins: links, rules, pins, and what waits or was erased."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned


class LinkEvent(Owned):
    """The ledger of links: which source records moved, to which entity, by which rule or person."""

    kind = models.TextField(choices=[(k, k) for k in ("exact", "merge", "unmerge", "undo")])
    entity = models.TextField()
    survivor_id = models.BigIntegerField()
    other_id = models.BigIntegerField(null=True)
    record_ids = ArrayField(models.BigIntegerField())
    rule = models.TextField(null=True)
    person_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_link_event"
        indexes = [models.Index(fields=["survivor_id"], name="link_event_by_survivor")]


class Redirect(Owned):
    """A merged entity's id and where it now leads, in one hop."""

    from_id = models.BigIntegerField(primary_key=True)
    to_id = models.BigIntegerField()
    entity = models.TextField()

    class Meta:
        db_table = "hub_redirect"
        indexes = [models.Index(fields=["to_id"], name="redirect_by_target")]


class NeverMatch(Owned):
    """Two entities that a person has said are different; `a` is the smaller id."""

    a = models.BigIntegerField()
    b = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_never_match"
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="never_match_once"),
            models.CheckConstraint(
                condition=models.Q(a__lt=models.F("b")), name="never_match_ordered"
            ),
        ]


class MatchProposal(Owned):
    """A pair that may be one and the same, with its weight and the reasons in words."""

    entity = models.TextField()
    a = models.BigIntegerField()
    b = models.BigIntegerField()
    weight = models.DecimalField(max_digits=8, decimal_places=3)
    explanation = models.JSONField()
    status = models.TextField(choices=[(s, s) for s in ("open", "merged", "refused", "stale")])
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_match_proposal"
        constraints = [models.UniqueConstraint(fields=["a", "b"], name="match_proposal_once")]


class FieldRule(Owned):
    """A company's own survivorship rule for one field; without one the schema's default holds."""

    entity = models.TextField()
    field = models.TextField()
    survival = models.TextField()
    sources = ArrayField(models.TextField())

    class Meta:
        db_table = "hub_field_rule"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "entity", "field"], name="field_rule_once"
            ),
        ]


class FieldPin(Owned):
    """A value fixed by a person: it beats every source until it is removed."""

    entity = models.TextField()
    entity_id = models.BigIntegerField()
    field = models.TextField()
    value = models.JSONField(null=True)
    person_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_field_pin"
        constraints = [
            models.UniqueConstraint(fields=["entity_id", "field"], name="field_pin_once")
        ]


class BulkEdit(Owned):
    """One value given by a person to many records at once; undone as one."""

    entity = models.TextField()
    field = models.TextField()
    value = models.JSONField(null=True)
    person_id = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)
    undone_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "hub_bulk_edit"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True) ^ models.Q(undone_by__isnull=False),
                name="bulk_edit_undone_by",
            ),
        ]


class BulkEditRow(Owned):
    """A record of a bulk edit, and the pin it had before: all empty when it had none."""

    pk = models.CompositePrimaryKey("edit_id", "entity_id")
    edit_id = models.BigIntegerField()
    entity_id = models.BigIntegerField()
    value = models.JSONField(null=True)
    person_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_bulk_edit_row"


class PendingReference(Owned):
    """A child that arrived before its parent: which field waits for which record or key."""

    entity = models.TextField()
    entity_id = models.BigIntegerField()
    field = models.TextField()
    object_id = models.BigIntegerField(null=True)
    external_id = models.TextField(null=True)
    key = models.BigIntegerField(null=True)

    class Meta:
        db_table = "hub_pending_reference"
        constraints = [
            models.UniqueConstraint(fields=["entity_id", "field"], name="pending_reference_once"),
        ]
        indexes = [
            models.Index(fields=["object_id", "external_id"], name="pending_by_record"),
            models.Index(
                fields=["key"], name="pending_by_key", condition=models.Q(key__isnull=False)
            ),
        ]


class Tombstone(Owned):
    """A salted digest of an erased external id, so that the next import does not bring the person back."""

    object_id = models.BigIntegerField()
    digest = models.UUIDField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_tombstone"
        constraints = [
            models.UniqueConstraint(fields=["object_id", "digest"], name="tombstone_once")
        ]
