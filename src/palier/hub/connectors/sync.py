"""Reading a tool: page after page, each with its position in one transaction, so that any process can go on.

A committed page is never asked again in its pass, another is asked again whole: no loss, no double.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection, transaction

from palier.hub.connectors import passes
from palier.hub.connectors.answers import Answer, CallRefused
from palier.hub.connectors.asking import Caller
from palier.hub.connectors.gone import (
    braked,
    entities_of,
    known_identifiers,
    retire_items,
    retire_lost_children,
)
from palier.hub.connectors.ledger import Ledger
from palier.hub.connectors.manifest import Listing, Manifest, Stream
from palier.hub.connectors.paging import (
    first_position,
    identifier,
    next_position,
    placeholders,
    total_of,
)
from palier.hub.connectors.paths import at, cell, moment, put
from palier.hub.connectors.rows import Reading, read_items
from palier.hub.imports.messages import _
from palier.hub.models import ConnectorSeen, ConnectorStream
from palier.hub.operations import write_records
from palier.hub.records import Tool
from palier.kernel.refusals import Refusal


class AnswerChanged(Refusal):
    code: ClassVar[str] = "connector.answer-changed"
    message: ClassVar[str] = _(
        "%(stream)s: the answer of the tool no longer has a list where it used to (%(path)s)."
    )


MESSAGES: dict[str, str] = {
    "connector.brake": _(
        "%(stream)s: %(missing)s of %(known)s records are missing from the list that the tool sent. Nothing was deleted: check in the tool, then accept the deletions."
    ),
    "connector.short-list": _(
        "%(stream)s: the tool says it has %(total)s, and sent %(seen)s. Nothing was deleted."
    ),
    "connector.new-field": _(
        "%(stream)s: the tool sends a new field, “%(path)s”, that nothing reads."
    ),
    "connector.position-lost": _(
        "%(stream)s: the tool no longer knew where the reading had stopped; the list was read again from its beginning."
    ),
}
"""What a person should know of a run."""


@dataclass(slots=True)
class Sync:
    """One stream of one connector, being read."""

    company_id: int
    timezone: str
    manifest: Manifest
    stream: Stream
    caller: Caller
    ledger: Ledger
    row: ConnectorStream
    now: Callable[[], dt.datetime]
    accept_deletions: bool = False

    @property
    def tool(self) -> Tool:
        """As whom the tool speaks in the hub."""
        label = self.ledger.run.connector.label
        return Tool(self.ledger.run.connector.tool, label, self.manifest.kind)

    @property
    def going(self) -> dict[str, Any]:
        """The pass that this stream is in."""
        found: dict[str, Any] = self.row.state["pass"]
        return found

    def run(self, *, full: bool, may_go_on: Callable[[], bool]) -> bool:
        """Read until the end of the pass; False when it was left for later."""
        resumed = "pass" in self.row.state
        if not resumed:
            self._begin(full=full)
        while True:
            if not self._page(resumed=resumed):
                if not passes.sweeps_again(stream=self.stream, going=self.going, seen=self._seen()):
                    self._finish()
                    return True
                passes.next_sweep(stream=self.stream, going=self.going)
            resumed = False
            if not may_go_on():
                return False

    def _begin(self, *, full: bool) -> None:
        mark = moment(self.row.state.get("mark"))
        self.row.state["pass"] = passes.begin(
            stream=self.stream, mark=mark, full=full, now=self.now()
        )
        with transaction.atomic():
            ConnectorSeen.objects.filter(company_id=self.company_id, stream_id=self.row.pk).delete()
            self.row.save()

    def _page(self, *, resumed: bool) -> bool:
        """Ask for one page and write it with its position; whether another follows."""
        listing = passes.listing_of(self.stream, self.going)
        answer = self._ask(listing, resumed=resumed)
        items = at(answer.data, listing.items)
        if not isinstance(items, list):
            raise AnswerChanged(stream=self.stream.name, path=listing.items or "/")
        field = self.stream.incremental.field if self.stream.incremental else ""
        after = next_position(
            listing, self.going["position"], answer, items, field=field, stream=self.stream.name
        )
        moments = [moment(at(item, field)) for item in items] if field else []
        gone: list[str] = []
        received = items
        if self.going["kind"] == "changes":
            received, gone = self._changed(items)
        flagged = self._flagged(received)
        kept = [one for one in received if identifier(one, self.stream.listing.id) not in flagged]
        self._look_up(kept)
        reading = read_items(
            manifest=self.manifest, stream=self.stream, items=kept, timezone=self.timezone
        )
        with transaction.atomic():
            self._write(reading, [*gone, *flagged])
            passes.note(
                self.going,
                started=answer.at or self.now(),
                moments=moments,
                total=total_of(listing, answer),
            )
            if after is not None:
                self.going["position"] = after
            self._save(pages=1)
        return after is not None

    def _ask(self, listing: Listing, *, resumed: bool) -> Answer:
        position = self.going["position"]
        values = {
            **placeholders(listing, position),
            **passes.asked(self.stream, self.going, self.now()),
        }
        try:
            answer = self.caller.ask(listing.request, values=values, url=position.get("url") or "")
        except CallRefused:
            if not resumed or position == first_position(listing):
                raise
            self.ledger.notice("connector.position-lost", stream=self.stream.name)
            passes.next_sweep(stream=self.stream, going=self.going)
            return self._ask(listing, resumed=False)
        assert answer is not None  # noqa: S101 - only `missing_ok` gives None
        return answer

    def _changed(self, changes: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """The items that a page of changes speaks of as they are now, and those that are gone."""
        how = self.stream.incremental
        assert how is not None  # noqa: S101 - passes.begin saw it
        assert how.changes is not None  # noqa: S101
        assert how.item is not None  # noqa: S101
        latest: dict[str, str] = {}
        for change in changes:
            path, wanted = how.only
            name = identifier(change, how.changes.id)
            if name is not None and (not path or at(change, path) == wanted):
                latest.pop(name, None)
                latest[name] = str(at(change, how.operation)) if how.operation else ""
        found, gone = [], []
        for name, operation in latest.items():
            answer = None
            if operation not in how.deleted:
                answer = self.caller.ask(how.item, values={"id": name}, missing_ok=True)
            if answer is None:
                gone.append(name)
            else:
                found.append(at(answer.data, how.item_at))
        return found, gone

    def _flagged(self, items: Sequence[Any]) -> set[str]:
        """Items that say of themselves that they are deleted."""
        deletion = self.stream.deletion
        if not deletion.field:
            return set()
        return {
            name
            for item in items
            if (cell(at(item, deletion.field)) or "") in deletion.values
            and (name := identifier(item, self.stream.listing.id)) is not None
        }

    def _look_up(self, items: Sequence[Any]) -> None:
        for lookup in self.stream.lookups:
            names = [identifier(one, self.stream.listing.id) for one in items]
            if not names:
                return
            answer = self.caller.ask(
                lookup.request, values={"ids": [{"id": name} for name in names]}
            )
            listed = at(answer.data, lookup.items) if answer else None
            told = {
                str(at(one, lookup.key)): at(one, lookup.value)
                for one in (listed if isinstance(listed, list) else [])
            }
            for name, item in zip(names, items, strict=True):
                if isinstance(item, dict):
                    put(item, lookup.name, told.get(str(name)))

    def _write(self, reading: Reading, gone: Sequence[str]) -> None:
        """Bring a page into the hub. Of a list read again, only what was not seen before is taken."""
        stream, ledger = self.stream, self.ledger
        fresh = self._note_seen([*reading.identifiers, *(n for n, _r in reading.rejections if n)])
        self.going["fresh"] += len(fresh)
        again = self.going["sweep"] > 1
        ledger.count(stream.name, received=len(fresh) if again else len(reading.identifiers))
        batch_id = ledger.batch_id()
        for entity, records in (*reading.entities, *reading.children):
            pieces = len(stream.listing.id)
            wanted = [
                one
                for one in records
                if not again or ":".join(one.external_id.split(":")[:pieces]) in fresh
            ]
            if wanted:
                report = write_records(
                    company_id=self.company_id,
                    tool=self.tool,
                    object_name=entity.object,
                    entity=entity.entity,
                    records=wanted,
                    batch_id=batch_id,
                    origin="connector",
                )
                ledger.report(stream.name, entity.object, report)
        ledger.refuse(
            stream.name, (one for one in reading.rejections if not again or one[0] in fresh)
        )
        deleted = retire_items(
            company_id=self.company_id, tool=self.tool, stream=stream, items=gone, batch_id=batch_id
        )
        if reading.children:
            deleted += retire_lost_children(
                company_id=self.company_id,
                tool=self.tool,
                stream=stream,
                parents=reading.identifiers,
                children=[
                    (e, {one.external_id for one in records}) for e, records in reading.children
                ],
                batch_id=batch_id,
            )
        ledger.count(stream.name, deleted=deleted)
        self._watch_fields(reading.keys)

    def _watch_fields(self, keys: set[str]) -> None:
        """Tell of fields that the tool did not send before."""
        known = self.row.state.get("fields")
        for name in sorted(keys - set(known or keys)):
            self.ledger.notice("connector.new-field", stream=self.stream.name, path=name)
        self.row.state["fields"] = sorted(keys | set(known or ()))

    def _note_seen(self, identifiers: Sequence[str]) -> set[str]:
        if not identifiers:
            return set()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO hub_connector_seen (company_id, stream_id, identifier) "
                "SELECT %s, %s, unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING identifier",
                [self.company_id, self.row.pk, list(dict.fromkeys(identifiers))],
            )
            return {row[0] for row in cursor.fetchall()}

    def _seen(self) -> int:
        return ConnectorSeen.objects.filter(
            company_id=self.company_id, stream_id=self.row.pk
        ).count()

    def _finish(self) -> None:
        """The end of a pass: deletions, the new mark and the counts on both sides."""
        going, stream = self.going, self.stream
        seen = self._seen()
        trashed = self._trash()
        told = self._count_at_source()
        with transaction.atomic():
            self._delete_missing(seen, trashed, told)
            mark = moment(self.row.state.get("mark"))
            reached = passes.mark_after(stream=stream, going=going, mark=mark)
            self.row.state["mark"] = reached.isoformat() if reached else None
            if going["whole"]:
                self.row.state["full_at"] = self.now().isoformat()
            counts = self.ledger.of(stream.name)
            counts["done"] = True
            counts["at_source"] = (
                told if told is not None else (seen if going["kind"] == "full" else None)
            )
            counts["in_hub"] = len(self._known())
            counts["mark"] = self.row.state["mark"]
            del self.row.state["pass"]
            ConnectorSeen.objects.filter(company_id=self.company_id, stream_id=self.row.pk).delete()
            self._save(pages=0)

    def _count_at_source(self) -> int | None:
        if self.stream.count is not None:
            answer = self.caller.ask(self.stream.count, values={"since": None})
            found = at(answer.data, self.stream.count_at) if answer else None
            return int(found) if isinstance(found, str | int) else None
        if self.going["kind"] != "full":
            return None
        total: int | None = self.going["told"][1]
        return total

    def _trash(self) -> list[str]:
        """Identifiers of the items that lie in the tool's bin."""
        listing = self.stream.deletion.trash
        if listing is None or self.stream.deletion.policy != "trash":
            return []
        found: list[str] = []
        position: dict[str, Any] | None = first_position(listing)
        while position is not None:
            values = {**placeholders(listing, position), "since": None}
            answer = self.caller.ask(listing.request, values=values, url=position.get("url") or "")
            assert answer is not None  # noqa: S101 - only `missing_ok` gives None
            items = at(answer.data, listing.items)
            if not isinstance(items, list):
                raise AnswerChanged(stream=self.stream.name, path=listing.items or "/")
            found += [name for one in items if (name := identifier(one, listing.id))]
            position = next_position(
                listing, position, answer, items, field="", stream=self.stream.name
            )
        return found

    def _delete_missing(self, seen: int, trashed: list[str], told: int | None) -> None:
        kind, policy = self.going["kind"], self.stream.deletion.policy
        whole = policy == "listing" and kind == "full"
        gone = set(trashed)
        if whole or (policy == "window" and kind in {"window", "full"}):
            missing, known = self._missing(windowed=policy == "window")
            if told is not None and seen < told:
                self.ledger.notice(
                    "connector.short-list", stream=self.stream.name, total=told, seen=seen
                )
            elif (
                missing
                and braked(missing=len(missing), known=known, seen=seen)
                and not self.accept_deletions
            ):
                self.ledger.notice(
                    "connector.brake", stream=self.stream.name, missing=len(missing), known=known
                )
            else:
                gone |= missing
        if gone:
            deleted = retire_items(
                company_id=self.company_id,
                tool=self.tool,
                stream=self.stream,
                items=gone,
                batch_id=self.ledger.batch_id(),
            )
            self.ledger.count(self.stream.name, deleted=deleted)

    def _missing(self, *, windowed: bool) -> tuple[set[str], int]:
        """Items of which the hub knows and which this pass did not meet; and how many it knows."""
        since = moment(self.going["since"])
        known = self._known(since=since.date() if windowed and since else None)
        rows = ConnectorSeen.objects.filter(company_id=self.company_id, stream_id=self.row.pk)
        return known - set(rows.values_list("identifier", flat=True)), len(known)

    def _known(self, *, since: dt.date | None = None) -> set[str]:
        """Items of which the hub has live records, of days from `since` on."""
        found: set[str] = set()
        for entity in entities_of(self.stream):
            told = known_identifiers(
                company_id=self.company_id,
                tool=self.tool.name,
                stream=self.stream,
                entity=entity,
                since=since,
            )
            found.update(told.values())
        return found

    def _save(self, *, pages: int) -> None:
        self.ledger.count(self.stream.name, pages=pages)
        self.row.saved_at = self.now()
        self.row.save()
        sent, self.caller.requests = self.caller.requests, 0
        self.ledger.save(log=self.caller.log, requests=sent)
