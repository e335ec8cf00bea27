SELECT
  "t15"."company_id",
  "t15"."period",
  'customer' AS "entity",
  "t15"."customer_id" AS "id",
  "t15"."customer_id",
  "t15"."customer_name" AS "label",
  CAST(NULL AS TEXT) AS "detail",
  "t15"."day",
  CAST("t15"."units" AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t14"."company_id",
    "t14"."period",
    "t14"."customer_id",
    "t14"."units",
    "t14"."day",
    "t7"."customer_name"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t11"."company_id",
        "t11"."period",
        "t11"."customer_id",
        SUM("t11"."units") AS "units",
        MAX("t11"."day") AS "day"
      FROM (
        SELECT
          "t10"."company_id",
          "t10"."customer_id",
          "t10"."day",
          "t10"."units",
          "t10"."lasting",
          "t4"."period",
          "t4"."starts",
          "t4"."ends",
          "t4"."year_ago",
          "t4"."sales_from",
          "t4"."active_from",
          "t4"."trials_end",
          "t4"."maturity",
          "t4"."dues_end",
          "t4"."judged_on"
        FROM (
          SELECT
            *
          FROM (
            SELECT
              "t2"."company_id",
              "t2"."customer_id",
              "t2"."day",
              "t2"."delta" AS "units",
              TRUE AS "lasting"
            FROM "movement" AS "t2"
          ) AS "t6"
          UNION ALL
          SELECT
            *
          FROM (
            SELECT
              "t3"."company_id",
              "t3"."customer_id",
              "t3"."day",
              "t3"."net_minor" * 6000 AS "units",
              FALSE AS "lasting"
            FROM "purchase" AS "t3"
          ) AS "t8"
        ) AS "t10"
        INNER JOIN "period" AS "t4"
          ON "t10"."day" < "t4"."ends"
          AND (
            "t10"."lasting" OR (
              "t10"."day" >= "t4"."active_from"
            )
          )
      ) AS "t11"
      GROUP BY
        1,
        2,
        3
    ) AS "t12"
    WHERE
      "t12"."units" <> 0
  ) AS "t14"
  LEFT OUTER JOIN (
    SELECT
      "t0"."company_id",
      "t0"."customer_id",
      "t0"."name" AS "customer_name"
    FROM "customer" AS "t0"
  ) AS "t7"
    ON "t14"."company_id" = "t7"."company_id"
    AND "t14"."customer_id" = "t7"."customer_id"
) AS "t15"
