SELECT
  "t6"."company_id",
  "t6"."period",
  COALESCE(SUM(CASE WHEN "t6"."day" < "t6"."starts" THEN "t6"."delta" ELSE 0 END), 0) AS "opening",
  COALESCE(SUM("t6"."delta"), 0) AS "closing",
  COALESCE(SUM("t6"."active"), 0) AS "customers",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."floored" ELSE 0 END), 0) AS "floored",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."d_new" ELSE 0 END), 0) AS "new",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."d_expansion" ELSE 0 END), 0) AS "expansion",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."d_contraction" ELSE 0 END), 0) AS "contraction",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."d_churn" ELSE 0 END), 0) AS "churn",
  COALESCE(
    SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."d_reactivation" ELSE 0 END),
    0
  ) AS "reactivation",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."n_new" ELSE 0 END), 0) AS "new_count",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."n_expansion" ELSE 0 END), 0) AS "expansion_count",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."n_contraction" ELSE 0 END), 0) AS "contraction_count",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."n_churn" ELSE 0 END), 0) AS "churn_count",
  COALESCE(
    SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."n_reactivation" ELSE 0 END),
    0
  ) AS "reactivation_count"
FROM (
  SELECT
    "t2"."period",
    "t2"."starts",
    "t2"."ends",
    "t2"."year_ago",
    "t2"."sales_from",
    "t2"."active_from",
    "t2"."trials_end",
    "t2"."maturity",
    "t2"."dues_end",
    "t2"."judged_on",
    "t5"."company_id",
    "t5"."day",
    "t5"."delta",
    "t5"."active",
    "t5"."floored",
    "t5"."d_new",
    "t5"."d_expansion",
    "t5"."d_contraction",
    "t5"."d_churn",
    "t5"."d_reactivation",
    "t5"."n_new",
    "t5"."n_expansion",
    "t5"."n_contraction",
    "t5"."n_churn",
    "t5"."n_reactivation"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t3"."company_id",
      "t3"."day",
      COALESCE(SUM("t3"."delta"), 0) AS "delta",
      COALESCE(SUM("t3"."active"), 0) AS "active",
      COALESCE(SUM("t3"."floored"), 0) AS "floored",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'new' THEN "t3"."delta" ELSE 0 END), 0) AS "d_new",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'expansion' THEN "t3"."delta" ELSE 0 END), 0) AS "d_expansion",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'contraction' THEN "t3"."delta" ELSE 0 END), 0) AS "d_contraction",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'churn' THEN "t3"."delta" ELSE 0 END), 0) AS "d_churn",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'reactivation' THEN "t3"."delta" ELSE 0 END), 0) AS "d_reactivation",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'new' THEN "t3"."rows" ELSE 0 END), 0) AS "n_new",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'expansion' THEN "t3"."rows" ELSE 0 END), 0) AS "n_expansion",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'contraction' THEN "t3"."rows" ELSE 0 END), 0) AS "n_contraction",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'churn' THEN "t3"."rows" ELSE 0 END), 0) AS "n_churn",
      COALESCE(SUM(CASE WHEN "t3"."kind" = 'reactivation' THEN "t3"."rows" ELSE 0 END), 0) AS "n_reactivation"
    FROM (
      SELECT
        "t1"."company_id",
        "t1"."day",
        "t1"."kind",
        COALESCE(SUM("t1"."delta"), 0) AS "delta",
        COUNT(*) AS "rows",
        COALESCE(SUM(CASE WHEN "t1"."floored" THEN 1 ELSE 0 END), 0) AS "floored",
        COALESCE(SUM(CAST("t1"."after" > 0 AS BIGINT) - CAST("t1"."before" > 0 AS BIGINT)), 0) AS "active"
      FROM "movement" AS "t1"
      GROUP BY
        1,
        2,
        3
    ) AS "t3"
    GROUP BY
      1,
      2
  ) AS "t5"
    ON "t5"."day" < "t2"."ends"
) AS "t6"
GROUP BY
  1,
  2
