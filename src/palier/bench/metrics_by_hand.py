"""The questions behind all first metrics, written by hand over the analytical file.

What somebody who knows the tables and the engine would write for a company with subscriptions, days
summed first: the peer of the compiled definitions. The frame is the same `period` and `month_step` tables.
"""

from __future__ import annotations

HAND: dict[str, str] = {
    "customer_flow": """
        WITH d AS (SELECT day, sum(active) AS active, count(*) FILTER (kind = 'new') AS n,
                     count(*) FILTER (kind = 'returned') AS r, count(*) FILTER (kind = 'lost') AS l FROM presence GROUP BY 1)
        SELECT period, sum(active) FILTER (day < starts) AS opening, sum(active) AS closing, sum(n) FILTER (day >= starts) AS "new",
               sum(r) FILTER (day >= starts) AS returned, sum(l) FILTER (day >= starts) AS lost
        FROM d JOIN period ON day < ends GROUP BY 1""",
    "customer_churn": """
        WITH d AS (SELECT day, sum(active) AS active FROM presence GROUP BY 1),
        o AS (SELECT period, sum(active) AS at_risk FROM d JOIN period ON day < starts GROUP BY 1),
        g AS (SELECT period, count(*) AS gone FROM (
                SELECT period FROM presence JOIN period ON day >= starts AND day < ends
                GROUP BY period, customer_id HAVING sum(active) = -1 AND sum(kept) = -1) GROUP BY 1)
        SELECT period, at_risk, coalesce(gone, 0) AS gone FROM o LEFT JOIN g USING (period)""",
    "churn_exposure": """
        WITH d AS (SELECT day, sum(active) AS active FROM presence GROUP BY 1),
        m AS (SELECT DISTINCT starts, ends FROM month_step),
        o AS (SELECT starts, sum(active) AS at_risk FROM d JOIN m ON day < starts GROUP BY 1),
        g AS (SELECT starts, count(*) AS gone FROM (
                SELECT starts FROM presence JOIN m ON day >= starts AND day < ends
                GROUP BY starts, customer_id HAVING sum(active) = -1 AND sum(kept) = -1) GROUP BY 1)
        SELECT period, sum(at_risk) AS exposure, coalesce(sum(gone), 0) AS losses
        FROM month_step JOIN o USING (starts) LEFT JOIN g USING (starts) GROUP BY 1""",
    "mrr_flow": """
        WITH d AS (
          SELECT day, sum(delta) AS delta, sum(CAST("after" > 0 AS INT) - CAST(before > 0 AS INT)) AS active,
                 sum(delta) FILTER (kind = 'new') AS n, sum(delta) FILTER (kind = 'expansion') AS e,
                 sum(delta) FILTER (kind = 'contraction') AS c, sum(delta) FILTER (kind = 'churn') AS x,
                 sum(delta) FILTER (kind = 'reactivation') AS r, count(*) FILTER (kind = 'new') AS nn
          FROM movement GROUP BY 1)
        SELECT period, sum(delta) FILTER (day < starts) AS opening, sum(delta) AS closing, sum(active) AS customers,
               sum(n) FILTER (day >= starts) AS "new", sum(e) FILTER (day >= starts) AS expansion,
               sum(c) FILTER (day >= starts) AS contraction, sum(x) FILTER (day >= starts) AS churn,
               sum(r) FILTER (day >= starts) AS reactivation, sum(nn) FILTER (day >= starts) AS new_count
        FROM d JOIN period ON day < ends GROUP BY 1""",
    "mrr_retention": """
        WITH d AS (SELECT day, sum(delta) AS delta FROM movement GROUP BY 1),
        o AS (SELECT period, sum(delta) AS base FROM d JOIN period ON day < year_ago GROUP BY 1),
        moved AS (
          SELECT period, sum(delta) AS delta FROM movement JOIN period ON day >= year_ago AND day < ends AND first_on < year_ago
          GROUP BY period, customer_id
          HAVING coalesce(sum(before) FILTER (prev_day IS NULL OR prev_day < year_ago), 0) > 0),
        c AS (SELECT period, sum(delta) AS net, sum(least(delta, 0)) AS down FROM moved GROUP BY 1)
        SELECT period, base, base + coalesce(net, 0) AS kept, base + coalesce(down, 0) AS kept_at_most
        FROM o LEFT JOIN c USING (period)""",
    "revenue_invoiced": """
        WITH d AS (
          SELECT issued_on AS day, sum(CASE WHEN kind = 'credit_note' THEN -abs(net_minor) ELSE net_minor END) AS net, count(*) AS n
          FROM invoice WHERE status NOT IN ('draft', 'cancelled') GROUP BY 1)
        SELECT period, sum(net) AS net, sum(n) AS documents FROM d JOIN period ON day >= starts AND day < ends GROUP BY 1""",
    "revenue_per_customer": """
        WITH m AS (SELECT day, sum(delta) AS delta FROM movement GROUP BY 1),
        p AS (SELECT day, sum(active) AS active FROM presence GROUP BY 1)
        SELECT period, units, customers FROM
          (SELECT period, sum(delta) AS units FROM m JOIN period ON day < ends GROUP BY 1) JOIN
          (SELECT period, sum(active) AS customers FROM p JOIN period ON day < ends GROUP BY 1) USING (period)""",
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
        WITH i AS (SELECT issued_on AS day, sum(gross_minor) AS a FROM settlement WHERE basis <> 'unknown' GROUP BY 1),
        s AS (SELECT greatest(settled_on, issued_on) AS day, sum(gross_minor) AS a FROM settlement
              WHERE basis <> 'unknown' AND settled_on IS NOT NULL GROUP BY 1),
        x AS (SELECT period, sum(a) AS issued, sum(a) FILTER (day >= sales_from) AS sales FROM i JOIN period ON day < ends GROUP BY 1),
        y AS (SELECT period, sum(a) AS settled FROM s JOIN period ON day < ends GROUP BY 1)
        SELECT period, issued - coalesce(settled, 0) AS "open", sales FROM x LEFT JOIN y USING (period)""",
    "lateness": """
        WITH d AS (
          SELECT due_on AS day, count(*) AS n, count(*) FILTER (coalesce(settled_on > due_on, true)) AS l
          FROM settlement WHERE gross_minor > 0 AND basis <> 'unknown' GROUP BY 1)
        SELECT period, sum(n) AS due, sum(l) AS late FROM d JOIN period ON day >= starts AND day < dues_end GROUP BY 1""",
}
