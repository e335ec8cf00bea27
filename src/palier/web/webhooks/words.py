"""Words of webhooks: states, failures, kinds of change and of signature."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from palier.hub.webhooks.queries import Attempt, EndpointInfo, HookInfo, MessageInfo, ReceivedInfo
from palier.web.components import Status

Word = str | Promise

OPS: dict[str, Word] = {
    "create": pgettext_lazy("change", "Creation"),
    "update": pgettext_lazy("change", "Change"),
    "merge": pgettext_lazy("change", "Merge"),
    "unmerge": pgettext_lazy("change", "Separation"),
    "delete": pgettext_lazy("change", "Deletion"),
    "erase": pgettext_lazy("change", "Erasure (GDPR)"),
}
KINDS: dict[str, Word] = {
    "records.changed": pgettext_lazy("message", "Changes"),
    "feed.restarted": pgettext_lazy("message", "Start over"),
    "ping": pgettext_lazy("message", "Test"),
}
FAILURES: dict[str, Word] = {
    "timeout": gettext_lazy("no answer in time"),
    "connection": gettext_lazy("nobody answers at this address"),
    "tls": gettext_lazy("the certificate of the server is not valid"),
    "addresses.private": gettext_lazy("the address leads to a private network"),
    "addresses.host-not-found": gettext_lazy("no server has this name"),
    "addresses.invalid": gettext_lazy("this is not a web address"),
    "secrets.unreadable": gettext_lazy("the secret was stored under another key: make a new one"),
}
DISABLED: dict[str, Word] = {
    "person": gettext_lazy("Disabled by hand"),
    "gone": gettext_lazy("Disabled: the server answers that the address is gone for good (410)."),
    "failing": gettext_lazy("Disabled: every message failed for five days."),
}
SCHEMES: dict[str, Word] = {
    "standard": gettext_lazy("Standard Webhooks"),
    "stripe": gettext_lazy("Stripe"),
    "shopify": gettext_lazy("Shopify"),
    "hubspot": gettext_lazy("HubSpot (version 3)"),
    "github": gettext_lazy("sha256= header, as GitHub does"),
    "token": gettext_lazy("Shared secret, without signature"),
}


def health(endpoint: EndpointInfo) -> Status:
    """How an endpoint is."""
    if endpoint.state == "disabled":
        return Status(pgettext("webhook", "Disabled"), "bad")
    if endpoint.failures:
        return Status(_("Failing"), "warn")
    if endpoint.last_delivered_at:
        return Status(_("Delivering"), "good")
    return Status(_("Nothing sent yet"), "idle")


def message(one: MessageInfo) -> Status:
    """Where a message is."""
    if one.state == "delivered":
        return Status(_("Delivered"), "good")
    if one.state == "dead":
        return Status(_("Given up"), "bad")
    if one.attempts:
        return Status(_("Will be tried again"), "warn")
    return Status(_("Waiting"), "idle")


def outcome(attempt: Attempt | None) -> str:
    """What came of the latest sending."""
    if attempt is None:
        return ""
    if attempt.status is not None:
        return _("Answer %(status)s") % {"status": attempt.status}
    return str(FAILURES.get(attempt.failure or "", attempt.failure or ""))


def hook(one: HookInfo) -> Status:
    """How one of our addresses is."""
    if one.closed_at is not None:
        return Status(pgettext("webhook", "Closed"), "idle")
    if one.unsettled:
        return Status(_("To settle"), "warn")
    if one.last_received_at is not None:
        return Status(_("Receiving"), "good")
    return Status(_("Nothing received yet"), "idle")


RECEIVED: dict[str, tuple[Word, str]] = {
    "waiting": (gettext_lazy("Waiting"), "idle"),
    "done": (gettext_lazy("Brought in"), "good"),
    "unsettled": (gettext_lazy("To settle"), "warn"),
    "set_aside": (pgettext_lazy("webhook", "Set aside"), "idle"),
}


def received(one: ReceivedInfo) -> Status:
    """What became of a message of a tool."""
    word, tone = RECEIVED[one.state]
    return Status(str(word), tone)  # type: ignore[arg-type]
