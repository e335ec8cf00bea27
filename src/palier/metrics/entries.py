"""The first metrics, with their words in French and English.

The figures' rules are those of revenue.md §3; switches and thresholds are in `conventions.py`.
Typography of the French: U+2019, U+202F before « ; ! ? » and inside quotes, U+00A0 before « : % € ».
"""

from __future__ import annotations

from palier.metrics import answers
from palier.metrics.metric import Metric

_CUSTOMERS = ("recurring_line", "invoice", "won_deal")
_RECURRING = (("recurring_line",),)

METRICS: tuple[Metric, ...] = (
    Metric(
        key="customers.active", unit="customers", polarity="up", family="customers", kind="stock",
        label_fr="Clients actifs", label_en="Active customers",
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
        questions=("customer_flow",), answer=answers.count_of("customer_flow", "closing"),
        rows="customers_active", needs=(_CUSTOMERS,),
    ),
    Metric(
        key="customers.new", unit="customers", polarity="up", family="customers", kind="flow",
        label_fr="Nouveaux clients", label_en="New customers",
        definition_fr=(
            "Clients devenus actifs pour la première fois pendant la période. Un client qui revient après être "
            "parti n’est pas nouveau ; un abonnement de plus chez le même client non plus."
        ),
        definition_en=(
            "Customers who became active for the first time in the period. Someone who comes back is not new, nor is "
            "a second subscription of the same customer."
        ),
        questions=("customer_flow",), answer=answers.count_of("customer_flow", "new"),
        rows="customers_new", needs=(_CUSTOMERS,),
    ),
    Metric(
        key="customers.lost", unit="customers", polarity="down", family="customers", kind="flow",
        label_fr="Clients perdus", label_en="Lost customers",
        definition_fr=(
            "Départs de clients pendant la période, datés du premier jour sans service. Un client en pause n’est pas "
            "perdu tant que sa pause dure. Sans abonnement : le 365e jour après le dernier achat."
        ),
        definition_en=(
            "Departures of customers in the period, dated on the first day without service. A paused customer is not "
            "lost while the pause lasts. Without subscriptions: the 365th day after the last purchase."
        ),
        questions=("customer_flow",), answer=answers.count_of("customer_flow", "lost"),
        rows="customers_lost", needs=(_CUSTOMERS,),
    ),
    Metric(
        key="customers.churn", unit="share", polarity="down", family="customers", kind="ratio",
        label_fr="Attrition des clients", label_en="Customer churn",
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
        rows="customers_gone", needs=(_CUSTOMERS,),
    ),
    Metric(
        key="mrr.total", unit="money_minor", polarity="up", family="mrr", kind="stock",
        label_fr="Revenu récurrent mensuel (MRR)", label_en="Monthly recurring revenue (MRR)",
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
        questions=("mrr_flow",), answer=answers.recurring_of("closing", "customers"),
        rows="mrr_total", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.new", unit="money_minor", polarity="up", family="mrr", kind="flow",
        label_fr="Nouveau revenu récurrent", label_en="New MRR",
        definition_fr="Revenu récurrent mensuel des clients devenus payants pour la première fois pendant la période.",
        definition_en="Monthly recurring revenue of customers who became paying for the first time in the period.",
        questions=("mrr_flow",), answer=answers.recurring_of("new", "new_count"),
        rows="mrr_new", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.expansion", unit="money_minor", polarity="up", family="mrr", kind="flow",
        label_fr="Expansion", label_en="Expansion MRR",
        definition_fr=(
            "Hausses de revenu récurrent de clients déjà payants : montée en gamme, licences en plus, second "
            "abonnement, fin d’une remise, reprise après une pause. Les événements d’un client le même jour se "
            "compensent."
        ),
        definition_en=(
            "Increases of recurring revenue of customers already paying: upgrade, more seats, second subscription, "
            "end of a discount, resumption after a pause. A customer's events of one day are netted."
        ),
        questions=("mrr_flow",), answer=answers.recurring_of("expansion", "expansion_count"),
        rows="mrr_expansion", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.contraction", unit="money_minor", polarity="up", family="mrr", kind="flow",
        label_fr="Contraction", label_en="Contraction MRR",
        definition_fr=(
            "Baisses de revenu récurrent de clients qui restent : descente en gamme, licences en moins, remise, mise "
            "en pause. Compté négativement : plus le chiffre est proche de zéro, mieux c’est."
        ),
        definition_en=(
            "Decreases of recurring revenue of customers who stay: downgrade, fewer seats, discount, pause. "
            "A negative amount: the nearer to zero the better."
        ),
        questions=("mrr_flow",), answer=answers.recurring_of("contraction", "contraction_count"),
        rows="mrr_contraction", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.churn", unit="money_minor", polarity="up", family="mrr", kind="flow",
        label_fr="Revenu récurrent perdu", label_en="Churned MRR",
        definition_fr=(
            "Revenu récurrent des clients partis pendant la période, daté du premier jour sans service : un "
            "abonnement payé jusqu’au 31 est perdu le 1er du mois suivant. Compté négativement : plus le chiffre "
            "est proche de zéro, mieux c’est."
        ),
        definition_en=(
            "Recurring revenue of the customers who left in the period, dated on the first day without service: "
            "paid up to the 31st, lost on the 1st. A negative amount: the nearer to zero the better."
        ),
        questions=("mrr_flow",), answer=answers.recurring_of("churn", "churn_count"),
        rows="mrr_churn", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.reactivation", unit="money_minor", polarity="up", family="mrr", kind="flow",
        label_fr="Réactivation", label_en="Reactivation MRR",
        definition_fr="Revenu récurrent des anciens clients revenus pendant la période après un départ.",
        definition_en="Recurring revenue of former customers who came back in the period after leaving.",
        questions=("mrr_flow",), answer=answers.recurring_of("reactivation", "reactivation_count"),
        rows="mrr_reactivation", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.nrr", unit="share", polarity="up", family="mrr", kind="ratio",
        label_fr="Rétention nette du revenu", label_en="Net revenue retention (NRR)",
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
        questions=("mrr_retention",), answer=answers.retention_of("kept"),
        rows="mrr_retention", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="mrr.grr", unit="share", polarity="up", family="mrr", kind="ratio",
        label_fr="Rétention brute du revenu", label_en="Gross revenue retention (GRR)",
        definition_fr=(
            "Comme la rétention nette, sans les hausses : chaque client compte au plus pour son revenu récurrent "
            "d’il y a douze mois. Ne dépasse jamais 100 %."
        ),
        definition_en=(
            "Like net retention without increases: each customer counts for at most the recurring revenue of twelve "
            "months before. Never above 100%."
        ),
        questions=("mrr_retention",), answer=answers.retention_of("kept_at_most"),
        rows="mrr_retention", needs=_RECURRING, currency_of=("recurring_line",),
    ),
    Metric(
        key="revenue.invoiced", unit="money_minor", polarity="up", family="revenue", kind="flow",
        label_fr="Chiffre d’affaires facturé", label_en="Invoiced revenue",
        definition_fr=(
            "Montant hors taxes des factures et commandes émises pendant la période, avoirs déduits. Les brouillons "
            "et les factures annulées ne comptent pas."
        ),
        definition_en=(
            "Net amount of the invoices and orders issued in the period, credit notes deducted. Drafts and cancelled "
            "invoices do not count."
        ),
        questions=("revenue_invoiced",), answer=answers.money_of("revenue_invoiced", "net", "documents"),
        rows="invoices", needs=(("invoice",),), currency_of=("invoice",),
    ),
    Metric(
        key="revenue.arpa", unit="money_minor", polarity="up", family="revenue", kind="ratio",
        label_fr="Revenu mensuel moyen par client (ARPA)", label_en="Average monthly revenue per account (ARPA)",
        definition_fr=(
            "Revenu récurrent mensuel divisé par le nombre de clients actifs, à la fin de la période. Sans "
            "abonnement : achats des 365 derniers jours divisés par douze et par le nombre de clients actifs."
        ),
        definition_en=(
            "Monthly recurring revenue over active customers, at the end of the period. Without subscriptions: "
            "purchases of the last 365 days over twelve and over active customers."
        ),
        questions=("revenue_per_customer",), answer=answers.arpa,
        rows="revenue_per_customer", needs=(_CUSTOMERS,), currency_of=("basis",),
    ),
    Metric(
        key="unit.ltv", unit="money_minor", polarity="up", family="unit", kind="ratio",
        label_fr="Valeur vie client (LTV)", label_en="Lifetime value (LTV)",
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
        questions=("revenue_per_customer", "churn_exposure"), answer=answers.ltv,
        rows="exposure_losses", needs=(_CUSTOMERS,), currency_of=("basis",),
    ),
    Metric(
        key="unit.cac", unit="money_minor", polarity="down", family="unit", kind="ratio",
        label_fr="Coût d’acquisition client (CAC)", label_en="Customer acquisition cost (CAC)",
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
        questions=("acquisition_cost", "customer_flow"), answer=answers.cac,
        rows="spend", needs=(("marketing_spend",), _CUSTOMERS), currency_of=("marketing_spend",),
    ),
    Metric(
        key="unit.ltv_cac", unit="ratio", polarity="up", family="unit", kind="ratio",
        label_fr="Rapport LTV/CAC", label_en="LTV/CAC ratio",
        definition_fr=(
            "Valeur vie client divisée par le coût d’acquisition de la période. L’intervalle vient de l’attrition, "
            "le coût étant tenu pour connu. Le rapport avec la valeur plafonnée à 60 mois est donné à côté."
        ),
        definition_en=(
            "Lifetime value over the acquisition cost of the period. The interval comes from churn, the cost being "
            "taken as known. The ratio with the value capped at 60 months is given beside."
        ),
        questions=("revenue_per_customer", "churn_exposure", "acquisition_cost", "customer_flow"),
        answer=answers.ltv_cac, rows="spend", needs=(("marketing_spend",), _CUSTOMERS),
        currency_of=("marketing_spend", "basis"),
    ),
    Metric(
        key="unit.payback_months", unit="months", polarity="down", family="unit", kind="ratio",
        label_fr="Délai de récupération du CAC", label_en="CAC payback",
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
        questions=("revenue_per_customer", "churn_exposure", "acquisition_cost", "customer_flow", "mrr_flow"),
        answer=answers.payback_months, rows="spend", needs=(("marketing_spend",), _CUSTOMERS),
        currency_of=("marketing_spend", "basis"),
    ),
    Metric(
        key="sales.win_rate", unit="share", polarity="up", family="sales", kind="ratio",
        label_fr="Taux de gain", label_en="Win rate",
        definition_fr=(
            "Affaires gagnées divisées par les affaires gagnées ou perdues, closes pendant la période. Les affaires "
            "en cours ne comptent pas. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Deals won over deals won or lost, closed in the period. Open deals do not count. "
            "Wilson interval at 90%."
        ),
        questions=("deal_outcome",), answer=lambda pieces, context: answers.share(
            successes=pieces["deal_outcome"]["won"],
            trials=pieces["deal_outcome"]["won"] + pieces["deal_outcome"]["lost"], none="no_closed_deals", context=context,
        ),
        rows="deals_closed", needs=(("deal",),),
    ),
    Metric(
        key="sales.demo_conversion", unit="share", polarity="up", family="sales", kind="ratio",
        label_fr="Conversion des démos en ventes", label_en="Demo-to-sale conversion",
        definition_fr=(
            "Parmi les prospects dont la première démo a eu lieu pendant la période et date d’au moins 90 jours, part "
            "de ceux devenus clients dans les 90 jours. Deux démos d’un même prospect en font une ; les clients "
            "existants ne comptent pas. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Of the prospects whose first demo took place in the period at least 90 days ago, the share who became "
            "customers within 90 days. Two demos of one prospect are one; existing customers do not count. "
            "Wilson interval at 90%."
        ),
        questions=("demo_cohort",), answer=answers.demo_conversion, rows="demos", needs=(("demo",),),
    ),
    Metric(
        key="sales.cycle_days", unit="days", polarity="down", family="sales", kind="median",
        label_fr="Durée du cycle de vente", label_en="Sales cycle",
        definition_fr=(
            "Nombre médian de jours entre l’ouverture et le gain d’une affaire, parmi celles gagnées pendant la "
            "période. Les bornes sont les quartiles : la moitié des ventes se situe entre les deux."
        ),
        definition_en=(
            "Median number of days from opening to winning a deal, among those won in the period. The bounds are "
            "the quartiles: half of the sales lie between them."
        ),
        questions=("sales_cycle",), answer=answers.cycle_days, rows="deals_won", needs=(("deal",),),
    ),
    Metric(
        key="cash.dso_days", unit="days", polarity="down", family="cash", kind="ratio",
        label_fr="Délai moyen de paiement (DSO)", label_en="Days sales outstanding (DSO)",
        definition_fr=(
            "Montant TTC des factures non réglées à la fin de la période, avoirs déduits, rapporté aux ventes TTC des "
            "90 derniers jours et multiplié par 90. Les commandes payées d’avance ne comptent pas."
        ),
        definition_en=(
            "Gross amount of the invoices open at the end of the period, credit notes deducted, over gross sales of "
            "the last 90 days, times 90. Orders paid when placed do not count."
        ),
        questions=("receivables",), answer=answers.dso_days, rows="invoices_open", needs=(("receivable",),),
        currency_of=("invoice",),
    ),
    Metric(
        key="cash.late_share", unit="share", polarity="down", family="cash", kind="ratio",
        label_fr="Part des factures payées en retard", label_en="Late share",
        definition_fr=(
            "Parmi les factures arrivées à échéance pendant la période, part de celles réglées après l’échéance ou "
            "encore impayées. Le jour de l’échéance n’est pas un retard. Intervalle de Wilson à 90 %."
        ),
        definition_en=(
            "Of the invoices that fell due in the period, the share settled after the due day or still unpaid. "
            "The due day itself is not late. Wilson interval at 90%."
        ),
        questions=("lateness",), answer=answers.late_share, rows="invoices_due", needs=(("receivable",),),
    ),
)
