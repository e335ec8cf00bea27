"""The first metrics, with their words in French and English, in the order of the catalogue.

The figures' rules are those of revenue.md §3; switches and thresholds are in `conventions.py`.
Typography of the French: U+2019, U+202F before « ; ! ? » and inside quotes, U+00A0 before « : % € ».
"""

from __future__ import annotations

from palier.metrics.entries import customers, economics, recurring, sales
from palier.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    *customers.METRICS,
    *recurring.METRICS,
    *economics.METRICS,
    *sales.METRICS,
)
