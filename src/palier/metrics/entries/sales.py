"""Sales and cash."""

from __future__ import annotations

from palier.metrics import answers
from palier.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        key="sales.win_rate",
        unit="share",
        polarity="up",
        family="sales",
        kind="ratio",
        label_fr="Taux de gain",
        label_en="Win rate",
        definition_fr=(
            "Affaires gagnées divisées par les affaires gagnées ou perdues, closes pendant la période. Les affaires "
            "en cours ne comptent pas. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Deals won over deals won or lost, closed in the period. Open deals do not count. "
            "Wilson interval at 90%."
        ),
        questions=("deal_outcome",),
        answer=lambda pieces, context: answers.share(
            successes=pieces["deal_outcome"]["won"],
            trials=pieces["deal_outcome"]["won"] + pieces["deal_outcome"]["lost"],
            none="no_closed_deals",
            context=context,
        ),
        rows="deals_closed",
        needs=(("deal",),),
    ),
    Metric(
        key="sales.demo_conversion",
        unit="share",
        polarity="up",
        family="sales",
        kind="ratio",
        label_fr="Conversion des démos en ventes",
        label_en="Demo-to-sale conversion",
        definition_fr=(
            "Parmi les prospects dont la première démo a eu lieu pendant la période et date d’au moins 90 jours, part "
            "de ceux devenus clients dans les 90 jours. Deux démos d’un même prospect en font une ; les clients "
            "existants ne comptent pas. Le jour de la démo est celui de l’historique de l’affaire, à défaut celui de sa "
            "fiche. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Of the prospects whose first demo took place in the period at least 90 days ago, the share who became "
            "customers within 90 days. Two demos of one prospect are one; existing customers do not count. The day of a "
            "demo is that of the deal's log, failing that of its record. Wilson interval at 90%."
        ),
        questions=("demo_cohort",),
        answer=answers.demo_conversion,
        rows="demos",
        needs=(("demo",),),
    ),
    Metric(
        key="sales.cycle_days",
        unit="days",
        polarity="down",
        family="sales",
        kind="median",
        label_fr="Durée du cycle de vente",
        label_en="Sales cycle",
        definition_fr=(
            "Nombre médian de jours entre l’ouverture et le gain d’une affaire, parmi celles gagnées pendant la "
            "période. Les bornes sont les quartiles : la moitié des ventes se situe entre les deux."
        ),
        definition_en=(
            "Median number of days from opening to winning a deal, among those won in the period. The bounds are "
            "the quartiles: half of the sales lie between them."
        ),
        questions=("sales_cycle",),
        answer=answers.cycle_days,
        rows="deals_won",
        needs=(("deal",),),
    ),
    Metric(
        key="cash.dso_days",
        unit="days",
        polarity="down",
        family="cash",
        kind="ratio",
        label_fr="Délai moyen de paiement (DSO)",
        label_en="Days sales outstanding (DSO)",
        definition_fr=(
            "Montant TTC des factures non réglées à la fin de la période, avoirs déduits, rapporté aux ventes TTC des "
            "90 derniers jours et multiplié par 90. Les commandes payées d’avance ne comptent pas."
        ),
        definition_en=(
            "Gross amount of the invoices open at the end of the period, credit notes deducted, over gross sales of "
            "the last 90 days, times 90. Orders paid when placed do not count."
        ),
        questions=("receivables",),
        answer=answers.dso_days,
        rows="invoices_open",
        needs=(("receivable",),),
        currency_of=("invoice",),
    ),
    Metric(
        key="cash.late_share",
        unit="share",
        polarity="down",
        family="cash",
        kind="ratio",
        label_fr="Part des factures payées en retard",
        label_en="Late share",
        definition_fr=(
            "Parmi les factures arrivées à échéance pendant la période, part de celles réglées après l’échéance ou "
            "encore impayées. Le jour de l’échéance n’est pas un retard. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Of the invoices that fell due in the period, the share settled after the due day or still unpaid. "
            "The due day itself is not late. Wilson interval at 90%."
        ),
        questions=("lateness",),
        answer=answers.late_share,
        rows="invoices_due",
        needs=(("receivable",),),
    ),
)
