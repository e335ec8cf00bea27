"""Tasks the worker knows: importing this module registers them."""

from __future__ import annotations

from palier.journeys import load, ownership, refresh, webhooks

__all__ = ["load", "ownership", "refresh", "webhooks"]
