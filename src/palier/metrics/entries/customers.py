"""Customers: how many there are, come and go."""

from __future__ import annotations

from palier.metrics import answers
from palier.metrics.entries.needs import CUSTOMER_FACTS
from palier.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        key="customers.active",
        unit="customers",
        polarity="up",
        family="customers",
        kind="stock",
        label_fr="Clients actifs",
        label_en="Active customers",
        definition_fr=(
            "Nombre de clients à la fin de la période. Avec des abonnements : clients dont le revenu récurrent est "
            "positif (un essai gratuit ou une pause ne compte pas). Sans abonnement : clients ayant acheté au cours "
            "des 365 derniers jours, d’après les factures et commandes, à défaut d’après les affaires gagnées."
        ),
        definition_en=(
            "Customers at the end of the period. With subscriptions: those whose recurring revenue is positive (a free "
            "trial or a pause does not count). Without: those who bought in the last 365 days, from invoices and "
            "orders, failing that from won deals."
        ),
        questions=("customer_flow",),
        answer=answers.count_of("customer_flow", "closing"),
        rows="customers_active",
        needs=(CUSTOMER_FACTS,),
    ),
    Metric(
        key="customers.new",
        unit="customers",
        polarity="up",
        family="customers",
        kind="flow",
        label_fr="Nouveaux clients",
        label_en="New customers",
        definition_fr=(
            "Clients devenus actifs pour la première fois pendant la période. Un client qui revient après être "
            "parti n’est pas nouveau ; un abonnement de plus chez le même client non plus."
        ),
        definition_en=(
            "Customers who became active for the first time in the period. Someone who comes back is not new, nor is "
            "a second subscription of the same customer."
        ),
        questions=("customer_flow",),
        answer=answers.count_of("customer_flow", "new"),
        rows="customers_new",
        needs=(CUSTOMER_FACTS,),
    ),
    Metric(
        key="customers.lost",
        unit="customers",
        polarity="down",
        family="customers",
        kind="flow",
        label_fr="Clients perdus",
        label_en="Lost customers",
        definition_fr=(
            "Départs de clients pendant la période, datés du premier jour sans service. Un client en pause n’est pas "
            "perdu tant que sa pause dure. Sans abonnement : le 365e jour après le dernier achat."
        ),
        definition_en=(
            "Departures of customers in the period, dated on the first day without service. A paused customer is not "
            "lost while the pause lasts. Without subscriptions: the 365th day after the last purchase."
        ),
        questions=("customer_flow",),
        answer=answers.count_of("customer_flow", "lost"),
        rows="customers_lost",
        needs=(CUSTOMER_FACTS,),
    ),
    Metric(
        key="customers.churn",
        unit="share",
        polarity="down",
        family="customers",
        kind="ratio",
        label_fr="Attrition des clients",
        label_en="Customer churn",
        definition_fr=(
            "Part des clients présents à l’ouverture de la période qui ne le sont plus à la clôture. Les clients en "
            "pause sont conservés. Qui arrive et repart dans la période, ou part et revient, ne compte pas. "
            "Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Share of the customers present at the opening of the period who are no longer there at its close. Paused "
            "customers are kept. Whoever comes and goes within the period, or goes and comes back, does not count. "
            "Wilson interval at 90%."
        ),
        questions=("customer_churn",),
        answer=answers.share_of("customer_churn", "gone", "at_risk", "no_opening_customers"),
        rows="customers_gone",
        needs=(CUSTOMER_FACTS,),
    ),
)
