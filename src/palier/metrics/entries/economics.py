"""Revenue, and what a customer is worth and costs."""

from __future__ import annotations

from palier.metrics import answers
from palier.metrics.entries.needs import CUSTOMER_FACTS
from palier.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        key="revenue.invoiced",
        unit="money_minor",
        polarity="up",
        family="revenue",
        kind="flow",
        label_fr="Chiffre d’affaires facturé",
        label_en="Invoiced revenue",
        definition_fr=(
            "Montant hors taxes des factures et commandes émises pendant la période, avoirs déduits. Les brouillons "
            "et les factures annulées ne comptent pas."
        ),
        definition_en=(
            "Net amount of the invoices and orders issued in the period, credit notes deducted. Drafts and cancelled "
            "invoices do not count."
        ),
        questions=("revenue_invoiced",),
        answer=answers.money_of("revenue_invoiced", "net", "documents"),
        rows="invoices",
        needs=(("invoice",),),
        currency_of=("invoice",),
    ),
    Metric(
        key="revenue.arpa",
        unit="money_minor",
        polarity="up",
        family="revenue",
        kind="ratio",
        label_fr="Revenu mensuel moyen par client (ARPA)",
        label_en="Average monthly revenue per account (ARPA)",
        definition_fr=(
            "Revenu récurrent mensuel divisé par le nombre de clients actifs, à la fin de la période. Sans "
            "abonnement : achats des 365 derniers jours divisés par douze et par le nombre de clients actifs."
        ),
        definition_en=(
            "Monthly recurring revenue over active customers, at the end of the period. Without subscriptions: "
            "purchases of the last 365 days over twelve and over active customers."
        ),
        questions=("revenue_per_customer",),
        answer=answers.arpa,
        rows="revenue_per_customer",
        needs=(CUSTOMER_FACTS,),
        currency_of=("basis",),
    ),
    Metric(
        key="unit.ltv",
        unit="money_minor",
        polarity="up",
        family="unit",
        kind="ratio",
        label_fr="Valeur vie client (LTV)",
        label_en="Lifetime value (LTV)",
        definition_fr=(
            "Revenu mensuel moyen par client, multiplié par la marge brute (1 par défaut) et divisé par l’attrition "
            "mensuelle : clients perdus sur clients-mois exposés des six derniers mois. Exemple : 500 € par mois et "
            "3 % d’attrition donnent 16 667 €. Sans aucune perte observée, seule une borne basse est connue. La valeur "
            "plafonnée à 60 mois est donnée à côté. Intervalle exact de Poisson à 90 %."
        ),
        definition_en=(
            "Average monthly revenue per customer, times gross margin (1 by default), over monthly churn: customers "
            "lost over customer-months exposed in the last six months. Example: 500 a month and 3% churn give 16,667. "
            "Without any observed loss only a lower bound is known. The value capped at 60 months is given beside. "
            "Exact Poisson interval at 90%."
        ),
        questions=("revenue_per_customer", "churn_exposure"),
        answer=answers.ltv,
        rows="exposure_losses",
        needs=(CUSTOMER_FACTS,),
        currency_of=("basis",),
    ),
    Metric(
        key="unit.cac",
        unit="money_minor",
        polarity="down",
        family="unit",
        kind="ratio",
        label_fr="Coût d’acquisition client (CAC)",
        label_en="Customer acquisition cost (CAC)",
        definition_fr=(
            "Toutes les dépenses de la période pour gagner des clients (publicité, outils, salaires, temps du "
            "fondateur) divisées par le nombre de nouveaux clients de la même période. Par canal : dépenses du canal "
            "sur nouveaux clients dont c’est le canal d’acquisition. Sans nouveau client, le coût n’est pas réparti."
        ),
        definition_en=(
            "Everything spent in the period to win customers (media, tools, salaries, founder's time) over the new "
            "customers of the same period. By channel: the channel's spend over new customers acquired through it. "
            "Without new customer the cost is not allocated."
        ),
        questions=("acquisition_cost", "customer_flow"),
        answer=answers.cac,
        rows="spend",
        needs=(("marketing_spend",), CUSTOMER_FACTS),
        currency_of=("marketing_spend",),
    ),
    Metric(
        key="unit.ltv_cac",
        unit="ratio",
        polarity="up",
        family="unit",
        kind="ratio",
        label_fr="Rapport LTV/CAC",
        label_en="LTV/CAC ratio",
        definition_fr=(
            "Valeur vie client divisée par le coût d’acquisition de la période. L’intervalle vient de l’attrition, "
            "le coût étant tenu pour connu. Le rapport avec la valeur plafonnée à 60 mois est donné à côté."
        ),
        definition_en=(
            "Lifetime value over the acquisition cost of the period. The interval comes from churn, the cost being "
            "taken as known. The ratio with the value capped at 60 months is given beside."
        ),
        questions=("revenue_per_customer", "churn_exposure", "acquisition_cost", "customer_flow"),
        answer=answers.ltv_cac,
        rows="spend",
        needs=(("marketing_spend",), CUSTOMER_FACTS),
        currency_of=("marketing_spend", "basis"),
    ),
    Metric(
        key="unit.payback_months",
        unit="months",
        polarity="down",
        family="unit",
        kind="ratio",
        label_fr="Délai de récupération du CAC",
        label_en="CAC payback",
        definition_fr=(
            "Nombre de mois de marge d’un nouveau client qui remboursent son coût d’acquisition : CAC divisé par le "
            "revenu mensuel moyen des nouveaux clients (de tous les clients, sans abonnement) et par la marge brute. "
            "Le délai qui tient compte des départs est donné à côté."
        ),
        definition_en=(
            "Months of a new customer's margin that repay the acquisition cost: CAC over the average monthly revenue "
            "of new customers (of all customers, without subscriptions) and over gross margin. The delay that allows "
            "for departures is given beside."
        ),
        questions=(
            "revenue_per_customer",
            "churn_exposure",
            "acquisition_cost",
            "customer_flow",
            "mrr_flow",
        ),
        answer=answers.payback_months,
        rows="spend",
        needs=(("marketing_spend",), CUSTOMER_FACTS),
        currency_of=("marketing_spend", "basis"),
    ),
)
