SELECT
  "t16"."company_id",
  "t16"."period",
  "t16"."base",
  "t16"."base_customers",
  "t16"."base" + COALESCE("t20"."net", 0) AS "kept",
  "t16"."base" + COALESCE("t20"."down", 0) AS "kept_at_most"
FROM (
  SELECT
    "t12"."company_id",
    "t12"."period",
    COALESCE(SUM("t12"."delta"), 0) AS "base",
    COALESCE(SUM("t12"."active"), 0) AS "base_customers"
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
      "t10"."company_id",
      "t10"."day",
      "t10"."delta",
      "t10"."active"
    FROM "period" AS "t2"
    INNER JOIN (
      SELECT
        "t1"."company_id",
        "t1"."day",
        COALESCE(SUM("t1"."delta"), 0) AS "delta",
        COALESCE(SUM(CAST("t1"."after" > 0 AS BIGINT) - CAST("t1"."before" > 0 AS BIGINT)), 0) AS "active"
      FROM "movement" AS "t1"
      GROUP BY
        1,
        2
    ) AS "t10"
      ON "t10"."day" < "t2"."year_ago"
  ) AS "t12"
  GROUP BY
    1,
    2
) AS "t16"
LEFT OUTER JOIN (
  SELECT
    "t18"."company_id",
    "t18"."period",
    SUM("t18"."delta") AS "net",
    SUM(LEAST("t18"."delta", 0)) AS "down"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t14"."company_id",
        "t14"."customer_id",
        "t14"."period",
        SUM("t14"."delta") AS "delta",
        COALESCE(
          SUM(
            CASE
              WHEN (
                "t14"."prev_day" IS NULL
              ) OR (
                "t14"."prev_day" < "t14"."year_ago"
              )
              THEN "t14"."before"
              ELSE 0
            END
          ),
          0
        ) AS "start"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t6"."company_id",
            "t6"."customer_id",
            "t6"."day",
            "t6"."delta",
            "t6"."kind",
            "t6"."before",
            "t6"."after",
            "t6"."prev_day",
            "t6"."first_on",
            "t6"."kept",
            "t6"."floored",
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
            "t11"."judged_on"
          FROM (
            SELECT
              *
            FROM "movement" AS "t1"
            WHERE
              "t1"."kind" <> 'new'
          ) AS "t6"
          INNER JOIN (
            SELECT
              "t7"."placed_day",
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
                "t1"."day" AS "placed_day"
              FROM "movement" AS "t1"
              WHERE
                "t1"."kind" <> 'new'
            ) AS "t7"
            INNER JOIN "period" AS "t3"
              ON "t7"."placed_day" >= "t3"."year_ago" AND "t7"."placed_day" < "t3"."ends"
          ) AS "t11"
            ON "t6"."day" = "t11"."placed_day"
        ) AS "t13"
        WHERE
          "t13"."first_on" < "t13"."year_ago"
      ) AS "t14"
      GROUP BY
        1,
        2,
        3
    ) AS "t17"
    WHERE
      "t17"."start" > 0
  ) AS "t18"
  GROUP BY
    1,
    2
) AS "t20"
  ON "t16"."company_id" = "t20"."company_id" AND "t16"."period" = "t20"."period"
