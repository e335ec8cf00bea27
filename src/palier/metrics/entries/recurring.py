"""Recurring revenue and its movements."""

from __future__ import annotations

from palier.metrics import answers
from palier.metrics.entries.needs import RECURRING_FACTS
from palier.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    Metric(
        key="mrr.total",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="stock",
        label_fr="Revenu récurrent mensuel (MRR)",
        label_en="Monthly recurring revenue (MRR)",
        definition_fr=(
            "Montant des abonnements en cours à la fin de la période, ramené au mois : un abonnement annuel compte "
            "pour un douzième. Remises récurrentes déduites ; essais et pauses à zéro ; ni frais ponctuels ni "
            "consommation à l’usage. Le calcul est exact, seul l’affichage arrondit."
        ),
        definition_en=(
            "Amount of the subscriptions running at the end of the period, per month: a yearly one counts for a "
            "twelfth. Recurring discounts deducted; trials and pauses at zero; no one-off fee, no metered usage. "
            "The computation is exact, only the display rounds."
        ),
        questions=("mrr_flow",),
        answer=answers.recurring_of("closing", "customers"),
        rows="mrr_total",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.new",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="flow",
        label_fr="Nouveau revenu récurrent",
        label_en="New MRR",
        definition_fr="Revenu récurrent mensuel des clients devenus payants pour la première fois pendant la période.",
        definition_en="Monthly recurring revenue of customers who became paying for the first time in the period.",
        questions=("mrr_flow",),
        answer=answers.recurring_of("new", "new_count"),
        rows="mrr_new",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.expansion",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="flow",
        label_fr="Expansion",
        label_en="Expansion MRR",
        definition_fr=(
            "Hausses de revenu récurrent de clients déjà payants : montée en gamme, licences en plus, second "
            "abonnement, fin d’une remise, reprise après une pause. Les événements d’un client le même jour se "
            "compensent."
        ),
        definition_en=(
            "Increases of recurring revenue of customers already paying: upgrade, more seats, second subscription, "
            "end of a discount, resumption after a pause. A customer's events of one day are netted."
        ),
        questions=("mrr_flow",),
        answer=answers.recurring_of("expansion", "expansion_count"),
        rows="mrr_expansion",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.contraction",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="flow",
        label_fr="Contraction",
        label_en="Contraction MRR",
        definition_fr=(
            "Baisses de revenu récurrent de clients qui restent : descente en gamme, licences en moins, remise, mise "
            "en pause. Compté négativement : plus le chiffre est proche de zéro, mieux c’est."
        ),
        definition_en=(
            "Decreases of recurring revenue of customers who stay: downgrade, fewer seats, discount, pause. "
            "A negative amount: the nearer to zero the better."
        ),
        questions=("mrr_flow",),
        answer=answers.recurring_of("contraction", "contraction_count"),
        rows="mrr_contraction",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.churn",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="flow",
        label_fr="Revenu récurrent perdu",
        label_en="Churned MRR",
        definition_fr=(
            "Revenu récurrent des clients partis pendant la période, daté du premier jour sans service : un "
            "abonnement payé jusqu’au 31 est perdu le 1er du mois suivant. Compté négativement : plus le chiffre "
            "est proche de zéro, mieux c’est."
        ),
        definition_en=(
            "Recurring revenue of the customers who left in the period, dated on the first day without service: "
            "paid up to the 31st, lost on the 1st. A negative amount: the nearer to zero the better."
        ),
        questions=("mrr_flow",),
        answer=answers.recurring_of("churn", "churn_count"),
        rows="mrr_churn",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.reactivation",
        unit="money_minor",
        polarity="up",
        family="mrr",
        kind="flow",
        label_fr="Réactivation",
        label_en="Reactivation MRR",
        definition_fr="Revenu récurrent des anciens clients revenus pendant la période après un départ.",
        definition_en="Recurring revenue of former customers who came back in the period after leaving.",
        questions=("mrr_flow",),
        answer=answers.recurring_of("reactivation", "reactivation_count"),
        rows="mrr_reactivation",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.nrr",
        unit="share",
        polarity="up",
        family="mrr",
        kind="ratio",
        label_fr="Rétention nette du revenu",
        label_en="Net revenue retention (NRR)",
        definition_fr=(
            "Revenu récurrent, à la fin de la période, des clients présents douze mois plus tôt, rapporté à leur "
            "revenu récurrent d’alors. De date à date : un départ suivi d’un retour ne laisse pas de trace, les "
            "clients arrivés depuis ne comptent pas."
        ),
        definition_en=(
            "Recurring revenue, at the end of the period, of the customers present twelve months before, over their "
            "recurring revenue then. Point to point: leaving and coming back leaves no trace, customers who joined "
            "since do not count."
        ),
        questions=("mrr_retention",),
        answer=answers.retention_of("kept"),
        rows="mrr_retention",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.grr",
        unit="share",
        polarity="up",
        family="mrr",
        kind="ratio",
        label_fr="Rétention brute du revenu",
        label_en="Gross revenue retention (GRR)",
        definition_fr=(
            "Comme la rétention nette, sans les hausses : chaque client compte au plus pour son revenu récurrent "
            "d’il y a douze mois. Ne dépasse jamais 100 %."
        ),
        definition_en=(
            "Like net retention without increases: each customer counts for at most the recurring revenue of twelve "
            "months before. Never above 100%."
        ),
        questions=("mrr_retention",),
        answer=answers.retention_of("kept_at_most"),
        rows="mrr_retention",
        needs=RECURRING_FACTS,
        currency_of=("recurring_line",),
    ),
)
