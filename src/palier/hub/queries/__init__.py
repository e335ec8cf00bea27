"""Reading the hub: frozen values for pages, metrics and the API; nobody outside the hub sees its tables."""

from __future__ import annotations

from palier.hub.queries.customer import (
    ContactRow,
    Customer,
    CustomerUnknown,
    DealRow,
    EventRow,
    InvoiceRow,
    LineRow,
    PaymentRow,
    Some,
    SubscriptionRow,
    find_customer_page,
    get_customer,
)
from palier.hub.queries.figures import CustomerFigures, monthly_by_customer
from palier.hub.queries.history import FieldChange, HistoryEntry
from palier.hub.queries.imports import (
    FileInfo,
    ImportInfo,
    Totals,
    find_running,
    get_import,
    list_imports,
)
from palier.hub.queries.provenance import FieldValue, Origin, Said, Source
from palier.hub.queries.records import (
    RecordFields,
    RecordPage,
    RecordUnknown,
    ToolInfo,
    get_record,
    get_record_fields,
    list_sources_by_id,
    list_tools,
)
from palier.hub.queries.values import Link, Value

__all__ = [
    "ContactRow",
    "Customer",
    "CustomerFigures",
    "CustomerUnknown",
    "DealRow",
    "EventRow",
    "FieldChange",
    "FieldValue",
    "FileInfo",
    "HistoryEntry",
    "ImportInfo",
    "InvoiceRow",
    "LineRow",
    "Link",
    "Origin",
    "PaymentRow",
    "RecordFields",
    "RecordPage",
    "RecordUnknown",
    "Said",
    "Some",
    "Source",
    "SubscriptionRow",
    "ToolInfo",
    "Totals",
    "Value",
    "find_customer_page",
    "find_running",
    "get_customer",
    "get_import",
    "get_record",
    "get_record_fields",
    "list_imports",
    "list_sources_by_id",
    "list_tools",
    "monthly_by_customer",
]
