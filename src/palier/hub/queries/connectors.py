"""Connections and the ledger of their runs, as frozen values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from palier.hub.connectors.connecting import get_connector
from palier.hub.connectors.ledger import RunUnknown
from palier.hub.connectors.manifest_toml import list_ready, load_manifest
from palier.hub.connectors.pushing import STATE
from palier.hub.models import Connector, ConnectorRun, ConnectorStream


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line of the ledger."""

    id: int
    connector_id: int
    kind: str
    status: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    received: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    deleted: int
    requests: int
    pages: int
    undoable: bool
    unsynced_since: dt.datetime | None
    streams: Mapping[str, Mapping[str, Any]]
    rejects: tuple[Mapping[str, Any], ...]
    notices: tuple[Mapping[str, Any], ...]
    failure: Mapping[str, Any] | None
    log: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, run: ConnectorRun) -> RunInfo:
        """From its row."""
        names = ("received", "created", "updated", "unchanged", "rejected", "deleted")
        return cls(
            id=run.pk,
            connector_id=run.connector_id,
            kind=run.kind,
            status=run.status,
            started_at=run.started_at,
            finished_at=run.finished_at,
            requests=run.requests,
            pages=run.pages,
            undoable=run.batch_id is not None and run.status in {"done", "to_check", "failed"},
            unsynced_since=run.unsynced_since,
            streams=run.streams,
            rejects=tuple(run.rejects),
            notices=tuple(run.notices),
            failure=run.failure,
            log=tuple(run.log),
            **{name: getattr(run, name) for name in names},
        )


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
    """A connection as people see it."""

    id: int
    tool: str
    label: str
    kind: str
    state: str
    started: bool
    paused: bool
    disconnected: bool
    failure: Mapping[str, Any] | None
    fresh_at: dt.datetime | None
    next_at: dt.datetime | None
    every_minutes: int
    running: bool
    pushes: bool
    can_push: bool

    @classmethod
    def of(cls, row: Connector, *, running: bool, pushes: bool) -> ConnectorInfo:
        """From its row."""
        ready = row.manifest is None and row.kind == "api" and row.tool in list_ready()
        writes = ready and any(one.write_back for one in load_manifest(tool=row.tool).streams)
        return cls(
            id=row.pk,
            tool=row.tool,
            label=row.label,
            kind=row.kind,
            state=row.state,
            started=row.started_at is not None,
            paused=row.paused_at is not None,
            disconnected=row.disconnected_at is not None,
            failure=row.failure,
            fresh_at=row.fresh_at,
            next_at=row.next_at,
            every_minutes=row.every_minutes,
            running=running,
            pushes=pushes,
            can_push=writes,
        )


def list_connectors(*, company_id: int) -> tuple[ConnectorInfo, ...]:
    """The company's connections, those in use first."""
    rows = Connector.objects.filter(company_id=company_id).order_by(
        "disconnected_at", "label", "pk"
    )
    running = set(
        ConnectorRun.objects.filter(company_id=company_id, status="running").values_list(
            "connector_id", flat=True
        )
    )
    pushing = set(
        ConnectorStream.objects.filter(company_id=company_id, name=STATE).values_list(
            "connector_id", flat=True
        )
    )
    found = [ConnectorInfo.of(r, running=r.pk in running, pushes=r.pk in pushing) for r in rows]
    return tuple(sorted(found, key=lambda one: one.disconnected))


def get_connector_info(*, company_id: int, connector_id: int) -> ConnectorInfo:
    """One connection. Raises: `ConnectorUnknown`."""
    row = get_connector(company_id=company_id, connector_id=connector_id)
    return ConnectorInfo.of(
        row,
        running=row.runs.filter(status="running").exists(),
        pushes=row.streams.filter(name=STATE).exists(),
    )


def list_runs(*, company_id: int, connector_id: int, limit: int = 50) -> tuple[RunInfo, ...]:
    """The ledger of a connection, latest first."""
    rows = ConnectorRun.objects.filter(company_id=company_id, connector_id=connector_id)
    return tuple(RunInfo.of(one) for one in rows.order_by("-pk")[:limit])


def get_run(*, company_id: int, run_id: int) -> RunInfo:
    """One run. Raises: `RunUnknown`."""
    row = ConnectorRun.objects.filter(company_id=company_id, pk=run_id).first()
    if row is None:
        raise RunUnknown
    return RunInfo.of(row)
