"""What may be said beside a figure: why it is missing, or why to read it with care."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flag:
    """A remark on a point; `withholds` tells that the value is absent because of it."""

    code: str
    label_en: str
    label_fr: str
    withholds: bool = False


FLAGS: dict[str, Flag] = {
    flag.code: flag
    for flag in (
        Flag(
            "no_data",
            "no data of this kind yet",
            "aucune donnée de ce type pour l’instant",
            withholds=True,
        ),
        Flag(
            "future_period",
            "the period has not begun",
            "la période n’a pas commencé",
            withholds=True,
        ),
        Flag("no_customers", "no active customer", "aucun client actif", withholds=True),
        Flag(
            "no_opening_customers",
            "no customer at the start of the window",
            "aucun client à l’ouverture de la période",
            withholds=True,
        ),
        Flag(
            "no_new_customers",
            "no new customer: the cost is not allocated",
            "aucun nouveau client, le coût n’est pas réparti",
            withholds=True,
        ),
        Flag(
            "no_closed_deals",
            "no deal won or lost",
            "aucune affaire gagnée ni perdue",
            withholds=True,
        ),
        Flag("no_won_deals", "no deal won", "aucune affaire gagnée", withholds=True),
        Flag("no_demos", "no first demo", "aucune première démo", withholds=True),
        Flag(
            "not_mature",
            "no demo is old enough to judge",
            "aucune démo n’est assez ancienne pour être jugée",
            withholds=True,
        ),
        Flag(
            "no_sales",
            "no sales in the last 90 days",
            "aucune vente sur les 90 derniers jours",
            withholds=True,
        ),
        Flag(
            "nothing_due",
            "no invoice fell due",
            "aucune facture arrivée à échéance",
            withholds=True,
        ),
        Flag(
            "no_new_revenue",
            "no revenue from new customers",
            "aucun revenu de nouveaux clients",
            withholds=True,
        ),
        Flag(
            "no_cost",
            "no acquisition cost in the period",
            "aucun coût d’acquisition sur la période",
            withholds=True,
        ),
        Flag(
            "not_identified",
            "no loss observed: only a lower bound is known",
            "aucune perte observée : seule une borne basse est connue",
            withholds=True,
        ),
        Flag("unfinished_period", "the period is not over", "la période n’est pas terminée"),
        Flag(
            "small_sample",
            "few observations: read the interval",
            "peu d’observations : lire l’intervalle",
        ),
        Flag(
            "maturing",
            "some demos are still too recent to judge",
            "certaines démos sont encore trop récentes pour être jugées",
        ),
        Flag(
            "beyond_cap",
            "implies a lifetime beyond 60 months: see the capped value",
            "suppose une durée de vie de plus de 60 mois : voir la valeur plafonnée",
        ),
        Flag(
            "never_pays_back",
            "never pays back at the present churn",
            "jamais récupéré au rythme actuel des départs",
        ),
        Flag(
            "without_founder_time",
            "founder's time is not counted",
            "le temps du fondateur n’est pas compté",
        ),
        Flag(
            "mixed_currencies",
            "several currencies are added up",
            "plusieurs devises sont additionnées",
        ),
        Flag(
            "negative_recurring",
            "recurring lines below zero, counted as zero",
            "lignes récurrentes négatives, comptées pour zéro",
        ),
        Flag(
            "unknown_settlement",
            "invoices said to be paid without a day are left out",
            "des factures dites payées, sans date, sont laissées de côté",
        ),
        Flag(
            "backwards_dates",
            "deals won before they opened are left out",
            "des affaires gagnées avant leur ouverture sont laissées de côté",
        ),
        Flag(
            "twelve_month_revenue",
            "revenue of the last twelve months stands for recurring revenue",
            "le revenu des douze derniers mois tient lieu de revenu récurrent",
        ),
    )
}
"""By code. Typography of the French: U+2019, U+202F before « ; ! ? », U+00A0 before « : »."""
