"""Tasks the worker knows: importing this module registers them."""

from __future__ import annotations

from palier.journeys import load, matching, refresh, tools, upkeep

__all__ = ["load", "matching", "refresh", "tools", "upkeep"]
