"""Every convention a metric depends on, as a named switch with its default and its source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ACTIVITY_DAYS = 365
"""A buyer without subscription is active while the last purchase is less than this old. Source: ours."""
MATURITY_DAYS = 90
"""Days a demo has to become a sale. Source: okr-quarter-gates.md §6.3."""
CHURN_WINDOW_MONTHS = 6
"""Months pooled for the churn of lifetime value. Source: revenue.md §3.10."""
LIFETIME_CAP_MONTHS = 60
"""Longest lifetime that a capped value believes in. Source: revenue.md §3.11."""
RETENTION_MONTHS = 12
"""Window of net and gross revenue retention. Source: revenue.md §3.7."""
SALES_DAYS = 90
"""Days of sales that days-sales-outstanding compares to. Source: revenue.md §3.16."""
CONFIDENCE = Decimal("0.90")
"""Two-sided level of every interval. Source: okr-quarter-gates.md §7.2."""
MIN_SAMPLE = 30
"""Below, a share, median or churn is flagged as a small sample. Source: okr-quarter-gates.md §7.1, revenue.md §3.10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """The switches of one computation; the defaults are those that readings use.

    `grace_days`, `pause_as`, `net_by` and `activity_days` shape the derived tables, the others are
    applied when a figure is asked for. `gross_margin` is a share.
    """

    grace_days: int = 0
    pause_as: Literal["contraction", "churn"] = "contraction"
    net_by: Literal["day", "month"] = "day"
    activity_days: int = ACTIVITY_DAYS
    maturity_days: int = MATURITY_DAYS
    churn_window_months: int = CHURN_WINDOW_MONTHS
    lifetime_cap_months: int = LIFETIME_CAP_MONTHS
    retention_months: int = RETENTION_MONTHS
    gross_margin: Decimal = Decimal(1)
    confidence: Decimal = CONFIDENCE
    min_sample: int = MIN_SAMPLE


DEFAULTS = Conventions()
