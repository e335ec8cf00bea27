"""How a figure stands against its target: what every page, objective and report says with one word."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

Standing = Literal["met", "near", "missed"]
NEAR_SHARE = Decimal("0.10")
"""A target missed by at most this share of itself is «to watch», beyond it is missed. Source: ours."""


def standing(*, value: Decimal | None, target: Decimal | None, polarity: str) -> Standing | None:
    """Whether the target is met, nearly met or missed; None without value, target or polarity.

    A target of zero has no «nearly». `polarity` is the metric's: `up`, `down` or `neutral`.
    """
    if value is None or target is None or polarity not in {"up", "down"}:
        return None
    gap = target - value if polarity == "up" else value - target
    if gap <= 0:
        return "met"
    return "near" if gap <= abs(target) * NEAR_SHARE else "missed"
