"""Connected tools: what is asked of them, how far each stream has come, and the ledger of every run."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from palier.hub.models.base import Owned


class Connector(Owned):
    """A tool that is read on a schedule. Its secrets are sealed; disconnected ones keep their ledger."""

    KINDS = ("api", "database", "folder", "sftp")
    STATES = ("new", "ok", "to_check", "reconnect", "failing")

    tool = models.TextField()
    label = models.TextField()
    kind = models.TextField(choices=[(k, k) for k in KINDS])
    manifest = models.JSONField(null=True)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(null=True)
    token = models.TextField(null=True)
    token_until = models.DateTimeField(null=True)
    every_minutes = models.IntegerField(db_default=60)
    state = models.TextField(choices=[(s, s) for s in STATES], db_default="new")
    failure = models.JSONField(null=True)
    failures = models.IntegerField(db_default=0)
    person_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    fresh_at = models.DateTimeField(null=True)
    full_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hub_connector"
        constraints = [
            models.UniqueConstraint(
                fields=["company_id", "tool"],
                name="connector_once",
                condition=models.Q(disconnected_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(every_minutes__gte=1), name="connector_every_minute_at_most"
            ),
        ]


class ConnectorStream(Owned):
    """How far one stream has come. Saved in the transaction of the rows it counts."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="streams")
    name = models.TextField()
    state = models.JSONField(default=dict)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "hub_connector_stream"
        constraints = [
            models.UniqueConstraint(fields=["connector", "name"], name="connector_stream_once")
        ]


class ConnectorSeen(Owned):
    """Identifiers met in the pass that a stream is in: what is missing at its end is gone, or was skipped."""

    pk = models.CompositePrimaryKey("stream_id", "identifier")
    stream_id = models.BigIntegerField()
    identifier = models.TextField()

    class Meta:
        db_table = "hub_connector_seen"


class ConnectorRun(Owned):
    """One line of the sync ledger: what was asked, received and made of it, and what went wrong."""

    STATUSES = ("running", "done", "to_check", "failed", "interrupted", "undone")

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="runs")
    kind = models.TextField(choices=[(k, k) for k in ("increment", "full", "push")])
    status = models.TextField(choices=[(s, s) for s in STATUSES], db_default="running")
    person_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    requests = models.IntegerField(db_default=0)
    pages = models.IntegerField(db_default=0)
    received = models.BigIntegerField(db_default=0)
    created = models.BigIntegerField(db_default=0)
    updated = models.BigIntegerField(db_default=0)
    unchanged = models.BigIntegerField(db_default=0)
    rejected = models.BigIntegerField(db_default=0)
    deleted = models.BigIntegerField(db_default=0)
    unsynced_since = models.DateTimeField(null=True)
    streams = models.JSONField(default=dict)
    rejects = models.JSONField(default=list)
    notices = models.JSONField(default=list)
    log = models.JSONField(default=list)
    failure = models.JSONField(null=True)

    class Meta:
        db_table = "hub_connector_run"
        indexes = [models.Index(fields=["connector", "-id"], name="connector_run_recent")]


class ConnectorFile(Owned):
    """A file of a watched folder that was taken: the same bytes are never taken twice."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="files")
    digest = models.TextField()
    name = models.TextField()
    size = models.BigIntegerField()
    batch_id = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField()

    class Meta:
        db_table = "hub_connector_file"
        constraints = [
            models.UniqueConstraint(fields=["connector", "digest"], name="connector_file_once")
        ]
