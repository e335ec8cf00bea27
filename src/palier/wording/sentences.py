"""Every code that an import gives, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from babel import numbers
from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from palier.hub import conflicts, loops, operations, ownership
from palier.hub.connectors import addresses as reaching
from palier.hub.connectors import (
    answers,
    connecting,
    databases,
    files,
    folders,
    ledger,
    manifest_reader,
    manifest_toml,
    paging,
    rows,
    running,
    sync,
)
from palier.hub.imports import batches, mapping_json, plan, presets, run, starting, survey
from palier.hub.imports.decode import refusals
from palier.hub.imports.messages import MESSAGES, Notice
from palier.hub.webhooks import endpoints, hooks, inbound, verifying
from palier.kernel import addresses
from palier.kernel.refusals import Refusal
from palier.wording import labels
from palier.wording.api import API

HUB: dict[str, str] = {
    "hub.empty-term": gettext_noop("The number of periods must be at least one."),
    "hub.identifier-too-long": gettext_noop("The identifier is longer than %(limit)s characters."),
    "hub.missing-field": gettext_noop("“%(field)s” is missing, and this record needs it."),
    "hub.no-identifier": gettext_noop("The identifier is empty."),
    "hub.not-a-choice": gettext_noop("“%(value)s” is not one of the values of “%(field)s”."),
    "hub.not-a-date": gettext_noop("“%(value)s” is not a date."),
    "hub.not-a-number": gettext_noop("“%(value)s” is not a number."),
    "hub.not-a-reference": gettext_noop("“%(field)s” does not say which record it points at."),
    "hub.not-a-share": gettext_noop("“%(value)s” is not between 0 and 1."),
    "hub.not-a-whole-number": gettext_noop("“%(value)s” is not a whole number."),
    "hub.not-an-instant": gettext_noop("“%(value)s” is not a date and time."),
    "hub.not-an-object": gettext_noop("“%(value)s” is not a JSON object."),
    "hub.not-text": gettext_noop("“%(value)s” is not a text."),
    "hub.not-yes-or-no": gettext_noop("“%(value)s” is neither yes nor no."),
    "hub.nul": gettext_noop("The row “%(id)s” holds NUL characters: it comes from a damaged file."),
    "hub.out-of-range": gettext_noop("“%(value)s” is too large."),
    "hub.unknown-field": gettext_noop("There is no field named “%(field)s”."),
}
"""What the one door refuses (hub/checks.py, hub/staging.py)."""

PAGE: dict[str, str] = {
    "import.settle-first": gettext_noop(
        "None of these files can be imported as they are: settle what their columns mean first."
    ),
    "import.values_unmatched": gettext_noop(
        "“%(column)s”: nothing says what %(values)s means. These rows will be refused unless you correct the columns."
    ),
    "import.needs_values": gettext_noop("Say what each value of “%(column)s” means, then save."),
    "import.too-large": gettext_noop(
        "“%(name)s” is larger than %(limit)s: split it, or compress it as a zip."
    ),
    "palier.bug": gettext_noop(
        "Something went wrong on our side: nothing was written. The details are in the server’s log."
    ),
}
"""What pages add to the codes of imports."""


def _refusals(*modules: ModuleType) -> dict[str, str]:
    return {
        one.code: one.message
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Refusal)
    }


REFUSALS: dict[str, str] = _refusals(
    refusals, survey, mapping_json, presets, plan, run, batches, starting, operations
) | _refusals(endpoints, hooks, inbound, verifying, addresses, ownership, conflicts, loops)
"""Files, imports, webhooks and messages refused as a whole."""
CONNECTORS: dict[str, str] = {
    **_refusals(
        reaching,
        answers,
        connecting,
        databases,
        files,
        folders,
        ledger,
        manifest_toml,
        paging,
        running,
        sync,
    ),
    **manifest_reader.MESSAGES,
    **files.MESSAGES,
    **rows.MESSAGES,
    **sync.MESSAGES,
}
"""What connections to other tools say."""

SENTENCES: dict[str, str] = {**REFUSALS, **MESSAGES, **HUB, **PAGE, **API, **CONNECTORS}
_COUNTS = frozenset({"count", "limit", "found", "expected", "seen", "refused"})
_ORDERS = {
    "dmy": gettext_noop("day/month/year"),
    "mdy": gettext_noop("month/day/year"),
    "ymd": gettext_noop("year-month-day"),
}


def sentence(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence of a code in the active language; an unknown code shows as it is."""
    message = SENTENCES.get(code)
    if message is None:
        return code
    if code == "import.ignored" and params:
        return str(params.get((get_language() or "fr")[:2]) or params["reason"])
    given = {name: _param(name, value) for name, value in (params or {}).items()}
    try:
        return gettext(message) % given if given else gettext(message)
    except KeyError:  # kept by an earlier version, with other parameters
        return gettext(message)


def said(refusal: Refusal) -> str:
    """A refusal in the active language."""
    if refusal.code in SENTENCES:
        return sentence(refusal.code, refusal.details)
    message = gettext(refusal.message)
    return message % refusal.details if refusal.details else message


def summary(*, created: int, updated: int, unchanged: int, rejected: int) -> str:
    """The counts of an import in one sentence; what did not happen is left out."""
    parts = [
        ngettext("%(count)s record created", "%(count)s records created", created)
        % {"count": number(created)},
    ]
    if updated:
        parts.append(
            ngettext("%(count)s updated", "%(count)s updated", updated) % {"count": number(updated)}
        )
    if unchanged:
        parts.append(
            ngettext("%(count)s unchanged", "%(count)s unchanged", unchanged)
            % {"count": number(unchanged)}
        )
    if rejected:
        parts.append(
            ngettext("%(count)s row refused", "%(count)s rows refused", rejected)
            % {"count": number(rejected)}
        )
    return ", ".join(parts)


def number(value: int) -> str:
    """A count with its digits grouped."""
    return str(numbers.format_decimal(value, locale=get_language() or "fr"))


def _param(name: str, value: Any) -> str:
    """A parameter as people read it: an entity or a field by its word, a count grouped, a notice said."""
    if isinstance(value, Notice):
        return sentence(value.code, value.params)
    if isinstance(value, Mapping):  # a notice that was kept as JSON
        return sentence(value["code"], value["params"])
    if isinstance(value, list | tuple):
        return " ".join(_param(name, one) for one in value)
    return _word(name, str(value))


def _word(name: str, value: str) -> str:
    if name == "entity":
        return labels.entity(value).lower()
    if name == "field":
        entity, _dot, field = (
            value.rpartition(".") if not value.startswith("custom.") else ("", "", value)
        )
        return labels.field(entity, field)
    if name in {"column", "name"}:
        return labels.column(value)
    if name in {"kind", "reason"}:
        return gettext(value) if value else ""
    if name == "order":
        return gettext(_ORDERS.get(value, value))
    if name in _COUNTS and value.isdigit():
        return number(int(value))
    return value


def explain(code: str, params: Mapping[str, object]) -> str:
    """The reason of a rejection, as `hub.imports.rejects.Explain` wants it."""
    return sentence(code, params)
