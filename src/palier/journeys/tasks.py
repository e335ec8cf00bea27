"""Tasks the worker knows: importing this module registers them."""

from __future__ import annotations

from palier.journeys import (
    believing,
    load,
    matching,
    ownership,
    quality,
    refresh,
    tools,
    upkeep,
    webhooks,
)

__all__ = [
    "believing",
    "load",
    "matching",
    "ownership",
    "quality",
    "refresh",
    "tools",
    "upkeep",
    "webhooks",
]
