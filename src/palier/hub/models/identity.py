"""Who is who, and which value wins: links, rules, pins, and what waits or was erased."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned


class LinkEvent(Owned):
    """The ledger of links: which source records moved, to which entity, by which rule or person.

    A merge's `other_id` is the entity that went into the survivor; `undone_by` is the event that
    separated them again, and `reviewed_by` the person who looked at an automatic one and agreed.
    """

    kind = models.TextField(choices=[(k, k) for k in ("exact", "merge", "unmerge", "undo")])
    entity = models.TextField()
    survivor_id = models.BigIntegerField()
    other_id = models.BigIntegerField(null=True)
    record_ids = ArrayField(models.BigIntegerField())
    rule = models.TextField(null=True)
    person_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    undone_by = models.BigIntegerField(null=True)
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_link_event"
        indexes = [
            models.Index(fields=["survivor_id"], name="link_event_by_survivor"),
            models.Index(
                fields=["other_id"], name="link_event_by_other", condition=models.Q(kind="merge")
            ),
            models.Index(
                fields=["company_id", "-id"],
                name="link_event_merges",
                condition=models.Q(kind="merge"),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="link_event_reviewed_whole",
            ),
        ]


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
        indexes = [models.Index(fields=["b"], name="never_match_by_larger")]


class MatchProposal(Owned):
    """A pair that may be one and the same, with its weight (log2) and the reasons, field by field.

    `explanation` lists {field, verdict, weight, a, b}, the prior under the field `prior`. Tier
    `automatic` is a pair that a rule may merge by itself, `review` one that a person decides.
    """

    entity = models.TextField()
    a = models.BigIntegerField()
    b = models.BigIntegerField()
    weight = models.DecimalField(max_digits=8, decimal_places=3)
    explanation = models.JSONField()
    status = models.TextField(choices=[(s, s) for s in ("open", "merged", "refused", "stale")])
    tier = models.TextField(choices=[(t, t) for t in ("review", "automatic")], db_default="review")
    rule = models.TextField(null=True)
    link_event_id = models.BigIntegerField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_match_proposal"
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="match_proposal_once"),
            models.CheckConstraint(
                condition=models.Q(a__lt=models.F("b")), name="match_proposal_ordered"
            ),
        ]
        indexes = [
            models.Index(fields=["b"], name="match_proposal_by_larger"),
            models.Index(
                fields=["company_id", "-weight", "id"],
                name="match_proposal_queue",
                condition=models.Q(status="open"),
            ),
            models.Index(
                fields=["link_event_id"],
                name="match_proposal_by_event",
                condition=models.Q(link_event_id__isnull=False),
            ),
        ]


class FieldRule(Owned):
    """A company's own survivorship rule for one field; without one the schema's default holds."""

    entity = models.TextField()
    field = models.TextField()
    survival = models.TextField()
    sources = ArrayField(models.TextField())
    person_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_field_rule"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "entity", "field"], name="field_rule_once"
            ),
        ]


class FieldPin(Owned):
    """A value fixed by a person: it beats every source until it is removed. Person 0 is Palier itself (`FieldHold`).

    `from_id` is the merged entity whose own pin this repeats for the survivor; null for a pin set here.
    """

    entity = models.TextField()
    entity_id = models.BigIntegerField()
    field = models.TextField()
    value = models.JSONField(null=True)
    person_id = models.BigIntegerField()
    from_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_field_pin"
        constraints = [
            models.UniqueConstraint(fields=["entity_id", "field"], name="field_pin_once")
        ]
        indexes = [
            models.Index(
                fields=["from_id"],
                name="field_pin_by_home",
                condition=models.Q(from_id__isnull=False),
            )
        ]


class FieldHold(Owned):
    """A field that two tools kept overwriting, held at its last value by a pin until a person decides."""

    entity = models.TextField()
    entity_id = models.BigIntegerField()
    field = models.TextField()
    sources = ArrayField(models.BigIntegerField())
    changes = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    held_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "hub_field_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["entity_id", "field"],
                name="field_hold_once",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="field_hold_settled",
                condition=models.Q(settled_at=None, settled_by=None)
                | models.Q(settled_at__isnull=False, settled_by__isnull=False),
            ),
        ]


class ConflictSurvey(Owned):
    """How often tools disagree, counted when the feed stood at `position`: one line for each field and pair of tools."""

    position = models.BigIntegerField()
    counts = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "hub_conflict_survey"
        constraints = [models.UniqueConstraint(fields=["company_id"], name="conflict_survey_once")]


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


class KeptParent(Owned):
    """Whose child a record is beneath a merge: the entity it hung on before, or the record an event named.

    The children of a merged entity point at the survivor. When the two are separated this tells
    which go back, where nothing else does: an event keeps no reference of its own.
    """

    pk = models.CompositePrimaryKey("child_id", "field")
    child_id = models.BigIntegerField()
    field = models.TextField()
    home_id = models.BigIntegerField(null=True)
    object_id = models.BigIntegerField(null=True)
    external_id = models.TextField(null=True)
    key = models.BigIntegerField(null=True)

    class Meta:
        db_table = "hub_kept_parent"
        indexes = [
            models.Index(
                fields=["home_id"],
                name="kept_parent_by_home",
                condition=models.Q(home_id__isnull=False),
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
