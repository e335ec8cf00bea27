SELECT
  "t6"."company_id",
  "t6"."period",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."won" ELSE 0 END), 0) AS "won",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."lost" ELSE 0 END), 0) AS "lost"
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
    "t5"."won",
    "t5"."lost"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t3"."company_id",
      "t3"."closed_on" AS "day",
      COALESCE(SUM(CASE WHEN "t3"."status" = 'won' THEN 1 ELSE 0 END), 0) AS "won",
      COALESCE(SUM(CASE WHEN "t3"."status" = 'lost' THEN 1 ELSE 0 END), 0) AS "lost"
    FROM (
      SELECT
        "t1"."company_id",
        "t1"."deal_id",
        "t1"."customer_id",
        "t1"."contact_id",
        "t1"."product_id",
        "t1"."name",
        "t1"."amount_minor",
        "t1"."currency",
        "t1"."stage",
        "t1"."status",
        "t1"."pipeline",
        "t1"."probability",
        "t1"."source_channel",
        "t1"."opened_on",
        "t1"."demo_on",
        "t1"."won_on",
        "t1"."lost_on",
        "t1"."lost_reason",
        "t1"."owner",
        "t1"."won_by_founder",
        CASE WHEN "t1"."status" = 'won' THEN "t1"."won_on" ELSE "t1"."lost_on" END AS "closed_on"
      FROM "deal" AS "t1"
      WHERE
        "t1"."status" IN ('won', 'lost')
        AND CASE WHEN "t1"."status" = 'won' THEN "t1"."won_on" ELSE "t1"."lost_on" END IS NOT NULL
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
