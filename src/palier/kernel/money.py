"""Money as whole minor units with their currency; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

ZERO_DECIMALS = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
"""Currencies without minor unit. Source: ISO 4217."""
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with thousandths. Source: ISO 4217."""


def minor_digits(currency: str) -> int:
    """How many decimals the currency's minor unit has (2 for EUR)."""
    if currency in ZERO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units (cents) of `currency` (ISO 4217 code)."""

    minor: int
    currency: str = "EUR"

    @classmethod
    def of(cls, amount: Decimal, currency: str = "EUR") -> Money:
        """From a decimal amount of major units, rounded half-even to the minor unit."""
        scaled = amount.scaleb(minor_digits(currency)).quantize(
            Decimal(1), rounding=ROUND_HALF_EVEN
        )
        return cls(int(scaled), currency)

    @property
    def amount(self) -> Decimal:
        """Major units as an exact decimal."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))
