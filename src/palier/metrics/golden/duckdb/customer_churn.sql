WITH "t4" AS (
  SELECT DISTINCT
    "t0"."starts",
    "t0"."ends"
  FROM "period" AS "t0"
)
SELECT
  "t24"."company_id",
  "t6"."period",
  "t24"."at_risk",
  "t24"."gone"
FROM (
  SELECT
    "t0"."period",
    "t0"."starts",
    "t0"."ends"
  FROM "period" AS "t0"
) AS "t6"
INNER JOIN (
  SELECT
    "t18"."company_id",
    "t18"."starts",
    "t18"."ends",
    "t18"."at_risk",
    COALESCE("t22"."gone", 0) AS "gone"
  FROM (
    SELECT
      "t15"."company_id",
      "t15"."starts",
      "t15"."ends",
      COALESCE(SUM("t15"."active"), 0) AS "at_risk"
    FROM (
      SELECT
        "t9"."starts",
        "t9"."ends",
        "t12"."company_id",
        "t12"."day",
        "t12"."active"
      FROM "t4" AS "t9"
      INNER JOIN (
        SELECT
          "t1"."company_id",
          "t1"."day",
          COALESCE(SUM("t1"."active"), 0) AS "active"
        FROM "presence" AS "t1"
        GROUP BY
          1,
          2
      ) AS "t12"
        ON "t12"."day" < "t9"."starts"
    ) AS "t15"
    GROUP BY
      1,
      2,
      3
  ) AS "t18"
  LEFT OUTER JOIN (
    SELECT
      "t20"."company_id",
      "t20"."starts",
      "t20"."ends",
      COUNT(*) AS "gone"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          "t16"."company_id",
          "t16"."starts",
          "t16"."ends",
          "t16"."customer_id",
          SUM("t16"."active") AS "active",
          SUM("t16"."kept") AS "kept"
        FROM (
          SELECT
            "t2"."company_id",
            "t2"."customer_id",
            "t2"."day",
            "t2"."kind",
            "t2"."active",
            "t2"."kept",
            "t14"."placed_day",
            "t14"."starts",
            "t14"."ends"
          FROM "presence" AS "t2"
          INNER JOIN (
            SELECT
              "t8"."placed_day",
              "t10"."starts",
              "t10"."ends"
            FROM (
              SELECT DISTINCT
                "t1"."day" AS "placed_day"
              FROM "presence" AS "t1"
            ) AS "t8"
            INNER JOIN "t4" AS "t10"
              ON "t8"."placed_day" >= "t10"."starts" AND "t8"."placed_day" < "t10"."ends"
          ) AS "t14"
            ON "t2"."day" = "t14"."placed_day"
        ) AS "t16"
        GROUP BY
          1,
          2,
          3,
          4
      ) AS "t19"
      WHERE
        "t19"."active" = -1 AND "t19"."kept" = -1
    ) AS "t20"
    GROUP BY
      1,
      2,
      3
  ) AS "t22"
    ON "t18"."company_id" IS NOT DISTINCT FROM "t22"."company_id"
    AND "t18"."starts" IS NOT DISTINCT FROM "t22"."starts"
    AND "t18"."ends" IS NOT DISTINCT FROM "t22"."ends"
) AS "t24"
  ON "t6"."starts" = "t24"."starts" AND "t6"."ends" = "t24"."ends"
