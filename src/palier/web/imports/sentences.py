"""Every code that an import gives, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from palier.hub.imports.decode import refusals
from palier.hub.imports.messages import MESSAGES
from palier.kernel.refusals import Refusal
from palier.web import formats, labels

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
    "hub.another-write-running": gettext_noop(
        "Another import of this company is running. Try again when it has finished."
    ),
}
"""What the one door refuses (hub/staging.py)."""

PAGE: dict[str, str] = {
    "import.left-out": gettext_noop("Left out by your choice."),
    "import.mapping-needed": gettext_noop(
        "Nobody has said yet what the columns of this table mean."
    ),
    "import.nothing_recognised": gettext_noop(
        "Nothing in this table is recognised: say what its rows describe, otherwise it will be left out."
    ),
    "import.needs_entity": gettext_noop("Say what the rows of this table describe."),
    "import.needs_field": gettext_noop(
        "No column gives “%(field)s” (%(entity)s), which is needed. Choose one, or leave the table out."
    ),
    "import.needs_identifier": gettext_noop(
        "No column tells the records apart (%(entity)s). Choose an identifier."
    ),
    "import.values_unmatched": gettext_noop(
        "“%(column)s”: nothing says what %(values)s means. These rows will be refused unless you correct the columns."
    ),
    "import.needs_values": gettext_noop("Say what each value of “%(column)s” means, then save."),
    "import.mapping_invalid": gettext_noop("This mapping cannot be used: %(problems)s"),
    "import.interrupted": gettext_noop(
        "The import was interrupted before its end: nothing was written."
    ),
    "import.nothing-ready": gettext_noop(
        "None of these files can be imported as they are: settle what their columns mean first."
    ),
    "import.too-large": gettext_noop(
        "“%(name)s” is larger than %(limit)s: split it, or compress it as a zip."
    ),
    "import.no_space": gettext_noop(
        "There is no space left on the disk: nothing was kept. Free some space, then start again."
    ),
    "palier.bug": gettext_noop(
        "Something went wrong on our side: nothing was written. The details are in the server’s log."
    ),
}
"""What pages add to the codes of imports."""

FILES: dict[str, str] = {
    one.code: one.message
    for one in vars(refusals).values()
    if isinstance(one, type) and issubclass(one, Refusal)
}
"""Files refused as a whole (hub/imports/decode/refusals.py)."""

SENTENCES: dict[str, str] = {**FILES, **MESSAGES, **HUB, **PAGE}
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
    given = {name: _param(name, str(value)) for name, value in (params or {}).items()}
    try:
        return gettext(message) % given if given else gettext(message)
    except KeyError:  # kept by an earlier version, with other parameters
        return gettext(message)


def refused(failure: Mapping[str, Any]) -> str:
    """A refusal as imports keep it (`hub.imports.run.Told`), in the active language."""
    code = str(failure.get("code", "palier.bug"))
    if code in SENTENCES:
        return sentence(code, failure.get("details"))
    message = gettext(str(failure["message"])) if failure.get("message") else ""
    details = failure.get("details") or {}
    return (message % details if details else message) or sentence("palier.bug")


def _param(name: str, value: str) -> str:
    """A parameter as people read it: an entity or a field by its word, a count grouped."""
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
        return gettext(value)
    if name == "order":
        return gettext(_ORDERS.get(value, value))
    if name in _COUNTS and value.isdigit():
        return formats.number(int(value))
    return value


def explain(code: str, params: dict[str, str]) -> str:
    """The reason of a rejection, as `hub.imports.rejects.Explain` wants it."""
    return sentence(code, params)
