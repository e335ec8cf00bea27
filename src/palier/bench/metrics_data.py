"""A company of the benchmark's size, written straight into the hub's tables, and changes to it.

At scale 1: 1M customers, 1M invoices, 10M invoice lines; beside them 500k recurring lines of 400k
customers, 800k payments, 300k deals and 20k days of spend, so that every metric has something to read.
Values follow from row numbers by multiplication with large primes: the same in every run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

CUSTOMERS = 1_000_000
IDS_BY_TABLE = 100_000_000
"""Each table has ids of its own range, above those that the sequence gives to later rows."""
LINES_OF_INVOICE = 10
FIRST_DAY = "DATE '2023-11-01'"
DAYS = 1_095
CHANNELS = "(ARRAY['search', 'referral', 'fair', 'partner', 'ads'])"


def _h(prime: int, modulus: str | int, row: str = "g") -> str:
    """A number below `modulus` that looks drawn at random for each row."""
    return f"(({row}::bigint * {prime} + {prime // 7}) % {modulus})"


def _tables(size: Callable[[float], int]) -> list[tuple[str, str, str, int]]:
    customers, invoices = size(CUSTOMERS), size(CUSTOMERS)
    day = f"{FIRST_DAY} + {_h(7919, DAYS)}::int"
    return [
        (
            "customer",
            "name, acquisition_channel, segment, country, kind, created_at",
            f"'Entreprise ' || g, {CHANNELS}[1 + {_h(104729, 6)}::int], 'S' || {_h(31, 5)}, 'FR', 'company', now()",
            customers,
        ),
        (
            "recurring_line",
            'customer_id, starts_on, ends_on, amount_minor, currency, "interval", annual_units, plan',
            (
                f"c, s, CASE WHEN g % 3 = 0 THEN s + 30 + {_h(6101, 700)}::int END, u, 'EUR', 'month', u * 72000, 'P' || g % 4 "
                f"FROM (SELECT g, 1 + {_h(15485863, size(400_000))} AS c, {day} AS s, 1000 + {_h(433, 20_000)} AS u"
            ),
            size(500_000),
        ),
        (
            "invoice",
            "customer_id, number, kind, issued_on, due_on, settled_on, net_minor, tax_minor, gross_minor, currency, status",
            (
                f"c, 'F' || g, CASE WHEN g % 50 = 0 THEN 'credit_note' ELSE 'invoice' END, d, d + 30, CASE WHEN g % 4 = 0 THEN d + {_h(271, 80)}::int END, "
                f"n, n / 5, n + n / 5, 'EUR', 'issued' FROM (SELECT g, 1 + {_h(32452843, customers)} AS c, {day} AS d, 5000 + {_h(577, 900_000)} AS n"
            ),
            invoices,
        ),
        (
            "payment",
            "invoice_id, paid_on, amount_minor, currency, status",
            f"i.id, i.issued_on + {_h(887, 90)}::int, i.gross_minor, 'EUR', 'paid' FROM (SELECT g",
            size(800_000),
        ),
        (
            "deal",
            "customer_id, name, amount_minor, currency, status, source_channel, opened_on, demo_on, won_on, lost_on",
            (
                f"c, 'Affaire ' || g, 100000, 'EUR', CASE WHEN o < 3 THEN 'won' WHEN o < 8 THEN 'lost' ELSE 'open' END, "
                f"{CHANNELS}[1 + {_h(52711, 5)}::int], d, CASE WHEN g % 2 = 0 THEN d + 7 END, "
                f"CASE WHEN o < 3 THEN d + 10 + {_h(211, 90)}::int END, CASE WHEN o BETWEEN 3 AND 7 THEN d + {_h(223, 120)}::int END "
                f"FROM (SELECT g, 1 + {_h(49979687, customers)} AS c, {day} AS d, {_h(733, 10)} AS o"
            ),
            size(300_000),
        ),
        (
            "marketing_spend",
            "kind, channel, day, spend_minor, currency",
            (
                f"(ARRAY['media', 'tools', 'salaries', 'founder_time'])[1 + g % 4], {CHANNELS}[1 + {_h(97, 5)}::int], {day}, "
                f"{_h(389, 50_000)}, 'EUR'"
            ),
            size(20_000),
        ),
        (
            "invoice_line",
            "invoice_id, label, quantity, net_minor, currency",
            f"{{invoice}} + 1 + (g - 1) / {LINES_OF_INVOICE}, 'Prestation ' || {_h(1009, 5000)}, 1 + {_h(17, 9)}, {_h(641, 90_000)}, 'EUR'",
            invoices * LINES_OF_INVOICE,
        ),
    ]


def fill(
    cursor: Any, *, company_id: int, scale: float, say: Callable[[str], None]
) -> dict[str, int]:
    """Write the company; rows by table. Indexes stay on: the data are as an import leaves them."""
    first: dict[str, int] = {}
    made: dict[str, int] = {}
    for place, (entity, names, values, rows) in enumerate(
        _tables(lambda n: max(1, int(n * scale))), start=1
    ):
        began = time.monotonic()
        first[entity] = place * IDS_BY_TABLE
        selected = values.format(invoice=first.get("invoice", 0))
        query = f"SELECT {first[entity]} + g, {company_id}, {selected} FROM generate_series(1, {rows}) g"
        if " FROM (SELECT g" in selected:
            query += ") q"
            query = query.replace(f"{company_id}, c,", f"{company_id}, {first['customer']} + c,", 1)
        if entity == "payment":
            query += (
                f" JOIN hub_invoice i ON i.id = {first['invoice']} + 1 + {_h(7, made['invoice'])}"
            )
        cursor.execute(f"INSERT INTO hub_{entity} (id, company_id, {names}) {query}")
        made[entity] = cursor.rowcount
        say(f"{entity}: {made[entity]} rows in {time.monotonic() - began:.1f} s")
    return made


def change(cursor: Any, *, company_id: int, share: float, round_: int) -> int:
    """Change that share of the invoice lines (80 % updated, 10 % removed, 10 % new), as one change set; how many rows."""
    cursor.execute(
        "SELECT min(id), max(id), count(*) FROM hub_invoice_line WHERE id > %s", [IDS_BY_TABLE]
    )
    low, high, rows = cursor.fetchone()
    count = max(10, int(rows * share))
    step = max(1, (high - low + 1) * 10 // (count * 9))
    cursor.execute(
        f"CREATE TEMP TABLE bench_touched AS SELECT id, (id / {step}) % 9 = 0 AS gone FROM "
        f"generate_series({low} + {round_ % step}, {high}, {step}) id"
    )
    cursor.execute("SELECT nextval('hub_change_set_id')")
    set_id = cursor.fetchone()[0]
    cursor.execute(
        """
        UPDATE hub_invoice_line l SET version = version + 1, updated_at = now(),
          net_minor = CASE WHEN t.gone THEN net_minor ELSE net_minor + 1 END,
          deleted_at = CASE WHEN t.gone THEN now() END
        FROM bench_touched t WHERE l.id = t.id
        """
    )
    cursor.execute(
        f"""
        WITH new AS (
          INSERT INTO hub_invoice_line (company_id, invoice_id, label, quantity, net_minor, currency)
          SELECT {company_id}, l.invoice_id, 'Nouvelle prestation', 1, 500, 'EUR'
          FROM bench_touched t JOIN hub_invoice_line l ON l.id = t.id WHERE t.gone RETURNING id
        ), ids AS (SELECT id, CASE WHEN gone THEN 'delete' ELSE 'update' END AS op FROM bench_touched
                   UNION ALL SELECT id, 'create' FROM new)
        INSERT INTO hub_change (company_id, set_id, ord, entity, entity_id, version, op)
        SELECT {company_id}, {set_id}, row_number() OVER () - 1, 'invoice_line', id, 2, op FROM ids
        """
    )
    changed: int = cursor.rowcount
    cursor.execute(
        "INSERT INTO hub_change_set (id, company_id, sealed, rows, origin) VALUES (%s, %s, nextval('hub_sealed'), %s, 'bench')",
        [set_id, company_id, changed],
    )
    cursor.execute("DROP TABLE bench_touched")
    return changed
