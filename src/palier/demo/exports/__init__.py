"""One module per fictional tool: the same world, told in each tool's own words, format and habits."""

from __future__ import annotations

from pathlib import Path

from palier.demo.exports import advertising, billing, crm_v1, crm_v2, subscriptions, support
from palier.demo.exports.files import Export
from palier.demo.world import World

TOOLS = (crm_v1, crm_v2, billing, subscriptions, advertising, support)
"""In the order in which their files are imported: a tool after those it points to."""


def export(*, world: World, folder: Path | None = None) -> Export:
    """The exports of a world, with the count of what was written wrong on purpose."""
    found = Export(folder)
    for tool in TOOLS:
        tool.write(world, found)
    return found
