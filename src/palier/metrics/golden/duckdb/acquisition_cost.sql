SELECT
  "t6"."company_id",
  "t6"."period",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."cost" ELSE 0 END), 0) AS "cost",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."founder" ELSE 0 END), 0) AS "founder_cost",
  COALESCE(SUM(CASE WHEN "t6"."day" >= "t6"."starts" THEN "t6"."team" ELSE 0 END), 0) AS "team_cost"
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
    "t5"."cost",
    "t5"."founder",
    "t5"."team"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t3"."company_id",
      "t3"."day",
      COALESCE(SUM("t3"."spend_minor"), 0) AS "cost",
      COALESCE(
        SUM(
          CASE
            WHEN COALESCE("t3"."kind", 'media') = 'founder_time'
            THEN "t3"."spend_minor"
            ELSE 0
          END
        ),
        0
      ) AS "founder",
      COALESCE(
        SUM(
          CASE
            WHEN COALESCE("t3"."kind", 'media') IN ('salaries', 'tools')
            THEN "t3"."spend_minor"
            ELSE 0
          END
        ),
        0
      ) AS "team"
    FROM (
      SELECT
        *
      FROM "marketing_spend" AS "t1"
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
