"""What a good record has, declared once: each check as the SQL that finds the records which fail it.

A check speaks of the canonical row `g`. It looks only at the rows to which it applies, so that a share is
never made better or worse by records that have nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import list_currencies

from palier.hub.schema import ENTITIES

EXPECTED: dict[str, tuple[str, ...]] = {
    "customer": ("email", "phone", "postcode", "city", "country", "stage", "acquisition_channel"),
    "contact": ("customer", "last_name", "email"),
    "product": ("family", "price_minor"),
    "deal": ("customer", "amount_minor", "status", "opened_on", "owner", "source_channel"),
    "subscription": ("customer", "plan", "mrr_minor", "status", "started_on"),
    "invoice": ("customer", "number", "due_on", "net_minor", "status"),
    "payment": ("paid_on", "amount_minor"),
    "marketing_spend": ("channel", "spend_minor"),
}
"""Fields that figures, matching or reminders need, so that a record without them is to be mended [ours]."""
FRENCH_COMPANY = "coalesce(g.kind, 'company') = 'company' AND coalesce(g.country, 'FR') = 'FR'"
EXPECTED_WHERE: dict[tuple[str, str], str] = {
    ("customer", "siren"): FRENCH_COMPANY,
    ("customer", "vat_no"): "coalesce(g.kind, 'company') = 'company'",
    ("invoice", "due_on"): "coalesce(g.kind, 'invoice') = 'invoice'",
}
"""Fields expected of some records only: a person has no SIREN, a credit note no due day [ours]."""
ORDER: tuple[tuple[str, str, str], ...] = (
    ("customer", "first_won_on", "churned_on"),
    ("deal", "opened_on", "won_on"),
    ("deal", "opened_on", "lost_on"),
    ("subscription", "started_on", "ended_on"),
    ("recurring_line", "starts_on", "ends_on"),
    ("invoice", "issued_on", "due_on"),
)
"""Days of which the second never comes before the first."""
LA_POSTE = "356000000"
"""Establishments of La Poste have a key of their own: the sum of their digits is a multiple of five."""
DOUBLED = "0246813579"
"""What each digit counts for when Luhn doubles it, its two digits added."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question asked of every record of an entity: its measure, the field to mend, and its SQL."""

    entity: str
    measure: str
    code: str
    field: str
    applies: str
    fault: str


def luhn(column: str, digits: int) -> str:
    """SQL: whether a text of that many digits has a false key, counted from the right."""
    parts = []
    for place in range(1, digits + 1):
        one = f"substr({column}, {place}, 1)"
        doubled = (digits - place) % 2 == 1
        parts.append(
            f"translate({one}, '0123456789', '{DOUBLED}')::int" if doubled else f"{one}::int"
        )
    return f"({' + '.join(parts)}) %% 10 <> 0"


def _siren(column: str) -> str:
    return f"CASE WHEN {column} ~ '^[0-9]{{9}}$' THEN {luhn(column, 9)} ELSE true END"


def _siret(column: str) -> str:
    plain = " + ".join(f"substr({column}, {place}, 1)::int" for place in range(1, 15))
    return (
        f"CASE WHEN {column} !~ '^[0-9]{{14}}$' THEN true "
        f"WHEN substr({column}, 1, 9) = '{LA_POSTE}' THEN ({plain}) %% 5 <> 0 AND {luhn(column, 14)} "
        f"ELSE {luhn(column, 14)} OR {_siren(f'substr({column}, 1, 9)')} END"
    )


def _vat(column: str) -> str:
    """The form of any European number; for a French one with digits its key, for all the SIREN inside."""
    return (
        f"CASE WHEN {column} !~ '^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT"
        f"|RO|SE|SI|SK|XI|GB)[0-9A-Z+*]{{2,13}}$' THEN true "
        f"WHEN {column} !~ '^FR' THEN false WHEN {column} !~ '^FR[0-9A-Z]{{2}}[0-9]{{9}}$' THEN true "
        f"WHEN {column} ~ '^FR[0-9]{{11}}$' AND substr({column}, 3, 2)::int "
        f"<> (12 + 3 * (substr({column}, 5)::int %% 97)) %% 97 THEN true "
        f"ELSE {_siren(f'substr({column}, 5)')} END"
    )


EMAIL = r"^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:].]{2,}$"
PHONE = r"^[+][1-9][0-9]{6,14}$"
CURRENCIES = ", ".join(f"'{code}'" for code in sorted(list_currencies()))


def _completeness() -> list[Check]:
    found = []
    named = [(e, name) for e, names in EXPECTED.items() for name in names]
    for entity, name in [*named, *(one for one in EXPECTED_WHERE if one not in named)]:
        is_ref = ENTITIES[entity].field(name).type == "ref"
        waits = (
            f" AND NOT EXISTS (SELECT 1 FROM hub_pending_reference p WHERE p.company_id = g.company_id "
            f"AND p.entity_id = g.id AND p.field = '{name}')"
        )
        column = f"g.{name}_id" if is_ref else f"g.{name}"
        fault = f"{column} IS NULL{waits}" if is_ref else f"nullif({column}::text, '') IS NULL"
        applies = EXPECTED_WHERE.get((entity, name), "true")
        found.append(Check(entity, "completeness", f"empty.{name}", name, applies, fault))
    return found


def _validity() -> list[Check]:
    formed = [
        ("customer", "siren", _siren("g.siren")),
        ("customer", "siret", _siret("g.siret")),
        ("customer", "vat_no", _vat("g.vat_no")),
        *((e, "email", f"g.email !~ '{EMAIL}'") for e in ("customer", "contact")),
        *((e, "phone", f"g.phone !~ '{PHONE}'") for e in ("customer", "contact")),
        *(
            (entity.name, "currency", f"g.currency NOT IN ({CURRENCIES})")
            for entity in ENTITIES.values()
            if not entity.appended and any(one.name == "currency" for one in entity.fields)
        ),
    ]
    checks = [
        Check(entity, "validity", f"form.{name}", name, f"g.{name} IS NOT NULL", fault)
        for entity, name, fault in formed
    ]
    checks += [
        Check(
            entity,
            "validity",
            f"order.{last}",
            last,
            f"g.{first} IS NOT NULL AND g.{last} IS NOT NULL",
            f"g.{last} < g.{first}",
        )
        for entity, first, last in ORDER
    ]
    whole = " AND ".join(f"g.{name}_minor IS NOT NULL" for name in ("net", "tax", "gross"))
    fault = "g.gross_minor <> g.net_minor + g.tax_minor"
    return [*checks, Check("invoice", "validity", "sum.gross_minor", "gross_minor", whole, fault)]


def _orphans() -> list[Check]:
    return [
        Check(
            entity.name,
            "orphans",
            f"orphan.{field.name}",
            field.name,
            "true",
            f"EXISTS (SELECT 1 FROM hub_pending_reference p WHERE p.company_id = g.company_id "
            f"AND p.entity_id = g.id AND p.field = '{field.name}')",
        )
        for entity in ENTITIES.values()
        if not entity.appended
        for field in entity.fields
        if field.type == "ref"
    ]


CHECKS: tuple[Check, ...] = (*_completeness(), *_validity(), *_orphans())
"""Every check made record by record. Events are left out: there are many, and a person mends none of them."""
