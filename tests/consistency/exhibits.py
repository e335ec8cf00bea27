"""One thing of a company for each address that names one: what another company must not find.

Each maker gets the leader of the company that owns the thing and gives the address and the data
to post there. A new page with a parameter adds its line.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from palier.accounts import operations, queries
from palier.accounts.permissions import Role
from palier.accounts.queries import Member
from palier.database.isolation import company_scope
from palier.hub.imports import batches
from palier.hub.models import Customer, Deal, ImportBatch
from palier.hub.operations import write_records
from palier.hub.pins import pin_many
from palier.hub.records import Record, Tool
from palier.hub.saved_views import save_view
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


def _failed_job(leader: Member) -> Made:
    number = enqueue("metrics.refresh", company_id=leader.company.id)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [number])
    return reverse("jobs:retry", args=[number]), {}


def _list(address: str, **data: str) -> Callable[[Member], Made]:
    return lambda _leader: (reverse(address, args=["clients"]), data)


def _correction(leader: Member) -> Made:
    url, data = _customer("customers:show")(leader)
    return url.replace("/clients/", "/donnees/clients/") + "name/", data


def _view(leader: Member) -> Made:
    with company_scope(leader.company.id):
        view = save_view(
            company_id=leader.company.id,
            entity="customer",
            person_id=leader.person_id,
            name="À nous",
            query={},
        )
    return reverse("records:change_view", args=["clients", view.id]), {"act": "delete"}


def _deal(leader: Member) -> Made:
    with company_scope(leader.company.id):
        write_records(
            company_id=leader.company.id,
            tool=Tool("crm"),
            object_name="deal",
            entity="deal",
            records=[Record("D1", {"name": "Halle", "stage": "Devis", "status": "open"})],
        )
        return reverse("records:move", args=[Deal.objects.get().public_id]), {"etape": "Pris"}


def _bulk_edit(leader: Member) -> Made:
    _customer("customers:show")(leader)
    with company_scope(leader.company.id):
        done = pin_many(
            company_id=leader.company.id,
            entity="customer",
            ids=[Customer.objects.get().pk],
            field="city",
            value="Nantes",
            person_id=leader.person_id,
        )
    return reverse("records:undo_bulk", args=[done.edit_id]), {}


def _metric(address: str) -> Callable[[Member], Made]:
    return lambda _leader: (reverse(address, args=["mrr.total"]), {})


COMMON = frozenset(
    {
        "metrics:metric",
        "metrics:rows",
        "metrics:target",
        "records:list",
        "records:export",
        "records:bulk",
        "records:save_view",
    }
)
"""Addresses that name a metric of the catalogue or an entity, the same for all: each company sees its own data there."""

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
    "records:list": _list("records:list"),
    "records:export": _list("records:export"),
    "records:bulk": _list("records:bulk"),
    "records:save_view": _list("records:save_view", name="Pris"),
    "records:change_view": _view,
    "records:correct": _correction,
    "records:move": _deal,
    "records:undo_bulk": _bulk_edit,
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
}
