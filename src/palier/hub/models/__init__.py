"""Tables of the hub. Only this package reads them as models; others use `palier.hub.queries`."""

from __future__ import annotations

from palier.hub.models.atoms import (
    KeyKind,
    LookupKey,
    RecordKey,
    Source,
    SourceObject,
    SourceRecord,
    SourceRecordVersion,
)
from palier.hub.models.custom import CustomField
from palier.hub.models.entities import (
    Contact,
    Customer,
    Deal,
    DealEvent,
    Event,
    Invoice,
    InvoiceLine,
    MarketingSpend,
    Payment,
    Product,
    RecurringLine,
    Subscription,
)
from palier.hub.models.identity import (
    FieldPin,
    FieldRule,
    KeptParent,
    LinkEvent,
    MatchProposal,
    NeverMatch,
    PendingReference,
    Redirect,
    Tombstone,
)
from palier.hub.models.ledger import (
    Change,
    ChangeSet,
    Feed,
    ImportBatch,
    ImportFile,
    ImportMapping,
    PastChange,
)
from palier.hub.models.matching import MatchRun

__all__ = [
    "Change",
    "ChangeSet",
    "Contact",
    "CustomField",
    "Customer",
    "Deal",
    "DealEvent",
    "Event",
    "Feed",
    "FieldPin",
    "FieldRule",
    "ImportBatch",
    "ImportFile",
    "ImportMapping",
    "Invoice",
    "InvoiceLine",
    "KeptParent",
    "KeyKind",
    "LinkEvent",
    "LookupKey",
    "MarketingSpend",
    "MatchProposal",
    "MatchRun",
    "NeverMatch",
    "PastChange",
    "Payment",
    "PendingReference",
    "Product",
    "RecordKey",
    "RecurringLine",
    "Redirect",
    "Source",
    "SourceObject",
    "SourceRecord",
    "SourceRecordVersion",
    "Subscription",
    "Tombstone",
]
