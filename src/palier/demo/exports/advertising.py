"""Affichette, the advertising dashboard, in English; and the sheet where other costs are kept by hand."""

from __future__ import annotations

from collections import defaultdict

from palier.demo.exports.crm_v1 import day
from palier.demo.exports.files import Cell, Export, french, plain
from palier.demo.world import AdDay, World

COSTS = "publicite-affichette/couts_acquisition.csv"
AD_HEADER = (
    "Date",
    "Network",
    "Campaign",
    "Impressions",
    "Clicks",
    "Cost (EUR)",
    "Conversions",
    "Final",
)
COST_HEADER = ("Mois", "Nature", "Poste", "Canal", "Montant")
KINDS = {
    "media": "Achat média et salons",
    "tools": "Outils",
    "salaries": "Salaires",
    "founder_time": "Temps du dirigeant",
}


def ads_file(year: int) -> str:
    """The export of one year."""
    return f"publicite-affichette/daily_spend_{year}.csv"


def write(world: World, export: Export) -> None:
    """Write one file a year and the sheet of costs."""
    years: dict[int, list[AdDay]] = defaultdict(list)
    for ad in world.ads:
        years[ad.day.year].append(ad)
    for year in sorted(years):
        _year(export, year, years[year], last=year == max(years))
    rows: list[list[Cell]] = [
        [day(cost.month), KINDS[cost.kind], cost.label, cost.channel, french(cost.amount)]
        for cost in world.costs
    ]
    rows.append(
        [day(world.period.months[-1]), KINDS["tools"], "Nouveau site", "Tous canaux", "à confirmer"]
    )
    export.reject(COSTS, "cout")
    export.dirt["amount_to_be_confirmed"] += 1
    export.write_csv(COSTS, COST_HEADER, rows)


def _year(export: Export, year: int, ads: list[AdDay], *, last: bool) -> None:
    rows: list[list[Cell]] = [
        [
            ad.day.isoformat(),
            ad.channel,
            ad.campaign,
            ad.impressions,
            ad.clicks,
            plain(ad.spend),
            ad.conversions,
            "yes" if ad.final else "no",
        ]
        for ad in ads
    ]
    if last:
        rows.append(
            [
                "Total",
                "",
                "",
                sum(ad.impressions for ad in ads),
                sum(ad.clicks for ad in ads),
                plain(sum(ad.spend for ad in ads)),
                sum(ad.conversions for ad in ads),
                "",
            ]
        )
        export.reject(ads_file(year), "campaign_day")
        export.dirt["total_row"] += 1
    export.write_csv(
        ads_file(year), AD_HEADER, rows, delimiter=",", encoding="utf-8", line_end="\n"
    )
