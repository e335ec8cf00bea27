"""Hooks: our addresses that tools call, and the door-step where what they say is verified and kept."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from palier.database.isolation import company_scope, hook_scope
from palier.hub.models import InboundHook, InboundMessage
from palier.hub.webhooks import signing, verifying
from palier.kernel.refusals import Refusal
from palier.kernel.sealing import seal, unseal

PURPOSE = "hooks"
"""What the secrets of hooks are sealed for."""
MAX_BODY = 1_000_000
"""Bytes of a body; tools send far less, and the import of files takes what is larger [ours]."""
MAX_HOOKS = 50
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}\Z")
PLACE = re.compile(r"[^.\s]+(\.[^.\s]+){0,9}\Z")
OWN_SECRETS = frozenset({"standard", "github", "token", "shopify"})
"""Schemes whose secret may be ours to choose; the others' is given by the tool."""


class HookUnknown(Refusal):
    code = "hooks.hook-unknown"
    message = "This address does not exist."


class ReceivedUnknown(Refusal):
    code = "hooks.received-unknown"
    message = "This message does not exist."


class TooManyHooks(Refusal):
    code = "hooks.too-many"
    message = (
        "A company has at most %(limit)s receiving addresses. Delete one that is no longer used."
    )


class SecretUnusable(Refusal):
    code = "hooks.secret-unusable"
    message = "This is not the secret of this kind of signature."


class PlaceUnusable(Refusal):
    code = "hooks.place-unusable"
    message = "Write the names that lead to the records, separated by points: data.object"


class ToolNeeded(Refusal):
    code = "hooks.tool-needed"
    message = "Say which tool calls this address."


@dataclass(frozen=True, slots=True)
class Opened:
    """A hook just opened, or given a new secret: the secret is shown once."""

    public_id: UUID
    token: str
    secret: str


@dataclass(frozen=True, slots=True)
class Received:
    """A verified message, stored now or before."""

    company_id: int
    message_id: str
    is_new: bool


def create_hook(
    *,
    company_id: int,
    name: str,
    tool: str,
    scheme: str,
    secret: str,
    place: str,
    person_id: int | None,
) -> Opened:
    """Open an address for a tool; without `secret` one is made where the scheme leaves it to us.

    Raises: `ToolNeeded`, `SecretUnusable`, `PlaceUnusable`, `TooManyHooks`.
    """
    if not tool.strip():
        raise ToolNeeded
    if place and not PLACE.match(place):
        raise PlaceUnusable
    if InboundHook.objects.filter(company_id=company_id).count() >= MAX_HOOKS:
        raise TooManyHooks(limit=MAX_HOOKS)
    chosen = _secret(scheme, secret)
    row = InboundHook.objects.create(
        company_id=company_id,
        token=secrets.token_urlsafe(24),
        name=name.strip() or tool.strip(),
        tool=tool.strip(),
        scheme=scheme,
        secret=seal(chosen, purpose=PURPOSE),
        place=place,
        created_by=person_id,
    )
    row.refresh_from_db(fields=["public_id"])
    return Opened(row.public_id, row.token, chosen)


def change_secret(*, company_id: int, public_id: UUID, secret: str) -> Opened:
    """Give a hook another secret, at once. Raises: `HookUnknown`, `SecretUnusable`."""
    with transaction.atomic():
        row = _locked(company_id, public_id)
        chosen = _secret(row.scheme, secret)
        row.secret = seal(chosen, purpose=PURPOSE)
        row.save(update_fields=["secret"])
    return Opened(row.public_id, row.token, chosen)


def close_hook(*, company_id: int, public_id: UUID, now: dt.datetime) -> None:
    """Answer nobody at this address any more. Raises: `HookUnknown`."""
    _locked_update(company_id, public_id, now)


def reopen_hook(*, company_id: int, public_id: UUID) -> None:
    """Answer at this address again. Raises: `HookUnknown`."""
    _locked_update(company_id, public_id, None)


def delete_hook(*, company_id: int, public_id: UUID) -> None:
    """Forget a hook and what it received; what was brought into the hub stays. Raises: `HookUnknown`."""
    with transaction.atomic():
        _locked(company_id, public_id).delete()


def receive(*, token: str, call: verifying.Call) -> Received:
    """Verify what was sent to an address and keep it, once; the one thing that nobody signed in may do.

    It opens the hook's own scope, then its company's. A refusal is counted and nothing is kept.
    Raises: `HookUnknown`, `NotSigned`, `WronglySigned`, `TooOld`.
    """
    if not TOKEN.match(token):
        raise HookUnknown
    with hook_scope(token):
        row = InboundHook.objects.filter(token=token, closed_at=None).first()
    if row is None:
        raise HookUnknown
    with company_scope(row.company_id):
        try:
            secret = unseal(row.secret, purpose=PURPOSE)
            message_id = verifying.verify(scheme=row.scheme, secret=secret, call=call)
        except Refusal as refusal:
            InboundHook.objects.filter(pk=row.pk).update(
                refused=F("refused") + 1, last_refused_at=call.now, last_refusal=refusal.code
            )
            raise
        is_new = _keep(row, message_id, call)
    return Received(row.company_id, message_id, is_new)


def _keep(row: InboundHook, message_id: str, call: verifying.Call) -> bool:
    """Store a verified message; False when it is there already."""
    try:
        with transaction.atomic():
            InboundMessage.objects.create(
                company_id=row.company_id,
                hook=row,
                message_id=message_id,
                body=call.body,
                size=len(call.body),
                received_at=call.now,
                state="waiting",
                created=0,
                updated=0,
                unchanged=0,
                rejected=0,
            )
            InboundHook.objects.filter(pk=row.pk).update(
                received=F("received") + 1, last_received_at=call.now
            )
    except IntegrityError:
        return False
    return True


def set_aside(*, company_id: int, public_id: UUID, number: int, now: dt.datetime) -> None:
    """Say that a message needs nothing. Raises: `ReceivedUnknown`."""
    _settle(company_id, public_id, number, state="set_aside", settled_at=now)


def try_again(*, company_id: int, public_id: UUID, number: int) -> None:
    """Bring a message in again, now that its mapping is known. Raises: `ReceivedUnknown`."""
    _settle(company_id, public_id, number, state="waiting", settled_at=None)


def try_all_again(*, company_id: int, public_id: UUID) -> int:
    """Bring every unsettled message of a hook in again; how many."""
    found = InboundMessage.objects.filter(
        company_id=company_id, hook__public_id=public_id, state="unsettled"
    )
    return found.update(state="waiting", settled_at=None)


def _settle(
    company_id: int, public_id: UUID, number: int, *, state: str, settled_at: dt.datetime | None
) -> None:
    found = InboundMessage.objects.filter(
        company_id=company_id, hook__public_id=public_id, pk=number, state="unsettled"
    )
    if not found.update(state=state, settled_at=settled_at):
        raise ReceivedUnknown


def _locked_update(company_id: int, public_id: UUID, closed_at: dt.datetime | None) -> None:
    with transaction.atomic():
        row = _locked(company_id, public_id)
        row.closed_at = closed_at
        row.save(update_fields=["closed_at"])


def _locked(company_id: int, public_id: UUID) -> InboundHook:
    found = InboundHook.objects.select_for_update(of=("self",))
    row = found.filter(company_id=company_id, public_id=public_id).first()
    if row is None:
        raise HookUnknown
    return row


def _secret(scheme: str, given: str) -> str:
    """The secret to use. Raises: `SecretUnusable`."""
    secret = given.strip()
    if not secret:
        if scheme not in OWN_SECRETS:
            raise SecretUnusable
        return signing.new_secret() if scheme == "standard" else secrets.token_urlsafe(32)
    if scheme == "standard":
        try:
            key = base64.b64decode(secret.removeprefix(signing.PREFIX), validate=True)
        except (binascii.Error, ValueError) as error:
            raise SecretUnusable from error
        if not key:
            raise SecretUnusable
    if not secret.isascii() or len(secret) > 500:
        raise SecretUnusable
    return secret
