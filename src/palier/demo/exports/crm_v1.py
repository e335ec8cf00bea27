"""Fichette, the first CRM: Windows-1252, semicolons, French dates, and six years of hurried typing.

Its last export was made on the eve of the second CRM: what was open then is still open here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random

from palier.demo import names
from palier.demo.chance import generator
from palier.demo.channels import BY_LABEL
from palier.demo.exports.files import Cell, Export, french
from palier.demo.world import Company, Contact, Deal, World

COMPANIES, CONTACTS, DEALS = (
    f"crm-fichette/{name}.csv" for name in ("societes", "contacts", "affaires")
)
COMPANY_HEADER = (
    "Réf",
    "Raison sociale",
    "SIREN",
    "Adresse",
    "Code postal",
    "Ville",
    "Téléphone",
    "Site web",
    "Activité",
    "Effectif",
    "Origine",
    "Créée le",
    "Modifiée le",
)
CONTACT_HEADER = (
    "Réf",
    "Réf société",
    "Prénom",
    "Nom",
    "E-mail",
    "Portable",
    "Fonction",
    "Accepte les e-mails",
    "Modifiée le",
)
DEAL_HEADER = (
    "Réf",
    "Réf société",
    "Réf contact",
    "Intitulé",
    "Montant HT",
    "Étape",
    "Origine",
    "Commercial",
    "Créée le",
    "Démo le",
    "Clôturée le",
    "Motif de perte",
    "Modifiée le",
)
SIREN_FILLED, PHONE_FILLED, SITE_FILLED, EMAIL_FILLED = 0.55, 0.8, 0.85, 0.93
INVALID_SIRENS, INVALID_EMAILS = 9, 4
SAME_KEY_DUPLICATES, TYPO_DUPLICATES = 14, 9
DEALS_WITHOUT_COMPANY = 11
WRONG_DATES = (
    "31/02/{year}",
    "00/00/{year}",
    "vers mars {year}",
    "30/02/{year}",
    "12/2O/{year}",
    "?/06/{year}",
)
"""Typed by hand in « Créée le » of deals lost without a demo: six rows that an import refuses."""
STAGES = {
    "Nouveau": "1-Contact",
    "Qualifié": "2-Qualifié",
    "Démo faite": "3-Démo",
    "Proposition envoyée": "4-Devis envoyé",
    "Gagné": "Gagnée",
    "Perdu": "Perdue",
}


def company_ref(company: Company) -> str:
    """The company's identifier in this tool."""
    return f"S{company.number:05d}"


def contact_ref(contact: Contact) -> str:
    """The contact's identifier in this tool."""
    return f"P{contact.number:05d}"


def deal_ref(deal: Deal) -> str:
    """The deal's identifier in this tool."""
    return f"A{deal.number:05d}"


def known(world: World) -> list[Company]:
    """The companies met before the second CRM."""
    return [c for c in world.companies if c.created_on < world.period.crm_replaced_on]


def write(world: World, export: Export) -> None:
    """Write the three files."""
    rng = generator(world.seed, "fichette")
    companies = known(world)
    deals = [d for d in world.deals if d.opened_on < world.period.crm_replaced_on]
    twins = _companies(world, export, rng, companies)
    _contacts(world, export, rng, companies, twins)
    _deals(world, export, rng, deals, twins)


def day(value: dt.date | None) -> str:
    """A date as this tool writes it."""
    return f"{value:%d/%m/%Y}" if value else ""


def _companies(
    world: World, export: Export, rng: Random, companies: list[Company]
) -> dict[int, str]:
    """Write the companies. Gives the second identifier of those typed twice under the same key."""
    with_siren = [c for c in companies if c.siren]
    wrong = {id(c) for c in rng.sample(with_siren, INVALID_SIRENS)}
    chosen = rng.sample(companies, SAME_KEY_DUPLICATES + TYPO_DUPLICATES)
    same, misspelt = chosen[:SAME_KEY_DUPLICATES], chosen[SAME_KEY_DUPLICATES:]
    twins = {c.number: f"S{90_000 + n}" for n, c in enumerate(same, 1)}
    rows: list[list[Cell]] = []
    for company in companies:
        siren = ""
        if company.siren and id(company) in wrong:
            siren = names.invalid_siren(company.siren)
            export.drop(COMPANIES, "SIREN")
            export.dirt["invalid_siren"] += 1
        elif company.siren and rng.random() < SIREN_FILLED:
            siren = rng.choice(
                (company.siren, f"{company.siren[:3]} {company.siren[3:6]} {company.siren[6:]}")
            )
        elif company.siren:
            export.dirt["missing_siren"] += 1
        rows.append(_company_row(world, export, rng, company, siren))
        if company.number in twins:
            twin = _company_row(world, export, rng, company, "")
            twin[0], twin[1] = twins[company.number], f" {company.name.upper()} "
            twin[6] = twin[7] = ""
            rows.append(twin)
            export.dirt["duplicate_same_key"] += 1
    for rank, company in enumerate(misspelt, 1):
        twin = _company_row(world, export, rng, company, "")
        twin[0], twin[1] = f"S{91_000 + rank}", names.typo(company.name, rng)
        twin[6] = twin[7] = ""
        rows.append(twin)
        export.dirt["duplicate_misspelt"] += 1
    export.write_csv(COMPANIES, COMPANY_HEADER, rows, encoding="cp1252")
    return twins


def _company_row(
    world: World, export: Export, rng: Random, company: Company, siren: str
) -> list[Cell]:
    """A row as typed; the postcode is always there, the name is the one of those days."""
    name, source = company.name, BY_LABEL[company.channel].old
    draw = rng.random()
    if draw < 0.05:
        name, source = f"{name} ", source.lower()
        export.dirt["trailing_space"] += 1
    elif draw < 0.09:
        name, source = name.upper(), source.upper()
        export.dirt["mixed_case"] += 1
    phone, site = company.phone, f"http://www.{company.domain}/"
    if rng.random() > PHONE_FILLED:
        phone = ""
        export.dirt["missing_phone"] += 1
    if rng.random() > SITE_FILLED:
        site = ""
        export.dirt["missing_site"] += 1
    changed = company.created_on + dt.timedelta(days=rng.randint(0, 40))
    changed = min(changed, world.period.crm_replaced_on - dt.timedelta(days=1))
    return [
        company_ref(company),
        name,
        siren,
        company.address.replace("’", "'"),
        company.postcode,
        company.city.upper() if rng.random() < 0.2 else company.city,
        phone,
        site,
        company.industry,
        company.headcount,
        source,
        day(company.created_on),
        f"{day(changed)} {rng.randint(8, 18):02d}:30",
    ]


def _contacts(
    world: World, export: Export, rng: Random, companies: list[Company], twins: dict[int, str]
) -> None:
    people = [(company, contact) for company in companies for contact in company.contacts]
    wrong = {contact.number for _, contact in rng.sample(people, INVALID_EMAILS)}

    def rows() -> Iterator[list[Cell]]:
        for company, contact in people:
            email, phone = contact.email, contact.phone
            if contact.number in wrong:
                email = email.replace("@", " chez ")
                export.drop(CONTACTS, "E-mail")
                export.dirt["invalid_email"] += 1
            elif rng.random() > EMAIL_FILLED:
                email = ""
                export.dirt["missing_email"] += 1
            elif rng.random() < 0.08:
                email = email.upper()
            if rng.random() < 0.35:
                phone = ""
                export.dirt["missing_mobile"] += 1
            ref = company_ref(company)
            if company.number in twins and contact is company.contacts[-1]:
                ref = twins[company.number]
            yield [
                contact_ref(contact),
                ref,
                contact.first_name,
                contact.last_name.upper() if rng.random() < 0.3 else contact.last_name,
                email,
                phone,
                contact.job_title,
                "Oui" if contact.opt_in else "Non",
                f"{day(contact.created_on)} 09:00",
            ]

    export.write_csv(CONTACTS, CONTACT_HEADER, rows(), encoding="cp1252")


def lost_in_crm(world: World, deal: Deal) -> bool:
    """Whether the deal was over before the second CRM."""
    return deal.closed_on is not None and deal.closed_on < world.period.crm_replaced_on


def wrong_dates(world: World) -> list[Deal]:
    """The deals whose row an import refuses: lost without a demo, so that nothing hangs on them."""
    rng = generator(world.seed, "fichette dates")
    lost = [
        d for d in world.deals if d.status == "lost" and d.demo_on is None and lost_in_crm(world, d)
    ]
    return rng.sample(lost, len(WRONG_DATES))


def _deals(
    world: World, export: Export, rng: Random, deals: list[Deal], twins: dict[int, str]
) -> None:
    wrong = {deal.number: WRONG_DATES[n] for n, deal in enumerate(wrong_dates(world))}
    closed = [
        d for d in deals if d.status == "lost" and lost_in_crm(world, d) and d.number not in wrong
    ]
    orphans = {d.number for d in rng.sample(closed, DEALS_WITHOUT_COMPANY)}
    before = dt.datetime.combine(world.period.crm_replaced_on, dt.time())

    def rows() -> Iterator[list[Cell]]:
        for deal in deals:
            steps = [step for step in deal.steps if step.at < before]
            over = lost_in_crm(world, deal)
            created = day(deal.opened_on)
            if deal.number in wrong:
                created = wrong[deal.number].format(year=deal.opened_on.year)
                export.reject(DEALS, "affaire")
                export.dirt["wrong_date"] += 1
            company = (
                twins.get(deal.company.number, company_ref(deal.company))
                if rng.random() < 0.3
                else company_ref(deal.company)
            )
            contact = contact_ref(deal.contact)
            if deal.number in orphans:
                company = contact = ""
                export.dirt["deal_without_company"] += 1
            owner = deal.owner
            if rng.random() < 0.06:
                owner = rng.choice((owner.upper(), f"{owner} ", owner.lower()))
                export.dirt["mixed_case_owner"] += 1
            demo = deal.demo_on if deal.demo_on and deal.demo_on < before.date() else None
            yield [
                deal_ref(deal),
                company,
                contact,
                deal.title,
                french(deal.amount),
                STAGES[steps[-1].to_stage],
                BY_LABEL[deal.channel].old,
                owner,
                created,
                day(demo),
                day(deal.closed_on) if over else "",
                deal.lost_reason if over else "",
                f"{steps[-1].at:%d/%m/%Y %H:%M}",
            ]

    export.write_csv(DEALS, DEAL_HEADER, rows(), encoding="cp1252")
