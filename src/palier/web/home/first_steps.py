"""What an empty company sees first: the three steps to its figures, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from palier.accounts.permissions import Permission, may
from palier.accounts.queries import Member
from palier.hub.imports import batches
from palier.web.components import Action, Status

State = Literal["done", "now", "later"]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three steps; `now` is the one to take."""

    title: str
    sentence: str
    state: State
    status: Status
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the company is: files laid down, imported, figures being computed."""

    laid_down: bool
    imported: bool
    computing: bool


def progress(*, company_id: int, computing: bool) -> Progress:
    """What is done already, from the company's imports."""
    statuses = {one.status for one in batches.list_batches(company_id=company_id)}
    return Progress(
        laid_down=bool(statuses - {"undone"}), imported="done" in statuses, computing=computing
    )


def steps(*, member: Member, at: Progress) -> list[Step]:
    """The three steps, as far as this member's company is."""
    states: tuple[State, State, State] = (
        "done" if at.laid_down else "now",
        "done" if at.imported else "now" if at.laid_down else "later",
        "now" if at.imported else "later",
    )
    said = (
        (_("Bring your exports in"), _(
            "The files your tools already export: customers, deals, invoices, subscriptions, advertising spend. "
            "CSV, Excel, JSON or a zip of these, just as they come."
        )),
        (_("Check what the columns mean"), _(
            "Palier proposes what each column means, with rows of your own files. You correct, try without writing "
            "anything, then import. An import can be undone."
        )),
        (_("Read your dashboard"), _(
            "Twelve months of key figures, computed from your data, each with its definition and the rows behind it."
        )),
    )  # fmt: skip
    return [
        Step(title, sentence, state, _status(state, rank, at), _action(member, state, rank, at))
        for rank, ((title, sentence), state) in enumerate(zip(said, states, strict=True))
    ]


def _status(state: State, rank: int, at: Progress) -> Status:
    if state == "done":
        return Status(_("done"), "good")
    if state == "later":
        return Status(_("next"), "idle")
    if rank == 2 and at.computing:
        return Status(_("being computed"), "info", "loader-circle")
    return Status(_("to do"), "info", "play")


def _action(member: Member, state: State, rank: int, at: Progress) -> Action | None:
    url = address("imports:list" if rank == 1 else "imports:new")
    if state != "now" or rank == 2 or not url or not may(member, Permission.IMPORT_DATA):
        return None
    if rank == 1:
        return Action(_("Check the columns"), url, icon="list-checks", key="n")
    return Action(_("Import my exports"), url, icon="file-up", key="n")


def address(name: str) -> str:
    """An address, empty while it does not exist."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
