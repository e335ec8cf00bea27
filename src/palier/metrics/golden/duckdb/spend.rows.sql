SELECT
  "t6"."company_id",
  "t8"."period",
  'marketing_spend' AS "entity",
  "t6"."marketing_spend_id" AS "id",
  CAST(CAST(NULL AS TEXT) AS BIGINT) AS "customer_id",
  "t6"."channel" || ' · ' || COALESCE("t6"."kind", 'media') AS "label",
  "t6"."campaign" AS "detail",
  "t6"."day",
  CAST("t6"."spend_minor" AS DOUBLE) AS "contribution"
FROM (
  SELECT
    *
  FROM "marketing_spend" AS "t0"
) AS "t6"
INNER JOIN (
  SELECT
    "t5"."placed_day",
    "t2"."period",
    "t2"."starts",
    "t2"."ends",
    "t2"."year_ago",
    "t2"."sales_from",
    "t2"."active_from",
    "t2"."trials_end",
    "t2"."maturity",
    "t2"."dues_end",
    "t2"."judged_on"
  FROM (
    SELECT DISTINCT
      "t0"."day" AS "placed_day"
    FROM "marketing_spend" AS "t0"
  ) AS "t5"
  INNER JOIN "period" AS "t2"
    ON "t5"."placed_day" >= "t2"."starts" AND "t5"."placed_day" < "t2"."ends"
) AS "t8"
  ON "t6"."day" = "t8"."placed_day"
