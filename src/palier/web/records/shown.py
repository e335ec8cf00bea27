"""Values of records as the reader writes them, and the pieces of a record’s page."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from palier.hub.queries import FieldValue, HistoryEntry, Link, Origin, RecordPage, Source, Value
from palier.kernel.money import Money
from palier.web import formats
from palier.web.components import Change, Definition, HistoryItem, Provenance, Tone
from palier.wording import labels
from palier.wording.labels import NO_LABELS, OwnLabels

HIDDEN = frozenset({"annual_units"})
"""Fields that only serve computations."""
TONES: dict[str, Tone] = {
    "customer.stage:customer": "good",
    "customer.stage:prospect": "info",
    "customer.stage:churned": "idle",
    "deal.status:won": "good",
    "deal.status:lost": "idle",
    "deal.status:open": "info",
    "subscription.status:active": "good",
    "subscription.status:past_due": "warn",
    "subscription.status:trial": "info",
}
"""Where a state calls for a colour; the others stay quiet."""
_ANY = str(UUID(int=0))
STEP = "\u202f"
SIREN_LENGTH = 9


def title(record: RecordPage) -> str:
    """What a record’s page is called: its kind and its name."""
    if record.entity == "event":
        return labels.event(record.label)
    if record.entity == "deal_event":
        return labels.choice("deal_event", "kind", record.label)
    if not record.label:
        return labels.entity(record.entity)
    return pgettext("title of a record", "%(kind)s %(name)s") % {
        "kind": labels.entity(record.entity),
        "name": record.label,
    }


def text_of(entity: str, name: str, kind: str, value: Value, *, currency: str) -> str:
    """A value as people read it; «—» when there is none."""
    if value is None or value == "":
        return formats.UNKNOWN
    if isinstance(value, Link):
        return value.label or labels.entity(value.entity)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return formats.instant(value)
    if isinstance(value, dt.date):
        return formats.day(value, form="medium")
    if kind == "money" and isinstance(value, int):
        return formats.money(value, currency, cents=True)
    if kind == "share" and isinstance(value, Decimal):
        return formats.percent(value)
    if isinstance(value, int | Decimal):
        return formats.number(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if kind == "choice":
        return labels.choice(entity, name, value)
    if (entity, name) == ("event", "name"):
        return labels.event(value)
    return _written(name, value)


def _written(name: str, value: str) -> str:
    if name == "siren" and value.isdigit() and len(value) == SIREN_LENGTH:
        return STEP.join((value[:3], value[3:6], value[6:]))
    if name == "phone":
        return _dialled(value)
    if name == "country":
        return str(formats.locale().territories.get(value, value))
    return value


def _dialled(value: str) -> str:
    """A number in the form people dial: +33 1 99 00 00 29."""
    import phonenumbers

    try:
        read = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(
        " ", formats.NO_BREAK
    )


def unbroken(text: str) -> SafeString:
    """A text that stays on one line in a table."""
    return format_html('<span class="nowrap">{}</span>', text)


def sums(found: Sequence[Money]) -> str:
    """Amounts of one or several currencies."""
    return " + ".join(formats.money(one.minor, one.currency) for one in found)


def origin_of(origin: Origin | None) -> Provenance | None:
    """The tag that tells where a value comes from."""
    if origin is None:
        return None
    if origin.inferred:
        return Provenance(_("worked out from other fields"))
    day = timezone.localtime(origin.at).date() if origin.at else None
    if origin.held:
        return Provenance(_("held by Palier: two tools overwrite each other"), day, pinned=True)
    if origin.person or not origin.tool_label:
        return Provenance(origin.person or _("somebody who has left"), day, pinned=True)
    return Provenance(origin.tool_label, day)


def definition_of(
    entity: str, one: FieldValue, *, currency: str, own: OwnLabels = NO_LABELS
) -> Definition:
    """A field of a record as a word and a value, with its provenance."""
    return Definition(
        labels.field(entity, one.name, own),
        text_of(entity, one.name, one.type, one.value, currency=currency),
        url=url_of(one.value) if isinstance(one.value, Link) else "",
        provenance=None if isinstance(one.value, Link) else origin_of(one.origin),
    )


def url_of(link: Link) -> str:
    """The page of another record."""
    if link.entity == "customer" and link.public_id:
        return _customer_page().replace(_ANY, str(link.public_id))
    return f"{_record_pages(link.entity)}{link.id}/"


@functools.cache
def _customer_page() -> str:
    """A list links to hundreds of records: the addresses are resolved once."""
    return reverse("customers:show", args=[_ANY])


@functools.cache
def _record_pages(entity: str) -> str:
    return reverse("customers:record", args=[entity, 0]).removesuffix("0/")


def history_of(
    entity: str, history: Sequence[HistoryEntry], *, currency: str, own: OwnLabels = NO_LABELS
) -> list[HistoryItem]:
    """What happened to a record, latest first."""
    return [item_of(entity, entry, currency=currency, own=own) for entry in history]


def item_of(
    entity: str, entry: HistoryEntry, *, currency: str, own: OwnLabels = NO_LABELS
) -> HistoryItem:
    """One thing that happened, in words."""
    changes, untold = [], []
    for one in entry.changes:
        if one.field in HIDDEN:
            continue
        kind = _kind(entity, one.field)
        label = labels.field(entity, one.field, own)
        if one.known:
            changes.append(
                Change(
                    label,
                    text_of(entity, one.field, kind, one.before, currency=currency),
                    text_of(entity, one.field, kind, one.after, currency=currency),
                )
            )
        else:
            untold.append(label)
    title, icon = _title(entity, entry)
    if untold:
        title = pgettext("a change and its fields", "%(title)s: %(fields)s") % {
            "title": title,
            "fields": ", ".join(untold),
        }
    url = reverse("imports:show", args=[entry.batch_id]) if entry.batch_id else ""
    return HistoryItem(title, entry.at, entry.person, icon, changes, url)


def _kind(entity: str, name: str) -> str:
    from palier.hub.schema import ENTITIES

    try:
        return ENTITIES[entity].field(name).type
    except KeyError:
        return "text"


def _merged(entity: str, entry: HistoryEntry) -> str:
    """A merge of this record, or of the one it hangs on, which then is all that changed."""
    fields = [one.field for one in entry.changes]
    if entry.op == "update" and fields and all(_kind(entity, name) == "ref" for name in fields):
        return (
            _("Follows a merged record")
            if entry.origin == "merge"
            else _("Follows its own record again")
        )
    if entry.origin == "merge":
        return _("Merged with another record")
    return _("Separated from another record")


def _title(entity: str, entry: HistoryEntry) -> tuple[str, str]:
    """What an entry is called, and its icon."""
    tool = {"tool": entry.tool_label or _("an import")}
    if entry.origin == "pin":
        return _("Corrected by hand"), "pin"
    if entry.origin == "unpin":
        return _("Given back to its sources"), "rotate-ccw"
    if entry.origin == "rules":
        return _("Another tool is believed"), "refresh-cw"
    if entry.origin == "undo":
        return _("An import was undone"), "undo-2"
    if entry.origin in {"merge", "unmerge"}:
        return _merged(entity, entry), "git-merge"
    if entry.op == "create":
        title = _("Created from %(tool)s") % tool
    elif entry.op == "delete":
        title = _("Removed by %(tool)s") % tool
    elif entry.op == "erase":
        title = _("Personal data erased")
    else:
        title = _("Updated by %(tool)s") % tool
    if entry.batch_undone:
        title = _("%(title)s (undone since)") % {"title": title}
    return title, "file-up"


def sources_of(
    entity: str, sources: Sequence[Source], *, own: OwnLabels = NO_LABELS
) -> list[dict[str, object]]:
    """Each tool’s record as it came: its row, else the values read from it."""
    found: list[dict[str, object]] = []
    for source in sources:
        rows = (
            [(name, value or formats.UNKNOWN) for name, value in source.payload.items()]
            if source.payload
            else [
                (
                    labels.field(entity, name, own),
                    value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
                )
                for name, value in source.fields.items()
                if name not in HIDDEN
            ]
        )
        found.append({"source": source, "rows": rows, "as_it_came": source.payload is not None})
    return found
