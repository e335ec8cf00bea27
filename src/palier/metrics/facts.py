"""The analytical schema: every table that a metric may read, with its columns and their types.

Three roles: `entity` tables mirror the canonical entities, `derived` tables are written once per
refresh by the same compiled definitions, `frame` tables are a few rows that come with each query.
No Ibis here: the web reads this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from palier.hub.facts import LOCAL_DAYS
from palier.hub.schema import ENTITIES, Entity, Field
from palier.kernel.registries import ColumnType

Role = Literal["entity", "derived", "frame"]

_FIELD_TYPES: dict[str, ColumnType] = {
    "text": "string",
    "choice": "string",
    "int": "int64",
    "money": "int64",
    "decimal": "decimal",
    "share": "decimal",
    "date": "date",
    "datetime": "timestamp",
    "bool": "boolean",
}
_DUCKDB_TYPES: dict[ColumnType, str] = {
    "int64": "BIGINT",
    "string": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "decimal": "DECIMAL(18,6)",
    "json": "VARCHAR",
}
_IBIS_TYPES: dict[ColumnType, str] = {
    "int64": "int64",
    "string": "string",
    "date": "date",
    "timestamp": "timestamp",
    "boolean": "boolean",
    "decimal": "decimal(18, 6)",
    "json": "string",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an analytical table."""

    name: str
    type: ColumnType
    text: str = ""

    @property
    def duckdb_type(self) -> str:
        """The type as DuckDB writes it."""
        return _DUCKDB_TYPES[self.type]

    @property
    def ibis_type(self) -> str:
        """The type as the compiler writes it."""
        return _IBIS_TYPES[self.type]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One analytical table: its name, role, columns and what a row is."""

    name: str
    role: Role
    columns: tuple[Column, ...]
    text: str

    @property
    def create_sql(self) -> str:
        """The statement that makes the empty table in DuckDB."""
        columns = ", ".join(f'"{column.name}" {column.duckdb_type}' for column in self.columns)
        return f'CREATE TABLE "{self.name}" ({columns})'

    @property
    def schema(self) -> dict[str, str]:
        """Column names and compiler types, in order."""
        return {column.name: column.ibis_type for column in self.columns}


def _columns(*pairs: tuple[str, ColumnType, str]) -> tuple[Column, ...]:
    return tuple(Column(name, type_, text) for name, type_, text in pairs)


def _entity_column(field: Field) -> Column:
    if field.type == "ref":
        return Column(f"{field.name}_id", "int64", f"id of the {field.target}")
    return Column(field.name, _FIELD_TYPES[field.type])


def _entity_table(entity: Entity) -> TableSpec:
    keys = (
        Column("company_id", "int64"),
        Column(f"{entity.name}_id", "int64", "id of the canonical record"),
    )
    fields = tuple(_entity_column(field) for field in entity.fields if field.type != "json")
    days = tuple(
        Column(one.name, one.type, f"local day of `{one.day_of}`")
        for one in LOCAL_DAYS.get(entity.name, ())
    )
    return TableSpec(
        entity.name, "entity", keys + fields + days, f"live canonical records of `{entity.name}`"
    )


_COMPANY: tuple[str, ColumnType, str] = ("company_id", "int64", "")
_CUSTOMER: tuple[str, ColumnType, str] = ("customer_id", "int64", "")

INVENTORY = TableSpec(
    "inventory",
    "derived",
    _columns(
        _COMPANY,
        (
            "fact",
            "string",
            "recurring_line, invoice, receivable, deal, won_deal, demo, payment or marketing_spend",
        ),
        ("rows", "int64", "live rows"),
        ("first_day", "date", "first dated day"),
        ("last_day", "date", "last dated day"),
        ("low_currency", "string", "first currency in order"),
        ("high_currency", "string", "last one: another means a mixture"),
    ),
    "what a company has: one row per kind of fact",
)
COMPANY_BASIS = TableSpec(
    "company_basis",
    "derived",
    _columns(
        _COMPANY,
        ("basis", "string", "recurring, order or deal: what makes a customer active"),
    ),
    "how customers are counted, one row per company",
)
MOVEMENT = TableSpec(
    "movement",
    "derived",
    _columns(
        _COMPANY,
        _CUSTOMER,
        ("day", "date", "the customer's events of one day are netted"),
        ("delta", "int64", "change of annual units (yearly minor units × 6,000)"),
        (
            "kind",
            "string",
            "new, expansion, contraction, churn, reactivation; lapse (a pause ends for good) and hold (a pause that counts for nothing, a sum below zero) change no amount",
        ),
        ("before", "int64", "annual units before"),
        ("after", "int64", "annual units after"),
        ("prev_day", "date", "day of the customer's previous movement"),
        ("first_on", "date", "day of the customer's first `new`"),
        ("kept", "int64", "+1, 0 or -1: change of being a customer, paused ones included"),
        ("floored", "boolean", "lines summed below zero that day, counted as zero"),
    ),
    "changes of recurring revenue by customer and day (revenue.md §5)",
)
PURCHASE = TableSpec(
    "purchase",
    "derived",
    _columns(
        _COMPANY,
        _CUSTOMER,
        ("day", "date", ""),
        ("net_minor", "int64", "net of credit notes of that day"),
        ("bought", "boolean", "at least one positive purchase that day"),
    ),
    "purchases by customer and day, for companies without recurring lines",
)
PRESENCE = TableSpec(
    "presence",
    "derived",
    _columns(
        _COMPANY,
        _CUSTOMER,
        ("day", "date", ""),
        ("kind", "string", "new, returned, lost, paused, resumed or held"),
        ("active", "int64", "+1, 0 or -1: change of being active"),
        ("kept", "int64", "the same, a pause counting as kept"),
    ),
    "who becomes and stops being an active customer, whatever the basis",
)
SETTLEMENT = TableSpec(
    "settlement",
    "derived",
    _columns(
        _COMPANY,
        ("invoice_id", "int64", ""),
        _CUSTOMER,
        ("issued_on", "date", ""),
        ("due_on", "date", ""),
        ("gross_minor", "int64", "negative for a credit note"),
        (
            "settled_on",
            "date",
            "stated, else first day on which cumulated payments reach the gross amount",
        ),
        ("basis", "string", "stated, payments, open, or unknown: said to be paid, without a day"),
    ),
    "invoices and credit notes with the day they were settled",
)
PERIOD = TableSpec(
    "period",
    "frame",
    _columns(
        ("period", "int64", "rank"),
        ("starts", "date", "first day"),
        ("ends", "date", "first day after, never beyond tomorrow"),
        ("year_ago", "date", "`ends` less the retention window"),
        ("sales_from", "date", "`ends` less 90 days"),
        ("active_from", "date", "`ends` less the activity window"),
        ("trials_end", "date", "first day whose demos are not mature"),
        ("maturity", "int64", "days left to a demo"),
        ("dues_end", "date", "first due day that is not judged yet"),
        ("judged_on", "date", "today"),
    ),
    "the periods asked for",
)
MONTH_STEP = TableSpec(
    "month_step",
    "frame",
    _columns(
        ("period", "int64", "rank of the period"),
        ("starts", "date", ""),
        ("ends", "date", ""),
    ),
    "the months of exposure of the churn behind lifetime value, counted back from the period's end",
)
TOUCHED_CUSTOMER = TableSpec(
    "touched_customer",
    "frame",
    _columns(_COMPANY, _CUSTOMER),
    "customers whose lines changed, for an incremental refresh",
)
TOUCHED_INVOICE = TableSpec(
    "touched_invoice",
    "frame",
    _columns(_COMPANY, ("invoice_id", "int64", "")),
    "invoices that changed or were paid, for an incremental refresh",
)

ENTITY_TABLES: tuple[TableSpec, ...] = tuple(_entity_table(entity) for entity in ENTITIES.values())
DERIVED_TABLES: tuple[TableSpec, ...] = (
    INVENTORY,
    COMPANY_BASIS,
    MOVEMENT,
    PURCHASE,
    PRESENCE,
    SETTLEMENT,
)
"""In the order in which a refresh writes them: each reads those before it."""
FRAME_TABLES: tuple[TableSpec, ...] = (PERIOD, MONTH_STEP, TOUCHED_CUSTOMER, TOUCHED_INVOICE)

TABLES: dict[str, TableSpec] = {
    table.name: table for table in ENTITY_TABLES + DERIVED_TABLES + FRAME_TABLES
}


def table(name: str) -> TableSpec:
    """The table of that name, or `KeyError`."""
    return TABLES[name]
