"""The channels through which customers come, with what each is worth: the one place to tune the story."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """How one channel behaves.

    `label` is the canonical name (what presets map to); `old` and `new` are the words of the first
    and of the second CRM. `opened` is deals opened a month at the start and at the end of the
    history, from month `since`, in full from month `full`. `win` is the share of closed deals won,
    `churn` the monthly hazard of a monthly subscription, `cost` what one opportunity costs in cents.
    """

    label: str
    old: str
    new: str
    opened: tuple[float, float]
    win: float
    churn: float
    cost: int = 0
    ads: str = ""
    campaigns: tuple[str, ...] = ()
    since: int = 0
    full: int = 0

    def rate(self, month: int, last: int) -> float:
        """Deals opened in a whole month, on average."""
        if month < self.since:
            return 0.0
        ramp = (
            1.0 if month >= self.full else (month - self.since + 1) / (self.full - self.since + 1)
        )
        low, high = self.opened
        return ramp * (low + (high - low) * month / last)


WORD_OF_MOUTH = Channel(
    "Bouche-à-oreille",
    "Bouche à oreille",
    "bouche_a_oreille",
    (5.5, 9.5),
    win=0.43,
    churn=0.013,
)
FAIRS = Channel("Salons", "Salon", "salons", (3.0, 5.5), win=0.31, churn=0.021, cost=38_000)
GOOGLE = Channel(
    "Google Ads",
    "Google",
    "google_ads",
    (4.0, 9.0),
    win=0.24,
    churn=0.025,
    cost=52_000,
    ads="Google Ads",
    campaigns=("Marque", "Planning atelier", "Concurrents"),
)
LINKEDIN = Channel(
    "LinkedIn",
    "LinkedIn",
    "linkedin",
    (2.0, 5.5),
    win=0.22,
    churn=0.025,
    cost=64_000,
    ads="LinkedIn Ads",
    campaigns=("Gérants PME", "Livre blanc charge atelier"),
)
PARTNERS = Channel(
    "Partenaires",
    "Partenaire",
    "partenaires",
    (1.5, 5.5),
    win=0.37,
    churn=0.017,
    cost=26_000,
)
SEARCH = Channel(
    "Référencement naturel",
    "Site web",
    "referencement_naturel",
    (1.5, 5.0),
    win=0.27,
    churn=0.022,
)
COMPARISON = Channel(
    "Comparateurs",
    "Comparateur",
    "comparateurs",
    (0.0, 17.0),
    win=0.22,
    churn=0.26,
    cost=105_000,
    ads="Comparison sites",
    campaigns=("Top logiciels planning", "Devis express"),
    since=26,
    full=33,
)
"""Pushed since month 26: expensive, and its customers do not stay. The last quarter pays for it."""

CHANNELS = (WORD_OF_MOUTH, FAIRS, GOOGLE, LINKEDIN, PARTNERS, SEARCH, COMPARISON)
BY_LABEL = {channel.label: channel for channel in CHANNELS}
BIDDING_WAR = (33, 1.9)
"""Month from which the pushed channel costs that many times more: everybody else discovered it too."""
ALL_CHANNELS = "Tous canaux"
"""Where costs go that no single channel bears: salaries, tools, the founder's time."""

SEASON = (0.95, 1.05, 1.15, 1.05, 0.95, 1.1, 0.9, 0.5, 1.2, 1.15, 1.1, 0.8)
"""Demand of each calendar month against the average."""
FAIR_MONTHS = {3: 1.6, 6: 1.0, 9: 1.5, 11: 1.2}
"""Months with a trade fair, and how big it is."""
BAD_PATCH = {22: 2.3, 23: 2.6, 24: 1.9}
"""Churn multiplied in the months after the price rise of month 21 and the change of CRM."""
PRICE_RISE_MONTH = 21
PRICE_RISE_PERCENT = 6
