"""Tasks the worker knows: importing this module registers them."""

from __future__ import annotations

from palier.journeys import believing, load, refresh, upkeep

__all__ = ["believing", "load", "refresh", "upkeep"]
