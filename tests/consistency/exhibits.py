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
from palier.hub import custom, linking
from palier.hub.connectors import connecting
from palier.hub.imports import batches
from palier.hub.models import (
    Connector,
    ConnectorRun,
    Customer,
    FieldHold,
    ImportBatch,
    InboundMessage,
    LinkEvent,
    MatchProposal,
    Source,
    SourceRecord,
)
from palier.hub.operations import write_records
from palier.hub.queries.tools import list_tool_states
from palier.hub.records import Record, Tool
from palier.hub.webhooks import endpoints, hooks
from palier.hub.webhooks.verifying import Call
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
            row = Customer.objects.get(
                pk=SourceRecord.objects.filter(external_id="C1").earliest("pk").entity_id
            )
        what = ["customer", row.pk] if address == "customers:record" else [row.public_id, *more]
        return reverse(address, args=what), {"value": "Pris"}

    return make


def _pair(address: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        a, b = _two_customers(leader)
        with company_scope(leader.company.id):
            proposal = MatchProposal.objects.create(
                company_id=leader.company.id,
                entity="customer",
                a=min(a.pk, b.pk),
                b=max(a.pk, b.pk),
                weight=3,
                explanation=[{"field": "name", "verdict": "equal", "weight": 3}],
                status="refused" if address == "duplicates:reconsider" else "open",
            )
        return reverse(address, args=[proposal.pk]), {"choice": "merge"}

    return make


def _merge(address: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        a, b = _two_customers(leader)
        with company_scope(leader.company.id):
            (merged,) = linking.merge(
                company_id=leader.company.id,
                entity="customer",
                survivor=a.pk,
                others=[b.pk],
                person_id=leader.person_id,
            )
        return reverse(address, args=[merged.event_id]), {}

    return make


def _two_customers(leader: Member) -> list[Customer]:
    with company_scope(leader.company.id):
        write_records(
            company_id=leader.company.id,
            tool=Tool("crm"),
            object_name="customer",
            entity="customer",
            records=[
                Record(n, {"name": f"Client {n} de {leader.company.name}"}) for n in ("D1", "D2")
            ],
        )
        for event in LinkEvent.objects.filter(kind="merge", undone_by=None):
            linking.unmerge(
                company_id=leader.company.id, link_event_id=event.pk, person_id=leader.person_id
            )
        MatchProposal.objects.all().delete()
        ids = SourceRecord.objects.filter(external_id__in=("D1", "D2")).values("entity_id")
        return list(Customer.objects.filter(pk__in=ids).order_by("pk"))


def _side_by_side(leader: Member) -> Made:
    a, b = _two_customers(leader)
    return reverse("duplicates:compare", args=[a.public_id, b.public_id]), {"survivor": str(a.pk)}


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


def _connected(leader: Member) -> Connector:
    known = Connector.objects.filter(company_id=leader.company.id, disconnected_at=None).first()
    return known or connecting.connect(
        company_id=leader.company.id,
        tool="axonaut",
        given={"token": f"jeton-{leader.company.slug}"},
        person_id=leader.person_id,
    )


def _connector(address: str, **data: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            return reverse(address, args=[_connected(leader).pk]), data

    return make


def _reading(address: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            run = ConnectorRun.objects.create(
                company_id=leader.company.id,
                connector=_connected(leader),
                kind="full",
                status="done",
                started_at=timezone.now(),
            )
        return reverse(address, args=[run.pk]), {}

    return make


def _tool(leader: Member) -> Made:
    _customer("customers:show")(leader)
    with company_scope(leader.company.id):
        tool = list_tool_states(company_id=leader.company.id)[0]
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


def _endpoint(address: str, *more: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        company_id = leader.company.id
        with company_scope(company_id):
            made = endpoints.create_endpoint(
                company_id=company_id,
                url="https://hooks.example/palier",
                description=f"Webhook de {leader.company.name}",
                entities=(),
                ops=(),
                person_id=leader.person_id,
            )
            now = timezone.now()
            named = endpoints.ping(company_id=company_id, public_id=made.public_id, now=now)
        args = [named if one == "<message>" else one for one in more]
        data = {"url": "https://taken.example", "position": "0"}
        return reverse(address, args=[made.public_id, *args]), data

    return make


def _hook(address: str, *more: str) -> Callable[[Member], Made]:
    def make(leader: Member) -> Made:
        with company_scope(leader.company.id):
            opened = hooks.create_hook(
                company_id=leader.company.id,
                name=f"Outil de {leader.company.name}",
                tool="fichette",
                scheme="token",
                secret="",
                place="",
                person_id=leader.person_id,
            )
            call = Call({"x-palier-token": opened.secret}, b"{}", "", timezone.now())
            hooks.receive(token=opened.token, call=call)
            kept = InboundMessage.objects.order_by("-pk").first()
        args = [kept.pk if kept and one == "<message>" else one for one in more]
        return reverse(address, args=[opened.public_id, *args]), {"how": "aside"}

    return make


def _disputed(address: str) -> Callable[[Member], Made]:
    """A field on which two tools disagree, or one that is held."""

    def make(leader: Member) -> Made:
        company_id = leader.company.id
        with company_scope(company_id):
            for tool in ("crm", "billing"):
                fields = {"name": f"{tool} de {leader.company.name}", "siren": "552100554"}
                write_records(
                    company_id=company_id,
                    tool=Tool(tool, tool, tool),
                    object_name="customer",
                    entity="customer",
                    records=[Record("C1", fields)],
                )
            sources = list(Source.objects.order_by("pk").values_list("pk", flat=True))[:2]
            now = timezone.now()
            hold = FieldHold.objects.update_or_create(
                company_id=company_id,
                entity="customer",
                entity_id=Customer.objects.latest("pk").pk,
                field="name",
                defaults={
                    "sources": sources, "changes": 4, "first_at": now, "last_at": now, "held_at": now,
                },
            )[0]  # fmt: skip
        if address == "ownership:settle":
            return reverse(address, args=[hold.pk]), {"keep": "1"}
        data = {"believed": str(sources[0])}
        return reverse(address, args=["customer", "name", *sources]), data

    return make


def _rule(_leader: Member) -> Made:
    return reverse("ownership:rule", args=["customer", "city"]), {"survival": "owner"}


COMMON = frozenset(
    {
        "connectors:connect",
        "metrics:metric",
        "metrics:rows",
        "metrics:target",
        "ownership:rule",
        "quality:entity",
        "quality:mend",
    }
)
"""Addresses that name a metric of the catalogue or a field, the same for all: each company sees its own there."""

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
    "duplicates:pair": _pair("duplicates:pair"),
    "duplicates:decide": _pair("duplicates:decide"),
    "duplicates:reconsider": _pair("duplicates:reconsider"),
    "duplicates:separate": _merge("duplicates:separate"),
    "duplicates:confirm": _merge("duplicates:confirm"),
    "duplicates:choose": _customer("duplicates:choose"),
    "duplicates:compare": _side_by_side,
    "connectors:connect": lambda _leader: (reverse("connectors:connect", args=["pennylane"]), {}),
    "connectors:show": _connector("connectors:show"),
    "connectors:access": _connector("connectors:access"),
    "connectors:rehearse": _connector("connectors:rehearse"),
    "connectors:act": _connector("connectors:act", act="pause"),
    "connectors:run": _reading("connectors:run"),
    "connectors:undo": _reading("connectors:undo"),
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
    "ownership:rule": _rule,
    "ownership:records": _disputed("ownership:records"),
    "ownership:settle": _disputed("ownership:settle"),
    "webhooks:endpoint": _endpoint("webhooks:endpoint"),
    "webhooks:secret": _endpoint("webhooks:secret"),
    "webhooks:replay": _endpoint("webhooks:replay"),
    "webhooks:message": _endpoint("webhooks:message", "<message>"),
    "webhooks:act": _endpoint("webhooks:act", "supprimer"),
    "webhooks:hook": _hook("webhooks:hook"),
    "webhooks:hook_secret": _hook("webhooks:hook_secret"),
    "webhooks:received": _hook("webhooks:received", "<message>"),
    "webhooks:hook_act": _hook("webhooks:hook_act", "supprimer"),
    "metrics:metric": _metric("metrics:metric"),
    "metrics:rows": _metric("metrics:rows"),
    "metrics:target": _metric("metrics:target"),
    "quality:entity": lambda _leader: (reverse("quality:entity", args=["customer"]), {}),
    "quality:mend": lambda _leader: (reverse("quality:mend", args=["customer", "form.email"]), {}),
    "tools:show": _tool,
    "tools:revoke_token": _token,
    "tools:relabel_field": _field("tools:relabel_field"),
    "tools:archive_field": _field("tools:archive_field"),
    "tools:restore_field": _field("tools:restore_field", archived=True),
}
