SELECT
  "t12"."company_id",
  "t12"."period",
  'customer' AS "entity",
  "t12"."customer_id" AS "id",
  "t12"."customer_id",
  "t12"."customer_name" AS "label",
  "t12"."kind" AS "detail",
  "t12"."day",
  CAST(1 AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t8"."company_id",
    "t8"."customer_id",
    "t8"."day",
    "t8"."kind",
    "t8"."active",
    "t8"."kept",
    "t11"."placed_day",
    "t11"."period",
    "t11"."starts",
    "t11"."ends",
    "t11"."year_ago",
    "t11"."sales_from",
    "t11"."active_from",
    "t11"."trials_end",
    "t11"."maturity",
    "t11"."dues_end",
    "t11"."judged_on",
    "t7"."customer_name"
  FROM (
    SELECT
      *
    FROM "presence" AS "t0"
    WHERE
      "t0"."kind" = 'new'
  ) AS "t8"
  INNER JOIN (
    SELECT
      "t9"."placed_day",
      "t3"."period",
      "t3"."starts",
      "t3"."ends",
      "t3"."year_ago",
      "t3"."sales_from",
      "t3"."active_from",
      "t3"."trials_end",
      "t3"."maturity",
      "t3"."dues_end",
      "t3"."judged_on"
    FROM (
      SELECT DISTINCT
        "t0"."day" AS "placed_day"
      FROM "presence" AS "t0"
      WHERE
        "t0"."kind" = 'new'
    ) AS "t9"
    INNER JOIN "period" AS "t3"
      ON "t9"."placed_day" >= "t3"."starts" AND "t9"."placed_day" < "t3"."ends"
  ) AS "t11"
    ON "t8"."day" = "t11"."placed_day"
  LEFT OUTER JOIN (
    SELECT
      "t1"."company_id",
      "t1"."customer_id",
      "t1"."name" AS "customer_name"
    FROM "customer" AS "t1"
  ) AS "t7"
    ON "t8"."company_id" = "t7"."company_id" AND "t8"."customer_id" = "t7"."customer_id"
) AS "t12"
