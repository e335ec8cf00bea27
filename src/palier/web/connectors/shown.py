"""Connections and runs in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from palier.hub.queries.connectors import ConnectorInfo, RunInfo
from palier.web import formats
from palier.web.components import Cell, Column, Row, Status, Table
from palier.wording import labels
from palier.wording.sentences import sentence

COUNTED = ("received", "created", "updated", "unchanged", "deleted", "rejected")


def state_of(info: ConnectorInfo) -> Status:
    """Where a connection stands."""
    if info.disconnected:
        return Status(_("disconnected"), "idle")
    if info.state == "reconnect":
        return Status(_("to reconnect"), "bad")
    if info.running:
        return Status(_("being read"), "info", "loader-circle")
    if info.paused:
        return Status(_("on hold"), "idle")
    return {
        "new": Status(_("not started"), "info", "pencil"),
        "ok": Status(_("up to date"), "good"),
        "to_check": Status(_("to check"), "warn"),
        "failing": Status(_("in difficulty"), "bad"),
    }[info.state]


def status_of(run: RunInfo) -> Status:
    """How a run ended."""
    return {
        "running": Status(_("in progress"), "info", "loader-circle"),
        "done": Status(_("done"), "good"),
        "to_check": Status(_("to check"), "warn"),
        "failed": Status(_("failed"), "bad"),
        "interrupted": Status(_("interrupted"), "warn"),
        "undone": Status(_("undone"), "idle", "undo-2"),
    }[run.status]


def kind_of(run: RunInfo) -> str:
    """What a run did."""
    return {
        "increment": _("What changed"),
        "full": _("Everything"),
        "push": _("Corrections sent"),
    }[run.kind]


def _names() -> list[Column]:
    labels_ = (
        _("Received"),
        _("Created"),
        _("Updated"),
        _("Unchanged"),
        _("Deleted"),
        _("Refused"),
    )
    return [Column(one, numeric=True) for one in labels_]


def connectors_table(found: Sequence[ConnectorInfo]) -> Table:
    """Every connection with its state and freshness."""
    columns = [
        Column(_("Tool")),
        Column(_("Status")),
        Column(_("Fresh as of")),
        Column(_("Next reading")),
    ]
    rows = [
        Row(
            [
                Cell(one.label, reverse("connectors:show", args=[one.id])),
                Cell(status=state_of(one)),
                formats.instant(one.fresh_at) if one.fresh_at else formats.UNKNOWN,
                formats.instant(one.next_at) if one.next_at else formats.UNKNOWN,
            ]
        )
        for one in found
    ]
    return Table(_("Connections"), columns, rows, hide_caption=True)


def runs_table(found: Sequence[RunInfo]) -> Table:
    """The ledger of a connection."""
    columns = [
        Column(_("Started")),
        Column(_("Status")),
        Column(_("What")),
        *_names(),
        Column(_("Seconds"), numeric=True),
    ]
    rows = [
        Row(
            [
                Cell(formats.instant(one.started_at), reverse("connectors:run", args=[one.id])),
                Cell(status=status_of(one)),
                kind_of(one),
                *(formats.number(getattr(one, name)) for name in COUNTED),
                formats.number(round((one.finished_at - one.started_at).total_seconds()))
                if one.finished_at
                else formats.UNKNOWN,
            ]
        )
        for one in found
    ]
    return Table(_("Latest readings"), columns, rows)


def streams_table(run: RunInfo) -> Table:
    """A run by kind of object, with the counts on both sides."""
    columns = [
        Column(_("Object")),
        *_names(),
        Column(_("In the tool"), numeric=True),
        Column(_("In Palier"), numeric=True),
    ]
    rows = [
        Row(
            [
                name,
                *(formats.number(counts.get(one, 0)) for one in COUNTED),
                *(_count(counts.get(one)) for one in ("at_source", "in_hub")),
            ]
        )
        for name, counts in run.streams.items()
    ]
    return Table(_("By object"), columns, rows)


def _count(value: int | None) -> str:
    return formats.UNKNOWN if value is None else formats.number(value)


def rejects_table(run: RunInfo) -> Table:
    """Refused rows with their reasons."""
    columns = [
        Column(_("Object")),
        Column(_("Identifier")),
        Column(_("Field")),
        Column(_("Reason")),
    ]
    rows = [
        Row([one["stream"], one["id"] or formats.UNKNOWN, one["column"] or "", told(one)])
        for one in run.rejects
    ]
    return Table(_("Refused rows"), columns, rows)


def calls_table(run: RunInfo) -> Table:
    """The calls of a run."""
    columns = [
        Column(_("Call")),
        Column(_("Answer")),
        Column(_("Milliseconds"), numeric=True),
        Column(_("Attempt"), numeric=True),
    ]
    rows = [
        Row(
            [
                f"{one['method']} {one['path']}",
                str(one["status"]),
                formats.number(one["ms"]),
                str(one["attempt"]),
            ]
        )
        for one in reversed(run.log)
    ]
    return Table(_("Calls"), columns, rows, compact=True)


def told(kept: Mapping[str, Any]) -> str:
    """A notice, a reason or a failure as a sentence."""
    return sentence(kept["code"], kept["params"])


def trial_table(trial: Any) -> Table:
    """A few rows that a tool would bring."""
    names = list(dict.fromkeys(name for row in trial.rows for name in row if name != "entity"))[:6]
    rows = [
        Row([_entity(row["entity"]), *(_value(row.get(name)) for name in names)])
        for row in trial.rows
    ]
    columns = [
        Column(_("Becomes")),
        *(Column(labels.field(trial.rows[0]["entity"], name)) for name in names),
    ]
    return Table(trial.stream, columns, rows, hide_caption=True)


def _entity(name: str) -> str:
    return labels.entity(name)


def _value(value: Any) -> str:
    if value is None:
        return ""
    return str(value[1]) if isinstance(value, list) else str(value)
