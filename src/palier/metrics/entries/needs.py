"""Facts that several metrics need: alternatives in order of preference."""

from __future__ import annotations

CUSTOMER_FACTS = ("recurring_line", "invoice", "won_deal")
RECURRING_FACTS = (("recurring_line",),)
