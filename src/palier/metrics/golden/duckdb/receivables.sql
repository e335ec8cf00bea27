SELECT
  "t10"."company_id",
  "t10"."period",
  COALESCE(SUM("t10"."issued"), 0) - COALESCE(SUM("t10"."cleared"), 0) AS "open",
  COALESCE(SUM(CASE WHEN "t10"."day" >= "t10"."sales_from" THEN "t10"."issued" ELSE 0 END), 0) AS "sales",
  COALESCE(
    SUM(CASE WHEN "t10"."day" >= "t10"."sales_from" THEN "t10"."unknown" ELSE 0 END),
    0
  ) AS "unknown"
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
    "t9"."company_id",
    "t9"."day",
    "t9"."issued",
    "t9"."cleared",
    "t9"."unknown"
  FROM "period" AS "t2"
  INNER JOIN (
    SELECT
      "t7"."company_id",
      "t7"."day",
      COALESCE(SUM("t7"."issued"), 0) AS "issued",
      COALESCE(SUM("t7"."cleared"), 0) AS "cleared",
      COALESCE(SUM("t7"."unknown"), 0) AS "unknown"
    FROM (
      SELECT
        *
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t1"."company_id",
            "t1"."issued_on" AS "day",
            "t1"."gross_minor" AS "issued",
            0 AS "cleared",
            0 AS "unknown"
          FROM "settlement" AS "t1"
          WHERE
            "t1"."basis" <> 'unknown'
        ) AS "t4"
        UNION ALL
        SELECT
          *
        FROM (
          SELECT
            "t1"."company_id",
            CASE
              WHEN "t1"."settled_on" IS NULL
              THEN CAST(NULL AS DATE)
              ELSE CASE
                WHEN "t1"."settled_on" > "t1"."issued_on"
                THEN "t1"."settled_on"
                ELSE "t1"."issued_on"
              END
            END AS "day",
            0 AS "issued",
            "t1"."gross_minor" AS "cleared",
            0 AS "unknown"
          FROM "settlement" AS "t1"
          WHERE
            "t1"."basis" <> 'unknown' AND "t1"."settled_on" IS NOT NULL
        ) AS "t5"
      ) AS "t6"
      UNION ALL
      SELECT
        *
      FROM (
        SELECT
          "t1"."company_id",
          "t1"."issued_on" AS "day",
          0 AS "issued",
          0 AS "cleared",
          1 AS "unknown"
        FROM "settlement" AS "t1"
        WHERE
          "t1"."basis" = 'unknown'
      ) AS "t3"
    ) AS "t7"
    GROUP BY
      1,
      2
  ) AS "t9"
    ON "t9"."day" < "t2"."ends"
) AS "t10"
GROUP BY
  1,
  2
