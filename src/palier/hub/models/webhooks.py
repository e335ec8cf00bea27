"""Webhooks: who is told of changes and how that went; who tells us, and what they said."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from palier.hub.models.base import Owned, PublicId

ENDPOINT_STATES = ("active", "disabled")
DISABLED_REASONS = ("person", "gone", "failing")
MESSAGE_KINDS = ("records.changed", "feed.restarted", "ping")
MESSAGE_STATES = ("pending", "delivered", "dead")
SCHEMES = ("standard", "stripe", "shopify", "hubspot", "github", "token")
RECEIVED_STATES = ("waiting", "done", "unsettled", "set_aside")


class WebhookEndpoint(Owned):
    """An address of somebody else's that is told of changes: a reader of the feed with a place of its own.

    Empty `entities` or `ops` mean all. `failing_since` is the first failure after the last success;
    nothing is sent before `paused_until`. `told_at` is when people were told that it was disabled.
    """

    public_id = models.UUIDField(unique=True, db_default=PublicId())
    url = models.TextField()
    description = models.TextField(db_default="")
    entities = ArrayField(models.TextField(), db_default=[])
    ops = ArrayField(models.TextField(), db_default=[])
    secret = models.TextField()
    previous_secret = models.TextField(null=True)
    previous_until = models.DateTimeField(null=True)
    generation = models.UUIDField()
    position = models.BigIntegerField()
    state = models.TextField(choices=[(s, s) for s in ENDPOINT_STATES], db_default="active")
    disabled_reason = models.TextField(choices=[(r, r) for r in DISABLED_REASONS], null=True)
    disabled_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    failures = models.IntegerField(db_default=0)
    failing_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)
    created_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_webhook_endpoint"
        indexes = [models.Index(fields=["company_id", "id"], name="webhook_endpoint_listed")]
        constraints = [
            models.CheckConstraint(
                name="webhook_endpoint_disabled",
                condition=Q(state="active", disabled_reason=None, disabled_at=None)
                | Q(state="disabled", disabled_reason__isnull=False, disabled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_previous_secret",
                condition=Q(previous_secret=None, previous_until=None)
                | Q(previous_secret__isnull=False, previous_until__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_endpoint_failing",
                condition=Q(failures=0, failing_since=None)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]


class WebhookMessage(Owned):
    """One message for one endpoint: its body never changes, nor does its id, however often it is sent.

    `attempts` counts since it was last put in the queue; its history is in `WebhookAttempt`.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="messages")
    message_id = models.TextField(unique=True)
    kind = models.TextField(choices=[(k, k) for k in MESSAGE_KINDS])
    body = models.TextField()
    changes = models.IntegerField()
    first_position = models.BigIntegerField(null=True)
    last_position = models.BigIntegerField(null=True)
    state = models.TextField(choices=[(s, s) for s in MESSAGE_STATES], db_default="pending")
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_webhook_message"
        indexes = [
            models.Index(
                fields=["endpoint", "id"], name="webhook_message_due", condition=Q(state="pending")
            ),
            models.Index(fields=["endpoint", "state", "-id"], name="webhook_message_listed"),
            models.Index(fields=["endpoint", "-id"], name="webhook_message_recent"),
        ]
        constraints = [
            models.CheckConstraint(
                name="webhook_message_due_or_settled",
                condition=Q(state="pending", next_attempt_at__isnull=False, settled_at=None)
                | (~Q(state="pending") & Q(next_attempt_at=None) & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_message_positions",
                condition=Q(first_position=None, last_position=None)
                | Q(first_position__lte=F("last_position")),
            ),
        ]


class WebhookAttempt(Owned):
    """One sending of a message: the answer's status, or why there was none."""

    message = models.ForeignKey(WebhookMessage, models.CASCADE, related_name="history")
    at = models.DateTimeField()
    duration_ms = models.IntegerField()
    status = models.IntegerField(null=True)
    failure = models.TextField(null=True)
    response = models.TextField(db_default="")

    class Meta:
        db_table = "hub_webhook_attempt"
        indexes = [models.Index(fields=["message", "id"], name="webhook_attempt_listed")]
        constraints = [
            models.CheckConstraint(
                name="webhook_attempt_answered",
                condition=Q(status__isnull=False) | Q(failure__isnull=False),
            )
        ]


class InboundHook(Owned):
    """An address of ours where one tool tells what happened in it; the secret proves that it is the tool.

    `place` is where the records are in a body (`data.object`), empty when the body is the record.
    """

    public_id = models.UUIDField(unique=True, db_default=PublicId())
    token = models.TextField(unique=True)
    name = models.TextField()
    tool = models.TextField()
    scheme = models.TextField(choices=[(s, s) for s in SCHEMES])
    secret = models.TextField()
    place = models.TextField(db_default="")
    closed_at = models.DateTimeField(null=True)
    received = models.BigIntegerField(db_default=0)
    last_received_at = models.DateTimeField(null=True)
    refused = models.BigIntegerField(db_default=0)
    last_refused_at = models.DateTimeField(null=True)
    last_refusal = models.TextField(null=True)
    created_by = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_inbound_hook"
        indexes = [models.Index(fields=["company_id", "id"], name="inbound_hook_listed")]


class InboundMessage(Owned):
    """A verified body as it came, and what became of it; `body` is emptied once it is no longer needed."""

    hook = models.ForeignKey(InboundHook, models.CASCADE, related_name="messages")
    message_id = models.TextField()
    body = models.BinaryField()
    size = models.IntegerField()
    received_at = models.DateTimeField()
    state = models.TextField(choices=[(s, s) for s in RECEIVED_STATES], db_default="waiting")
    reason = models.JSONField(null=True)
    created = models.IntegerField(db_default=0)
    updated = models.IntegerField(db_default=0)
    unchanged = models.IntegerField(db_default=0)
    rejected = models.IntegerField(db_default=0)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_inbound_message"
        indexes = [
            models.Index(
                fields=["hook", "id"], name="inbound_message_waiting", condition=Q(state="waiting")
            ),
            models.Index(fields=["hook", "-id"], name="inbound_message_recent"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["hook", "message_id"], name="inbound_message_once"),
            models.CheckConstraint(
                name="inbound_message_settled",
                condition=Q(state="waiting", settled_at=None)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
            ),
        ]
