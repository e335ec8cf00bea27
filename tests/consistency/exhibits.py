"""One thing of a company for each address that names one: what another company must not find.

Each maker gets the leader of the company that owns the thing and gives the address and the data
to post there. A new page with a parameter adds its line.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations, queries, tokens
from palier.accounts.permissions import Role
from palier.accounts.queries import Member
from palier.database.isolation import company_scope
from palier.hub import custom
from palier.hub.imports import batches
from palier.hub.models import Customer, ImportBatch
from palier.hub.operations import write_records
from palier.hub.queries.tools import list_tool_states
from palier.hub.records import Record, Tool
from palier.jobs.queue import enqueue

Made = tuple[str, dict[str, str]]


def _member(name: str, **data: str) -> Callable[[Member], Made]:
    return lambda leader: (reverse(name, args=[leader.public_id]), data)


def _unit(address: str, /, **data: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            root = queries.list_org_units(company=leader.company)[0]
            tree = queries.list_org_units(company=leader.company)
            unit = next(
                (one for one in tree if one.kind == "TEAM"), None
            ) or operations.create_unit(
                author=leader, kind="TEAM", name="Nord", parent=root.public_id
            )
        return reverse(address, args=[unit.public_id]), {**data, "parent": str(root.public_id)}

    return make


def _invitation(name: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            pending = queries.list_pending_invitations(company=leader.company)
            invited = (
                pending[0]
                if pending
                else operations.invite(
                    author=leader, email="invitee@x.example", role=Role.MEMBER, now=timezone.now()
                ).invitation
            )
        return reverse(name, args=[invited.public_id]), {}

    return make


def _customer(address: str, *more: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            name = f"Client de {leader.company.name}"
            write_records(
                company_id=leader.company.id,
                tool=Tool("crm"),
                object_name="customer",
                entity="customer",
                records=[Record("C1", {"name": name})],
            )
            row = Customer.objects.get()
        what = ["customer", row.pk] if address == "customers:record" else [row.public_id, *more]
        return reverse(address, args=what), {"value": "Pris"}

    return make


def _import(address: str, *more: int, status: str = "draft") -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            batch = batches.create_batch(company_id=leader.company.id, person_id=leader.person_id)
            batches.add_file(
                batch=batch, name=f"{leader.company.slug}.csv", chunks=[b"id;nom\n1;Atelier\n"]
            )
            ImportBatch.objects.filter(pk=batch.pk).update(status=status)
        return reverse(address, args=[batch.pk, *more]), {}

    return make


def _tool(leader: Member) -> Made:
    _customer("customers:show")(leader)
    with company_scope(leader.company.id):
        (tool,) = list_tool_states(company_id=leader.company.id)
    return reverse("tools:show", args=[tool.id]), {"label": "Pris", "kind": "billing"}


def _token(leader: Member) -> Made:
    with company_scope(leader.company.id):
        made = tokens.make_token(
            author=leader,
            name="Lecture",
            scopes=[tokens.Scope.READ_RECORDS],
            now=timezone.now(),
        )
    return reverse("tools:revoke_token", args=[made.token.public_id]), {}


def _field(address: str, *, archived: bool = False) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        company_id = leader.company.id
        name = f"champ_{leader.company.slug}".replace("-", "_")
        with company_scope(company_id):
            known = {one.name: one for one in custom.list_custom_fields(company_id=company_id)}
            if name not in known or known[name].archived_at:
                custom.declare_field(
                    company_id=company_id,
                    entity="customer",
                    name=name,
                    label=f"Champ de {leader.company.name}",
                )
            if archived:
                custom.archive_field(
                    company_id=company_id, entity="customer", name=name, now=timezone.now()
                )
        return reverse(address, args=["customer", name]), {"label": "Pris"}

    return make


def _failed_job(leader: Member) -> Made:
    number = enqueue("metrics.refresh", company_id=leader.company.id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [number])
    return reverse("jobs:retry", args=[number]), {}


def _metric(address: str) -> Callable[[Member], Made]:
    return lambda _leader: (reverse(address, args=["mrr.total"]), {})


COMMON = frozenset({"metrics:metric", "metrics:rows", "metrics:target"})
"""Addresses that name a metric of the catalogue, the same for all: each company sees its own figures there."""

EXHIBITS: dict[str, Callable[[Member], Made]] = {
    "accounts:place_member": _member("accounts:place_member", role="READER", unit=""),
    "accounts:end_membership": _member("accounts:end_membership"),
    "accounts:change_unit": _unit("accounts:change_unit", name="Pris"),
    "accounts:archive_unit": _unit("accounts:archive_unit"),
    "accounts:renew_invitation": _invitation("accounts:renew_invitation"),
    "accounts:revoke_invitation": _invitation("accounts:revoke_invitation"),
    "customers:show": _customer("customers:show"),
    "customers:correct": _customer("customers:correct", "name"),
    "customers:release": _customer("customers:release", "name"),
    "customers:record": _customer("customers:record"),
    "imports:show": _import("imports:show", status="done"),
    "imports:table": _import("imports:table", 0),
    "imports:leave_out": _import("imports:leave_out", 0),
    "imports:take_in": _import("imports:take_in", 0),
    "imports:rehearse": _import("imports:rehearse"),
    "imports:start": _import("imports:start"),
    "imports:give_up": _import("imports:give_up"),
    "imports:reopen": _import("imports:reopen", status="failed"),
    "imports:undo": _import("imports:undo", status="done"),
    "imports:rejects": _import("imports:rejects", 0, status="done"),
    "jobs:retry": _failed_job,
    "metrics:metric": _metric("metrics:metric"),
    "metrics:rows": _metric("metrics:rows"),
    "metrics:target": _metric("metrics:target"),
    "tools:show": _tool,
    "tools:revoke_token": _token,
    "tools:relabel_field": _field("tools:relabel_field"),
    "tools:archive_field": _field("tools:archive_field"),
    "tools:restore_field": _field("tools:restore_field", archived=True),
}
