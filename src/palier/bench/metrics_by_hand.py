"""The questions behind all first metrics, written by hand over the analytical file.

What somebody who knows the tables would type for a company with subscriptions, without layers:
the peer of the compiled definitions. The frame is the same `period` and `month_step` tables.
"""

from __future__ import annotations

HAND: dict[str, str] = {
    "customer_flow": """
        SELECT period, sum(active) FILTER (day < starts) AS opening, sum(active) AS closing,
               count(*) FILTER (kind = 'new' AND day >= starts) AS "new",
               count(*) FILTER (kind = 'returned' AND day >= starts) AS returned,
               count(*) FILTER (kind = 'lost' AND day >= starts) AS lost
        FROM presence JOIN period ON day < ends GROUP BY 1""",
    "customer_churn": """
        SELECT period, any_value(opening) AS at_risk, coalesce(sum(gone), 0) AS gone FROM (
          SELECT period, sum(active) AS opening FROM presence JOIN period ON day < starts GROUP BY 1) JOIN (
          SELECT period, CAST(sum(active) = -1 AND sum(kept) = -1 AS INT) AS gone
          FROM presence JOIN period ON day >= starts AND day < ends GROUP BY period, customer_id) USING (period)
        GROUP BY 1""",
    "churn_exposure": """
        WITH o AS (SELECT period, starts, sum(active) AS at_risk FROM presence JOIN month_step ON day < starts GROUP BY 1, 2),
        g AS (SELECT period, starts, count(*) AS gone FROM (
                SELECT period, starts FROM presence JOIN month_step ON day >= starts AND day < ends
                GROUP BY period, starts, customer_id HAVING sum(active) = -1 AND sum(kept) = -1) GROUP BY 1, 2)
        SELECT period, sum(at_risk) AS exposure, coalesce(sum(gone), 0) AS losses
        FROM o LEFT JOIN g USING (period, starts) GROUP BY 1""",
    "mrr_flow": """
        SELECT period, sum(delta) FILTER (day < starts) AS opening, sum(delta) AS closing,
               sum(CAST("after" > 0 AS INT) - CAST(before > 0 AS INT)) AS customers,
               sum(delta) FILTER (kind = 'new' AND day >= starts) AS "new",
               sum(delta) FILTER (kind = 'expansion' AND day >= starts) AS expansion,
               sum(delta) FILTER (kind = 'contraction' AND day >= starts) AS contraction,
               sum(delta) FILTER (kind = 'churn' AND day >= starts) AS churn,
               sum(delta) FILTER (kind = 'reactivation' AND day >= starts) AS reactivation,
               count(*) FILTER (kind = 'new' AND day >= starts) AS new_count
        FROM movement JOIN period ON day < ends GROUP BY 1""",
    "mrr_retention": """
        WITH levels AS (
          SELECT period, customer_id, sum(delta) FILTER (day < year_ago) AS base, sum(delta) AS closing
          FROM movement JOIN period ON day < ends GROUP BY 1, 2)
        SELECT period, sum(base) AS base, count(*) AS base_customers, sum(closing) AS kept,
               sum(least(base, closing)) AS kept_at_most
        FROM levels WHERE base > 0 GROUP BY 1""",
    "revenue_invoiced": """
        SELECT period, sum(CASE WHEN kind = 'credit_note' THEN -abs(net_minor) ELSE net_minor END) AS net, count(*) AS documents
        FROM invoice JOIN period ON issued_on >= starts AND issued_on < ends
        WHERE status NOT IN ('draft', 'cancelled') GROUP BY 1""",
    "revenue_per_customer": """
        SELECT period, units, customers FROM
          (SELECT period, sum(delta) AS units FROM movement JOIN period ON day < ends GROUP BY 1) JOIN
          (SELECT period, sum(active) AS customers FROM presence JOIN period ON day < ends GROUP BY 1) USING (period)""",
    "acquisition_cost": """
        SELECT period, sum(spend_minor) AS cost, sum(spend_minor) FILTER (kind = 'founder_time') AS founder_cost
        FROM marketing_spend JOIN period ON day >= starts AND day < ends GROUP BY 1""",
    "deal_outcome": """
        SELECT period, count(*) FILTER (status = 'won') AS won, count(*) FILTER (status = 'lost') AS lost
        FROM deal JOIN period ON CASE status WHEN 'won' THEN won_on ELSE lost_on END >= starts
          AND CASE status WHEN 'won' THEN won_on ELSE lost_on END < ends
        WHERE status IN ('won', 'lost') GROUP BY 1""",
    "sales_cycle": """
        SELECT period, count(*) AS won, quantile_cont(won_on - opened_on, 0.5) AS median,
               quantile_cont(won_on - opened_on, 0.25) AS low_quartile, quantile_cont(won_on - opened_on, 0.75) AS high_quartile
        FROM deal JOIN period ON won_on >= starts AND won_on < ends
        WHERE status = 'won' AND won_on >= opened_on GROUP BY 1""",
    "demo_cohort": """
        WITH demo AS (
          SELECT customer_id, min(demo_on) AS demo_on, min(won_on) FILTER (status = 'won') AS won_on
          FROM deal GROUP BY 1 HAVING min(demo_on) IS NOT NULL),
        fresh AS (
          SELECT demo.* FROM demo LEFT JOIN presence p ON p.customer_id = demo.customer_id AND p.kind = 'new'
          WHERE (won_on IS NULL OR won_on >= demo_on) AND (p.day IS NULL OR p.day >= demo_on))
        SELECT period, count(*) AS demos, count(*) FILTER (demo_on < trials_end) AS trials,
               count(*) FILTER (demo_on < trials_end AND won_on - demo_on <= maturity) AS successes
        FROM fresh JOIN period ON demo_on >= starts AND demo_on < ends GROUP BY 1""",
    "receivables": """
        SELECT period, sum(gross_minor) FILTER (settled_on IS NULL OR greatest(settled_on, issued_on) >= ends) AS "open",
               sum(gross_minor) FILTER (issued_on >= sales_from) AS sales
        FROM settlement JOIN period ON issued_on < ends WHERE basis <> 'unknown' GROUP BY 1""",
    "lateness": """
        SELECT period, count(*) AS due, count(*) FILTER (coalesce(settled_on > due_on, true)) AS late
        FROM settlement JOIN period ON due_on >= starts AND due_on < dues_end
        WHERE gross_minor > 0 AND basis <> 'unknown' GROUP BY 1""",
}
