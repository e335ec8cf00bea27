"""Guichette, the support desk: one JSON file of tickets, which knows people by their e-mail only."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from palier.demo.exports.files import Export
from palier.demo.world import Ticket, World

TICKETS = "support-guichette/tickets.json"
ZONE = ZoneInfo("Europe/Paris")


def instant(value: dt.datetime | None) -> str | None:
    """A moment with its offset."""
    return value.replace(tzinfo=ZONE).isoformat(timespec="seconds") if value else None


def write(world: World, export: Export) -> None:
    """Write the file."""
    export.write_json(TICKETS, "tickets", [_ticket(ticket) for ticket in world.tickets])
    export.dirt["ticket_of_a_stranger"] += sum(ticket.company is None for ticket in world.tickets)


def _ticket(ticket: Ticket) -> dict[str, object]:
    return {
        "id": 10_000 + ticket.number,
        "requester": {"email": ticket.email, "organization_domain": ticket.domain},
        "subject": ticket.subject,
        "category": ticket.category,
        "priority": ticket.priority,
        "created_at": instant(ticket.opened_at),
        "first_reply_minutes": ticket.first_reply_minutes,
        "solved_at": instant(ticket.solved_at),
        "satisfaction": ticket.score,
    }
