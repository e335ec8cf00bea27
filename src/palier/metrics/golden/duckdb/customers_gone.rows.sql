SELECT
  "t16"."company_id",
  "t16"."period",
  'customer' AS "entity",
  "t16"."customer_id" AS "id",
  "t16"."customer_id",
  "t16"."customer_name" AS "label",
  CAST(NULL AS TEXT) AS "detail",
  "t16"."day",
  CAST(1 AS DOUBLE) AS "contribution"
FROM (
  SELECT
    "t15"."company_id",
    "t15"."period",
    "t15"."starts",
    "t15"."ends",
    "t15"."customer_id",
    "t15"."active",
    "t15"."kept",
    "t15"."day",
    "t7"."customer_name"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t12"."company_id",
        "t12"."period",
        "t12"."starts",
        "t12"."ends",
        "t12"."customer_id",
        SUM("t12"."active") AS "active",
        SUM("t12"."kept") AS "kept",
        MAX("t12"."day") AS "day"
      FROM (
        SELECT
          "t3"."company_id",
          "t3"."customer_id",
          "t3"."day",
          "t3"."kind",
          "t3"."active",
          "t3"."kept",
          "t11"."placed_day",
          "t11"."period",
          "t11"."starts",
          "t11"."ends"
        FROM "presence" AS "t3"
        INNER JOIN (
          SELECT
            "t8"."placed_day",
            "t9"."period",
            "t9"."starts",
            "t9"."ends"
          FROM (
            SELECT DISTINCT
              "t1"."day" AS "placed_day"
            FROM "presence" AS "t1"
          ) AS "t8"
          INNER JOIN (
            SELECT
              "t2"."period",
              "t2"."starts",
              "t2"."ends"
            FROM "period" AS "t2"
          ) AS "t9"
            ON "t8"."placed_day" >= "t9"."starts" AND "t8"."placed_day" < "t9"."ends"
        ) AS "t11"
          ON "t3"."day" = "t11"."placed_day"
      ) AS "t12"
      GROUP BY
        1,
        2,
        3,
        4,
        5
    ) AS "t13"
    WHERE
      "t13"."active" = -1 AND "t13"."kept" = -1
  ) AS "t15"
  LEFT OUTER JOIN (
    SELECT
      "t0"."company_id",
      "t0"."customer_id",
      "t0"."name" AS "customer_name"
    FROM "customer" AS "t0"
  ) AS "t7"
    ON "t15"."company_id" = "t7"."company_id"
    AND "t15"."customer_id" = "t7"."customer_id"
) AS "t16"
