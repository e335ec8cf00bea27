"""Tools and tokens as their pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from palier.accounts.tokens import Scope, Token
from palier.hub.queries.tools import Held, ToolState
from palier.web import formats
from palier.web.components import Status
from palier.wording import labels

SHORT_SCOPES: dict[Scope, str | Promise] = {
    Scope.READ_RECORDS: gettext_lazy("reads"),
    Scope.WRITE_RECORDS: gettext_lazy("writes"),
    Scope.READ_CHANGES: gettext_lazy("follows changes"),
    Scope.MANAGE_FIELDS: gettext_lazy("adds fields"),
}
"""What each scope allows, in a word; `labels.SCOPES` says it in full."""


def scopes_of(token: Token) -> str:
    """What a token may do, in a few words."""
    return ", ".join(str(word) for scope, word in SHORT_SCOPES.items() if token.may(scope))


def state_of(token: Token, *, now: dt.datetime) -> Status:
    """Whether a token works."""
    if token.revoked_at is not None:
        return Status(pgettext("token", "Revoked"), "idle", "ban")
    if token.expires_at is not None and token.expires_at <= now:
        return Status(pgettext("token", "Expired"), "warn")
    return Status(pgettext("token", "In use"), "good")


def used(token: Token, *, now: dt.datetime) -> str:
    """When a token was last used."""
    if token.last_used_at is None:
        return pgettext("token", "never used")
    return _("seen %(when)s") % {"when": formats.freshness(token.last_used_at, now=now)}


def limits_of(token: Token) -> str:
    """How much and until when; nothing for a token without limits."""
    parts = []
    if token.rate_per_minute is not None:
        parts.append(
            _("%(count)s requests a minute") % {"count": formats.number(token.rate_per_minute)}
        )
    if token.expires_at is not None:
        last = token.expires_at - dt.timedelta(seconds=1)
        parts.append(_("until %(day)s") % {"day": formats.day(last, form="medium")})
    return ", ".join(parts)


def held_of(held: Mapping[str, Held]) -> list[str]:
    """«1 234 clients», «plus de 100 000 événements»."""
    return [
        (_("%(count)s %(what)s") if one.exact else _("more than %(count)s %(what)s"))
        % {
            "count": formats.number(one.count),
            "what": labels.entity(entity, many=one.count > 1).lower(),
        }
        for entity, one in held.items()
        if one.count
    ]


def spoke(tool: ToolState, used_at: dt.datetime | None, *, now: dt.datetime) -> str:
    """When a tool last said something, whether it was new or not."""
    known = [at for at in (tool.changed_at, used_at) if at is not None]
    return formats.freshness(max(known), now=now) if known else formats.UNKNOWN


def example_for(token: Token, *, secret: str, base: str) -> str:
    """A command that shows the token at work, ready to be pasted."""
    bearer = f'-H "Authorization: Bearer {secret}"'
    api = f"{base.rstrip('/')}/api/v1"
    if token.may(Scope.READ_RECORDS):
        return f'curl "{api}/customers?limit=5" {bearer}'
    if token.may(Scope.READ_CHANGES):
        return f'curl "{api}/changes?after=0&limit=5" {bearer}'
    if token.may(Scope.WRITE_RECORDS):
        return (
            f'curl -X PUT "{api}/customers/by/{token.tool}/customer/C-42" {bearer} '
            '--json \'{"name": "Menuiserie Exemple"}\''
        )
    return (
        f'curl "{api}/fields/customer" {bearer} --json \'{{"name": "millesime", "type": "int"}}\''
    )
