"""Contactelle, the second CRM: clean types, stage history, and `ancien_id` for what was carried over.

Carried over: companies with a customer past, met in the last year or with an open deal, their
contacts, and the deals still open. The rest stayed in the first CRM.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from palier.demo.chance import generator
from palier.demo.channels import BY_LABEL
from palier.demo.exports import crm_v1
from palier.demo.exports.files import Cell, Export
from palier.demo.world import Company, Deal, World

COMPANIES, CONTACTS, DEALS, HISTORY = (
    "crm-contactelle/companies.csv",
    "crm-contactelle/contacts.csv",
    "crm-contactelle/deals.json",
    "crm-contactelle/stage_history.csv",
)
COMPANY_HEADER = (
    "company_id",
    "ancien_id",
    "name",
    "legal_name",
    "siren",
    "website",
    "phone",
    "street",
    "postal_code",
    "city",
    "country",
    "industry",
    "employees",
    "source",
    "owner",
    "updated_at",
)
CONTACT_HEADER = (
    "contact_id",
    "ancien_id",
    "company_id",
    "first_name",
    "last_name",
    "email",
    "mobile",
    "job_title",
    "newsletter",
    "updated_at",
)
HISTORY_HEADER = ("event_id", "deal_id", "event", "from_stage", "to_stage", "at", "actor")
SIREN_FILLED, EMAIL_FILLED = 0.99, 0.96


def company_id(company: Company) -> str:
    """The company's identifier in this tool."""
    return f"co_{company.number * 7919 % 1_000_003:06d}"


def contact_id(number: int) -> str:
    """A contact's identifier in this tool."""
    return f"ct_{number * 7907 % 1_000_003:06d}"


def deal_id(deal: Deal) -> str:
    """The deal's identifier in this tool."""
    return f"dl_{deal.number * 7901 % 1_000_003:06d}"


def carried(world: World, deal: Deal) -> bool:
    """Whether this tool knows the deal."""
    return not crm_v1.lost_in_crm(world, deal)


def known(world: World) -> list[Company]:
    """The companies that this tool knows."""
    replaced = world.period.crm_replaced_on
    recent = replaced - dt.timedelta(days=365)
    kept = {d.company.number for d in world.deals if d.status == "won" or carried(world, d)}
    return [c for c in world.companies if c.created_on >= recent or c.number in kept]


def write(world: World, export: Export) -> None:
    """Write the four files."""
    companies = known(world)
    deals = [d for d in world.deals if carried(world, d)]
    _companies(world, export, companies)
    _contacts(world, export, companies)
    _deals(world, export, deals)
    _history(world, export, deals)


def instant(value: dt.datetime) -> str:
    """A local moment as this tool writes it."""
    return value.isoformat(timespec="seconds")


def _companies(world: World, export: Export, companies: list[Company]) -> None:
    rng = generator(world.seed, "contactelle companies")
    owners = {deal.company.number: deal.owner for deal in world.deals}
    replaced = world.period.crm_replaced_on

    def rows() -> Iterator[list[Cell]]:
        for company in companies:
            siren = company.siren
            if siren and rng.random() > SIREN_FILLED:
                siren = None
                export.dirt["missing_siren"] += 1
            moved = company.created_on < replaced
            changed = max(company.created_on, replaced) + dt.timedelta(days=rng.randint(0, 60))
            changed = min(changed, world.period.last)
            if moved and company.renamed:
                export.dirt["changed_name"] += 1
            yield [
                company_id(company),
                crm_v1.company_ref(company) if moved else "",
                company.renamed or company.name,
                company.legal_name,
                siren,
                f"https://{company.domain}",
                company.phone,
                company.address,
                company.postcode,
                company.city,
                "FR",
                company.industry,
                company.headcount,
                BY_LABEL[company.channel].new,
                owners.get(company.number, ""),
                f"{changed.isoformat()}T{rng.randint(8, 18):02d}:{rng.randrange(60):02d}:00",
            ]

    export.write_csv(COMPANIES, COMPANY_HEADER, rows(), delimiter=",")


def _contacts(world: World, export: Export, companies: list[Company]) -> None:
    rng = generator(world.seed, "contactelle contacts")
    replaced = world.period.crm_replaced_on

    def rows() -> Iterator[list[Cell]]:
        for company in companies:
            moved = company.created_on < replaced
            for contact in company.contacts:
                email: str | None = contact.email
                if rng.random() > EMAIL_FILLED:
                    email = None
                    export.dirt["missing_email"] += 1
                yield [
                    contact_id(contact.number),
                    crm_v1.contact_ref(contact) if moved else "",
                    company_id(company),
                    contact.first_name,
                    contact.last_name,
                    email,
                    contact.phone,
                    contact.job_title,
                    "true" if contact.opt_in else "false",
                    f"{max(contact.created_on, replaced).isoformat()}T10:00:00",
                ]

    export.write_csv(CONTACTS, CONTACT_HEADER, rows(), delimiter=",")


def _deals(world: World, export: Export, deals: list[Deal]) -> None:
    replaced = world.period.crm_replaced_on
    export.write_json(
        DEALS,
        "deals",
        [
            {
                "id": deal_id(deal),
                "ancien_id": crm_v1.deal_ref(deal) if deal.opened_on < replaced else None,
                "company": {
                    "id": company_id(deal.company),
                    "name": deal.company.renamed or deal.company.name,
                },
                "contact": {"id": contact_id(deal.contact.number)},
                "title": deal.title,
                "amount": {"value": deal.amount // 100, "currency": "EUR"},
                "stage": deal.stage,
                "status": deal.status,
                "source": BY_LABEL[deal.channel].new,
                "owner": deal.owner,
                "opened_on": deal.opened_on.isoformat(),
                "demo_on": deal.demo_on.isoformat() if deal.demo_on else None,
                "closed_on": deal.closed_on.isoformat() if deal.closed_on else None,
                "lost_reason": deal.lost_reason or None,
                "updated_at": instant(
                    max(deal.last_change, dt.datetime.combine(replaced, dt.time(7)))
                ),
            }
            for deal in deals
        ],
    )


def _history(world: World, export: Export, deals: list[Deal]) -> None:
    """Every change of stage of every deal this tool knows; what it carried over was typed again."""

    def rows() -> Iterator[list[Cell]]:
        for deal in deals:
            for rank, step in enumerate(deal.steps, 1):
                yield [
                    f"{deal_id(deal)}-{rank}",
                    deal_id(deal),
                    step.kind,
                    step.from_stage,
                    step.to_stage,
                    instant(step.at),
                    step.actor,
                ]

    export.write_csv(HISTORY, HISTORY_HEADER, rows(), delimiter=",")
