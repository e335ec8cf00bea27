"""The records to compare, as the hub holds them now, on their way to an engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection

from palier.hub.matching.company import COMPANY
from palier.hub.matching.engines import Engine
from palier.hub.matching.person import CONTACT, INDIVIDUAL
from palier.hub.matching.tables import Profile

LONGEST = 200
"""Characters of a value that are compared: a name is shorter, and a hostile cell must not cost minutes [ours]."""
PROFILES: dict[str, tuple[Profile, ...]] = {
    "customer": (COMPANY, INDIVIDUAL),
    "contact": (CONTACT,),
}
"""By entity, the ways its records are matched; each record falls under one of them."""
COLUMNS: dict[str, dict[str, str]] = {
    "customer": {
        name: f"g.{name}"
        for name in (
            "kind",
            "name",
            "legal_name",
            "siren",
            "siret",
            "vat_no",
            "iban",
            "domain",
            "email",
            "phone",
            "address_line",
            "postcode",
            "city",
        )
    },
    "contact": {
        "first_name": "g.first_name",
        "last_name": "g.last_name",
        "email": "g.email",
        "phone": "g.phone",
        "is_shared_mailbox": "g.is_shared_mailbox::text",
        "company": "c.name",
        "siren": "c.siren",
        "siret": "c.siret",
        "vat_no": "c.vat_no",
        "postcode": "c.postcode",
    },
}
_JOINS = {
    "customer": "",
    "contact": "LEFT JOIN hub_customer c ON c.id = g.customer_id AND c.deleted_at IS NULL",
}


def columns_of(entity: str) -> tuple[str, ...]:
    """The columns of the raw table, `id` first."""
    return ("id", *COLUMNS[entity])


def load_records(engine: Engine, *, company_id: int, entity: str, table: str) -> None:
    """Bring a company's live records of an entity into a table of the engine."""
    selected = ", ".join(
        f"nullif(left({sql}, {LONGEST}), '') AS {name}" for name, sql in COLUMNS[entity].items()
    )
    query = (
        f"SELECT g.id, {selected} FROM hub_{entity} g {_JOINS[entity]} "
        f"WHERE g.company_id = {int(company_id)} AND g.deleted_at IS NULL"
    )
    with tempfile.TemporaryDirectory(prefix="palier-matching-") as folder:
        path = Path(folder) / "records.csv"
        with (
            path.open("wb") as file,
            connection.cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy,
        ):
            for piece in copy:
                file.write(piece)
        engine.load(table, columns=columns_of(entity), path=path)


def load_ids(engine: Engine, *, ids: Iterable[int], table: str) -> None:
    """Bring ids into a table of the engine."""
    with tempfile.TemporaryDirectory(prefix="palier-matching-") as folder:
        path = Path(folder) / "ids.csv"
        path.write_text("".join(f"{one}\n" for one in ids))
        engine.load(table, columns=("id",), path=path)


def changed_records(cursor: Any, *, company_id: int, entity: str, after: int) -> set[int]:
    """Records whose evidence may have changed after a position of the feed: a contact's also changes with its customer."""
    from palier.hub.change_log import changed_ids

    bounds = {"company": company_id, "after": after, "until": 2**62}
    cursor.execute(f"SELECT x.id FROM ({changed_ids(entity=entity)}) x", bounds)
    found = {row[0] for row in cursor.fetchall()}
    if entity == "contact":
        cursor.execute(
            f"SELECT g.id FROM ({changed_ids(entity='customer')}) x JOIN hub_contact g ON g.customer_id = x.id",
            bounds,
        )
        found |= {row[0] for row in cursor.fetchall()}
    return found
