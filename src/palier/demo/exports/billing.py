"""Facturelle, the invoicing tool: customers as JSON, invoices, lines and payments as French CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from palier.demo import names
from palier.demo.chance import generator
from palier.demo.exports.crm_v1 import day
from palier.demo.exports.files import Cell, Export, french
from palier.demo.world import Company, Invoice, Payment, World

CUSTOMERS, INVOICES, LINES, PAYMENTS = (
    "facturation-facturelle/clients.json",
    "facturation-facturelle/factures.csv",
    "facturation-facturelle/lignes_factures.csv",
    "facturation-facturelle/reglements.csv",
)
INVOICE_HEADER = (
    "N° facture",
    "Type",
    "Code client",
    "Date d'émission",
    "Échéance",
    "Soldée le",
    "Total HT",
    "TVA",
    "Total TTC",
    "Déjà réglé",
    "Statut",
)
LINE_HEADER = ("N° facture", "Ligne", "Article", "Libellé", "Quantité", "Montant HT")
PAYMENT_HEADER = ("N° règlement", "N° facture", "Code client", "Date", "Montant", "Mode")
WRONG_DATES = ("31/11/{year}", "29/02/2025", "hier")
"""Typed in « Date » of three payments: three rows that an import refuses."""


def customer_code(company: Company) -> str:
    """The customer's identifier in this tool."""
    return f"CLI{company.billing_number:04d}"


def write(world: World, export: Export) -> None:
    """Write the four files."""
    _customers(world, export)
    _invoices(world, export)
    _lines(world, export)
    _payments(world, export)


def _customers(world: World, export: Export) -> None:
    billed = sorted(
        (c for c in world.companies if c.billing_number), key=lambda c: c.billing_number
    )
    export.write_json(
        CUSTOMERS,
        "clients",
        [
            {
                "code": customer_code(company),
                "raison_sociale": company.legal_name if company.siren else company.name,
                "siren": company.siren,
                "tva": names.vat_number(company.siren) if company.siren else None,
                "email": f"compta@{company.domain}",
                "adresse": {
                    "ligne": company.address,
                    "code_postal": company.postcode,
                    "ville": company.city,
                    "pays": "FR",
                },
            }
            for company in billed
        ],
    )


def _invoices(world: World, export: Export) -> None:
    def rows() -> Iterator[list[Cell]]:
        for invoice in world.invoices:
            credit = invoice.net < 0
            if credit:
                export.dirt["credit_note"] += 1
            elif invoice.settled_on and invoice.settled_on > invoice.due_on:
                export.dirt["late_payment"] += 1
            yield [
                invoice.number,
                "Avoir" if credit else "Facture",
                customer_code(invoice.company),
                day(invoice.issued_on),
                day(invoice.due_on),
                day(invoice.settled_on),
                french(invoice.net),
                french(invoice.tax),
                french(invoice.gross),
                french(invoice.paid),
                _status(world, invoice),
            ]

    export.write_csv(INVOICES, INVOICE_HEADER, rows())


def _status(world: World, invoice: Invoice) -> str:
    if invoice.settled_on:
        return "Soldée"
    return "En retard" if invoice.due_on < world.period.last else "Émise"


def _lines(world: World, export: Export) -> None:
    def rows() -> Iterator[list[Cell]]:
        for invoice in world.invoices:
            for rank, line in enumerate(invoice.lines, 1):
                yield [
                    invoice.number,
                    rank,
                    line.product,
                    line.label,
                    line.quantity,
                    french(line.net),
                ]

    export.write_csv(LINES, LINE_HEADER, rows())


def refused(world: World) -> list[Payment]:
    """The payments whose row an import refuses."""
    rng = generator(world.seed, "facturelle dates")
    recent = world.period.last - dt.timedelta(days=150)
    old = [p for p in world.payments if p.paid_on < recent and p.amount > 0]
    return rng.sample(old, len(WRONG_DATES))


def _payments(world: World, export: Export) -> None:
    wrong = {payment.number: WRONG_DATES[n] for n, payment in enumerate(refused(world))}
    parts: set[int] = set()

    def rows() -> Iterator[list[Cell]]:
        for payment in world.payments:
            when = day(payment.paid_on)
            if payment.number in wrong:
                when = wrong[payment.number].format(year=payment.paid_on.year)
                export.reject(PAYMENTS, "reglement")
                export.dirt["wrong_date"] += 1
            if payment.amount != payment.invoice.gross and id(payment.invoice) not in parts:
                parts.add(id(payment.invoice))
                export.dirt["invoice_paid_in_parts"] += 1
            yield [
                f"R{payment.number:06d}",
                payment.invoice.number,
                customer_code(payment.invoice.company),
                when,
                french(payment.amount),
                payment.method,
            ]

    export.write_csv(PAYMENTS, PAYMENT_HEADER, rows())
