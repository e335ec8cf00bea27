"""Connecting a tool, holding it, running it now, letting it go."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import transaction

from palier.accounts.queries import CompanyInfo
from palier.hub.connectors.answers import SecretMissing, Token
from palier.hub.connectors.asking import Caller
from palier.hub.connectors.databases import SCHEMES, TableReader
from palier.hub.connectors.ledger import Ledger
from palier.hub.connectors.manifest import Manifest
from palier.hub.connectors.manifest_toml import load_manifest, read_manifest
from palier.hub.connectors.paging import first_position, placeholders
from palier.hub.connectors.paths import at
from palier.hub.connectors.rows import read_items
from palier.hub.imports.messages import _
from palier.hub.models import Connector, ConnectorRun
from palier.hub.operations import write_records
from palier.hub.records import Tool
from palier.kernel.refusals import Refusal
from palier.kernel.sealing import seal, unseal

PURPOSE = "connector"
SHOWN_ROWS = 5
"""Rows of each kind that a rehearsal shows [ours]."""


class ConnectorUnknown(Refusal):
    code: ClassVar[str] = "connector.unknown"
    message: ClassVar[str] = _("This connection does not exist.")


class AlreadyConnected(Refusal):
    code: ClassVar[str] = "connector.already-connected"
    message: ClassVar[str] = _("%(tool)s is already connected.")


class SettingInvalid(Refusal):
    code: ClassVar[str] = "connector.setting-invalid"
    message: ClassVar[str] = _("“%(name)s” does not have the expected form.")


@dataclass(slots=True)
class Trial:
    """What one kind of object would bring: counts of a first page, and some of its rows."""

    stream: str
    received: int = 0
    total: int | None = None
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)


def manifest_of(connector: Connector) -> Manifest:
    """The manifest that a connection runs: its own, or the ready-made one of its tool."""
    if connector.manifest:
        return read_manifest(connector.manifest["toml"])
    return load_manifest(tool=connector.tool)


def get_connector(*, company_id: int, connector_id: int) -> Connector:
    """A connection of the company. Raises: `ConnectorUnknown`."""
    found = Connector.objects.filter(company_id=company_id, pk=connector_id).first()
    if found is None:
        raise ConnectorUnknown
    return found


def _sorted_out(
    manifest: Manifest, given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Settings and secrets of what a person entered. Raises: `SecretMissing`, `SettingInvalid`."""
    settings: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for one in manifest.settings:
        value = given.get(one.name, "").strip()
        name = one.label.get("fr") or one.name
        if not value:
            if one.optional:
                continue
            raise SecretMissing(name=name, tool=manifest.label.get("fr") or manifest.tool)
        if one.pattern and not re.fullmatch(one.pattern, value):
            raise SettingInvalid(name=name)
        (secrets if one.secret else settings)[one.name] = value
    return settings, secrets


def connect(
    *,
    company_id: int,
    tool: str,
    given: Mapping[str, str],
    person_id: int | None,
    manifest_toml: str = "",
    every_minutes: int = 60,
) -> Connector:
    """Keep a new connection, not yet started; secrets are sealed.

    Raises: `ManifestUnknown`, `ManifestInvalid`, `SecretMissing`, `SettingInvalid`, `AlreadyConnected`.
    """
    manifest = read_manifest(manifest_toml) if manifest_toml else load_manifest(tool=tool)
    settings, secrets = _sorted_out(manifest, given)
    label = manifest.label.get("fr") or manifest.tool
    with transaction.atomic():
        known = Connector.objects.filter(
            company_id=company_id, tool=manifest.tool, disconnected_at=None
        )
        if known.exists():
            raise AlreadyConnected(tool=label)
        return Connector.objects.create(
            company_id=company_id,
            tool=manifest.tool,
            label=label,
            kind="api",
            manifest={"toml": manifest_toml} if manifest_toml else None,
            settings=settings,
            secrets=seal(json.dumps(secrets), purpose=PURPOSE),
            every_minutes=every_minutes,
            person_id=person_id,
        )


def reconnect(
    *, company_id: int, connector_id: int, given: Mapping[str, str], now: dt.datetime
) -> None:
    """Give a connection fresh credentials, and let it run again. Raises: as `connect`."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    settings, secrets = _sorted_out(manifest_of(connector), given)
    connector.settings, connector.secrets = settings, seal(json.dumps(secrets), purpose=PURPOSE)
    connector.token = connector.token_until = connector.paused_at = connector.failure = None
    connector.state, connector.failures = ("ok" if connector.started_at else "new"), 0
    connector.next_at = now if connector.started_at else None
    connector.save()


def start(*, company_id: int, connector_id: int, now: dt.datetime) -> None:
    """Let a connection run on its schedule, beginning now."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    connector.started_at = connector.started_at or now
    connector.paused_at, connector.next_at = None, now
    connector.save(update_fields=["started_at", "paused_at", "next_at"])


def pause(*, company_id: int, connector_id: int, now: dt.datetime) -> None:
    """Hold a connection: nothing is asked of the tool until it is started again."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    connector.paused_at, connector.next_at = now, None
    connector.save(update_fields=["paused_at", "next_at"])


def disconnect(*, company_id: int, connector_id: int, now: dt.datetime) -> None:
    """Forget the credentials of a connection. What it brought and its ledger stay."""
    connector = get_connector(company_id=company_id, connector_id=connector_id)
    connector.secrets = connector.token = connector.token_until = connector.next_at = None
    connector.settings, connector.disconnected_at = {}, now
    connector.save()


def caller_of(
    *,
    connector: Connector,
    manifest: Manifest,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
) -> Any:
    """Calls on behalf of a connection; tokens that the tool renews are kept at once, sealed."""
    secrets = json.loads(unseal(connector.secrets, purpose=PURPOSE)) if connector.secrets else {}
    if manifest.base_url.partition(":")[0] in SCHEMES:
        return TableReader(manifest=manifest, settings=connector.settings, secrets=secrets, now=now)
    kept = json.loads(unseal(connector.token, purpose=PURPOSE)) if connector.token else {}

    def keep(token: Token) -> None:
        said = json.dumps({"text": token.text, "refresh": token.refresh})
        connector.token, connector.token_until = seal(said, purpose=PURPOSE), token.until
        connector.save(update_fields=["token", "token_until"])

    return Caller(
        manifest=manifest,
        settings=connector.settings,
        secrets=secrets,
        now=now,
        sleep=sleep,
        token=Token(kept.get("text", ""), connector.token_until, kept.get("refresh", "")),
        keep_token=keep,
    )


def rehearse(
    *,
    company: CompanyInfo,
    connector_id: int,
    now: Callable[[], dt.datetime],
    sleep: Callable[[float], None],
) -> list[Trial]:
    """Test a connection and show what it would bring, from a first page of each kind; nothing is kept.

    Raises: what calls raise.
    """
    connector = get_connector(company_id=company.id, connector_id=connector_id)
    manifest = manifest_of(connector)
    caller = caller_of(connector=connector, manifest=manifest, now=now, sleep=sleep)
    caller.ask(manifest.check)
    trials = []
    with transaction.atomic():
        for stream in manifest.streams:
            trial = Trial(stream.name)
            days = stream.incremental.window_days if stream.incremental else 0
            values = {
                **placeholders(stream.listing, first_position(stream.listing)),
                "since": None,
                "since_first": None,
                "from": (now() - dt.timedelta(days=days)).date().isoformat(),
                "until": now().date().isoformat(),
            }
            answer = caller.ask(stream.listing.request, values=values)
            items = at(answer.data, stream.listing.items) if answer else []
            listed = items if isinstance(items, list) else []
            told = (
                at(answer.data, stream.listing.paging.total)
                if answer and stream.listing.paging.total
                else None
            )
            trial.total = int(told) if told is not None else None
            reading = read_items(
                manifest=manifest, stream=stream, items=listed, timezone=company.time_zone
            )
            trial.received, trial.rejected = len(listed), len(reading.rejections)
            for entity, records in (*reading.entities, *reading.children):
                report = write_records(
                    company_id=company.id,
                    tool=Tool(connector.tool, connector.label, manifest.kind),
                    object_name=entity.object,
                    entity=entity.entity,
                    records=records,
                    origin="connector",
                )
                trial.created += report.created
                trial.updated += report.updated
                trial.unchanged += report.unchanged
                trial.rejected += report.rejected
                trial.rows += [
                    {"entity": entity.entity, **one.fields} for one in records[:SHOWN_ROWS]
                ]
            trials.append(trial)
        transaction.set_rollback(True)
    return trials


def interrupt(*, run: ConnectorRun, now: dt.datetime) -> None:
    """Close a run that nobody goes on with."""
    Ledger(run).close(status="interrupted", now=now)
